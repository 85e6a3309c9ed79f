// What the desk says of a Worker in workerd: that its cron ran, that Stripe's webhooks came, and what is not as it should be.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, ask, control, importLines, pay, startHarness } from "./harness.mjs";

const TOKEN = "health-token-of-26";
const BINDINGS = ["UNKNOWN_TOKENS", "ADMIN_REQUESTS", "SERVER_REQUESTS", "ADMIN_LOGINS_TOTAL", "CHARGE_CLICKS"];
const ratelimits = BINDINGS.map((name, at) => ({ name, namespace_id: String(at), simple: { limit: 1_000, period: 60 } }));
let harness;

before(async () => {
  harness = await startHarness({ ratelimits, vars: { CLUB_TIMEZONE: "America/New_York" }, args: ["--test-scheduled"] });
  await importLines(harness, `player_id,player,amount,token\n26,Player 26,150.00,${TOKEN}\n`);
});
after(() => harness?.stop());

async function desk(path) {
  const answer = await ask(harness.origin + path, { headers: { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json" } });
  assert.equal(answer.status, 200);
  return answer.json();
}
const statuses = ({ checks }) => Object.fromEntries(checks.map(({ name, status }) => [name, status]));

test("a new Worker has heard nothing yet", async () => {
  const health = await desk("/admin/health");
  assert.deepEqual(statuses(health), {
    database: "ok", stripe_key: "ok", webhook_endpoint: "ok", webhooks: "warn", reconcile: "warn", configuration: "ok", limiters: "warn", alerts: "warn", emails: "ok",
  });
  assert.match(JSON.stringify(health), /SUCCESS_PAGE/);
  assert.equal(JSON.stringify(health).includes("sk_test"), false);
});

test("after a payment and a run of the cron it has", async () => {
  const clicked = await ask(harness.link(TOKEN));
  await pay(harness, clicked.headers.get("location"));
  assert.equal((await ask(`${harness.origin}/cdn-cgi/handler/scheduled`)).status, 200);
  const health = await desk("/admin/health");
  const { webhooks, reconcile } = statuses(health);
  assert.deepEqual([webhooks, reconcile, health.due], ["ok", "ok", 0], JSON.stringify(health));
  assert.ok(Date.now() - Date.parse(health.last_run_at) < 60_000 && health.last_event_delay_seconds < 60);
});

test("the first page has the payment, on the club's day", async () => {
  const { collected, outstanding, days, timezone } = await desk("/admin");
  assert.deepEqual([collected, outstanding], [[{ amount: "150.00", currency: "usd", count: 1 }], []]);
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone }).format(new Date());
  const { date, sessions, payments } = days.at(-1);
  assert.deepEqual([date, sessions, payments], [today, 1, 1]);
});

test("a key that was revoked is named", async () => {
  await control(harness, "faults", { kind: "unauthorized" });
  const health = await desk("/admin/health");
  assert.deepEqual([health.status, statuses(health).stripe_key], ["bad", "bad"]);
  await control(harness, "faults", { clear: true });
});
