//! Refunds: what can be given back, and no more than that.
//!
//! The API and the dashboard both refund through this file, so both are refused alike.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::events::EventType;
use crate::ids::{ChargeId, RefundId};
use crate::money;
use crate::params::{Args, Read};
use crate::payments::{Charge, ChargeStatus, Refund, RefundFailure, RefundStatus};
use crate::refused::Refused;
use crate::stripe::Stripe;

impl Stripe {
    /// The succeeded charge of a payment intent.
    pub(crate) fn charge_of_intent(&self, id: &str) -> Result<ChargeId, ApiError> {
        match self.account.intents.get(id) {
            Some(intent) if intent.is_charged => {
                self.succeeded_charge("payment_intent", &intent.charge)
            }
            Some(_) => Err(no_charge("payment_intent")),
            None => Err(ApiError::missing("payment_intent", "payment_intent", id)),
        }
    }

    /// Refunds a charge. Without an amount (minor units) it refunds all that is left.
    pub(crate) fn refund_charge(
        &mut self,
        charge: &ChargeId,
        amount: Option<i64>,
        args: &Args,
        now_ms: i64,
    ) -> Result<RefundId, ApiError> {
        let amount = self.require_refundable(charge, amount)?;
        let id: RefundId = self.next_id();
        let charge = self
            .account
            .charges
            .get_mut(charge)
            .ok_or_else(|| ApiError::missing("charge", "charge", charge))?;
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

    /// The amount (minor units) that a refund is of, if the charge can be refunded so much.
    pub(crate) fn require_refundable(
        &self,
        id: &ChargeId,
        amount: Option<i64>,
    ) -> Result<i64, ApiError> {
        self.require_undisputed(id)?;
        let charge = self.account.charges.get(id);
        refundable(
            charge.ok_or_else(|| ApiError::missing("charge", "charge", id))?,
            amount,
        )
    }

    /// Moves a refund on; `now_ms` is Stripe's.
    pub(crate) fn move_refund(
        &mut self,
        id: &str,
        to: RefundStatus,
        failure: Option<RefundFailure>,
        now_ms: i64,
    ) -> Result<(), Refused> {
        let refund = self
            .account
            .refunds
            .get_mut(id)
            .filter(|refund| can_become(refund.status, to))
            .ok_or_else(|| {
                Refused::because(format!(
                    "There is no refund that could be {} now.",
                    to.name()
                ))
            })?;
        let from = std::mem::replace(&mut refund.status, to);
        refund.failure = failure;
        let refund = refund.clone();
        if from.counts()
            && !to.counts()
            && let Some(charge) = self.account.charges.get_mut(&refund.charge)
        {
            charge.amount_refunded -= refund.amount;
        }
        let previous = json!({ "status": from.name() });
        self.emit_refund_updated(&refund, previous, now_ms);
        if to == RefundStatus::Failed {
            self.emit(EventType::RefundFailed, refund.json(), now_ms);
        }
        Ok(())
    }

    /// Emits that a refund has changed, under the old name and the new one (Stripe docs, "Refund and
    /// cancel payments", "Refund events").
    pub(crate) fn emit_refund_updated(&mut self, refund: &Refund, previous: Value, now_ms: i64) {
        for kind in [EventType::ChargeRefundUpdated, EventType::RefundUpdated] {
            self.emit_change(kind, refund.json(), Some(previous.clone()), now_ms);
        }
    }

    /// While a chargeback is open or lost, the payer has the money already (Stripe docs, "Error
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

    pub(crate) fn succeeded_charge(&self, param: &str, id: &str) -> Result<ChargeId, ApiError> {
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

/// How a refund goes on (Stripe docs, "Refund and cancel payments").
fn can_become(from: RefundStatus, to: RefundStatus) -> bool {
    let next: &[RefundStatus] = match from {
        RefundStatus::Pending | RefundStatus::RequiresAction => &[
            RefundStatus::Succeeded,
            RefundStatus::Failed,
            RefundStatus::Canceled,
        ],
        RefundStatus::Succeeded => &[RefundStatus::Failed],
        RefundStatus::Failed | RefundStatus::Canceled => &[],
    };
    next.contains(&to)
}
