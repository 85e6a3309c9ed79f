// 100,000 charges and 300,000 orders in D1: each page of the desk reads a bounded number of rows, by D1's own count
// (Cloudflare docs, "D1 Workers Binding API", "Return object", `meta.rows_read`).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, around, ask, rows, startHarness } from "./harness.mjs";

const CHARGES = 100_000;
/** A page shows 50 charges. Each costs some rows of other tables and of indexes. */
const PAGE = 1_000;
/** The overview counts what happened in each hour of 31 days: here sessions and payments. */
const HOURS = 31 * 24 * 2;
/** What no index finds by itself is looked for among 1,000 charges or players, each some rows. */
const WINDOW = 10_000;

let harness;

before(async () => {
  harness = await startHarness({
    // What counts stands around the built Worker.
    config: (folder) => around(folder, "bench/count.js"),
  });
  fill(harness.db, Date.now());
});
after(() => harness?.stop());

/** Of three orders two are canceled. The third is paid, pending, refunded or canceled too. */
function fill(db, now) {
  const day = 86_400_000;
  db.exec(`
    PRAGMA synchronous = OFF;
    BEGIN;
    CREATE TEMP TABLE n AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${CHARGES}) SELECT n FROM n;
    INSERT INTO players (id, player_id, name, email, created_at, updated_at)
      SELECT n, 'p' || n, 'Player ' || n, 'payer' || n || '@example.com', ${now - 90 * day}, ${now - 90 * day} FROM n;
    INSERT INTO player_words (word, player_id) SELECT 'player', n FROM n UNION ALL SELECT n || '', n FROM n UNION ALL SELECT 'p' || n, n FROM n;
    INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
      SELECT n, n, 'monthly', printf('2026-%02d', 1 + n % 12), 5000, 'usd', ${now - 90 * day}, ${now - 90 * day} FROM n;
    UPDATE charges SET due_on = period || '-15';
    INSERT INTO links (id, token_sha256, charge_id, created_at) SELECT n, printf('%064x', n), n, ${now - 90 * day} FROM n;
    INSERT INTO orders (charge_id, status, attempt, amount_minor, currency, stripe_session_id, payment_intent_id, created_at, paid_at, paid_minor,
                        canceled_at, cancel_reason, refunded_at, refunded_minor, cause, updated_at)
      SELECT n, status, printf('%032x', n * 3 + k), 5000, 'usd', 'cs_test_' || (n * 3 + k), 'pi_' || (n * 3 + k), at,
             IIF(status IN ('paid', 'refunded'), at, NULL), IIF(status IN ('paid', 'refunded'), 5000, NULL),
             IIF(status = 'canceled', at, NULL), IIF(status = 'canceled', 'stale', NULL),
             IIF(status = 'refunded', at, NULL), IIF(status = 'refunded', 5000, 0), 'click', at
      FROM (SELECT n, k, ${now - 80 * day} + n * 60000 + k AS at,
                   CASE WHEN k < 2 OR n % 10 = 0 THEN 'canceled' WHEN n % 10 = 1 THEN 'refunded' WHEN n % 10 = 2 THEN 'pending' ELSE 'paid' END AS status
            FROM n, (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2));
    INSERT INTO stripe_events (id, type, order_id, effect, created_at, received_at)
      SELECT 'evt_' || id, 'checkout.session.completed', id, 'paid', created_at, created_at FROM orders WHERE status = 'paid';
    INSERT INTO incidents (subject, kind, order_id, charge_id, opened_at, resolved_at, resolution)
      SELECT 'amount_mismatch ' || n, 'amount_mismatch', NULL, n, ${now - day}, IIF(n % 40, NULL, ${now}), IIF(n % 40, NULL, 'seen') FROM n WHERE n % 20 = 0;
    INSERT INTO audit (at, operator, act, about) SELECT ${now}, 'treasurer', 'mint', 'charge ' || n FROM n;
    -- As it is once the desk has been read: it folds ten thousand at a time.
    INSERT INTO fold (most) VALUES (${4 * CHARGES});
    COMMIT;
  `);
}

const counted = async (path) => {
  const headers = { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json" };
  const answer = await ask(harness.origin + path, { headers });
  const { rows_read } = JSON.parse(answer.headers.get("x-counted"));
  return { status: answer.status, body: await answer.json(), rows_read };
};

test("the rows that are asked for are there", () => {
  assert.deepEqual(rows(harness, "SELECT (SELECT count(*) FROM charges) AS charges, (SELECT count(*) FROM orders) AS orders"), [
    { charges: CHARGES, orders: 3 * CHARGES },
  ]);
});

for (const [path, most] of [
  ["/admin", PAGE + HOURS],
  ["/admin/health", PAGE],
  ["/admin/charges", PAGE],
  ["/admin/charges?state=paid", PAGE],
  ["/admin/charges?state=unpaid", PAGE],
  ["/admin/charges?state=closed", PAGE],
  ["/admin/charges?period=2026-05", PAGE],
  ["/admin/charges?period=2020-01", PAGE],
  ["/admin/charges?state=pending&kind=monthly", WINDOW],
  ["/admin/charges?kind=monthly&period=2026-05", WINDOW],
  ["/admin/charges?state=refunded&period=2026-05", WINDOW],
  ["/admin/charges?kind=custom", WINDOW],
  ["/admin/charges?overdue=1", WINDOW],
  ["/admin/charges?sort=amount", PAGE],
  ["/admin/charges?sort=due", PAGE],
  ["/admin/charges?sort=name", PAGE],
  ["/admin/charges?sort=due&overdue=1", WINDOW],
  ["/admin/charges?sort=amount&period=2026-05", WINDOW],
  ["/admin/charges?sort=name&state=pending", WINDOW],
  ["/admin/charges?sort=name&q=player", WINDOW],
  ["/admin/charges?q=player", WINDOW],
  ["/admin/charges?q=player+50000", PAGE],
  ["/admin/charges?q=p+5", WINDOW],
  ["/admin/charges?q=p50000", PAGE],
  ["/admin/charges?q=nobody", PAGE],
  ["/admin/charges/50000", PAGE],
  ["/admin/charges/99999", PAGE],
  ["/admin/players", PAGE],
  ["/admin/players?q=player", WINDOW],
  ["/admin/players?q=50000", PAGE],
  ["/admin/incidents", PAGE],
  ["/admin/incidents?state=open", PAGE],
  ["/admin/periods", PAGE],
  ["/admin/audit", PAGE],
]) {
  test(`${path} reads at most ${most} rows`, async (of) => {
    const { status, body, rows_read } = await counted(path);
    assert.equal(status, 200);
    of.diagnostic(`${rows_read} rows`);
    assert.ok(rows_read <= most, `${rows_read} rows`);
    if (!body.next) return;
    const joined = path.includes("?") ? "&" : "?";
    const second = await counted(`${path}${joined}after=${encodeURIComponent(body.next)}`);
    assert.equal(second.status, 200);
    assert.ok(second.rows_read <= most, `${second.rows_read} rows of the second page`);
  });
}
