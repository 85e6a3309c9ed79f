//! The monthly fee: to open a month is to charge every player with a fee for it, once.
//!
//! Who is charged is read first, and shown to an operator. The transaction that charges them names each player with
//! their fee, and aborts if one of these has changed. So what is charged is what was read, and the counts in `periods`
//! and in the audit log are true. No link is minted here.
//!
//! The cron opens a month once, for each currency that somebody has a fee in. Whoever joins later is charged when an
//! operator opens the month again, and not before: nobody is charged in the middle of a month unasked.
//!
//! A month was missed if no run looked at it on its day or after it, though the cron was to open it: it did not run, or
//! payments were paused. Each such month is an incident. The newest one, if it is the month before the current one, is
//! caught up on, for those who were there before it ended. An older one is left to an operator. What counts is since when
//! the cron has opened months by itself, without a break: so whoever sets `BILLING_DAY` is not charged for last month.

pub mod take_back;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    config::Config,
    domain::{
        act::Act,
        error::{GuardError, StoreError},
        id::PlayerId,
        incident::{Incident, IncidentKind},
        money::{Currency, Money},
        month::{self, LeftOut, Month},
        operator::OperatorName,
        time::{UnixMillis, Zone},
    },
    encode::hex,
    json,
    ports::{Calendar, Clock},
    store::{
        Database,
        months::{self as store, Candidate, Missed, Opening, Rule},
    },
};

/// How often an opening starts over when fees change meanwhile.
const ROUNDS: usize = 4;
/// The name of the cron in the audit log, where it opens a month by itself.
pub const CRON: &str = "cron";
/// Of how many months, counted back from the current one, it is told that they were missed.
const TOLD: usize = 12;

/// The players who are charged for a month, and those who are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Those who are charged, and how much.
    pub charged: Vec<(Candidate, Money)>,
    /// Those who are not, and why.
    pub left_out: Vec<(Candidate, LeftOut)>,
}

impl Preview {
    /// Of a month that is caught up on, only those are charged who were there before it ended.
    fn of(candidates: Vec<Candidate>, currency: Currency, ended: Option<UnixMillis>) -> Self {
        let mut preview = Self::default();
        for candidate in candidates {
            let came_later = ended.is_some_and(|ended| candidate.created_at >= ended);
            let due = if came_later {
                Err(LeftOut::JoinedLater)
            } else {
                due(&candidate, currency)
            };
            match due {
                Ok(fee) => preview.charged.push((candidate, fee)),
                Err(why) => preview.left_out.push((candidate, why)),
            }
        }
        preview
    }

    /// The sum of all that is charged.
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

/// The outcome of opening a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// These were charged.
    Opened(Preview),
    /// Nobody is left to charge, and the month is as it was.
    Unchanged(Preview),
    /// Somebody would be charged otherwise than was agreed to. Nothing was written.
    Changed(Preview),
}

/// Finds those who would be charged. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn preview<D: Database>(database: &D, month: &Month) -> Result<Preview, StoreError> {
    let candidates = store::candidates(database, &month.period).await?;
    Ok(Preview::of(candidates, month.currency, None))
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

/// The detail of an opening for the audit. No player of it.
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
    zone.iso_date_after(now, config.billing.due_after_days)
}

/// A month that the cron opened.
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
/// opens the next one. A month that was missed comes first. So it takes nine statements of a run's budget at most, and
/// one on most days; after a month that was missed twelve, and one more for each before it. `None`: there is nothing to
/// open, or not yet, or payments are paused because the database is being restored.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn run<P: Database + Clock + Calendar>(
    ports: &P,
    config: &Config,
) -> Result<Option<Billed>, StoreError> {
    if config.paused {
        return Ok(None);
    }
    let Some(day) = config.billing.day else {
        store::rule_ended(ports).await?;
        return Ok(None);
    };
    let now = ports.now();
    let (today, period, due_on) = ports.in_zone(&config.club.timezone, |zone| {
        let due_on = due_on(config, zone, now);
        (zone.day_of_month(now), zone.month(now), due_on)
    });
    let rule = store::rule(ports, &period).await?;
    if rule.since.is_none() {
        store::rule_began(ports, now).await?;
    }
    let missed = ports.in_zone(&config.club.timezone, |zone| {
        missed_months(&rule, &period, zone)
    });
    if let Some((last, ended)) = missed.first() {
        let missed = store::missed(ports, &missed).await?;
        if !tell(ports, &missed, last, now).await? {
            return Ok(None);
        }
        let missed = missed.into_iter().find(|missed| missed.period == *last);
        let Some(Missed { period, currency }) = missed else {
            // The next run goes on with the current month.
            store::looked(ports, last).await?;
            return Ok(None);
        };
        let month = Month {
            period,
            currency,
            due_on,
        };
        return open_by_itself(ports, month, Some(*ended)).await;
    }
    if today < day {
        return Ok(None);
    }
    let Some(currency) = rule.unopened else {
        if rule.through.as_ref() != Some(&period) {
            store::looked(ports, &period).await?;
        }
        return Ok(None);
    };
    let month = Month {
        period,
        currency,
        due_on,
    };
    open_by_itself(ports, month, None).await
}

/// The months before the current one that no run has looked at since the rule began, and when each ended: the newest
/// first, and only if the month before the current one is among them.
fn missed_months(rule: &Rule, current: &str, zone: &Zone<'_>) -> Vec<(String, UnixMillis)> {
    let Some(since) = rule.since.map(|since| zone.month(since)) else {
        return Vec::new();
    };
    let is_missed = |month: &str| {
        let through = rule.through.as_deref();
        since.as_str() <= month && through.is_none_or(|through| through < month)
    };
    let mut months = Vec::new();
    let mut next = current.to_owned();
    while months.len() < TOLD
        && let Some(month) = month::before(&next).filter(|month| is_missed(month))
        && let Some(ended) = zone.month_begins(&next)
    {
        months.push((month.clone(), ended));
        next = month;
    }
    months
}

/// Opens an incident for each month that was missed. `false`: an operator has opened one of them just now, and the next
/// run looks again.
async fn tell<P: Database>(
    ports: &P,
    missed: &[Missed],
    last: &str,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    if missed.is_empty() {
        return Ok(true);
    }
    let incident = |Missed { period, currency }: &Missed| {
        let then = if period == last {
            "It is charged now, to those who were there before it ended."
        } else {
            "It is not charged by itself any more: open it by hand, if it is owed."
        };
        let shown = currency.shown();
        Incident::new(
            IncidentKind::MonthNotOpened,
            format!("{period} {}", currency.as_str()),
            format!(
                "{period} in {shown}: from its day to its end the cron did not run, or payments were paused. {then}"
            ),
        )
    };
    let incidents = missed.iter().map(incident).collect();
    store::tell(ports, missed, incidents, now).await
}

/// Opens a month for the cron. `None`: somebody else has opened it, or a fee has changed; the next run looks again.
async fn open_by_itself<P: Database + Clock>(
    ports: &P,
    month: Month,
    ended: Option<UnixMillis>,
) -> Result<Option<Billed>, StoreError> {
    let candidates = store::candidates(ports, &month.period).await?;
    let preview = Preview::of(candidates, month.currency, ended);
    let Some(operator) = OperatorName::parse(CRON) else {
        return Ok(None);
    };
    let is_written = write(ports, &month, &preview, &operator, false).await?;
    Ok(is_written.then_some(Billed {
        month,
        charged: preview.charged.len(),
        left_out: preview.left_out.len(),
    }))
}
