//! One status of a session for the pages, made of the statuses of its payment, refunds and disputes.

use crate::payments::{Dispute, IntentStatus, PaymentIntent, Stage};
use crate::session::{Completion, Session, Status};
use crate::stripe::Stripe;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DisplayStatus {
    Open,
    Expired,
    Free,
    Paid,
    Waiting,
    Processing,
    Failed,
    Refunded,
    Disputed,
    Lost,
}

impl DisplayStatus {
    pub fn of(stripe: &Stripe, session: &Session) -> Self {
        let intent = match &session.status {
            Status::Open => return DisplayStatus::Open,
            Status::Expired => return DisplayStatus::Expired,
            Status::Complete(Completion::Free) => return DisplayStatus::Free,
            Status::Complete(Completion::By(id)) => stripe.account.intents.get(id),
        };
        match intent.map(|intent| (intent.status, intent)) {
            Some((IntentStatus::RequiresAction(_), _)) => DisplayStatus::Waiting,
            Some((IntentStatus::Processing, _)) => DisplayStatus::Processing,
            Some((IntentStatus::Succeeded, intent)) => Self::of_arrived(stripe, intent),
            Some((IntentStatus::RequiresPaymentMethod, _)) | None => DisplayStatus::Failed,
        }
    }

    /// The status of a session whose payment succeeded.
    fn of_arrived(stripe: &Stripe, intent: &PaymentIntent) -> Self {
        let of_intent = |dispute: &&Dispute| dispute.payment_intent == intent.id;
        let mut disputes = stripe.disputes().filter(of_intent);
        if disputes.any(|dispute| dispute.status.stage() != Stage::Closed) {
            return DisplayStatus::Disputed;
        }
        if stripe
            .disputes()
            .filter(of_intent)
            .any(Dispute::is_withdrawn)
        {
            return DisplayStatus::Lost;
        }
        match stripe.account.charges.get(&intent.charge) {
            Some(charge) if charge.refundable() == 0 => DisplayStatus::Refunded,
            Some(_) | None => DisplayStatus::Paid,
        }
    }

    /// For a tag or a title.
    pub fn label(self) -> &'static str {
        match self {
            DisplayStatus::Open => "Open",
            DisplayStatus::Expired => "Expired",
            DisplayStatus::Free => "Nothing to pay",
            DisplayStatus::Paid => "Paid",
            DisplayStatus::Waiting => "Waiting for the payer",
            DisplayStatus::Processing => "Processing",
            DisplayStatus::Failed => "Payment failed",
            DisplayStatus::Refunded => "Refunded",
            DisplayStatus::Disputed => "Disputed",
            DisplayStatus::Lost => "Dispute lost",
        }
    }

    /// For the payer.
    pub fn sentence(self) -> &'static str {
        match self {
            DisplayStatus::Open => "This session can be paid.",
            DisplayStatus::Expired => "This session has expired and can no longer be paid.",
            DisplayStatus::Free => "This session is complete; there was nothing to pay.",
            DisplayStatus::Paid => "This session is paid.",
            DisplayStatus::Waiting => {
                "This session is complete; the payer still has something to do."
            }
            DisplayStatus::Processing => {
                "This session is complete; the bank is still processing the debit."
            }
            DisplayStatus::Failed => "This session is complete, but its payment failed.",
            DisplayStatus::Refunded => "This session was paid and then refunded.",
            DisplayStatus::Disputed => "This session was paid; the payment is disputed.",
            DisplayStatus::Lost => {
                "This session was paid; the bank gave the money back to the payer."
            }
        }
    }

    /// The class of a tag's colours.
    pub fn class(self) -> &'static str {
        match self {
            DisplayStatus::Open => "open",
            DisplayStatus::Paid | DisplayStatus::Free => "paid",
            DisplayStatus::Waiting
            | DisplayStatus::Processing
            | DisplayStatus::Failed
            | DisplayStatus::Disputed => "waiting",
            DisplayStatus::Expired | DisplayStatus::Refunded | DisplayStatus::Lost => "",
        }
    }
}
