//! What may wait until the answer has been sent.

use super::budget::Budget;
use crate::domain::{
    id::{OrderId, PaymentIntentId, SessionId},
    incident::Incident,
    payment::NewSession,
};

/// What may be done after the answer went out. If it never is, the next visit or the cron makes up for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum After {
    /// Stores the session that the answer led to.
    Attach {
        /// The order whose session it is.
        order: OrderId,
        /// The session.
        session: NewSession,
    },
    /// Asks for what a webhook does not tell of a payment: its receipt, what was refunded meanwhile.
    Details(SessionId),
    /// Refunds a second payment.
    Refund(PaymentIntentId),
    /// Opens an incident.
    Report(Incident),
    /// Goes on with reconcile.
    Reconcile(Budget),
}
