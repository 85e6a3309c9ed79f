//! The rules: what opens an incident that no single click or event shows, and what ends it. Pure.
//!
//! Each rule has one incident of its kind. It opens, at most once at a time, when the rule finds a reason, and the same
//! rule resolves it once the reason is gone. An operator may resolve it before: then it opens again only for a reason
//! that is newer, or after an hour if the reason is a state that lasts.

use crate::{
    domain::{
        error::GuardError,
        incident::{Incident, IncidentChange, IncidentKind},
        time::{Millis, UnixMillis},
    },
    store::signals::{Facts, Last, Signal, subject},
};

/// How an incident ends that a rule resolves.
const OVER: &str = "over";
/// For how long nothing may happen until an incident about clicks is over.
const QUIET: Millis = Millis::minutes(60);
/// For how long clicks must not have failed because of Stripe.
const STRIPE_QUIET: Millis = Millis::minutes(10);
/// How long an order may stay pending after its session's end.
pub const STALE_AFTER: Millis = Millis::minutes(30);
/// Stripe delivers within seconds. An event that the cron finds, and that is as old as this, was not delivered.
pub const LATE_AFTER: Millis = Millis::minutes(2);
/// The cron runs every five minutes. If none has ended for so long, something is wrong.
pub const STALLED_AFTER: Millis = Millis::minutes(30);

/// The findings of a run of the cron.
#[derive(Clone, Copy, Debug)]
pub struct Ran<'a> {
    /// The errors: what could not be done.
    pub errors: &'a [GuardError],
    /// How many events it carried out that had not been delivered.
    pub events: u32,
}

/// The thing that an incident of a rule is about: there is one incident of each kind.
#[must_use]
pub const fn about(kind: IncidentKind) -> &'static str {
    match kind {
        IncidentKind::CheckoutErrors | IncidentKind::PaidPageOnUnpaid => "clicks",
        IncidentKind::StripeUnreachable => "stripe",
        IncidentKind::DatabaseQuota => "database",
        IncidentKind::StalePending => "orders",
        IncidentKind::WebhooksSilent => "webhooks",
        IncidentKind::ReconcileStalled => "cron",
        IncidentKind::IncompleteSetup => "configuration",
        IncidentKind::DuplicatePayment
        | IncidentKind::UnknownCharge
        | IncidentKind::AmountMismatch
        | IncidentKind::RefundFailed
        | IncidentKind::Dispute
        | IncidentKind::UnknownSession
        | IncidentKind::CreateRefused
        | IncidentKind::WrongMode
        | IncidentKind::UnreadableEvent
        | IncidentKind::NotRestored
        | IncidentKind::MonthNotOpened => "",
    }
}

/// The subjects of the rules' incidents.
#[must_use]
pub fn subjects() -> Vec<String> {
    let subject = |kind: &IncidentKind| subject(*kind, about(*kind));
    IncidentKind::OF_RULES.iter().map(subject).collect()
}

/// The incident of a rule.
#[must_use]
pub fn incident(kind: IncidentKind, detail: String) -> Incident {
    Incident::new(kind, about(kind).to_owned(), detail)
}

/// The incident that no run of the cron ends.
#[must_use]
pub fn stalled() -> Incident {
    let minutes = STALLED_AFTER.0 / 60_000;
    let detail = format!("No run has ended for {minutes} minutes.");
    incident(IncidentKind::ReconcileStalled, detail)
}

/// The changes of incidents that the rules ask for after a run of the cron. `missing` is what the configuration lacks,
/// by name.
#[must_use]
pub fn changes(
    facts: &Facts,
    ran: Ran<'_>,
    missing: &[&str],
    now: UnixMillis,
) -> Vec<IncidentChange> {
    let rule = Rules { facts, now };
    let webhook = rule.signal(Signal::Webhook);
    let changes = [
        rule.of_signal(IncidentKind::CheckoutErrors, Signal::Error, || {
            let errors = facts.errors;
            format!("{errors} clicks were answered with 5xx in this hour and the one before.")
        }),
        rule.of_signal(IncidentKind::PaidPageOnUnpaid, Signal::Unpaid, String::new),
        rule.of_signal(IncidentKind::DatabaseQuota, Signal::Quota, String::new),
        rule.stripe(ran),
        rule.of_state(IncidentKind::StalePending, facts.stale > 0, || {
            format!(
                "{} orders are pending though their sessions ended more than 30 minutes ago.",
                facts.stale
            )
        }),
        match facts.undelivered.filter(|_| ran.events > 0) {
            // Nothing was delivered since that event happened.
            Some(at) if webhook.is_none_or(|webhook| webhook < at) => {
                rule.open(IncidentKind::WebhooksSilent, now, || {
                    "The cron found events of Stripe that were not delivered, and none was since."
                        .to_owned()
                })
            }
            Some(_) | None => {
                let opened = rule.since(IncidentKind::WebhooksSilent);
                let is_over = opened.is_some_and(|opened| webhook > Some(opened));
                rule.resolve_if(IncidentKind::WebhooksSilent, is_over)
            }
        },
        // The run that asks has ended.
        rule.resolve_if(IncidentKind::ReconcileStalled, true),
        rule.of_state(IncidentKind::IncompleteSetup, !missing.is_empty(), || {
            missing.join("; ")
        }),
    ];
    changes.into_iter().flatten().collect()
}

/// The changes of incidents after a run that has no valid configuration: only that it has none.
#[must_use]
pub fn misconfigured(facts: &Facts, wrong: &[String], now: UnixMillis) -> Vec<IncidentChange> {
    let rule = Rules { facts, now };
    let change = rule.of_state(IncidentKind::IncompleteSetup, true, || wrong.join("; "));
    change.into_iter().collect()
}

/// Whether Stripe could not be reached, or its answer was none: not about one object.
#[must_use]
pub const fn is_stripes(error: &GuardError) -> bool {
    match error {
        GuardError::Stripe(error) => error.may_pass(),
        GuardError::Store(_)
        | GuardError::Busy
        | GuardError::UnknownSession { .. }
        | GuardError::CreateRefused { .. } => false,
    }
}

struct Rules<'a> {
    facts: &'a Facts,
    now: UnixMillis,
}

impl Rules<'_> {
    fn signal(&self, signal: Signal) -> Option<UnixMillis> {
        self.facts.signals.get(&signal).copied()
    }

    fn last(&self, kind: IncidentKind) -> Option<&Last> {
        self.facts.last.get(&subject(kind, about(kind)))
    }

    /// Since when the incident is open.
    fn since(&self, kind: IncidentKind) -> Option<UnixMillis> {
        let last = self.last(kind)?;
        last.resolved_at.is_none().then_some(last.opened_at)
    }

    /// A rule about something that happens: it is open until that has not happened for an hour.
    fn of_signal(
        &self,
        kind: IncidentKind,
        signal: Signal,
        detail: impl Fn() -> String,
    ) -> Option<IncidentChange> {
        let at = self.signal(signal);
        match at.filter(|at| self.now.since(*at) < QUIET) {
            Some(at) => self.open(kind, at, detail),
            None => self.resolve_if(kind, true),
        }
    }

    /// A rule about a state that lasts.
    fn of_state(
        &self,
        kind: IncidentKind,
        holds: bool,
        detail: impl Fn() -> String,
    ) -> Option<IncidentChange> {
        if holds {
            self.open(kind, self.now.minus(QUIET), detail)
        } else {
            self.resolve_if(kind, true)
        }
    }

    fn stripe(&self, ran: Ran<'_>) -> Option<IncidentChange> {
        let kind = IncidentKind::StripeUnreachable;
        let clicked = self.signal(Signal::StripeError);
        let clicked = clicked.filter(|at| self.now.since(*at) < STRIPE_QUIET);
        let failed = ran.errors.iter().find(|error| is_stripes(error));
        match (failed, clicked) {
            (Some(error), _) => self.of_state(kind, true, || {
                format!("A run of the cron could not ask Stripe: {}.", error.code())
            }),
            (None, Some(at)) => self.open(kind, at, || {
                "Clicks were answered with 5xx because of Stripe.".to_owned()
            }),
            // If the database failed, the run may not have asked Stripe.
            (None, None) => self.resolve_if(kind, ran.errors.is_empty()),
        }
    }

    /// Opens the incident for a reason of that time, unless it is open. If an operator has resolved it since, it stays so.
    fn open(
        &self,
        kind: IncidentKind,
        reason: UnixMillis,
        detail: impl Fn() -> String,
    ) -> Option<IncidentChange> {
        if let Some(last) = self.last(kind) {
            let by_hand = last.resolution.as_deref() != Some(OVER);
            match last.resolved_at {
                None => return None,
                Some(at) if by_hand && reason <= at => return None,
                Some(_) => {}
            }
        }
        Some(IncidentChange::Open(incident(kind, detail())))
    }

    fn resolve_if(&self, kind: IncidentKind, is_over: bool) -> Option<IncidentChange> {
        self.since(kind).filter(|_| is_over)?;
        Some(IncidentChange::Resolve {
            kind,
            about: about(kind).to_owned(),
            resolution: OVER,
        })
    }
}
