//! Work that may wait until the answer has been sent.

use super::budget::Budget;
use crate::domain::{
    id::{OrderId, PaymentIntentId, SessionId},
    incident::Incident,
    order::Order,
    payment::{NewSession, RefundRequest},
};

/// The work left after the answer. If it is never done, the next visit or the cron makes up for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FollowUp {
    /// Stores the session that the answer led to.
    Attach {
        /// The order whose session it is.
        order: OrderId,
        /// The session.
        session: NewSession,
    },
    /// Asks Stripe for what a webhook does not say about a payment: its receipt, and what was refunded since.
    Details(SessionId),
    /// The same of an order that was paid just now, as it should be since: it need not be read first.
    DetailsOf(Box<Order>),
    /// Refunds a second payment.
    Refund(PaymentIntentId),
    /// Finds the place of a payment whose money came back.
    Review(PaymentIntentId),
    /// Finishes a refund that was asked for.
    FinishRefund(Box<RefundRequest>),
    /// Opens an incident.
    Report(Box<Incident>),
    /// Looks again at payments whose charge was missing.
    Place(Budget),
    /// Runs reconcile.
    Reconcile(Budget),
}
