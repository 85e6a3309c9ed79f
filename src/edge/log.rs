//! The log: a line of JSON for an answer, an error or a cron run. A line has codes, ids of our database, and texts.
//! No text has a token, an address or a secret, because none is built from them.

use std::cell::RefCell;

use serde::Serialize;
use worker::web_sys::console;

use crate::{
    alerts::deliver::Delivered,
    app::Entry,
    billing::months::Billed,
    classifier::{Classification, Reason, Verdict},
    config::Misconfigured,
    domain::{
        error::{GuardError, StoreError},
        operator::OperatorName,
    },
    guard::budget::Reconciled,
    http::{log_context::LogContext, response::Constant},
    json,
    mail::send::Sent,
};

/// Answers of one kind are counted together: the answer's code, and the reason of the visit's classification.
type Kind = (&'static str, Option<Reason>);

thread_local! {
    /// How many answers of each kind this isolate gave.
    static TIMES: RefCell<Vec<(Kind, u32)>> = const { RefCell::new(Vec::new()) };
}

/// A line about an answer.
#[derive(Serialize)]
struct Line<'a> {
    status: u16,
    answer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    times: u32,
}

/// Logs what the application says.
pub fn entry(entry: Entry<'_>) {
    match entry {
        Entry::Answered {
            status,
            context,
            error,
        } => answered(status, context, error),
        Entry::Failed(error) => failed(error),
        Entry::Billed(result) => billed(result),
        Entry::Reconciled(run) => reconciled(run),
        Entry::Mailed(result) => mailed(result),
        Entry::Alerted(result) => alerted(result),
    }
}

/// Logs a constant answer.
pub fn constant(constant: Constant, classification: Classification) {
    let context = LogContext::visit(classification).with_code(constant.code());
    answered(constant.status(), &context, None);
}

/// Logs an answer.
///
/// The database says what an answer changed: `order_events` and `stripe_events`. The log says the rest: who came,
/// and what failed. Errors, unsure visits and requests that need an operator are logged each time. The others come
/// by the thousand and say nothing new, so an isolate logs the first of a kind, the second, the fourth, and so on,
/// each with the count so far. No line has a token, an address, or a part of a URL.
pub fn answered(status: u16, context: &LogContext, error: Option<&GuardError>) {
    let classification = context.classification;
    let times = count((context.code, classification.map(|it| it.reason)));
    let is_unsure = classification.is_some_and(|it| it.verdict == Verdict::Unsure);
    let is_always_logged = error.is_some() || is_unsure || !context.may_be_thinned();
    if !is_always_logged && !times.is_power_of_two() {
        return;
    }
    let line = Line {
        status,
        answer: context.code,
        visit: classification.map(|it| it.verdict.as_str()),
        reason: classification.map(|it| it.reason.as_str()),
        order: context.order,
        operator: context.operator.as_ref().map(OperatorName::in_log),
        error: error.map(GuardError::code),
        detail: error.map(ToString::to_string),
        times,
    };
    write(&line, error.is_some());
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

/// A line about anything else that failed.
#[derive(Serialize)]
struct Failure<'a, D> {
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'static str>,
    error: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limiter: Option<&'a str>,
    detail: D,
}

/// A line about a run of reconcile.
#[derive(Serialize)]
struct Run {
    /// Orders looked at.
    reconcile: u32,
    moved: u32,
    events: u32,
    sessions: u32,
    reviews: u32,
    done: bool,
    /// Code and text of each.
    errors: Vec<(&'static str, String)>,
}

/// Logs an error in what is done after the answer.
fn failed(error: &GuardError) {
    let line = Failure {
        after: Some("after the answer"),
        error: error.code(),
        limiter: None,
        detail: error.to_string(),
    };
    write(&line, true);
}

/// Logs that a rate limiter could not be asked, and why.
pub fn limiter_unavailable(binding: &str, why: &str) {
    let line = Failure {
        after: None,
        error: "limiter_unavailable",
        limiter: Some(binding),
        detail: why,
    };
    write(&line, true);
}

/// Logs a run of reconcile.
fn reconciled(run: &Reconciled) {
    let errors = run.errors.iter();
    let line = Run {
        reconcile: run.orders,
        moved: run.moved,
        events: run.events,
        sessions: run.sessions,
        reviews: run.reviews,
        done: run.is_done,
        errors: errors
            .map(|error| (error.code(), error.to_string()))
            .collect(),
    };
    write(&line, !run.errors.is_empty());
}

/// A line about a month that the cron opened.
#[derive(Serialize)]
struct Month<'a> {
    period: &'a str,
    currency: &'a str,
    charged: usize,
    left_out: usize,
}

/// Logs whether the cron opened a month.
fn billed(billed: &Result<Option<Billed>, StoreError>) {
    match billed {
        Ok(None) => {}
        Ok(Some(Billed {
            month,
            charged,
            left_out,
        })) => {
            let line = Month {
                period: &month.period,
                currency: month.currency.as_str(),
                charged: *charged,
                left_out: *left_out,
            };
            write(&line, false);
        }
        Err(error) => not_done("billing", error),
    }
}

/// A line about alerts that were sent, or were not taken.
#[derive(Serialize)]
struct Alerts {
    /// Alerts that all their channels have taken.
    alerts: u32,
    /// The channel, and why it did not take one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<(&'static str, String)>,
}

/// Logs what became of the alerts that were due.
fn alerted(delivered: &Result<Delivered, StoreError>) {
    match delivered {
        Ok(Delivered { done: 0, failed }) if failed.is_empty() => {}
        Ok(Delivered { done, failed }) => {
            let failed = failed.iter();
            let line = Alerts {
                alerts: *done,
                errors: failed
                    .map(|(channel, why)| (*channel, why.to_string()))
                    .collect(),
            };
            write(&line, !line.errors.is_empty());
        }
        Err(error) => not_done("alerts", error),
    }
}

/// A line about emails that were sent, or were not taken.
#[derive(Serialize)]
struct Emails {
    /// Emails that the service has taken.
    emails: u32,
    /// Why others were not, or perhaps not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
}

/// Logs what became of the emails that were due.
fn mailed(sent: &Result<Sent, StoreError>) {
    match sent {
        Ok(Sent { sent: 0, failed }) if failed.is_empty() => {}
        Ok(Sent { sent, failed }) => {
            let line = Emails {
                emails: *sent,
                errors: failed.iter().map(ToString::to_string).collect(),
            };
            write(&line, !line.errors.is_empty());
        }
        Err(error) => not_done("emails", error),
    }
}

/// Logs what is wrong with the configuration.
pub fn misconfigured(Misconfigured(lines): &Misconfigured) {
    let line = Failure {
        after: None,
        error: "misconfigured",
        limiter: None,
        detail: lines,
    };
    write(&line, true);
}

/// Logs that a part of a run of the cron could not be done.
fn not_done(part: &'static str, error: &StoreError) {
    let line = Failure {
        after: None,
        error: part,
        limiter: None,
        detail: error.to_string(),
    };
    write(&line, true);
}

fn write(line: &impl Serialize, is_error: bool) {
    let line = json::to_string(line).into();
    if is_error {
        console::error_1(&line);
    } else {
        console::log_1(&line);
    }
}
