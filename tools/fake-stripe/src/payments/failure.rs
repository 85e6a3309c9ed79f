//! Why a payment failed.

/// Why the money of an intent did not arrive (Stripe docs, "Error codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaymentFailure {
    /// The bank returned the debit.
    Returned,
    /// Nobody confirmed the small deposits in time.
    Unverified,
    /// Nobody paid the voucher in time.
    Expired,
}

impl PaymentFailure {
    pub fn code(self) -> &'static str {
        match self {
            PaymentFailure::Returned => "payment_intent_payment_attempt_failed",
            PaymentFailure::Unverified => "payment_method_microdeposit_verification_timeout",
            PaymentFailure::Expired => "payment_intent_payment_attempt_expired",
        }
    }

    pub fn message(self) -> &'static str {
        match self {
            PaymentFailure::Returned => "The customer's bank returned the debit.",
            PaymentFailure::Unverified => "The bank account was not verified in time.",
            PaymentFailure::Expired => "The voucher expired before it was paid.",
        }
    }
}
