// Who is an operator in workerd: whom Cloudflare Access let through, if it is asked for; and a session that its log-out ends.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { ADMIN_SECRET, around, ask, browser, importLines, rows, said, startHarness } from "./harness.mjs";

const AUDIENCE = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
let harness;
let off;
/** Behind the runtime's own `ctx.access` (Cloudflare docs, Workers, "Cloudflare Access": "Testing ctx.access locally"). */
let real;

before(async () => {
  const ratelimits = ["ADMIN_REQUESTS", "SERVER_REQUESTS", "ADMIN_LOGINS_TOTAL"].map((name, at) => ({
    name, namespace_id: String(at), simple: { limit: 1_000, period: 60 },
  }));
  const config = (folder) => around(folder, "tests/edge/access/around.js");
  const dev = { aud: AUDIENCE, identity: { email: "treasurer@club.example", name: "The treasurer" } };
  [harness, off, real] = await Promise.all([
    startHarness({ ratelimits, config, vars: { ACCESS_AUD: AUDIENCE, ACCESS_OPERATORS: "treasurer@club.example, treasurer@other.example" } }),
    startHarness({ ratelimits, config }),
    startHarness({ vars: { ACCESS_AUD: AUDIENCE }, config: () => ({ access: { dev } }) }),
  ]);
  for (const one of [harness, off]) await importLines(one, "player_id,player,amount\n26,Player 26,150.00\n");
});
after(() => Promise.all([harness?.stop(), off?.stop(), real?.stop()]));

const letThrough = (identity, aud = AUDIENCE) => ({
  ...browser(),
  "test-access-aud": aud,
  ...(identity && { "test-access-identity": typeof identity === "string" ? identity : JSON.stringify(identity) }),
});
const open = async (of, headers) => (await ask(`${of.origin}/admin/charges`, { headers })).status;
const form = (path, body, headers) => ask(harness.origin + path, {
  method: "POST",
  headers: { ...headers, "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" },
  body,
});

test("only an address of the list, let through for this application, is an operator", async () => {
  const treasurer = { email: "Treasurer@club.example", name: "The treasurer" };
  assert.equal(await open(harness, letThrough(treasurer)), 200);
  assert.equal(await open(off, letThrough(treasurer)), 401);
  for (const headers of [
    letThrough(treasurer, "fedcba9876543210"),
    letThrough({ email: "parent@club.example" }),
    letThrough({ name: "treasurer@club.example", common_name: "treasurer@club.example" }),
    letThrough({ email: ["treasurer@club.example"] }),
    letThrough(undefined),
    letThrough("fails"),
    browser(),
  ]) {
    assert.equal(await open(harness, headers), 401, JSON.stringify(headers));
  }
});

test("the runtime's own Access names an operator, who need not type a secret", async () => {
  const page = await ask(`${real.origin}/admin/charges`, { headers: browser() });
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<span>access:treasurer@club\.example<\/span>/);
});

test("two people of one local part are two operators, and the log has neither's address", async () => {
  for (const [act, email] of [["close", "treasurer@club.example"], ["reopen", "treasurer@other.example"]]) {
    const done = await form(`/admin/charges/1/${act}`, act === "close" ? "reason=waived" : "", letThrough({ email }));
    assert.equal(done.status, 303);
  }
  assert.deepEqual(rows(harness, "SELECT operator, act FROM audit WHERE act <> 'import' ORDER BY id"), [
    { operator: "access:treasurer@club.example", act: "close" },
    { operator: "access:treasurer@other.example", act: "reopen" },
  ]);
  const named = (line) => line.includes('"operator":"access:treasurer"') && line.includes('"answer":"done"');
  await until(() => said(harness).filter(named).length === 2, { seconds: 10, what: "two lines in the log" });
});

test("a session ends with its log-out, though its cookie is kept", async () => {
  const cookieOf = (answer) => answer.headers.get("set-cookie").split(";")[0];
  const logIn = async () => {
    const answer = await form("/admin/login", `secret=${ADMIN_SECRET}`, browser());
    assert.equal(answer.status, 303);
    return { ...browser(), cookie: cookieOf(answer) };
  };
  const first = await logIn();
  const page = await ask(`${harness.origin}/admin/charges`, { headers: first });
  assert.equal(page.status, 200);
  const renewed = { ...browser(), cookie: cookieOf(page) };
  assert.notEqual(renewed.cookie, first.cookie);
  assert.equal((await form("/admin/logout", "", renewed)).status, 303);
  assert.deepEqual([await open(harness, first), await open(harness, renewed)], [401, 401]);
  assert.equal(await open(harness, await logIn()), 200);
});
