//! The database: the guard's transactions over anything that runs a list of SQLite statements at once.
//!
//! [`Database`] is all that D1 and the tests' SQLite differ in. Which statements make a claim, a move or
//! a recorded event is decided here, once, for both: one file a subject, with its SQL, its methods and
//! the decoding of its rows. A statement on the path of a click goes by an index to a number of rows that
//! does not grow with the tables.
//!
//! What is decoded comes as one column, a JSON object: a column costs D1 more than what is in it, for
//! each is named, copied and encoded on its way.

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

pub mod audit;
pub mod checkout;
pub mod cursors;
pub mod events;
pub mod health;
pub mod import;
pub mod incidents;
pub mod orders;
pub mod row;

pub use row::{Row, Statement, Value};

use crate::{
    domain::{
        change::{Commit, Committed, Cursor, CursorName, Found, Lookup, NewOrder, Remade, Review},
        charge::Checkout,
        error::StoreError,
        id::{ChargeId, EventId, OrderId},
        order::Order,
        payment::NewSession,
        time::UnixMillis,
        token::TokenHash,
    },
    ports::Store,
};

/// A database that speaks SQLite.
pub trait Database {
    /// Runs the statements in order as one transaction, and answers each one's rows.
    /// If one of them fails, none has happened.
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
    /// Tells them apart by the message: it names the trigger or the constraint of `migrations/`.
    #[must_use]
    pub fn from_message(message: &str) -> Self {
        const CONFLICTS: [&str; 5] = [
            "expectation failed",
            "UNIQUE constraint failed: stripe_events.id",
            "UNIQUE constraint failed: incidents.subject",
            "the charge has a live order",
            "orders are never replaced",
        ];
        if CONFLICTS.iter().any(|conflict| message.contains(conflict)) {
            Self::Conflict
        } else {
            Self::Failed(StoreError(message.to_owned()))
        }
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict => Self("a conflict where none can be".to_owned()),
            DatabaseError::Failed(error) => error,
        }
    }
}

impl<D: Database> Store for D {
    async fn checkout(
        &self,
        token: &TokenHash,
        new: &NewOrder,
    ) -> Result<Option<Checkout>, StoreError> {
        checkout::read(self, token, new).await
    }

    async fn attach(
        &self,
        order: OrderId,
        session: &NewSession,
        at: UnixMillis,
    ) -> Result<bool, StoreError> {
        orders::attach(self, order, session, at).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        orders::commit(self, commit).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Found, StoreError> {
        events::find(self, lookup).await
    }

    async fn live_order(&self, charge: ChargeId) -> Result<Option<Order>, StoreError> {
        orders::live(self, charge).await
    }

    async fn remake(&self, remade: &Remade) -> Result<(), StoreError> {
        orders::remake(self, remade).await
    }

    async fn due(&self, now: UnixMillis, limit: u32) -> Result<Vec<Order>, StoreError> {
        orders::due(self, now, limit).await
    }

    async fn postpone(
        &self,
        order: &Order,
        until: UnixMillis,
        counts: bool,
    ) -> Result<(), StoreError> {
        orders::postpone(self, order, until, counts).await
    }

    async fn unseen(&self, ids: &[EventId]) -> Result<Vec<EventId>, StoreError> {
        events::unseen(self, ids).await
    }

    async fn reviews(&self, before: UnixMillis, limit: u32) -> Result<Vec<Review>, StoreError> {
        incidents::reviews(self, before, limit).await
    }

    async fn reviewed(&self, order: OrderId, at: UnixMillis) -> Result<(), StoreError> {
        incidents::reviewed(self, order, at).await
    }

    async fn cursor(&self, name: CursorName) -> Result<Option<Cursor>, StoreError> {
        cursors::read(self, name).await
    }

    async fn set_cursor(
        &self,
        name: CursorName,
        cursor: Option<&Cursor>,
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        cursors::write(self, name, cursor, at).await
    }
}
