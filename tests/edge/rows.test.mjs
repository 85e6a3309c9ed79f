// What a club does costs no more rows than `rows.mjs` says: D1's free plan has 100,000 a day. `make rows` writes them into
// docs/performance.md.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { MOST, measureRows } from "./rows.mjs";

let found;
before(async () => (found = await measureRows()));

for (const [name, { what, written }] of Object.entries(MOST)) {
  test(`${what}: at most ${written} rows written`, (of) => {
    of.diagnostic(`${found[name].written} written, ${found[name].read} read`);
    assert.ok(found[name].written <= written + 0.05, `${found[name].written} rows`);
  });
}
