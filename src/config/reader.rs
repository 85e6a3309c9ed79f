//! Reads variables, and keeps what is wrong with them: by name, never by value.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use super::variables::{Unset, Variable};
use crate::domain::mail::is_address;

/// Reads variables by name.
pub(super) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    wrong: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            get,
            wrong: Vec::new(),
        }
    }

    /// The errors, a line each.
    pub(super) fn into_wrong(self) -> Vec<String> {
        self.wrong
    }

    pub(super) fn wrong(&mut self, variable: Variable, why: &str) {
        self.wrong.push(format!("{} {why}", variable.name));
    }

    /// The text that a variable is set to.
    pub(super) fn given(&self, variable: Variable) -> Option<String> {
        (self.get)(variable.name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// The text that a variable is set to, or its default.
    pub(super) fn text(&mut self, variable: Variable) -> Option<String> {
        self.given(variable).or_else(|| match variable.unset {
            Unset::Default(text) => Some(text.to_owned()),
            Unset::Required | Unset::RequiredSecret => {
                self.wrong(variable, "is missing");
                None
            }
            Unset::Off => None,
        })
    }

    /// The parsed value. `None`: it is missing or wrong; a variable that may be off is read by [`Self::optional`].
    pub(super) fn parsed<T>(
        &mut self,
        variable: Variable,
        why: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(variable)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.wrong(variable, why);
        }
        parsed
    }

    /// The parsed value of a variable that may be off. `None`: it is wrong.
    pub(super) fn optional<T>(
        &mut self,
        variable: Variable,
        why: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.given(variable) {
            Some(_) => self.parsed(variable, why, parse).map(Some),
            None => Some(None),
        }
    }

    pub(super) fn number<N>(&mut self, variable: Variable, range: RangeInclusive<N>) -> Option<N>
    where
        N: FromStr + PartialOrd + Display,
    {
        self.parsed(variable, &is_number(&range), |text| in_range(text, &range))
    }

    pub(super) fn optional_number<N>(
        &mut self,
        variable: Variable,
        range: RangeInclusive<N>,
    ) -> Option<Option<N>>
    where
        N: FromStr + PartialOrd + Display,
    {
        self.optional(variable, &is_number(&range), |text| in_range(text, &range))
    }

    pub(super) fn switch(&mut self, variable: Variable) -> Option<bool> {
        self.parsed(variable, "must be on or off", |text| match text {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        })
    }

    /// An origin, without a slash at its end.
    pub(super) fn origin(&mut self, variable: Variable) -> Option<String> {
        let text = self.text(variable)?;
        self.as_origin(variable, &text)
    }

    /// Origins, separated by commas; none if it is off.
    pub(super) fn origins(&mut self, variable: Variable) -> Option<Vec<String>> {
        let list = self.given(variable).unwrap_or_default();
        let origins = each(&list).filter(|origin| !origin.is_empty());
        origins
            .map(|origin| self.as_origin(variable, origin))
            .collect()
    }

    fn as_origin(&mut self, variable: Variable, text: &str) -> Option<String> {
        let origin = text.trim_end_matches('/');
        match no_origin(origin) {
            Some(why) => {
                self.wrong(variable, why);
                None
            }
            None => Some(origin.to_owned()),
        }
    }

    pub(super) fn optional_url(&mut self, variable: Variable) -> Option<Option<String>> {
        self.optional(variable, "must be an https URL", |url| {
            let rest = url.strip_prefix("https://").or_else(|| {
                let rest = url.strip_prefix("http://")?;
                is_local(rest.split([':', '/']).next()?).then_some(rest)
            })?;
            let is_url = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic());
            is_url.then(|| url.to_owned())
        })
    }

    pub(super) fn optional_address(&mut self, variable: Variable) -> Option<Option<String>> {
        self.optional(variable, "must be an email address", |address| {
            is_address(address).then(|| address.to_owned())
        })
    }
}

fn is_number<N: Display>(range: &RangeInclusive<N>) -> String {
    format!(
        "must be a whole number from {} to {}",
        range.start(),
        range.end()
    )
}

fn in_range<N: FromStr + PartialOrd>(text: &str, range: &RangeInclusive<N>) -> Option<N> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// The entries of a list.
pub(super) fn each(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

/// An origin's host, without its port.
fn host_name(origin: &str) -> Option<&str> {
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    let is_host = !host.is_empty() && host.bytes().all(plain);
    is_host.then(|| host.split(':').next().unwrap_or_default())
}

fn is_local(host_name: &str) -> bool {
    matches!(host_name, "localhost" | "127.0.0.1")
}

/// Others than a developer may reach what is at this origin.
pub(super) fn is_far(origin: &str) -> bool {
    host_name(origin).is_some_and(|name| !is_local(name))
}

/// Why a text is no origin; `None` if it is one.
fn no_origin(text: &str) -> Option<&'static str> {
    match host_name(text) {
        None => Some("must be an origin: https://host, nothing after it"),
        Some(name) if text.starts_with("http://") && !is_local(name) => {
            Some("must be https, but for localhost")
        }
        Some(_) => None,
    }
}
