//! A form held against a table of parameters.
//!
//! Unknown names are looked for first and all reported at once, then values are checked in the
//! table's order. A parameter's full name, `line_items[0][price_data][currency]`, goes into `param`.

use std::collections::BTreeMap;

use super::args::{Arg, Args};
use super::kind::{Kind, Params};
use crate::error::ApiError;
use crate::form::Form;
use crate::money;
use crate::version::Version;

/// A form as typed parameters, or the 400 that Stripe answers.
pub(crate) fn check(params: Params, form: &Form, version: Version) -> Result<Args, ApiError> {
    let mut unknown = Unknown {
        version,
        names: Vec::new(),
    };
    unknown.find(params, form, "");
    let unknown = unknown.names;
    if let Some(first) = unknown.first() {
        let plural = if unknown.len() == 1 { "" } else { "s" };
        let message = format!("Received unknown parameter{plural}: {}", unknown.join(", "));
        return Err(ApiError::param(first, message).code("parameter_unknown"));
    }
    hash(params, form, "")
}

/// The names in a form that its version does not know.
struct Unknown {
    version: Version,
    names: Vec<String>,
}

impl Unknown {
    fn find(&mut self, params: Params, form: &Form, prefix: &str) {
        let Form::Map(map) = form else { return };
        for (name, value) in map {
            let full = full_name(prefix, name);
            match params.iter().find(|(known, _)| known == name) {
                Some((_, kind)) => self.find_within(kind, value, &full),
                None => self.names.push(full),
            }
        }
    }

    fn find_within(&mut self, kind: &Kind, value: &Form, full: &str) {
        match kind {
            Kind::Hash(params) => self.find(params, value, full),
            Kind::TimeRange => self.find(RANGE, value, full),
            Kind::Before(gone, _) if self.version >= *gone => self.names.push(full.to_owned()),
            Kind::Before(_, kind) | Kind::Must(kind) | Kind::OrEmpty(kind) => {
                self.find_within(kind, value, full);
            }
            Kind::List(kind) => {
                let Form::Map(map) = value else { return };
                for (index, element) in map {
                    self.find_within(kind, element, &full_name(full, index));
                }
            }
            Kind::Text(_) | Kind::Url | Kind::Email | Kind::Int | Kind::Cents | Kind::Decimal => {}
            Kind::Bool | Kind::Time | Kind::Currency | Kind::Country | Kind::One(_) => {}
            Kind::Metadata | Kind::Anything => {}
        }
    }
}

fn hash(params: Params, form: &Form, prefix: &str) -> Result<Args, ApiError> {
    let Form::Map(map) = form else {
        return Err(ApiError::param(prefix, "Invalid object"));
    };
    let mut args = Args::new();
    for (name, kind) in params {
        let full = full_name(prefix, name);
        match (map.get(*name), kind) {
            (Some(given), kind) => {
                if let Some(arg) = value(kind, given, &full)? {
                    args.insert((*name).to_owned(), arg);
                }
            }
            (None, Kind::Must(_)) => return Err(missing(&full)),
            (None, _) => {}
        }
    }
    Ok(args)
}

/// `Missing required param`, as Stripe answers it.
pub(crate) fn missing(full: &str) -> ApiError {
    ApiError::param(full, format!("Missing required param: {full}.")).code("parameter_missing")
}

fn value(kind: &Kind, given: &Form, full: &str) -> Result<Option<Arg>, ApiError> {
    let arg = match (kind, given) {
        (Kind::Must(kind) | Kind::Before(_, kind), given) => return value(kind, given, full),
        (Kind::OrEmpty(_) | Kind::Metadata, Form::Text(text)) if text.is_empty() => {
            return Ok(None);
        }
        (Kind::OrEmpty(kind), given) => return value(kind, given, full),
        (Kind::Anything, _) => return Ok(None),
        (Kind::Hash(params), Form::Map(_)) => Arg::Hash(hash(params, given, full)?),
        (Kind::TimeRange, Form::Map(_)) => Arg::Hash(hash(RANGE, given, full)?),
        (Kind::List(kind), Form::Map(map)) => Arg::List(list(kind, map, full)?),
        (Kind::Metadata, Form::Map(map)) => Arg::Hash(metadata(map, full)?),
        (Kind::Hash(_) | Kind::Metadata, Form::Text(_)) => {
            return Err(ApiError::param(full, "Invalid object"));
        }
        (Kind::List(_), Form::Text(_)) => return Err(ApiError::param(full, "Invalid array")),
        (_, Form::Map(_)) => return Err(ApiError::param(full, "Invalid string: {}")),
        (kind, Form::Text(text)) => scalar(kind, text, full)?,
    };
    Ok(Some(arg))
}

fn list(kind: &Kind, map: &BTreeMap<String, Form>, full: &str) -> Result<Vec<Arg>, ApiError> {
    let mut elements: Vec<(usize, &Form)> = map
        .iter()
        .map(|(index, element)| Some((index.parse().ok()?, element)))
        .collect::<Option<_>>()
        .ok_or_else(|| ApiError::param(full, "Invalid array"))?;
    elements.sort_by_key(|(index, _)| *index);
    let mut args = Vec::new();
    for (index, element) in elements {
        args.extend(value(kind, element, &format!("{full}[{index}]"))?);
    }
    Ok(args)
}

fn metadata(map: &BTreeMap<String, Form>, full: &str) -> Result<Args, ApiError> {
    let refuse = |message: String| Err(ApiError::param(full, message));
    if map.len() > 50 {
        return refuse(format!(
            "Metadata can have up to 50 keys; {} are given",
            map.len()
        ));
    }
    let mut pairs = Args::new();
    for (key, value) in map {
        let Form::Text(value) = value else {
            return refuse("Metadata values must be strings".into());
        };
        if key.chars().count() > 40 {
            return refuse(format!(
                "Metadata keys can be up to 40 characters long: {key}"
            ));
        }
        if value.chars().count() > 500 {
            return refuse("Metadata values can be up to 500 characters long".into());
        }
        // An empty value unsets the key.
        if !value.is_empty() {
            pairs.insert(key.clone(), Arg::Text(value.clone()));
        }
    }
    Ok(pairs)
}

fn scalar(kind: &Kind, text: &str, full: &str) -> Result<Arg, ApiError> {
    if text.is_empty() {
        return Err(empty(full));
    }
    match kind {
        Kind::Int => int(text, full),
        Kind::Cents => cents(text, full),
        Kind::Time | Kind::TimeRange => time(text, full),
        Kind::Bool => boolean(text, full),
        Kind::Must(kind) | Kind::Before(_, kind) | Kind::OrEmpty(kind) => scalar(kind, text, full),
        Kind::Text(_) | Kind::Url | Kind::Email | Kind::Decimal | Kind::Currency => {
            text_value(kind, text, full)
        }
        Kind::Country | Kind::One(_) => text_value(kind, text, full),
        // `value` has dealt with these.
        Kind::Hash(_) | Kind::List(_) | Kind::Metadata | Kind::Anything => {
            text_value(kind, text, full)
        }
    }
}

/// A value that stays a text.
fn text_value(kind: &Kind, text: &str, full: &str) -> Result<Arg, ApiError> {
    let (valid, message, code) = match kind {
        Kind::Text(most) => (
            text.chars().count() <= *most,
            format!("Invalid string: must be at most {most} characters"),
            Some("parameter_invalid_string_length"),
        ),
        Kind::Url => (is_url(text), "Not a valid URL".into(), Some("url_invalid")),
        Kind::Email => {
            let message = format!("Invalid email address: {text}");
            (is_email(text), message, Some("email_invalid"))
        }
        Kind::Decimal => {
            let valid = text.parse::<f64>().is_ok_and(f64::is_finite);
            (valid, format!("Invalid decimal: {text}"), None)
        }
        Kind::Currency => (
            money::is_known(text),
            format!("Invalid currency: {text}"),
            None,
        ),
        Kind::Country => {
            let valid = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
            (valid, format!("Country '{text}' is unknown"), None)
        }
        Kind::One(names) => {
            let message = format!("Invalid {full}: must be one of {}", names.join(", "));
            (names.contains(&text), message, None)
        }
        Kind::Int | Kind::Cents | Kind::Time | Kind::TimeRange | Kind::Bool => {
            return Ok(as_text(text));
        }
        Kind::Hash(_) | Kind::List(_) | Kind::Metadata | Kind::Anything => {
            return Ok(as_text(text));
        }
        Kind::Must(_) | Kind::Before(..) | Kind::OrEmpty(_) => return Ok(as_text(text)),
    };
    if valid {
        return Ok(as_text(text));
    }
    Err(ApiError {
        code,
        ..ApiError::param(full, message)
    })
}

fn as_text(text: &str) -> Arg {
    Arg::Text(text.to_owned())
}

fn time(text: &str, full: &str) -> Result<Arg, ApiError> {
    let message = format!("Invalid timestamp: must be an integer Unix timestamp, not {text}");
    integer(text)
        .map(Arg::Int)
        .ok_or_else(|| not_an_integer(full, message))
}

fn boolean(text: &str, full: &str) -> Result<Arg, ApiError> {
    let flag = text.parse().map(Arg::Bool);
    flag.map_err(|_| ApiError::param(full, format!("Invalid boolean: {text}")))
}

fn int(text: &str, full: &str) -> Result<Arg, ApiError> {
    let number = integer(text).map(Arg::Int);
    number.ok_or_else(|| not_an_integer(full, format!("Invalid integer: {text}")))
}

fn cents(text: &str, full: &str) -> Result<Arg, ApiError> {
    match integer(text) {
        Some(number) if number < 0 => Err(not_an_integer(full, "Invalid non-negative integer")),
        Some(_) | None => int(text, full),
    }
}

/// Digits, maybe with a minus before them: `+5` is no integer to Stripe.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

fn not_an_integer(full: &str, message: impl Into<String>) -> ApiError {
    ApiError::param(full, message).code("parameter_invalid_integer")
}

fn empty(full: &str) -> ApiError {
    let message = format!(
        "You passed an empty string for '{full}'. We assume empty values are an attempt to unset a \
         parameter; however '{full}' cannot be unset. You should remove '{full}' from your request \
         or supply a non-empty value."
    );
    ApiError::param(full, message).code("parameter_invalid_empty")
}

fn full_name(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}[{name}]")
    }
}

/// An absolute URL with a host, as a browser can be sent to.
fn is_url(text: &str) -> bool {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// One `@`, something before it, and a domain with a dot after it.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let dotted = domain.split('.').count() >= 2 && domain.split('.').all(|part| !part.is_empty());
    !local.is_empty()
        && dotted
        && !domain.contains('@')
        && text.len() <= 800
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

const RANGE: Params = &[
    ("gt", Kind::Time),
    ("gte", Kind::Time),
    ("lt", Kind::Time),
    ("lte", Kind::Time),
];
