//! The changes of a charge by operators: its amount, whether it is open, and payments that did not go through Stripe.
//!
//! Each change is a part of the one transaction that `commit` in [`super::orders`] writes. It happens only if the
//! charge's live place is free then, and the charge is what was read: whoever was faster has won. So what an operator
//! says of an amount is never taken for what they say of another one.

use super::{
    emails::rules,
    product_names::product_names,
    row::{Statement, statement},
};
use crate::domain::{
    act::{ChargeChange, OfflinePayment},
    change::ChargeMove,
    id::{Attempt, ChargeId},
    time::UnixMillis,
};

/// `?1` charge, `?2` minor units, `?3` currency, `?4` 1 if it is closed, else 0: aborts the transaction if that is not what the
/// charge is, or if it has a live order.
pub const EXPECT_FREE: &str = "\
    INSERT INTO expect (holds) \
    SELECT EXISTS (SELECT 1 FROM charges \
                   WHERE id = ?1 AND amount_minor = ?2 AND currency = ?3 AND (closed_at IS NOT NULL) = ?4) \
       AND NOT EXISTS (SELECT 1 FROM orders WHERE charge_id = ?1 AND status IN ('pending', 'paid'))";

/// `?1` charge, `?2` minor units, `?3` now.
pub const AMOUNT: &str = "UPDATE charges SET amount_minor = ?2, updated_at = ?3 WHERE id = ?1";

/// `?1` charge, `?2` reason, `?3` now.
pub const CLOSE: &str = "\
    UPDATE charges SET closed_at = ?3, close_reason = ?2, updated_at = ?3 WHERE id = ?1 AND closed_at IS NULL";

/// `?1` charge, `?2` now. Refused creates do not count any more.
pub const REOPEN: &str = "\
    UPDATE charges SET closed_at = NULL, close_reason = NULL, taken_back_at = NULL, failed_creates = 0, create_after = NULL, updated_at = ?2 \
    WHERE id = ?1";

/// `?1` charge, `?2` now. Nor does what was refunded before.
pub const SET_REFUNDED_ASIDE: &str = "\
    UPDATE orders SET reopened_at = ?2, version = version + 1, updated_at = ?2 \
    WHERE charge_id = ?1 AND status = 'refunded' AND reopened_at IS NULL";

/// `?1` charge, `?2` attempt, `?3` minor units, `?4` currency, `?5` method, `?6` when it was paid, `?7` note or NULL,
/// `?8` operator, `?9` now, `?10` a JSON object of what each kind of charge is called in each language. Only the desk shows
/// the name, in English. What was owed beyond it is waived, and what was paid beyond what is owed is kept: behind
/// [`EXPECT_FREE`], just as the operator said.
pub const OFFLINE: &str = "\
    INSERT INTO orders (charge_id, attempt, status, method, offline_method, offline_note, amount_minor, currency, \
                        product_name, created_at, paid_at, paid_minor, rest_minor, cause, actor, updated_at) \
    SELECT c.id, ?2, 'paid', 'offline', ?5, ?7, ?3, ?4, IIF(c.kind = 'custom' AND c.period GLOB '[^0-9]*', c.period, ?10 -> 'en' ->> c.kind), \
           ?9, ?6, ?3, c.amount_minor - ?3, 'operator', ?8, ?9 \
    FROM charges c WHERE c.id = ?1";

/// The statements of a change.
pub(super) fn change(moved: &ChargeMove, actor: &str, at: UnixMillis) -> Vec<Statement> {
    let ChargeMove { charge, was, to } = moved;
    let (id, now) = (charge.0.into(), at.0.into());
    let expect = statement(
        EXPECT_FREE,
        [
            charge.0.into(),
            was.money.minor.into(),
            was.money.currency.as_str().into(),
            was.closed.into(),
        ],
    );
    match to {
        ChargeChange::Amount(money) => {
            vec![expect, statement(AMOUNT, [id, money.minor.into(), now])]
        }
        ChargeChange::Close { reason } => {
            vec![expect, statement(CLOSE, [id, reason.as_str().into(), now])]
        }
        ChargeChange::Reopen => vec![
            expect,
            statement(REOPEN, [charge.0.into(), at.0.into()]),
            statement(SET_REFUNDED_ASIDE, [id, now]),
        ],
        ChargeChange::Offline { attempt, payment } => {
            vec![expect, offline(*charge, attempt, payment, actor, at)]
                .into_iter()
                .chain(payment.receipt.then(|| rules::receipt(attempt, actor, at)))
                .collect()
        }
    }
}

fn offline(
    charge: ChargeId,
    attempt: &Attempt,
    payment: &OfflinePayment,
    actor: &str,
    at: UnixMillis,
) -> Statement {
    let OfflinePayment {
        money,
        method,
        paid_at,
        note,
        receipt: _,
        rest: _,
        seen: _,
    } = payment;
    statement(
        OFFLINE,
        [
            charge.0.into(),
            attempt.0.as_str().into(),
            money.minor.into(),
            money.currency.as_str().into(),
            method.as_str().into(),
            paid_at.0.into(),
            note.as_deref().into(),
            actor.into(),
            at.0.into(),
            product_names().into(),
        ],
    )
}
