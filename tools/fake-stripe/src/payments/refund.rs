//! Refunds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::ids::{ChargeId, PaymentIntentId, RefundId};
use crate::object::fill;
use crate::rows::Row;

const DAY_S: i64 = 24 * 60 * 60;

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
    /// Why it failed or was canceled.
    pub failure: Option<RefundFailure>,
    /// How the payment was made: `card`, `us_bank_account`, ...
    pub(crate) method: String,
    /// The payer's address.
    pub(crate) email: Option<String>,
}

/// The status of a refund (API reference, "The Refund object").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// The bank processes it, or it waits for the account's balance.
    Pending,
    /// The payer has to name a bank account (Stripe docs, "Refunds that require action").
    RequiresAction,
    /// The money went back.
    Succeeded,
    /// The bank returned the money to Stripe.
    Failed,
    /// It was canceled before the payer got anything.
    Canceled,
}

/// Why a refund failed (Stripe docs, "Refund and cancel payments", "Handle failed refunds").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundFailure {
    /// The payer disputed the charge while the refund was pending.
    ChargeForPendingRefundDisputed,
    /// A partner of Stripe's declined it.
    Declined,
    /// The card expired or was canceled.
    ExpiredOrCanceledCard,
    /// The balance stayed too low for too long.
    InsufficientFunds,
    /// The card was lost or stolen.
    LostOrStolenCard,
    /// The merchant asked for it.
    MerchantRequest,
    /// The reason is not known.
    Unknown,
}

impl RefundStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        RefundStatus::Pending,
        RefundStatus::RequiresAction,
        RefundStatus::Succeeded,
        RefundStatus::Failed,
        RefundStatus::Canceled,
    ];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            RefundStatus::Pending => "pending",
            RefundStatus::RequiresAction => "requires_action",
            RefundStatus::Succeeded => "succeeded",
            RefundStatus::Failed => "failed",
            RefundStatus::Canceled => "canceled",
        }
    }

    /// Whether its amount counts as refunded on the charge.
    ///
    /// Stripe documents that the money of a failed or canceled refund returns to the account's balance
    /// (Stripe docs, "Handle failed refunds" and "Cancel a refund"). It does not document that the
    /// charge then counts it no longer: this crate assumes so.
    pub fn counts(self) -> bool {
        match self {
            RefundStatus::Pending | RefundStatus::RequiresAction | RefundStatus::Succeeded => true,
            RefundStatus::Failed | RefundStatus::Canceled => false,
        }
    }

    /// The status in which a refund starts. A card's is done at once; a bank's takes days (Stripe
    /// docs, "ACH Direct Debit", "Refunds"); a voucher has no account to send money to (Stripe docs,
    /// "Refunds that require action").
    pub(crate) fn initial(method: &str) -> Self {
        match method {
            "card" => RefundStatus::Succeeded,
            "boleto" | "konbini" | "oxxo" => RefundStatus::RequiresAction,
            _ => RefundStatus::Pending,
        }
    }
}

impl RefundFailure {
    /// All of them.
    pub const ALL: [Self; 7] = [
        RefundFailure::ChargeForPendingRefundDisputed,
        RefundFailure::Declined,
        RefundFailure::ExpiredOrCanceledCard,
        RefundFailure::InsufficientFunds,
        RefundFailure::LostOrStolenCard,
        RefundFailure::MerchantRequest,
        RefundFailure::Unknown,
    ];

    /// Its name in the API, in `failure_reason`.
    pub fn name(self) -> &'static str {
        match self {
            RefundFailure::ChargeForPendingRefundDisputed => "charge_for_pending_refund_disputed",
            RefundFailure::Declined => "declined",
            RefundFailure::ExpiredOrCanceledCard => "expired_or_canceled_card",
            RefundFailure::InsufficientFunds => "insufficient_funds",
            RefundFailure::LostOrStolenCard => "lost_or_stolen_card",
            RefundFailure::MerchantRequest => "merchant_request",
            RefundFailure::Unknown => "unknown",
        }
    }
}

impl Row for Refund {
    fn key(&self) -> &str {
        &self.id
    }
}

impl Refund {
    pub(crate) fn json(&self) -> Value {
        let mut object = json!({
            "id": self.id.as_ref(), "object": "refund",
            "amount": self.amount, "charge": self.charge.as_ref(),
            "created": self.created, "currency": self.currency, "metadata": self.metadata,
            "payment_intent": self.payment_intent.as_ref(), "reason": self.reason,
            "status": self.status.name(),
        });
        if let Some(failure) = self.failure {
            let suffix = self.id.trim_start_matches("re_");
            object["failure_reason"] = failure.name().into();
            object["failure_balance_transaction"] = format!("txn_{suffix}").into();
        }
        match self.status {
            RefundStatus::Pending => object["pending_reason"] = self.pending_reason().into(),
            RefundStatus::RequiresAction => object["next_action"] = self.next_action(),
            RefundStatus::Succeeded | RefundStatus::Failed | RefundStatus::Canceled => {}
        }
        if self.method == "card" {
            object["destination_details"] = json!({ "type": "card", "card": { "type": "refund" } });
        }
        fill(&mut object, ALWAYS_NULL);
        object
    }

    /// A card's refund is held only by an empty balance (Stripe docs, "Refund and cancel payments").
    fn pending_reason(&self) -> &'static str {
        if self.method == "card" {
            "insufficient_funds"
        } else {
            "processing"
        }
    }

    fn next_action(&self) -> Value {
        json!({
            "type": "display_details",
            "display_details": {
                "email_sent": {
                    "email_sent_at": self.created,
                    "email_sent_to": self.email.as_deref().unwrap_or("payer@example.com"),
                },
                "expires_at": self.created + 45 * DAY_S,
            },
        })
    }
}

const ALWAYS_NULL: &[&str] = &[
    "balance_transaction",
    "customer",
    "customer_account",
    "payment_method",
    "receipt_number",
    "source_transfer_reversal",
    "transfer_reversal",
];
