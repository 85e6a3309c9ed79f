//! `/healthz`: whether the Worker can do its work.

use serde::Serialize;

use crate::{
    alerts::answers::Happened,
    domain::error::StoreError,
    http::{
        handler::{Accepted, Handled, Services},
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

/// Asks for the newest migration, and runs the statements of a click, because a recorded migration may have
/// failed.
pub async fn handle<S: Services>(site: &Site, request: Accepted, services: &S) -> Handled {
    let newest = newest_migration(services, services.now()).await;
    let (status, code) = match &newest {
        Ok(newest) if newest == SCHEMA => (200, "ok"),
        Ok(_) => (503, "schema_differs"),
        Err(error) if lacks_something(error) => (503, "schema_differs"),
        Err(_) => (503, "database_unreachable"),
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
    let handled = Handled::new(response::json(site, status, &body), request.log, code)
        .showing(Happened::Health);
    match newest {
        Ok(_) => handled,
        Err(error) => handled.because(error),
    }
}

/// SQLite's words for a table or a column that is not there.
fn lacks_something(error: &StoreError) -> bool {
    error.0.contains("no such ")
}
