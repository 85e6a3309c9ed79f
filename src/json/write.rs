//! Objects and arrays, written member by member.

use crate::encode::hex;

/// An object on its way.
#[derive(Debug)]
pub struct Object(String);

/// An array on its way.
#[derive(Debug)]
pub struct Array(String);

impl Object {
    /// No members yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a beginning, not a value")]
    pub fn new() -> Self {
        Self("{".to_owned())
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote(&mut self.0, name);
        self.0.push(':');
    }

    /// A string.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.name(name);
        quote(&mut self.0, text);
        self
    }

    /// A string, or null.
    #[must_use]
    pub fn maybe_text(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self.json(name, "null"),
        }
    }

    /// An integer.
    #[must_use]
    pub fn integer(self, name: &str, integer: i64) -> Self {
        self.json(name, &integer.to_string())
    }

    /// An integer, or null.
    #[must_use]
    pub fn maybe_integer(self, name: &str, integer: Option<i64>) -> Self {
        match integer {
            Some(integer) => self.integer(name, integer),
            None => self.json(name, "null"),
        }
    }

    /// A truth value.
    #[must_use]
    pub fn truth(self, name: &str, holds: bool) -> Self {
        self.json(name, if holds { "true" } else { "false" })
    }

    /// What is JSON already.
    #[must_use]
    pub fn json(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    /// The object.
    #[must_use]
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

impl Array {
    /// No items yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a beginning, not a value")]
    pub fn new() -> Self {
        Self("[".to_owned())
    }

    fn next(&mut self) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
    }

    /// A string.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.next();
        quote(&mut self.0, text);
        self
    }

    /// An integer.
    #[must_use]
    pub fn integer(self, integer: i64) -> Self {
        self.json(&integer.to_string())
    }

    /// What is JSON already.
    #[must_use]
    pub fn json(mut self, json: &str) -> Self {
        self.next();
        self.0.push_str(json);
        self
    }

    /// The array.
    #[must_use]
    pub fn end(mut self) -> String {
        self.0.push(']');
        self.0
    }
}

/// RFC 8259, "Strings". What must be escaped is ASCII, so a text is never cut within a character.
fn quote(json: &mut String, text: &str) {
    json.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !matches!(byte, b'"' | b'\\' | ..0x20) {
            continue;
        }
        json.push_str(&text[from..at]);
        json.push('\\');
        from = match byte {
            b'"' | b'\\' => at,
            b'\n' => {
                json.push('n');
                at + 1
            }
            _ => {
                json.push_str("u00");
                json.push_str(&hex(&[byte]));
                at + 1
            }
        };
    }
    json.push_str(&text[from..]);
    json.push('"');
}
