//! What an exploration must have come across: a property that holds where nothing happens says nothing.

use std::collections::BTreeSet;

/// Rows of the table, reasons of cancellations, moves and incidents.
const DEMANDED: [&str; 32] = [
    "row 5: gone",
    "row 6: nothing to pay",
    "row 7: paid",
    "row 7: refunded",
    "row 8: redirected",
    "row 9: finished",
    "row 10: claimed",
    "row 11: replaced",
    "row 12: found paid",
    "row 13: clearing",
    "a lost race, then a session",
    "503, a fault",
    "503, busy",
    "canceled: stale",
    "canceled: amount_changed",
    "canceled: expired",
    "canceled: payment_failed",
    "canceled: stripe_error",
    "canceled: paid_elsewhere",
    "pending to paid: click",
    "pending to paid: return",
    "pending to paid: webhook",
    "pending to paid: sweep",
    "pending to canceled: click",
    "pending to canceled: webhook",
    "pending to canceled: sweep",
    "canceled to paid: webhook",
    "canceled to paid: sweep",
    "paid to refunded: webhook",
    "incident: paid_twice",
    "incident: paid_beside",
    "paid to refunded: sweep",
];

/// Panics with what was not seen.
pub fn demand(seen: &BTreeSet<String>) {
    let missing: Vec<_> = DEMANDED.iter().filter(|it| !seen.contains(**it)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}
