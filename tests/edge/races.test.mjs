// Many at once on one link: one live order, one open session, and everybody at the same URL.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, browser, chargeOf, control, importLines, openSessions, rows, startHarness } from "./harness.mjs";

let harness;

before(async () => {
  harness = await startHarness();
});
after(() => harness?.stop());


async function clickAtOnce(token, count, options = () => ({})) {
  const answers = await Promise.all(Array.from({ length: count }, (_, n) => ask(harness.link(token), options(n))));
  return answers.map((answer) => [answer.status, answer.headers.get("location")]);
}

test("64 first clicks", async () => {
  await importLines(harness, "player_id,player,amount,token\n1,Player 1,150.00,race-first-click\n");
  const answers = await clickAtOnce("race-first-click", 64);
  const urls = new Set(answers.map(([, url]) => url));
  assert.deepEqual(new Set(answers.map(([status]) => status)), new Set([307]));
  assert.equal(urls.size, 1);
  assert.deepEqual(rows(harness, "SELECT status FROM orders WHERE charge_id = ?", chargeOf(harness, "1")), [{ status: "pending" }]);
  assert.equal((await openSessions(harness))[chargeOf(harness, "1")].length, 1);
});

test("64 first clicks while Stripe takes its time", async () => {
  await importLines(harness, "player_id,player,amount,token\n2,Player 2,150.00,race-slow-stripe\n");
  await control(harness, "faults", { endpoint: "create", kind: "delay", ms: 300, times: 1 });
  const answers = await clickAtOnce("race-slow-stripe", 64, (n) => (n % 4 ? {} : { method: "POST" }));
  const urls = new Set(answers.map(([, url]) => url));
  assert.deepEqual(new Set(answers.map(([status]) => status)), new Set([303, 307]));
  assert.equal(urls.size, 1);
  assert.equal((await openSessions(harness))[chargeOf(harness, "2")].length, 1);
});

test("64 clicks on a stale order", async () => {
  await importLines(harness, "player_id,player,amount,token\n3,Player 3,150.00,race-stale-order\n");
  const [[, first]] = await clickAtOnce("race-stale-order", 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  harness.db.exec(`UPDATE orders SET created_at = created_at - 1800000 WHERE charge_id = ${chargeOf(harness, "3")}`);
  const answers = await clickAtOnce("race-stale-order", 64);
  const urls = new Set(answers.map(([, url]) => url));
  assert.deepEqual(new Set(answers.map(([status]) => status)), new Set([307]));
  assert.equal(urls.size, 1);
  assert.equal(urls.has(first), false);
  assert.deepEqual(rows(harness, "SELECT status FROM orders WHERE charge_id = ? ORDER BY id", chargeOf(harness, "3")), [
    { status: "canceled" },
    { status: "pending" },
  ]);
  assert.equal((await openSessions(harness))[chargeOf(harness, "3")].length, 1);
});

test("bots among people change nothing for either", async () => {
  await importLines(harness, "player_id,player,amount,token\n4,Player 4,150.00,race-bots-and-people\n");
  const answers = await clickAtOnce("race-bots-and-people", 40, (n) =>
    n % 2 ? {} : { headers: browser("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)") },
  );
  assert.equal(answers.filter(([status]) => status === 200).length, 20);
  assert.equal(answers.filter(([status]) => status === 307).length, 20);
});
