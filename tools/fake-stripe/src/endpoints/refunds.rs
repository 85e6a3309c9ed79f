//! The API of refunds.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::ids::ChargeId;
use crate::params::{Args, Read};
use crate::payments::{RefundFailure, RefundStatus};
use crate::stripe::Stripe;

impl Stripe {
    /// `POST /v1/refunds`; `now_ms` is Stripe's.
    pub(crate) fn create_refund(&mut self, args: &Args, now_ms: i64) -> Result<Value, ApiError> {
        let charge = self.charge_to_refund(args)?;
        let id = self.refund_charge(&charge, args.int("amount"), args, now_ms)?;
        Ok(self.account.refunds.find("refund", &id)?.json())
    }

    /// The charge that is named to be refunded, by itself or by its payment intent.
    pub(crate) fn charge_to_refund(&self, args: &Args) -> Result<ChargeId, ApiError> {
        match (args.text("payment_intent"), args.text("charge")) {
            (Some(id), None) => self.charge_of_intent(id),
            (None, Some(id)) => self.succeeded_charge("charge", id),
            (Some(_), Some(_)) | (None, None) => {
                let message = "One of the following params should be provided for this request: \
                               payment_intent or charge.";
                Err(ApiError::invalid(message).code("parameter_missing"))
            }
        }
    }

    /// `POST /v1/refunds/:id`: its metadata, and nothing else (API reference, "Update a refund").
    pub(crate) fn update_refund(
        &mut self,
        id: &str,
        args: &Args,
        now_ms: i64,
    ) -> Result<Value, ApiError> {
        let refund = self.account.refunds.get_mut(id);
        let refund = refund.ok_or_else(|| ApiError::missing("refund", "id", id))?;
        let previous = json!({ "metadata": refund.metadata });
        refund.metadata.extend(args.pairs("metadata"));
        let refund = refund.clone();
        self.emit_refund_updated(&refund, previous, now_ms);
        Ok(refund.json())
    }

    /// `POST /v1/refunds/:id/cancel`, which only a refund that waits for its payer takes (API
    /// reference, "Cancel a refund").
    pub(crate) fn cancel_waiting_refund(
        &mut self,
        id: &str,
        now_ms: i64,
    ) -> Result<Value, ApiError> {
        let status = self.account.refunds.find("refund", id)?.status;
        if status != RefundStatus::RequiresAction {
            let message = format!(
                "You cannot cancel this refund because it has a status of {}. Only a refund with \
                 the status requires_action can be canceled.",
                status.name()
            );
            return Err(ApiError::invalid(message).executed());
        }
        let reason = Some(RefundFailure::MerchantRequest);
        self.move_refund(id, RefundStatus::Canceled, reason, now_ms)
            .map_err(|refused| ApiError::invalid(refused.message).executed())?;
        Ok(self.account.refunds.find("refund", id)?.json())
    }
}
