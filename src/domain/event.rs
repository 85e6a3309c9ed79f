//! Stripe's events, as the guard reads them.

use super::{
    charge::Identity,
    id::{EventId, Mode, PaymentIntentId, RefundId, SessionId},
    money::Money,
    payment::Session,
    time::UnixMillis,
};

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// Its id, by which it acts only once.
    pub id: EventId,
    /// Its type.
    pub kind: String,
    /// When it happened.
    pub created: UnixMillis,
    /// Its mode at Stripe, if it says so.
    pub mode: Option<Mode>,
    /// Its subject.
    pub about: About,
}

/// The subject of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// `checkout.session.*`
    Session(Session),
    /// The same, but the session's status is unclear: Stripe must be asked.
    UnclearSession {
        /// The session.
        session: SessionId,
        /// The identity that it was made with.
        identity: Option<Identity>,
    },
    /// `charge.refunded`, `refund.*`: something about the refunds of a payment has changed. Stripe is asked
    /// what.
    Refunds {
        /// The payment.
        payment_intent: PaymentIntentId,
        /// The refund, if the event is about one that did not reach the payer.
        failed: Option<(RefundId, Option<Money>)>,
    },
    /// `charge.dispute.*`
    Dispute {
        /// The dispute's id.
        dispute: RefundId,
        /// The payment.
        payment_intent: PaymentIntentId,
        /// How much is disputed.
        money: Option<Money>,
        /// Until when it can be answered; `None` if Stripe does not say so, or the payer's bank takes no answer.
        due_by: Option<UnixMillis>,
        /// How it ended, once it has.
        closed: Option<DisputeEnd>,
    },
    /// A known type whose object could not be read.
    Unreadable,
    /// A type that does nothing here.
    Other,
}

/// How a dispute ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DisputeEnd {
    /// The payer's bank keeps the money. An appeal may still reverse it (Stripe API 2026-10-28.endive).
    Lost,
    /// The club keeps the money. With Stripe's word for how it ended.
    Kept(String),
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventPage {
    /// The newest first.
    pub events: Vec<Event>,
    /// There are older ones.
    pub more: bool,
}

/// A page of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionPage {
    /// The newest first.
    pub sessions: Vec<Session>,
    /// There are older ones.
    pub more: bool,
    /// The last id on the page, whether its session is readable or not. The next page begins behind it.
    pub last: Option<SessionId>,
}
