//! A page of Stripe's events at once: one query finds the orders of all of them, and one transaction does what the plain ones
//! do. So a hundred payments whose webhooks were lost come into sight for little more than one of them costs.
//!
//! An event is plain if what was found says it all ([`first`]), if it moves nothing but its own order, and if it says just what
//! is expected: this database, the order's attempt and charge, the amount that is owed. It moves its order by the statements
//! that move any order, under the version that was read. Every other event is odd: the caller looks at it alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    budget::{Run, Share},
    events::{Effect, First, first, lookup},
    policy::Policy,
};
use crate::{
    domain::{
        change::{Commit, Committed, Found},
        charge::Identity,
        error::GuardError,
        event::{About, Event},
        id::{ChargeId, SessionId},
        order::{Cause, Order},
        payment::{Session, SessionState},
        time::UnixMillis,
    },
    ports::Ports,
};

/// How often a page is read from the database: once, once more for what happened to the same order before, and once more after
/// somebody was faster. What is left then is looked at alone.
const ROUNDS: usize = 3;

/// The outcome of a page.
pub(super) struct Carried<'a> {
    /// How many events were carried out.
    pub(super) count: u32,
    /// Those that are to be looked at alone, the oldest first.
    pub(super) odd: Vec<&'a Event>,
}

/// Carries out the plain events of a page, the newest of which comes first. Events that are recorded already are skipped.
pub(super) async fn carry_out<'a, P: Ports>(
    run: &Run<'_, P>,
    cause: Cause,
    page: &'a [Event],
) -> Result<Carried<'a>, GuardError> {
    let ports = run.ports;
    let mut left: Vec<&Event> = page.iter().collect();
    let mut odd = Vec::new();
    let mut count = 0;
    for round in 0..ROUNDS {
        if left.is_empty() || (round > 0 && !run.may(Share::All)) {
            break;
        }
        let lookups: Vec<_> = left.iter().map(|event| lookup(event)).collect();
        let found = ports.find_each(&lookups).await?;
        let unseen = left.into_iter().zip(&found).filter(|(_, it)| !it.seen);
        let unseen: Vec<_> = unseen.collect();
        let sorted = sort(run.policy, cause, ports.now(), &unseen);
        let records = sorted.commit.events.len();
        let committed = match records {
            0 => Ok(Committed::Done),
            _ => ports.commit(&sorted.commit).await,
        };
        left = match committed {
            Ok(Committed::Done) => {
                count += u32::try_from(records).unwrap_or(u32::MAX);
                odd.extend(sorted.odd);
                sorted.later
            }
            // Somebody was faster with one of them, or the answer was lost. If the database cannot be reached, the next
            // query says so; if it refuses one of them, each is tried alone.
            Ok(Committed::Conflict) | Err(_) => unseen.iter().map(|(event, _)| *event).collect(),
        };
    }
    let odd: BTreeSet<_> = odd.iter().chain(&left).map(|event| &event.id).collect();
    let odd = page.iter().rev().filter(|event| odd.contains(&event.id));
    Ok(Carried {
        count,
        odd: odd.collect(),
    })
}

/// A page by what is to be done with it.
struct Sorted<'a> {
    /// The transaction of the plain ones.
    commit: Commit,
    /// To be looked at alone.
    odd: Vec<&'a Event>,
    /// To be looked at once more when the transaction has moved their orders.
    later: Vec<&'a Event>,
}

fn sort<'a>(
    policy: &Policy,
    cause: Cause,
    at: UnixMillis,
    unseen: &[(&'a Event, &Found)],
) -> Sorted<'a> {
    let firsts = unseen
        .iter()
        .map(|(event, found)| {
            let base = Commit::new(cause, at);
            (*event, *found, first(policy, event, found, base))
        })
        .collect::<Vec<_>>();
    let contested = contested(&firsts);
    let mut sorted = Sorted {
        commit: Commit::new(cause, at),
        odd: Vec::new(),
        later: Vec::new(),
    };
    let mut moved = BTreeSet::new();
    for (event, found, first) in firsts {
        let charge = charge(found);
        let is_moved = charge.is_some_and(|charge| moved.contains(&charge));
        let First::Write(effect) = first else {
            sorted.odd.push(event);
            continue;
        };
        let is_contested = charge.is_some_and(|charge| contested.contains(&charge));
        if !effect.commit.is_empty() && (is_contested || !is_plain(event, found, &effect)) {
            sorted.odd.push(event);
        } else if is_moved {
            sorted.later.push(event);
        } else {
            let moves = !effect.commit.is_empty();
            moved.extend(charge.filter(|_| moves));
            sorted.commit.events.push(effect.record(event));
            sorted.commit.moves.extend(effect.commit.moves);
        }
    }
    // Those that move alike stand together, so that the same statements move them.
    sorted.commit.moves.sort_by_key(|to| to.to.rank());
    sorted
}

/// The charge that an event is about.
fn charge(found: &Found) -> Option<ChargeId> {
    let order = found.order.as_ref().map(|order| order.charge);
    order.or(found.charge)
}

/// The charges of which more than one session has news that change something: which of them counts is decided one by one.
fn contested(firsts: &[(&Event, &Found, First<'_>)]) -> BTreeSet<ChargeId> {
    let mut sessions: BTreeMap<ChargeId, BTreeSet<&SessionId>> = BTreeMap::new();
    for (event, found, first) in firsts {
        let changes = match first {
            First::Write(effect) => !effect.commit.is_empty(),
            First::Ask(_) => true,
        };
        if let Some((charge, session)) = charge(found).zip(session(event)).filter(|_| changes) {
            sessions.entry(charge).or_default().insert(session);
        }
    }
    let several = sessions.into_iter().filter(|(_, of)| of.len() > 1);
    several.map(|(charge, _)| charge).collect()
}

fn session(event: &Event) -> Option<&SessionId> {
    match &event.about {
        About::Session(session) => Some(&session.id),
        About::UnclearSession { session, .. } => Some(session),
        About::Refunds { .. } | About::Dispute { .. } | About::Unreadable | About::Other => None,
    }
}

/// Whether an event moves an order, does nothing else, and says just what is expected.
fn is_plain(event: &Event, found: &Found, effect: &Effect) -> bool {
    match (&event.about, &found.order) {
        (About::Session(session), Some(order)) => {
            effect.commit.only_moves()
                && is_of(session.identity.as_ref(), order, found)
                && is_as_owed(session, order)
        }
        (
            About::Session(_)
            | About::UnclearSession { .. }
            | About::Refunds { .. }
            | About::Dispute { .. }
            | About::Unreadable
            | About::Other,
            _,
        ) => false,
    }
}

/// Whether a session was made for this order, of this database, for its charge.
fn is_of(identity: Option<&Identity>, order: &Order, found: &Found) -> bool {
    identity.is_some_and(|identity| {
        identity.installation == found.installation
            && identity.attempt == order.attempt
            && found.charge == Some(order.charge)
    })
}

/// Whether what was paid, if something was, is what the order is over and what its charge still owes.
fn is_as_owed(session: &Session, order: &Order) -> bool {
    match &session.state {
        SessionState::Paid(payment) => {
            payment.money == Some(order.money)
                && order.owed.money == order.money
                && !order.owed.closed
        }
        SessionState::Open { .. }
        | SessionState::Expired
        | SessionState::Processing(_)
        | SessionState::Failed => true,
    }
}
