//! A charge of one title for one player, several or all: "Tournament, 25.00, due 12 May, 34 players".
//!
//! As with a month, who is charged is read first and shown, and the transaction that charges them names each, and aborts if one of
//! them is charged by now. So what is charged is what was seen, once, however often the button is pressed. Nobody has two
//! charges of one title: it is the charge's name.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    domain::{
        act::Act,
        error::{GuardError, StoreError},
        id::PlayerId,
        money::Money,
        operator::OperatorName,
    },
    encode::hex,
    json,
    ports::Clock,
    store::{
        Database,
        charging::{self as store, Candidate, Whom},
    },
};

/// For how many players a charge is made at once: as many as an import has lines.
pub const MOST: usize = 10_000;
/// How often it starts over when somebody is charged meanwhile.
const ROUNDS: usize = 4;

/// A charge for several players.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charging {
    /// Its title; parents read it.
    pub title: String,
    /// How much, each.
    pub money: Money,
    /// On which day it is due, as `2026-05-31`.
    pub due_on: Option<String>,
}

/// Why a player is not charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Their personal data was erased.
    Erased,
    /// They have a charge of this title.
    AlreadyCharged,
}

/// The players who are charged, and those who are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Those who are.
    pub charged: Vec<Candidate>,
    /// Those who are not, and why.
    pub left_out: Vec<(Candidate, LeftOut)>,
    /// There are more than [`MOST`], or a search found as many as it may: these are not all.
    pub is_cut: bool,
}

impl Preview {
    /// The sum of all that is charged.
    #[must_use]
    pub fn total(&self, each: Money) -> Money {
        let count = i64::try_from(self.charged.len()).unwrap_or(i64::MAX);
        Money {
            minor: each.minor.saturating_mul(count),
            ..each
        }
    }

    fn ids(&self) -> Vec<PlayerId> {
        self.charged.iter().map(|player| player.id).collect()
    }

    /// A fingerprint of what is charged and to whom: whoever has seen it knows what they agree to.
    #[must_use]
    pub fn seen(&self, charging: &Charging) -> String {
        let Charging {
            title,
            money,
            due_on,
        } = charging;
        let what = (title, money.minor, money.currency, due_on, self.ids());
        hex(&Sha256::digest(json::to_string(&what).as_bytes()))
    }
}

/// The outcome of charging them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// These were charged.
    Charged(Preview),
    /// Nobody is left to charge.
    Unchanged(Preview),
    /// Others would be charged than was agreed to. Nothing was written.
    Changed(Preview),
    /// There are too many. Nothing was written.
    TooMany,
}

/// Finds those who would be charged. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn preview<D: Database>(
    database: &D,
    charging: &Charging,
    whom: &Whom,
) -> Result<Preview, StoreError> {
    let mut candidates = store::candidates(database, whom, &charging.title, MOST).await?;
    let most = match whom {
        // A search finds at most so many, and does not say whether there are more.
        Whom::Words(_) => crate::store::search::MOST as usize - 1,
        Whom::Players(_) | Whom::All => MOST,
    };
    let mut preview = Preview {
        is_cut: candidates.len() > most,
        ..Preview::default()
    };
    candidates.truncate(most);
    for candidate in candidates {
        if candidate.is_erased() {
            preview.left_out.push((candidate, LeftOut::Erased));
        } else if candidate.is_charged() {
            preview.left_out.push((candidate, LeftOut::AlreadyCharged));
        } else {
            preview.charged.push(candidate);
        }
    }
    Ok(preview)
}

/// The detail for the audit. No player of it.
#[derive(Serialize)]
struct Detail<'a> {
    title: &'a str,
    amount: String,
    currency: String,
    due_on: Option<&'a str>,
    charged: usize,
    left_out: usize,
}

/// Charges them. `seen` is the fingerprint of the preview that the operator has seen; `None` agrees to whoever is meant.
///
/// # Errors
/// A [`GuardError`]: nothing was written, or the database's answer was lost. The same again charges nobody twice.
pub async fn charge<P: Database + Clock>(
    ports: &P,
    charging: &Charging,
    whom: &Whom,
    seen: Option<&str>,
    operator: &OperatorName,
) -> Result<Outcome, GuardError> {
    for _ in 0..ROUNDS {
        let preview = preview(ports, charging, whom).await?;
        if preview.is_cut {
            return Ok(Outcome::TooMany);
        }
        if preview.charged.is_empty() {
            return Ok(Outcome::Unchanged(preview));
        }
        if seen.is_some_and(|seen| seen != preview.seen(charging)) {
            return Ok(Outcome::Changed(preview));
        }
        let detail = Detail {
            title: &charging.title,
            amount: charging.money.major(),
            currency: charging.money.currency.into(),
            due_on: charging.due_on.as_deref(),
            charged: preview.charged.len(),
            left_out: preview.left_out.len(),
        };
        let act = Act {
            operator: operator.clone(),
            act: "charge_players",
            about: "charges".to_owned(),
            detail: json::to_string(&detail),
        };
        let (money, due_on) = (charging.money, charging.due_on.as_deref());
        let (players, now) = (preview.ids(), ports.now());
        let charged = store::charge(ports, &players, &charging.title, money, due_on, &act, now);
        if charged.await? {
            return Ok(Outcome::Charged(preview));
        }
    }
    Err(GuardError::Busy)
}
