//! `/healthz`: whether the Worker can do its work.

use serde::Serialize;

use crate::{
    alerts::answers::Happened,
    domain::{
        error::{DATABASE_QUOTA, StoreError},
        time::Millis,
    },
    http::{
        handler::{Accepted, Handled, Services},
        recent::{GOOD_FOR, Turn},
        response,
        site::Site,
    },
    store::health::{SCHEMA, newest_migration},
};

/// The body.
#[derive(Serialize)]
struct Health<'a> {
    status: &'a str,
    schema: &'a str,
    schema_expected: &'a str,
    /// Always `complete`: without a configuration no request gets this far.
    configuration: &'a str,
    limiters: &'a str,
    paused: bool,
}

/// How long to wait for somebody else who is asking.
const PAUSE: Millis = Millis(100);
/// How often. By then it is this request's turn, whatever has become of the other.
const MOST_PAUSES: i64 = GOOD_FOR.0 / PAUSE.0 + 1;

/// Asks for the newest migration, and runs the statements of a click, because a recorded migration may have failed. Anybody
/// may ask this, so an isolate asks the database at most once in five seconds, and answers from memory in between.
pub async fn handle<S: Services>(site: &Site, request: Accepted, services: &S) -> Handled {
    let (newest, is_new) = newest(site, services).await;
    let (status, code) = match &newest {
        Ok(newest) if newest == SCHEMA => (200, "ok"),
        Ok(_) => (503, "schema_differs"),
        Err(error) if lacks_something(error) => (503, "schema_differs"),
        Err(StoreError::QuotaExceeded) => (503, DATABASE_QUOTA),
        Err(StoreError::Failed(_)) => (503, "database_unreachable"),
    };
    let missing = services.missing();
    let limiters = if missing.is_empty() {
        "ok".to_owned()
    } else {
        format!("missing: {}", missing.join(", "))
    };
    let body = Health {
        status: code,
        schema: newest.as_deref().unwrap_or_default(),
        schema_expected: SCHEMA,
        configuration: "complete",
        limiters: &limiters,
        paused: site.config.paused,
    };
    let handled = Handled::new(response::json(site, status, &body), request.log, code);
    if !is_new {
        // It was logged, and told to the alerts, when it was asked.
        return handled;
    }
    let handled = handled.showing(Happened::Health);
    match newest {
        Ok(_) => handled,
        Err(error) => handled.because(error),
    }
}

/// The newest migration, as the database says, and whether it was asked just now.
async fn newest<S: Services>(site: &Site, services: &S) -> (Result<String, StoreError>, bool) {
    for _ in 0..MOST_PAUSES {
        match site.health.turn(services.now()) {
            Turn::Ask => break,
            Turn::Known(newest) => return (newest, false),
            Turn::Wait => services.sleep(PAUSE).await,
        }
    }
    let newest = newest_migration(services, services.now()).await;
    site.health.keep(newest.clone());
    (newest, true)
}

/// SQLite's words for a table or a column that is not there.
fn lacks_something(error: &StoreError) -> bool {
    match error {
        StoreError::Failed(why) => why.contains("no such "),
        StoreError::QuotaExceeded => false,
    }
}
