//! The status of a session and of its payment.

use crate::ids::PaymentIntentId;

/// The status of a session, with what completed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Can be paid.
    Open,
    /// Can never be paid any more.
    Expired,
    /// Went through Checkout; a bank debit may still be processing.
    Complete(Completion),
}

/// The way in which a session was completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The total was zero.
    Free,
    /// A payment.
    By(PaymentIntentId),
}

/// A session's `payment_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentStatus {
    /// Stripe has the money.
    Paid,
    /// Stripe does not have the money, or not yet.
    Unpaid,
    /// The total is zero.
    NoPaymentRequired,
}

impl Status {
    /// Its name in the API.
    pub fn name(&self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Expired => "expired",
            Status::Complete(_) => "complete",
        }
    }
}

impl PaymentStatus {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            PaymentStatus::Paid => "paid",
            PaymentStatus::Unpaid => "unpaid",
            PaymentStatus::NoPaymentRequired => "no_payment_required",
        }
    }
}
