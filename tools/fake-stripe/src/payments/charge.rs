//! Charges: the money of a payment intent.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::failure::PaymentFailure;
use crate::ids::{ChargeId, PaymentIntentId};
use crate::object::fill;
use crate::rows::Row;

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
    /// Minor units, all refunds together that have not failed and were not canceled.
    pub amount_refunded: i64,
    /// Three lower-case letters.
    pub currency: String,
    /// Whether it succeeded.
    pub status: ChargeStatus,
    /// Whether it was ever disputed.
    pub disputed: bool,
    /// `card`, `us_bank_account`, ...
    pub method: String,
    /// The payer's address.
    pub email: Option<String>,
    /// The payment intent's metadata.
    pub metadata: BTreeMap<String, String>,
    /// Whether it is real money.
    pub livemode: bool,
    pub(crate) failure: Option<PaymentFailure>,
}

/// The status of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeStatus {
    /// A bank debit is processing.
    Pending,
    /// Stripe has the money.
    Succeeded,
    /// The bank debit failed.
    Failed,
}

impl Row for Charge {
    fn key(&self) -> &str {
        &self.id
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
        let receipt = format!("https://pay.stripe.com/receipts/{}", self.id);
        let mut object = json!({
            "id": self.id.as_ref(), "object": "charge",
            "amount": self.amount, "amount_captured": self.amount,
            "amount_refunded": self.amount_refunded,
            "billing_details": {
                "address": null, "email": self.email, "name": null, "phone": null, "tax_id": null,
            },
            "captured": true, "created": self.created, "currency": self.currency,
            "disputed": self.disputed,
            "failure_code": self.failure.map(PaymentFailure::code),
            "failure_message": self.failure.map(PaymentFailure::message),
            "fraud_details": {}, "livemode": self.livemode, "metadata": self.metadata,
            "paid": paid, "payment_intent": self.payment_intent.as_ref(),
            "payment_method_details": self.method_details(),
            "receipt_url": paid.then_some(receipt),
            "refunded": paid && self.refundable() == 0, "status": status,
        });
        fill(&mut object, ALWAYS_NULL);
        object
    }

    fn method_details(&self) -> Value {
        let details = match self.method.as_str() {
            "card" => card(),
            "boleto" => json!({ "tax_id": "000.000.000-00" }),
            "nz_bank_account" => json!({
                "account_holder_name": null, "bank_code": "00", "bank_name": "Example Bank",
                "branch_code": "0000", "last4": "0000", "suffix": null,
            }),
            other => {
                let mut details = json!({});
                fill(&mut details, null_details(other));
                details
            }
        };
        json!({ "type": self.method, (self.method.as_str()): details })
    }
}

/// The members that are always present of a payment method, and null here.
fn null_details(method: &str) -> &'static [&'static str] {
    match method {
        "acss_debit" => &[
            "bank_name",
            "fingerprint",
            "institution_number",
            "last4",
            "transit_number",
        ],
        "au_becs_debit" => &["bsb_number", "fingerprint", "last4"],
        "bacs_debit" => &["fingerprint", "last4", "mandate", "sort_code"],
        "konbini" => &["store"],
        "multibanco" => &["entity", "reference"],
        "oxxo" => &["number"],
        "sepa_debit" => &[
            "bank_code",
            "branch_code",
            "country",
            "fingerprint",
            "last4",
            "mandate",
        ],
        "us_bank_account" => &[
            "account_holder_type",
            "account_type",
            "bank_name",
            "fingerprint",
            "last4",
            "payment_reference",
            "routing_number",
        ],
        _ => &[],
    }
}

fn card() -> Value {
    let mut card = json!({
        "brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034, "funding": "credit",
        "last4": "4242", "network": "visa",
    });
    fill(&mut card, CARD_ALWAYS_NULL);
    card
}

const CARD_ALWAYS_NULL: &[&str] = &[
    "amount_authorized",
    "authorization_code",
    "checks",
    "electronic_commerce_indicator",
    "installments",
    "mandate",
    "network_transaction_id",
    "regulated_status",
    "three_d_secure",
    "transaction_link_id",
    "wallet",
];

/// `balance_transaction` is among them: it may be null right after a payment (Stripe docs,
/// "Asynchronous capture").
const ALWAYS_NULL: &[&str] = &[
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "calculated_statement_descriptor",
    "customer",
    "description",
    "failure_balance_transaction",
    "on_behalf_of",
    "outcome",
    "payment_method",
    "receipt_email",
    "receipt_number",
    "review",
    "shipping",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
];
