//! `/_/refund`, `/_/dispute` and what follows them.

use serde_json::json;

use super::input::Input;
use super::outcome::{Outcome, to_text};
use crate::payments::{DisputeStatus, RefundFailure, RefundStatus};
use crate::stripe::Stripe;

impl Stripe {
    pub(super) fn post_refund(&mut self, input: &Input, now_ms: i64) -> Outcome {
        let intent = self.intent_of(input)?;
        let refund = self
            .refund(&intent, input.int("amount")?, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "refund": refund.as_ref() }))
    }

    pub(super) fn post_next_refund(&mut self, input: &Input) -> Outcome {
        let name = input.need("status")?;
        let status = RefundStatus::ALL.into_iter().find(|s| s.name() == name);
        self.set_next_refund(status.ok_or_else(|| format!("there is no status `{name}`"))?);
        Ok(json!({ "ok": true }))
    }

    pub(super) fn post_fail_refund(&mut self, input: &Input, now_ms: i64) -> Outcome {
        let reason = match input.text("reason") {
            None => RefundFailure::LostOrStolenCard,
            Some(name) => RefundFailure::ALL
                .into_iter()
                .find(|reason| reason.name() == name)
                .ok_or_else(|| format!("there is no reason `{name}`"))?,
        };
        self.fail_refund_because(input.need("refund")?, reason, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "ok": true }))
    }

    pub(super) fn post_succeed_refund(&mut self, input: &Input, now_ms: i64) -> Outcome {
        self.succeed_refund(input.need("refund")?, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "ok": true }))
    }

    pub(super) fn post_cancel_refund(&mut self, input: &Input, now_ms: i64) -> Outcome {
        self.cancel_refund(input.need("refund")?, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "ok": true }))
    }

    pub(super) fn post_dispute(&mut self, input: &Input, now_ms: i64) -> Outcome {
        let intent = self.intent_of(input)?;
        let status = dispute_status(input)?.unwrap_or(DisputeStatus::NeedsResponse);
        let dispute = self
            .open_dispute(&intent, status, input.int("amount")?, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "dispute": dispute.as_ref() }))
    }

    pub(super) fn post_close_dispute(&mut self, input: &Input, now_ms: i64) -> Outcome {
        let id = input.need("dispute")?;
        let done = match (dispute_status(input)?, input.flag("won")?) {
            (Some(status), None) => self.set_dispute_status(id, status, now_ms),
            (None, Some(won)) => self.close_dispute(id, won, now_ms),
            (None, None) | (Some(_), Some(_)) => {
                return Err("give either `won` or `status`".into());
            }
        };
        done.map_err(to_text)?;
        Ok(json!({ "ok": true }))
    }

    pub(super) fn post_appeal_dispute(&mut self, input: &Input, now_ms: i64) -> Outcome {
        self.appeal_dispute(input.need("dispute")?, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "ok": true }))
    }

    /// The payment intent that a body names, by its own id or by its session's.
    fn intent_of(&self, input: &Input) -> Result<String, String> {
        match input.text("payment_intent") {
            Some(id) => Ok(id.to_owned()),
            None => {
                let intent = self
                    .session_intent(input.need("session")?)
                    .map_err(to_text)?;
                Ok(intent.id.to_string())
            }
        }
    }
}

fn dispute_status(input: &Input) -> Result<Option<DisputeStatus>, String> {
    let Some(name) = input.text("status") else {
        return Ok(None);
    };
    let status = DisputeStatus::ALL.into_iter().find(|s| s.name() == name);
    status
        .map(Some)
        .ok_or_else(|| format!("there is no status `{name}`"))
}
