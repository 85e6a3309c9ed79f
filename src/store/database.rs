//! The task of a database: to run a list of SQLite statements as one transaction.

use super::row::{Row, Statement};
use crate::domain::error::StoreError;

/// A database that speaks SQLite.
pub trait Database {
    /// Runs the statements in order as one transaction, and returns each one's rows. If one of them fails,
    /// none takes effect.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError>;
}

/// Why a batch failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DatabaseError {
    /// One of our own conditions did not hold: somebody else was faster.
    Conflict,
    /// Anything else.
    Failed(StoreError),
}

impl DatabaseError {
    /// Tells the two apart by the message, which names the trigger or the constraint of `migrations/`.
    #[must_use]
    pub fn from_message(message: &str) -> Self {
        const CONFLICTS: [&str; 8] = [
            "expectation failed",
            "UNIQUE constraint failed: stripe_events.id",
            "UNIQUE constraint failed: incidents.subject",
            "UNIQUE constraint failed: links.request",
            "UNIQUE constraint failed: refunds.payment_intent_id",
            "UNIQUE constraint failed: orders.charge_id",
            "UNIQUE constraint failed: orders.stripe_session_id",
            "orders are never replaced",
        ];
        // Cloudflare changelog, 2026-09-01, "D1 enforces free tier daily query limits": both messages in full are "Your account
        // has exceeded D1's free tier daily row write limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to
        // continue.", and the same with "read".
        const QUOTAS: [&str; 2] = ["daily row write limit", "daily row read limit"];
        if CONFLICTS.iter().any(|conflict| message.contains(conflict)) {
            Self::Conflict
        } else if QUOTAS.iter().any(|quota| message.contains(quota)) {
            Self::Failed(StoreError::QuotaExceeded)
        } else {
            Self::Failed(StoreError::Failed(message.to_owned()))
        }
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict => Self::Failed("a conflict where none can be".to_owned()),
            DatabaseError::Failed(error) => error,
        }
    }
}

/// Runs a transaction, and returns each statement's rows; `None` if one of our own conditions did not hold, so that nothing
/// happened.
pub(crate) async fn transaction<D: Database>(
    database: &D,
    statements: Vec<Statement>,
) -> Result<Option<Vec<Vec<Row>>>, StoreError> {
    match database.batch(statements).await {
        Ok(results) => Ok(Some(results)),
        Err(DatabaseError::Conflict) => Ok(None),
        Err(DatabaseError::Failed(error)) => Err(error),
    }
}

/// The rows of one statement.
pub(crate) async fn query<D: Database>(
    database: &D,
    statement: Statement,
) -> Result<Vec<Row>, StoreError> {
    let results = database.batch(vec![statement]).await?;
    Ok(results.into_iter().next().unwrap_or_default())
}
