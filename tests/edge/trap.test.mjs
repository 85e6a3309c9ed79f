// After a trap nothing of a wasm instance can be trusted. Wherever one happens, the next event gets a new one.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root, until } from "../../tools/local.mjs";
import { ask, browser, importLines, rows, said, startWorld } from "./harness.mjs";

/** A module of wasm whose one function traps: (func (export "trap") unreachable). */
const TRAP = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...[1, 4, 1, 0x60, 0, 0], ...[3, 2, 1, 0],
  ...[7, 8, 1, 4, ...Buffer.from("trap"), 0, 0], ...[10, 5, 1, 3, 0, 0, 0x0b],
];
const TOKEN = "trap-token-of-26";

let world;

before(async () => {
  world = await startWorld({
    config(folder) {
      const code = join(folder, "code");
      mkdirSync(code);
      for (const name of ["index.js", "checkout_guard_bg.wasm"]) copyFileSync(join(root, "build", name), join(code, name));
      for (const name of ["before.js", "around.js"]) copyFileSync(join(root, "tests/edge/trap", name), join(code, name));
      writeFileSync(join(code, "trap.wasm"), Uint8Array.from(TRAP));
      const rules = [{ type: "ESModule", globs: ["**/*.js"], fallthrough: false }];
      return { main: join(code, "around.js"), no_bundle: true, rules };
    },
  });
  await importLines(world, `player_id,player,amount,token\n26,Player 26,150.00,${TOKEN}\n`);
});
after(() => world?.stop());

const instances = async () => (await ask(`${world.origin}/instances`)).json();
const click = (headers = {}) => ask(world.link(TOKEN), { headers: { ...browser(), ...headers } });
const within = (seconds, promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("it hangs")), seconds * 1000).unref())]);

/** A person's click works, on an instance that was made after the trap, and another one leaves it at that. */
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

  test(`a payer who comes back to a trap is not told to try again: ${way}`, async () => {
    const before = await instances();
    const headers = { ...browser(), "test-trap": way };
    const answer = await within(5, ask(`${world.origin}/checkout/success?session_id=cs_test_1`, { headers }));
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /Please do not pay again/);
    await isFresh(before);
  });

  test(`who waited in the same instance is answered too: ${way}`, async () => {
    const before = await instances();
    const waiting = [click({ "test-slow": "3000" }), click({ "test-slow": "3000" })];
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await within(5, click({ "test-trap": way }))).status, 503);
    const statuses = (await within(2, Promise.all(waiting))).map(({ status }) => status);
    assert.deepEqual(statuses, [503, 503]);
    await isFresh(before);
    // What they waited for comes back to an instance that is gone, and does no harm.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    assert.equal((await click()).status, 307);
    assert.equal(await instances(), before + 1);
  });

  test(`a run of the cron that traps after an await, and the next one: ${way}`, async () => {
    const before = await instances();
    const run = () => within(10, ask(`${world.origin}/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*`));
    const runs = () => said(world).filter((line) => line.includes('{"reconcile":')).length;
    const runsBefore = runs();
    await ask(`${world.origin}/arm?way=${way}`);
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
      await ask(`${world.origin}/trap/${place}?way=${way}`);
      await isFresh(before);
    });
  }
}

test("one order came of it all", () => {
  assert.deepEqual(rows(world, "SELECT status FROM orders"), [{ status: "pending" }]);
});
