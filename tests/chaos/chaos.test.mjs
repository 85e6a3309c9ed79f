// A short storm; `make chaos` is the long one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.mjs";

test("after a storm the books agree with Stripe", async () => {
  const { wrong, books, answers, killed } = await chaos({ seed: 20260523, charges: 40, requests: 600, kills: 2 });
  console.log(JSON.stringify({ books, answers, killed }));
  assert.deepEqual(wrong, []);
  assert.equal(killed, 2);
  assert.equal(books["can pay"] + books["has paid"] + books["bank is at work"], 40);
});
