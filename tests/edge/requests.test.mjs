// Bad input and every route, over HTTP: the answers, the headers, and that nothing is written.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import Stripe from "stripe";
import { importCsv } from "../../tools/local.mjs";
import { ADMIN_SECRET, WEBHOOK_SECRET, allRows, ask, browser, importLines, rows, startHarness, stripeCalls } from "./harness.mjs";

let harness;
let untouched;

before(async () => {
  harness = await startHarness();
  await importLines(harness, "player_id,player,amount,email,token\n26,Player 26,150.00,payer26@example.com,requests-token-26\n");
  untouched = allRows(harness);
});
after(() => harness?.stop());

const unchanged = async () => {
  assert.equal(allRows(harness), untouched);
  assert.deepEqual(await stripeCalls(harness), []);
};

test("tokens that are none", async () => {
  for (const query of [
    "", "?token", "?token=", "?token=short", `?token=${"a".repeat(201)}`, `?token=${"a".repeat(10_000)}`,
    "?token=requests-token-26&token=requests-token-26", "?token=%ff%ff%ff%ff%ff%ff%ff%ff", "?token=%zz%zz%zz%zz",
    "?token=%3Cscript%3Ealert(1)%3C/script%3E", "?token=no-such-token-here", "?TOKEN=requests-token-26",
  ]) {
    for (const path of ["first-payment", "pay"]) {
      const answer = await ask(`${harness.origin}/checkout/${path}${query}`);
      assert.equal(answer.status, 404, query);
      assert.equal((await answer.text()).includes("<script>"), false);
      const json = await ask(`${harness.origin}/checkout/${path}${query}`, { headers: { ...browser(), accept: "application/json" } });
      assert.deepEqual([json.status, json.headers.get("content-type")], [404, "application/problem+json"]);
      assert.equal((await json.json()).code, "unknown_link");
    }
  }
  await unchanged();
});

test("a POST of 10 MB", async () => {
  const body = new Uint8Array(10 * 1024 * 1024);
  const answer = await ask(harness.link("requests-token-26"), { method: "POST", body });
  assert.equal(answer.status, 413);
  await unchanged();
});

test("deliveries that are not Stripe's", async () => {
  const payload = JSON.stringify({
    id: "evt_forged", type: "checkout.session.completed",
    data: { object: { id: "cs_test_1", status: "complete", payment_status: "paid", metadata: { order_id: "1", charge_id: "1" } } },
  });
  const now = Math.floor(Date.now() / 1000);
  const sign = (options) => Stripe.webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET, ...options });
  for (const [what, signature, body = payload] of [
    ["missing", null],
    ["wrong", sign({ secret: "whsec_of_somebody_else" })],
    ["old", sign({ timestamp: now - 400 })],
    ["future", sign({ timestamp: now + 400 })],
    ["malformed", "v1=abc"],
    ["of another body", sign({}), payload.replace("evt_forged", "evt_other")],
    ["of 300 kB", sign({}), " ".repeat(300 * 1024)],
  ]) {
    const headers = signature === null ? {} : { "stripe-signature": signature };
    const answer = await ask(`${harness.origin}/webhooks/stripe`, { method: "POST", headers, body });
    assert.equal(answer.status, 400, what);
    assert.equal((await answer.text()).includes("whsec"), false);
  }
  await unchanged();
});

test("files that are none", async () => {
  for (const [csv, line] of [["", 1], ["nonsense", 1], ["player_id,player,amount\n1,Player 1,135.00\n2,Player 2,x\n", 3], [Buffer.from([0xff, 0xfe, 0]), 1]]) {
    const answer = await importCsv(harness.origin, ADMIN_SECRET, csv);
    assert.equal(answer.status, 422, String(csv));
    assert.equal((await answer.json()).errors[0].line, line);
  }
  assert.equal((await importCsv(harness.origin, "wrong-token", "player_id,player,amount\n1,Player 1,1.00\n")).status, 401);
  assert.equal((await importCsv(harness.origin, ADMIN_SECRET, "x".repeat(6 * 1024 * 1024))).status, 413);
  const chunked = new ReadableStream({
    start(controller) {
      for (let n = 0; n < 60; n++) controller.enqueue(new Uint8Array(100 * 1024));
      controller.close();
    },
  });
  const answer = await fetch(`${harness.origin}/admin/import`, {
    method: "POST", duplex: "half", body: chunked, headers: { authorization: `Bearer ${ADMIN_SECRET}`, "content-type": "text/csv" },
  });
  assert.equal(answer.status, 413);
  await unchanged();
});

test("an event that Stripe's SDK signed is believed", async () => {
  const answer = await ask(harness.link("requests-token-26"));
  const session = /cs_test_\w+/.exec(answer.headers.get("location"))[0];
  const [order] = rows(harness, "SELECT id, charge_id FROM orders");
  const payload = JSON.stringify({
    id: "evt_signed_by_the_sdk", object: "event", type: "checkout.session.completed",
    data: {
      object: {
        id: session, object: "checkout.session", status: "complete", payment_status: "paid", amount_total: 15000, currency: "usd",
        payment_intent: "pi_1", metadata: { order_id: String(order.id), charge_id: String(order.charge_id) },
      },
    },
  });
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET });
  for (let times = 0; times < 2; times++) {
    const delivered = await ask(`${harness.origin}/webhooks/stripe`, { method: "POST", headers: { "stripe-signature": signature }, body: payload });
    assert.equal(delivered.status, 200);
  }
  assert.deepEqual(rows(harness, "SELECT status, payment_intent_id FROM orders"), [{ status: "paid", payment_intent_id: "pi_1" }]);
  assert.equal(rows(harness, "SELECT * FROM stripe_events").length, 1);
});

test("the other routes", async () => {
  const health = await ask(`${harness.origin}/healthz`);
  assert.deepEqual([health.status, (await health.json()).status], [200, "ok"]);
  for (const [path, status] of [["/checkout/success", 200], ["/checkout/cancel", 200], ["/", 404], ["/checkout/other", 404]]) {
    const answer = await ask(harness.origin + path);
    assert.equal(answer.status, status, path);
    for (const [header, value] of [
      ["referrer-policy", "no-referrer"], ["cache-control", "no-store"], ["x-content-type-options", "nosniff"], ["x-robots-tag", "noindex"],
    ]) assert.equal(answer.headers.get(header), value);
    assert.match(answer.headers.get("content-security-policy"), /^default-src 'none'; style-src 'sha256-/);
  }
  assert.equal((await ask(harness.link("requests-token-26"), { method: "DELETE" })).status, 405);
});

test("a request that is cut off leaves the Worker standing", async () => {
  await new Promise((resolve, reject) => {
    const socket = connect(harness.port, "127.0.0.1", () => {
      socket.write("POST /webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{");
      setTimeout(() => resolve(socket.destroy()), 100);
    }).once("error", reject);
  });
  assert.equal((await ask(`${harness.origin}/healthz`)).status, 200);
});
