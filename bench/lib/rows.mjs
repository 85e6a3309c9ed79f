// What the database holds, in short: so many orders of each kind, and how each came to be so.

import { pause } from "./measure.mjs";

/** Rows alike, and how many there are. */
const alike = (table, ...columns) => {
  const numbers = columns.map((_, n) => n + 1);
  return `SELECT ${columns}, count(*) AS n FROM ${table} GROUP BY ${numbers} ORDER BY ${numbers}`;
};
const has = (column) => `${column} IS NOT NULL AS has_${column}`;

const SUMS = [
  alike("orders", "status", "cancel_reason", "origin", has("link_id"), has("stripe_session_id"), has("checkout_url"),
    has("payment_intent_id"), has("receipt_url"), "paid_minor", has("next_check_at"), "cause", "version"),
  alike("order_events", "from_status", "to_status", "cause"),
  alike("stripe_events", "type", "effect", has("order_id")),
  alike("incidents", "kind"),
];

/** Read after what follows an answer has been done too. */
export async function rows({ d1 }) {
  await pause(200);
  const results = await d1.batch(SUMS.map((sql) => d1.prepare(sql)));
  return results.map(({ results }) => results);
}
