//! Stripe's deliveries: verified, read into one [`Event`], and carried out once.
//!
//! An event's id is recorded in the transaction of its effect, so a duplicate changes nothing and a
//! delivery that failed half-way can come again. The order of arrival does not matter: what an event
//! finds in the books decides, and nothing moves backwards. Only facts that are final are taken from
//! a payload (paid, expired, failed); a payment that lands on a canceled order is never dropped.

pub mod event;
pub mod signature;

pub use event::Event;

use crate::{
    error::Fault,
    order::{CancelReason, Cause, EventId, Order, OrderState, UnixMillis},
    ports::{
        Commit, Committed, EventRecord, Found, Incident, IncidentKind, Lookup, Move, Payment,
        Ports, SessionState, StoreFault, To,
    },
    settle::{self, Retirement},
};

/// How often a delivery starts over after it lost a race, before Stripe is asked to deliver again.
const ROUNDS: usize = 4;

/// What a delivery did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handled {
    /// Its effect is in the books now.
    Recorded {
        /// In a word, as it stands in `stripe_events`.
        outcome: &'static str,
    },
    /// It was in the books before.
    Duplicate,
}

/// Carries out a verified event.
///
/// # Errors
/// A [`Fault`]: nothing is recorded, and Stripe is to deliver it again.
pub async fn deliver<P: Ports>(ports: &P, event: &Event) -> Result<Handled, Fault> {
    let lookup = Lookup {
        event: Some(event.id.clone()),
        session: event.session.as_ref().map(|session| session.id.clone()),
        named: event.session.as_ref().and_then(|session| session.named),
    };
    for _ in 0..ROUNDS {
        let found = ports.find(&lookup).await?;
        if found.seen {
            return Ok(Handled::Duplicate);
        }
        let now = ports.now();
        let (outcome, mut commit) = effect(ports, event, found, now).await?;
        let order = commit.event.take().and_then(|event| event.order);
        commit.event = Some(EventRecord {
            id: event.id.clone(),
            kind: event.kind.clone(),
            order: order.or_else(|| commit.moves.first().map(|to| to.order)),
            outcome,
        });
        match ports.commit(&commit).await? {
            Committed::Done => return Ok(Handled::Recorded { outcome }),
            Committed::Conflict => {}
        }
    }
    Err(Fault::Store(StoreFault(
        "a delivery lost every race".to_owned(),
    )))
}

/// What the event does, given what the books say.
async fn effect<P: Ports>(
    ports: &P,
    event: &Event,
    found: Found,
    now: UnixMillis,
) -> Result<(&'static str, Commit), Fault> {
    let Some(session) = &event.session else {
        return Ok(("ignored", nothing(None, now)));
    };
    let Some(order) = found.order else {
        return Ok(unknown_order(event, session, now));
    };
    let own = order.session.as_ref().is_none_or(|id| *id == session.id);
    match (&session.state, &order.state) {
        (SessionState::Open | SessionState::Clearing, _) => {
            Ok(("noted", nothing(Some(&order), now)))
        }
        (SessionState::Paid(payment), OrderState::Pending { .. }) if own => Ok((
            "paid",
            settle::pay(&order, payment.clone(), None, Cause::Webhook, now),
        )),
        (SessionState::Paid(payment), OrderState::Canceled { .. }) if own => {
            adopt(ports, &order, payment, found.rival, now).await
        }
        (SessionState::Paid(_), OrderState::Paid { .. } | OrderState::Refunded { .. }) if own => {
            Ok(("known", nothing(Some(&order), now)))
        }
        // Our metadata, but a session that the order does not know: money all the same.
        (SessionState::Paid(payment), _) => Ok(paid_twice(&order, payment, Vec::new(), now)),
        (SessionState::Expired, OrderState::Pending { .. }) if own => Ok((
            "expired",
            settle::cancel(&order, CancelReason::Expired, Cause::Webhook, now),
        )),
        (SessionState::Failed, OrderState::Pending { .. }) if own => {
            let failed = settle::cancel(&order, CancelReason::PaymentFailed, Cause::Webhook, now);
            Ok(("payment_failed", failed))
        }
        (SessionState::Expired | SessionState::Failed, _) => {
            Ok(("late", nothing(Some(&order), now)))
        }
    }
}

/// A payment landed on a canceled order. It becomes the charge's paid order, unless the charge is
/// paid already: its live order is retired at Stripe first, so that it cannot be paid as well.
async fn adopt<P: Ports>(
    ports: &P,
    order: &Order,
    payment: &Payment,
    rival: Option<Order>,
    now: UnixMillis,
) -> Result<(&'static str, Commit), Fault> {
    let mut commit = settle::pay(order, payment.clone(), None, Cause::Webhook, now);
    let Some(rival) = rival else {
        return Ok(("adopted", commit));
    };
    match &rival.state {
        OrderState::Paid { .. } | OrderState::Refunded { .. } => {
            Ok(paid_twice(order, payment, Vec::new(), now))
        }
        OrderState::Pending { .. } | OrderState::Canceled { .. } => {
            match settle::retire(ports, &rival, now).await? {
                Retirement::Dead(_) => {
                    let to = To::Canceled(CancelReason::PaidElsewhere);
                    commit.moves.insert(
                        0,
                        Move {
                            order: rival.id,
                            version: rival.version,
                            to,
                        },
                    );
                    Ok(("adopted", commit))
                }
                Retirement::Paid(other) => {
                    let to = To::Paid(other);
                    let rival_paid = Move {
                        order: rival.id,
                        version: rival.version,
                        to,
                    };
                    Ok(paid_twice(order, payment, vec![rival_paid], now))
                }
                // A bank may still take the money for the other order: a person must look at it.
                Retirement::Clearing => Ok(paid_twice(order, payment, Vec::new(), now)),
            }
        }
    }
}

fn paid_twice(
    order: &Order,
    payment: &Payment,
    moves: Vec<Move>,
    now: UnixMillis,
) -> (&'static str, Commit) {
    let incident = settle::incident(IncidentKind::PaidTwice, order, payment);
    (
        "paid_twice",
        Commit {
            moves,
            incident: Some(incident),
            ..nothing(Some(order), now)
        },
    )
}

/// Another integration on the same Stripe account, or books that were lost: a person must look at it.
fn unknown_order(
    event: &Event,
    session: &event::EventSession,
    now: UnixMillis,
) -> (&'static str, Commit) {
    let payment = match &session.state {
        SessionState::Paid(payment) => Some(payment),
        SessionState::Open
        | SessionState::Expired
        | SessionState::Clearing
        | SessionState::Failed => None,
    };
    let incident = Incident {
        kind: IncidentKind::UnknownOrder,
        about: session.id.to_string(),
        order: None,
        charge: None,
        session: Some(session.id.clone()),
        payment_intent: payment.and_then(|payment| payment.payment_intent.clone()),
        money: payment.and_then(|payment| payment.money),
    };
    debug_assert!(
        event.session.is_some(),
        "only an event about a session can miss its order"
    );
    (
        "unknown_order",
        Commit {
            incident: Some(incident),
            ..nothing(None, now)
        },
    )
}

/// Only the event is recorded.
fn nothing(order: Option<&Order>, at: UnixMillis) -> Commit {
    let event = order.map(|order| EventRecord {
        id: EventId(String::new()),
        kind: String::new(),
        order: Some(order.id),
        outcome: "",
    });
    Commit {
        at,
        cause: Cause::Webhook,
        event,
        moves: Vec::new(),
        incident: None,
    }
}
