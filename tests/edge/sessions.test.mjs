// Other software asks for the page to pay on, over HTTP: by a link's token from a page of another origin, and by the
// club's id of the player from a server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort, start, stop, until } from "../../tools/local.mjs";
import { ADMIN_SECRET, ask, importLines, openSessions, pay, rows, said, startHarness } from "./harness.mjs";

const SHOP = "http://localhost:3999";
const JSON_TYPE = { "content-type": "application/json" };
const OPERATOR = { ...JSON_TYPE, authorization: `Bearer ${ADMIN_SECRET}` };
let harness;

before(async () => {
  harness = await startHarness({ vars: { ALLOWED_ORIGINS: `${SHOP},https://club.example` } });
  await importLines(
    harness,
    "player_id,player,amount,kind,period,email,token\n" +
      "26,Player 26,150.00,,,payer26@example.com,sessions-token-26\n26,Player 26,40.00,monthly,2026-11,,sessions-token-26-11\n" +
      "27,Player 27,165.00,,,payer27@example.com,sessions-token-27\n28,Player 28,0.00,,,,sessions-token-28\n",
  );
});
after(() => harness?.stop());

const post = (path, body, headers = JSON_TYPE) =>
  ask(harness.origin + path, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
const byToken = (token, headers) => post("/checkout/sessions", { token }, headers);
const ofPlayer = (id, body = {}) => post(`/checkout/players/${id}/sessions`, body, OPERATOR);
const corsOf = ({ headers }) => [...headers.keys()].filter((name) => name.startsWith("access-control-")).sort();

test("twice it is the same session, whoever asks", async () => {
  const first = await byToken("sessions-token-26");
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("content-type"), "application/json");
  const body = await first.json();
  assert.deepEqual(Object.keys(body), ["order_id", "status", "url", "expires_at"]);
  assert.ok(body.url.startsWith(`${harness.stripe.origin}/c/pay/`));
  assert.match(body.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  for (const again of [await byToken("sessions-token-26"), await ofPlayer("26"), await ofPlayer("26", { kind: "first_payment", period: "" })]) {
    assert.deepEqual([again.status, await again.json()], [200, body]);
  }
  const click = await ask(harness.link("sessions-token-26"));
  assert.deepEqual([click.status, click.headers.get("location")], [307, body.url]);
  const month = await (await ofPlayer("26", { kind: "monthly", period: "2026-11" })).json();
  assert.notEqual(month.url, body.url);
});

test("a race of ten makes one session", async () => {
  const asked = Array.from({ length: 10 }, (_, n) => (n % 2 ? byToken("sessions-token-27") : ofPlayer("27")));
  const answers = await Promise.all(asked);
  assert.deepEqual(answers.map(({ status }) => status), Array(10).fill(200));
  const bodies = await Promise.all(answers.map((answer) => answer.json()));
  assert.equal(new Set(bodies.map(({ url }) => url)).size, 1);
  const orders = rows(harness, "SELECT o.charge_id FROM orders o JOIN charges c ON c.id = o.charge_id JOIN players p ON p.id = c.player_id WHERE p.player_id = '27'");
  assert.equal(orders.length, 1);
  assert.equal((await openSessions(harness))[orders[0].charge_id].length, 1);
});

test("what cannot be paid is said by status and code", async () => {
  const { url } = await (await byToken("sessions-token-27")).json();
  await pay(harness, url);
  for (const [answer, status, code] of [
    [await byToken("sessions-token-27"), 409, "already_paid"],
    [await ofPlayer("27"), 409, "already_paid"],
    [await byToken("sessions-token-28"), 409, "nothing_to_pay"],
    [await byToken("no-such-token-here"), 404, "unknown_link"],
    [await ofPlayer("99"), 404, "unknown_charge"],
    [await post("/checkout/players/26/sessions", {}), 401, "unauthorized"],
    [await post("/checkout/sessions", {}), 400, "bad_request"],
    [await post("/checkout/sessions", "token=sessions-token-26", { "content-type": "application/x-www-form-urlencoded" }), 415, "not_json"],
    [await post("/checkout/sessions", " ".repeat(20_000)), 413, "too_large"],
  ]) {
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [status, "application/problem+json"]);
    assert.equal((await answer.json()).code, code);
  }
  assert.equal((await ask(`${harness.origin}/checkout/sessions`)).status, 405);
});

test("a body that never says how long it is", async () => {
  const body = new ReadableStream({
    start(controller) {
      for (let n = 0; n < 20; n++) controller.enqueue(new Uint8Array(1_000));
      controller.close();
    },
  });
  const answer = await fetch(`${harness.origin}/checkout/sessions`, { method: "POST", duplex: "half", body, headers: { ...JSON_TYPE, origin: SHOP } });
  assert.deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [413, SHOP]);
});

test("pages of the allowed origins may read, and no others", async () => {
  const preflight = (origin) =>
    ask(`${harness.origin}/checkout/sessions`, {
      method: "OPTIONS", headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });
  const asked = await preflight(SHOP);
  assert.deepEqual([asked.status, await asked.text()], [204, ""]);
  assert.equal(asked.headers.get("access-control-allow-origin"), SHOP);
  assert.equal(asked.headers.get("access-control-allow-methods"), "POST");
  assert.equal(asked.headers.get("access-control-allow-headers"), "Content-Type");
  for (const token of ["sessions-token-26", "sessions-token-28", "no-such-token-here"]) {
    const answer = await byToken(token, { ...JSON_TYPE, origin: SHOP });
    assert.equal(answer.headers.get("access-control-allow-origin"), SHOP);
    assert.match(answer.headers.get("vary"), /\bOrigin$/);
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
  }
  for (const answer of [await preflight("https://evil.example"), await byToken("sessions-token-26", { ...JSON_TYPE, origin: "https://evil.example" })]) {
    assert.deepEqual(corsOf(answer), []);
    assert.match(answer.headers.get("vary"), /\bOrigin$/);
  }
});

test("the example of a server leads to the payment page", async () => {
  const port = await freePort();
  const server = start(process.execPath, ["examples/server.mjs"], { env: { WORKER: harness.origin, SECRET: ADMIN_SECRET, PORT: String(port) } });
  await until(() => server.output.length, { what: "the example of a server", handle: server });
  const visit = (path, method = "POST") => ask(`http://localhost:${port}${path}`, { method });
  const { url } = await (await ofPlayer("26")).json();
  const led = await visit("/pay/26");
  assert.deepEqual([led.status, led.headers.get("location")], [303, url]);
  for (const [path, status, words] of [["/pay/27", 409, /^Already paid\n/], ["/pay/99", 404, /^There is no such charge\n/], ["/pay/", 404, /^$/]]) {
    const answer = await visit(path);
    assert.equal(answer.status, status);
    assert.match(await answer.text(), words);
  }
  assert.equal((await visit("/pay/26", "GET")).status, 404);
  await stop(server);
});

test("the log names the operator, and no token and no player", () => {
  const log = said(harness).join("\n");
  assert.match(log, /"answer":"pay".*"operator":"treasurer"/);
  for (const secret of ["sessions-token", ADMIN_SECRET, "Player 2", "@example.com"]) assert.ok(!log.includes(secret), secret);
});
