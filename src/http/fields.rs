//! The fields that a form or a JSON object sends to an act: named texts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    domain::{
        amount,
        money::{BadAmount, Currency, Money},
    },
    http::{
        handler::{Accepted, Handled},
        negotiate::is_type,
        request::Body,
        response,
        site::Site,
    },
    json,
    pages::answer::Answer,
};

/// The longest reason or note, in characters.
pub const LONGEST_NOTE: usize = 500;

/// The values of a request's body by their names.
#[derive(Debug, Default)]
pub struct Fields {
    texts: BTreeMap<String, Option<String>>,
    /// Whether a person typed them.
    is_form: bool,
}

/// Why a body has no fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    /// It is longer than the limit.
    #[error("is too large")]
    TooLarge,
    /// It is neither a form nor JSON.
    #[error(
        "must be JSON (Content-Type: application/json) or a form (application/x-www-form-urlencoded)"
    )]
    Kind,
    /// It cannot be read.
    #[error("is not readable: {0}")]
    Unreadable(String),
    /// A member is neither a text nor a number.
    #[error("has a member that is neither a text, a number, true, false nor null: {0}")]
    Member(String),
    /// A member that means nothing here.
    #[error("has a member that is not known here: {0}")]
    Unknown(String),
    /// A member must be a text.
    #[error("has a member that is no text: {0}")]
    NoText(String),
    /// A member is needed.
    #[error("has no member {0}")]
    Missing(&'static str),
    /// A member's text means nothing: its name, and what it is not.
    #[error("has a {0}")]
    Value(&'static str),
}

impl Fields {
    /// Reads a body. An empty one has no fields, whatever its type.
    ///
    /// # Errors
    /// A [`BadBody`].
    pub fn read(content_type: &str, body: &Body) -> Result<Self, BadBody> {
        let text = text(body)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        if is_type(content_type, "application/json") {
            Self::of_json(text)
        } else if is_type(content_type, "application/x-www-form-urlencoded") {
            let pairs = form_urlencoded::parse(text.as_bytes());
            let given = pairs.into_owned().map(|(name, text)| (name, Some(text)));
            Ok(Self {
                texts: given.collect(),
                is_form: true,
            })
        } else {
            Err(BadBody::Kind)
        }
    }

    fn of_json(text: &str) -> Result<Self, BadBody> {
        let mut texts = BTreeMap::new();
        for (name, value) in object(text)? {
            let text = match value {
                Value::Null => None,
                Value::String(text) => Some(text),
                Value::Number(number) => Some(number.to_string()),
                Value::Bool(truth) => Some(truth.to_string()),
                Value::Array(_) | Value::Object(_) => return Err(BadBody::Member(shown(&name))),
            };
            texts.insert(name, text);
        }
        Ok(Self::of_program(texts))
    }

    /// Reads a JSON object whose members are texts, and none but these. An empty body has no members.
    ///
    /// # Errors
    /// A [`BadBody`].
    pub fn of_texts(body: &Body, names: &[&str]) -> Result<Self, BadBody> {
        let text = text(body)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        let texts = object(text)?.into_iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name, Some(text))),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => Err(BadBody::NoText(shown(&name))),
        });
        Self::of_program(texts.collect::<Result<_, _>>()?).only(names)
    }

    /// Makes fields of members that were read in another way.
    #[must_use]
    pub fn of<const N: usize>(members: [(&str, Option<String>); N]) -> Self {
        let members = members.map(|(name, text)| (name.to_owned(), text));
        Self::of_program(members.into())
    }

    const fn of_program(texts: BTreeMap<String, Option<String>>) -> Self {
        let is_form = false;
        Self { texts, is_form }
    }

    /// The same, if it has no fields but these.
    ///
    /// # Errors
    /// [`BadBody::Unknown`].
    pub fn only(self, names: &[&str]) -> Result<Self, BadBody> {
        match self
            .texts
            .keys()
            .find(|name| !names.contains(&name.as_str()))
        {
            Some(unknown) => Err(BadBody::Unknown(shown(unknown))),
            None => Ok(self),
        }
    }

    /// Whether there is a field of that name, even if it is blank or null.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name)
    }

    /// The text of that name as it was sent; `None` if there is none, or it is null.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.texts.get(name)?.as_deref()
    }

    /// The text of that name; `None` if there is none, or it is null or blank.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = self.given(name)?.trim();
        Some(text).filter(|text| !text.is_empty())
    }

    /// The amount of that name, read by [`Money::parse`] or [`Money::read`]; `None` if there is none. A form's may be written as
    /// people write amounts, with a decimal comma or a currency beside it; a program's is read as it is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn money(
        &self,
        name: &str,
        currency: Currency,
        read: fn(&str, Currency) -> Result<Money, BadAmount>,
    ) -> Result<Option<Money>, BadAmount> {
        let read = |text| {
            if self.is_form {
                read(&amount::normalized(text, currency)?, currency)
            } else {
                read(text, currency)
            }
        };
        self.text(name).map(read).transpose()
    }

    /// The same, of a text that is kept.
    ///
    /// # Errors
    /// Why it cannot be kept, as a sentence.
    pub fn note(&self, name: &str) -> Result<Option<&str>, String> {
        let note = self.text(name).unwrap_or_default();
        if note.chars().count() > LONGEST_NOTE {
            return Err(format!(
                "{name} must have at most {LONGEST_NOTE} characters."
            ));
        }
        if note.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r')) {
            return Err(format!("{name} has a character that cannot be shown."));
        }
        Ok(self.text(name))
    }
}

/// The members of a JSON object whose values may be lists and objects, if it has none but these.
///
/// # Errors
/// What is wrong, as a sentence.
pub fn members(body: &[u8], names: &[&str]) -> Result<Map<String, Value>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "The body is not UTF-8.".to_owned())?;
    let members: Map<String, Value> =
        json::from_str(text).map_err(|error| format!("The body is {error}."))?;
    match members.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(members),
        Some(unknown) => {
            let shown: String = unknown.chars().take(40).collect();
            Err(format!("There is no member {shown:?} here."))
        }
    }
}

fn text(body: &Body) -> Result<&str, BadBody> {
    match body {
        Body::Whole(body) => {
            std::str::from_utf8(body).map_err(|_| BadBody::Unreadable("it is not UTF-8".to_owned()))
        }
        Body::TooLarge => Err(BadBody::TooLarge),
    }
}

fn object(text: &str) -> Result<BTreeMap<String, Value>, BadBody> {
    json::from_str(text).map_err(|error| BadBody::Unreadable(error.to_string()))
}

/// A name that may be anything, cut to what helps to recognize it.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

impl BadBody {
    /// 400 or 413, naming what is wrong.
    #[must_use]
    pub fn refused(&self, site: &Site, request: &Accepted) -> Handled {
        if *self == Self::TooLarge {
            return Handled::answer(site, request, &Answer::TooLarge);
        }
        let code = "bad_request";
        let detail = format!("The body {self}.");
        let response = response::problem(site, 400, code, "Nothing was done", &detail);
        Handled::new(response, request.log.clone(), code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &str) -> Result<Fields, BadBody> {
        Fields::read(kind, &Body::Whole(body.as_bytes().to_vec()))
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        for (kind, body) in [
            (
                "application/x-www-form-urlencoded",
                "amount=12.50&note=a+b%26%C3%A9&empty=",
            ),
            (
                "application/json; charset=utf-8",
                r#"{"amount": "12.50", "note": "a b&é", "empty": null}"#,
            ),
        ] {
            let fields = read(kind, body).unwrap_or_default();
            assert_eq!(fields.text("amount"), Some("12.50"), "{kind}");
            assert_eq!(fields.text("note"), Some("a b&é"), "{kind}");
            assert_eq!(
                (fields.text("empty"), fields.text("other")),
                (None, None),
                "{kind}"
            );
        }
        let number = read("application/json", r#"{"amount": 12, "yes": true}"#).unwrap_or_default();
        assert_eq!(
            (number.text("amount"), number.text("yes")),
            (Some("12"), Some("true"))
        );
    }

    #[test]
    fn what_is_no_body_says_why() {
        for (kind, body, part) in [
            ("text/plain", "a=b", "must be JSON"),
            ("", "{}", "must be JSON"),
            ("application/json", "[]", "unreadable JSON"),
            ("application/json", "{", "unreadable JSON"),
            (
                "application/json",
                r#"{"a": [1]}"#,
                "a member that is neither",
            ),
        ] {
            let why = read(kind, body)
                .map(|_| String::new())
                .unwrap_or_else(|bad| bad.to_string());
            assert!(why.contains(part), "{kind} {body}: {why}");
        }
        assert_eq!(
            Fields::read("", &Body::TooLarge).err(),
            Some(BadBody::TooLarge)
        );
        let unknown = read("application/json", r#"{"amout": "1"}"#)
            .and_then(|fields| fields.only(&["amount"]));
        assert_eq!(unknown.err(), Some(BadBody::Unknown("amout".to_owned())));
        assert!(read("", "").is_ok());
    }
}
