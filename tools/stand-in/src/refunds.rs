//! Refunds: what can be given back, and no more than that.
//!
//! The API and the dashboard's button come together here, so that both are refused alike.

use serde_json::Value;

use crate::endpoints::found;
use crate::error::ApiError;
use crate::events::EventType;
use crate::ids::{ChargeId, RefundId};
use crate::money;
use crate::params::{Args, Read};
use crate::payments::{Charge, ChargeStatus, Refund, RefundStatus};
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
            Some(intent) => self.arrived_charge("payment_intent", &intent.charge),
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
        let id: RefundId = self.next_id();
        let charge = self
            .account
            .charges
            .get_mut(charge)
            .ok_or_else(|| ApiError::missing("charge", "charge", charge))?;
        let amount = refundable(charge, amount)?;
        charge.amount_refunded += amount;
        let charge_object = charge.json();
        let refund = Refund {
            id: id.clone(),
            charge: charge.id.clone(),
            payment_intent: charge.payment_intent.clone(),
            created: now_ms / 1000,
            amount,
            currency: charge.currency.clone(),
            status: RefundStatus::Succeeded,
            reason: args.owned("reason"),
            metadata: args.pairs("metadata"),
        };
        self.emit(EventType::RefundCreated, refund.json(), now_ms);
        self.emit(EventType::ChargeRefunded, charge_object, now_ms);
        self.account.refunds.insert(refund);
        Ok(id)
    }

    fn arrived_charge(&self, param: &str, id: &str) -> Result<ChargeId, ApiError> {
        let charge = self.account.charges.get(id);
        let charge = charge.ok_or_else(|| ApiError::missing("charge", param, id))?;
        match charge.status {
            ChargeStatus::Succeeded => Ok(charge.id.clone()),
            ChargeStatus::Pending | ChargeStatus::Failed => {
                let message = "This payment does not have a successful charge to refund.";
                Err(ApiError::param(param, message).executed())
            }
        }
    }
}

/// The amount to refund, in minor units, if the charge has that much left.
fn refundable(charge: &Charge, amount: Option<i64>) -> Result<i64, ApiError> {
    let refuse = |message: String, code| Err(ApiError::invalid(message).code(code).executed());
    let left = charge.refundable();
    if charge.disputed {
        let message = format!(
            "Charge {} has been charged back; cannot issue a refund.",
            charge.id
        );
        return refuse(message, "charge_disputed");
    }
    if left == 0 {
        let message = format!("Charge {} has already been refunded.", charge.id);
        return refuse(message, "charge_already_refunded");
    }
    let amount = amount.unwrap_or(left);
    if amount < 1 {
        let error = ApiError::param("amount", "Invalid positive integer");
        return Err(error.code("parameter_invalid_integer"));
    }
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
