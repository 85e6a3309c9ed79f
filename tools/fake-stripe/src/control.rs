//! The control API under `/_/`, for tests and for the index page's buttons. The crate's docs list it.
//!
//! It speaks JSON to tests and forms to the page: the same endpoint takes both, and answers a form
//! with a redirect to the index.

mod faults;
mod input;
mod money;
mod outcome;

use serde_json::{Value, json};

use crate::call::Call;
use crate::config::Config;
use crate::pages;
use crate::payments::{Dispute, Refund};
use crate::stripe::Stripe;
use crate::version::{UnknownVersion, Version};
use crate::webhook_endpoint::WebhookEndpoint;
use crate::wire::{Request, Response};
use input::Input;
use outcome::{Outcome, to_text};

impl Stripe {
    /// Answers every path that is not under `/v1`: the control API and the pages. `now_ms` is the caller's
    /// unix ms.
    pub fn control(&mut self, request: &Request, now_ms: i64) -> Response {
        let stripe_ms = self.tick(now_ms);
        let (path, query) = request.target();
        match (request.method.as_str(), path) {
            ("GET", "/" | "/_") => Response::see_other("/_/"),
            ("GET", "/_/") => pages::index(self, stripe_ms),
            ("GET", "/_/health") => Response::of_json(200, &json!({ "ok": true })),
            ("GET", "/_/calls") => list(self.calls().iter().map(Call::json)),
            ("GET", "/_/sessions") => {
                let newest: Vec<_> = self.account.sessions.iter().rev().collect();
                list(newest.into_iter().map(|session| self.session_json(session)))
            }
            ("GET", "/_/events") => list(self.events().map(|event| {
                let mut object = event.json();
                object["delivery"] = format!("{:?}", event.delivery).into();
                object
            })),
            ("GET", "/_/refunds") => list(self.refunds().map(Refund::json)),
            ("GET", "/_/disputes") => list(self.disputes().map(Dispute::json)),
            ("GET", "/_/endpoint") => list(self.webhook_endpoints().map(WebhookEndpoint::json)),
            ("GET", "/_/faults") => Response::of_json(200, &self.faults_json()),
            (method, path) => match (path.strip_prefix("/c/pay/"), path.strip_prefix("/_/")) {
                (Some(id), _) => pages::checkout(self, method, id, query, &request.body, now_ms),
                (None, Some(name)) if method == "POST" => self.post(name, request, now_ms),
                (None, _) => match pages::action_of(path) {
                    Some(intent) => pages::action(self, method, intent, now_ms),
                    None => not_found(method, path),
                },
            },
        }
    }

    fn post(&mut self, name: &str, request: &Request, now_ms: i64) -> Response {
        let input = match Input::read(request) {
            Ok(input) => input,
            Err(message) => return Response::of_json(400, &json!({ "error": message })),
        };
        match self.act(name, &input, now_ms) {
            None => not_found("POST", &format!("/_/{name}")),
            Some(Ok(_)) if input.is_form() => Response::see_other("/_/"),
            Some(Ok(object)) => Response::of_json(200, &object),
            Some(Err(message)) if input.is_form() => pages::message(400, &message),
            Some(Err(message)) => Response::of_json(400, &json!({ "error": message })),
        }
    }

    /// `None` if there is no such endpoint.
    fn act(&mut self, name: &str, input: &Input, now_ms: i64) -> Option<Outcome> {
        Some(match name {
            "reset" => self.post_reset(input),
            "seed" => self.post_seed(input),
            "clock" => self.post_clock(input),
            "faults" => self.post_faults(input),
            "pay" => self.post_pay(input, now_ms),
            "settle" => self.post_settle(input, now_ms),
            "expire" => self.post_expire(input, now_ms),
            "complete_action" => self.post_complete_action(input, now_ms),
            "refund" => self.post_refund(input, now_ms),
            "next_refund" => self.post_next_refund(input),
            "fail_refund" => self.post_fail_refund(input, now_ms),
            "succeed_refund" => self.post_succeed_refund(input, now_ms),
            "cancel_refund" => self.post_cancel_refund(input, now_ms),
            "dispute" => self.post_dispute(input, now_ms),
            "close_dispute" => self.post_close_dispute(input, now_ms),
            "appeal_dispute" => self.post_appeal_dispute(input, now_ms),
            "endpoint" => self.post_endpoint(input),
            "redeliver" => self.post_redeliver(input, now_ms),
            _ => return None,
        })
    }

    /// Takes all or nothing: a body with a mistake in it forgets nothing.
    fn post_reset(&mut self, input: &Input) -> Outcome {
        let old = self.config.clone();
        let version = |name: &str, old: Version| match input.text(name) {
            Some(text) => text.parse().map_err(|why: UnknownVersion| why.to_string()),
            None => Ok(old),
        };
        let keys = match input.get("other_account_keys").and_then(Value::as_array) {
            Some(keys) => keys
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            None => old.other_account_keys.clone(),
        };
        *self = Self::new(Config {
            seed: match input.int("seed")? {
                Some(seed) => u64::try_from(seed).map_err(|_| "`seed` is negative")?,
                None => old.seed,
            },
            api_version: version("api_version", old.api_version)?,
            account_version: version("account_version", old.account_version)?,
            livemode: input.flag("livemode")?.unwrap_or(old.livemode),
            validates_before_key: input
                .flag("validates_before_key")?
                .unwrap_or(old.validates_before_key),
            other_account_keys: keys,
            ..old
        });
        Ok(json!({ "ok": true }))
    }

    fn post_seed(&mut self, input: &Input) -> Outcome {
        let seed = input.int("seed")?.ok_or("`seed` is missing")?;
        self.set_seed(u64::try_from(seed).map_err(|_| "`seed` is negative")?);
        Ok(json!({ "ok": true }))
    }

    fn post_clock(&mut self, input: &Input) -> Outcome {
        let offset_ms = match (input.int("offset_ms")?, input.int("advance_ms")?) {
            (Some(offset), None) => offset,
            (None, Some(advance)) => self.clock_offset_ms().saturating_add(advance),
            (None, None) | (Some(_), Some(_)) => {
                return Err("give either `offset_ms` or `advance_ms`".into());
            }
        };
        self.set_clock_offset(offset_ms);
        Ok(json!({ "offset_ms": offset_ms }))
    }

    fn post_pay(&mut self, input: &Input, now_ms: i64) -> Outcome {
        let session = input.need("session")?;
        let intent = match input.text("how").unwrap_or("card") {
            "card" => self.pay(session, now_ms).map_err(to_text)?,
            "debit" => Some(self.pay_by_debit(session, now_ms).map_err(to_text)?),
            "microdeposits" => Some(
                self.pay_by_microdeposits(session, now_ms)
                    .map_err(to_text)?,
            ),
            "voucher" => Some(self.pay_by_voucher(session, now_ms).map_err(to_text)?),
            "decline" => {
                self.decline(session, now_ms).map_err(to_text)?;
                None
            }
            other => {
                return Err(format!(
                    "`how` is card, debit, microdeposits, voucher or decline, not {other}"
                ));
            }
        };
        Ok(json!({ "payment_intent": intent.as_deref() }))
    }

    fn post_settle(&mut self, input: &Input, now_ms: i64) -> Outcome {
        let success = input.flag("success")?.unwrap_or(true);
        self.resolve_async_payment(input.need("session")?, success, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "ok": true }))
    }

    fn post_expire(&mut self, input: &Input, now_ms: i64) -> Outcome {
        self.expire(input.need("session")?, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "ok": true }))
    }

    fn post_complete_action(&mut self, input: &Input, now_ms: i64) -> Outcome {
        self.complete_action(input.need("session")?, now_ms)
            .map_err(to_text)?;
        Ok(json!({ "ok": true }))
    }

    fn post_endpoint(&mut self, input: &Input) -> Outcome {
        let enabled = input.flag("enabled")?.ok_or("`enabled` is missing")?;
        match input.text("id") {
            None => self.set_webhooks_enabled(enabled),
            Some(id) if self.set_webhook_endpoint_enabled(id, enabled) => {}
            Some(id) => return Err(format!("there is no webhook endpoint {id}")),
        }
        Ok(json!({ "enabled": enabled }))
    }

    fn post_redeliver(&mut self, input: &Input, now_ms: i64) -> Outcome {
        let count = self.redeliver(input.text("event"), now_ms);
        Ok(json!({ "events": count }))
    }
}

fn list(objects: impl Iterator<Item = Value>) -> Response {
    Response::of_json(200, &Value::Array(objects.collect()))
}

fn not_found(method: &str, path: &str) -> Response {
    let message = format!("There is no {method} {path} here.");
    Response::of_json(404, &json!({ "error": message }))
}
