//! Refunds: what can be given back, and no more than that.
//!
//! The API and the dashboard's button come together here, so that both are refused alike.

use serde_json::{Value, json};

use crate::endpoints::found;
use crate::error::ApiError;
use crate::events::EventType;
use crate::ids::{ChargeId, RefundId};
use crate::money;
use crate::params::{Args, Read};
use crate::payments::{Charge, ChargeStatus, Refund, RefundFailure, RefundStatus};
use crate::stripe::Stripe;

impl Stripe {
    /// `POST /v1/refunds`; `now_ms` is Stripe's.
    pub(crate) fn create_refund(&mut self, args: &Args, now_ms: i64) -> Result<Value, ApiError> {
        let charge = match (args.text("payment_intent"), args.text("charge")) {
            (Some(id), None) => self.charge_of_intent(id)?,
            (None, Some(id)) => self.arrived_charge("charge", id)?,
            (Some(_), Some(_)) | (None, None) => {
                let message = "One of the following params should be provided for this request: \
                               payment_intent or charge.";
                return Err(ApiError::invalid(message).code("parameter_missing"));
            }
        };
        let id = self.refund_charge(&charge, args.int("amount"), args, now_ms)?;
        Ok(found(&self.account.refunds, "refund", &id)?.json())
    }

    /// The charge by which a payment intent's money arrived.
    pub(crate) fn charge_of_intent(&self, id: &str) -> Result<ChargeId, ApiError> {
        match self.account.intents.get(id) {
            Some(intent) if intent.is_charged => {
                self.arrived_charge("payment_intent", &intent.charge)
            }
            Some(_) => Err(no_charge("payment_intent")),
            None => Err(ApiError::missing("payment_intent", "payment_intent", id)),
        }
    }

    /// Refunds a charge: all that is left of it where no amount (minor units) is given.
    pub(crate) fn refund_charge(
        &mut self,
        charge: &ChargeId,
        amount: Option<i64>,
        args: &Args,
        now_ms: i64,
    ) -> Result<RefundId, ApiError> {
        self.require_undisputed(charge)?;
        let id: RefundId = self.next_id();
        let charge = self
            .account
            .charges
            .get_mut(charge)
            .ok_or_else(|| ApiError::missing("charge", "charge", charge))?;
        let amount = refundable(charge, amount)?;
        let initial = RefundStatus::initial(&charge.method);
        let status = self.next_refund.take().unwrap_or(initial);
        if status.counts() {
            charge.amount_refunded += amount;
        }
        let charge_object = charge.json();
        let refund = Refund {
            id: id.clone(),
            charge: charge.id.clone(),
            payment_intent: charge.payment_intent.clone(),
            created: now_ms / 1000,
            amount,
            currency: charge.currency.clone(),
            status,
            reason: args.owned("reason"),
            metadata: args.pairs("metadata"),
            failure: (!status.counts()).then_some(RefundFailure::Declined),
            method: charge.method.clone(),
            email: charge.email.clone(),
        };
        let object = refund.json();
        self.account.refunds.insert(refund);
        self.emit(EventType::RefundCreated, object.clone(), now_ms);
        if status.counts() {
            self.emit(EventType::ChargeRefunded, charge_object, now_ms);
        } else {
            self.emit(EventType::RefundFailed, object, now_ms);
        }
        Ok(id)
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
        self.tell_refund(&refund, previous, now_ms);
        Ok(refund.json())
    }

    /// `POST /v1/refunds/:id/cancel`, which only a refund that waits for its payer takes (API
    /// reference, "Cancel a refund").
    pub(crate) fn cancel_waiting_refund(
        &mut self,
        id: &str,
        now_ms: i64,
    ) -> Result<Value, ApiError> {
        let status = found(&self.account.refunds, "refund", id)?.status;
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
        Ok(found(&self.account.refunds, "refund", id)?.json())
    }

    /// While a chargeback is open or lost, the money is with the payer already (Stripe docs, "Error
    /// codes", `charge_disputed`).
    fn require_undisputed(&self, charge: &ChargeId) -> Result<(), ApiError> {
        let mut disputes = self.account.disputes.iter();
        if disputes.all(|d| d.charge != *charge || d.status.is_charge_refundable()) {
            return Ok(());
        }
        let message = format!("Charge {charge} has been charged back; cannot issue a refund.");
        Err(ApiError::invalid(message)
            .code("charge_disputed")
            .executed())
    }

    fn arrived_charge(&self, param: &str, id: &str) -> Result<ChargeId, ApiError> {
        let charge = self.account.charges.get(id);
        let charge = charge.ok_or_else(|| ApiError::missing("charge", param, id))?;
        match charge.status {
            ChargeStatus::Succeeded => Ok(charge.id.clone()),
            ChargeStatus::Pending | ChargeStatus::Failed => Err(no_charge(param)),
        }
    }
}

fn no_charge(param: &str) -> ApiError {
    let message = "This payment does not have a successful charge to refund.";
    ApiError::param(param, message).executed()
}

/// The amount to refund, in minor units, if the charge has that much left.
fn refundable(charge: &Charge, amount: Option<i64>) -> Result<i64, ApiError> {
    let left = charge.refundable();
    if left == 0 {
        let message = format!("Charge {} has already been refunded.", charge.id);
        let error = ApiError::invalid(message).code("charge_already_refunded");
        return Err(error.executed());
    }
    let amount = amount.unwrap_or(left);
    if amount < 1 {
        let error = ApiError::param("amount", "Invalid positive integer");
        return Err(error.code("parameter_invalid_integer"));
    }
    money::require_payable(amount, &charge.currency, "amount")?;
    if amount > left {
        let message = format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            money::format(amount, &charge.currency),
            money::format(left, &charge.currency)
        );
        return Err(ApiError::param("amount", message).executed());
    }
    Ok(amount)
}
