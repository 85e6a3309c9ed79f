//! When operators logged out: sessions that began before are over, although their cookies are signed and in time.
//! Nothing else is kept of a session.

use super::{
    audit,
    database::{Database, query},
    row::{Row, statement},
};
use crate::domain::{act::Act, error::StoreError, operator::OperatorName, time::UnixMillis};

/// `?1` name.
pub const NOT_BEFORE: &str = "SELECT json_object('at', not_before) FROM operators WHERE name = ?1";

/// `?1` name, `?2` the newest moment at which a session may have begun that is over now. It grows with each log-out, so that
/// a session that begins in the same millisecond is over too.
pub const END_SESSIONS: &str = "\
    INSERT INTO operators (name, not_before) VALUES (?1, ?2 + 1) \
    ON CONFLICT (name) DO UPDATE SET not_before = MAX(excluded.not_before, not_before + 1)";

#[derive(serde::Deserialize)]
struct NotBefore {
    at: UnixMillis,
}

fn decode(rows: &[Row]) -> Result<UnixMillis, StoreError> {
    let row = rows.first().map(Row::decode::<NotBefore>).transpose()?;
    Ok(row.map_or(UnixMillis(0), |row| row.at))
}

/// A session of this operator that began before is over. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn not_before<D: Database>(
    database: &D,
    name: &OperatorName,
) -> Result<UnixMillis, StoreError> {
    let read = statement(NOT_BEFORE, [name.as_str().into()]);
    decode(&query(database, read).await?)
}

/// Records a log-in, and answers when its session begins: now, but after the operator's last log-out.
///
/// # Errors
/// A [`StoreError`]: it is not recorded.
pub async fn log_in<D: Database>(
    database: &D,
    act: &Act,
    now: UnixMillis,
) -> Result<UnixMillis, StoreError> {
    let read = statement(NOT_BEFORE, [act.operator.as_str().into()]);
    let results = database
        .batch(vec![audit::recording(act, now), read])
        .await?;
    let not_before = decode(results.last().map(Vec::as_slice).unwrap_or_default())?;
    Ok(now.max(not_before))
}

/// Ends all sessions of an operator: those that began until now, and the one that began at `began`, whatever the clock of
/// that machine said.
///
/// # Errors
/// A [`StoreError`]: nothing is ended.
pub async fn log_out<D: Database>(
    database: &D,
    act: &Act,
    began: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let newest = began.map_or(now, |began| began.max(now));
    let end = statement(
        END_SESSIONS,
        [act.operator.as_str().into(), newest.0.into()],
    );
    database
        .batch(vec![end, audit::recording(act, now)])
        .await?;
    Ok(())
}
