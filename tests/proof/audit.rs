//! What a transaction may do to the books: invariant 3, checked on every transaction that happens.

use crate::{
    books::{Books, OrderRow},
    clock::STALE,
};

/// What the books must never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breach {
    /// An order, an audit row, an event or an incident is gone.
    Lost,
    /// An order moved in a way that it must not, or its frozen columns changed.
    Illegal,
    /// A change of status without its audit row, or an audit row without a change.
    Unaudited,
    /// Two live orders of the charge.
    TwoLive,
    /// A statement failed for another reason than somebody else's being faster.
    Fault,
    /// A delivery of an event that is recorded already changed something.
    Twice,
    /// An order was given up as stale before its time.
    Early,
    /// An idempotency key came back with other parameters.
    KeyReused,
}

impl Breach {
    /// In a few words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Lost => "a row is gone",
            Self::Illegal => "an illegal move",
            Self::Unaudited => "a move and its audit row differ",
            Self::TwoLive => "two live orders",
            Self::Fault => "a statement fails",
            Self::Twice => "an event acts twice",
            Self::Early => "stale before its time",
            Self::KeyReused => "a key with other parameters",
        }
    }
}

/// What is wrong with a transaction that led from these rows to those.
pub fn breach(before: &Books, after: &Books) -> Option<Breach> {
    if before == after {
        return None;
    }
    let (old, new) = (before.orders(), after.orders());
    let (old_audit, new_audit) = (before.audit(), after.audit());
    let kept = new_audit.starts_with(&old_audit) && after.recorded() >= before.recorded();
    if !kept || old.iter().any(|order| find(&new, order.id).is_none()) {
        return Some(Breach::Lost);
    }
    let live = |order: &&OrderRow| matches!(order.status.as_str(), "pending" | "paid");
    if new.iter().filter(live).count() > 1 {
        return Some(Breach::TwoLive);
    }
    let fresh = &new_audit[old_audit.len()..];
    for order in &new {
        let was = find(&old, order.id);
        let mut status = was.map(|order| order.status.clone());
        let mut moves = 0;
        for row in fresh.iter().filter(|row| row.order == order.id) {
            if row.from != status || row.cause == "manual" {
                return Some(Breach::Unaudited);
            }
            if !is_legal(row.from.as_deref(), &row.to) {
                return Some(Breach::Illegal);
            }
            moves += 1;
            status = Some(row.to.clone());
        }
        if status.as_ref() != Some(&order.status) {
            return Some(Breach::Unaudited);
        }
        if moves > 0 && is_early(order) {
            return Some(Breach::Early);
        }
        if was.is_some_and(|was| is_thawed(was, order, moves)) {
            return Some(Breach::Illegal);
        }
    }
    None
}

fn find(orders: &[OrderRow], id: i64) -> Option<&OrderRow> {
    orders.iter().find(|order| order.id == id)
}

fn is_legal(from: Option<&str>, to: &str) -> bool {
    matches!(
        (from, to),
        (None, "pending")
            | (Some("pending"), "paid" | "canceled")
            | (Some("canceled"), "paid")
            | (Some("paid"), "refunded")
    )
}

fn is_early(order: &OrderRow) -> bool {
    let age = order.canceled_at.map(|at| at - order.created_at);
    order.status == "canceled"
        && order.cancel_reason.as_deref() == Some("stale")
        && age.is_some_and(|age| age < i64::from(STALE) * 60_000)
}

/// What an order was claimed with has changed, or it moved without raising its version.
fn is_thawed(was: &OrderRow, is: &OrderRow, moves: i64) -> bool {
    was.amount != is.amount
        || was.created_at != is.created_at
        || (was.session.is_some() && was.session != is.session)
        || is.version < was.version + moves
}
