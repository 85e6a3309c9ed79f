// The incident that this product replaces, replayed: bots open every link first, and then everybody
// pays all the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../tools/local.mjs";
import {
  FACEBOOK, GOOGLE_APP, IPHONE, allRows, ask, browser, importLines, openSessions, pay, rows, said, startHarness, stripeCalls,
} from "./harness.mjs";

let harness;
let links;

before(async () => {
  harness = await startHarness();
  links = (await importLines(harness, readFileSync(join(root, "examples/orders.csv")), "?carry_orders=1")).map(({ link }) => link);
});
after(() => harness?.stop());

test("bots open all seven links and nothing happens", async () => {
  const untouched = allRows(harness);
  for (const link of links) {
    for (const [method, headers, status] of [
      ["GET", { ...browser(FACEBOOK) }, 200],
      ["HEAD", { ...browser(FACEBOOK) }, 200],
      ["HEAD", browser(), 200],
      ["OPTIONS", browser(), 200],
      ["GET", { ...browser(), "sec-purpose": "prefetch" }, 503],
      ["GET", { ...browser(), purpose: "prefetch", "sec-purpose": "prefetch;prerender" }, 503],
    ]) {
      const answer = await ask(link, { method, headers });
      assert.equal(answer.status, status, `${method} ${JSON.stringify(headers)}`);
      assert.match(answer.headers.get("server-timing"), /d1;desc=0, stripe;desc=0$/);
      assert.equal(answer.headers.get("location"), null);
      const body = await answer.text();
      assert.equal(body.includes("Player"), false);
    }
  }
  assert.equal(allRows(harness), untouched);
  assert.deepEqual(await stripeCalls(harness), []);
});

test("order 25 is paid from the start", async () => {
  const answer = await ask(links[0]);
  assert.equal(answer.status, 409);
  assert.match(await answer.text(), /\$135\.00 on May 24, 2026/);
  assert.equal((await ask(links[0], { headers: browser(FACEBOOK) })).status, 200);
  assert.deepEqual(await stripeCalls(harness), []);
});

test("six parents click, pay, and are told that they have", async () => {
  for (const [index, link] of links.slice(1).entries()) {
    const order = Number(/player-(\d+)$/.exec(link)[1]);
    const headers = browser(index % 2 ? GOOGLE_APP : IPHONE);
    const clicked = await ask(link, { headers });
    assert.equal(clicked.status, 307);
    assert.equal(clicked.headers.get("server-timing"), "visit;desc=person, d1;desc=2, stripe;desc=1");
    const url = clicked.headers.get("location");
    const [old] = rows(harness, "SELECT status, cancel_reason FROM orders WHERE id = ?", order);
    assert.deepEqual(old, { status: "canceled", cancel_reason: "stale" });
    const trail = rows(harness, "SELECT from_status, to_status, cause FROM order_events WHERE order_id = ? ORDER BY id", order);
    assert.deepEqual(trail, [
      { from_status: null, to_status: "pending", cause: "import" },
      { from_status: "pending", to_status: "canceled", cause: "click" },
    ]);

    const calls = (await stripeCalls(harness)).length;
    const again = await ask(link, { headers });
    assert.deepEqual([again.status, again.headers.get("location")], [307, url]);
    assert.equal((await stripeCalls(harness)).length, calls, "a second click asks Stripe nothing");

    assert.match(await (await fetch(url)).text(), /Player/);
    await pay(harness, url);
    const after = await ask(link, { headers });
    assert.equal(after.status, 409);
    assert.match(await after.text(), /Already paid/);
  }
  assert.deepEqual(await openSessions(harness), Object.create(null));
  assert.deepEqual(rows(harness, "SELECT status, count(*) AS n FROM orders GROUP BY status ORDER BY status"), [
    { status: "canceled", n: 6 },
    { status: "paid", n: 7 },
  ]);
  assert.deepEqual(rows(harness, "SELECT * FROM incidents"), []);
});

test("no token, address or secret is in the log", () => {
  const log = said(harness).join("\n");
  assert.match(log, /"answer":"pay"/);
  for (const secret of [/demo-only-token/, /@example\.com/, /sk_test_/, /whsec_/, /secret-of-the-operator/]) {
    assert.doesNotMatch(log, secret);
  }
});
