//! The actions of the dashboard and the payer's bank on refunds.

use crate::ids::RefundId;
use crate::params::Args;
use crate::payments::{RefundFailure, RefundStatus};
use crate::refused::Refused;
use crate::stripe::Stripe;

impl Stripe {
    /// Refunds a payment. Without an amount (minor units) it refunds all that is left.
    pub fn refund(
        &mut self,
        payment_intent: &str,
        amount: Option<i64>,
        now_ms: i64,
    ) -> Result<RefundId, Refused> {
        let now_ms = self.tick(now_ms);
        let charge = self.charge_of_intent(payment_intent)?;
        Ok(self.refund_charge(&charge, amount, &Args::new(), now_ms)?)
    }

    /// The next refund starts in that status, whatever its payment method: a card's in `Pending`, as it does
    /// while the account's balance is too low, or another in `Failed`, as it then does at once (Stripe
    /// docs, "Refund and cancel payments").
    pub fn set_next_refund(&mut self, status: RefundStatus) {
        self.next_refund = Some(status);
    }

    /// The payer's bank returns a refund: the charge's `amount_refunded` falls again.
    pub fn fail_refund(&mut self, refund: &str, now_ms: i64) -> Result<(), Refused> {
        self.fail_refund_because(refund, RefundFailure::LostOrStolenCard, now_ms)
    }

    /// A refund fails for that reason (Stripe docs, "Refund and cancel payments", "Handle failed
    /// refunds"). It can fail after it had succeeded.
    pub fn fail_refund_because(
        &mut self,
        refund: &str,
        reason: RefundFailure,
        now_ms: i64,
    ) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        self.move_refund(refund, RefundStatus::Failed, Some(reason), now_ms)
    }

    /// A pending refund succeeds.
    pub fn succeed_refund(&mut self, refund: &str, now_ms: i64) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        self.move_refund(refund, RefundStatus::Succeeded, None, now_ms)
    }

    /// A refund is canceled before the payer got anything (Stripe docs, "Cancel a refund").
    pub fn cancel_refund(&mut self, refund: &str, now_ms: i64) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        let reason = Some(RefundFailure::MerchantRequest);
        self.move_refund(refund, RefundStatus::Canceled, reason, now_ms)
    }
}
