// Alerts in the built Worker: a receiver that really fails, hangs and recovers, emails in wrangler's simulation, and a
// Worker that is killed in between.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { kill, until } from "../../tools/local.mjs";
import { ask, control, cron, importLines, rows, said, startHarness } from "./harness.mjs";

let harness;
let receiver;

/** A receiver of alerts. `answer` says how it answers: a status, or "hang". */
async function startReceiver() {
  const state = { answer: 200, requests: [], taken: [], open: new Set() };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const message = { key: request.headers["idempotency-key"], ...JSON.parse(Buffer.concat(chunks)) };
      state.requests.push(message);
      if (state.answer === "hang") return;
      if (state.answer < 300) state.taken.push(message);
      response.writeHead(state.answer).end("ok");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    titles: () => state.taken.map(({ text }) => text.split("\n")[0]),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  });
}

before(async () => {
  receiver = await startReceiver();
  harness = await startHarness({
    vars: { ALERT_WEBHOOK_URL: receiver.url, ALERT_EMAIL: "oncall@club.example", MAIL_FROM: "alerts@club.example" },
    config: () => ({ send_email: [{ name: "EMAIL" }] }),
  });
});
after(async () => {
  await harness?.stop();
  receiver?.stop();
});
beforeEach(() => {
  receiver.answer = 200;
  receiver.requests.length = 0;
  receiver.taken.length = 0;
});


let incident = 0;

/** Opens an incident about something else each time, as the guard does. */
function open() {
  incident += 1;
  const insert = "INSERT INTO incidents (subject, kind, amount_minor, currency, opened_at) VALUES (?, 'dispute', 15000, 'usd', ?)";
  const { lastInsertRowid } = harness.db.prepare(insert).run(`dispute:dp_${incident}`, Date.now());
  return Number(lastInsertRowid);
}

const outbox = (id) =>
  rows(harness, "SELECT tries, webhook_at IS NOT NULL AS webhook, email_at IS NOT NULL AS email, next_try_at IS NULL AS done FROM outbox WHERE incident_id = ?", id);

/** The pause before the next try is over. */
const skipPause = (id) => harness.db.prepare("UPDATE outbox SET next_try_at = 1 WHERE incident_id = ? AND next_try_at IS NOT NULL").run(id);

test("the incident replayed: a bad deployment fails every click, and the alert arrives within one cron run and names it", async () => {
  const [{ link }] = await importLines(harness, "player_id,player,amount,email,token\n1,Player 1,150.00,payer1@example.com,alerts-token-of-player-1\n");
  await control(harness, "faults", { endpoint: "create", kind: "error_before" });
  for (let click = 0; click < 3; click += 1) assert.equal((await ask(link)).status, 503);
  await cron(harness);
  const errors = "*Example Youth Club: Parents get an error instead of the payment page*";
  await until(() => receiver.titles().includes(errors), { seconds: 5, what: "the alert" });
  await cron(harness);
  assert.equal(receiver.titles().filter((title) => title === errors).length, 1, receiver.titles().join());
  for (const { text } of receiver.taken) {
    assert.match(text, /Incident \d+: http:\/\/localhost:\d+\/admin\/incidents$/);
    assert.doesNotMatch(text, /alerts-token|Player 1|@/);
  }
  const written = () => said(harness).map((line) => /Text: (\S+\.txt)/.exec(line)?.[1]).filter(Boolean);
  const file = await until(() => written().at(0), { seconds: 5, what: "the email" });
  assert.match(readFileSync(file, "utf8"), /Click a link yourself/);
  await control(harness, "faults", { clear: true });
  assert.deepEqual(
    rows(harness, "SELECT kind, resolved_at FROM incidents WHERE kind = 'checkout_errors'"),
    [{ kind: "checkout_errors", resolved_at: null }],
  );
});

test("a receiver that fails and recovers gets it once, and the email is not sent again", async () => {
  receiver.answer = 500;
  const id = open();
  await cron(harness);
  assert.deepEqual(outbox(id), [{ tries: 1, webhook: 0, email: 1, done: 0 }]);
  await cron(harness);
  assert.equal(receiver.requests.length, 1, "it is not tried before its pause is over");
  receiver.answer = 204;
  skipPause(id);
  await cron(harness);
  assert.deepEqual(outbox(id), [{ tries: 2, webhook: 1, email: 1, done: 1 }]);
  await cron(harness);
  assert.equal(receiver.requests.length, 2);
  assert.equal(receiver.requests[0].key, receiver.requests[1].key);
});

test("a receiver that hangs ends the try after ten seconds", async () => {
  receiver.answer = "hang";
  const id = open();
  const began = Date.now();
  await cron(harness);
  assert.ok(Date.now() - began > 9_000 && Date.now() - began < 25_000, String(Date.now() - began));
  assert.deepEqual(outbox(id), [{ tries: 1, webhook: 0, email: 1, done: 0 }]);
  receiver.answer = 200;
  skipPause(id);
  await cron(harness);
  assert.deepEqual(outbox(id), [{ tries: 2, webhook: 1, email: 1, done: 1 }]);
  assert.equal(receiver.taken.length, 1);
});

test("two runs at once send one alert", async () => {
  const ids = [open(), open(), open()];
  await Promise.all([cron(harness), cron(harness), cron(harness)]);
  await cron(harness);
  assert.equal(receiver.requests.length, 3);
  assert.equal(new Set(receiver.requests.map(({ key }) => key)).size, 3);
  for (const id of ids) assert.deepEqual(outbox(id), [{ tries: 1, webhook: 1, email: 1, done: 1 }]);
});

test("a Worker that is killed while it sends loses nothing, and what was taken is not taken twice", async () => {
  receiver.answer = "hang";
  const id = open();
  const broken = cron(harness).catch(() => {});
  await until(() => receiver.requests.length === 1, { seconds: 10, what: "the request" });
  await kill(harness.worker.handle);
  await broken;
  await harness.restart();
  receiver.answer = 200;
  await cron(harness);
  assert.equal(receiver.taken.length, 0, "the claim holds until its pause is over");
  skipPause(id);
  await cron(harness);
  await cron(harness);
  assert.equal(receiver.taken.length, 1);
  assert.deepEqual(outbox(id), [{ tries: 2, webhook: 1, email: 1, done: 1 }]);
  // After it was taken, a kill changes nothing.
  await kill(harness.worker.handle);
  await harness.restart();
  await cron(harness);
  assert.equal(receiver.requests.length, 2);
});

test("an incident that is over is told once", async () => {
  const id = open();
  await cron(harness);
  harness.db.prepare("UPDATE incidents SET resolved_at = ?, resolution = 'seen' WHERE id = ?").run(Date.now(), id);
  await cron(harness);
  await cron(harness);
  assert.deepEqual(receiver.titles(), [
    "*Example Youth Club: A payer disputes a payment*",
    "*Example Youth Club: over: A payer disputes a payment*",
  ]);
});

test("the log holds no address and no URL of a receiver", () => {
  const log = said(harness).filter((line) => line.startsWith("{")).join("\n");
  assert.match(log, /"alerts":\d/);
  assert.doesNotMatch(log, /oncall@|\/hook|alerts-token/);
});
