//! Orders, and the one function that moves them.
//!
//! The statements that a burst of payments needs take a JSON array of orders. They move one order or a hundred, and there
//! are no others.

use serde::Serialize;

use super::{
    acts, audit,
    database::{Database, query, transaction},
    emails::rules,
    events, incidents,
    mover::Mover,
    order_row::{decode, order_json},
    refunds,
    row::{Statement, Value, statement},
};
use crate::{
    domain::{
        change::{Commit, Committed, Move, RecoveredOrder, Refused, Transition, Unpayable},
        error::StoreError,
        id::{ChargeId, OrderId},
        order::{CancelReason, Order},
        payment::{NewSession, Waiting},
        time::UnixMillis,
    },
    json,
};

/// `?1` a JSON array of orders, each an array of its id, version and reason; `?2` now, `?3` cause, `?4` who. Changes nothing of
/// an order that is at another version. An order that was given up without a session stays due: a create call of it that is still on its
/// way may make one, and the cron expires it.
pub const CANCEL: &str = "\
    UPDATE orders SET status = 'canceled', canceled_at = ?2, cancel_reason = j.value ->> 2, checks = 0, \
                      next_check_at = IIF(origin = 'guard' AND stripe_session_id IS NULL, ?2, NULL), \
                      version = version + 1, cause = ?3, actor = ?4, updated_at = ?2 \
    FROM json_each(?1) j \
    WHERE orders.id = j.value ->> 0 AND version = j.value ->> 1 AND status = 'pending'";

// What went back of a payment: a refund counts as soon as it is on its way. An amount in another currency than the
// order's is never added to it. A dispute that was lost over such an amount took the whole payment: an incident says so.
macro_rules! refunded_minor {
    ($intent:literal) => {
        concat!(
            "(SELECT COALESCE(SUM(CASE WHEN r.currency = orders.currency THEN r.amount_minor \
                                       WHEN r.reason = 'dispute_lost' THEN COALESCE(orders.paid_minor, orders.amount_minor) \
                                       ELSE 0 END), 0) \
              FROM refunds r WHERE r.payment_intent_id = ",
            $intent,
            " AND r.status IN ('pending', 'requires_action', 'succeeded'))"
        )
    };
}

// The columns of a payment, of an order that is marked paid or that only records it.
macro_rules! payment {
    (refunded: $refunded:expr) => {
        concat!(
            "paid_at = COALESCE(paid_at, j.value ->> 4, ?2), paid_minor = COALESCE(j.value ->> 3, paid_minor, amount_minor), \
             payment_intent_id = COALESCE(j.value ->> 2, payment_intent_id), receipt_url = COALESCE(j.value ->> 5, receipt_url), \
             stripe_session_id = COALESCE(stripe_session_id, j.value ->> 1), refunded_minor = ",
            $refunded,
            ", next_check_at = j.value ->> 6, checks = 0, version = version + 1, cause = ?3, actor = ?4, updated_at = ?2 \
             FROM json_each(?1) j WHERE orders.id = j.value ->> 0"
        )
    };
}

/// `?1` a JSON array of orders, each an array of its id, session, payment intent, minor units or null, when or null, receipt,
/// next check or null; `?2` now, `?3` cause, `?4` who. Like the moves below, it runs after [`EXPECT_VERSION`].
pub const PAY: &str = concat!(
    "UPDATE orders SET status = 'paid', ",
    payment!(refunded: refunded_minor!("j.value ->> 2")),
    " AND status IN ('pending', 'canceled')"
);

/// Like [`PAY`], behind [`events::RECORD_PLAIN`], whose event is `?5`; `?6` the order's version. Nothing went back. Returns a row if
/// the order is paid by it.
pub const PAY_PLAIN: &str = concat!(
    "UPDATE orders SET status = 'paid', ",
    payment!(refunded: "0"),
    " AND version = ?6 AND status IN ('pending', 'canceled') \
      AND EXISTS (SELECT 1 FROM stripe_events e WHERE e.id = ?5 AND e.order_id = orders.id) RETURNING 1"
);

/// Like [`PAY`], for a canceled order that stays canceled.
pub const RECORD: &str = concat!(
    "UPDATE orders SET ",
    payment!(refunded: refunded_minor!("j.value ->> 2")),
    " AND status = 'canceled'"
);

/// `?1` a JSON array of orders, each an array of its id, whom its money waits for, Stripe's page for the payer or null; `?2` now.
pub const WAITS: &str = "\
    UPDATE orders SET waits_for = j.value ->> 1, action_url = j.value ->> 2, version = version + 1, updated_at = ?2 \
    FROM json_each(?1) j WHERE orders.id = j.value ->> 0 AND status = 'pending'";

/// `?1` order, `?2` payment intent, `?3` minor units or NULL. Only of a payment that an old system has left without.
pub const IDENTIFY: &str = "\
    UPDATE orders SET payment_intent_id = ?2, paid_minor = COALESCE(?3, paid_minor), version = version + 1 \
    WHERE id = ?1 AND payment_intent_id IS NULL AND paid_at IS NOT NULL";

/// `?1` order, `?2` its version, or NULL behind [`EXPECT_VERSION`]; `?3` receipt or NULL. Returns a row if the order was at that
/// version.
pub const DETAILS: &str = "\
    UPDATE orders SET receipt_url = COALESCE(?3, receipt_url), next_check_at = NULL, checks = 0, version = version + 1 \
    WHERE id = ?1 AND (?2 IS NULL OR version = ?2) AND paid_at IS NOT NULL RETURNING 1";

/// `?1` order.
pub const CHECKED: &str =
    "UPDATE orders SET next_check_at = NULL, checks = 0, version = version + 1 WHERE id = ?1";

/// `?1` order, `?2` now, `?3` cause, `?4` who.
pub const COUNT_REFUNDS: &str = concat!(
    "UPDATE orders SET refunded_minor = ",
    refunded_minor!("orders.payment_intent_id"),
    ", version = version + 1, cause = ?3, actor = ?4, updated_at = ?2 WHERE id = ?1"
);

/// `?1` a JSON array of orders, `?2` now, `?3` cause, `?4` who. Makes a paid order refunded if all of its money went back.
/// Runs after everything that pays or counts refunds, because either may come last.
pub const REFUND_IF_GONE: &str = "\
    UPDATE orders SET status = 'refunded', refunded_at = ?2, version = version + 1, cause = ?3, actor = ?4, updated_at = ?2, \
                      refund_reason = COALESCE((SELECT r.reason FROM refunds r WHERE r.payment_intent_id = orders.payment_intent_id \
                                                  AND r.status IN ('pending', 'requires_action', 'succeeded') \
                                                ORDER BY r.updated_at DESC, r.id DESC LIMIT 1), 'refund') \
    WHERE id IN (SELECT j.value FROM json_each(?1) j) AND status = 'paid' AND refunded_minor > 0 AND refunded_minor >= COALESCE(paid_minor, amount_minor)";

/// `?1` a JSON array of orders, `?2` now, `?3` cause, `?4` who. If the live place of an order's charge is free, an order of
/// that charge whose payment was kept takes it: a canceled one that a payment landed on, or a refunded one whose money came
/// back. Runs after everything that may have freed the place, or brought money back.
pub const PROMOTE: &str = "\
    UPDATE orders SET status = 'paid', refunded_at = NULL, refund_reason = NULL, reopened_at = NULL, \
                      version = version + 1, cause = ?3, actor = ?4, updated_at = ?2 \
    WHERE id IN (SELECT (SELECT x.id FROM orders t JOIN orders x ON x.charge_id = t.charge_id \
                WHERE t.id = j.value AND x.status IN ('canceled', 'refunded') AND x.paid_at IS NOT NULL \
                  AND x.refunded_minor < COALESCE(x.paid_minor, x.amount_minor) \
                  AND NOT EXISTS (SELECT 1 FROM orders y WHERE y.charge_id = t.charge_id AND y.status IN ('pending', 'paid')) \
                ORDER BY x.paid_at, x.id LIMIT 1) FROM json_each(?1) j)";

/// `?1` order, `?2` minor units, `?3` now, `?4` cause, `?5` who: of an offline payment, and never more than was paid.
pub const HAND_BACK: &str = "\
    UPDATE orders SET refunded_minor = MIN(refunded_minor + ?2, COALESCE(paid_minor, amount_minor)), \
                      version = version + 1, cause = ?4, actor = ?5, updated_at = ?3 \
    WHERE id = ?1 AND method = 'offline' AND status = 'paid'";

/// `?1` order, `?2` session, `?3` URL or NULL, `?4` now. Returns a row if the order is pending with that
/// session now. Changes nothing if session and URL are stored already.
pub const ATTACH: &str = "\
    UPDATE orders SET checkout_url = COALESCE(checkout_url, ?3), \
                      updated_at = IIF(stripe_session_id IS NULL OR checkout_url IS NULL, ?4, updated_at), \
                      version = version + (stripe_session_id IS NULL OR (checkout_url IS NULL AND ?3 IS NOT NULL)), \
                      stripe_session_id = ?2 \
    WHERE id = ?1 AND status = 'pending' AND (stripe_session_id IS NULL OR stripe_session_id = ?2) \
    RETURNING 1";

/// `?1` a JSON array of orders, each an array of its id and version: aborts the transaction if one is at another version.
pub const EXPECT_VERSION: &str = "\
    INSERT INTO expect (holds) \
    SELECT EXISTS (SELECT 1 FROM orders o WHERE o.id = j.value ->> 0 AND o.version = j.value ->> 1) FROM json_each(?1) j";

/// `?1` order. Aborts the transaction unless nothing was ever paid for its charge, and no incident of the charge is open. Then
/// nothing waits for the charge's live place: if it becomes free, [`PROMOTE`] and what follows for incidents would change
/// nothing.
pub const EXPECT_UNPAID: &str = "\
    INSERT INTO expect (holds) \
    SELECT NOT EXISTS (SELECT 1 FROM orders t JOIN orders x ON x.charge_id = t.charge_id WHERE t.id = ?1 AND x.paid_at IS NOT NULL) \
       AND NOT EXISTS (SELECT 1 FROM orders t JOIN incidents n ON n.charge_id = t.charge_id WHERE t.id = ?1 AND n.resolved_at IS NULL)";

/// `?1` charge, `?2` now. Pauses the charge after Stripe has refused a create call. There is no pause after
/// the first refusal in a row, then 5 seconds, doubled each time, up to 10 minutes.
pub const PAUSE: &str = "\
    UPDATE charges SET failed_creates = failed_creates + 1, \
                       create_after = ?2 + CASE WHEN failed_creates < 1 THEN 0 WHEN failed_creates > 7 THEN 600000 \
                                                ELSE 5000 << (failed_creates - 1) END \
    WHERE id = ?1";

/// `?1` charge, `?2` now. Records that Stripe does not accept the payer's address.
pub const LEAVE_EMAIL_OUT: &str = "\
    UPDATE players SET email_refused_at = ?2 WHERE id = (SELECT c.player_id FROM charges c WHERE c.id = ?1)";

/// `?1` charge: its live order.
pub const LIVE: &str = concat!(
    "SELECT ",
    order_json!(),
    " FROM orders o JOIN charges c ON c.id = o.charge_id WHERE o.charge_id = ?1 AND o.status IN ('pending', 'paid') LIMIT 1"
);

/// `?1` now, `?2` limit.
pub const DUE: &str = concat!(
    "SELECT ",
    order_json!(),
    " FROM orders o JOIN charges c ON c.id = o.charge_id WHERE o.next_check_at <= ?1 ORDER BY o.next_check_at LIMIT ?2"
);

/// `?1` order, `?2` version, `?3` when, `?4` 1 if the look is counted, else 0, `?5` whom its money waits for or NULL, `?6`
/// Stripe's page for the payer or NULL.
pub const POSTPONE: &str = "\
    UPDATE orders SET next_check_at = ?3, checks = checks + ?4, \
                      waits_for = COALESCE(?5, waits_for), action_url = IIF(?5 IS NULL, action_url, ?6) \
    WHERE id = ?1 AND version = ?2";

/// `?1` charge, `?2` attempt, `?3` minor units, `?4` currency, `?5` session, `?6` created at, `?7` now, `?8`
/// cause. The order is pending if the charge's live place is free, else canceled.
pub const REMAKE: &str = "\
    INSERT INTO orders (charge_id, attempt, origin, status, amount_minor, currency, stripe_session_id, created_at, \
                        next_check_at, canceled_at, cancel_reason, cause, updated_at) \
    SELECT ?1, ?2, 'stripe', IIF(n.live, 'pending', 'canceled'), ?3, ?4, ?5, ?6, \
           IIF(n.live, ?7, NULL), IIF(n.live, NULL, ?7), IIF(n.live, NULL, 'restored'), ?8, ?7 \
    FROM (SELECT NOT EXISTS (SELECT 1 FROM orders y WHERE y.charge_id = ?1 AND y.status IN ('pending', 'paid')) AS live) n \
    WHERE NOT EXISTS (SELECT 1 FROM orders x WHERE x.attempt = ?2 OR x.stripe_session_id = ?5)";

pub(super) async fn attach<D: Database>(
    database: &D,
    order: OrderId,
    session: &NewSession,
    at: UnixMillis,
) -> Result<bool, StoreError> {
    let parameters = [
        order.0.into(),
        session.id.0.as_str().into(),
        session.url.as_deref().into(),
        at.0.into(),
    ];
    let rows = query(database, statement(ATTACH, parameters)).await?;
    Ok(!rows.is_empty())
}

pub(super) async fn live<D: Database>(
    database: &D,
    charge: ChargeId,
) -> Result<Option<Order>, StoreError> {
    let read = statement(LIVE, [charge.0.into()]);
    query(database, read).await?.first().map(decode).transpose()
}

pub(super) async fn due<D: Database>(
    database: &D,
    now: UnixMillis,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let read = statement(DUE, [now.0.into(), i64::from(limit).into()]);
    query(database, read).await?.iter().map(decode).collect()
}

pub(super) async fn postpone<D: Database>(
    database: &D,
    order: &Order,
    until: UnixMillis,
    counts: bool,
    waiting: Option<&Waiting>,
) -> Result<(), StoreError> {
    let parameters = [
        order.id.0.into(),
        order.version.into(),
        until.0.into(),
        counts.into(),
        waiting.map(Waiting::as_str).into(),
        waiting.and_then(Waiting::url).into(),
    ];
    query(database, statement(POSTPONE, parameters)).await?;
    Ok(())
}

pub(super) async fn remake<D: Database>(
    database: &D,
    remade: &RecoveredOrder,
) -> Result<(), StoreError> {
    let parameters = [
        remade.charge.0.into(),
        remade.attempt.0.as_str().into(),
        remade.money.minor.into(),
        remade.money.currency.as_str().into(),
        remade.session.0.as_str().into(),
        remade.created_at.0.into(),
        remade.at.0.into(),
        remade.cause.as_str().into(),
    ];
    // If it conflicts, somebody else was faster.
    transaction(database, vec![statement(REMAKE, parameters)]).await?;
    Ok(())
}

pub(super) async fn commit<D: Database>(
    database: &D,
    commit: &Commit,
) -> Result<Committed, StoreError> {
    if let Some(statement) = only_details(commit) {
        let rows = query(database, statement).await?;
        return Ok(if rows.is_empty() {
            Committed::Conflict
        } else {
            Committed::Done
        });
    }
    // Nearly every delivery of Stripe's is this one. If it turns out to be more, nothing has happened yet.
    if let Some(statements) = plain_payment(commit)
        && let Some(results) = transaction(database, statements).await?
        && results.last().is_some_and(|rows| !rows.is_empty())
    {
        return Ok(Committed::Done);
    }
    let statements = statements(commit);
    if statements.is_empty() {
        return Ok(Committed::Done);
    }
    Ok(match transaction(database, statements).await? {
        Some(_) => Committed::Done,
        None => Committed::Conflict,
    })
}

/// The one statement of a transaction that stores the details of one payment. It compares the version by itself.
fn only_details(commit: &Commit) -> Option<Statement> {
    let [to] = commit.moves.as_slice() else {
        return None;
    };
    let Transition::Details { receipt_url } = &to.to else {
        return None;
    };
    let (order, version) = (to.order.0.into(), to.version.into());
    let receipt = receipt_url.as_deref().into();
    commit
        .only_moves()
        .then(|| statement(DETAILS, [order, version, receipt]))
}

/// The statements of a transaction that records one event by which one order is paid, if the payment is plain.
fn plain_payment(commit: &Commit) -> Option<Vec<Statement>> {
    let ([event], [to]) = (commit.events.as_slice(), commit.moves.as_slice()) else {
        return None;
    };
    let Transition::Paid(payment) = &to.to else {
        return None;
    };
    if event.order != Some(to.order) || !commit.only_moves_and_events() {
        return None;
    }
    let record = events::record_plain(event, to.version, payment, commit.at);
    let mover = Mover::of(commit);
    let mut pay = mover.over(PAY_PLAIN, &[paid(to, mover)]);
    let event = event.id.0.as_str().into();
    pay.parameters.extend([event, to.version.into()]);
    Some(vec![record, pay])
}

/// The statements of a transaction, in their order.
fn statements(commit: &Commit) -> Vec<Statement> {
    let (at, by) = (commit.at, Mover::of(commit));
    let expected: Vec<_> = commit
        .moves
        .iter()
        .map(|to| (to.order, to.version))
        .chain(commit.request.iter().filter_map(refunds::expected))
        .collect();
    let expect = (!expected.is_empty())
        .then(|| statement(EXPECT_VERSION, [json::to_string(&expected).into()]));
    let events = events::record(&commit.events, at);
    let requested = commit
        .request
        .iter()
        .flat_map(|change| refunds::request(change, at));
    let refunds = commit
        .refunds
        .iter()
        .flat_map(|refunds| refunds::write(refunds, at));
    let moves = commit.moves.chunk_by(is_moved_along);
    let moves = moves.flat_map(|moves| move_orders(moves, by));
    let freeing: Vec<_> = commit
        .moves
        .iter()
        .filter(|to| to.to.may_free_a_place())
        .map(|to| to.order)
        .collect();
    let freed = (!freeing.is_empty()).then(|| promote(&freeing, by));
    let refused = commit.refused.iter().flat_map(|it| refused(*it, at));
    let changed = commit
        .charge
        .iter()
        .flat_map(|moved| acts::change(moved, &commit.actor, at));
    let recorded = commit.act.iter().map(|act| audit::recording(act, at));
    let incidents = commit
        .incidents
        .iter()
        .flat_map(|change| incidents::change(change, at));
    let over = (!freeing.is_empty()).then(|| incidents::over(&freeing, at));
    let came_back = commit
        .moves
        .iter()
        .filter_map(|to| incidents::came_back(to, at));
    expect
        .into_iter()
        .chain(events)
        .chain(requested)
        .chain(refunds)
        .chain(moves)
        .chain(freed)
        .chain(refused)
        .chain(changed)
        .chain(incidents)
        .chain(over.into_iter().flatten())
        .chain(came_back)
        .chain(recorded)
        .collect()
}

/// Whether two moves are made by the same statements: those of one kind, if its statements take more than one order.
const fn is_moved_along(first: &Move, next: &Move) -> bool {
    let takes_many = match &first.to {
        Transition::Paid(_)
        | Transition::Recorded(_)
        | Transition::Canceled(_)
        | Transition::Waits(_) => true,
        Transition::Identified(_)
        | Transition::Refunds
        | Transition::Details { .. }
        | Transition::Checked
        | Transition::HandedBack(_) => false,
    };
    takes_many && first.to.rank() == next.to.rank()
}

/// The statements that move orders. Whatever changes a status is made of them.
fn move_orders(moves: &[Move], by: Mover<'_>) -> Vec<Statement> {
    let Some(first) = moves.first() else {
        return Vec::new();
    };
    let ids: Vec<_> = moves.iter().map(|to| to.order).collect();
    let refund_if_gone = || by.over(REFUND_IF_GONE, &ids);
    let paid = || -> Vec<_> { moves.iter().filter_map(|to| paid(to, by)).collect() };
    let (order, now) = (Value::from(first.order.0), Value::from(by.at.0));
    match &first.to {
        Transition::Canceled(_) => {
            let canceled: Vec<_> = moves.iter().filter_map(canceled).collect();
            cancel_all(&canceled, by)
        }
        Transition::Paid(_) => vec![by.over(PAY, &paid()), refund_if_gone()],
        Transition::Recorded(_) => vec![by.over(RECORD, &paid())],
        Transition::Waits(_) => {
            let waiting = moves.iter().filter_map(waiting);
            let rows = json::to_string(&waiting.collect::<Vec<_>>());
            vec![statement(WAITS, [rows.into(), now])]
        }
        Transition::Identified(payment) => {
            let intent = payment.payment_intent.as_ref();
            let minor = payment.money.map(|money| money.minor);
            let intent = intent.map(|id| id.0.as_str()).into();
            vec![statement(IDENTIFY, [order, intent, minor.into()])]
        }
        Transition::Refunds => vec![
            statement(COUNT_REFUNDS, by.parameters(first.order)),
            refund_if_gone(),
        ],
        Transition::Details { receipt_url } => vec![statement(
            DETAILS,
            [order, Value::Null, receipt_url.as_deref().into()],
        )],
        Transition::Checked => vec![statement(CHECKED, [order])],
        Transition::HandedBack(minor) => vec![
            refunds::handed_back(first.order, *minor, by),
            statement(
                HAND_BACK,
                [
                    order,
                    (*minor).into(),
                    now,
                    by.cause.as_str().into(),
                    by.actor.into(),
                ],
            ),
            refund_if_gone(),
        ],
    }
}

/// A row of [`CANCEL`]: order, version and reason.
type Canceled = (OrderId, i64, &'static str);

const fn canceled(to: &Move) -> Option<Canceled> {
    let Transition::Canceled(reason) = &to.to else {
        return None;
    };
    Some((to.order, to.version, reason.as_str()))
}

/// A row of [`WAITS`].
fn waiting(to: &Move) -> Option<(OrderId, &str, Option<&str>)> {
    let Transition::Waits(waiting) = &to.to else {
        return None;
    };
    Some((to.order, waiting.as_str(), waiting.url()))
}

/// A row of [`PAY`] and [`RECORD`].
#[derive(Serialize)]
struct Paid<'a>(
    OrderId,
    &'a str,
    Option<&'a str>,
    Option<i64>,
    Option<i64>,
    Option<&'a str>,
    Option<i64>,
);

fn paid<'a>(to: &'a Move, by: Mover<'_>) -> Option<Paid<'a>> {
    let (Transition::Paid(payment) | Transition::Recorded(payment)) = &to.to else {
        return None;
    };
    let details = payment.details.as_ref();
    // A webhook lacks the receipt, and what was refunded since. The cron asks for both.
    let is_complete = details.is_some_and(|details| !details.has_refunds);
    let intent = payment.payment_intent.as_ref();
    Some(Paid(
        to.order,
        payment.session.0.as_str(),
        intent.map(|id| id.0.as_str()),
        payment.money.map(|money| money.minor),
        payment.at.map(|at| at.0),
        details.and_then(|details| details.receipt_url.as_deref()),
        (!is_complete).then_some(by.at.0),
    ))
}

/// The statements that cancel an order before a claim.
pub(super) fn cancel(old: &Unpayable, by: Mover<'_>) -> Vec<Statement> {
    cancel_all(&[(old.order, old.version, old.reason.as_str())], by)
}

fn cancel_all(canceled: &[Canceled], by: Mover<'_>) -> Vec<Statement> {
    let failed = CancelReason::PaymentFailed.as_str();
    let failed = canceled.iter().filter(|(_, _, reason)| *reason == failed);
    let failed: Vec<_> = failed.map(|(order, ..)| *order).collect();
    let mut statements = vec![by.over(CANCEL, canceled)];
    if !failed.is_empty() {
        statements.extend(rules::debit_failed(&failed, by.at));
    }
    statements
}

/// The guard of a transaction that frees the place of an order for which nothing waits.
pub(super) fn expect_unpaid(order: OrderId) -> Statement {
    statement(EXPECT_UNPAID, [order.0.into()])
}

/// If the live place of an order's charge is free now, a payment that waits for it takes it.
pub(super) fn promote(orders: &[OrderId], by: Mover<'_>) -> Statement {
    by.over(PROMOTE, orders)
}

fn refused(refused: Refused, at: UnixMillis) -> impl Iterator<Item = Statement> {
    let parameters = || [refused.charge.0.into(), at.0.into()];
    let pause = (!refused.email).then(|| statement(PAUSE, parameters()));
    let email = refused
        .email
        .then(|| statement(LEAVE_EMAIL_OUT, parameters()));
    pause.into_iter().chain(email)
}
