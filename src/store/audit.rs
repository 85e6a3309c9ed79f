//! The log of who did what: a row for every act of an operator, in the transaction of the act itself.

use super::{
    database::{Database, query},
    row::{Statement, statement},
};
use crate::domain::{act::Act, error::StoreError, time::UnixMillis};

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
