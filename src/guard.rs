//! The guarded core: whatever moves an order goes through here, whoever asks.
//!
//! Three rules keep a charge from being paid twice. A session is created only under a [`claim::Claim`],
//! which only the holder of the charge's one live place has. An order is replaced only after Stripe has
//! said that its session can take no more money. And an order whose session may be in somebody's hands,
//! though its id was never stored, is looked for at Stripe before it is given up: by its key, then in
//! Stripe's list.
//!
//! | module | what |
//! |---|---|
//! | [`decide`](mod@decide) | the decision table: pure |
//! | [`click`](mod@click) | a person's visit, from the decision to its end |
//! | [`returned`](mod@returned) | a person who comes back from Stripe |
//! | [`events`] | what Stripe tells |
//! | [`late_payment`] | a payment that lands on a canceled order |
//! | [`refunds`] | money that goes back |
//! | [`reconcile`](mod@reconcile) | what is asked when nobody clicks and no webhook comes |
//! | [`restore`](mod@restore) | the same after the database was restored to an earlier point |
//! | [`session`] | where an order's session is, and how it ends |
//! | [`claim`] | the proof of holding a charge's live place |

pub mod claim;
pub mod click;
pub mod decide;
pub mod events;
pub mod hosts;
pub mod late_payment;
pub mod reconcile;
pub mod refunds;
pub mod restore;
pub mod returned;
pub mod session;

pub use decide::{Decision, Gone, Rules, decide};
pub use hosts::CheckoutHosts;

use crate::domain::{
    change::{Commit, To},
    id::{Attempt, Mode},
    incident::{Incident, IncidentKind},
    money::Money,
    order::{Cause, Order},
    payment::Payment,
    time::{Millis, UnixMillis},
};

/// What the guard depends on besides the database and Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// What the table depends on.
    pub rules: Rules,
    /// How long a session lives.
    pub session_lifetime: Millis,
    /// Named on the payment page.
    pub club_name: String,
    /// Where Stripe leads back to.
    pub public_origin: String,
    /// The mode of Stripe's key.
    pub mode: Mode,
    /// The pauses after which a click looks again whether another one has stored its session.
    pub waits: &'static [Millis],
    /// Refund a second payment for a charge at once.
    pub auto_refund: bool,
}

/// The pauses of row 9: 2 seconds in all.
pub const WAITS: &[Millis] = &[Millis(150), Millis(300), Millis(600), Millis(900)];

impl Policy {
    fn new_order(&self, attempt: Attempt, at: UnixMillis) -> crate::domain::change::NewOrder {
        crate::domain::change::NewOrder {
            attempt,
            instead_of: None,
            at,
            session_expires_at: at.plus(self.session_lifetime),
            next_check_at: at.plus(self.rules.stale_after),
            club_name: self.club_name.clone(),
            return_origin: self.public_origin.clone(),
            cause: Cause::Click,
        }
    }
}

/// The transaction that marks an order paid.
pub(crate) fn mark_paid(order: &Order, payment: Payment, cause: Cause, at: UnixMillis) -> Commit {
    Commit::new(cause, at).moving(order, To::Paid(payment))
}

/// An incident about a payment for an order, with all that a refund needs.
pub(crate) fn payment_incident(
    kind: IncidentKind,
    order: &Order,
    payment: &Payment,
    detail: String,
) -> Incident {
    Incident {
        kind,
        about: about(payment),
        order: Some(order.id),
        charge: Some(order.charge),
        session: Some(payment.session.clone()),
        payment_intent: payment.payment_intent.clone(),
        money: Some(payment_money(order, payment)),
        detail,
    }
}

/// What was taken.
fn payment_money(order: &Order, payment: &Payment) -> Money {
    payment.money.unwrap_or(order.money)
}

/// What an incident about a payment is known by.
pub(crate) fn about(payment: &Payment) -> String {
    let intent = payment.payment_intent.as_ref();
    intent.map_or_else(|| payment.session.to_string(), ToString::to_string)
}
