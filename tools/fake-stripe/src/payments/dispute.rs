//! Disputes, by which a payer takes a charge back through the bank.

use serde_json::{Value, json};

use crate::ids::{ChargeId, DisputeId, PaymentIntentId};
use crate::object::fill;
use crate::rows::Row;

const DAY_S: i64 = 24 * 60 * 60;
/// The fee of a dispute, in minor units.
const FEE: i64 = 1500;

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
    /// Its status: how far it is, and who has won.
    pub status: DisputeStatus,
    /// Until when it can be answered, unix seconds; 0 if the payer's bank takes no answer.
    pub due_by: i64,
    /// Whether it is about real money.
    pub livemode: bool,
    /// When money was withdrawn and reinstated, in turn, unix seconds.
    pub(crate) movements: Vec<i64>,
}

/// The status of a dispute (API reference, "The Dispute object").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeStatus {
    /// The bank asks; no money has moved.
    WarningNeedsResponse,
    /// The bank reads the answer to its question.
    WarningUnderReview,
    /// The bank asked and let it be.
    WarningClosed,
    /// It is open.
    NeedsResponse,
    /// The bank reads the evidence.
    UnderReview,
    /// The money stays with the merchant.
    Won,
    /// The money went back to the payer.
    Lost,
    /// It was resolved before it became a chargeback.
    Prevented,
    /// The decision can be appealed (Changelog, "Adds support for submitting evidence to appeal
    /// dispute decisions").
    AppealNeedsResponse,
    /// The bank reads the appeal.
    AppealUnderReview,
}

/// How far a dispute is (Stripe docs, "How disputes work").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A question of the bank's.
    Inquiry,
    /// A chargeback: the money is withdrawn.
    Chargeback,
    /// An appeal of the decision.
    Appeal,
    /// Over, though a decision can be appealed, and a lost dispute be won late.
    Closed,
}

impl DisputeStatus {
    /// All of them.
    pub const ALL: [Self; 10] = [
        DisputeStatus::WarningNeedsResponse,
        DisputeStatus::WarningUnderReview,
        DisputeStatus::WarningClosed,
        DisputeStatus::NeedsResponse,
        DisputeStatus::UnderReview,
        DisputeStatus::Won,
        DisputeStatus::Lost,
        DisputeStatus::Prevented,
        DisputeStatus::AppealNeedsResponse,
        DisputeStatus::AppealUnderReview,
    ];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            DisputeStatus::WarningNeedsResponse => "warning_needs_response",
            DisputeStatus::WarningUnderReview => "warning_under_review",
            DisputeStatus::WarningClosed => "warning_closed",
            DisputeStatus::NeedsResponse => "needs_response",
            DisputeStatus::UnderReview => "under_review",
            DisputeStatus::Won => "won",
            DisputeStatus::Lost => "lost",
            DisputeStatus::Prevented => "prevented",
            DisputeStatus::AppealNeedsResponse => "appeal_needs_response",
            DisputeStatus::AppealUnderReview => "appeal_under_review",
        }
    }

    /// How far a dispute in that status is.
    pub fn stage(self) -> Stage {
        match self {
            DisputeStatus::WarningNeedsResponse | DisputeStatus::WarningUnderReview => {
                Stage::Inquiry
            }
            DisputeStatus::NeedsResponse | DisputeStatus::UnderReview => Stage::Chargeback,
            DisputeStatus::AppealNeedsResponse | DisputeStatus::AppealUnderReview => Stage::Appeal,
            DisputeStatus::WarningClosed
            | DisputeStatus::Won
            | DisputeStatus::Lost
            | DisputeStatus::Prevented => Stage::Closed,
        }
    }

    /// Whether its charge can be refunded beside it: while the bank only asks, and once the merchant
    /// has won (Stripe docs, "How disputes work" and "Withdraw a dispute").
    pub fn is_charge_refundable(self) -> bool {
        match self {
            DisputeStatus::WarningNeedsResponse
            | DisputeStatus::WarningUnderReview
            | DisputeStatus::WarningClosed
            | DisputeStatus::Prevented
            | DisputeStatus::Won => true,
            DisputeStatus::NeedsResponse
            | DisputeStatus::UnderReview
            | DisputeStatus::Lost
            | DisputeStatus::AppealNeedsResponse
            | DisputeStatus::AppealUnderReview => false,
        }
    }

    /// Whether a dispute can go from here to there. An open one can close in any way and go on to a
    /// later stage. A decision can be appealed, and a lost dispute can be won late (Stripe docs, "How
    /// disputes work", "After the decision").
    pub(crate) fn can_become(self, to: Self) -> bool {
        if self == to {
            return false;
        }
        match (self.stage(), to.stage()) {
            (Stage::Closed, Stage::Appeal) => {
                self == DisputeStatus::Won || self == DisputeStatus::Lost
            }
            (Stage::Closed, Stage::Closed) => {
                self == DisputeStatus::Lost && to == DisputeStatus::Won
            }
            (Stage::Inquiry | Stage::Chargeback | Stage::Appeal, Stage::Closed)
            | (Stage::Inquiry, Stage::Inquiry | Stage::Chargeback)
            | (Stage::Chargeback, Stage::Chargeback)
            | (Stage::Appeal, Stage::Appeal) => true,
            (Stage::Closed | Stage::Appeal, Stage::Inquiry | Stage::Chargeback)
            | (Stage::Chargeback, Stage::Inquiry)
            | (Stage::Inquiry | Stage::Chargeback, Stage::Appeal) => false,
        }
    }

    /// Whether the payer has the money in that status; `None`: as before.
    pub(crate) fn withdraws(self) -> Option<bool> {
        match self {
            DisputeStatus::NeedsResponse | DisputeStatus::UnderReview | DisputeStatus::Lost => {
                Some(true)
            }
            DisputeStatus::WarningNeedsResponse
            | DisputeStatus::WarningUnderReview
            | DisputeStatus::WarningClosed
            | DisputeStatus::Prevented
            | DisputeStatus::Won => Some(false),
            DisputeStatus::AppealNeedsResponse | DisputeStatus::AppealUnderReview => None,
        }
    }

    fn case_type(self) -> &'static str {
        match self {
            DisputeStatus::WarningNeedsResponse
            | DisputeStatus::WarningUnderReview
            | DisputeStatus::WarningClosed => "inquiry",
            DisputeStatus::Prevented => "resolution",
            DisputeStatus::NeedsResponse
            | DisputeStatus::UnderReview
            | DisputeStatus::Won
            | DisputeStatus::Lost
            | DisputeStatus::AppealNeedsResponse
            | DisputeStatus::AppealUnderReview => "chargeback",
        }
    }

    fn is_answered(self) -> bool {
        match self {
            DisputeStatus::WarningUnderReview
            | DisputeStatus::UnderReview
            | DisputeStatus::AppealUnderReview => true,
            DisputeStatus::WarningNeedsResponse
            | DisputeStatus::WarningClosed
            | DisputeStatus::NeedsResponse
            | DisputeStatus::Won
            | DisputeStatus::Lost
            | DisputeStatus::Prevented
            | DisputeStatus::AppealNeedsResponse => false,
        }
    }
}

impl Row for Dispute {
    fn key(&self) -> &str {
        &self.id
    }
}

impl Dispute {
    /// Until when a dispute that begins in that status can be answered, unix seconds. One that is lost from the start cannot: 0
    /// (API reference, "The Dispute object", `evidence_details.due_by`).
    pub(crate) fn due_by(created: i64, status: DisputeStatus) -> i64 {
        if status == DisputeStatus::Lost {
            0
        } else {
            created + 14 * DAY_S
        }
    }

    /// Whether the disputed money is withdrawn from the account now.
    pub fn is_withdrawn(&self) -> bool {
        self.movements.len() % 2 == 1
    }

    pub(crate) fn json(&self) -> Value {
        let answered = self.status.is_answered();
        let mut evidence = json!({ "enhanced_evidence": {} });
        fill(&mut evidence, NO_EVIDENCE);
        json!({
            "id": self.id.as_ref(), "object": "dispute",
            "amount": self.amount, "balance_transactions": self.balance_transactions(),
            "charge": self.charge.as_ref(), "created": self.created, "currency": self.currency,
            "enhanced_eligibility_types": [], "evidence": evidence,
            "evidence_details": {
                "due_by": self.due_by, "enhanced_eligibility": {},
                "has_evidence": answered, "past_due": false,
                "submission_count": u8::from(answered),
                "submission_method": if answered { "manual" } else { "not_submitted" },
            },
            "intended_submission_method": null,
            "is_charge_refundable": self.status.is_charge_refundable(),
            "livemode": self.livemode, "metadata": {},
            "payment_intent": self.payment_intent.as_ref(),
            "payment_method_details": {
                "type": "card",
                "card": {
                    "brand": "visa", "case_type": self.status.case_type(), "network": "visa",
                    "network_reason_code": "10.4",
                },
            },
            "reason": "general", "status": self.status.name(),
        })
    }

    /// The money that was withdrawn and that came back (API reference, "The Dispute object").
    fn balance_transactions(&self) -> Value {
        let movements = self.movements.iter().enumerate();
        movements
            .map(|(at, created)| {
                let (amount, fee, what) = if at % 2 == 0 {
                    (-self.amount, FEE, "withdrawal")
                } else {
                    (self.amount, 0, "reversal")
                };
                let fee_details = json!([{
                    "amount": FEE, "application": null, "currency": self.currency,
                    "description": "Dispute fee", "type": "stripe_fee",
                }]);
                json!({
                    "id": format!("txn_{at}{}", self.id.trim_start_matches("dp_")),
                    "object": "balance_transaction", "amount": amount, "available_on": created,
                    "balance_type": "payments", "created": created, "currency": self.currency,
                    "description": format!("Chargeback {what} for {}", self.charge),
                    "exchange_rate": null, "fee": fee,
                    "fee_details": if fee == 0 { json!([]) } else { fee_details },
                    "net": amount - fee, "reporting_category": "dispute",
                    "source": self.id.as_ref(), "status": "available", "type": "adjustment",
                })
            })
            .collect()
    }
}

const NO_EVIDENCE: &[&str] = &[
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];
