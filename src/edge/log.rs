//! The log: a line of JSON for an answer, an error or a cron run. A line has codes, ids of our database, and texts.
//! No text has a token, an address or a secret, because none is built from them.

use std::cell::RefCell;

use worker::web_sys::console;

use crate::{
    classifier::{Judgement, Reason, Verdict},
    config::Misconfigured,
    domain::{error::GuardError, operator::OperatorName},
    guard::reconcile::Reconciled,
    http::{Note, response::Constant},
    json::{Array, Object},
};

/// Answers of one kind are counted together: the answer's code, and the reason of the visit's classification.
type Kind = (&'static str, Option<Reason>);

thread_local! {
    /// How many answers of each kind this isolate gave.
    static TIMES: RefCell<Vec<(Kind, u32)>> = const { RefCell::new(Vec::new()) };
}

/// Logs a constant answer.
pub fn constant(constant: Constant, judgement: Judgement) {
    let note = Note {
        judgement: Some(judgement),
        code: constant.code(),
        ..Note::default()
    };
    answered(constant.status(), &note, None);
}

/// Logs an answer.
///
/// The database says what an answer changed: `order_events` and `stripe_events`. The log says the rest: who came,
/// and what failed. Errors, unsure visits and requests that need an operator are logged each time. The others come
/// by the thousand and say nothing new, so an isolate logs the first of a kind, the second, the fourth, and so on,
/// each with the count so far. No line has a token, an address, or a part of a URL.
pub fn answered(status: u16, note: &Note, fault: Option<&GuardError>) {
    let times = count((note.code, note.judgement.map(|judgement| judgement.reason)));
    let is_unsure = note
        .judgement
        .is_some_and(|judgement| judgement.verdict == Verdict::Unsure);
    let is_always_logged = fault.is_some() || is_unsure || !note.may_be_thinned();
    if is_always_logged || times.is_power_of_two() {
        let line = line(status, note, fault).integer("times", times.into());
        write(&line.end(), fault.is_some());
    }
}

fn count(kind: Kind) -> u32 {
    TIMES.with_borrow_mut(|times| {
        if let Some((_, times)) = times.iter_mut().find(|(known, _)| *known == kind) {
            *times = times.saturating_add(1);
            return *times;
        }
        times.push((kind, 1));
        1
    })
}

fn line(status: u16, note: &Note, fault: Option<&GuardError>) -> Object {
    let visit = note.judgement.map(|judgement| judgement.verdict.as_str());
    let reason = note.judgement.map(|judgement| judgement.reason.as_str());
    Object::new()
        .integer("status", status.into())
        .text("answer", note.code)
        .maybe_text("visit", visit)
        .maybe_text("reason", reason)
        .maybe_integer("order", note.order)
        .maybe_text("operator", note.operator.as_ref().map(OperatorName::as_str))
        .maybe_text("fault", fault.map(GuardError::code))
        .maybe_text("detail", fault.map(GuardError::log_text).as_deref())
}

/// Logs an error in what is done after the answer.
pub fn fault(what: &str, fault: &GuardError) {
    let line = Object::new()
        .text("after", what)
        .text("fault", fault.code())
        .text("detail", &fault.log_text());
    write(&line.end(), true);
}

/// Logs that a rate limiter could not be asked, and why.
pub fn limiter_unavailable(binding: &str, why: &str) {
    let line = Object::new()
        .text("fault", "limiter_unavailable")
        .text("limiter", binding)
        .text("detail", why);
    write(&line.end(), true);
}

/// Logs a run of reconcile.
pub fn reconciled(run: &Reconciled) {
    let errors = run.errors.iter().fold(Array::new(), |errors, error| {
        let error = Array::new().text(error.code()).text(&error.log_text());
        errors.json(&error.end())
    });
    let line = Object::new()
        .integer("reconcile", i64::from(run.orders))
        .integer("moved", i64::from(run.moved))
        .integer("events", i64::from(run.events))
        .integer("sessions", i64::from(run.sessions))
        .integer("reviews", i64::from(run.reviews))
        .truth("done", run.is_done)
        .json("errors", &errors.end());
    write(&line.end(), !run.errors.is_empty());
}

/// Logs what is wrong with the configuration.
pub fn misconfigured(wrong: &Misconfigured) {
    let detail = wrong
        .0
        .iter()
        .fold(Array::new(), |lines, line| lines.text(line));
    let line = Object::new()
        .text("fault", "misconfigured")
        .json("detail", &detail.end());
    write(&line.end(), true);
}

fn write(line: &str, is_fault: bool) {
    let line = line.into();
    if is_fault {
        console::error_1(&line);
    } else {
        console::log_1(&line);
    }
}
