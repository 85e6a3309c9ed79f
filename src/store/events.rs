//! Stripe's events: each is recorded in the transaction of its effect, so that it acts once.

use serde::Deserialize;

use super::{
    database::{Database, query},
    order_row::{OrderRow, order_json},
    row::{Statement, statement},
};
use crate::{
    domain::{
        change::{EventRecord, Found, Lookup},
        charge::ChargeName,
        error::StoreError,
        id::{ChargeId, EventId, InstallationId},
        time::UnixMillis,
    },
    json,
};

/// `?1` id, `?2` type, `?3` order, `?4` effect, `?5` created, `?6` now. Aborts the transaction if the id is
/// recorded already.
pub const RECORD_EVENT: &str = "\
    INSERT INTO stripe_events (id, type, order_id, effect, created_at, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// `?1` event, `?2` session, `?3` attempt, `?4` payment intent, `?5` a JSON array of a charge's player, kind and period,
/// `?6` order.
///
/// Whether the event is recorded, the charge of that name, and the order of that session, attempt, payment or id.
pub const FIND: &str = concat!(
    "SELECT json_object('seen', EXISTS (SELECT 1 FROM stripe_events WHERE id = ?1), \
                        'installation', (SELECT i.id FROM installation i), \
                        'charge', (SELECT d.id FROM players p JOIN charges d ON d.player_id = p.id \
                                   WHERE p.player_id = ?5 ->> 0 AND d.kind = ?5 ->> 1 AND d.period = ?5 ->> 2), \
                        'order', json((SELECT ",
    order_json!(),
    " FROM orders o JOIN charges c ON c.id = o.charge_id \
      WHERE o.stripe_session_id = ?2 OR o.attempt = ?3 OR o.payment_intent_id = ?4 OR o.id = ?6 \
      ORDER BY o.stripe_session_id IS ?2 AND ?2 IS NOT NULL DESC, o.payment_intent_id IS ?4 AND ?4 IS NOT NULL DESC LIMIT 1)))"
);

/// `?1` a JSON array of ids. Returns those that are not recorded.
pub const UNSEEN: &str = "\
    SELECT j.value FROM json_each(?1) j WHERE NOT EXISTS (SELECT 1 FROM stripe_events e WHERE e.id = j.value)";

#[derive(Deserialize)]
struct FoundRow {
    seen: i64,
    installation: InstallationId,
    charge: Option<ChargeId>,
    order: Option<OrderRow>,
}

pub(super) async fn find<D: Database>(database: &D, lookup: &Lookup) -> Result<Found, StoreError> {
    let text = |id: &Option<String>| id.as_deref().into();
    let parameters = [
        text(&lookup.event.clone().map(|id| id.0)),
        text(&lookup.session.clone().map(|id| id.0)),
        text(&lookup.attempt.clone().map(|attempt| attempt.0)),
        text(&lookup.payment_intent.clone().map(|id| id.0)),
        lookup.charge.as_ref().map(ChargeName::to_json).into(),
        lookup.order.map(|order| order.0).into(),
    ];
    let rows = query(database, statement(FIND, parameters)).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Failed("a search without its row".to_owned()))?;
    let found: FoundRow = row.decode()?;
    Ok(Found {
        seen: found.seen == 1,
        installation: found.installation,
        charge: found.charge,
        order: found.order.map(OrderRow::order).transpose()?,
    })
}

pub(super) async fn unseen<D: Database>(
    database: &D,
    events: &[EventId],
) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<&str> = events.iter().map(|EventId(id)| id.as_str()).collect();
    let rows = query(database, statement(UNSEEN, [json::to_string(&ids).into()])).await?;
    rows.iter()
        .map(|row| Ok(EventId(row.text(0)?.to_owned())))
        .collect()
}

pub(super) fn record(event: &EventRecord, at: UnixMillis) -> Statement {
    statement(
        RECORD_EVENT,
        [
            event.id.0.as_str().into(),
            event.kind.as_str().into(),
            event.order.map(|order| order.0).into(),
            event.effect.into(),
            event.created.0.into(),
            at.0.into(),
        ],
    )
}
