//! The actions of payers and their banks about disputes.
//!
//! A chargeback takes its amount from the account at once, an inquiry takes nothing; what was taken
//! comes back when the merchant wins (Stripe docs, "How disputes work"). Its events are in
//! Stripe's list of event types: `closed` is for `lost`, `won` and `warning_closed` only.

use serde_json::{Value, json};

use crate::events::EventType;
use crate::ids::DisputeId;
use crate::payments::{Dispute, DisputeStatus, RefundFailure, RefundStatus, Stage};
use crate::refused::Refused;
use crate::stripe::Stripe;

impl Stripe {
    /// The payer disputes a payment that arrived: a chargeback of the whole amount.
    pub fn dispute(&mut self, payment_intent: &str, now_ms: i64) -> Result<DisputeId, Refused> {
        self.open_dispute(payment_intent, DisputeStatus::NeedsResponse, None, now_ms)
    }

    /// A dispute begins in that status: an inquiry, a chargeback, or one that is `lost` from the
    /// start because it cannot be challenged. Without an amount (minor units) it is about the whole
    /// payment; it can be about less or more than that (Stripe docs, "How disputes work", "Disputed
    /// amount").
    pub fn open_dispute(
        &mut self,
        payment_intent: &str,
        status: DisputeStatus,
        amount: Option<i64>,
        now_ms: i64,
    ) -> Result<DisputeId, Refused> {
        let now_ms = self.tick(now_ms);
        let charge_id = self.charge_of_intent(payment_intent)?;
        let id: DisputeId = self.next_id();
        let is_open = |dispute: &Dispute| dispute.status.stage() != Stage::Closed;
        let mut disputes = self.account.disputes.iter();
        if disputes.any(|dispute| dispute.charge == charge_id && is_open(dispute)) {
            return Err(Refused::because("This charge is disputed already."));
        }
        let charge = self
            .account
            .charges
            .get_mut(&charge_id)
            .ok_or_else(|| Refused::because("There is no such charge."))?;
        charge.disputed = true;
        let dispute = Dispute {
            id: id.clone(),
            charge: charge_id.clone(),
            payment_intent: charge.payment_intent.clone(),
            created: now_ms / 1000,
            amount: amount.unwrap_or(charge.amount),
            currency: charge.currency.clone(),
            status,
            due_by: Dispute::due_by(now_ms / 1000, status),
            livemode: charge.livemode,
            movements: Vec::new(),
        };
        self.account.disputes.insert(dispute);
        self.emit_dispute(&id, EventType::ChargeDisputeCreated, None, now_ms);
        self.move_money(&id, now_ms);
        if emits_closed(status) {
            self.emit_dispute(&id, EventType::ChargeDisputeClosed, None, now_ms);
        }
        if status.withdraws() == Some(true) {
            self.fail_pending_refunds(&charge_id, now_ms);
        }
        Ok(id)
    }

    /// An open dispute ends; `won` means that the merchant keeps the money.
    pub fn close_dispute(&mut self, dispute: &str, won: bool, now_ms: i64) -> Result<(), Refused> {
        let status = if won {
            DisputeStatus::Won
        } else {
            DisputeStatus::Lost
        };
        let is_open = |d: &Dispute| d.status.stage() != Stage::Closed;
        if !self.account.disputes.get(dispute).is_some_and(is_open) {
            return Err(Refused::because("There is no such open dispute."));
        }
        self.set_dispute_status(dispute, status, now_ms)
    }

    /// A dispute moves on: an open one to any way of ending and to a later stage, a decided one to an
    /// appeal, a lost one to `won` (a late win).
    pub fn set_dispute_status(
        &mut self,
        dispute: &str,
        status: DisputeStatus,
        now_ms: i64,
    ) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        let dispute = self
            .account
            .disputes
            .get_mut(dispute)
            .filter(|dispute| dispute.status.can_become(status))
            .ok_or_else(|| {
                let name = status.name();
                Refused::because(format!("There is no dispute that could become {name} now."))
            })?;
        let previous = json!({ "status": dispute.status.name() });
        dispute.status = status;
        let id = dispute.id.clone();
        if emits_closed(status) {
            self.move_money(&id, now_ms);
            self.emit_dispute(&id, EventType::ChargeDisputeClosed, None, now_ms);
        } else {
            let kind = EventType::ChargeDisputeUpdated;
            self.emit_dispute(&id, kind, Some(previous), now_ms);
            self.move_money(&id, now_ms);
        }
        Ok(())
    }

    /// The decision of a dispute is appealed: it is open again.
    pub fn appeal_dispute(&mut self, dispute: &str, now_ms: i64) -> Result<(), Refused> {
        self.set_dispute_status(dispute, DisputeStatus::AppealNeedsResponse, now_ms)
    }

    /// Withdraws or reinstates the disputed amount, if the status asks for it.
    fn move_money(&mut self, id: &str, now_ms: i64) {
        let Some(dispute) = self.account.disputes.get_mut(id) else {
            return;
        };
        let withdrawn = dispute.is_withdrawn();
        let Some(wanted) = dispute.status.withdraws().filter(|w| *w != withdrawn) else {
            return;
        };
        dispute.movements.push(now_ms / 1000);
        let kind = if wanted {
            EventType::ChargeDisputeFundsWithdrawn
        } else {
            EventType::ChargeDisputeFundsReinstated
        };
        self.emit_dispute(id, kind, None, now_ms);
    }

    /// A refund that is pending when its charge is disputed fails (Stripe docs, "Handle failed
    /// refunds", `charge_for_pending_refund_disputed`).
    fn fail_pending_refunds(&mut self, charge: &str, now_ms: i64) {
        let pending: Vec<_> = self
            .account
            .refunds
            .iter()
            .filter(|refund| *refund.charge == *charge && refund.status == RefundStatus::Pending)
            .map(|refund| refund.id.clone())
            .collect();
        for id in pending {
            let reason = Some(RefundFailure::ChargeForPendingRefundDisputed);
            // It is pending, so it can fail.
            drop(self.move_refund(&id, RefundStatus::Failed, reason, now_ms));
        }
    }

    fn emit_dispute(&mut self, id: &str, kind: EventType, previous: Option<Value>, now_ms: i64) {
        if let Some(dispute) = self.account.disputes.get(id) {
            let object = dispute.json();
            self.emit_change(kind, object, previous, now_ms);
        }
    }
}

/// Whether that status emits `charge.dispute.closed` (API reference, "Types of events").
/// `prevented` does not.
fn emits_closed(status: DisputeStatus) -> bool {
    match status {
        DisputeStatus::Won | DisputeStatus::Lost | DisputeStatus::WarningClosed => true,
        DisputeStatus::Prevented
        | DisputeStatus::WarningNeedsResponse
        | DisputeStatus::WarningUnderReview
        | DisputeStatus::NeedsResponse
        | DisputeStatus::UnderReview
        | DisputeStatus::AppealNeedsResponse
        | DisputeStatus::AppealUnderReview => false,
    }
}
