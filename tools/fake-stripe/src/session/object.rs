//! A session, and the object that Stripe returns.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::status::{Completion, PaymentStatus, Status};
use crate::ids::{PaymentIntentId, SessionId};
use crate::line_items::LineItem;
use crate::object::fill;
use crate::payments::Voucher;
use crate::rows::Row;

/// A Checkout Session.
#[derive(Clone, Debug)]
pub struct Session {
    /// `cs_test_...` or `cs_live_...`.
    pub id: SessionId,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds; from then on an open session is expired.
    pub expires_at: i64,
    /// Open, complete or expired.
    pub status: Status,
    /// Minor units.
    pub amount_total: i64,
    /// Three lower-case letters.
    pub currency: String,
    /// `client_reference_id` as given.
    pub client_reference_id: Option<String>,
    /// `customer_email` as given.
    pub customer_email: Option<String>,
    /// The session's own metadata.
    pub metadata: BTreeMap<String, String>,
    /// The metadata that its payment intent and charge will carry.
    pub payment_metadata: BTreeMap<String, String>,
    /// With `{CHECKOUT_SESSION_ID}` still in it.
    pub success_url: String,
    /// Where "go back" leads.
    pub cancel_url: Option<String>,
    /// The hosted page.
    pub url: String,
    /// Whether it takes real money.
    pub livemode: bool,
    pub(crate) methods: Vec<String>,
    pub(crate) line_items: Vec<LineItem>,
    pub(crate) declined: u32,
    /// The parameters that are returned as they were given.
    pub(crate) echo: BTreeMap<&'static str, Value>,
}

impl Row for Session {
    fn key(&self) -> &str {
        &self.id
    }
}

impl Session {
    /// Whether the session can be paid at that time (unix ms).
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.status == Status::Open && now_ms < self.expires_at * 1000
    }

    /// The payment intent of a completed session.
    pub fn payment_intent(&self) -> Option<&PaymentIntentId> {
        match &self.status {
            Status::Complete(Completion::By(id)) => Some(id),
            Status::Complete(Completion::Free) | Status::Open | Status::Expired => None,
        }
    }

    /// The type of bank debit that the session offers.
    pub fn debit_method(&self) -> Option<&str> {
        let debit = |m: &&String| m.ends_with("_debit") || m.ends_with("_bank_account");
        self.methods.iter().find(debit).map(String::as_str)
    }

    /// The type of bank debit that the session offers whose account can be verified by small deposits
    /// (Stripe docs, "ACH Direct Debit" and "Pre-authorized debit in Canada").
    pub fn verified_debit_method(&self) -> Option<&str> {
        let verified = |m: &&String| ["us_bank_account", "acss_debit"].contains(&m.as_str());
        self.methods.iter().find(verified).map(String::as_str)
    }

    /// The voucher that the session offers.
    pub fn voucher(&self) -> Option<Voucher> {
        let voucher = Voucher::of_currency(&self.currency)?;
        let offered = self.methods.iter().any(|method| method == voucher.name());
        offered.then_some(voucher)
    }

    /// `success_url` with the session's id in place of `{CHECKOUT_SESSION_ID}`.
    pub fn return_url(&self) -> String {
        self.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }

    /// The object as the API returns it.
    pub(crate) fn json(&self, payment_status: PaymentStatus) -> Value {
        let mut object = json!({
            "id": self.id.as_ref(), "object": "checkout.session",
            "adaptive_pricing": { "enabled": false },
            "amount_subtotal": self.amount_total, "amount_total": self.amount_total,
            "automatic_tax": {
                "enabled": false, "liability": null, "provider": null, "status": null,
            },
            "cancel_url": self.cancel_url, "client_reference_id": self.client_reference_id,
            "created": self.created, "currency": self.currency, "custom_fields": [],
            "custom_text": {
                "after_submit": null, "shipping_address": null, "submit": null,
                "terms_of_service_acceptance": null,
            },
            "customer_creation": "if_required", "customer_details": self.customer_details(),
            "customer_email": self.customer_email, "discounts": [],
            "expires_at": self.expires_at, "invoice_creation": no_invoice(),
            "livemode": self.livemode, "metadata": self.metadata, "mode": "payment",
            "payment_intent": self.payment_intent().map(AsRef::<str>::as_ref),
            "payment_method_collection": "if_required", "payment_method_options": {},
            "payment_method_types": self.methods, "payment_status": payment_status.name(),
            "phone_number_collection": { "enabled": false }, "shipping_options": [],
            "status": self.status.name(), "success_url": self.success_url,
            "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
            "ui_mode": "hosted_page", "url": (self.status == Status::Open).then_some(&self.url),
        });
        for (name, value) in &self.echo {
            object[*name] = value.clone();
        }
        fill(&mut object, ALWAYS_NULL);
        object
    }

    fn customer_details(&self) -> Value {
        match (&self.customer_email, &self.status) {
            (None, Status::Open | Status::Expired) => Value::Null,
            (email, Status::Open | Status::Expired | Status::Complete(_)) => json!({
                "address": null, "business_name": null, "email": email,
                "individual_name": null, "name": null, "phone": null, "tax_exempt": "none",
                "tax_ids": null,
            }),
        }
    }
}

fn no_invoice() -> Value {
    json!({
        "enabled": false,
        "invoice_data": {
            "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null,
            "issuer": null, "metadata": {}, "rendering_options": null,
        },
    })
}

/// Fields that no session here fills, unless its parameters do. `presentment_details` is not among
/// them: it is absent unless a payer saw another currency.
const ALWAYS_NULL: &[&str] = &[
    "after_expiration",
    "allow_promotion_codes",
    "allowed_payment_method_types",
    "billing_address_collection",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer",
    "customer_account",
    "integration_identifier",
    "invoice",
    "locale",
    "managed_payments",
    "origin_context",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
    "wallet_options",
];
