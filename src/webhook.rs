//! Stripe's deliveries: verified, read into one [`Event`], and carried out once.
//!
//! An event's id is recorded in the transaction of its effect, so a duplicate changes nothing and a
//! delivery that failed half-way can come again. The order of arrival does not matter: what an event
//! finds in the books decides, and nothing moves backwards. Only facts that are final are taken from
//! a payload (paid, expired, failed, so much paid back); whatever could have changed since is asked
//! for. A payment that lands on a canceled order is never dropped.

pub mod event;
pub mod signature;

pub use event::Event;

use crate::{
    error::Fault,
    order::{
        CancelReason, Cause, Money, Order, OrderId, OrderState, PaymentIntentId, SessionId,
        UnixMillis,
    },
    ports::{
        Commit, Committed, EventRecord, Found, Incident, IncidentChange, IncidentKind, Lookup,
        Move, OpenSession, Payment, Ports, SessionState, To,
    },
    settle::{self, Retirement},
};
use event::{About, AboutSession};

/// How often a delivery starts over after it lost a race, before Stripe is asked to deliver again.
const ROUNDS: usize = 4;

/// What a delivery did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Handled {
    /// Its effect is in the books now.
    Recorded {
        /// In a word, as it stands in `stripe_events`.
        outcome: &'static str,
        /// A second payment that it told of.
        paid_twice: Option<PaymentIntentId>,
    },
    /// It was in the books before.
    Duplicate,
}

/// What an event does to the books.
pub(crate) struct Effect {
    pub(crate) outcome: &'static str,
    order: Option<OrderId>,
    pub(crate) commit: Commit,
}

/// Carries out a verified event.
///
/// # Errors
/// A [`Fault`]: nothing is recorded, and Stripe is to deliver it again.
pub async fn deliver<P: Ports>(ports: &P, cause: Cause, event: &Event) -> Result<Handled, Fault> {
    let lookup = event.lookup();
    for _ in 0..ROUNDS {
        let found = ports.find(&lookup).await?;
        if found.seen {
            return Ok(Handled::Duplicate);
        }
        let begun = nothing(cause, ports.now());
        let Effect {
            outcome,
            order,
            mut commit,
        } = effect(ports, event, found, begun).await?;
        let (id, kind) = (event.id.clone(), event.kind.clone());
        commit.event = Some(EventRecord {
            id,
            kind,
            order,
            outcome,
        });
        match ports.commit(&commit).await? {
            Committed::Done => {
                return Ok(Handled::Recorded {
                    outcome,
                    paid_twice: paid_twice(&commit),
                });
            }
            Committed::Conflict => {}
        }
    }
    Err(Fault::Busy)
}

/// What the event does, given what the books say.
async fn effect<P: Ports>(
    ports: &P,
    event: &Event,
    found: Found,
    begun: Commit,
) -> Result<Effect, Fault> {
    match (&event.about, found.order) {
        (About::Other, _) => Ok(Effect {
            outcome: "ignored",
            order: None,
            commit: begun,
        }),
        (About::Session(session), Some(order)) => of_session(ports, session, &order, begun).await,
        (About::Session(session), None) => Ok(unknown_order(session, begun)),
        (
            About::PaidBack {
                payment_intent,
                minor,
                ..
            },
            Some(order),
        ) => Ok(paid_back(&order, payment_intent, *minor, begun)),
        // A refund, or a dispute, of a payment that is not ours to look after.
        (About::PaidBack { .. }, None) => Ok(Effect {
            outcome: "foreign",
            order: None,
            commit: begun,
        }),
        (
            About::RefundFailed {
                refund,
                payment_intent,
                money,
            },
            order,
        ) => {
            let failed = money_incident(
                IncidentKind::RefundFailed,
                refund,
                payment_intent,
                *money,
                order.as_ref(),
            );
            Ok(with_incident(
                "refund_failed",
                order,
                IncidentChange::Open(failed),
                begun,
            ))
        }
        (
            About::Dispute {
                dispute,
                payment_intent,
                money,
                closed_as,
            },
            order,
        ) => {
            let about = money_incident(
                IncidentKind::Dispute,
                dispute,
                payment_intent,
                *money,
                order.as_ref(),
            );
            Ok(match closed_as {
                None => with_incident("disputed", order, IncidentChange::Open(about), begun),
                Some(status) => {
                    let close = IncidentChange::Close(about, status.clone());
                    with_incident("dispute_closed", order, close, begun)
                }
            })
        }
    }
}

async fn of_session<P: Ports>(
    ports: &P,
    session: &AboutSession,
    order: &Order,
    begun: Commit,
) -> Result<Effect, Fault> {
    let Commit { at, cause, .. } = begun;
    let of = |outcome, commit| {
        Ok(Effect {
            outcome,
            order: Some(order.id),
            commit,
        })
    };
    // Our metadata, but a session that the order does not know.
    let is_own = order.session.as_ref().is_none_or(|id| *id == session.id);
    match (&session.state, &order.state) {
        // A bank takes days, and a key is forgotten after one: the session must be found without it.
        (SessionState::Clearing, OrderState::Pending { session: None }) => {
            let (id, url) = (session.id.clone(), String::new());
            ports.attach(order.id, &OpenSession { id, url }, at).await?;
            of("noted", begun)
        }
        (SessionState::Open | SessionState::Clearing, _) => of("noted", begun),
        (SessionState::Paid(payment), OrderState::Pending { .. }) if is_own => {
            of("paid", settle::pay(order, payment.clone(), cause, at))
        }
        (SessionState::Paid(payment), OrderState::Canceled { .. }) if is_own => {
            place(ports, order, payment, begun).await
        }
        (SessionState::Paid(_), OrderState::Paid { .. } | OrderState::Refunded { .. })
            if is_own =>
        {
            of("known", begun)
        }
        (SessionState::Paid(payment), _) => {
            Ok(beside(order, payment, IncidentKind::PaidTwice, begun))
        }
        (SessionState::Expired, OrderState::Pending { .. }) if is_own => of(
            "expired",
            settle::cancel(order, CancelReason::Expired, cause, at),
        ),
        (SessionState::Failed, OrderState::Pending { .. }) if is_own => of(
            "payment_failed",
            settle::cancel(order, CancelReason::PaymentFailed, cause, at),
        ),
        (SessionState::Expired | SessionState::Failed, _) => of("late", begun),
    }
}

/// Finds the place of a payment that landed on a canceled order. It becomes the charge's paid order,
/// unless the charge is paid already: its live order is retired at Stripe first, so that it cannot be
/// paid as well.
pub(crate) async fn place<P: Ports>(
    ports: &P,
    order: &Order,
    payment: &Payment,
    begun: Commit,
) -> Result<Effect, Fault> {
    let mut adopted = settle::pay(order, payment.clone(), begun.cause, begun.at);
    adopted
        .incidents
        .push(settled(IncidentKind::PaidBeside, payment, "adopted"));
    let adopted = |moves: Vec<Move>| {
        adopted.moves.splice(0..0, moves);
        Effect {
            outcome: "adopted",
            order: Some(order.id),
            commit: adopted,
        }
    };
    let Some(rival) = ports.rival(order).await? else {
        return Ok(adopted(Vec::new()));
    };
    let moved = |to| Move {
        order: rival.id,
        version: rival.version,
        to,
    };
    match &rival.state {
        OrderState::Paid { .. } | OrderState::Refunded { .. } => {
            Ok(beside(order, payment, IncidentKind::PaidTwice, begun))
        }
        OrderState::Pending { .. } | OrderState::Canceled { .. } => {
            match settle::retire(ports, &rival, begun.at).await? {
                Retirement::Dead(_) => Ok(adopted(vec![moved(To::Canceled(
                    CancelReason::PaidElsewhere,
                ))])),
                Retirement::Paid(other) => {
                    let begun = Commit {
                        moves: vec![moved(To::paid(&rival, other))],
                        ..begun
                    };
                    Ok(beside(order, payment, IncidentKind::PaidTwice, begun))
                }
                Retirement::Clearing => Ok(beside(order, payment, IncidentKind::PaidBeside, begun)),
            }
        }
    }
}

/// Opens an incident about a payment that is not, or not yet, the charge's one payment.
fn beside(order: &Order, payment: &Payment, kind: IncidentKind, begun: Commit) -> Effect {
    let order_id = Some(order.id);
    let mut commit = begun;
    if order.refunded_minor >= payment.money.unwrap_or(order.money).minor {
        commit
            .incidents
            .push(settled(IncidentKind::PaidBeside, payment, "refunded"));
        return Effect {
            outcome: "refunded_already",
            order: order_id,
            commit,
        };
    }
    if kind == IncidentKind::PaidTwice {
        commit
            .incidents
            .push(settled(IncidentKind::PaidBeside, payment, "paid twice"));
    }
    commit
        .incidents
        .push(IncidentChange::Open(settle::incident(kind, order, payment)));
    Effect {
        outcome: kind.as_str(),
        order: order_id,
        commit,
    }
}

/// Money went back. All of a second payment: then its incident is over.
fn paid_back(order: &Order, payment: &PaymentIntentId, minor: i64, begun: Commit) -> Effect {
    let mut commit = begun;
    let to = To::PaidBack {
        minor,
        payment_intent: payment.clone(),
    };
    commit.moves.push(Move {
        order: order.id,
        version: order.version,
        to,
    });
    if minor >= order.money.minor {
        for kind in [IncidentKind::PaidTwice, IncidentKind::PaidBeside] {
            let about = payment.to_string();
            commit.incidents.push(IncidentChange::Settle {
                kind,
                about,
                resolution: "refunded",
            });
        }
    }
    Effect {
        outcome: "paid_back",
        order: Some(order.id),
        commit,
    }
}

/// Another integration on the same Stripe account, or books that were lost: a person must look at it.
fn unknown_order(session: &AboutSession, begun: Commit) -> Effect {
    let payment = match &session.state {
        SessionState::Paid(payment) => Some(payment),
        SessionState::Open
        | SessionState::Expired
        | SessionState::Clearing
        | SessionState::Failed => None,
    };
    let unknown = Incident {
        kind: IncidentKind::UnknownOrder,
        about: session.id.to_string(),
        order: None,
        charge: None,
        session: Some(session.id.clone()),
        payment_intent: payment.and_then(|payment| payment.payment_intent.clone()),
        money: payment.and_then(|payment| payment.money),
    };
    with_incident("unknown_order", None, IncidentChange::Open(unknown), begun)
}

fn with_incident(
    outcome: &'static str,
    order: Option<Order>,
    incident: IncidentChange,
    mut commit: Commit,
) -> Effect {
    commit.incidents.push(incident);
    Effect {
        outcome,
        order: order.map(|order| order.id),
        commit,
    }
}

fn money_incident(
    kind: IncidentKind,
    about: &str,
    payment: &Option<PaymentIntentId>,
    money: Option<Money>,
    order: Option<&Order>,
) -> Incident {
    Incident {
        kind,
        about: about.to_owned(),
        order: order.map(|order| order.id),
        charge: order.map(|order| order.charge),
        session: order.and_then(|order| order.session.clone()),
        payment_intent: payment.clone(),
        money,
    }
}

fn settled(kind: IncidentKind, payment: &Payment, resolution: &'static str) -> IncidentChange {
    IncidentChange::Settle {
        kind,
        about: settle::about(payment),
        resolution,
    }
}

/// A second payment that a transaction opened an incident about.
pub(crate) fn paid_twice(commit: &Commit) -> Option<PaymentIntentId> {
    commit.incidents.iter().find_map(|change| match change {
        IncidentChange::Open(incident) if incident.kind == IncidentKind::PaidTwice => {
            incident.payment_intent.clone()
        }
        IncidentChange::Open(_) | IncidentChange::Close(..) | IncidentChange::Settle { .. } => None,
    })
}

/// A transaction that does nothing yet.
pub(crate) fn nothing(cause: Cause, at: UnixMillis) -> Commit {
    Commit {
        at,
        cause,
        event: None,
        moves: Vec::new(),
        incidents: Vec::new(),
    }
}

impl Event {
    /// The session of that order, where the event says that it was completed.
    pub(crate) fn completed(&self, order: &Order) -> Option<&SessionId> {
        match &self.about {
            About::Session(session) if session.named == Some((order.id, order.charge)) => {
                match session.state {
                    SessionState::Paid(_) | SessionState::Clearing | SessionState::Failed => {
                        Some(&session.id)
                    }
                    SessionState::Open | SessionState::Expired => None,
                }
            }
            About::Session(_)
            | About::PaidBack { .. }
            | About::RefundFailed { .. }
            | About::Dispute { .. }
            | About::Other => None,
        }
    }

    fn lookup(&self) -> Lookup {
        let event = Some(self.id.clone());
        match &self.about {
            About::Session(session) => {
                let (session, named) = (Some(session.id.clone()), session.named);
                Lookup {
                    event,
                    session,
                    named,
                    payment_intent: None,
                }
            }
            About::PaidBack {
                payment_intent,
                named,
                ..
            } => {
                let payment_intent = Some(payment_intent.clone());
                Lookup {
                    event,
                    session: None,
                    named: *named,
                    payment_intent,
                }
            }
            About::RefundFailed { payment_intent, .. } | About::Dispute { payment_intent, .. } => {
                let payment_intent = payment_intent.clone();
                Lookup {
                    event,
                    payment_intent,
                    ..Lookup::default()
                }
            }
            About::Other => Lookup {
                event,
                ..Lookup::default()
            },
        }
    }
}
