//! Where a session stands, in one word for a person: its status, its payment's and what came after.

use crate::payments::ChargeStatus;
use crate::session::{Completion, Session, Status};
use crate::stripe::Stripe;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    Expired,
    Free,
    Paid,
    Clearing,
    Failed,
    Refunded,
    Disputed,
}

impl Standing {
    pub fn of(stripe: &Stripe, session: &Session) -> Self {
        let intent = match &session.status {
            Status::Open => return Standing::Open,
            Status::Expired => return Standing::Expired,
            Status::Complete(Completion::Free) => return Standing::Free,
            Status::Complete(Completion::By(id)) => stripe.account.intents.get(id),
        };
        let charge = intent.and_then(|intent| stripe.account.charges.get(&intent.charge));
        match charge.map(|charge| (charge.status, charge)) {
            Some((ChargeStatus::Pending, _)) => Standing::Clearing,
            Some((ChargeStatus::Succeeded, charge)) if charge.disputed => Standing::Disputed,
            Some((ChargeStatus::Succeeded, charge)) if charge.refundable() == 0 => {
                Standing::Refunded
            }
            Some((ChargeStatus::Succeeded, _)) => Standing::Paid,
            Some((ChargeStatus::Failed, _)) | None => Standing::Failed,
        }
    }

    /// For a tag or a title.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Open => "Open",
            Standing::Expired => "Expired",
            Standing::Free => "Nothing to pay",
            Standing::Paid => "Paid",
            Standing::Clearing => "Clearing",
            Standing::Failed => "Debit failed",
            Standing::Refunded => "Refunded",
            Standing::Disputed => "Disputed",
        }
    }

    /// For the payer.
    pub fn sentence(self) -> &'static str {
        match self {
            Standing::Open => "This session can be paid.",
            Standing::Expired => "This session has expired and can no longer be paid.",
            Standing::Free => "This session is complete; there was nothing to pay.",
            Standing::Paid => "This session is paid.",
            Standing::Clearing => "This session is complete; the bank is still clearing the debit.",
            Standing::Failed => "This session is complete, but its bank debit failed.",
            Standing::Refunded => "This session was paid and then refunded.",
            Standing::Disputed => "This session was paid; the payment is disputed.",
        }
    }

    /// The class of a tag's colours.
    pub fn class(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Paid | Standing::Free => "paid",
            Standing::Clearing | Standing::Failed | Standing::Disputed => "waiting",
            Standing::Expired | Standing::Refunded => "",
        }
    }
}
