//! One line of JSON for each answer. A line is made of codes, ids of our own books, and texts that
//! hold no token, no address and no secret by how they are made.

use serde_json::json;
use worker::{console_error, console_log};

use crate::{config::Misconfigured, error::Fault, http::Note, sweep::Swept};

/// An answer that went out.
pub fn answered(status: u16, note: &Note, fault: Option<&Fault>) {
    let line = json!({
        "status": status,
        "answer": note.code,
        "visit": note.judgement.map(|judgement| judgement.verdict.as_str()),
        "reason": note.judgement.map(|judgement| judgement.reason.as_str()),
        "order": note.order,
        "fault": fault.map(Fault::code),
        "detail": fault.map(Fault::log_text),
    });
    if fault.is_some() {
        console_error!("{line}");
    } else {
        console_log!("{line}");
    }
}

/// A fault of something that went on after the answer.
pub fn fault(what: &str, fault: &Fault) {
    let line = json!({ "after": what, "fault": fault.code(), "detail": fault.log_text() });
    console_error!("{line}");
}

/// A run of the sweep.
pub fn swept(swept: &Swept) {
    let faults: Vec<_> = swept
        .faults
        .iter()
        .map(|fault| [fault.code(), fault.log_text()])
        .collect();
    let line = json!({
        "sweep": swept.orders,
        "moved": swept.moved,
        "events": swept.events,
        "resolved": swept.resolved,
        "faults": faults,
    });
    if faults.is_empty() {
        console_log!("{line}");
    } else {
        console_error!("{line}");
    }
}

/// What is missing before anything can be answered.
pub fn misconfigured(wrong: &Misconfigured) {
    let line = json!({ "fault": "misconfigured", "detail": wrong.0 });
    console_error!("{line}");
}
