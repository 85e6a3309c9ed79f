//! What an exploration must have come across: a property that holds where nothing happens says nothing.

use std::collections::BTreeSet;

/// Rows of the table, reasons of cancellations, moves and incidents.
const DEMANDED: &[&str] = &[
    "row 5: gone",
    "row 6: nothing to pay",
    "row 7: paid",
    "row 7: refunded",
    "row 8: redirected",
    "row 9: waited",
    "row 9: finished",
    "row 10: claimed",
    "row 11: replaced",
    "row 12: found paid",
    "row 13: processing",
    "row 14: unknown session",
    "a session is confirmed",
    "a lost race, then a session",
    "503, an error",
    "503, busy",
    "503, a pause after refused creates",
    "an address is left out",
    "a restore, read again",
    "canceled: stale",
    "canceled: amount_changed",
    "canceled: charge_closed",
    "canceled: expired",
    "canceled: payment_failed",
    "canceled: stripe_error",
    "canceled: unusable_url",
    "canceled: paid_elsewhere",
    "canceled: restored",
    "pending to paid: click",
    "pending to paid: return",
    "pending to paid: webhook",
    "pending to paid: reconcile",
    "pending to canceled: click",
    "pending to canceled: webhook",
    "pending to canceled: reconcile",
    "canceled to paid: webhook",
    "canceled to paid: reconcile",
    "canceled to paid: restore",
    "paid to refunded: webhook",
    "paid to refunded: reconcile",
    "refunded to paid: webhook",
    "incident: duplicate_payment",
    "incident: amount_mismatch",
    "incident: refund_failed",
    "incident: unknown_session",
    "incident: create_refused",
];

/// Panics with what was not seen.
pub fn demand(seen: &BTreeSet<String>) {
    let missing: Vec<_> = DEMANDED.iter().filter(|it| !seen.contains(**it)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}
