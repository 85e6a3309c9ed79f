//! Where a session stands, in one word for a person: its status, its payment's and what came after.

use crate::payments::{Dispute, IntentStatus, PaymentIntent, Stage};
use crate::session::{Completion, Session, Status};
use crate::stripe::Stripe;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    Expired,
    Free,
    Paid,
    Waiting,
    Clearing,
    Failed,
    Refunded,
    Disputed,
    Lost,
}

impl Standing {
    pub fn of(stripe: &Stripe, session: &Session) -> Self {
        let intent = match &session.status {
            Status::Open => return Standing::Open,
            Status::Expired => return Standing::Expired,
            Status::Complete(Completion::Free) => return Standing::Free,
            Status::Complete(Completion::By(id)) => stripe.account.intents.get(id),
        };
        match intent.map(|intent| (intent.status, intent)) {
            Some((IntentStatus::RequiresAction(_), _)) => Standing::Waiting,
            Some((IntentStatus::Processing, _)) => Standing::Clearing,
            Some((IntentStatus::Succeeded, intent)) => Self::of_arrived(stripe, intent),
            Some((IntentStatus::RequiresPaymentMethod, _)) | None => Standing::Failed,
        }
    }

    /// Where a payment stands that arrived.
    fn of_arrived(stripe: &Stripe, intent: &PaymentIntent) -> Self {
        let of_intent = |dispute: &&Dispute| dispute.payment_intent == intent.id;
        let mut disputes = stripe.disputes().filter(of_intent);
        if disputes.any(|dispute| dispute.status.stage() != Stage::Closed) {
            return Standing::Disputed;
        }
        if stripe
            .disputes()
            .filter(of_intent)
            .any(Dispute::is_withdrawn)
        {
            return Standing::Lost;
        }
        match stripe.account.charges.get(&intent.charge) {
            Some(charge) if charge.refundable() == 0 => Standing::Refunded,
            Some(_) | None => Standing::Paid,
        }
    }

    /// For a tag or a title.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Open => "Open",
            Standing::Expired => "Expired",
            Standing::Free => "Nothing to pay",
            Standing::Paid => "Paid",
            Standing::Waiting => "Waiting for the payer",
            Standing::Clearing => "Clearing",
            Standing::Failed => "Payment failed",
            Standing::Refunded => "Refunded",
            Standing::Disputed => "Disputed",
            Standing::Lost => "Dispute lost",
        }
    }

    /// For the payer.
    pub fn sentence(self) -> &'static str {
        match self {
            Standing::Open => "This session can be paid.",
            Standing::Expired => "This session has expired and can no longer be paid.",
            Standing::Free => "This session is complete; there was nothing to pay.",
            Standing::Paid => "This session is paid.",
            Standing::Waiting => "This session is complete; the payer still has something to do.",
            Standing::Clearing => "This session is complete; the bank is still clearing the debit.",
            Standing::Failed => "This session is complete, but its payment failed.",
            Standing::Refunded => "This session was paid and then refunded.",
            Standing::Disputed => "This session was paid; the payment is disputed.",
            Standing::Lost => "This session was paid; the bank gave the money back to the payer.",
        }
    }

    /// The class of a tag's colours.
    pub fn class(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Paid | Standing::Free => "paid",
            Standing::Waiting | Standing::Clearing | Standing::Failed | Standing::Disputed => {
                "waiting"
            }
            Standing::Expired | Standing::Refunded | Standing::Lost => "",
        }
    }
}
