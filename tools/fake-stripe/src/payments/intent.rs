//! Payment intents: one for each completed session that was not free.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::failure::PaymentFailure;
use crate::error::doc_url;
use crate::ids::{ChargeId, PaymentIntentId, SessionId};
use crate::object::fill;
use crate::rows::Row;

const DAY_S: i64 = 24 * 60 * 60;

/// A payment intent; there is one for each completed session that was not free.
#[derive(Clone, Debug)]
pub struct PaymentIntent {
    /// `pi_...`.
    pub id: PaymentIntentId,
    /// The session that it completed.
    pub session: SessionId,
    /// Its charge; while the payer still has something to do, the one that it will have.
    pub charge: ChargeId,
    /// Unix seconds.
    pub created: i64,
    /// Minor units.
    pub amount: i64,
    /// Three lower-case letters.
    pub currency: String,
    /// How far the payment is.
    pub status: IntentStatus,
    /// `payment_intent_data[metadata]` of the session.
    pub metadata: BTreeMap<String, String>,
    /// How the payer pays: `card`, `us_bank_account`, `boleto`, ...
    pub method: String,
    /// Whether it is real money.
    pub livemode: bool,
    /// The payment methods that the session offered.
    pub(crate) methods: Vec<String>,
    /// The payer's address.
    pub(crate) email: Option<String>,
    /// The page on which the payer does the next action.
    pub(crate) action_url: String,
    /// Whether its charge exists yet.
    pub(crate) is_charged: bool,
    pub(crate) failure: Option<PaymentFailure>,
}

/// The status of a payment intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentStatus {
    /// The payer still has something to do outside Checkout.
    RequiresAction(NextAction),
    /// A bank debit is processing.
    Processing,
    /// Stripe has the money.
    Succeeded,
    /// The bank debit failed, or the payer never did the next action.
    RequiresPaymentMethod,
}

/// The action that a payer still has to take (API reference, "The PaymentIntent object", `next_action`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// To confirm two small deposits, so that the bank account may be debited.
    VerifyMicrodeposits,
    /// To pay a voucher, in a shop or at a bank.
    PayVoucher(Voucher),
}

/// A kind of voucher. Each exists in one currency only (Stripe docs, "Vouchers").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// Brazil, `brl`.
    Boleto,
    /// Japan, `jpy`.
    Konbini,
    /// Portugal, `eur`.
    Multibanco,
    /// Mexico, `mxn`.
    Oxxo,
}

impl Voucher {
    /// The kind of voucher of a currency.
    pub fn of_currency(currency: &str) -> Option<Self> {
        match currency {
            "brl" => Some(Voucher::Boleto),
            "jpy" => Some(Voucher::Konbini),
            "eur" => Some(Voucher::Multibanco),
            "mxn" => Some(Voucher::Oxxo),
            _ => None,
        }
    }

    /// The type of payment method.
    pub fn name(self) -> &'static str {
        match self {
            Voucher::Boleto => "boleto",
            Voucher::Konbini => "konbini",
            Voucher::Multibanco => "multibanco",
            Voucher::Oxxo => "oxxo",
        }
    }

    fn days(self) -> i64 {
        match self {
            Voucher::Boleto | Voucher::Konbini | Voucher::Oxxo => 3,
            Voucher::Multibanco => 7,
        }
    }
}

impl NextAction {
    /// The path of the page on which the payer does it.
    pub(crate) fn path(self, intent: &str) -> String {
        match self {
            NextAction::VerifyMicrodeposits => format!("/microdeposit/{intent}"),
            NextAction::PayVoucher(voucher) => format!("/{}/voucher/{intent}", voucher.name()),
        }
    }

    fn json(self, created: i64, url: &str) -> Value {
        match self {
            NextAction::VerifyMicrodeposits => json!({
                "type": "verify_with_microdeposits",
                "verify_with_microdeposits": {
                    "arrival_date": created + 2 * DAY_S, "hosted_verification_url": url,
                    "microdeposit_type": "descriptor_code",
                },
            }),
            NextAction::PayVoucher(voucher) => {
                let name = format!("{}_display_details", voucher.name());
                let expires_at = created + voucher.days() * DAY_S;
                json!({ "type": name, (name.as_str()): details(voucher, expires_at, url) })
            }
        }
    }
}

fn details(voucher: Voucher, expires_at: i64, url: &str) -> Value {
    match voucher {
        Voucher::Boleto => json!({
            "expires_at": expires_at, "hosted_voucher_url": url, "pdf": format!("{url}/pdf"),
            "number": "01010101010101010101010101010101010101010101010",
        }),
        Voucher::Konbini => {
            let store = json!({ "confirmation_number": "01234567890", "payment_code": "123456" });
            json!({
                "expires_at": expires_at, "hosted_voucher_url": url,
                "stores": { "familymart": store, "lawson": store, "ministop": store, "seicomart": store },
            })
        }
        Voucher::Multibanco => json!({
            "entity": "12345", "expires_at": expires_at, "hosted_voucher_url": url,
            "reference": "123456789",
        }),
        Voucher::Oxxo => json!({
            "expires_after": expires_at, "hosted_voucher_url": url,
            "number": "12345678901234567890123456789012",
        }),
    }
}

impl Row for PaymentIntent {
    fn key(&self) -> &str {
        &self.id
    }
}

impl PaymentIntent {
    pub(crate) fn json(&self) -> Value {
        let (status, received) = match self.status {
            IntentStatus::RequiresAction(_) => ("requires_action", 0),
            IntentStatus::Processing => ("processing", 0),
            IntentStatus::Succeeded => ("succeeded", self.amount),
            IntentStatus::RequiresPaymentMethod => ("requires_payment_method", 0),
        };
        let secret = self.id.trim_start_matches("pi_");
        let mut object = json!({
            "id": self.id.as_ref(), "object": "payment_intent",
            "amount": self.amount, "amount_capturable": 0, "amount_received": received,
            "capture_method": "automatic_async",
            "client_secret": format!("{}_secret_{secret}", self.id),
            "confirmation_method": "automatic", "created": self.created,
            "currency": self.currency, "last_payment_error": self.last_payment_error(),
            "latest_charge": self.is_charged.then(|| self.charge.as_ref()),
            "livemode": self.livemode, "metadata": self.metadata,
            "next_action": self.next_action(), "payment_method_options": {},
            "payment_method_types": self.methods, "status": status,
        });
        fill(&mut object, ALWAYS_NULL);
        object
    }

    fn next_action(&self) -> Value {
        match self.status {
            IntentStatus::RequiresAction(action) => action.json(self.created, &self.action_url),
            IntentStatus::Processing
            | IntentStatus::Succeeded
            | IntentStatus::RequiresPaymentMethod => Value::Null,
        }
    }

    /// The error is an API error without its envelope (API reference, "The PaymentIntent object",
    /// `last_payment_error`).
    fn last_payment_error(&self) -> Value {
        let Some(failure) = self.failure else {
            return Value::Null;
        };
        let code = failure.code();
        let mut error = json!({
            "code": code, "doc_url": doc_url(code), "message": failure.message(),
            "type": "invalid_request_error",
        });
        if self.is_charged {
            error["charge"] = self.charge.as_ref().into();
        }
        error
    }
}

const ALWAYS_NULL: &[&str] = &[
    "allowed_payment_method_types",
    "application",
    "application_fee_amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "customer_account",
    "description",
    "excluded_payment_method_types",
    "managed_payments",
    "on_behalf_of",
    "payment_method",
    "payment_method_configuration_details",
    "payment_record",
    "processing",
    "receipt_email",
    "review",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];
