//! A run of reconcile: what it may use, what it has used, and what it has done.

use super::policy::Policy;
use crate::{
    domain::{
        change::Commit,
        error::{GuardError, StripeError},
        incident::IncidentChange,
        order::Cause,
        time::{Millis, UnixMillis},
    },
    ports::Ports,
};

/// About how many subrequests one item needs at most.
const RESERVE: u32 = 8;
/// How many subrequests it takes at most to find a payment's place, if none is refunded.
const PLACE: u32 = 16;
/// About how many subrequests a refund needs that was begun: two calls to Stripe, and the transaction that writes down what came
/// of it.
const END: u32 = 12;
/// How many subrequests a page of events needs: the call to Stripe, the query, the statements of the transaction, the cursor.
const PAGE: u32 = 12;
/// How many events a page has at most (Stripe's API reference, "Pagination").
const EVENTS: u32 = 100;
/// How long a run may take. The next one starts after five minutes.
const LONGEST_RUN: Millis = Millis::minutes(4);
/// A run gives up after so many calls in a row that did not reach Stripe.
const OUTAGE: u32 = 3;

/// The limits of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Calls to Stripe and statements of the database.
    pub subrequests: u32,
}

impl Budget {
    /// How many events a run carries out in the share that they have, if none of them has to be looked at alone. What other
    /// lists leave of the budget comes on top.
    #[must_use]
    pub const fn events(self) -> u32 {
        let pages = Share::TwoThirds.of(self.subrequests) / PAGE;
        (if pages == 0 { 1 } else { pages }) * EVENTS
    }
}

/// The report of a run; the numbers are for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reconciled {
    /// Orders looked at.
    pub orders: u32,
    /// How many of these were moved.
    pub moved: u32,
    /// Events carried out that had not been delivered.
    pub events: u32,
    /// Sessions read after a restore.
    pub sessions: u32,
    /// Payments looked at that wait for their place.
    pub reviews: u32,
    /// Refunds looked at that were asked for and not answered.
    pub refunds: u32,
    /// Whether everything was looked at. If not, the next run goes on.
    pub is_done: bool,
    /// Errors of what could not be done; the next run tries again.
    pub errors: Vec<GuardError>,
}

/// How much of the whole budget may be spent before work on a list stops.
#[derive(Clone, Copy)]
pub(super) enum Share {
    Third,
    TwoThirds,
    FiveSixths,
    All,
}

impl Share {
    const fn of(self, whole: u32) -> u32 {
        match self {
            Self::Third => whole / 3,
            Self::TwoThirds => whole / 3 * 2,
            Self::FiveSixths => whole / 6 * 5,
            Self::All => whole,
        }
    }
}

/// A run in progress.
pub(super) struct Run<'a, P> {
    pub(super) ports: &'a P,
    pub(super) policy: &'a Policy,
    pub(super) report: Reconciled,
    began: UnixMillis,
    budget: Budget,
    unreachable: u32,
    pages: u32,
    alone: u32,
}

impl<'a, P: Ports> Run<'a, P> {
    /// A run that starts now.
    pub(super) fn new(ports: &'a P, policy: &'a Policy, budget: Budget) -> Self {
        Self {
            ports,
            policy,
            report: Reconciled::default(),
            began: ports.now(),
            budget,
            unreachable: 0,
            pages: 0,
            alone: 0,
        }
    }

    /// When it started.
    pub(super) const fn began(&self) -> UnixMillis {
        self.began
    }

    /// Stripe answered.
    pub(super) const fn reached_stripe(&mut self) {
        self.unreachable = 0;
    }

    /// Whether another item may be started.
    pub(super) fn may(&self, share: Share) -> bool {
        self.may_start(share, false)
    }

    /// The same of a list. However small the budget is, and whatever was spent before, a run starts the first item of each: so
    /// no list waits for ever for another one.
    pub(super) fn may_start(&self, share: Share, is_first: bool) -> bool {
        self.is_able() && (is_first || self.has_left(share, RESERVE))
    }

    /// Whether another payment may be looked at that waits for its place. It takes more than other items do: another order may have
    /// to be ended for it. So the first one waits for the next run if something else was looked at alone in this one.
    pub(super) fn may_place(&self, is_first: bool) -> bool {
        let has_room = (is_first && self.alone == 0) || self.has_left(Share::All, PLACE);
        self.is_able() && has_room
    }

    /// Whether what was begun may be ended in this run, or the next one has more room for it.
    pub(super) fn may_go_on(&self) -> bool {
        self.has_left(Share::All, END)
    }

    /// Whether another page of events may be read.
    pub(super) fn may_read(&self, share: Share) -> bool {
        self.is_able() && (self.pages == 0 || self.has_left(share, PAGE))
    }

    /// A page of events was read.
    pub(super) const fn has_read(&mut self) {
        self.pages += 1;
    }

    /// Whether another event, or a refund that was asked for, may be looked at alone.
    pub(super) fn may_look_alone(&self, share: Share) -> bool {
        self.may_start(share, self.alone == 0)
    }

    /// An event or a refund is looked at alone.
    pub(super) const fn looks_alone(&mut self) {
        self.alone += 1;
    }

    /// Whether another order may be looked at.
    pub(super) fn may_look(&self, share: Share) -> bool {
        self.may_start(share, self.report.orders == 0)
    }

    /// Whether there is time left, and Stripe can be reached.
    fn is_able(&self) -> bool {
        let in_time = self.ports.now().since(self.began) < LONGEST_RUN;
        in_time && self.unreachable < OUTAGE
    }

    fn has_left(&self, share: Share, needed: u32) -> bool {
        let part = share.of(self.budget.subrequests).max(needed);
        self.ports.spent().saturating_add(needed) <= part
    }

    /// Records an error, and opens its incident if it has one.
    pub(super) async fn failed(&mut self, error: GuardError) {
        match &error {
            GuardError::Stripe(StripeError::Unreachable(_)) => self.unreachable += 1,
            GuardError::Stripe(_)
            | GuardError::Store(_)
            | GuardError::Busy
            | GuardError::UnknownSession { .. }
            | GuardError::CreateRefused { .. } => self.unreachable = 0,
        }
        if let Some(incident) = error.incident() {
            let open = IncidentChange::Open(incident);
            let commit = Commit::new(Cause::Reconcile, self.ports.now()).with(open);
            if let Err(error) = self.ports.commit(&commit).await {
                self.report.errors.push(error.into());
            }
        }
        self.report.errors.push(error);
    }

    /// Whether a list is done. If there was an error, records it.
    pub(super) async fn worked_through(&mut self, worked: Result<bool, GuardError>) -> bool {
        match worked {
            Ok(is_done) => is_done,
            Err(error) => {
                self.failed(error).await;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_reads_one_page_at_least() {
        let events = |subrequests| Budget { subrequests }.events();
        assert_eq!([8, 33, 888].map(events), [100, 100, 4_900]);
    }
}
