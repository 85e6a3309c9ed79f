// The runtime's rate limits: what is limited, by whom it counts, and what becomes of it where one is missing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { root, until } from "../../tools/local.mjs";
import { ADMIN_SECRET, FACEBOOK, ask, browser, enoughOfTheMinute, importLines, said, startHarness } from "./harness.mjs";

const TOKEN = "limits-token-of-26";
const BINDINGS = ["UNKNOWN_TOKENS", "ADMIN_REQUESTS", "SERVER_REQUESTS", "ADMIN_LOGINS_TOTAL", "CHARGE_CLICKS", "SUCCESS_PAGE"];
const LIMITS = { UNKNOWN_TOKENS: 3, ADMIN_REQUESTS: 3, SERVER_REQUESTS: 5, ADMIN_LOGINS_TOTAL: 12, CHARGE_CLICKS: 50, SUCCESS_PAGE: 3 };
const limited = BINDINGS.map((name, at) => ({ name, namespace_id: String(at), simple: { limit: LIMITS[name], period: 60 } }));
// As they are deployed.
const wrangler = readFileSync(join(root, "wrangler.toml"), "utf8");
const deployed = [...wrangler.matchAll(/\[\[ratelimits\]\]\nname = "(\w+)"\nnamespace_id = "(\d+)"\nsimple = \{ limit = (\d+), period = (\d+) \}/g)].map(
  ([, name, namespace_id, limit, period]) => ({ name, namespace_id, simple: { limit: Number(limit), period: Number(period) } }),
);
let harness;
let bare;
let club;

before(async () => {
  assert.equal(deployed.length, BINDINGS.length);
  [harness, bare, club] = await Promise.all([startHarness({ ratelimits: limited }), startHarness(), startHarness({ ratelimits: deployed })]);
  for (const one of [harness, bare, club]) await importLines(one, `player_id,player,amount,token\n26,Player 26,150.00,${TOKEN}\n`);
});
after(() => Promise.all([harness?.stop(), bare?.stop(), club?.stop()]));
beforeEach(() => enoughOfTheMinute());

const from = (address, more = {}) => ({ ...browser(), "cf-connecting-ip": address, ...more });
async function statuses(url, options, times = 5) {
  const seen = [];
  for (let time = 0; time < times; time++) seen.push((await ask(url, options)).status);
  return seen;
}
const logIn = (address, secret) => ({ method: "POST", headers: from(address, { authorization: `Bearer ${secret}` }) });
const SERVER = "/checkout/players/26/sessions";
/** A server asks for a session, with a secret or without. */
const server = (address, secret) => ({
  method: "POST",
  headers: from(address, { "content-type": "application/json", ...(secret && { authorization: `Bearer ${secret}` }) }),
  body: "{}",
});
const lines = (of, code) => said(of).filter((line) => line.includes(`"answer":"${code}"`)).length;

test("who guesses tokens is slowed down, who has one is not", async () => {
  const guess = (address) => statuses(harness.link("no-such-token-here"), { headers: from(address) });
  assert.deepEqual(await guess("203.0.113.7"), [404, 404, 404, 429, 429]);
  assert.equal((await ask(harness.link(TOKEN), { headers: from("203.0.113.7") })).status, 307);
  assert.equal((await ask(harness.link("no-such-token-here"), { headers: from("203.0.113.8") })).status, 404);
});

test("another address of the same /64 is the same guesser", async () => {
  const seen = [];
  for (const last of [":1", ":2", "ffff:0:0:3", ":4", ":5"]) {
    seen.push((await ask(harness.link("no-such-token-here"), { headers: from(`2001:db8:1:2:${last}`) })).status);
  }
  assert.deepEqual(seen, [404, 404, 404, 429, 429]);
  assert.equal((await ask(harness.link("no-such-token-here"), { headers: from("2001:db8:1:3::1") })).status, 404);
  assert.equal((await ask(harness.link(TOKEN), { headers: from("2001:db8:1:2::1") })).status, 307);
});

test("who guesses an operator's secret is slowed down at that address, and then even a right one", async () => {
  const url = `${harness.origin}/admin/import`;
  const [unauthorized, tries] = [lines(harness, "unauthorized"), lines(harness, "too_many_tries")];
  assert.deepEqual(await statuses(url, logIn("203.0.113.9", "wrong-guess")), [401, 401, 401, 429, 429]);
  assert.equal((await ask(url, logIn("203.0.113.9", ADMIN_SECRET))).status, 429);
  // All of them are told: the log is not thinned of these.
  const told = () => lines(harness, "unauthorized") === unauthorized + 3 && lines(harness, "too_many_tries") === tries + 3;
  await until(told, { seconds: 10, what: "six lines in the log" });
  // A server behind that address asks for sessions all the same.
  assert.equal((await ask(`${harness.origin}${SERVER}`, server("203.0.113.9", ADMIN_SECRET))).status, 200);
});

test("140 requests without credentials and 140 wrong secrets from seven networks shut nobody out", async () => {
  const form = (address, secret) => ({
    method: "POST",
    headers: from(address, { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" }),
    body: `secret=${secret}`,
  });
  const storm = async (requests) => {
    const seen = {};
    for (let n = 0; n < 140; n += 7) {
      const wave = [0, 1, 2, 3, 4, 5, 6].map((network) => requests(`198.51.100.${network}`));
      for (const { status } of await Promise.all(wave)) seen[status] = (seen[status] ?? 0) + 1;
    }
    return seen;
  };
  const elsewhere = async () => [
    (await ask(`${club.origin}/admin/login`, form("203.0.113.50", ADMIN_SECRET))).status,
    (await ask(`${club.origin}/admin`, { headers: from("203.0.113.50", { authorization: `Bearer ${ADMIN_SECRET}` }) })).status,
    (await ask(`${club.origin}${SERVER}`, server("203.0.113.50", ADMIN_SECRET))).status,
  ];
  const nothing = (address) => ask(`${club.origin}/admin`, { headers: from(address) });
  assert.deepEqual(await storm(nothing), { 401: 140 });
  const silent = (address) => ask(`${club.origin}${SERVER}`, server(address));
  assert.deepEqual(await storm(silent), { 401: 140 });
  assert.deepEqual(await elsewhere(), [303, 200, 200]);
  // Each network has its twenty, and all together 120; the minute may turn meanwhile.
  const guessed = await storm((address) => ask(`${club.origin}/admin/login`, form(address, "wrong-secret-of-32-characters-or-so")));
  assert.ok(guessed[401] >= 120 && guessed[401] + (guessed[429] ?? 0) === 140, JSON.stringify(guessed));
  assert.deepEqual(await elsewhere(), [303, 200, 200]);
  const atTheServer = await storm((address) => ask(`${club.origin}${SERVER}`, server(address, "wrong-secret-of-32-characters-or-so")));
  assert.equal((atTheServer[401] ?? 0) + (atTheServer[429] ?? 0), 140);
  assert.deepEqual(await elsewhere(), [303, 200, 200]);
});

test("five failed log-ins leave five lines, and none an address", async () => {
  const before = lines(harness, "unauthorized");
  const url = `${harness.origin}/admin/import`;
  assert.deepEqual(await statuses(url, logIn("127.0.0.1", "wrong-guess")), [401, 401, 401, 401, 401]);
  await until(() => lines(harness, "unauthorized") === before + 5, { seconds: 10, what: "five lines" });
  const ours = said(harness).filter((line) => line.startsWith("{")).join("\n");
  assert.doesNotMatch(ours, /203\.0\.113|2001:db8|127\.0\.0\.1/);
});

test("guesses from many addresses count together, and shut nobody out who does not guess", async () => {
  const url = `${harness.origin}/admin/import`;
  const seen = [];
  for (let n = 0; n < 20; n++) seen.push((await ask(url, logIn(`198.51.100.${n}`, "wrong-guess"))).status);
  assert.ok(seen.includes(401) && seen.at(-1) === 429, String(seen));
  // An empty file: who may send it is told that.
  assert.equal((await ask(url, logIn("198.51.100.200", ADMIN_SECRET))).status, 422);
});

test("the page that Stripe leads back to is limited by session, whatever the address", async () => {
  const page = (session) => `${harness.origin}/checkout/success?session_id=${session}`;
  const seen = [];
  for (let n = 0; n < 5; n++) seen.push((await ask(page("cs_test_one"), { headers: from(`203.0.113.${n}`) })).status);
  assert.deepEqual(seen, [200, 200, 200, 429, 429]);
  assert.equal((await ask(page("cs_test_other"), { headers: from("203.0.113.1") })).status, 200);
  const machine = await ask(page("cs_test_one"), { headers: from("203.0.113.1", { "user-agent": FACEBOOK }) });
  assert.equal(machine.status, 200);
  assert.match(machine.headers.get("server-timing"), /^visit;desc=machine, d1;desc=0, stripe;desc=0$/);
});

test("nobody is limited on a developer's machine", async () => {
  const guessed = await statuses(harness.link("no-such-token-here"), { headers: from("127.0.0.1") }, 8);
  assert.deepEqual(new Set(guessed), new Set([404]));
});

test("where limiters are missing, visitors are let through, log-ins are not, and both are told", async () => {
  const guessed = await statuses(bare.link("no-such-token-here"), { headers: from("203.0.113.7") });
  assert.deepEqual(new Set(guessed), new Set([404]));
  assert.equal((await ask(bare.link(TOKEN), { headers: from("203.0.113.7") })).status, 307);
  const refused = await ask(`${bare.origin}/admin/import?dry_run=1`, logIn("203.0.113.7", ADMIN_SECRET));
  assert.deepEqual([refused.status, (await refused.json()).code], [503, "limiter_unavailable"]);
  for (const binding of ["UNKNOWN_TOKENS", "ADMIN_REQUESTS"]) {
    const told = (line) => line.includes('"error":"limiter_unavailable"') && line.includes(binding);
    await until(() => said(bare).some(told), { seconds: 10, what: `a line about ${binding}` });
  }
  const health = async (of) => (await (await ask(`${of.origin}/healthz`)).json()).limiters;
  assert.equal(await health(bare), `missing: ${BINDINGS.join(", ")}`);
  assert.equal(await health(harness), "ok");
});
