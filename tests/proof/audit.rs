//! The limits of what a transaction may do to the database: invariant 3, checked on every transaction that happens.

use crate::{
    clock::STALE,
    database::{AMOUNT, Database, OrderRow},
};

/// A deed that must never be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breach {
    /// An order, an audit row, an event or an incident is gone.
    Lost,
    /// An order moved in a way that it must not, or its frozen columns changed.
    Illegal,
    /// A change of status without its audit row, or an audit row without a change.
    Unaudited,
    /// Two live orders of a charge.
    TwoLive,
    /// A statement failed for another reason than somebody else's being faster.
    Failed,
    /// A delivery of an event that is recorded already changed something.
    Twice,
    /// An order was given up as stale before its time.
    Early,
    /// An idempotency key came back with other parameters.
    KeyReused,
    /// Another amount than is owed was taken, and nobody is told.
    Untold,
    /// An offline payment was recorded with a rest that no operator has spoken of.
    Unsaid,
    /// A payment of a charge is kept and none is counted: a person would be asked to pay again.
    Waiting,
    /// An order was given up whose session is of the other mode than the key: nothing can be known of it.
    Unasked,
    /// This Worker refunded the only payment of a charge that stood.
    BothRefunded,
    /// The desk's view of a charge has changed, and the next fold would not look at it.
    Unmarked,
}

impl Breach {
    /// In a few words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Lost => "a row is gone",
            Self::Illegal => "an illegal move",
            Self::Unaudited => "a move and its audit row differ",
            Self::TwoLive => "two live orders",
            Self::Failed => "a statement fails",
            Self::Twice => "an event acts twice",
            Self::Early => "stale before its time",
            Self::KeyReused => "a key with other parameters",
            Self::Untold => "another amount in silence",
            Self::Unsaid => "a rest of which nobody has said what becomes of it",
            Self::Waiting => "a kept payment is not counted",
            Self::Unasked => "given up, though nothing is known of its session",
            Self::BothRefunded => "both payments refunded",
            Self::Unmarked => "the desk does not hear of a change",
        }
    }
}

/// The breach by a transaction that led from these rows to those, if there is one.
pub fn breach(before: &Database, after: &Database) -> Option<Breach> {
    if before == after {
        return None;
    }
    let (old, new) = (before.orders(), after.orders());
    let (old_audit, new_audit) = (before.audit(), after.audit());
    let kept = new_audit.starts_with(&old_audit) && after.recorded() >= before.recorded();
    if !kept || old.iter().any(|order| find(&new, order.id).is_none()) {
        return Some(Breach::Lost);
    }
    for charge in after.charges() {
        let live = |order: &&OrderRow| {
            order.charge == charge.id && matches!(order.status.as_str(), "pending" | "paid")
        };
        if new.iter().filter(live).count() > 1 {
            return Some(Breach::TwoLive);
        }
        let waits = |order: &&OrderRow| order.charge == charge.id && is_kept_without_a_place(order);
        if !new.iter().any(|order| live(&order)) && new.iter().any(|order| waits(&order)) {
            return Some(Breach::Waiting);
        }
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
            if !is_legal(row.from.as_deref(), &row.to, order) {
                return Some(Breach::Illegal);
            }
            moves += 1;
            status = Some(row.to.clone());
        }
        if status.as_ref() != Some(&order.status) {
            return Some(Breach::Unaudited);
        }
        if moves > 0 && order.session.as_deref().is_some_and(is_of_other_mode) {
            return Some(Breach::Unasked);
        }
        if moves > 0 && is_early(order) {
            return Some(Breach::Early);
        }
        if was.is_some_and(|was| is_thawed(was, order, moves)) {
            return Some(Breach::Illegal);
        }
        let is_newly_paid = order.status == "paid" && was.is_none_or(|was| was.status != "paid");
        if was.is_none() && order.is_offline && is_unsaid(after, order) {
            return Some(Breach::Unsaid);
        }
        if is_newly_paid && is_untold(after, order) {
            return Some(Breach::Untold);
        }
    }
    None
}

/// Its payment did not go back as a whole, or came back, and is not counted.
fn is_kept_without_a_place(order: &OrderRow) -> bool {
    matches!(order.status.as_str(), "canceled" | "refunded")
        && order
            .paid_minor
            .is_some_and(|paid| order.refunded_minor < paid)
}

fn find(orders: &[OrderRow], id: i64) -> Option<&OrderRow> {
    orders.iter().find(|order| order.id == id)
}

fn is_legal(from: Option<&str>, to: &str, order: &OrderRow) -> bool {
    match (from, to) {
        (None, "pending") => true,
        (None, "paid") => order.is_offline,
        // Made anew after a restore.
        (None, "canceled") => order.origin == "stripe",
        _ => matches!(
            (from, to),
            (Some("pending"), "paid" | "canceled")
                | (Some("canceled"), "paid")
                | (Some("paid"), "refunded")
                | (Some("refunded"), "paid")
        ),
    }
}

/// The key of an exploration is of the test mode.
fn is_of_other_mode(session: &str) -> bool {
    session.starts_with("cs_live_")
}

fn is_early(order: &OrderRow) -> bool {
    let age = order.canceled_at.map(|at| at - order.created_at);
    order.status == "canceled"
        && order.cancel_reason.as_deref() == Some("stale")
        && age.is_some_and(|age| age < i64::from(STALE) * 60_000)
}

/// Whether a value that an order was claimed with has changed, or it moved without raising its version.
fn is_thawed(was: &OrderRow, is: &OrderRow, moves: i64) -> bool {
    was.amount != is.amount
        || was.attempt != is.attempt
        || was.rest != is.rest
        || was.created_at != is.created_at
        || (was.session.is_some() && was.session != is.session)
        || is.version < was.version + moves
}

/// The operators of an exploration speak of what was owed at its beginning, and of no other amount. So the rest is what is missing
/// of that, and with it the payment is what is owed.
fn is_unsaid(after: &Database, order: &OrderRow) -> bool {
    let charge = after.charge(order.charge);
    order.amount + order.rest != AMOUNT || charge.amount != AMOUNT || charge.is_closed
}

/// Whether the money taken, with what was waived, is not what is owed, and there is no incident about it.
fn is_untold(after: &Database, order: &OrderRow) -> bool {
    let charge = after.charge(order.charge);
    let owed = if charge.is_closed { 0 } else { charge.amount };
    order.paid_minor.map(|paid| paid + order.rest) != Some(owed)
        && !after.incidents().iter().any(|incident| {
            incident.kind == "amount_mismatch" && incident.payment_intent == order.payment_intent
        })
}
