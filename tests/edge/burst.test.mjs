// Many payments whose webhooks were all lost, in the built Worker: how many each run of the cron brings into sight, and what that
// costs. `PAYMENTS=10000 BUDGET=900 node --test tests/edge/burst.test.mjs` measures a large club (docs/performance.md).

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { cpuMs } from "../../bench/lib/measure.mjs";
import { ADMIN_SECRET, around, ask, control, cron, importLines, rows, startHarness } from "./harness.mjs";

const PAYMENTS = Number(process.env.PAYMENTS ?? 300);
const BUDGET = Number(process.env.BUDGET ?? 45);
/** What each run brings into sight at least, and after how many runs all are. */
const EACH = BUDGET < 900 ? 100 : 2500;
const AT_ONCE = 16;

let harness;

before(async () => {
  harness = await startHarness({
    vars: { RECONCILE_BUDGET: String(BUDGET) },
    config: (folder) => around(folder, "bench/count.js"),
  });
});
after(() => harness?.stop());

const paid = () => rows(harness, "SELECT COUNT(*) AS n FROM orders WHERE status = 'paid'")[0].n;
const counted = async () => (await ask(`${harness.origin}/counted`)).json();

/** Does something for each number, some at once. */
async function forEach(count, act) {
  let next = 1;
  const worker = async () => {
    while (next <= count) await act(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** CPU of the processes that run the Worker and its D1, in ms. */
function workerdMs() {
  const status = (pid) => readFileSync(`/proc/${pid}/status`, "utf8");
  const parent = (pid) => Number(/^PPid:\s+(\d+)/m.exec(status(pid))[1]);
  const isOurs = (pid) => {
    if (!/^Name:\s+workerd$/m.test(status(pid))) return false;
    for (let it = pid; it > 1; it = parent(it)) if (it === harness.worker.handle.child.pid) return true;
    return false;
  };
  let total = 0;
  for (const pid of readdirSync("/proc").filter(Number)) {
    try {
      if (isOurs(Number(pid))) total += cpuMs(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  return total;
}

/** A session at Stripe as the Worker's create call makes one, and its payment. Ten thousand clicks would take ten minutes. */
async function payAtStripe(n, metadata) {
  const attempt = n.toString(16).padStart(32, "0");
  const charge = String(n);
  const form = new URLSearchParams({
    mode: "payment", success_url: "https://pay.club.example/", "line_items[0][quantity]": "1", "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "15000", "line_items[0][price_data][product_data][name]": "Payment",
  });
  for (const [name, value] of Object.entries({ ...metadata, attempt, order_id: charge, charge_id: charge, player_id: charge })) {
    form.set(`metadata[${name}]`, value);
  }
  const answer = await fetch(`${harness.stripe.origin}/v1/checkout/sessions`, {
    method: "POST", body: form, headers: { authorization: "Bearer sk_test_of_the_edge" },
  });
  const session = await answer.json();
  await control(harness, "pay", { session: session.id, how: "card" });
  return { n, attempt, session: session.id };
}

test(`${PAYMENTS} payments whose webhooks are lost`, async () => {
  // The endpoint is disabled: nothing is delivered, and nothing is delivered again.
  await control(harness, "endpoint", { enabled: false });
  const lines = Array.from({ length: PAYMENTS }, (_, n) => `${n + 1},Player ${n + 1},150.00,burst-token-of-${n + 1}`);
  await importLines(harness, ["player_id,player,amount,token", ...lines].join("\n"));
  // The first is a click like any other; the others have what it left.
  const location = (await ask(harness.link("burst-token-of-1"))).headers.get("location");
  const [{ metadata }] = await control(harness, "sessions");
  await control(harness, "pay", { session: /cs_test_\w+/.exec(location)[0], how: "card" });
  const orders = [];
  await forEach(PAYMENTS - 1, async (n) => orders.push(await payAtStripe(n + 1, metadata)));
  const columns = "amount_minor, currency, product_name, return_origin, session_expires_at, created_at, next_check_at, cause, updated_at";
  const insert = harness.db.prepare(
    `INSERT INTO orders (id, charge_id, attempt, stripe_session_id, checkout_url, ${columns})
     SELECT ?, ?, ?, ?, checkout_url, ${columns} FROM orders WHERE id = 1`,
  );
  harness.db.exec("BEGIN");
  for (const { n, attempt, session } of orders) insert.run(n, n, attempt, session);
  harness.db.exec("COMMIT");
  assert.equal(paid(), 0);
});

test("each run of the cron brings as many into sight as is promised", async (of) => {
  for (let run = 1; paid() < PAYMENTS; run += 1) {
    const [before, began, cpu] = [paid(), Date.now(), workerdMs()];
    await counted();
    assert.equal((await cron(harness)).status, 200);
    const { d1, rows_read, rows_written, stripe } = await counted();
    of.diagnostic(
      `run ${run}: ${paid() - before} in sight, ${paid()} in all; ${d1} calls to D1 (${rows_read} rows read, ${rows_written} written), ` +
        `${stripe} to Stripe, ${workerdMs() - cpu} ms of CPU (the Worker and D1), ${Date.now() - began} ms`,
    );
    assert.ok(paid() >= Math.min(PAYMENTS, run * EACH), `${paid()} after ${run} runs`);
    if (run === 1 && paid() < PAYMENTS) await clickMeanwhile();
  }
  assert.deepEqual(rows(harness, "SELECT cause, COUNT(*) AS n FROM order_events WHERE to_status = 'paid' GROUP BY 1"), [
    { cause: "reconcile", n: PAYMENTS },
  ]);
});

/** Whoever clicks on what is not in sight yet gets no second way to pay for long; the health page says what is to be read. */
async function clickMeanwhile() {
  const headers = { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json" };
  const health = await (await ask(`${harness.origin}/admin/health`, { headers })).json();
  assert.ok(health.events_to_read.in_a_run >= EACH, JSON.stringify(health.events_to_read));
  assert.match(health.checks.find(({ name }) => name === "reconcile").detail, /are still to be read/);
}
