//! Charges as the desk, the exports and the emails read them: which of them a list has, and what is read of each. The list itself is
//! read by `desk/charges/queries.rs`, one with all that happened to it by `desk/charges/detail.rs`.

use std::fmt;

use serde::Deserialize;

use super::{
    database::{Database, query},
    row::{Row, statement},
};
use crate::domain::{
    charge::{ChargeState, Kind, Subject},
    error::StoreError,
    id::ChargeId,
    money::{Currency, Money},
};

/// How many charges one page of a list may look at.
pub const WINDOW: i64 = 1_000;

/// In which order a list is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// The largest amount first, in minor units of whatever currency.
    Amount,
    /// The earliest due day first; charges that are due on no day last.
    Due,
    /// By the player's name.
    Name,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Newest, Self::Amount, Self::Due, Self::Name];

    /// As it stands in a query.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Amount => "amount",
            Self::Due => "due",
            Self::Name => "name",
        }
    }

    /// Reads what stands in a query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text)
    }
}

/// Where a page of a list begins: behind this charge, as it stood when the page before was read. So whatever changes between
/// two pages, no charge that stays as it is is left out or shown twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// The charge.
    pub id: ChargeId,
    /// The key that it is sorted by: minor units, a day or nothing, a name. Empty if the newest come first.
    pub key: String,
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, key } = self;
        write!(f, "{id}")?;
        if key.is_empty() {
            return Ok(());
        }
        write!(f, "-{key}")
    }
}

/// Which charges a list has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The text that was typed.
    pub text: String,
    /// Its words, as players are found by them.
    pub words: Vec<String>,
    /// In this state.
    pub state: Option<ChargeState>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this period.
    pub period: Option<String>,
    /// Still to be paid, and due before today.
    pub overdue: bool,
    /// In this order.
    pub sort: Sort,
    /// From here on.
    pub after: Option<After>,
}

impl Filter {
    /// Whether it leaves any charge out.
    #[must_use]
    pub fn leaves_out(&self) -> bool {
        let Self {
            text: _,
            words,
            state,
            kind,
            period,
            overdue,
            sort: _,
            after: _,
        } = self;
        *overdue || !words.is_empty() || state.is_some() || kind.is_some() || period.is_some()
    }

    /// As a query has it, without where the page begins.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.words.is_empty() {
            query.append_pair("q", &self.text);
        }
        if let Some(state) = self.state {
            query.append_pair("state", state.as_str());
        }
        if let Some(kind) = self.kind {
            query.append_pair("kind", kind.as_str());
        }
        if let Some(period) = &self.period {
            query.append_pair("period", period);
        }
        if self.overdue {
            query.append_pair("overdue", "1");
        }
        if self.sort != Sort::Newest {
            query.append_pair("sort", self.sort.as_str());
        }
        query.finish()
    }

    /// Whether a charge is one of the list's, wherever its page begins, if its player is. `today` is the club's day, as
    /// `2026-05-31`.
    #[must_use]
    pub fn has(&self, charge: &Listed, today: &str) -> bool {
        let Self {
            text: _,
            words: _,
            state,
            kind,
            period,
            overdue,
            sort: _,
            after: _,
        } = self;
        state.is_none_or(|state| state == charge.state)
            && kind.is_none_or(|kind| kind == charge.kind)
            && period
                .as_ref()
                .is_none_or(|period| *period == charge.period)
            && (!overdue || charge.is_overdue(today))
    }
}

/// A charge in a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: ChargeId,
    /// The club's own id of the player.
    pub player_id: String,
    /// The player's name.
    pub player: String,
    /// Its kind.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
    minor: i64,
    currency: Currency,
    /// In a word, what has become of it.
    pub state: ChargeState,
    /// `2026-05-31`, if it is due on a day.
    pub due_on: Option<String>,
}

impl Listed {
    /// How much is owed.
    #[must_use]
    pub const fn money(&self) -> Money {
        Money {
            minor: self.minor,
            currency: self.currency,
        }
    }

    /// Whether it is still to be paid and was due before a day, which is written as `2026-05-31`.
    #[must_use]
    pub fn is_overdue(&self, today: &str) -> bool {
        self.state.is_outstanding() && self.due_on.as_deref().is_some_and(|due| due < today)
    }
}

// A charge `c` of a player `p`. Its state is that of the last fold in a list, which begins with one; else `standing!()`.
macro_rules! listed_json {
    ($state:expr) => {
        concat!(
            "json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, \
                         'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', ",
            $state,
            ")"
        )
    };
}

// What has become of a charge `c`, whether or not it is folded.
macro_rules! standing {
    () => {
        "(SELECT s.state FROM standings s WHERE s.id = c.id)"
    };
}

pub(crate) use {listed_json, standing};

// Whether a charge `c` is overdue; true if the day is NULL, because all charges are wanted.
macro_rules! is_overdue {
    ($today:literal) => {
        concat!(
            "(",
            $today,
            " IS NULL OR (c.due_on < ",
            $today,
            " AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))"
        )
    };
}

pub(crate) use is_overdue;

/// `?1` charge: what it is for. An erased player has no name.
pub const SUBJECT: &str = "\
    SELECT json_object('kind', c.kind, 'period', c.period, 'player', IIF(p.erased_at IS NULL, p.name, NULL)) \
    FROM charges c JOIN players p ON p.id = c.player_id WHERE c.id = ?1";

/// Reads what a charge is for; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn subject<D: Database>(
    database: &D,
    id: ChargeId,
) -> Result<Option<Subject>, StoreError> {
    let rows = query(database, statement(SUBJECT, [id.0.into()])).await?;
    rows.first().map(Row::decode).transpose()
}
