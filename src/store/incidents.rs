//! Incidents: what a person must look at.

use super::{
    database::{Database, query},
    order_row::{self, order_json},
    row::{Statement, Value, statement},
};
use crate::domain::{
    change::Review,
    error::StoreError,
    id::{ChargeId, OrderId},
    incident::{Incident, IncidentChange},
    time::UnixMillis,
};

/// `?1` subject, `?2` kind, `?3` order, `?4` charge, `?5` session, `?6` payment intent, `?7` minor units,
/// `?8` currency, `?9` detail, `?10` now, `?11` whether it opens again after it was resolved.
pub const OPEN: &str = "\
    INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, \
                           amount_minor, currency, detail, opened_at) \
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 \
    WHERE NOT EXISTS (SELECT 1 FROM incidents WHERE subject = ?1 AND (resolved_at IS NULL OR NOT ?11))";

/// `?1` subject, `?2` now, `?3` resolution.
pub const RESOLVE: &str = "\
    UPDATE incidents SET resolved_at = ?2, resolution = ?3 WHERE subject = ?1 AND resolved_at IS NULL";

/// `?1` order, `?2` now. Resolves duplicate payments of that order's charge that were refunded, or that have
/// taken the charge's live place. Runs after everything that may have done either.
pub const OVER: &str = "\
    UPDATE incidents SET resolved_at = ?2, \
                         resolution = (SELECT IIF(o.status = 'canceled', 'refunded', 'adopted') FROM orders o WHERE o.id = incidents.order_id) \
    WHERE charge_id = (SELECT t.charge_id FROM orders t WHERE t.id = ?1) AND resolved_at IS NULL AND kind = 'duplicate_payment' \
      AND EXISTS (SELECT 1 FROM orders o WHERE o.id = incidents.order_id \
                    AND (o.status <> 'canceled' OR o.refunded_minor >= COALESCE(o.paid_minor, o.amount_minor)))";

// `?2` now: if an order of a charge was paid just now, with another amount than is owed.
macro_rules! mismatch {
    ($charge:literal) => {
        concat!(
            "INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, \
                                    amount_minor, currency, owed_minor, opened_at) \
             SELECT 'amount_mismatch:' || COALESCE(o.payment_intent_id, o.stripe_session_id, o.id), 'amount_mismatch', o.id, c.id, \
                    o.stripe_session_id, o.payment_intent_id, COALESCE(o.paid_minor, o.amount_minor), o.currency, \
                    IIF(c.closed_at IS NULL, c.amount_minor, 0), ?2 \
             FROM charges c JOIN orders o ON o.charge_id = c.id AND o.status IN ('paid', 'refunded') \
             WHERE c.id = ",
            $charge,
            " AND EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.to_status = 'paid' AND e.at = ?2) \
               AND (COALESCE(o.paid_minor, o.amount_minor) <> IIF(c.closed_at IS NULL, c.amount_minor, 0) OR o.currency <> c.currency) \
               AND NOT EXISTS (SELECT 1 FROM incidents n \
                               WHERE n.subject = 'amount_mismatch:' || COALESCE(o.payment_intent_id, o.stripe_session_id, o.id))"
        )
    };
}

/// `?1` order, `?2` now: of that order's charge.
pub const MISMATCH: &str = mismatch!("(SELECT t.charge_id FROM orders t WHERE t.id = ?1)");
/// `?1` charge, `?2` now.
pub const MISMATCH_OF: &str = mismatch!("?1");

/// `?1` the latest time of the last look, `?2` limit. Decoded as an order.
pub const REVIEWS: &str = concat!(
    "SELECT ",
    order_json!(),
    " FROM incidents n JOIN orders o ON o.id = n.order_id JOIN charges c ON c.id = o.charge_id \
      WHERE n.kind = 'duplicate_payment' AND n.resolved_at IS NULL AND n.reviewed_at <= ?1 AND o.status = 'canceled' \
      ORDER BY n.reviewed_at LIMIT ?2"
);

/// `?1` order, `?2` now.
pub const REVIEWED: &str = "\
    UPDATE incidents SET reviewed_at = ?2 \
    WHERE kind = 'duplicate_payment' AND resolved_at IS NULL AND order_id = ?1";

pub(super) async fn reviews<D: Database>(
    database: &D,
    before: UnixMillis,
    limit: u32,
) -> Result<Vec<Review>, StoreError> {
    let read = statement(REVIEWS, [before.0.into(), i64::from(limit).into()]);
    let orders = query(database, read).await?;
    let orders = orders.iter().map(order_row::decode);
    let review = |order: crate::domain::order::Order| {
        let payment = order.recorded()?;
        Some(Review { order, payment })
    };
    orders
        .filter_map(|order| order.map(review).transpose())
        .collect()
}

pub(super) async fn reviewed<D: Database>(
    database: &D,
    order: OrderId,
    at: UnixMillis,
) -> Result<(), StoreError> {
    query(database, statement(REVIEWED, [order.0.into(), at.0.into()])).await?;
    Ok(())
}

pub(super) fn change(change: &IncidentChange, at: UnixMillis) -> Vec<Statement> {
    match change {
        IncidentChange::Open(incident) => vec![open(incident, at)],
        IncidentChange::Resolve {
            kind,
            about,
            resolution,
        } => {
            let subject = format!("{}:{about}", kind.as_str());
            vec![resolve(subject, at, resolution)]
        }
        IncidentChange::Close(incident, resolution) => {
            let subject = subject(incident);
            vec![open(incident, at), resolve(subject, at, resolution)]
        }
    }
}

/// What runs after an order has moved. It resolves duplicate payments that are over, and opens an incident if
/// another amount than is owed was paid.
pub(super) fn after_move(order: OrderId, at: UnixMillis) -> [Statement; 2] {
    [OVER, MISMATCH].map(|sql| statement(sql, [order.0.into(), at.0.into()]))
}

/// Tells of another amount than is owed, if an order of a charge was paid just now.
pub(super) fn mismatch_of(charge: ChargeId, at: UnixMillis) -> Statement {
    statement(MISMATCH_OF, [charge.0.into(), at.0.into()])
}

fn resolve(subject: String, at: UnixMillis, resolution: &str) -> Statement {
    statement(RESOLVE, [subject.into(), at.0.into(), resolution.into()])
}

fn open(incident: &Incident, at: UnixMillis) -> Statement {
    let text = |id: Option<&str>| Value::from(id);
    statement(
        OPEN,
        [
            subject(incident).into(),
            incident.kind.as_str().into(),
            incident.order.map(|order| order.0).into(),
            incident.charge.map(|charge| charge.0).into(),
            text(incident.session.as_ref().map(|id| id.0.as_str())),
            text(incident.payment_intent.as_ref().map(|id| id.0.as_str())),
            incident.money.map(|money| money.minor).into(),
            incident
                .money
                .map(|money| String::from(money.currency))
                .into(),
            incident.detail.as_str().into(),
            at.0.into(),
            incident.kind.reopens().into(),
        ],
    )
}

fn subject(incident: &Incident) -> String {
    format!("{}:{}", incident.kind.as_str(), incident.about)
}
