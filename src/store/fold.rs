//! The desk's read model: brought up to date by whoever reads it, in the same transaction.
//!
//! `migrations/0003_desk.sql` says what it consists of, and how a fold goes. A click, a delivery and an act only leave marks.

use serde::Deserialize;

use super::{
    database::Database,
    row::{Row, Statement, statement},
};
use crate::domain::error::StoreError;

/// How many changes of each sort a fold takes up at most: some 0.6 s of D1's time, of the 30 s that a statement may take
/// (Cloudflare docs, "Limits" of D1).
pub const MOST: i64 = 10_000;

/// `?1` how many changes of each sort. Writes nothing if there are none.
pub const FOLD: &str = "INSERT INTO fold (most) VALUES (?1)";

/// How many changes are left for the next fold.
pub const UNFOLDED: &str = "\
    SELECT json_object('changes', COALESCE((SELECT MAX(id) FROM order_events), 0) - p.event \
                                  + COALESCE((SELECT MAX(id) FROM charges), 0) - p.charge \
                                  + (SELECT COUNT(*) FROM changed_charges)) FROM fold_position p";

#[derive(Deserialize)]
struct Unfolded {
    changes: u64,
}

/// The rows that were read, and how many changes the model still lacks: 0, unless more than [`MOST`] came at once.
pub(crate) struct Folded<const N: usize> {
    /// The rows of each statement.
    pub(crate) results: [Vec<Row>; N],
    /// How many changes are left for the next fold.
    pub(crate) unfolded: u64,
}

/// The statement that begins a transaction that reads the model.
pub(crate) fn fold() -> Statement {
    statement(FOLD, [MOST.into()])
}

/// Folds, and runs the statements, in one transaction.
pub(crate) async fn read<D: Database, const N: usize>(
    database: &D,
    statements: [Statement; N],
) -> Result<Folded<N>, StoreError> {
    let mut all = Vec::with_capacity(N + 2);
    all.push(fold());
    all.extend(statements);
    all.push(statement(UNFOLDED, []));
    let mut results = database.batch(all).await?;
    let unfolded: Option<Unfolded> = results
        .pop()
        .and_then(|rows| rows.first().map(Row::decode))
        .transpose()?;
    let results = <[Vec<Row>; N]>::try_from(results.split_off(1)).map_err(|_| {
        StoreError::Failed(format!("{N} statements gave another number of results"))
    })?;
    Ok(Folded {
        results,
        unfolded: unfolded.map_or(0, |unfolded| unfolded.changes),
    })
}
