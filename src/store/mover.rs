//! Who moves an order.

use serde::Serialize;

use super::row::{Statement, Value, statement};
use crate::{
    domain::{change::Commit, id::OrderId, order::Cause, time::UnixMillis},
    json,
};

/// Who moves an order, as the order's history has it.
#[derive(Clone, Copy)]
pub(super) struct Mover<'a> {
    /// When.
    pub(super) at: UnixMillis,
    /// What causes it.
    pub(super) cause: Cause,
    /// Who does it: an operator's name; empty if nobody in person does.
    pub(super) actor: &'a str,
}

impl<'a> Mover<'a> {
    /// Who makes the moves of a transaction.
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
