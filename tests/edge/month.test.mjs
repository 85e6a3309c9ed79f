// A month in a club, in the built Worker with time moved on: the cron charges the fees, emails go out with links, parents
// pay by link, by a front end and by a server, some are reminded, a debit fails, cash is taken, and in the end every number
// adds up and no email went out twice.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { ADMIN_SECRET, around, ask, browser, control, cron, importLines, openSessions, rows, said, startHarness } from "./harness.mjs";

const SHOP = "https://www.club.example";
const LANGUAGES = ["en", "es", "de"];
const DAY = 86_400_000;
/** Of 60 players every fifth has nothing to pay. */
const players = Array.from({ length: 60 }, (_, n) => ({
  id: String(n + 1),
  language: LANGUAGES[n % 3],
  fee: n % 5 === 4 ? 0 : 4000 + 500 * (n % 4),
}));
const paying = players.filter(({ fee }) => fee > 0);
const major = (cents) => (cents / 100).toFixed(2);
const sum = (list) => list.reduce((total, { fee }) => total + fee, 0);

/** Nine in the morning on the first day of the next month. */
const first = new Date();
first.setUTCMonth(first.getUTCMonth() + 1, 1);
first.setUTCHours(9, 0, 0, 0);
const period = first.toISOString().slice(0, 7);

let harness;
/** The link of each email, by player: the newest. */
const links = new Map();
let read = 0;

before(async () => {
  harness = await startHarness({
    vars: {
      BILLING_DAY: "1", DUE_AFTER_DAYS: "14", REMIND_AFTER_DAYS: "7", MAIL_FROM: "pay@club.example", RECONCILE_BUDGET: "1000",
      ALLOWED_ORIGINS: SHOP,
    },
    config: (folder) => ({
      ...around(folder, "tests/edge/month/around.js", "tests/edge/month/clock.js"),
      send_email: [{ name: "EMAIL" }],
    }),
  });
  await importLines(
    harness,
    ["player_id,player,amount,email,language,monthly_fee"]
      .concat(players.map(({ id, language, fee }) => `${id},Player ${id},0.00,payer${id}@example.com,${language},${major(fee)}`))
      .join("\n"),
  );
});
after(() => harness?.stop());

/** It is so many days after the month began, for the Worker and for Stripe; then the cron runs until it has no more to do. */
async function itIsDay(number) {
  const ahead = first.getTime() + number * DAY - Date.now();
  await ask(`${harness.origin}/clock?ahead=${ahead}`);
  await control(harness, "clock", { offset_ms: ahead });
  const unsent = () => rows(harness, "SELECT COUNT(*) AS n FROM messages WHERE state IN ('queued', 'sending')")[0].n;
  for (let run = 0; run < 2 || (unsent() && run < 30); run += 1) await cron(harness);
}

async function desk(path, body) {
  const headers = { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json", "content-type": "application/json" };
  const answer = await ask(`${harness.origin}/admin${path}`, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
  return answer.json();
}

/** The emails that went out since the last look, as the simulation wrote them. Each has one player's name. */
async function emails(count) {
  const files = () => said(harness).map((line) => /Text: (\S+\.txt)/.exec(line)?.[1]).filter(Boolean);
  await until(() => files().length >= read + count, { seconds: 20, what: `${count} emails` });
  const written = files().slice(read).map((file) => readFileSync(file, "utf8"));
  read = files().length;
  for (const text of written) {
    const link = /http:\S+token=[\w-]{43}/.exec(text)?.[0];
    if (link) links.set(/Player (\d+)/.exec(text)[1], link);
  }
  return written;
}

const sessionOf = (url) => /cs_test_\w+/.exec(url)[0];
const isPaid = (session) => rows(harness, "SELECT 1 FROM orders WHERE stripe_session_id = ? AND status = 'paid'", session).length;
async function payIn(url) {
  await control(harness, "pay", { session: sessionOf(url), how: "card" });
  await until(() => isPaid(sessionOf(url)), { seconds: 20, what: "the webhook" });
}
/** Clicks in the player's language; where the browser is led to. */
async function click({ id, language }) {
  const answer = await ask(links.get(id), { headers: { ...browser(), "accept-language": `${language},en;q=0.5` } });
  assert.equal(answer.status, 307, `player ${id}`);
  return answer.headers.get("location");
}
const chargeOf = (id) =>
  rows(harness, "SELECT c.id FROM charges c JOIN players p ON p.id = c.player_id WHERE p.player_id = ? AND c.kind = 'monthly'", id)[0].id;

test("on the first day the cron opens the month, and leaves out who has no fee", async () => {
  await itIsDay(0);
  const { periods } = await desk("/periods");
  assert.equal(periods.length, 1);
  assert.deepEqual([periods[0].period, periods[0].charged.count, periods[0].left_out], [period, 48, 12]);
  const due = new Date(first.getTime() + 14 * DAY).toISOString().slice(0, 10);
  assert.deepEqual(rows(harness, "SELECT DISTINCT due_on FROM charges WHERE kind = 'monthly'"), [{ due_on: due }]);
  assert.equal((await desk("")).outstanding[0].amount, major(sum(paying)));
});

test("each who owes something gets one email with a link, in the player's language", async () => {
  const { queued } = await desk("/messages", { template: "link", filter: { kind: "monthly", period } });
  assert.equal(queued, 48);
  assert.equal((await desk("/messages", { template: "link", filter: { kind: "monthly", period } })).queued, 0);
  await itIsDay(0.1);
  const written = await emails(48);
  assert.equal(written.length, 48);
  assert.equal(links.size, 48);
  for (const [language, greeting] of [["en", "Hello"], ["es", "Hola"], ["de", "Guten Tag"]]) {
    assert.equal(written.filter((text) => text.startsWith(greeting)).length, paying.filter((player) => player.language === language).length);
  }
});

const [failing, cash, ...others] = paying;
/** Who waits for the first reminder, for the second, and for good. */
const late = others.slice(0, 3);
const early = others.slice(3);

test("parents pay by link in three languages, by a front end and by a server", async () => {
  await itIsDay(1);
  for (const [n, player] of early.entries()) {
    if (n % 3 === 0) {
      const url = await click(player);
      await payIn(url);
      const headers = { ...browser(), "accept-language": player.language };
      const thanks = await ask(`${harness.origin}/checkout/success?session_id=${sessionOf(url)}`, { headers });
      const shown = { en: `$${major(player.fee)}`, es: `${major(player.fee).replace(".", ",")}\u00a0$`, de: `${major(player.fee).replace(".", ",")}\u00a0$` };
      const page = await thanks.text();
      assert.equal(thanks.status, 200);
      assert.match(page, new RegExp(`<html lang="${player.language}">`));
      assert.ok(page.includes(shown[player.language]), `${player.language}: ${player.fee}`);
    } else if (n % 3 === 1) {
      const headers = { origin: SHOP, "content-type": "application/json" };
      const token = new URL(links.get(player.id)).searchParams.get("token");
      const answer = await ask(`${harness.origin}/checkout/sessions`, { method: "POST", headers, body: JSON.stringify({ token }) });
      assert.deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [200, SHOP]);
      await payIn((await answer.json()).url);
    } else {
      const headers = { authorization: `Bearer ${ADMIN_SECRET}`, "content-type": "application/json" };
      const body = JSON.stringify({ kind: "monthly", period });
      const answer = await ask(`${harness.origin}/checkout/players/${player.id}/sessions`, { method: "POST", headers, body });
      assert.equal(answer.status, 200);
      await payIn((await answer.json()).url);
    }
  }
  assert.equal((await desk("")).collected[0].amount, major(sum(early)));
});

test("a debit fails: the parent is told with a new link, and pays by card", async () => {
  const url = await click(failing);
  await control(harness, "pay", { session: sessionOf(url), how: "debit" });
  await itIsDay(3);
  await control(harness, "settle", { session: sessionOf(url), success: false });
  await until(() => rows(harness, "SELECT 1 FROM messages WHERE template = 'debit_failed'").length, { seconds: 20, what: "the email" });
  await itIsDay(3.1);
  const [told] = await emails(1);
  assert.match(told, new RegExp(`Player ${failing.id}\\b`));
  await payIn(await click(failing));
});

test("cash is taken, and its receipt goes out", async () => {
  await desk(`/charges/${chargeOf(cash.id)}/offline-payment`, {
    amount: major(cash.fee), method: "cash", paid_on: new Date(first.getTime() + 3 * DAY).toISOString().slice(0, 10), note: "at the training",
  });
  await itIsDay(4);
  const receipts = await emails(1);
  assert.equal(receipts.length, 1);
  assert.match(receipts[0], new RegExp(`Player ${cash.id}\\b`));
  assert.doesNotMatch(receipts[0], /token=/);
});

test("who has not paid a week after the day is reminded, twice at most", async () => {
  await itIsDay(20);
  assert.equal((await desk("")).overdue[0].amount, major(sum(late)));
  await itIsDay(22.5);
  assert.equal((await emails(3)).length, 3);
  await payIn(await click(late[0]));
  await itIsDay(30);
  assert.equal((await emails(2)).length, 2);
  await payIn(await click(late[1]));
  await itIsDay(45);
  await desk(`/charges/${chargeOf(late[2].id)}/close`, { reason: "has left the club" });
});

test("at the end every number adds up, and nothing was sent twice", async () => {
  const collected = sum(paying) - late[2].fee;
  const dashboard = await desk("");
  // The next month has begun since, and the cron has opened it.
  const next = sum(paying);
  assert.equal(dashboard.collected[0].amount, major(collected));
  assert.equal(dashboard.outstanding[0].amount, major(next));
  const of = (state) => dashboard.charges.find((charges) => charges.state === state);
  assert.deepEqual([of("paid").count, of("paid").amount, of("unpaid").count], [47, major(collected), 48]);
  assert.equal(dashboard.incidents.open, 0);

  const headers = { authorization: `Bearer ${ADMIN_SECRET}` };
  const csv = await (await ask(`${harness.origin}/admin/export/payments.csv`, { headers })).text();
  const [names, ...lines] = csv.trim().split(/\r?\n/).map((line) => line.split(","));
  const gross = lines.map((line) => Number(line[names.indexOf("gross")]));
  assert.equal(lines.length, 47);
  assert.equal(major(Math.round(100 * gross.reduce((total, amount) => total + amount, 0))), major(collected));

  assert.deepEqual(rows(harness, "SELECT state, COUNT(*) AS n FROM messages GROUP BY state"), [{ state: "sent", n: 48 + 1 + 1 + 5 }]);
  assert.equal(said(harness).filter((line) => /Text: \S+\.txt/.test(line)).length, 55);
  assert.deepEqual(
    rows(harness, "SELECT charge_id FROM orders WHERE status = 'paid' GROUP BY charge_id HAVING COUNT(*) > 1"),
    [],
  );
  assert.deepEqual(Object.keys(await openSessions(harness)), []);
});
