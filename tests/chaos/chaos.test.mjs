// A short storm; `make chaos` is the long one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.mjs";

test("after a storm the orders agree with Stripe", async () => {
  const { wrong, orders, answers, killed } = await chaos({ seed: 20260523, charges: 40, requests: 600, kills: 2 });
  console.log(JSON.stringify({ orders, answers, killed }));
  assert.deepEqual(wrong, []);
  assert.equal(killed, 2);
  assert.equal(orders["can pay"] + orders["has paid"] + orders["bank is at work"], 40);
});
