//! `POST /admin/reconcile`: read again everything that Stripe has since a moment. For after a restore.

use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;

use crate::{
    domain::{error::GuardError, operator::OperatorName, time::UnixMillis},
    guard::{
        Policy,
        reconcile::{Budget, Reconciled, reconcile},
        restore::restore,
    },
    http::World,
    json::{self, Object},
    store::audit::{self, Act},
};

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    since: String,
}

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Not the object that is read here.
    #[error("the body must be JSON like {{\"since\": \"2026-11-20T08:00:00Z\"}}")]
    Shape,
    /// Not a time.
    #[error("since must be a time like 2026-11-20T08:00:00Z (RFC 3339)")]
    Time,
    /// A time that lies ahead.
    #[error("since lies in the future")]
    Future,
}

/// Reads the body: the moment to begin at.
///
/// # Errors
/// What is wrong with it.
pub fn since(body: &[u8], now: UnixMillis) -> Result<UnixMillis, BadRequest> {
    let text = std::str::from_utf8(body).map_err(|_| BadRequest::Shape)?;
    let Body { since } = json::from_str(text).map_err(|_| BadRequest::Shape)?;
    let time = DateTime::parse_from_rfc3339(&since).map_err(|_| BadRequest::Time)?;
    let since = UnixMillis(time.timestamp_millis());
    if since > now {
        return Err(BadRequest::Future);
    }
    Ok(since)
}

/// Has it done: as much of it as a run may do at once. The cron goes on with the rest.
///
/// # Errors
/// A [`GuardError`] of the database: nothing was begun.
pub async fn run<W: World>(
    world: &W,
    policy: &Policy,
    budget: Budget,
    operator: &OperatorName,
    since: UnixMillis,
) -> Result<Reconciled, GuardError> {
    let act = Act {
        operator: operator.clone(),
        act: "reconcile",
        about: "stripe".to_owned(),
        detail: Object::new().text("since", &rfc_3339(since)).end(),
    };
    audit::record(world, &act, world.now()).await?;
    restore(world, since).await?;
    Ok(reconcile(world, policy, budget).await)
}

/// What was done, as JSON.
#[must_use]
pub fn report(since: UnixMillis, done: &Reconciled) -> String {
    Object::new()
        .text("since", &rfc_3339(since))
        .truth("done", done.is_done)
        .integer("sessions", done.sessions.into())
        .integer("events", done.events.into())
        .integer("orders", done.orders.into())
        .integer("moved", done.moved.into())
        .integer(
            "errors",
            i64::try_from(done.errors.len()).unwrap_or(i64::MAX),
        )
        .end()
}

fn rfc_3339(at: UnixMillis) -> String {
    DateTime::from_timestamp_millis(at.0).map_or_else(String::new, |time| {
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}
