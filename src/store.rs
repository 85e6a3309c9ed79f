//! The database: the guard's transactions over anything that runs a list of SQLite statements as one
//! transaction.
//!
//! D1 and the tests' SQLite differ only in [`Database`]. Both run the statements of this folder: one file a
//! subject, with its SQL, its methods and the decoding of its rows. This file maps the methods of the port to
//! them. A click's statements use indexes, and the number of rows that they read does not grow with the
//! tables.
//!
//! A row that is decoded comes as one column, a JSON object. D1 names, copies and encodes each column, which
//! costs more than its content.

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

pub mod acts;
pub mod audit;
pub mod charges;
pub mod charging;
pub mod checkout;
pub mod cursors;
pub mod database;
pub mod emails;
pub mod events;
pub mod fold;
pub mod health;
pub mod import;
pub mod incidents;
pub mod links;
pub mod months;
mod mover;
pub mod operators;
mod order_row;
pub mod orders;
pub mod outbox;
mod product_names;
pub mod refunds;
pub mod row;
pub(crate) mod search;
pub mod signals;

pub use database::{Database, DatabaseError};
pub use row::{Row, Statement, Value};

use crate::{
    domain::{
        change::{
            Commit, Committed, Cursor, CursorName, Found, Lookup, NewOrder, RecoveredOrder,
            RefundsHere, Review, Unplaced,
        },
        checkout::{ChargeRef, Checkout},
        error::StoreError,
        id::{ChargeId, IncidentId, OrderId, PaymentIntentId, RequestId},
        order::Order,
        payment::{NewSession, RefundRequest, Waiting},
        time::UnixMillis,
    },
    ports::Store,
};

impl<D: Database> Store for D {
    async fn checkout(
        &self,
        by: &ChargeRef,
        new: &NewOrder,
    ) -> Result<Option<Checkout>, StoreError> {
        checkout::read(self, by, new).await
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

    async fn standing(&self, charge: ChargeId) -> Result<Option<Checkout>, StoreError> {
        checkout::peek(self, charge).await
    }

    async fn live_order(&self, charge: ChargeId) -> Result<Option<Order>, StoreError> {
        orders::live(self, charge).await
    }

    async fn remake(&self, remade: &RecoveredOrder) -> Result<(), StoreError> {
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
        waiting: Option<&Waiting>,
    ) -> Result<(), StoreError> {
        orders::postpone(self, order, until, counts, waiting).await
    }

    async fn find_each(&self, lookups: &[Lookup]) -> Result<Vec<Found>, StoreError> {
        events::find_each(self, lookups).await
    }

    async fn reviews(&self, before: UnixMillis, limit: u32) -> Result<Vec<Review>, StoreError> {
        incidents::reviews(self, before, limit).await
    }

    async fn reviewed(&self, order: OrderId, at: UnixMillis) -> Result<(), StoreError> {
        incidents::reviewed(self, order, at).await
    }

    async fn unplaced(&self, before: UnixMillis, limit: u32) -> Result<Vec<Unplaced>, StoreError> {
        incidents::unplaced(self, before, limit).await
    }

    async fn looked_at(&self, incident: IncidentId, at: UnixMillis) -> Result<(), StoreError> {
        incidents::looked_at(self, incident, at).await
    }

    async fn refunds_here(&self, payment: &PaymentIntentId) -> Result<RefundsHere, StoreError> {
        refunds::here(self, payment).await
    }

    async fn open_requests(
        &self,
        now: UnixMillis,
        limit: u32,
    ) -> Result<Vec<RefundRequest>, StoreError> {
        refunds::open_requests(self, now, limit).await
    }

    async fn postpone_request(
        &self,
        request: &RequestId,
        until: UnixMillis,
    ) -> Result<(), StoreError> {
        refunds::postpone_request(self, request, until).await
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
