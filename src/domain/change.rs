//! The reads and writes of a transaction: everything in it happens, or nothing.

use std::borrow::Cow;

use super::{
    act::{Act, ChargeChange},
    charge::{ChargeName, Owed},
    id::{
        Attempt, ChargeId, EventId, IncidentId, InstallationId, KeyMark, OrderId, PaymentIntentId,
        RequestId, SessionId,
    },
    incident::{IncidentChange, IncidentKind},
    language::Language,
    money::Money,
    order::{CancelReason, Cause, Order},
    payment::{Payment, Refund, RefundRequest, RequestEnd, Waiting},
    time::UnixMillis,
};

/// A request for a charge's one live place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewOrder {
    /// A fresh random name for the order at Stripe.
    pub attempt: Attempt,
    /// The order to cancel in the same transaction, whose session can take no more money.
    pub instead_of: Option<Unpayable>,
    /// Now: the order's `created_at`.
    pub at: UnixMillis,
    /// When its session is to end; frozen.
    pub session_expires_at: UnixMillis,
    /// When the cron is to look at it.
    pub next_check_at: UnixMillis,
    /// The club's name on the payment page; frozen with the charge's kind and the player's name.
    pub club_name: String,
    /// The language of the product's name, unless the player has one.
    pub club_language: Language,
    /// The origin to which Stripe sends payers back; frozen.
    pub return_origin: String,
    /// The cause of it.
    pub cause: Cause,
}

/// An order that can take no more money, at the version at which that was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unpayable {
    /// Which.
    pub order: OrderId,
    /// The version read before Stripe was asked.
    pub version: i64,
    /// Why it is canceled.
    pub reason: CancelReason,
}

/// One move of one order, under compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// Which.
    pub order: OrderId,
    /// The version that was read. If the order is at another one by now, the whole transaction is refused.
    pub version: i64,
    /// The change of it.
    pub to: Transition,
}

/// One change of one charge, under compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChargeMove {
    /// Which.
    pub charge: ChargeId,
    /// The amount owed when it was read. If it is another amount by now, or the charge was closed or reopened, the
    /// whole transaction is refused.
    pub was: Owed,
    /// The change of it.
    pub to: ChargeChange,
}

/// A change of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Transition {
    /// Its money was taken, and it is the charge's one payment.
    Paid(Payment),
    /// Its money was taken, but another order is the charge's payment, or may become it. It stays
    /// canceled, and takes the live place as soon as that is free.
    Recorded(Payment),
    /// It can take no more money.
    Canceled(CancelReason),
    /// Its session is complete, and its money has yet to come.
    Waits(Waiting),
    /// Stripe has said which payment a paid order of an old system was paid by.
    Identified(Payment),
    /// The refunds of its payment have changed. Once all of the money is gone, a paid order is refunded. If money
    /// came back, a refunded one is paid again as soon as its charge's live place is free.
    Refunds,
    /// Stripe was asked for the details that only its charge has.
    Details {
        /// Stripe's receipt page.
        receipt_url: Option<String>,
    },
    /// Nothing is left to ask about it.
    Checked,
    /// So much of an offline payment was handed back, in minor units.
    HandedBack(i64),
}

impl Transition {
    /// Moves of one kind have one rank: sorted by it, they stand together.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Paid(_) => 0,
            Self::Recorded(_) => 1,
            Self::Canceled(_) => 2,
            Self::Waits(_) => 3,
            Self::Identified(_) => 4,
            Self::Refunds => 5,
            Self::Details { .. } => 6,
            Self::Checked => 7,
            Self::HandedBack(_) => 8,
        }
    }

    /// Whether a charge's live place may be free after it, and a payment may wait for the place.
    #[must_use]
    pub const fn may_free_a_place(&self) -> bool {
        match self {
            Self::Canceled(_) | Self::Refunds | Self::Paid(_) | Self::Recorded(_) => true,
            Self::Waits(_)
            | Self::Identified(_)
            | Self::Details { .. }
            | Self::Checked
            | Self::HandedBack(_) => false,
        }
    }
}

/// One of Stripe's events, to be recorded so that it acts once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventRecord {
    /// Its id.
    pub id: EventId,
    /// Its type, `checkout.session.completed` and so on.
    pub kind: String,
    /// When it happened.
    pub created: UnixMillis,
    /// The order it was about.
    pub order: Option<OrderId>,
    /// Its effect, in a word.
    pub effect: &'static str,
}

/// The refunds of a payment, as Stripe lists them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefundsOf {
    /// The payment.
    pub payment_intent: PaymentIntentId,
    /// All of them that are to be written.
    pub refunds: Vec<Refund>,
}

/// A change of a refund that is asked for here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RequestChange {
    /// It is written down, before Stripe hears of it. The transaction is refused if another one of the payment is
    /// open, or if its order is at another version than the one that was read.
    Open {
        /// The request.
        request: RefundRequest,
        /// The version of its order that was read.
        version: i64,
    },
    /// It ends without a refund.
    End(RequestId, RequestEnd),
}

/// A payment's refunds, as they are known here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RefundsHere {
    /// The request that Stripe has not answered yet, of this payment or of another one of its charge.
    pub open: Option<RefundRequest>,
    /// Minor units of its refunds that count, without disputes.
    pub refunded_minor: i64,
    /// What is left of the payment was asked for by [`AUTO_REFUND`](super::payment::AUTO_REFUND), in vain: a person
    /// decides.
    pub has_failed_alone: bool,
}

/// The trace that a create call leaves behind if Stripe refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refused {
    /// The charge. It pauses, unless `email` is set.
    pub charge: ChargeId,
    /// Stripe does not accept the payer's address. It is left out from now on.
    pub email: bool,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commit {
    /// Now.
    pub at: UnixMillis,
    /// The cause of the change.
    pub cause: Cause,
    /// The events whose effect this is.
    pub events: Vec<EventRecord>,
    /// Refunds to write. They are written before the moves, which count them.
    pub refunds: Option<RefundsOf>,
    /// A change of a refund that is asked for here.
    pub request: Option<RequestChange>,
    /// The moves, in this order.
    pub moves: Vec<Move>,
    /// Changes of incidents, after the moves.
    pub incidents: Vec<IncidentChange>,
    /// Set if Stripe refused a create call.
    pub refused: Option<Refused>,
    /// An operator's change of a charge. Only if the moves leave its live place free.
    pub charge: Option<ChargeMove>,
    /// The operator's name; empty if nobody in person does. It stands in the history of what is moved.
    pub actor: String,
    /// The operator's act, for the audit log.
    pub act: Option<Act>,
}

impl Commit {
    /// A transaction that does nothing yet.
    #[must_use]
    pub const fn new(cause: Cause, at: UnixMillis) -> Self {
        Self {
            at,
            cause,
            events: Vec::new(),
            refunds: None,
            request: None,
            moves: Vec::new(),
            incidents: Vec::new(),
            refused: None,
            charge: None,
            actor: String::new(),
            act: None,
        }
    }

    /// Also moves an order, from the version that was read.
    #[must_use]
    pub fn moving(mut self, order: &Order, to: Transition) -> Self {
        self.moves.push(Move {
            order: order.id,
            version: order.version,
            to,
        });
        self
    }

    /// Also changes an incident.
    #[must_use]
    pub fn with(mut self, incident: IncidentChange) -> Self {
        self.incidents.push(incident);
        self
    }

    /// Somebody in person does it.
    #[must_use]
    pub fn by(self, actor: &str) -> Self {
        let actor = actor.to_owned();
        Self { actor, ..self }
    }

    /// An operator does it, and the audit log says so.
    #[must_use]
    pub fn acting(self, act: Act) -> Self {
        let act = Some(act);
        let actor = act.as_ref().map_or("", |act| act.operator.as_str());
        Self {
            actor: actor.to_owned(),
            act,
            ..self
        }
    }

    /// Whether it writes anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty() && self.only_moves()
    }

    /// Whether it writes nothing but moves.
    #[must_use]
    pub fn only_moves(&self) -> bool {
        self.events.is_empty() && self.only_moves_and_events()
    }

    /// Whether it writes nothing but moves, and the events that they come from.
    #[must_use]
    pub fn only_moves_and_events(&self) -> bool {
        self.refunds.is_none()
            && self.request.is_none()
            && self.incidents.is_empty()
            && self.refused.is_none()
            && self.charge.is_none()
            && self.act.is_none()
    }
}

/// How a transaction went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Committed {
    /// All of it happened.
    Done,
    /// Nothing happened: an order was at another version, a charge was not as it was read, or the event is recorded
    /// already.
    Conflict,
}

/// How to find an order: one match is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// The order itself.
    pub order: Option<OrderId>,
    /// The event at hand, to see whether it is a duplicate.
    pub event: Option<EventId>,
    /// The session.
    pub session: Option<SessionId>,
    /// `metadata[attempt]`.
    pub attempt: Option<Attempt>,
    /// The payment.
    pub payment_intent: Option<PaymentIntentId>,
    /// The charge of the metadata, to see whether it is there.
    pub charge: Option<ChargeName>,
}

/// The findings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// The event is recorded already: a duplicate.
    pub seen: bool,
    /// The name of this database at Stripe.
    pub installation: InstallationId,
    /// The charge that was asked for, if it is there.
    pub charge: Option<ChargeId>,
    /// The order.
    pub order: Option<Order>,
}

/// An order to be remade from its Stripe session, because somebody has paid or a payment is processing. If
/// the charge's live place is free, the order takes it. Otherwise it is made as a canceled order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecoveredOrder {
    /// The charge it pays.
    pub charge: ChargeId,
    /// Its name at Stripe.
    pub attempt: Attempt,
    /// The session.
    pub session: SessionId,
    /// How much.
    pub money: Money,
    /// When Stripe made the session.
    pub created_at: UnixMillis,
    /// Now.
    pub at: UnixMillis,
    /// The cause of this.
    pub cause: Cause,
}

/// A payment that waits for its place, or for its refund.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Review {
    /// The canceled order that records it, or the refunded one whose money came back.
    pub order: Order,
    /// The payment.
    pub payment: Payment,
}

/// A session of ours that could not be placed when it was read, and may be now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unplaced {
    /// The incident that says so.
    pub id: IncidentId,
    /// Why.
    pub kind: IncidentKind,
    /// The session.
    pub session: SessionId,
}

/// How far one of Stripe's lists has been read. A window of time is read from its newest entry back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The window's beginning: everything before it has been read.
    pub since: UnixMillis,
    /// The window's end; `None` between two windows.
    pub until: Option<UnixMillis>,
    /// The entry that was read last: older ones are still to be read.
    pub after: Option<String>,
    /// The oldest entry of the window that could not be carried out: the next window begins there.
    pub retry_from: Option<UnixMillis>,
}

/// The list that a cursor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CursorName {
    /// Stripe's events, as a key of Stripe's sees them. Another key may be of another account, by mistake: what was
    /// read with it says nothing about this one's events.
    Events(KeyMark),
    /// Stripe's sessions, after the database was restored.
    Sessions,
    /// The newest restore: from when on Stripe is read again, and until when.
    Restore,
}

impl CursorName {
    /// As it stands in the database.
    #[must_use]
    pub fn stored(self) -> Cow<'static, str> {
        match self {
            Self::Events(KeyMark(mark)) => format!("events {mark:016x}").into(),
            Self::Sessions => "sessions".into(),
            Self::Restore => "restore".into(),
        }
    }
}
