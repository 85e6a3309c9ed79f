// After a trap a wasm instance cannot be trusted. Wherever the trap happens, the next event gets a new instance.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { ask, browser, cron, importLines, rows, said } from "./harness.mjs";
import { startTrapWorld, within } from "./trap/start.mjs";

const TOKEN = "trap-token-of-26";

let harness;

before(async () => {
  harness = await startTrapWorld();
  await importLines(harness, `player_id,player,amount,token\n26,Player 26,150.00,${TOKEN}\n`);
});
after(() => harness?.stop());

const instances = async () => (await ask(`${harness.origin}/instances`)).json();
const click = (headers = {}) => ask(harness.link(TOKEN), { headers: { ...browser(), ...headers } });

/** The first click after the trap gets a new instance, the second one the same instance. */
async function isFresh(before) {
  assert.equal((await within(5, click())).status, 307);
  assert.equal(await instances(), before + 1);
  assert.equal((await click()).status, 307);
  assert.equal(await instances(), before + 1);
}

for (const way of ["unreachable", "overflow"]) {
  test(`a click that traps after an await: ${way}`, async () => {
    const before = await instances();
    const answer = await within(5, click({ "test-trap": way }));
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /<h1>Please try again in a moment<\/h1>/);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    await isFresh(before);
  });

  test(`a payer whose return page traps is not told to try again: ${way}`, async () => {
    const before = await instances();
    const headers = { ...browser(), "test-trap": way };
    const answer = await within(5, ask(`${harness.origin}/checkout/success?session_id=cs_test_1`, { headers }));
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /Please do not pay again/);
    await isFresh(before);
  });

  test(`requests that waited in the same instance are answered: ${way}`, async () => {
    const before = await instances();
    const waiting = [click({ "test-slow": "3000" }), click({ "test-slow": "3000" })];
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await within(5, click({ "test-trap": way }))).status, 503);
    const statuses = (await within(2, Promise.all(waiting))).map(({ status }) => status);
    assert.deepEqual(statuses, [503, 503]);
    await isFresh(before);
    // Their database answers after the instance is gone. That does no harm.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    assert.equal((await click()).status, 307);
    assert.equal(await instances(), before + 1);
  });

  test(`a run of the cron that traps after an await, and the next one: ${way}`, async () => {
    const before = await instances();
    const run = () => within(10, cron(harness));
    const runs = () => said(harness).filter((line) => line.includes('{"reconcile":')).length;
    const runsBefore = runs();
    await ask(`${harness.origin}/arm?way=${way}`);
    await run();
    assert.equal(runs(), runsBefore);
    assert.equal((await run()).status, 200);
    await until(() => runs() > runsBefore, { seconds: 10, what: "the line of the second run" });
    assert.equal(await instances(), before + 1);
    assert.equal((await click()).status, 307);
    assert.equal(await instances(), before + 1);
  });

  for (const place of ["then", "microtask"]) {
    test(`a trap that comes as an event: ${way} in ${place}`, async () => {
      const before = await instances();
      await ask(`${harness.origin}/trap/${place}?way=${way}`);
      await isFresh(before);
    });
  }
}

test("all of this made one order", () => {
  assert.deepEqual(rows(harness, "SELECT status FROM orders"), [{ status: "pending" }]);
});
