//! Counts what clicks were answered, and opens incidents about answers that must not be. All of it after the answer.
//!
//! A [`Tally`] keeps the counts of one isolate in memory. They are written when ten seconds have passed since the last
//! time, or when a click was answered with 5xx, though such answers force it only once in ten seconds. So a storm of
//! clicks on one isolate does not write per click. What an isolate holds when it ends is lost: at most ten seconds of counts.
//!
//! A 409 that says "paid" is checked against the database, by a statement that shares nothing with the guard's, at most
//! once a minute for each order on one isolate.

use super::{
    deliver::NOTICE,
    rules::{self, STALLED_AFTER},
};
use crate::{
    domain::{
        error::{DATABASE_QUOTA, GuardError, StoreError},
        id::OrderId,
        incident::{Incident, IncidentChange, IncidentKind},
        time::{Millis, UnixMillis},
    },
    ports::Clock,
    store::{
        Database,
        signals::{self, Count, Signal, Writes, hour_of},
    },
};

/// How long counts stay in memory.
const PAUSE: Millis = Millis::seconds(10);
/// How many orders are remembered as checked, and for how long. Then all are forgotten.
const CHECKED: usize = 1_000;
const CHECKED_FOR: Millis = Millis::minutes(1);
/// How many subrequests may be spent after an answer to send what is due.
const BUDGET: u32 = 30;
/// How many a request may make in all on the free plan, and how many queries (Cloudflare docs, "Limits" of Workers and of D1).
const OF_A_REQUEST: u32 = 50;

/// Until how many subrequests what is due may be sent after an answer, if so many are spent; `None` if nothing can be sent and
/// recorded any more. An alert that is sent and not recorded would come again: the next run of the cron sends it instead.
#[must_use]
pub fn budget(spent: u32) -> Option<u32> {
    let budget = spent.saturating_add(BUDGET).min(OF_A_REQUEST);
    (spent.saturating_add(NOTICE) <= budget).then_some(budget)
}

/// An event in the Worker that the tally registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A click was answered.
    Answer(Answered),
    /// A delivery of Stripe's was recorded.
    Delivery,
    /// Somebody asked how the Worker is.
    Health,
}

/// The answer to a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// Its code.
    pub code: &'static str,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// The code of what failed.
    pub error: Option<&'static str>,
    /// Whether Stripe failed.
    pub is_stripes: bool,
}

impl Answered {
    /// An answer, and what failed.
    #[must_use]
    pub fn new(
        status: u16,
        code: &'static str,
        order: Option<OrderId>,
        error: Option<&GuardError>,
    ) -> Self {
        Self {
            status,
            code,
            order,
            error: error.map(GuardError::code),
            is_stripes: error.is_some_and(rules::is_stripes),
        }
    }

    /// The order that must have a payment, if the answer is true.
    fn says_paid(&self) -> Option<OrderId> {
        let says_so = self.status == 409 && matches!(self.code, "already_paid" | "refunded");
        self.order.filter(|_| says_so)
    }

    /// Whether D1's free plan was used up.
    fn is_quota(&self) -> bool {
        self.error == Some(DATABASE_QUOTA)
    }

    fn incident(&self) -> Option<Incident> {
        if self.is_quota() {
            let detail =
                "Clicks were answered with 503. This can be written only since D1 takes it again.";
            return Some(rules::incident(
                IncidentKind::DatabaseQuota,
                detail.to_owned(),
            ));
        }
        let why = self.error.unwrap_or(self.code);
        let detail = || format!("A click was answered with {}: {why}.", self.status);
        (self.status >= 500).then(|| rules::incident(IncidentKind::CheckoutErrors, detail()))
    }
}

/// The counts, signals and newest error of one isolate that are not yet written.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Vec<(UnixMillis, &'static str, u32)>,
    signals: Vec<(Signal, UnixMillis)>,
    /// The newest answer of 5xx.
    error: Option<Incident>,
    written: Option<UnixMillis>,
    forced: Option<UnixMillis>,
    checked: Vec<OrderId>,
    /// Since when they are remembered.
    checked_since: Option<UnixMillis>,
}

/// The work to do after an answer.
#[derive(Debug, Default)]
pub struct Work {
    counts: Vec<(UnixMillis, &'static str, u32)>,
    signals: Vec<(Signal, UnixMillis)>,
    error: Option<Incident>,
    /// The counts are to be written.
    is_write: bool,
    /// An order whose charge must have a payment.
    check: Option<OrderId>,
}

impl Tally {
    /// Counts what happened. `Some` if something is to be done about it.
    pub fn register(&mut self, happened: Happened, now: UnixMillis) -> Option<Work> {
        let mut check = None;
        let mut is_forced = false;
        match happened {
            Happened::Answer(answered) => {
                self.count(answered.code, now);
                if let Some(incident) = answered.incident() {
                    let failed = if answered.is_quota() {
                        Signal::Quota
                    } else {
                        Signal::Error
                    };
                    self.signal(failed, now);
                    if answered.is_stripes {
                        self.signal(Signal::StripeError, now);
                    }
                    self.error = Some(incident);
                    is_forced = has_passed(self.forced, PAUSE, now);
                }
                check = answered
                    .says_paid()
                    .filter(|order| self.is_new(*order, now));
            }
            Happened::Delivery => {
                self.count(DELIVERY, now);
                self.signal(Signal::Webhook, now);
            }
            Happened::Health => {}
        }
        let is_write = is_forced || has_passed(self.written, PAUSE, now);
        if is_forced {
            self.forced = Some(now);
        }
        (is_write || check.is_some()).then(|| Work {
            check,
            ..if is_write {
                self.take(now)
            } else {
                Work::default()
            }
        })
    }

    /// Whether an order was not checked of late; from now on it was.
    fn is_new(&mut self, order: OrderId, now: UnixMillis) -> bool {
        if has_passed(self.checked_since, CHECKED_FOR, now) {
            self.checked.clear();
            self.checked_since = Some(now);
        }
        let is_new = !self.checked.contains(&order);
        if is_new {
            if self.checked.len() >= CHECKED {
                self.checked.clear();
            }
            self.checked.push(order);
        }
        is_new
    }

    /// Takes what is still to be written, if there is anything.
    pub fn rest(&mut self, now: UnixMillis) -> Option<Work> {
        let is_empty = self.counts.is_empty() && self.signals.is_empty();
        (!is_empty).then(|| self.take(now))
    }

    fn take(&mut self, now: UnixMillis) -> Work {
        self.written = Some(now);
        Work {
            counts: std::mem::take(&mut self.counts),
            signals: std::mem::take(&mut self.signals),
            error: self.error.take(),
            is_write: true,
            check: None,
        }
    }

    /// Takes back what could not be written.
    pub fn put_back(&mut self, work: Work) {
        for (hour, what, count) in work.counts {
            self.add(hour, what, count);
        }
        for (signal, at) in work.signals {
            self.signal(signal, at);
        }
        self.error = self.error.take().or(work.error);
        self.checked.retain(|order| Some(*order) != work.check);
    }

    fn count(&mut self, code: &'static str, now: UnixMillis) {
        self.add(hour_of(now), code, 1);
    }

    fn add(&mut self, hour: UnixMillis, code: &'static str, more: u32) {
        let known = self
            .counts
            .iter_mut()
            .find(|(at, what, _)| *at == hour && *what == code);
        match known {
            Some((_, _, count)) => *count = count.saturating_add(more),
            None => self.counts.push((hour, code, more)),
        }
    }

    fn signal(&mut self, signal: Signal, at: UnixMillis) {
        match self.signals.iter_mut().find(|(known, _)| *known == signal) {
            Some((_, newest)) => *newest = at.max(*newest),
            None => self.signals.push((signal, at)),
        }
    }
}

/// The code that a delivery is counted under; no answer to a click has it.
const DELIVERY: &str = "webhook";

fn has_passed(last: Option<UnixMillis>, pause: Millis, now: UnixMillis) -> bool {
    last.is_none_or(|last| now.since(last) >= pause)
}

fn counted((hour, code, count): &(UnixMillis, &'static str, u32)) -> Count {
    let what = if *code == DELIVERY {
        DELIVERY.to_owned()
    } else {
        format!("answer:{code}")
    };
    (*hour, what, *count)
}

/// Writes the counts, and opens what is to be opened. Whether anything is due in the outbox then. It is to be sent at
/// once: if the cron does not run, nobody else sends it.
///
/// # Errors
/// A [`StoreError`]: nothing was written, and [`Tally::put_back`] takes the work back.
pub async fn carry_out<P: Database + Clock>(ports: &P, work: &Work) -> Result<bool, StoreError> {
    let now = ports.now();
    let mut writes = Writes {
        counts: work.counts.iter().map(counted).collect(),
        signals: work.signals.clone(),
        incidents: Vec::new(),
        stalled: work
            .is_write
            .then(|| (rules::stalled(), now.minus(STALLED_AFTER))),
    };
    if let Some(incident) = &work.error {
        writes
            .incidents
            .push(IncidentChange::Open(incident.clone()));
    }
    if let Some(order) = work.check
        && !signals::has_payment(ports, order).await?
    {
        let incident = Incident {
            order: Some(order),
            ..rules::incident(IncidentKind::PaidPageOnUnpaid, String::new())
        };
        writes.incidents.push(IncidentChange::Open(incident));
        writes.signals.push((Signal::Unpaid, now));
    }
    if writes.is_empty() {
        return Ok(false);
    }
    signals::write(ports, &writes, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_checked(tally: &mut Tally, order: i64, now: UnixMillis) -> bool {
        let answered = Answered::new(409, "already_paid", Some(OrderId(order)), None);
        let work = tally.register(Happened::Answer(answered), now);
        work.is_some_and(|work| work.check.is_some())
    }

    #[test]
    fn an_alert_is_sent_if_it_can_be_recorded_as_well() {
        assert_eq!(
            [3, 30, 44, 45].map(budget),
            [Some(33), Some(50), Some(50), None]
        );
    }

    #[test]
    fn a_paid_page_is_checked_once_a_minute_for_each_order() {
        let (mut tally, begin) = (Tally::default(), UnixMillis(1_800_000_000_000));
        let all = || (0..).take(CHECKED);
        assert!(all().all(|order| is_checked(&mut tally, order, begin)));
        let soon = begin.plus(Millis::seconds(59));
        assert!(!all().any(|order| is_checked(&mut tally, order, soon)));
        assert!(all().all(|order| is_checked(&mut tally, order, begin.plus(CHECKED_FOR))));
    }
}
