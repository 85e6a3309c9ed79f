//! One line of JSON for each answer. A line is made of codes, ids of our own books, and texts that
//! hold no token, no address and no secret by how they are made.

use std::cell::RefCell;

use worker::web_sys::console;

use crate::{
    classifier::{Classification, Reason, Verdict},
    config::Misconfigured,
    domain::{error::GuardError, operator::OperatorName},
    guard::budget::Reconciled,
    http::{log_context::LogContext, response::Constant},
    json::{Array, Object},
};

/// What an answer is about: its code, and why its visit was judged as it was.
type Kind = (&'static str, Option<Reason>);

thread_local! {
    /// How often an answer of each kind was given.
    static TIMES: RefCell<Vec<(Kind, u32)>> = const { RefCell::new(Vec::new()) };
}

/// A constant answer that went out.
pub fn constant(constant: Constant, classification: Classification) {
    let note = Note {
        classification: Some(classification),
        code: constant.code(),
        ..Note::default()
    };
    answered(constant.status(), &note, None);
}

/// An answer that went out.
///
/// What an answer changed is in the books, in `order_events` and `stripe_events`; the log is for what is
/// not: who came, and what failed. Faults and unsure visits are told each time. Of the others, which
/// come by the thousand and say nothing new, an isolate tells the first of a kind, the second, the
/// fourth, and so on, each time how many there were. Whoever tries to be the operator, or is, is told each
/// time too. No line holds a token, an address, or anything of a URL.
pub fn answered(status: u16, note: &Note, fault: Option<&GuardError>) {
    let times = count((note.code, note.classification.map(|classification| classification.reason)));
    let is_unsure = note
        .classification
        .is_some_and(|classification| classification.verdict == Verdict::Unsure);
    let is_told = fault.is_some() || is_unsure || !note.may_be_thinned();
    if is_told || times.is_power_of_two() {
        let line = line(status, note, fault).integer("times", times.into());
        say(&line.end(), fault.is_some());
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
    let visit = note.classification.map(|classification| classification.verdict.as_str());
    let reason = note.classification.map(|classification| classification.reason.as_str());
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

/// A fault of something that went on after the answer.
pub fn fault(what: &str, fault: &GuardError) {
    let line = Object::new()
        .text("after", what)
        .text("fault", fault.code())
        .text("detail", &fault.log_text());
    say(&line.end(), true);
}

/// A limiter that could not be asked, and why.
pub fn limiter_unavailable(binding: &str, why: &str) {
    let line = Object::new()
        .text("fault", "limiter_unavailable")
        .text("limiter", binding)
        .text("detail", why);
    say(&line.end(), true);
}

/// A run of reconcile.
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
    say(&line.end(), !run.errors.is_empty());
}

/// What is missing before anything can be answered.
pub fn misconfigured(wrong: &Misconfigured) {
    let detail = wrong
        .0
        .iter()
        .fold(Array::new(), |lines, line| lines.text(line));
    let line = Object::new()
        .text("fault", "misconfigured")
        .json("detail", &detail.end());
    say(&line.end(), true);
}

fn say(line: &str, is_fault: bool) {
    let line = line.into();
    if is_fault {
        console::error_1(&line);
    } else {
        console::log_1(&line);
    }
}
