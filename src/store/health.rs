//! Whether the database is the one that this code expects.

use super::{checkout, database::Database, row::statement};
use crate::domain::{
    change::NewOrder,
    error::StoreError,
    id::Attempt,
    order::Cause,
    time::{Millis, UnixMillis},
    token::TokenHash,
};

/// The migration that this code expects to be the newest.
pub const SCHEMA: &str = "0003_desk.sql";

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
    let nobodys = TokenHash::of_nobody();
    let new = NewOrder {
        attempt: Attempt::new(&[0; 32]),
        instead_of: None,
        at: now,
        session_expires_at: now.plus(Millis::minutes(60)),
        next_check_at: now.plus(Millis::minutes(30)),
        club_name: String::new(),
        return_origin: String::new(),
        cause: Cause::Click,
    };
    let results = database
        .batch(vec![
            checkout::claim(&nobodys, &new),
            statement(checkout::CHECKOUT, [nobodys.as_str().into()]),
            statement(SCHEMA_VERSION, []),
        ])
        .await?;
    match results.last().and_then(|rows| rows.first()) {
        Some(row) => row.text(0).map(str::to_owned),
        None => Ok(String::new()),
    }
}
