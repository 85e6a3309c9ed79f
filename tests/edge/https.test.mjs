// Plain http is sent on or refused, for machines on the fast path too, and https is said to stay.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, FACEBOOK, allRows, ask, browser, importLines, startHarness, stripeCalls } from "./harness.mjs";

const TOKEN = "https-token-of-26";
const LINES = `player_id,player,amount,token\n26,Player 26,150.00,${TOKEN}\n`;
const HSTS = "strict-transport-security";
let local;
let https;

before(async () => {
  [local, https] = await Promise.all([
    startHarness(),
    // As it is in front of a deployed Worker: what came to pay.club.example came over https.
    startHarness({ args: ["--local-upstream", "pay.club.example", "--upstream-protocol", "https"] }),
  ]);
  await importLines(local, LINES);
});
after(() => Promise.all([local?.stop(), https?.stop()]));

// With a port: `wrangler dev` would write its own origin where a Location names the host that was asked.
const plain = (headers = {}) => ({ ...browser(), ...headers, host: "pay.club.example:8080" });

test("what comes over plain http goes on to the same host, with its token", async () => {
  const untouched = allRows(local);
  const path = `/checkout/first-payment?token=${TOKEN}&utm_source=mail`;
  // Machines' answers are kept after the first one, and given on a fast path.
  for (let time = 0; time < 3; time++) await ask(local.link(TOKEN), { headers: browser(FACEBOOK) });
  for (const headers of [plain(), plain(browser(FACEBOOK)), plain({ "sec-purpose": "prefetch" }), plain({ "user-agent": "curl/8.5.0" })]) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await ask(local.origin + path, { method, headers });
      assert.deepEqual([answer.status, answer.headers.get("location")], [301, `https://pay.club.example${path}`]);
      assert.equal(answer.headers.get(HSTS), null);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.equal(await answer.text(), "");
    }
  }
  const other = await ask(`${local.origin}/healthz`, { headers: { ...plain(), host: "other.example:8880" } });
  assert.equal(other.headers.get("location"), "https://other.example/healthz");
  assert.equal(allRows(local), untouched);
});

test("what cannot be sent on is refused", async () => {
  const untouched = allRows(local);
  const headers = plain({ authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json" });
  for (const [path, method, body] of [
    [`/checkout/first-payment?token=${TOKEN}`, "POST"],
    [`/checkout/first-payment?token=${TOKEN}`, "OPTIONS"],
    ["/admin/import", "POST", "player_id,player,amount\n27,Player 27,1.00\n"],
    ["/webhooks/stripe", "POST", "{}"],
  ]) {
    const answer = await ask(local.origin + path, { method, headers, body });
    assert.deepEqual([answer.status, (await answer.json()).code], [403, "https_only"], path);
  }
  assert.equal(allRows(local), untouched);
  assert.deepEqual(await stripeCalls(local), []);
});

test("every answer over https says that browsers stay there, and none on a developer's machine does", async () => {
  const targets = [
    [`/checkout/first-payment?token=${TOKEN}`, {}], [`/checkout/first-payment?token=${TOKEN}`, browser(FACEBOOK)],
    [`/checkout/first-payment?token=${TOKEN}`, { "sec-purpose": "prefetch" }], ["/checkout/first-payment", {}],
    ["/checkout/success", {}], ["/checkout/cancel", {}], ["/healthz", {}], ["/link.png", {}], ["/", {}],
    ["/", { accept: "application/json" }], ["/admin/import", {}],
  ];
  for (const [harness, value] of [[https, "max-age=31536000; includeSubDomains"], [local, null]]) {
    for (const [path, headers] of targets) {
      // Twice: the second may be given on a fast path.
      for (let time = 0; time < 2; time++) {
        const answer = await ask(harness.origin + path, { headers: { ...browser(), ...headers } });
        assert.equal(answer.headers.get(HSTS), value, `${path} ${answer.status}`);
      }
    }
  }
});
