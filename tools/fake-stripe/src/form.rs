//! Form decoding by Stripe's conventions: `a[b][0][c]=v`, `a[]=v`, percent and plus.
//!
//! A decoded form is a tree of texts and maps. Whether a map with the keys `0`, `1`, ... is a list
//! or a hash is known only to the parameter that takes it, so that is decided in `params`. The tree
//! is ordered, so equal parameters in another order are equal, which idempotency keys rely on.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// How deep brackets may nest; Stripe's deepest parameter has six levels.
const MAX_DEPTH: usize = 12;

/// A decoded form, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A value.
    Text(String),
    /// `name[key]`, or a list as `name[0]`, `name[1]`, ...
    Map(BTreeMap<String, Form>),
}

/// Why a body is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A `%` without two hexadecimal digits after it.
    Percent,
    /// The decoded bytes are not UTF-8.
    Utf8,
    /// A name such as `a[b`, `[a]` or `a]b`.
    Name,
    /// One name is both a value and a hash: `a=1&a[b]=2`.
    Conflict,
    /// Brackets nested too deeply.
    Depth,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Malformed::Percent => "a percent sign is not followed by two hexadecimal digits",
            Malformed::Utf8 => "a name or value is not UTF-8",
            Malformed::Name => "a parameter's name has unbalanced or misplaced brackets",
            Malformed::Conflict => "one parameter is given both as a value and as a hash",
            Malformed::Depth => "a parameter is nested too deeply",
        })
    }
}

impl Form {
    /// A form without parameters.
    pub fn empty() -> Self {
        Form::Map(BTreeMap::new())
    }

    /// Decodes a body or a query. Of a name given twice the last value counts.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut root = Self::empty();
        root.extend(bytes)?;
        Ok(root)
    }

    /// Adds the pairs of another body or query to this form.
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for pair in bytes.split(|&b| b == b'&').filter(|p| !p.is_empty()) {
            let (name, value) = match pair.iter().position(|&b| b == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            let name = unescape(name)?;
            let path = split_name(&name)?;
            self.insert(&path, unescape(value)?)?;
        }
        Ok(())
    }

    /// The part of that name.
    pub fn get(&self, name: &str) -> Option<&Form> {
        match self {
            Form::Text(_) => None,
            Form::Map(map) => map.get(name),
        }
    }

    /// The value of that name, if it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Form::Text(text) => Some(text),
            Form::Map(_) => None,
        }
    }

    /// The form as JSON, every leaf a string.
    pub fn json(&self) -> Value {
        match self {
            Form::Text(text) => Value::from(text.as_str()),
            Form::Map(map) => map.iter().map(|(k, v)| (k.clone(), v.json())).collect(),
        }
    }

    fn insert(&mut self, path: &[&str], value: String) -> Result<(), Malformed> {
        let Some((key, rest)) = path.split_first() else {
            return match self {
                Form::Map(map) if !map.is_empty() => Err(Malformed::Conflict),
                Form::Map(_) | Form::Text(_) => {
                    *self = Form::Text(value);
                    Ok(())
                }
            };
        };
        let Form::Map(map) = self else {
            return Err(Malformed::Conflict);
        };
        let key = if key.is_empty() {
            pushed_key(map, rest)
        } else {
            (*key).to_owned()
        };
        map.entry(key)
            .or_insert_with(Form::empty)
            .insert(rest, value)
    }
}

/// The index that `[]` means: `a[][b]=1&a[][c]=2` fills one element, a repeated `b` starts the next.
fn pushed_key(map: &BTreeMap<String, Form>, rest: &[&str]) -> String {
    let next = map.len();
    if let (Some(last), Some(field)) = (next.checked_sub(1), rest.first()) {
        let last = last.to_string();
        if let Some(Form::Map(element)) = map.get(&last)
            && !field.is_empty()
            && !element.contains_key(*field)
        {
            return last;
        }
    }
    next.to_string()
}

/// Encodes pairs whose names may have brackets, as Stripe's SDKs do.
pub fn encode<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name.as_ref(), &mut out);
        out.push('=');
        escape(value.as_ref(), &mut out);
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for &byte in text.as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'[' | b']' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

fn unescape(bytes: &[u8]) -> Result<String, Malformed> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let (digits, tail) = rest.split_at_checked(2).ok_or(Malformed::Percent)?;
                let high = char::from(digits[0]).to_digit(16);
                let low = char::from(digits[1]).to_digit(16);
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(Malformed::Percent);
                };
                // Two hexadecimal digits always fit a byte.
                out.push((high * 16 + low) as u8);
                rest = tail;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).map_err(|_| Malformed::Utf8)
}

/// `a[b][0]` becomes `a`, `b`, `0`; `a[]` becomes `a` and an empty key.
fn split_name(name: &str) -> Result<Vec<&str>, Malformed> {
    let open = name.find('[').unwrap_or(name.len());
    let (first, mut rest) = name.split_at(open);
    if first.is_empty() || first.contains(']') {
        return Err(Malformed::Name);
    }
    let mut path = vec![first];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').ok_or(Malformed::Name)?;
        let close = inner.find(']').ok_or(Malformed::Name)?;
        let (key, tail) = inner.split_at(close);
        if key.contains('[') {
            return Err(Malformed::Name);
        }
        path.push(key);
        rest = &tail[1..];
    }
    if path.len() > MAX_DEPTH {
        return Err(Malformed::Depth);
    }
    Ok(path)
}
