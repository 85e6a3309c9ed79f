//! The mover of an order.

use serde::Serialize;

use super::row::{Statement, Value, statement};
use crate::{
    domain::{change::Commit, id::OrderId, order::Cause, time::UnixMillis},
    json,
};

/// The mover of an order, as the order's history has it.
#[derive(Clone, Copy)]
pub(super) struct Mover<'a> {
    /// When.
    pub(super) at: UnixMillis,
    /// The cause.
    pub(super) cause: Cause,
    /// The operator's name; empty if nobody in person does it.
    pub(super) actor: &'a str,
}

impl<'a> Mover<'a> {
    /// The mover of the orders in a transaction.
    pub(super) const fn of(commit: &'a Commit) -> Self {
        Self {
            at: commit.at,
            cause: commit.cause,
            actor: commit.actor.as_str(),
        }
    }

    /// `?1` order, `?2` now, `?3` cause, `?4` who.
    pub(super) fn parameters(self, order: OrderId) -> [Value; 4] {
        [
            order.0.into(),
            self.at.0.into(),
            self.cause.as_str().into(),
            self.actor.into(),
        ]
    }

    /// A statement over any number of orders: `?1` a JSON array of their rows, `?2` now, `?3` cause, `?4` who.
    pub(super) fn over(self, sql: &'static str, rows: &[impl Serialize]) -> Statement {
        statement(
            sql,
            [
                json::to_string(rows).into(),
                self.at.0.into(),
                self.cause.as_str().into(),
                self.actor.into(),
            ],
        )
    }
}
