//! The input of the form of a charge for many, and what it means.

use crate::{
    billing::charging::{Charging, MOST},
    desk::{form::Errors, query},
    domain::{
        amount,
        charge::{Kind, is_title},
        id::PlayerId,
        money::Currency,
        search,
        time::is_day,
    },
    http::fields::Fields,
    store::charging::Whom,
};

/// Players as a form names them: ids, parted by spaces.
pub(super) fn ids(text: &str) -> Option<Vec<PlayerId>> {
    let ids: Vec<_> = query::ids(text)?.into_iter().map(PlayerId).collect();
    (1..=MOST).contains(&ids.len()).then_some(ids)
}

/// The input of the form, every field as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The title: what the charge is for.
    pub title: String,
    /// How much, each.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// On which day it is due.
    pub due_on: String,
    /// For these players, parted by spaces.
    pub players: String,
    /// For those whom a search finds; if it is empty too, for all.
    pub q: String,
    /// The fingerprint of what was shown.
    pub seen: String,
}

pub(super) const FIELDS: [&str; 7] = [
    "title", "amount", "currency", "due_on", "players", "q", "seen",
];

impl Typed {
    /// As a form sent it.
    pub(super) fn of(fields: &Fields) -> Self {
        let get = |name| fields.text(name).unwrap_or_default().to_owned();
        Self {
            title: get("title"),
            amount: get("amount"),
            currency: get("currency"),
            due_on: get("due_on"),
            players: get("players"),
            q: get("q"),
            seen: get("seen"),
        }
    }

    /// The charge that is to be made, and for whom.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub(super) fn checked(&self) -> Result<(Charging, Whom), Errors> {
        let mut errors = Errors::default();
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        if !is_title(&title) {
            errors.add(
                "title",
                "must have 2 to 60 characters, a letter among them, and name no web address",
            );
        }
        let currency = Currency::parse_supported(&self.currency);
        if currency.is_none() {
            errors.add(
                "currency",
                "must be one that Stripe charges in, such as usd",
            );
        }
        let money = match currency.map(|currency| amount::parse(&self.amount, currency)) {
            Some(Ok(money)) if money.minor > 0 => Some(money),
            Some(Ok(_)) => {
                errors.add("amount", "must be more than 0");
                None
            }
            Some(Err(why)) => {
                errors.add("amount", why.to_string());
                None
            }
            None => None,
        };
        let due_on = Some(self.due_on.clone()).filter(|day| !day.is_empty());
        if due_on.as_deref().is_some_and(|day| !is_day(day)) {
            errors.add("due_on", "must be a day, such as 2026-05-31");
        }
        let whom = match (self.players.as_str(), search::words(&self.q)) {
            ("", words) if words.is_empty() => Some(Whom::All),
            ("", words) => Some(Whom::Words(words)),
            (players, _) => ids(players).map(Whom::Players),
        };
        if whom.is_none() {
            errors.add("players", "must be ids of players, at most 10,000");
        }
        match (money, whom) {
            (Some(money), Some(whom)) if errors.is_empty() => {
                let charging = Charging {
                    title,
                    money,
                    due_on,
                };
                Ok((charging, whom))
            }
            _ => Err(errors),
        }
    }
}

/// The charges of a title.
pub(super) fn list_of(title: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("kind", Kind::Custom.as_str());
    query.append_pair("period", title);
    format!("/admin/charges?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Typed {
        Typed {
            title: "  Tournament   May ".to_owned(),
            amount: "25.00".to_owned(),
            currency: "eur".to_owned(),
            due_on: "2026-05-12".to_owned(),
            ..Typed::default()
        }
    }

    #[test]
    fn what_is_typed_is_read_with_its_blanks_taken_away() {
        let (charging, whom) = good()
            .checked()
            .unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(charging.title, "Tournament May");
        assert_eq!(charging.money.to_string(), "25.00 EUR");
        assert_eq!(
            (charging.due_on.as_deref(), whom),
            (Some("2026-05-12"), Whom::All)
        );
        let some = Typed {
            players: "3 7".to_owned(),
            ..good()
        };
        let whom = some.checked().map(|(_, whom)| whom);
        assert_eq!(whom, Ok(Whom::Players(vec![PlayerId(3), PlayerId(7)])));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_beside_its_field() {
        let wrong = Typed {
            title: "2026-05".to_owned(),
            amount: "1,234".to_owned(),
            due_on: "12 May".to_owned(),
            players: "x".to_owned(),
            ..good()
        };
        let errors = wrong.checked().err().unwrap_or_default();
        for field in ["title", "amount", "due_on", "players"] {
            assert!(errors.of(field).is_some(), "{field}: {errors:?}");
        }
        // A month is a title of nothing.
        assert!(!is_title("2026-05"));
        for title in ["x", "see https://x.example", "www.x.example", "a\u{202e}b"] {
            let errors = Typed {
                title: title.to_owned(),
                ..good()
            }
            .checked()
            .err();
            assert!(
                errors.is_some_and(|errors| errors.of("title").is_some()),
                "{title}"
            );
        }
    }
}
