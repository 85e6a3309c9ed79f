//! How far Stripe's lists have been read.

use serde::Deserialize;

use super::{
    database::{Database, query},
    row::statement,
};
use crate::domain::{
    change::{Cursor, CursorName},
    error::StoreError,
    time::UnixMillis,
};

/// `?1` name. A key of Stripe's that is new reads events from where the one was that has read least, as any of them may have been
/// another account's; the first one from the moment at which the database was made.
pub const READ: &str = "\
    SELECT COALESCE((SELECT json_object('since', since_at, 'until', until_at, 'after', after_id, 'retry_from', retry_from) \
                     FROM cursors WHERE name = ?1), \
                    (SELECT json_object('since', MIN(since_at)) FROM cursors WHERE ?1 GLOB 'events*' AND name GLOB 'events*' \
                     HAVING COUNT(*) > 0), \
                    (SELECT json_object('since', created_at) FROM installation WHERE ?1 GLOB 'events*'))";

/// `?1` name, `?2` since, `?3` until, `?4` after, `?5` retry from, `?6` now.
pub const WRITE: &str = "\
    INSERT INTO cursors (name, since_at, until_at, after_id, retry_from, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
    ON CONFLICT (name) DO UPDATE SET since_at = ?2, until_at = ?3, after_id = ?4, retry_from = ?5, updated_at = ?6";

/// `?1` name.
pub const REMOVE: &str = "DELETE FROM cursors WHERE name = ?1";

#[derive(Deserialize)]
struct CursorRow {
    since: UnixMillis,
    #[serde(default)]
    until: Option<UnixMillis>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    retry_from: Option<UnixMillis>,
}

pub(super) async fn read<D: Database>(
    database: &D,
    name: CursorName,
) -> Result<Option<Cursor>, StoreError> {
    let rows = query(database, statement(READ, [name.stored().as_ref().into()])).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if row.optional_text(0)?.is_none() {
        return Ok(None);
    }
    let row: CursorRow = row.decode()?;
    Ok(Some(Cursor {
        since: row.since,
        until: row.until,
        after: row.after,
        retry_from: row.retry_from,
    }))
}

pub(super) async fn write<D: Database>(
    database: &D,
    name: CursorName,
    cursor: Option<&Cursor>,
    at: UnixMillis,
) -> Result<(), StoreError> {
    let name = name.stored();
    let name = name.as_ref().into();
    let write = match cursor {
        None => statement(REMOVE, [name]),
        Some(cursor) => statement(
            WRITE,
            [
                name,
                cursor.since.0.into(),
                cursor.until.map(|until| until.0).into(),
                cursor.after.as_deref().into(),
                cursor.retry_from.map(|from| from.0).into(),
                at.0.into(),
            ],
        ),
    };
    query(database, write).await?;
    Ok(())
}
