//! What the core asks of the world: the books, Stripe, and the clock.
//!
//! Plain async traits without `Send`, for a Worker has one thread and its handles are JavaScript's. The
//! core awaits nothing else: no statics, no timers, no randomness of its own. So the same `async fn`s
//! run in the Worker, in the tests over SQLite, and under the explorer, which stops them at every await.

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

use crate::{
    order::{
        CancelReason, Cause, ChargeId, EventId, Money, Order, OrderId, Origin, PaymentIntentId,
        SessionId, UnixMillis,
    },
    settle::Claim,
    token::TokenHash,
    webhook::Event,
};

/// The books could not be reached or answered nonsense. Holds text for the log, never for a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreFault(pub String);

/// A link and all that the guard's table asks about it, read at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checkout {
    /// Whether the link itself still leads anywhere.
    pub link: LinkState,
    /// What it leads to.
    pub charge: Charge,
    /// The charge's live order, else its refunded one, else `None`.
    pub order: Option<Order>,
}

/// When a link stops leading anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkState {
    /// From then on it is expired.
    pub expires_at: Option<UnixMillis>,
    /// It was taken back.
    pub revoked: bool,
}

/// What is owed once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// How much is owed now; an order froze what was owed when it was claimed.
    pub money: Money,
    /// No longer to be paid.
    pub closed: bool,
}

/// A request for the charge's one live place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewOrder {
    /// The charge; its amount, currency and payer are taken from the books as they are at that moment.
    pub charge: ChargeId,
    /// The order to cancel in the same transaction, proved dead at Stripe.
    pub instead_of: Option<Retired>,
    /// `created_at`.
    pub at: UnixMillis,
    /// When its session is to die; frozen.
    pub session_expires_at: UnixMillis,
    /// When the sweep is to look at it.
    pub next_check_at: UnixMillis,
    /// Who is named on the payment page; frozen with the charge's kind and the player's name.
    pub club_name: String,
    /// Where Stripe leads back to; frozen.
    pub return_origin: String,
    /// Who asks.
    pub cause: Cause,
}

/// An order that can take no more money, at the version at which that was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Retired {
    /// Which.
    pub order: OrderId,
    /// The version read before Stripe was asked.
    pub version: i64,
    /// Why it is canceled.
    pub reason: CancelReason,
}

/// How a claim went.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Claimed {
    /// This call inserted the order.
    Won(Order),
    /// Somebody else holds the place, or nothing is to be paid any more.
    Lost {
        /// The charge after the call.
        charge: Charge,
        /// As in [`Checkout::order`], after the call.
        order: Option<Order>,
    },
}

/// One move of one order, under compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// Which.
    pub order: OrderId,
    /// The version it was decided on; at any other the whole transaction is refused.
    pub version: i64,
    /// Where to.
    pub to: To,
}

/// Where an order can be moved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum To {
    /// Its money was taken.
    Paid {
        /// The payment.
        payment: Payment,
        /// Some of it went back before it was heard of: it may be all.
        is_paid_back: bool,
    },
    /// It can take no more money.
    Canceled(CancelReason),
    /// Money went back: all that has so far. Once it is all, a paid order is refunded; a refund that
    /// is heard of before its payment is kept until that is.
    PaidBack {
        /// Minor units, altogether.
        minor: i64,
        /// The payment that it went back from.
        payment_intent: PaymentIntentId,
    },
}

/// The evidence that Stripe took the money.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    /// The session it was paid in.
    pub session: SessionId,
    /// Absent only for a session that needed no payment.
    pub payment_intent: Option<PaymentIntentId>,
    /// What was taken, where Stripe said so.
    pub money: Option<Money>,
    /// Stripe's receipt page, where it is known.
    pub receipt_url: Option<String>,
}

/// An event of Stripe's, to be remembered so that it acts once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventRecord {
    /// Its id.
    pub id: EventId,
    /// Its type, `checkout.session.completed` and so on.
    pub kind: String,
    /// The order it was about.
    pub order: Option<OrderId>,
    /// What it did, in a word.
    pub outcome: &'static str,
}

/// Something that a person must look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Incident {
    /// What kind.
    pub kind: IncidentKind,
    /// What it is about; the same kind about the same thing is one incident.
    pub about: String,
    /// The order, where one is known.
    pub order: Option<OrderId>,
    /// The charge, where one is known.
    pub charge: Option<ChargeId>,
    /// The session, where there is one.
    pub session: Option<SessionId>,
    /// What a refund needs.
    pub payment_intent: Option<PaymentIntentId>,
    /// How much money it is about.
    pub money: Option<Money>,
}

/// Kinds of incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKind {
    /// A second payment was taken for one charge: it is to be refunded.
    PaidTwice,
    /// A payment landed on a canceled order while a bank debit for the same charge is on its way: which
    /// of the two counts shows when the bank has answered.
    PaidBeside,
    /// An event speaks of an order that is not in the books.
    UnknownOrder,
    /// Stripe took another amount than the order says.
    AmountMismatch,
    /// A refund did not reach the payer.
    RefundFailed,
    /// A payer disputes a payment at the bank.
    Dispute,
}

impl IncidentKind {
    /// As it stands in the books.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaidTwice => "paid_twice",
            Self::PaidBeside => "paid_beside",
            Self::UnknownOrder => "unknown_order",
            Self::AmountMismatch => "amount_mismatch",
            Self::RefundFailed => "refund_failed",
            Self::Dispute => "dispute",
        }
    }
}

/// What a transaction does to the incidents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IncidentChange {
    /// Opens one, unless it is there already, open or resolved.
    Open(Incident),
    /// Resolves one. One that was never opened is recorded as resolved, so that it cannot open later.
    Close(Incident, String),
    /// Resolves one where it is open.
    Settle {
        /// Its kind.
        kind: IncidentKind,
        /// What it is about.
        about: String,
        /// How it ended.
        resolution: &'static str,
    },
}

/// A payment whose place is still to be found, or that is to be refunded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Review {
    /// [`IncidentKind::PaidTwice`] or [`IncidentKind::PaidBeside`].
    pub kind: IncidentKind,
    /// The order that the payment was for.
    pub order: Order,
    /// The payment.
    pub payment: Payment,
}

/// A transaction: everything in it happens, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commit {
    /// Now.
    pub at: UnixMillis,
    /// Who asks.
    pub cause: Cause,
    /// The event that this is the effect of.
    pub event: Option<EventRecord>,
    /// In this order.
    pub moves: Vec<Move>,
    /// After the moves.
    pub incidents: Vec<IncidentChange>,
}

/// How a transaction went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Committed {
    /// All of it happened.
    Done,
    /// Nothing happened: an order was at another version, or the event is recorded already.
    Conflict,
}

/// What an event's session points at in the books.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// The event is recorded already: a duplicate.
    pub seen: bool,
    /// The order with that session, or the one that the session's metadata names.
    pub order: Option<Order>,
}

/// How to find the order that a session belongs to: any of these will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// The event at hand, to see whether it is a duplicate.
    pub event: Option<EventId>,
    /// The session.
    pub session: Option<SessionId>,
    /// `metadata[order_id]` and `metadata[charge_id]`, which only our own create call writes.
    pub named: Option<(OrderId, ChargeId)>,
    /// The payment.
    pub payment_intent: Option<PaymentIntentId>,
}

/// The books.
pub trait Store {
    /// Reads what a link leads to. Changes nothing; may be answered by a replica.
    async fn checkout(&self, token: &TokenHash) -> Result<Option<Checkout>, StoreFault>;

    /// Takes the charge's one live place if it is free, canceling [`NewOrder::instead_of`] first.
    ///
    /// Idempotent in effect: called twice, the second call finds the place taken by the first.
    async fn claim(&self, new: &NewOrder) -> Result<Claimed, StoreFault>;

    /// Stores the session of a pending order that has none yet, or the same one. Idempotent.
    ///
    /// Answers whether the order is pending with that session now.
    async fn attach(
        &self,
        order: OrderId,
        session: &OpenSession,
        at: UnixMillis,
    ) -> Result<bool, StoreFault>;

    /// Carries out a transaction. A repeated one is a [`Committed::Conflict`].
    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreFault>;

    /// Finds the order that a session belongs to. Changes nothing; never answered by a replica.
    async fn find(&self, lookup: &Lookup) -> Result<Found, StoreFault>;

    /// The live (or refunded) order of the same charge, where it is another one. Changes nothing; never
    /// answered by a replica.
    async fn rival(&self, order: &Order) -> Result<Option<Order>, StoreFault>;

    /// The pending orders that the sweep is to look at, the one that waits longest first, none that was
    /// created after `created_before`. Changes nothing.
    async fn due(
        &self,
        now: UnixMillis,
        created_before: UnixMillis,
        limit: u32,
    ) -> Result<Vec<Order>, StoreFault>;

    /// Has the sweep look at an order later, and counts that it has looked; nothing at another version.
    async fn postpone(&self, order: &Order, until: UnixMillis) -> Result<(), StoreFault>;

    /// Which of these events are not recorded. Changes nothing.
    async fn unseen(&self, events: &[EventId]) -> Result<Vec<EventId>, StoreFault>;

    /// Open incidents about payments that still wait for their place or their refund, the oldest
    /// first. Changes nothing.
    async fn reviews(&self, limit: u32) -> Result<Vec<Review>, StoreFault>;
}

/// A session that Stripe's answer called open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpenSession {
    /// Its id.
    pub id: SessionId,
    /// Where a person pays.
    pub url: String,
}

/// A session as Stripe describes it now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Its status and payment status in one.
    pub state: SessionState,
}

/// Stripe's `status` and `payment_status`, as far as they make a difference here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// A person can pay in it.
    Open,
    /// It can take no more money, and took none.
    Expired,
    /// Complete, and the money was taken.
    Paid(Payment),
    /// Complete, and a delayed method (a bank debit) is still at work.
    Clearing,
    /// Complete, and the delayed method failed.
    Failed,
}

/// Why Stripe did not do what it was asked. The texts are for the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StripeFault {
    /// No answer in time, no connection, or told to come back (409, 429): nobody knows whether it was done.
    Unreachable(String),
    /// A 5xx after all retries.
    ServerError {
        /// Stripe said `Idempotent-Replayed`: it will give this very answer to everybody who asks.
        replayed: bool,
    },
    /// 400: the key was used before with other parameters.
    KeyReused,
    /// 400 on an expire: the session is not open.
    NotOpen,
    /// Any other 400: nothing was done, and nothing is remembered under the key.
    Refused(String),
    /// 404: there is no such object.
    Unknown,
    /// 401 or 403: the key is not what it should be.
    Unauthorized,
    /// An answer that makes no sense.
    Nonsense(String),
}

/// Stripe's REST API, the part that is needed.
pub trait Stripe {
    /// Creates the claimed order's session.
    ///
    /// Idempotent for 24 hours by the key `order_<id>`: the same claim gets the same answer, which
    /// describes the session as it was then, not as it is now.
    async fn create(&self, claim: &Claim) -> Result<OpenSession, StripeFault>;

    /// Reads a session as it is now. Changes nothing.
    async fn retrieve(&self, session: &SessionId) -> Result<Session, StripeFault>;

    /// Makes an open session payable no more. On any other: [`StripeFault::NotOpen`].
    async fn expire(&self, session: &SessionId) -> Result<(), StripeFault>;

    /// Pays a payment back in full. Idempotent by the key `refund_<payment intent>`, and what is
    /// refunded already stays so.
    async fn refund(&self, payment: &PaymentIntentId) -> Result<(), StripeFault>;

    /// The events since a time that were not delivered, the newest first, from after an event on.
    /// Changes nothing.
    async fn undelivered(
        &self,
        since: UnixMillis,
        after: Option<&EventId>,
    ) -> Result<EventPage, StripeFault>;
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventPage {
    /// The newest first.
    pub events: Vec<Event>,
    /// There are older ones.
    pub more: bool,
}

/// The time.
pub trait Clock {
    /// Now. Called as seldom as can be: it decides what is stale.
    fn now(&self) -> UnixMillis;
}

/// All ports together.
pub trait Ports: Store + Stripe + Clock {}
impl<T: Store + Stripe + Clock> Ports for T {}

impl Order {
    /// Whether a session of it can be found by replaying its create call.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        match self.origin {
            Origin::Guard => true,
            Origin::Import => false,
        }
    }
}
