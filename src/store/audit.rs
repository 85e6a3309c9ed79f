//! Who did what: a row for every act of an operator, in the transaction of the act itself.

use serde::Deserialize;

use super::{
    database::{Database, query},
    row::{Statement, decode_page, statement},
};
use crate::{
    domain::{act::Act, error::StoreError, time::UnixMillis},
    json::RawValue,
};

/// `?1` now, `?2` operator, `?3` act, `?4` about, `?5` detail.
pub const RECORD: &str =
    "INSERT INTO audit (at, operator, act, about, detail) VALUES (?1, ?2, ?3, ?4, ?5)";

/// The statement that records an act.
#[must_use]
pub(crate) fn recording(act: &Act, at: UnixMillis) -> Statement {
    statement(
        RECORD,
        [
            at.0.into(),
            act.operator.as_str().into(),
            act.act.into(),
            act.about.as_str().into(),
            act.detail.as_str().into(),
        ],
    )
}

/// Records an act that changes nothing else in the database.
///
/// # Errors
/// A [`StoreError`]: it is not recorded.
pub(crate) async fn record<D: Database>(
    database: &D,
    act: &Act,
    at: UnixMillis,
) -> Result<(), StoreError> {
    query(database, recording(act, at)).await?;
    Ok(())
}

/// How many entries a page of the log has.
pub const PAGE: usize = 50;

/// An entry of the log.
#[derive(Debug, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: i64,
    /// When.
    pub at: UnixMillis,
    /// Who.
    pub operator: String,
    /// What, in a word.
    pub act: String,
    /// What it was done to.
    pub about: String,
    /// A JSON object: what was before and after.
    pub detail: Box<RawValue>,
}

/// A page of the log.
#[derive(Debug)]
pub struct Page {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

/// `?1` after, `?2` limit.
pub const LIST: &str = "\
    SELECT json_object('id', id, 'at', at, 'operator', operator, 'act', act, 'about', about, 'detail', json(detail)) \
    FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2";

/// A page of the log, the newest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn list<D: Database>(database: &D, after: Option<i64>) -> Result<Page, StoreError> {
    let limit = PAGE as i64 + 1;
    let read = statement(LIST, [after.unwrap_or(i64::MAX).into(), limit.into()]);
    let rows = query(database, read).await?;
    let (entries, has_more): (Vec<Entry>, _) = decode_page(&rows, PAGE)?;
    let next = entries.last().map(|entry| entry.id).filter(|_| has_more);
    Ok(Page { entries, next })
}
