//! Incidents: what a person must look at.

use serde::Deserialize;

use super::{
    database::{Database, query},
    order_row::{self, order_json},
    row::{Statement, Value, statement},
};
use crate::{
    domain::{
        change::{Move, Review, Transition, Unplaced},
        charge::ChargeName,
        error::StoreError,
        id::{IncidentId, OrderId, SessionId},
        incident::{Incident, IncidentChange, IncidentKind},
        time::UnixMillis,
    },
    json,
};

/// `?1` subject, `?2` kind, `?3` order, `?4` charge, `?5` session, `?6` payment intent, `?7` minor units,
/// `?8` currency, `?9` detail, `?10` now, `?11` whether it opens again after it was resolved, `?12` a JSON array of the player,
/// kind and period of a charge that is not here, or NULL; `?13` until when a dispute can be answered, or NULL.
pub const OPEN: &str = "\
    INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, \
                           amount_minor, currency, detail, opened_at, charge_named, due_by) \
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12, ?13 \
    WHERE NOT EXISTS (SELECT 1 FROM incidents WHERE subject = ?1 AND (resolved_at IS NULL OR NOT ?11))";

/// `?1` subject, `?2` now, `?3` resolution.
pub const RESOLVE: &str = "\
    UPDATE incidents SET resolved_at = ?2, resolution = ?3 WHERE subject = ?1 AND resolved_at IS NULL";

/// `?1` a JSON array of orders, `?2` now. Resolves duplicate payments of those orders' charges that were refunded, or that
/// have taken the charge's live place. Runs after everything that may have done either.
pub const OVER: &str = "\
    UPDATE incidents SET resolved_at = ?2, \
                         resolution = (SELECT IIF(o.status = 'paid', 'adopted', 'refunded') FROM orders o WHERE o.id = incidents.order_id) \
    WHERE charge_id IN (SELECT t.charge_id FROM json_each(?1) j JOIN orders t ON t.id = j.value) AND resolved_at IS NULL AND kind = 'duplicate_payment' \
      AND EXISTS (SELECT 1 FROM orders o WHERE o.id = incidents.order_id \
                    AND (o.status = 'paid' OR o.refunded_minor >= COALESCE(o.paid_minor, o.amount_minor)))";

/// `?1` order, `?2` now. The money of a refunded or canceled order is the club's again, and another order has taken its
/// charge's live place meanwhile. Opens again what was resolved: it is so again.
pub const CAME_BACK: &str = "\
    INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, amount_minor, currency, \
                           detail, opened_at) \
    SELECT 'duplicate_payment:' || COALESCE(o.payment_intent_id, o.stripe_session_id), 'duplicate_payment', o.id, o.charge_id, \
           o.stripe_session_id, o.payment_intent_id, COALESCE(o.paid_minor, o.amount_minor) - o.refunded_minor, o.currency, \
           'Its money came back to the club, and the charge has another order meanwhile.', ?2 \
    FROM orders o WHERE o.id = ?1 AND o.status IN ('canceled', 'refunded') AND o.paid_at IS NOT NULL \
      AND o.refunded_minor < COALESCE(o.paid_minor, o.amount_minor) \
      AND NOT EXISTS (SELECT 1 FROM incidents n WHERE n.resolved_at IS NULL \
                        AND n.subject = 'duplicate_payment:' || COALESCE(o.payment_intent_id, o.stripe_session_id))";

/// `?1` a JSON array of orders, `?2` now: if an order of one of those orders' charges was paid just now, with another amount than
/// is owed. An operator has said what becomes of the rest of an offline payment.
pub const MISMATCH: &str = "\
    INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, \
                           amount_minor, currency, owed_minor, owed_currency, opened_at) \
    SELECT 'amount_mismatch:' || COALESCE(o.payment_intent_id, o.stripe_session_id, o.id), 'amount_mismatch', o.id, c.id, \
           o.stripe_session_id, o.payment_intent_id, COALESCE(o.paid_minor, o.amount_minor), o.currency, \
           IIF(c.closed_at IS NULL, c.amount_minor, 0), c.currency, ?2 \
    FROM charges c JOIN orders o ON o.charge_id = c.id AND o.status IN ('paid', 'refunded') AND o.method <> 'offline' \
    WHERE c.id IN (SELECT t.charge_id FROM json_each(?1) j JOIN orders t ON t.id = j.value) \
      AND EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.to_status = 'paid' AND e.at = ?2) \
      AND (COALESCE(o.paid_minor, o.amount_minor) <> IIF(c.closed_at IS NULL, c.amount_minor, 0) OR o.currency <> c.currency) \
      AND NOT EXISTS (SELECT 1 FROM incidents n \
                      WHERE n.subject = 'amount_mismatch:' || COALESCE(o.payment_intent_id, o.stripe_session_id, o.id))";

/// `?1` the latest time of the last look, `?2` limit. Decoded as an order.
pub const REVIEWS: &str = concat!(
    "SELECT ",
    order_json!(),
    " FROM incidents n JOIN orders o ON o.id = n.order_id JOIN charges c ON c.id = o.charge_id \
      WHERE n.kind = 'duplicate_payment' AND n.resolved_at IS NULL AND n.reviewed_at <= ?1 \
        AND o.status IN ('canceled', 'refunded') \
      ORDER BY n.reviewed_at LIMIT ?2"
);

/// `?1` order, `?2` now.
pub const REVIEWED: &str = "\
    UPDATE incidents SET reviewed_at = ?2 \
    WHERE kind = 'duplicate_payment' AND resolved_at IS NULL AND order_id = ?1";

/// `?1` the latest time of the last look, `?2` limit: sessions of ours that could not be placed, and may be now.
pub const UNPLACED: &str = "\
    SELECT json_object('id', n.id, 'kind', n.kind, 'session', n.stripe_session_id) FROM incidents n \
    WHERE n.kind IN ('unknown_charge', 'not_restored') AND n.resolved_at IS NULL AND n.reviewed_at <= ?1 \
      AND n.stripe_session_id IS NOT NULL \
      AND (n.kind = 'not_restored' \
           OR EXISTS (SELECT 1 FROM players p JOIN charges c ON c.player_id = p.id \
                      WHERE p.player_id = n.charge_named ->> 0 AND c.kind = n.charge_named ->> 1 AND c.period = n.charge_named ->> 2)) \
    ORDER BY n.reviewed_at LIMIT ?2";

/// `?1` incident, `?2` now.
pub const LOOKED_AT: &str = "UPDATE incidents SET reviewed_at = ?2 WHERE id = ?1";

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

#[derive(Deserialize)]
struct UnplacedRow {
    id: IncidentId,
    kind: String,
    session: SessionId,
}

pub(super) async fn unplaced<D: Database>(
    database: &D,
    before: UnixMillis,
    limit: u32,
) -> Result<Vec<Unplaced>, StoreError> {
    let read = statement(UNPLACED, [before.0.into(), i64::from(limit).into()]);
    let rows = query(database, read).await?;
    let unplaced = rows.iter().map(|row| {
        let UnplacedRow { id, kind, session } = row.decode()?;
        let kind = IncidentKind::parse(&kind)
            .ok_or_else(|| StoreError::Failed(format!("an incident's kind is {kind:?}")))?;
        Ok(Unplaced { id, kind, session })
    });
    unplaced.collect()
}

pub(super) async fn looked_at<D: Database>(
    database: &D,
    incident: IncidentId,
    at: UnixMillis,
) -> Result<(), StoreError> {
    query(
        database,
        statement(LOOKED_AT, [incident.0.into(), at.0.into()]),
    )
    .await?;
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

/// Tells of money that came back to an order without a place.
pub(super) fn came_back(to: &Move, at: UnixMillis) -> Option<Statement> {
    match &to.to {
        Transition::Refunds => Some(statement(CAME_BACK, [to.order.0.into(), at.0.into()])),
        Transition::Paid(_)
        | Transition::Recorded(_)
        | Transition::Canceled(_)
        | Transition::Waits(_)
        | Transition::Identified(_)
        | Transition::Details { .. }
        | Transition::Checked
        | Transition::HandedBack(_) => None,
    }
}

/// Resolves duplicate payments that are over, and opens an incident if another amount than is owed was paid.
pub(super) fn over(orders: &[OrderId], at: UnixMillis) -> [Statement; 2] {
    let orders = json::to_string(orders);
    [OVER, MISMATCH].map(|sql| statement(sql, [orders.as_str().into(), at.0.into()]))
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
            incident
                .charge_named
                .as_ref()
                .map(ChargeName::to_json)
                .into(),
            incident.due_by.map(|at| at.0).into(),
        ],
    )
}

fn subject(incident: &Incident) -> String {
    format!("{}:{}", incident.kind.as_str(), incident.about)
}
