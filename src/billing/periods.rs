//! The monthly fee: to open a month is to charge every player with a fee for it, once.
//!
//! Who is charged is read first, and shown to an operator. The transaction that charges them names each player with
//! their fee, and aborts if one of these has changed. So what is charged is what was read, and the counts in `periods`
//! and in the audit log are true. No link is minted here.
//!
//! The cron opens a month once, for each currency that somebody has a fee in. Whoever joins later is charged when an
//! operator opens the month again, and not before: nobody is charged in the middle of a month unasked.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    config::Config,
    domain::{
        act::Act,
        error::{GuardError, StoreError},
        id::PlayerId,
        money::{Currency, Money},
        operator::OperatorName,
        period::{LeftOut, Month},
        time::{UnixMillis, Zone},
    },
    encode::hex,
    json,
    ports::{Calendar, Clock},
    store::{
        Database,
        periods::{self as store, Candidate, Opening},
    },
};

/// How often an opening starts over when fees change meanwhile.
const ROUNDS: usize = 4;
/// Who opens a month by itself, in the audit log.
pub const CRON: &str = "cron";

/// Who is charged for a month, and who is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Who is charged, and how much.
    pub charged: Vec<(Candidate, Money)>,
    /// Who is not, and why.
    pub left_out: Vec<(Candidate, LeftOut)>,
}

impl Preview {
    fn of(candidates: Vec<Candidate>, currency: Currency) -> Self {
        let mut preview = Self::default();
        for candidate in candidates {
            match due(&candidate, currency) {
                Ok(fee) => preview.charged.push((candidate, fee)),
                Err(why) => preview.left_out.push((candidate, why)),
            }
        }
        preview
    }

    /// What is charged in all.
    #[must_use]
    pub fn total(&self, currency: Currency) -> Money {
        let minor = self.charged.iter().map(|(_, fee)| fee.minor).sum();
        Money { minor, currency }
    }

    fn list(&self) -> Vec<(PlayerId, i64)> {
        let charged = self.charged.iter();
        charged.map(|(it, fee)| (it.id, fee.minor)).collect()
    }

    /// A fingerprint of who is charged how much, for which month and until when: whoever has seen it knows what they
    /// agree to.
    #[must_use]
    pub fn seen(&self, month: &Month) -> String {
        let Month {
            period,
            currency,
            due_on,
        } = month;
        let what = (period, currency, due_on, self.list());
        hex(&Sha256::digest(json::to_string(&what).as_bytes()))
    }
}

/// The fee that a player owes for a month in this currency.
fn due(candidate: &Candidate, currency: Currency) -> Result<Money, LeftOut> {
    if candidate.is_erased() {
        return Err(LeftOut::Erased);
    }
    if candidate.is_charged() {
        return Err(LeftOut::AlreadyCharged);
    }
    let fee = candidate.fee().ok_or(LeftOut::NoFee)?;
    if fee.minor == 0 {
        return Err(LeftOut::FeeZero);
    }
    if fee.currency != currency {
        return Err(LeftOut::OtherCurrency);
    }
    if fee.minor < currency.minimum() {
        return Err(LeftOut::BelowMinimum);
    }
    let is_chargeable = currency.is_supported()
        && fee.minor <= currency.maximum()
        && fee.minor % currency.step() == 0;
    if is_chargeable {
        Ok(fee)
    } else {
        Err(LeftOut::NotChargeable)
    }
}

/// What opening a month came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// These were charged.
    Opened(Preview),
    /// Nobody is left to charge, and the month is as it was.
    Unchanged(Preview),
    /// Somebody would be charged otherwise than was agreed to. Nothing was written.
    Changed(Preview),
}

/// Who would be charged. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn preview<D: Database>(database: &D, month: &Month) -> Result<Preview, StoreError> {
    let candidates = store::candidates(database, &month.period).await?;
    Ok(Preview::of(candidates, month.currency))
}

/// Opens a month for an operator; if it is open, charges those who are new. `seen` is the fingerprint of the preview
/// that the operator has seen: `None` agrees to whoever owes a fee.
///
/// # Errors
/// A [`GuardError`]: nothing was written, or the answer of the database was lost. The same again does no harm.
pub async fn open<P: Database + Clock>(
    ports: &P,
    month: &Month,
    seen: Option<&str>,
    operator: &OperatorName,
) -> Result<Outcome, GuardError> {
    for _ in 0..ROUNDS {
        let preview = preview(ports, month).await?;
        if preview.charged.is_empty() {
            return Ok(Outcome::Unchanged(preview));
        }
        if seen.is_some_and(|seen| seen != preview.seen(month)) {
            return Ok(Outcome::Changed(preview));
        }
        if write(ports, month, &preview, operator, true).await? {
            return Ok(Outcome::Opened(preview));
        }
    }
    Err(GuardError::Busy)
}

/// What the audit says of an opening. No player of it.
#[derive(Serialize)]
struct Detail<'a> {
    kind: &'static str,
    due_on: &'a str,
    charged: usize,
    amount: String,
    left_out: usize,
}

async fn write<P: Database + Clock>(
    ports: &P,
    month: &Month,
    preview: &Preview,
    operator: &OperatorName,
    again: bool,
) -> Result<bool, StoreError> {
    let detail = Detail {
        kind: "monthly",
        due_on: &month.due_on,
        charged: preview.charged.len(),
        amount: preview.total(month.currency).major(),
        left_out: preview.left_out.len(),
    };
    let act = Act {
        operator: operator.clone(),
        act: "open_period",
        about: format!("period {} {}", month.period, month.currency.as_str()),
        detail: json::to_string(&detail),
    };
    let opening = Opening {
        month,
        charged: &preview.list(),
        left_out: preview.left_out.len(),
        again,
        act: &act,
    };
    store::open(ports, &opening, ports.now()).await
}

/// The day on which a charge made now is due, as `2026-05-31`.
#[must_use]
pub fn due_on(config: &Config, zone: &Zone<'_>, now: UnixMillis) -> String {
    zone.iso_date_after(now, config.due_after_days)
}

/// What the cron opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billed {
    /// The month.
    pub month: Month,
    /// How many were charged.
    pub charged: usize,
    /// How many were not.
    pub left_out: usize,
}

/// The cron's part: from `BILLING_DAY` on, opens the club's month in one currency in which it is not open; the next run
/// opens the next one. So it takes seven statements of a run's budget at most, and one on most days. `None`: there is
/// nothing to open, or not yet, or payments are paused because the database is being restored.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn run<P: Database + Clock + Calendar>(
    ports: &P,
    config: &Config,
) -> Result<Option<Billed>, StoreError> {
    let Some(day) = config.billing_day.filter(|_| !config.paused) else {
        return Ok(None);
    };
    let now = ports.now();
    let (today, period, due_on) = ports.in_zone(&config.club_timezone, |zone| {
        let due_on = due_on(config, zone, now);
        (zone.day_of_month(now), zone.month(now), due_on)
    });
    if today < day {
        return Ok(None);
    }
    let Some(currency) = store::unopened(ports, &period).await? else {
        return Ok(None);
    };
    let month = Month {
        period,
        currency,
        due_on,
    };
    let preview = preview(ports, &month).await?;
    let Some(operator) = OperatorName::parse(CRON) else {
        return Ok(None);
    };
    // If somebody else has opened it, or a fee has changed, the next run looks again.
    let is_written = write(ports, &month, &preview, &operator, false).await?;
    Ok(is_written.then_some(Billed {
        month,
        charged: preview.charged.len(),
        left_out: preview.left_out.len(),
    }))
}
