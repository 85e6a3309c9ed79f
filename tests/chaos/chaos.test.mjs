// A short storm, and short outages of D1; `make chaos` has the long ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.mjs";
import { outage } from "./outage.mjs";

test("after a storm the orders agree with Stripe", async () => {
  const { wrong, orders, answers, killed } = await chaos({ seed: 20260523, charges: 40, requests: 600, kills: 2 });
  console.log(JSON.stringify({ orders, answers, killed }));
  assert.deepEqual(wrong, []);
  assert.equal(killed, 2);
  assert.equal(orders["can pay"] + orders["has paid"] + orders["bank is at work"], 40);
});

for (const [what, options, told] of [
  ["D1 is away", { is: "away", seconds: 4 }, "503 try_again"],
  ["D1 answers nothing, and does every other call", { is: "silent", seconds: 10 }, "503 try_again"],
  ["D1 answers after ten seconds", { is: "slow", ms: 10_000, seconds: 4 }, "503 try_again"],
  ["D1's free plan is used up", { is: "used_up", seconds: 4 }, "503 day_limit"],
]) {
  test(`${what}: nobody is told a falsehood, and nothing is lost`, async () => {
    const { wrong, orders, answers, memory_mb, slowest_ms } = await outage({ ...options, charges: 18 });
    console.log(JSON.stringify({ orders, answers, memory_mb, slowest_ms }));
    assert.deepEqual(wrong, []);
    assert.deepEqual(Object.keys(answers), [told]);
    assert.ok(memory_mb.most < memory_mb.before + 300, JSON.stringify(memory_mb));
  });
}
