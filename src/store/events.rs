//! Stripe's events: each is recorded in the transaction of its effect, so that it acts once.

use serde::{Deserialize, Serialize};

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
        id::{ChargeId, EventId, InstallationId, OrderId},
        payment::Payment,
        time::UnixMillis,
    },
    json,
};

/// `?1` a JSON array of events, each an array of its id, type, order or null, effect and when it was made; `?2` now. Aborts the
/// transaction if one of the ids is recorded already.
pub const RECORD_EVENT: &str = "\
    INSERT INTO stripe_events (id, type, order_id, effect, created_at, received_at) \
    SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, ?2 FROM json_each(?1) j";

/// `?1` event, `?2` now, `?3` type, `?4` order, `?5` effect, `?6` when it was made; of the payment by which it pays the order: `?7` the
/// order's version, `?8` payment intent or NULL, `?9` minor units or NULL. Records the event if the order is at that version and the payment
/// is plain: nothing of it went back, its charge owes just so much, and no incident of the charge may be over. Then
/// [`PAY_PLAIN`](super::orders::PAY_PLAIN) is all that it needs: nothing is to be refunded, promoted, or told.
pub const RECORD_PLAIN: &str = "\
    INSERT INTO stripe_events (id, type, order_id, effect, created_at, received_at) \
    SELECT ?1, ?3, ?4, ?5, ?6, ?2 \
    WHERE EXISTS (SELECT 1 FROM orders o JOIN charges c ON c.id = o.charge_id \
                  WHERE o.id = ?4 AND o.version = ?7 AND c.closed_at IS NULL AND o.currency = c.currency \
                    AND COALESCE(?9, o.paid_minor, o.amount_minor) = c.amount_minor \
                    AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_intent_id = COALESCE(?8, o.payment_intent_id)) \
                    AND NOT EXISTS (SELECT 1 FROM incidents n WHERE n.charge_id = c.id AND n.resolved_at IS NULL))";

// Whether the event that is looked for is recorded.
macro_rules! seen {
    () => {
        "EXISTS (SELECT 1 FROM stripe_events e WHERE e.id = j.value ->> 0)"
    };
}

/// `?1` a JSON array of what is looked for, each an array of an event, a session, an attempt, a payment intent, an order (each
/// may be null), and an array of a charge's player, kind and period, or null.
///
/// A row for each: whether the event is recorded; if it is not, also the charge of that name, and the order of that session, or
/// else of that payment, attempt or id.
pub const FIND: &str = concat!(
    "SELECT json_object('seen', ",
    seen!(),
    ", 'installation', (SELECT i.id FROM installation i), \
       'charge', (SELECT d.id FROM players p JOIN charges d ON d.player_id = p.id \
                  WHERE p.player_id = j.value ->> '$[5][0]' AND d.kind = j.value ->> '$[5][1]' AND d.period = j.value ->> '$[5][2]'), \
       'order', json(CASE WHEN NOT ",
    seen!(),
    " THEN (SELECT ",
    order_json!(),
    " FROM orders o JOIN charges c ON c.id = o.charge_id \
      WHERE o.id = COALESCE((SELECT s.id FROM orders s WHERE s.stripe_session_id = j.value ->> 1), \
                            (SELECT MIN(s.id) FROM orders s WHERE s.payment_intent_id = j.value ->> 3), \
                            (SELECT s.id FROM orders s WHERE s.attempt = j.value ->> 2), \
                            j.value ->> 4)) END)) \
      FROM json_each(?1) j ORDER BY j.key"
);

#[derive(Deserialize)]
struct FoundRow {
    seen: i64,
    installation: InstallationId,
    charge: Option<ChargeId>,
    order: Option<OrderRow>,
}

/// A row of what [`FIND`] is given.
#[derive(Serialize)]
struct LookedFor<'a>(
    Option<&'a str>,
    Option<&'a str>,
    Option<&'a str>,
    Option<&'a str>,
    Option<OrderId>,
    Option<(&'a str, &'a str, &'a str)>,
);

fn looked_for(lookup: &Lookup) -> LookedFor<'_> {
    LookedFor(
        lookup.event.as_ref().map(|EventId(id)| id.as_str()),
        lookup.session.as_ref().map(|id| id.0.as_str()),
        lookup.attempt.as_ref().map(|attempt| attempt.0.as_str()),
        lookup.payment_intent.as_ref().map(|id| id.0.as_str()),
        lookup.order,
        lookup.charge.as_ref().map(|name| {
            let ChargeName {
                player_id,
                kind,
                period,
            } = name;
            (player_id.as_str(), kind.as_str(), period.as_str())
        }),
    )
}

pub(super) async fn find<D: Database>(database: &D, lookup: &Lookup) -> Result<Found, StoreError> {
    let mut found = find_each(database, std::slice::from_ref(lookup)).await?;
    found.pop().ok_or_else(without_its_row)
}

pub(super) async fn find_each<D: Database>(
    database: &D,
    lookups: &[Lookup],
) -> Result<Vec<Found>, StoreError> {
    let lookups: Vec<_> = lookups.iter().map(looked_for).collect();
    let read = statement(FIND, [json::to_string(&lookups).into()]);
    let found = query(database, read).await?;
    if found.len() != lookups.len() {
        return Err(without_its_row());
    }
    found
        .iter()
        .map(|row| {
            let found: FoundRow = row.decode()?;
            Ok(Found {
                seen: found.seen == 1,
                installation: found.installation,
                charge: found.charge,
                order: found.order.map(OrderRow::order).transpose()?,
            })
        })
        .collect()
}

fn without_its_row() -> StoreError {
    StoreError::Failed("a search without its row".to_owned())
}

/// The statement that records events; `None` if there are none.
/// Records an event that pays its order, if the payment is plain.
pub(super) fn record_plain(
    event: &EventRecord,
    version: i64,
    payment: &Payment,
    at: UnixMillis,
) -> Statement {
    let intent = payment.payment_intent.as_ref();
    statement(
        RECORD_PLAIN,
        [
            event.id.0.as_str().into(),
            at.0.into(),
            event.kind.as_str().into(),
            event.order.map(|order| order.0).into(),
            event.effect.into(),
            event.created.0.into(),
            version.into(),
            intent.map(|id| id.0.as_str()).into(),
            payment.money.map(|money| money.minor).into(),
        ],
    )
}

pub(super) fn record(events: &[EventRecord], at: UnixMillis) -> Option<Statement> {
    let row = |event: &EventRecord| {
        let (id, kind) = (event.id.0.clone(), event.kind.clone());
        (id, kind, event.order, event.effect, event.created)
    };
    let rows: Vec<_> = events.iter().map(row).collect();
    (!rows.is_empty())
        .then(|| statement(RECORD_EVENT, [json::to_string(&rows).into(), at.0.into()]))
}
