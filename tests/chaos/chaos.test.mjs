// A short storm, and short outages of D1; `make chaos` has the long ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.mjs";
import { outages } from "./outage.mjs";

test("after a storm the orders agree with Stripe", async () => {
  const { wrong, orders, answers, killed } = await chaos({ seed: 20260523, charges: 40, requests: 600, kills: 2 });
  console.log(JSON.stringify({ orders, answers, killed }));
  assert.deepEqual(wrong, []);
  assert.equal(killed, 2);
  assert.equal(orders["can pay"] + orders["has paid"] + orders["bank is at work"], 40);
});

test("while D1 is away, silent, late or used up nobody is told a falsehood, and nothing is lost", async () => {
  const each = [
    { is: "away", seconds: 2 },
    { is: "silent", seconds: 3 },
    { is: "slow", ms: 10_000, seconds: 2 },
    { is: "used_up", seconds: 2 },
  ];
  const { wrong, orders, seen } = await outages({ each, charges: 12 });
  console.log(JSON.stringify({ orders, seen }));
  assert.deepEqual(wrong, []);
  const told = Object.fromEntries(seen.map(({ is, answers }) => [is, Object.keys(answers)]));
  assert.deepEqual(told, { away: ["503 try_again"], silent: ["503 try_again"], slow: ["503 try_again"], used_up: ["503 day_limit"] });
  for (const { memory_mb } of seen) assert.ok(memory_mb.most < seen[0].memory_mb.before + 300, JSON.stringify(memory_mb));
});
