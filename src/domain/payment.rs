//! What Stripe says of a session, of the money it took, and of what went back.

use super::{
    charge::Identity,
    id::{PaymentIntentId, RefundId, SessionId},
    money::Money,
    time::UnixMillis,
};

/// A session, as a create call returns it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Where a person pays; absent if Stripe gave none.
    pub url: Option<String>,
}

/// A session as Stripe describes it now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Its status and payment status in one.
    pub state: SessionState,
    /// What it was made for, if our create call made it.
    pub identity: Option<Identity>,
    /// The amount to pay.
    pub money: Option<Money>,
    /// When Stripe made it.
    pub created: UnixMillis,
}

/// Stripe's `status` and `payment_status`, as far as they make a difference here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// A person can pay in it.
    Open {
        /// The URL at which they pay.
        url: Option<String>,
    },
    /// It can take no more money, and took none.
    Expired,
    /// Complete, and the money was taken.
    Paid(Payment),
    /// Complete, and a delayed method (a bank debit, a voucher) is still processing.
    Processing(Waiting),
    /// Complete, and the delayed method failed.
    Failed,
}

/// Who a payment that is still processing waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Waiting {
    /// A bank.
    Bank,
    /// The payer, who still has to do something: confirm their account, or pay a voucher.
    Payer {
        /// Stripe's page for it.
        url: Option<String>,
    },
}

/// The evidence that Stripe took the money.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    /// The session it was paid in.
    pub session: SessionId,
    /// Absent only for a session that needed no payment.
    pub payment_intent: Option<PaymentIntentId>,
    /// What was taken, if Stripe said so.
    pub money: Option<Money>,
    /// When it was taken, if Stripe said so.
    pub at: Option<UnixMillis>,
    /// What only Stripe's charge says; `None` if Stripe was not asked for it.
    pub details: Option<Details>,
}

/// What Stripe's charge says about a payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Details {
    /// Stripe's receipt page.
    pub receipt_url: Option<String>,
    /// Whether some of it went back. Then Stripe must be asked for the refunds.
    pub has_refunds: bool,
}

/// Money that went back, or is on its way back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refund {
    /// Stripe's id of the refund, or of the dispute that was lost.
    pub id: RefundId,
    /// How much.
    pub money: Money,
    /// How far the refund is.
    pub status: RefundStatus,
    /// Why the money went back.
    pub reason: RefundReason,
}

/// A refund to be made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewRefund {
    /// Of this payment.
    pub payment: PaymentIntentId,
    /// Only a part of it; `None` for whatever is left.
    pub part: Option<Part>,
}

/// A part of a payment that an operator refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// Minor units.
    pub minor: i64,
    /// How many refunds the payment had when that was decided, failed ones included. Together with the amount it
    /// names the refund: pressing a button twice refunds once.
    pub number: usize,
}

impl NewRefund {
    /// Its idempotency key at Stripe.
    #[must_use]
    pub fn key(&self) -> String {
        let payment = &self.payment;
        match self.part {
            None => format!("refund_{payment}"),
            Some(Part { minor, number }) => format!("refund_{payment}_{number}_{minor}"),
        }
    }
}

/// Stripe's `status` of a refund (Stripe's API reference, "The Refund object").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// On its way.
    Pending,
    /// The payer must say where the money goes.
    RequiresAction,
    /// Done.
    Succeeded,
    /// It did not reach the payer: the club has the money.
    Failed,
    /// It was canceled before it went out.
    Canceled,
}

impl RefundStatus {
    /// As Stripe and the database write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::RequiresAction => "requires_action",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Reads Stripe's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Pending,
            Self::RequiresAction,
            Self::Succeeded,
            Self::Failed,
            Self::Canceled,
        ]
        .into_iter()
        .find(|status| status.as_str() == word)
    }

    /// Whether the money counts as gone.
    #[must_use]
    pub const fn counts(self) -> bool {
        match self {
            Self::Pending | Self::RequiresAction | Self::Succeeded => true,
            Self::Failed | Self::Canceled => false,
        }
    }
}

/// Why money went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundReason {
    /// Somebody of the club, or this Worker, refunded it.
    Refund,
    /// The payer's bank took it back.
    DisputeLost,
}

impl RefundReason {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::DisputeLost => "dispute_lost",
        }
    }
}
