//! Months that are opened: for each, every player with a monthly fee is charged once.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{charge::is_period, money::Currency};

/// A month to be opened, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Month {
    /// `2026-05`
    pub period: String,
    /// Whose fees are charged.
    pub currency: Currency,
    /// On which day the charges are due, as `2026-05-31`.
    pub due_on: String,
}

/// The month before one such as `2026-05`; `None` if that is no month.
#[must_use]
pub fn before(period: &str) -> Option<String> {
    let (year, month) = period.split_once('-').filter(|_| is_period(period))?;
    let (year, month): (u32, u32) = (year.parse().ok()?, month.parse().ok()?);
    Some(match month {
        1 => format!("{:04}-12", year.checked_sub(1)?),
        _ => format!("{year:04}-{:02}", month - 1),
    })
}

/// Why a player is not charged for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Their personal data was erased.
    Erased,
    /// They have a charge of this month.
    AlreadyCharged,
    /// No fee of theirs is known.
    NoFee,
    /// Their fee is 0.
    FeeZero,
    /// Their fee is in another currency.
    OtherCurrency,
    /// Their fee is less than Stripe charges.
    BelowMinimum,
    /// Stripe charges no such amount: too much, or between two amounts that it charges.
    NotChargeable,
    /// They came after the month, which is being caught up on.
    JoinedLater,
}

/// A place in the list of months.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// `2026-05`
    pub period: String,
    /// The currency.
    pub currency: Currency,
}

impl Cursor {
    /// Reads what [`Cursor`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (period, currency) = text.split_once('.')?;
        let currency = Currency::parse(currency)?;
        is_period(period).then(|| Self {
            period: period.to_owned(),
            currency,
        })
    }
}

/// `2026-05.usd`
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.period, self.currency.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_one_before_it() {
        for (period, expected) in [
            ("2026-05", Some("2026-04")),
            ("2027-01", Some("2026-12")),
            ("2026-12", Some("2026-11")),
            ("0000-01", None),
            ("2026-13", None),
            ("May", None),
        ] {
            assert_eq!(before(period).as_deref(), expected, "{period}");
        }
    }

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let cursor = Cursor::parse("2026-05.usd");
        assert_eq!(
            cursor.map(|cursor| cursor.to_string()).as_deref(),
            Some("2026-05.usd")
        );
        for text in [
            "",
            "2026-05",
            "2026-13.usd",
            "2026-05.us",
            "2026-05.usd.usd",
        ] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
