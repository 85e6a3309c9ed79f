//! Whether the database is the one that this code expects, and what it knows of webhooks and of reconcile.

use serde::Deserialize;

use super::{
    checkout,
    database::Database,
    row::{Row, statement},
};
use crate::domain::{
    change::{CursorName, NewOrder},
    checkout::ChargeRef,
    error::StoreError,
    health::{Due, Reading, Signs},
    id::{Attempt, KeyMark},
    language::Language,
    order::Cause,
    time::{Millis, UnixMillis},
    token::TokenHash,
};

/// The migration that this code expects to be the newest.
pub const SCHEMA: &str = "0004_lists.sql";

/// The newest migration that was applied, as wrangler records them.
pub const SCHEMA_VERSION: &str = "SELECT name FROM d1_migrations ORDER BY id DESC LIMIT 1";

/// The newest migration that was applied; empty if none is recorded. Also runs a click's own statements, for
/// a link that nobody has. If one of them cannot run, this fails. Changes nothing.
///
/// # Errors
/// A [`StoreError`]: no click can be answered.
pub async fn newest_migration<D: Database>(
    database: &D,
    now: UnixMillis,
) -> Result<String, StoreError> {
    let nobodys = ChargeRef::Link(TokenHash::of_nobody());
    let new = NewOrder {
        attempt: Attempt::new(&[0; 32]),
        instead_of: None,
        at: now,
        session_expires_at: now.plus(Millis::minutes(60)),
        next_check_at: now.plus(Millis::minutes(30)),
        club_name: String::new(),
        club_language: Language::En,
        return_origin: String::new(),
        cause: Cause::Click,
    };
    let [claim, read] = checkout::claim_and_read(&nobodys, &new);
    let results = database
        .batch(vec![claim, read, statement(SCHEMA_VERSION, [])])
        .await?;
    match results.last().and_then(|rows| rows.first()) {
        Some(row) => row.text(0).map(str::to_owned),
        None => Ok(String::new()),
    }
}

/// `?1` now. The event that was recorded last.
pub const LAST_EVENT: &str = "\
    SELECT json_object('received_at', received_at, 'created_at', created_at) FROM stripe_events \
    WHERE received_at <= ?1 ORDER BY received_at DESC LIMIT 1";

/// When a run of reconcile ended last.
pub const LAST_RUN: &str = "SELECT json_object('at', at) FROM signals WHERE what = 'run'";

/// `?1` now, `?2` how many are counted at most.
pub const DUE: &str = "\
    SELECT json_object('count', COUNT(*), 'since', MIN(next_check_at)) \
    FROM (SELECT next_check_at FROM orders WHERE next_check_at <= ?1 ORDER BY next_check_at LIMIT ?2)";

/// `?1` the name of the cursor: the window of Stripe's events that is being read, and the time of the event that was read last in it.
pub const READING: &str = "\
    SELECT json_object('since', c.since_at, 'until', c.until_at, \
                       'reached', COALESCE((SELECT e.created_at FROM stripe_events e WHERE e.id = c.after_id), c.until_at)) \
    FROM cursors c WHERE c.name = ?1 AND c.until_at IS NOT NULL";

#[derive(Deserialize)]
struct Run {
    at: UnixMillis,
}

/// Reads the signs of whether webhooks arrive and the cron runs, which reads events with this key of Stripe's.
///
/// # Errors
/// A [`StoreError`].
pub async fn signs<D: Database>(
    database: &D,
    key: KeyMark,
    now: UnixMillis,
) -> Result<Signs, StoreError> {
    let events = CursorName::Events(key).stored();
    let results = database
        .batch(vec![
            statement(LAST_EVENT, [now.0.into()]),
            statement(LAST_RUN, []),
            statement(DUE, [now.0.into(), Due::MOST.into()]),
            statement(READING, [events.as_ref().into()]),
        ])
        .await?;
    let [events, runs, due, reading] = <[Vec<Row>; 4]>::try_from(results).map_err(|_| {
        StoreError::Failed("four statements gave another number of results".to_owned())
    })?;
    let reading: Option<Reading> = reading.first().map(Row::decode).transpose()?;
    let run: Option<Run> = runs.first().map(Row::decode).transpose()?;
    Ok(Signs {
        event: events.first().map(Row::decode).transpose()?,
        ran_at: run.map(|run| run.at),
        due: due
            .first()
            .map(Row::decode)
            .transpose()?
            .unwrap_or_default(),
        reading,
    })
}
