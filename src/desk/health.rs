//! `GET /admin/health`: whether everything that payments depend on works, and what to do if it does not.

mod checks;
pub mod page;
pub mod queries;

use serde::Serialize;

use crate::{
    alerts::{channels, run::without_reserve},
    desk::{layout::Tab, request::Desk},
    domain::{
        error::{GuardError, StoreError, StripeError},
        health::{Check, Level, Signs, worst},
        time::{UnixMillis, rfc_3339},
    },
    http::handler::{Handled, Services},
    store::health,
};

/// The findings.
pub struct Examined {
    /// The checks, the most important first.
    pub checks: Vec<Check>,
    /// The signs in the database, if it could be read.
    signs: Option<Signs>,
    /// Why it could not be read.
    pub error: Option<GuardError>,
    /// About how many of Stripe's events a run of the cron carries out.
    of_run: u32,
    /// When it was found.
    at: UnixMillis,
}

/// The findings, in JSON.
#[derive(Serialize)]
pub struct HealthJson<'a> {
    status: Level,
    checks: &'a [Check],
    last_event_at: Option<String>,
    last_event_delay_seconds: Option<i64>,
    last_run_at: Option<String>,
    due: Option<i64>,
    events_to_read: Option<EventsJson>,
}

/// Stripe's events that the cron has still to read.
#[derive(Serialize)]
struct EventsJson {
    from: String,
    to: String,
    in_a_run: u32,
    runs_left: Option<i64>,
}

impl<'a> From<&'a Examined> for HealthJson<'a> {
    fn from(examined: &'a Examined) -> Self {
        let signs = examined.signs;
        let event = signs.and_then(|signs| signs.event);
        Self {
            status: worst(&examined.checks),
            checks: &examined.checks,
            last_event_at: event.map(|event| rfc_3339(event.received_at)),
            last_event_delay_seconds: event
                .map(|event| event.received_at.since(event.created_at).0.max(0) / 1_000),
            last_run_at: signs.and_then(|signs| signs.ran_at).map(rfc_3339),
            due: signs.map(|signs| signs.due.count),
            events_to_read: signs
                .and_then(|signs| signs.reading)
                .map(|reading| EventsJson {
                    from: rfc_3339(reading.since),
                    to: rfc_3339(reading.reached),
                    in_a_run: examined.of_run,
                    runs_left: reading.runs_left(examined.at),
                }),
        }
    }
}

/// Asks the database, Stripe and the runtime. Whatever does not answer is a check that says so.
pub async fn examine<S: Services>(desk: &Desk<'_, S>) -> Examined {
    let (services, config) = (desk.services, &desk.site.config);
    let now = services.now();
    let newest = health::newest_migration(services, now).await;
    let signs: Result<Signs, StoreError> = health::signs(services, config.policy.key, now).await;
    let emails = queries::signs(services, now).await;
    let key = services.try_key().await;
    // If Stripe does not answer, nobody waits for it twice.
    let endpoints = match &key {
        Err(error @ (StripeError::Unreachable(_) | StripeError::ServerError { .. })) => {
            Err(error.clone())
        }
        Ok(()) | Err(_) => services.webhook_endpoints().await,
    };
    let of_run = without_reserve(config.reconcile_budget).events();
    let zone = services.utc_offset(&config.club.timezone, now);
    let checks = vec![
        checks::database(&newest),
        checks::stripe_key(&key, config),
        checks::webhook_endpoint(&endpoints, &config.policy.public_origin),
        desk.in_zone(|zone| checks::webhooks(&signs, now, zone)),
        desk.in_zone(|zone| checks::reconcile(&signs, of_run, now, zone)),
        checks::configuration(config, zone.is_some()),
        checks::limiters(&services.missing()),
        checks::alerts(config, &channels::missing(&config.alerts, services)),
        checks::emails(&emails, desk.mail_missing(), now),
    ];
    let error = newest.err().map(GuardError::from);
    Examined {
        checks,
        error: error.or_else(|| key.err().map(GuardError::from)),
        signs: signs.ok(),
        of_run,
        at: now,
    }
}

/// All checks.
pub async fn show<S: Services>(desk: &Desk<'_, S>) -> Handled {
    let examined = examine(desk).await;
    let json = HealthJson::from(&examined);
    let handled = desk.answer("health", &json, ("Health", Tab::Health), |_| {
        page::page(&examined.checks)
    });
    match examined.error {
        Some(error) => handled.because(error),
        None => handled,
    }
}
