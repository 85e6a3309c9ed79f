//! Emails that are queued by rule: reminders, receipts of offline payments, bank debits that failed.

use crate::{
    domain::{
        error::StoreError,
        id::{Attempt, OrderId},
        time::UnixMillis,
    },
    json,
    store::{
        database::Database,
        row::{Statement, Value, statement},
    },
};

// The charges to remind of by rule: `?1` before when the days began, `?2` how many, `?3` the last day on which they may be
// due. The database counts a day from midnight in UTC, so `?1` alone would let them out on the day itself where the
// club's clocks are behind. SQLite would rather read all that are unpaid, and sort them.
macro_rules! to_remind {
    () => {
        "SELECT id FROM charges INDEXED BY charges_to_remind WHERE remind_from <= ?1 AND state IN ('unpaid', 'pending') \
           AND (due_on IS NULL OR due_on <= ?3) ORDER BY remind_from LIMIT ?2"
    };
}

/// `?1` before when the days began, `?2` how many, `?3` the last day on which they may be due, `?4` now, `?5` how many
/// reminders a charge gets at most.
pub const REMIND: &str = concat!(
    "INSERT INTO messages (template, charge_id, about, queued_at, next_try_at) \
     SELECT 'reminder', c.id, (SELECT COUNT(*) + 1 FROM messages m WHERE m.charge_id = c.id AND m.template = 'reminder'), ?4, ?4 \
     FROM (",
    to_remind!(),
    ") x JOIN charges c ON c.id = x.id JOIN standings s ON s.id = c.id JOIN players p ON p.id = c.player_id \
      WHERE p.email IS NOT NULL AND s.state IN ('unpaid', 'pending') \
        AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.charge_id = c.id AND m.state IN ('queued', 'sending')) \
        AND (SELECT COUNT(*) FROM messages m WHERE m.charge_id = c.id AND m.template = 'reminder' \
               AND m.state IN ('sent', 'unclear')) < ?5"
);

/// The first three of these parameters. Their days begin again when the reminder went out, or is not to be sent any more;
/// whoever gets none is not looked at again.
pub const REMINDED: &str = concat!(
    "UPDATE charges SET remind_from = NULL WHERE id IN (",
    to_remind!(),
    ")"
);

/// `?1` a JSON array of orders, `?2` now. A bank debit failed, and the order was canceled for that: its payer is told, with a new link. If it
/// was found out once more after a restore, the email may have gone out before: then an operator alone sends it.
pub const DEBIT_FAILED: &str = "\
    INSERT INTO messages (template, charge_id, about, state, reason, queued_at, ended_at, next_try_at) \
    SELECT 'debit_failed', c.id, o.id, IIF(o.again, 'unclear', 'queued'), IIF(o.again, 'restored', NULL), ?2, \
           IIF(o.again, ?2, NULL), IIF(o.again, NULL, ?2) \
    FROM (SELECT *, cause = 'restore' AS again FROM orders WHERE id IN (SELECT value FROM json_each(?1))) o \
    JOIN charges c ON c.id = o.charge_id JOIN players p ON p.id = c.player_id \
    WHERE o.status = 'canceled' AND o.cancel_reason = 'payment_failed' AND o.canceled_at = ?2 \
      AND c.closed_at IS NULL AND p.email IS NOT NULL";

/// The same parameters. That says more than what waits.
pub const SUPERSEDED: &str = "\
    UPDATE messages SET state = 'canceled', reason = 'superseded', ended_at = ?2, next_try_at = NULL \
    WHERE charge_id IN (SELECT charge_id FROM orders WHERE id IN (SELECT value FROM json_each(?1))) \
      AND state = 'queued' AND template <> 'offline_receipt' \
      AND EXISTS (SELECT 1 FROM messages m WHERE m.charge_id = messages.charge_id AND m.template = 'debit_failed' \
                    AND m.about IN (SELECT value FROM json_each(?1)) AND m.state = 'queued' AND m.id <> messages.id)";

/// `?1` attempt, `?2` operator, `?3` now. The receipt of an offline payment that the same transaction has recorded.
pub const RECEIPT: &str = "\
    INSERT INTO messages (template, charge_id, about, actor, queued_at, next_try_at) \
    SELECT 'offline_receipt', o.charge_id, o.id, ?2, ?3, ?3 \
    FROM orders o JOIN charges c ON c.id = o.charge_id JOIN players p ON p.id = c.player_id \
    WHERE o.attempt = ?1 AND p.email IS NOT NULL";

/// Whom a run reminds by rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Their days began before.
    pub before: UnixMillis,
    /// They are due on this day at the latest, as `2026-05-31`; or on none.
    pub due_by: String,
    /// So many reminders a charge.
    pub at_most: u32,
    /// How many charges are looked at.
    pub limit: u32,
}

/// Queues the reminders of the rule.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn remind<D: Database>(
    database: &D,
    rule: &Rule,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let which = || -> [Value; 3] {
        let limit = i64::from(rule.limit);
        [
            rule.before.0.into(),
            limit.into(),
            rule.due_by.as_str().into(),
        ]
    };
    let mut remind = statement(REMIND, which());
    remind
        .parameters
        .extend([now.0.into(), i64::from(rule.at_most).into()]);
    database
        .batch(vec![remind, statement(REMINDED, which())])
        .await?;
    Ok(())
}

/// The statements that tell of bank debits that failed, after those that canceled their orders.
pub(in crate::store) fn debit_failed(orders: &[OrderId], at: UnixMillis) -> [Statement; 2] {
    let orders = json::to_string(orders);
    [DEBIT_FAILED, SUPERSEDED].map(|sql| statement(sql, [orders.as_str().into(), at.0.into()]))
}

/// The statement that queues the receipt of an offline payment.
pub(in crate::store) fn receipt(attempt: &Attempt, operator: &str, at: UnixMillis) -> Statement {
    let parameters = [attempt.0.as_str().into(), operator.into(), at.0.into()];
    statement(RECEIPT, parameters)
}
