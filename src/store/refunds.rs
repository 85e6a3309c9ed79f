//! Money that goes back: what Stripe lists of a payment, and what was asked for here.

use serde::Deserialize;

use super::{
    database::{Database, query},
    mover::Mover,
    row::{Row, Statement, statement},
};
use crate::{
    domain::{
        change::{RefundsHere, RefundsOf, RequestChange},
        error::StoreError,
        id::{OrderId, PaymentIntentId, RequestId},
        money::{Currency, Money},
        payment::{AUTO_REFUND, RefundRequest},
        time::UnixMillis,
    },
    json,
};

/// How long whoever asks for a refund may be at work before the cron asks for it: its calls to Stripe end earlier.
const AT_WORK: i64 = 60_000;

/// `?1` a JSON array of refunds, each an array of Stripe's id, minor units, currency, status, reason, when it was made, and
/// the request that it was made for or null; `?2` now. What was asked for here is found by its request.
pub const ANSWER_REQUESTS: &str = "\
    UPDATE refunds SET stripe_id = j.value ->> 0, amount_minor = j.value ->> 1, currency = j.value ->> 2, \
                       status = j.value ->> 3, created_at = j.value ->> 5, next_try_at = NULL, updated_at = ?2 \
    FROM json_each(?1) j WHERE refunds.request = j.value ->> 6 AND refunds.stripe_id IS NULL";

/// `?1` as [`ANSWER_REQUESTS`], `?2` payment intent, `?3` now. A dispute was made when its newest event happened: an older one
/// that comes later changes nothing.
pub const WRITE_REFUNDS: &str = "\
    INSERT INTO refunds (stripe_id, payment_intent_id, amount_minor, currency, status, reason, created_at, updated_at) \
    SELECT j.value ->> 0, ?2, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, ?3 \
    FROM json_each(?1) j WHERE true \
    ON CONFLICT (stripe_id) DO UPDATE SET status = excluded.status, amount_minor = excluded.amount_minor, \
                                          created_at = excluded.created_at, updated_at = ?3 \
    WHERE (status <> excluded.status OR amount_minor <> excluded.amount_minor) AND excluded.created_at >= created_at";

/// `?1` request, `?2` payment intent, `?3` minor units, `?4` currency, `?5` who, `?6` now, `?7` when the cron asks for it.
/// Runs after [`EXPECT_NONE_OPEN`].
pub const REQUEST: &str = "\
    INSERT INTO refunds (request, payment_intent_id, amount_minor, currency, status, reason, actor, created_at, updated_at, \
                         next_try_at) \
    VALUES (?1, ?2, ?3, ?4, 'requested', 'refund', ?5, ?6, ?6, ?7)";

// The requests `r` that are open and of the charge that the payment `?1` is for.
macro_rules! open_of_charge {
    () => {
        "FROM refunds r JOIN orders o ON o.payment_intent_id = r.payment_intent_id \
         WHERE r.status = 'requested' \
           AND o.charge_id = (SELECT x.charge_id FROM orders x WHERE x.payment_intent_id = ?1)"
    };
}

/// `?1` payment intent: aborts the transaction if a request of any payment of its charge is open. So two who refund different
/// payments of one charge do not both believe that the other payment is kept.
pub const EXPECT_NONE_OPEN: &str = concat!(
    "INSERT INTO expect (holds) SELECT NOT EXISTS (SELECT 1 ",
    open_of_charge!(),
    ")"
);

/// `?1` request, `?2` how it ends, `?3` now.
pub const END_REQUEST: &str = "\
    UPDATE refunds SET status = ?2, next_try_at = NULL, updated_at = ?3 WHERE request = ?1 AND status = 'requested'";

/// `?1` request, `?2` when the cron asks for it again.
pub const POSTPONE_REQUEST: &str =
    "UPDATE refunds SET next_try_at = ?2 WHERE request = ?1 AND status = 'requested'";

/// `?1` order, `?2` minor units, `?3` now, `?4` who. Runs before the order counts it, and never takes more than is left.
pub const HANDED_BACK: &str = "\
    INSERT INTO refunds (order_id, amount_minor, currency, status, reason, actor, created_at, updated_at) \
    SELECT o.id, MIN(?2, COALESCE(o.paid_minor, o.amount_minor) - o.refunded_minor), o.currency, 'succeeded', 'refund', ?4, ?3, ?3 \
    FROM orders o WHERE o.id = ?1 AND o.method = 'offline' AND o.status = 'paid'";

// A request `r` with the order `o` that its payment is of.
macro_rules! request_json {
    () => {
        "json_object('id', r.request, 'payment', r.payment_intent_id, 'minor', r.amount_minor, 'currency', r.currency, \
                     'actor', r.actor, 'at', r.created_at, 'order', o.id)"
    };
}

/// `?1` now, `?2` limit: requests that Stripe has not answered, the one that waits longest first.
pub const OPEN_REQUESTS: &str = concat!(
    "SELECT ",
    request_json!(),
    " FROM refunds r JOIN orders o ON o.payment_intent_id = r.payment_intent_id \
      WHERE r.status = 'requested' AND r.next_try_at <= ?1 ORDER BY r.next_try_at LIMIT ?2"
);

/// `?1` payment intent, `?2` the name of what asks by itself.
pub const HERE: &str = concat!(
    "SELECT json_object('open', json((SELECT ",
    request_json!(),
    " ",
    open_of_charge!(),
    " LIMIT 1)), \
      'refunded_minor', (SELECT COALESCE(SUM(r.amount_minor), 0) \
                         FROM refunds r JOIN orders o ON o.payment_intent_id = r.payment_intent_id AND o.currency = r.currency \
                         WHERE r.payment_intent_id = ?1 AND r.reason = 'refund' \
                           AND r.status IN ('pending', 'requires_action', 'succeeded')), \
      'failed_alone', EXISTS (SELECT 1 FROM refunds r JOIN orders o ON o.payment_intent_id = r.payment_intent_id \
                              WHERE r.payment_intent_id = ?1 AND r.actor = ?2 \
                                AND (r.status IN ('not_made', 'failed', 'canceled') \
                                     OR (r.status = 'refused' \
                                         AND r.amount_minor = COALESCE(o.paid_minor, o.amount_minor) - o.refunded_minor))))"
);

#[derive(Deserialize)]
struct RequestRow {
    id: RequestId,
    payment: PaymentIntentId,
    minor: i64,
    currency: Currency,
    actor: String,
    at: UnixMillis,
    order: OrderId,
}

impl From<RequestRow> for RefundRequest {
    fn from(row: RequestRow) -> Self {
        let (minor, currency) = (row.minor, row.currency);
        Self {
            id: row.id,
            order: row.order,
            payment: row.payment,
            money: Money { minor, currency },
            actor: row.actor,
            at: row.at,
        }
    }
}

#[derive(Deserialize)]
struct HereRow {
    open: Option<RequestRow>,
    refunded_minor: i64,
    failed_alone: i64,
}

pub(super) async fn here<D: Database>(
    database: &D,
    payment: &PaymentIntentId,
) -> Result<RefundsHere, StoreError> {
    let read = statement(HERE, [payment.0.as_str().into(), AUTO_REFUND.into()]);
    let rows = query(database, read).await?;
    let row: Option<HereRow> = rows.first().map(Row::decode).transpose()?;
    Ok(row.map_or_else(RefundsHere::default, |row| RefundsHere {
        open: row.open.map(RefundRequest::from),
        refunded_minor: row.refunded_minor,
        has_failed_alone: row.failed_alone == 1,
    }))
}

pub(super) async fn open_requests<D: Database>(
    database: &D,
    now: UnixMillis,
    limit: u32,
) -> Result<Vec<RefundRequest>, StoreError> {
    let read = statement(OPEN_REQUESTS, [now.0.into(), i64::from(limit).into()]);
    let rows = query(database, read).await?;
    rows.iter()
        .map(|row| row.decode::<RequestRow>().map(RefundRequest::from))
        .collect()
}

pub(super) async fn postpone_request<D: Database>(
    database: &D,
    request: &RequestId,
    until: UnixMillis,
) -> Result<(), StoreError> {
    let parameters = [request.0.as_str().into(), until.0.into()];
    query(database, statement(POSTPONE_REQUEST, parameters)).await?;
    Ok(())
}

/// The order that a request expects at the version that was read.
pub(super) const fn expected(change: &RequestChange) -> Option<(OrderId, i64)> {
    match change {
        RequestChange::Open { request, version } => Some((request.order, *version)),
        RequestChange::End(..) => None,
    }
}

/// The statements for what becomes of a request.
pub(super) fn request(change: &RequestChange, at: UnixMillis) -> Vec<Statement> {
    match change {
        RequestChange::Open { request, .. } => {
            let payment = request.payment.0.as_str();
            let asked = [
                request.id.0.as_str().into(),
                payment.into(),
                request.money.minor.into(),
                request.money.currency.as_str().into(),
                request.actor.as_str().into(),
                at.0.into(),
                (at.0 + AT_WORK).into(),
            ];
            vec![
                statement(EXPECT_NONE_OPEN, [payment.into()]),
                statement(REQUEST, asked),
            ]
        }
        RequestChange::End(id, end) => {
            let parameters = [id.0.as_str().into(), end.as_str().into(), at.0.into()];
            vec![statement(END_REQUEST, parameters)]
        }
    }
}

/// The statements that write what Stripe lists of a payment.
pub(super) fn write(of: &RefundsOf, at: UnixMillis) -> [Statement; 2] {
    let rows = of.refunds.iter().map(|refund| {
        let (id, money) = (&refund.id.0, &refund.money);
        let (currency, status) = (money.currency.as_str(), refund.status.as_str());
        let (reason, created) = (refund.reason.as_str(), refund.created.0);
        let request = refund.request.as_ref().map(|request| &request.0);
        (id, money.minor, currency, status, reason, created, request)
    });
    let rows = json::to_string(&rows.collect::<Vec<_>>());
    let intent = of.payment_intent.0.as_str().into();
    [
        statement(ANSWER_REQUESTS, [rows.as_str().into(), at.0.into()]),
        statement(WRITE_REFUNDS, [rows.into(), intent, at.0.into()]),
    ]
}

/// The statement that writes down what was handed back of an offline payment.
pub(super) fn handed_back(order: OrderId, minor: i64, by: Mover<'_>) -> Statement {
    statement(
        HANDED_BACK,
        [
            order.0.into(),
            minor.into(),
            by.at.0.into(),
            by.actor.into(),
        ],
    )
}
