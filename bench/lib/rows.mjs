// What the books hold, in short: so many orders of each kind, and how each came to be so.

import { pause } from "./measure.mjs";

const SUMS = [
  "SELECT status, cancel_reason, origin, stripe_session_id IS NOT NULL AS has_session, checkout_url IS NOT NULL AS has_url, cause, version, count(*) AS n FROM orders GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7",
  "SELECT from_status, to_status, cause, count(*) AS n FROM order_events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
  "SELECT type, effect, order_id IS NOT NULL AS has_order, count(*) AS n FROM stripe_events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
  "SELECT kind, count(*) AS n FROM incidents GROUP BY 1 ORDER BY 1",
];

/** Read after what follows an answer has been done too. */
export async function rows({ d1 }) {
  await pause(100);
  const results = await d1.batch(SUMS.map((sql) => d1.prepare(sql)));
  return results.map(({ results }) => results);
}
