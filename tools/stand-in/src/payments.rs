//! Payment intents, charges, refunds and disputes: the objects behind a completed session.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::ids::{ChargeId, DisputeId, PaymentIntentId, RefundId, Row, SessionId};

/// A payment intent; there is one for each completed session that was not free.
#[derive(Clone, Debug)]
pub struct PaymentIntent {
    /// `pi_...`.
    pub id: PaymentIntentId,
    /// The session that it completed.
    pub session: SessionId,
    /// Its charge.
    pub charge: ChargeId,
    /// Unix seconds.
    pub created: i64,
    /// Minor units.
    pub amount: i64,
    /// Three lower-case letters.
    pub currency: String,
    /// Where the money is.
    pub status: IntentStatus,
    /// `payment_intent_data[metadata]` of the session.
    pub metadata: BTreeMap<String, String>,
}

/// The status of a payment intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentStatus {
    /// A bank debit is clearing.
    Processing,
    /// The money arrived.
    Succeeded,
    /// The bank debit failed.
    RequiresPaymentMethod,
}

/// A charge.
#[derive(Clone, Debug)]
pub struct Charge {
    /// `ch_...`.
    pub id: ChargeId,
    /// Its payment intent.
    pub payment_intent: PaymentIntentId,
    /// Unix seconds.
    pub created: i64,
    /// Minor units.
    pub amount: i64,
    /// Minor units, all refunds together.
    pub amount_refunded: i64,
    /// Three lower-case letters.
    pub currency: String,
    /// Where the money is.
    pub status: ChargeStatus,
    /// Whether it was ever disputed.
    pub disputed: bool,
    /// `card`, `us_bank_account`, ...
    pub method: String,
    /// The payer's address.
    pub email: Option<String>,
    /// The payment intent's metadata.
    pub metadata: BTreeMap<String, String>,
}

/// The status of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeStatus {
    /// A bank debit is clearing.
    Pending,
    /// The money arrived.
    Succeeded,
    /// The bank debit failed.
    Failed,
}

/// A refund.
#[derive(Clone, Debug)]
pub struct Refund {
    /// `re_...`.
    pub id: RefundId,
    /// The charge that it gives back.
    pub charge: ChargeId,
    /// That charge's payment intent.
    pub payment_intent: PaymentIntentId,
    /// Unix seconds.
    pub created: i64,
    /// Minor units.
    pub amount: i64,
    /// Three lower-case letters.
    pub currency: String,
    /// Whether the money went back.
    pub status: RefundStatus,
    /// `duplicate`, `fraudulent` or `requested_by_customer`.
    pub reason: Option<String>,
    /// As given.
    pub metadata: BTreeMap<String, String>,
}

/// The status of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// The money went back.
    Succeeded,
    /// The bank sent the money back to Stripe.
    Failed,
}

/// A dispute, by which a payer takes a charge back through the bank.
#[derive(Clone, Debug)]
pub struct Dispute {
    /// `dp_...`.
    pub id: DisputeId,
    /// The disputed charge.
    pub charge: ChargeId,
    /// That charge's payment intent.
    pub payment_intent: PaymentIntentId,
    /// Unix seconds.
    pub created: i64,
    /// Minor units.
    pub amount: i64,
    /// Three lower-case letters.
    pub currency: String,
    /// Who has won.
    pub status: DisputeStatus,
}

/// The status of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeStatus {
    /// It is open.
    NeedsResponse,
    /// The money stays with the merchant.
    Won,
    /// The money went back to the payer.
    Lost,
}

impl PaymentIntent {
    pub(crate) fn json(&self) -> Value {
        let (status, received) = match self.status {
            IntentStatus::Processing => ("processing", 0),
            IntentStatus::Succeeded => ("succeeded", self.amount),
            IntentStatus::RequiresPaymentMethod => ("requires_payment_method", 0),
        };
        json!({
            "id": self.id.as_ref(), "object": "payment_intent",
            "amount": self.amount, "amount_capturable": 0, "amount_received": received,
            "application_fee_amount": null, "canceled_at": null, "cancellation_reason": null,
            "capture_method": "automatic_async", "confirmation_method": "automatic",
            "created": self.created, "currency": self.currency, "customer": null,
            "description": null, "last_payment_error": null,
            "latest_charge": self.charge.as_ref(), "livemode": false, "metadata": self.metadata,
            "next_action": null, "receipt_email": null, "status": status, "transfer_group": null,
        })
    }
}

impl Charge {
    /// Minor units that can still be refunded.
    pub fn refundable(&self) -> i64 {
        self.amount - self.amount_refunded
    }

    pub(crate) fn json(&self) -> Value {
        let (status, paid) = match self.status {
            ChargeStatus::Pending => ("pending", false),
            ChargeStatus::Succeeded => ("succeeded", true),
            ChargeStatus::Failed => ("failed", false),
        };
        json!({
            "id": self.id.as_ref(), "object": "charge",
            "amount": self.amount, "amount_captured": self.amount,
            "amount_refunded": self.amount_refunded, "balance_transaction": null,
            "billing_details": { "address": null, "email": self.email, "name": null, "phone": null },
            "captured": true, "created": self.created, "currency": self.currency,
            "customer": null, "description": null, "disputed": self.disputed,
            "failure_code": null, "failure_message": null, "livemode": false,
            "metadata": self.metadata, "paid": paid,
            "payment_intent": self.payment_intent.as_ref(),
            "payment_method_details": { "type": self.method, (self.method.as_str()): {} },
            "receipt_email": null,
            "receipt_url": format!("https://pay.stripe.com/receipts/{}", self.id),
            "refunded": paid && self.refundable() == 0, "status": status,
        })
    }
}

impl Refund {
    pub(crate) fn json(&self) -> Value {
        let status = match self.status {
            RefundStatus::Succeeded => "succeeded",
            RefundStatus::Failed => "failed",
        };
        let mut object = json!({
            "id": self.id.as_ref(), "object": "refund",
            "amount": self.amount, "balance_transaction": null, "charge": self.charge.as_ref(),
            "created": self.created, "currency": self.currency, "metadata": self.metadata,
            "payment_intent": self.payment_intent.as_ref(), "reason": self.reason,
            "receipt_number": null, "source_transfer_reversal": null, "status": status,
            "transfer_reversal": null,
        });
        if self.status == RefundStatus::Failed {
            object["failure_reason"] = "lost_or_stolen_card".into();
        }
        object
    }
}

impl Dispute {
    pub(crate) fn json(&self) -> Value {
        let status = match self.status {
            DisputeStatus::NeedsResponse => "needs_response",
            DisputeStatus::Won => "won",
            DisputeStatus::Lost => "lost",
        };
        json!({
            "id": self.id.as_ref(), "object": "dispute",
            "amount": self.amount, "charge": self.charge.as_ref(), "created": self.created,
            "currency": self.currency, "is_charge_refundable": false, "livemode": false,
            "metadata": {}, "payment_intent": self.payment_intent.as_ref(),
            "reason": "general", "status": status,
        })
    }
}

macro_rules! row {
    ($($name:ty),*) => {
        $(impl Row for $name {
            fn key(&self) -> &str {
                &self.id
            }
        })*
    };
}

row!(PaymentIntent, Charge, Refund, Dispute);
