//! A session, the money it took, and what went back, as Stripe tells them.

use super::{
    charge::Identity,
    id::{OrderId, PaymentIntentId, RefundId, RequestId, SessionId},
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
    /// The identity that it was made with, if our create call made it.
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

/// The bank or the payer that a payment waits for while it is processing.
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

impl Waiting {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Payer { .. } => "payer",
        }
    }

    /// Stripe's page for the payer.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Bank => None,
            Self::Payer { url } => url.as_deref(),
        }
    }
}

/// The evidence that Stripe took the money.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    /// The session it was paid in.
    pub session: SessionId,
    /// Absent only for a session that needed no payment.
    pub payment_intent: Option<PaymentIntentId>,
    /// The amount taken, if Stripe said so.
    pub money: Option<Money>,
    /// When it was taken, if Stripe said so.
    pub at: Option<UnixMillis>,
    /// The details that only Stripe's charge has; `None` if Stripe was not asked for it.
    pub details: Option<Details>,
}

/// The details of a payment that Stripe's charge has.
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
    /// When it was made, as Stripe says.
    pub created: UnixMillis,
    /// The request that it was made for, if it was asked for here.
    pub request: Option<RequestId>,
}

/// A refund that is asked for here. Its row is written before Stripe hears of it, and all that Stripe is told follows
/// from that row: whoever asks again asks for the same refund.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefundRequest {
    /// Its random name.
    pub id: RequestId,
    /// The order whose payment it is of.
    pub order: OrderId,
    /// The payment.
    pub payment: PaymentIntentId,
    /// How much.
    pub money: Money,
    /// The operator's name, or [`AUTO_REFUND`].
    pub actor: String,
    /// When it was asked for first.
    pub at: UnixMillis,
}

/// The name that asks for the refund of a second payment, if the policy wants that.
pub const AUTO_REFUND: &str = "AUTO_REFUND";

impl RefundRequest {
    /// Its `Idempotency-Key` at Stripe.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("refund_{}", self.id)
    }

    /// Whether nobody but the policy asks for it: it is the duplicate of another payment.
    #[must_use]
    pub fn is_of_duplicate(&self) -> bool {
        self.actor == AUTO_REFUND
    }
}

/// How a request for a refund ends without a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestEnd {
    /// Stripe refuses it.
    Refused,
    /// Stripe never heard of it, and its key is forgotten there by now.
    NotMade,
}

impl RequestEnd {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NotMade => "not_made",
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
