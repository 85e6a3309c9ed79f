// What is in the log: no line of the Worker's holds a query, and Cloudflare's own record of requests is kept from
// holding one.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root, until } from "../../tools/local.mjs";
import { ADMIN_SECRET, FACEBOOK, ask, assertTellsNothing, browser, control, importLines, said, sha256, startHarness } from "./harness.mjs";

const TOKEN = "log-token-of-player-26";
let harness;

before(async () => {
  harness = await startHarness();
  await importLines(harness, `player_id,player,amount,email,token\n26,Player 26,150.00,payer26@example.com,${TOKEN}\n`);
});
after(() => harness?.stop());

test("no line holds a query, whatever is asked and whatever fails", async () => {
  const plain = { ...browser(), host: "pay.club.example" };
  for (const [path, options] of [
    [`/checkout/first-payment?token=${TOKEN}`, {}],
    [`/checkout/first-payment?token=${TOKEN}`, { headers: browser(FACEBOOK) }],
    [`/checkout/first-payment?token=${TOKEN}`, { headers: plain }],
    [`/checkout/first-payment?token=${TOKEN}x`, {}],
    [`/checkout/first-payment?token=${TOKEN}&token=${TOKEN}`, {}],
    [`/checkout/first-payment?token=${TOKEN}`, { method: "DELETE" }],
    [`/checkout/success?session_id=cs_test_hush`, {}],
    [`/admin/import?token=${TOKEN}`, { method: "POST", headers: { authorization: `Bearer ${ADMIN_SECRET}` } }],
    [`/nowhere?token=${TOKEN}`, {}],
  ]) await ask(harness.origin + path, options);
  await control(harness, "faults", { endpoint: "create", kind: "drop_before" });
  harness.db.exec("UPDATE orders SET created_at = created_at - 3600000");
  await ask(harness.link(TOKEN));
  harness.db.exec("ALTER TABLE links RENAME TO linked");
  await ask(harness.link(TOKEN));
  const told = (code) => said(harness).some((line) => line.includes(`"answer":"${code}"`));
  await until(() => told("try_again") && told("no_such_page"), { seconds: 20, what: "the lines" });
  harness.db.exec("ALTER TABLE linked RENAME TO links");
  for (const line of said(harness)) assert.doesNotMatch(line, /[?&]\w+=|log-token|token=|session_id|hush|payer26|player-26/, line);
});

test("a harness that ends looks for what no log may tell", () => {
  const tokens = new Set([sha256(TOKEN)]);
  assertTellsNothing([`{"message":"visit","answer":"pay","order":1}`], tokens);
  for (const told of [TOKEN, ADMIN_SECRET, "payer26@example.com", "sk_test_1", "/checkout/success?session_id=cs_test_1"]) {
    assert.throws(() => assertTellsNothing([`{"message":"${told}"}`], tokens), /the log tells/, told);
  }
});

test("Cloudflare's own record of requests is off, and would hold no query", () => {
  const configuration = readFileSync(join(root, "wrangler.toml"), "utf8");
  assert.match(configuration, /\[observability\]\nenabled = true\n(#.*\n)*redact_query_string = true\n/);
  assert.match(configuration, /\[observability\.logs\]\n(#.*\n)*invocation_logs = false\n/);
});
