//! A player as a form or a JSON object has one. It is held to the rules of a line of an import, so that both take and
//! refuse the same.

use super::queries::Player;
use crate::{
    billing::import::{
        column::Column,
        line::{self, Line},
    },
    desk::form::Errors,
    domain::{
        money::{Currency, Money},
        time::UnixMillis,
    },
    http::fields::Fields,
};

/// The fields of the form, and the members of the JSON object.
pub const FIELDS: [&str; 6] = [
    "player_id",
    "player",
    "email",
    "language",
    "monthly_fee",
    "currency",
];

/// A player as somebody writes one: every field as text, empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft([String; 6]);

impl Draft {
    /// A player as they are now.
    #[must_use]
    pub fn of(player: &Player) -> Self {
        let fee = player.monthly_fee();
        Self([
            player.player_id.clone(),
            player.name.clone(),
            player.email.clone().unwrap_or_default(),
            player.language.clone().unwrap_or_default(),
            fee.map(Money::major).unwrap_or_default(),
            fee.map(|fee| fee.currency.into()).unwrap_or_default(),
        ])
    }

    /// A player of whom nothing is written yet but the currency of the fee.
    #[must_use]
    pub fn in_currency(currency: Currency) -> Self {
        let mut draft = Self::default();
        draft.0[5] = currency.into();
        draft
    }

    /// The same with what is given: a member that is null or blank blanks what was there, one that is left out leaves it.
    #[must_use]
    pub fn with(mut self, fields: &Fields) -> Self {
        for (name, value) in FIELDS.iter().zip(&mut self.0) {
            if fields.has(name) {
                *value = fields.text(name).unwrap_or_default().to_owned();
            }
        }
        self
    }

    /// The same, with an id of the club's if it has none.
    #[must_use]
    pub fn with_id(mut self, make: impl FnOnce() -> String) -> Self {
        if self.0[0].is_empty() {
            self.0[0] = make();
        }
        self
    }

    /// The text of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let mut fields = FIELDS.iter().zip(&self.0);
        fields
            .find(|(of, _)| **of == name)
            .map_or("", |(_, value)| value)
    }

    /// The names of the fields that differ.
    #[must_use]
    pub fn changed_from(&self, before: &Self) -> Vec<&'static str> {
        let fields = FIELDS.iter().zip(self.0.iter().zip(&before.0));
        fields
            .filter(|(_, (now, before))| now != before)
            .map(|(name, _)| *name)
            .collect()
    }

    /// The player, if the fields are as an import's must be.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn checked(&self, now: UnixMillis) -> Result<Line, Errors> {
        let values = FIELDS.iter().zip(&self.0);
        let values =
            values.filter_map(|(name, value)| Some((Column::parse(name)?, value.as_str())));
        line::of_values(values, now).map_err(|wrongs| {
            let mut errors = Errors::default();
            for wrong in wrongs {
                errors.add(wrong.column.unwrap_or("player"), wrong.reason.to_string());
            }
            errors
        })
    }
}
