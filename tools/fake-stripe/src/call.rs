//! The record of a call, for tests to look at.

use serde_json::{Value, json};

use crate::faults::FaultKind;
use crate::form::Form;
use crate::ids::RequestId;
use crate::route::Endpoint;
use crate::version::Version;

/// A call as it was seen and answered. It holds no key or other credential.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it was answered, unix ms of Stripe's clock.
    pub at_ms: i64,
    /// The `Request-Id` of the answer.
    pub request_id: RequestId,
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The endpoint that it asked for; `None` if none was found.
    pub endpoint: Option<Endpoint>,
    /// The `Idempotency-Key` header.
    pub idempotency_key: Option<String>,
    /// The `Stripe-Version` header.
    pub version: Option<String>,
    /// The version that it is answered in.
    pub api_version: Version,
    /// The decoded query and body.
    pub form: Form,
    /// The status of the answer, also if the answer was then dropped.
    pub status: u16,
    /// Whether a saved answer was sent again.
    pub replayed: bool,
    /// Whether the answer never left.
    pub dropped: bool,
    /// The fault that decided the answer.
    pub fault: Option<FaultKind>,
}

impl Call {
    /// The call as the control API shows it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "at_ms": self.at_ms,
            "request_id": self.request_id.as_ref(),
            "method": self.method,
            "path": self.path,
            "idempotency_key": self.idempotency_key,
            "version": self.version,
            "form": self.form.json(),
            "status": self.status,
            "replayed": self.replayed,
            "dropped": self.dropped,
            "fault": self.fault.map(FaultKind::name),
        })
    }

    /// One line for a log: nothing of the payer, no credential.
    pub fn log_line(&self) -> String {
        let mut line = format!("{} {} {}", self.method, self.path, self.status);
        if let Some(key) = &self.idempotency_key {
            line.push_str(&format!(" key={}", key.escape_default()));
        }
        if self.replayed {
            line.push_str(" replayed");
        }
        if let Some(fault) = self.fault {
            line.push_str(&format!(" fault={}", fault.name()));
        }
        line
    }
}
