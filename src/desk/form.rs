//! Forms that forgive: a field with its label, its hint and what is wrong with what was typed.

use std::collections::BTreeMap;

use maud::{Markup, html};

/// The faults of a form: a sentence for a field, by the field's name. Empty, if there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(BTreeMap<&'static str, String>);

impl Errors {
    /// Adds what is wrong with a field. What was said of it first stays.
    pub fn add(&mut self, field: &'static str, why: impl Into<String>) {
        self.0.entry(field).or_insert_with(|| why.into());
    }

    /// The fault of a field, if it has one.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of it as one text for a program: `email must be …. amount is missing.`
    #[must_use]
    pub fn text(&self) -> String {
        let sentences: Vec<_> = self
            .0
            .iter()
            .map(|(name, why)| format!("{name} {why}."))
            .collect();
        sentences.join(" ")
    }
}

/// An `input` of one line.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its name and id.
    pub name: &'static str,
    /// The label: what is asked for.
    pub label: &'a str,
    /// A hint that helps to answer; empty for none.
    pub hint: &'static str,
    /// `text`, `date`, `email`.
    pub kind: &'static str,
    /// `decimal` for an amount; empty for any text.
    pub mode: &'static str,
    /// Whether it is a short one.
    pub is_short: bool,
    /// Whether a browser sends no form without it.
    pub is_required: bool,
    /// How many characters it takes; 0 for any number.
    pub max_length: usize,
    /// The greatest value, of a day; empty for none.
    pub max: &'a str,
    /// Its value.
    pub value: &'a str,
}

impl<'a> Input<'a> {
    /// A text of one line.
    #[must_use]
    pub const fn text(name: &'static str, label: &'a str, value: &'a str) -> Self {
        Self {
            name,
            label,
            hint: "",
            kind: "text",
            mode: "",
            is_short: false,
            is_required: false,
            max_length: 0,
            max: "",
            value,
        }
    }

    /// The field, with what is wrong with it beside it.
    #[must_use]
    pub fn field(self, errors: &Errors) -> Markup {
        let wrong = errors.of(self.name);
        let (hint, error) = (
            format!("{}-hint", self.name),
            format!("{}-error", self.name),
        );
        let described: Vec<_> = [
            (!self.hint.is_empty()).then_some(hint.as_str()),
            wrong.map(|_| error.as_str()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let described = (!described.is_empty()).then(|| described.join(" "));
        html! {
            div.field.wrong[wrong.is_some()] {
                label for=(self.name) { (self.label) }
                @if !self.hint.is_empty() { p.hint id=(hint) { (self.hint) } }
                @if let Some(why) = wrong { p.error id=(error) { "It " (why) "." } }
                input.short[self.is_short] id=(self.name) name=(self.name) type=(self.kind) value=(self.value)
                    inputmode=[(!self.mode.is_empty()).then_some(self.mode)]
                    required[self.is_required]
                    max=[(!self.max.is_empty()).then_some(self.max)]
                    aria-invalid=[wrong.map(|_| "true")]
                    aria-describedby=[described]
                    maxlength=[(self.max_length > 0).then_some(self.max_length)];
            }
        }
    }
}

/// The note above a form that came back.
#[must_use]
pub fn came_back(errors: &Errors) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.note.bad role="alert" {
                p { strong { "Nothing was done yet." } " What is wrong stands beside each field; what you typed is still there." }
            }
        }
    }
}
