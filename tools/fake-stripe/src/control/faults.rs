//! `/_/faults`: fault switches as JSON.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::input::Input;
use super::outcome::Outcome;
use crate::faults::{Fault, FaultKind, WebhookMode};
use crate::route::Scope;
use crate::stripe::Stripe;

impl Stripe {
    /// Takes all or nothing: a body with a mistake in it changes no switch.
    pub(super) fn post_faults(&mut self, input: &Input) -> Outcome {
        let mut faults = Vec::new();
        if input.get("kind").is_some() {
            faults.push(fault(input)?);
        }
        for part in input
            .get("faults")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            faults.push(fault(&Input::part(part.clone()))?);
        }
        let mode = match input.get("webhooks") {
            Some(part) => Some(webhook_mode(&Input::part(part.clone()))?),
            None => None,
        };
        if input.flag("clear")?.unwrap_or(false) {
            self.clear_faults();
        }
        faults.into_iter().for_each(|fault| self.add_fault(fault));
        if let Some(mode) = mode {
            self.set_webhook_mode(mode);
        }
        Ok(self.faults_json())
    }

    pub(super) fn faults_json(&self) -> Value {
        let mode = self.webhook_mode();
        let faults: Vec<Value> = self.faults().iter().map(fault_json).collect();
        json!({
            "faults": faults,
            "webhooks": {
                "paused": mode.paused,
                "extra_copies": mode.extra_copies,
                "reordered": mode.reordered,
            },
        })
    }
}

fn fault(input: &Input) -> Result<Fault, String> {
    let endpoint = input.text("endpoint").unwrap_or("any");
    let scope = Scope::ALL.iter().find(|(_, name)| *name == endpoint);
    let (scope, _) = scope.ok_or_else(|| format!("there is no endpoint group `{endpoint}`"))?;
    let ms = input.int("ms")?.unwrap_or(0);
    let text = |name: &str| intern(input.text(name).unwrap_or_default());
    let kind = match input.need("kind")? {
        "delay" => FaultKind::Delay(u64::try_from(ms).map_err(|_| "`ms` is negative")?),
        "drop_before" => FaultKind::DropBefore,
        "drop_after" => FaultKind::DropAfter,
        "rate_limit" => FaultKind::RateLimit,
        "error_before" => FaultKind::ErrorBefore,
        "error_after" => FaultKind::ErrorAfter,
        "not_found_html" => FaultKind::NotFoundHtml,
        "not_found" => FaultKind::NotFound,
        "unauthorized" => FaultKind::Unauthorized,
        "forbidden" => FaultKind::Forbidden,
        "bad_request" => FaultKind::BadRequest {
            code: text("code"),
            param: text("param"),
        },
        "not_json" => FaultKind::NotJson,
        "no_object" => FaultKind::NoObject,
        "no_url" => FaultKind::NoUrl,
        "refund_refused" => FaultKind::RefundRefused,
        other => return Err(format!("there is no kind of fault `{other}`")),
    };
    let times = input.int("times")?;
    let probability = input.number("probability")?.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&probability) {
        return Err("`probability` lies between 0 and 1".into());
    }
    Ok(Fault {
        scope: *scope,
        kind,
        times: times
            .map(|times| u32::try_from(times).map_err(|_| "`times` is out of range"))
            .transpose()?,
        probability,
        should_retry: input.flag("should_retry")?,
    })
}

fn webhook_mode(input: &Input) -> Result<WebhookMode, String> {
    let copies = input.int("extra_copies")?.unwrap_or(0);
    Ok(WebhookMode {
        paused: input.flag("paused")?.unwrap_or(false),
        extra_copies: u8::try_from(copies).map_err(|_| "`extra_copies` is out of range")?,
        reordered: input.flag("reordered")?.unwrap_or(false),
    })
}

fn fault_json(fault: &Fault) -> Value {
    let name = Scope::ALL.iter().find(|(scope, _)| *scope == fault.scope);
    let mut object = json!({
        "endpoint": name.map(|(_, name)| *name),
        "kind": fault.kind.name(),
        "ms": null,
        "times": fault.times,
        "probability": fault.probability,
        "should_retry": fault.should_retry,
    });
    if let FaultKind::Delay(ms) = fault.kind {
        object["ms"] = ms.into();
    }
    if let FaultKind::BadRequest { code, param } = fault.kind {
        object["code"] = code.into();
        object["param"] = param.into();
    }
    object
}

/// A text that lives as long as the process. The texts of a fault are constants in a test's source,
/// but here they come from a request. Each is kept once.
fn intern(text: &str) -> &'static str {
    static TEXTS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(text) {
        return known;
    }
    let text: &'static str = Box::leak(text.into());
    texts.insert(text);
    text
}
