// Emails to those who pay in the built Worker: in wrangler's simulation, whose files are read, and with an email service
// that refuses, hangs and recovers while the Worker is killed.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { kill, until } from "../../tools/local.mjs";
import { ADMIN_SECRET, around, ask, cron, importLines, pay, rows, said, startHarness } from "./harness.mjs";

const LINES = `player_id,player,amount,email,language
1,Player 1,150.00,payer1@example.com,es
2,Player 2,85.00,payer2@example.com,
3,Player 3,40.00,,
`;

let simulated;
let real;
let service;

/** An email service. `answer` says how it answers: "take", "hang" or the code of a refusal. */
async function startService() {
  const state = { answer: "take", asked: [], taken: [] };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const message = JSON.parse(Buffer.concat(chunks));
      state.asked.push(message);
      // It takes it, and says nothing.
      if (state.answer === "take" || state.answer === "hang") state.taken.push(message);
      if (state.answer === "hang") return;
      response.writeHead(state.answer === "take" ? 200 : 400).end(state.answer === "take" ? "id" : state.answer);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  });
}

before(async () => {
  service = await startService();
  const vars = { MAIL_FROM: "pay@club.example", REMIND_AFTER_DAYS: "7" };
  [simulated, real] = await Promise.all([
    startHarness({ vars, config: () => ({ send_email: [{ name: "EMAIL" }] }) }),
    startHarness({ vars: { ...vars, TEST_MAIL_SERVICE: service.url }, config: (folder) => around(folder, "tests/edge/mailer/around.js") }),
  ]);
  await Promise.all([importLines(simulated, LINES), importLines(real, LINES)]);
});
after(async () => {
  await Promise.all([simulated?.stop(), real?.stop()]);
  service?.stop();
});

const messages = (harness) => rows(harness, "SELECT charge_id AS charge, template, about, state, reason, tries FROM messages ORDER BY id");

async function queue(harness, template, charges) {
  const answer = await ask(`${harness.origin}/admin/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ template, charges }),
  });
  assert.equal(answer.status, 200, await answer.text());
  return answer.json();
}

/** What the simulation has written of the emails: text, and what wrangler said of their headers. */
const written = (harness, kind = "Text") => {
  const line = new RegExp(`${kind}: (\\S+\\.(?:txt|html))`);
  const files = said(harness).map((said) => line.exec(said)?.[1]).filter(Boolean);
  return files.map((file) => readFileSync(file, "utf8"));
};

test("links and at most two reminders go out in wrangler's simulation, each in its language and with its own link", async () => {
  const { queued, left_out } = await queue(simulated, "link", [1, 2, 3]);
  assert.deepEqual([queued, left_out.map(({ reason }) => reason)], [2, ["no_email"]]);
  await Promise.all([cron(simulated), cron(simulated)]);
  await until(() => written(simulated).length === 2, { seconds: 5, what: "the emails" });
  const spanish = written(simulated).find((text) => text.startsWith("Hola"));
  const english = written(simulated).find((text) => text.startsWith("Hello"));
  assert.match(spanish, /Player 1[\s\S]*150,00\s\$/);
  assert.match(english, /Player 2[\s\S]*\$85\.00/);
  assert.match(written(simulated, "HTML").join("\n"), /lang="es"/);
  const link = /http:\S+token=[\w-]{43}/.exec(english)[0];
  const click = await ask(link);
  assert.equal(click.status, 307);
  // Reminders by rule, as if their days were over each time.
  for (let round = 0; round < 5; round += 1) {
    simulated.db.prepare("UPDATE charges SET remind_from = 1 WHERE remind_from IS NOT NULL").run();
    await cron(simulated);
    if (round === 0) await pay(simulated, click.headers.get("location"));
  }
  const sent = rows(simulated, "SELECT charge_id AS charge, template, about FROM messages WHERE state = 'sent' ORDER BY charge_id, template, about");
  assert.deepEqual(sent.map(({ charge, template, about }) => `${charge} ${template} ${about}`), [
    "1 link 1", "1 reminder 1", "1 reminder 2", "2 link 1", "2 reminder 1",
  ]);
  const all = written(simulated).flatMap((text) => text.match(/token=[\w-]{43}/g));
  assert.equal(new Set(all).size, 5, "no two emails have one link");
});

test("what is refused for now is sent later, what is refused for good is not", async () => {
  service.answer = "E_DAILY_LIMIT_EXCEEDED";
  await queue(real, "link", [1, 2]);
  await cron(real);
  assert.deepEqual(messages(real).map(({ state, reason }) => [state, reason]), [["queued", "daily_limit"], ["queued", null]]);
  assert.equal(service.asked.length, 1, "the run ends with the limit");
  service.answer = "E_RECIPIENT_SUPPRESSED";
  await cron(real);
  assert.deepEqual(messages(real)[1], { charge: 2, template: "link", about: 1, state: "refused", reason: "suppressed", tries: 1 });
  service.answer = "take";
  real.db.prepare("UPDATE messages SET next_try_at = 1 WHERE state = 'queued'").run();
  await cron(real);
  assert.equal(messages(real)[0].state, "sent");
  const [{ from, replyTo, to, subject }] = service.taken;
  assert.deepEqual(
    { from, replyTo, to, subject },
    {
      from: { email: "pay@club.example", name: "Example Youth Club" },
      replyTo: "treasurer@club.example",
      to: "payer1@example.com",
      subject: "Example Youth Club: Primer pago, Player 1",
    },
  );
});

test("a Worker that is killed while it sends never sends that email again by itself", async () => {
  service.answer = "hang";
  const before = service.asked.length;
  real.db.prepare("UPDATE messages SET ended_at = 1").run();
  await queue(real, "reminder", [1]);
  const broken = cron(real).catch(() => {});
  await until(() => service.asked.length === before + 1, { seconds: 10, what: "the request" });
  await kill(real.worker.handle);
  await broken;
  await real.restart();
  service.answer = "take";
  await cron(real);
  assert.equal(messages(real).at(-1).state, "sending", "its claim holds");
  real.db.prepare("UPDATE messages SET next_try_at = 1 WHERE state = 'sending'").run();
  await cron(real);
  await cron(real);
  assert.deepEqual(messages(real).at(-1), { charge: 1, template: "reminder", about: 1, state: "unclear", reason: "interrupted", tries: 1 });
  assert.equal(service.asked.length, before + 1);
});

test("a service that does not answer makes one email unclear, and the others wait", async () => {
  service.answer = "hang";
  real.db.prepare("UPDATE messages SET ended_at = 1 WHERE ended_at IS NOT NULL").run();
  await queue(real, "reminder", [1, 2]);
  const before = service.asked.length;
  await cron(real);
  assert.deepEqual(messages(real).slice(-2).map(({ state, reason }) => [state, reason]), [["unclear", "no_answer"], ["queued", null]]);
  service.answer = "take";
  await cron(real);
  assert.equal(service.asked.length, before + 2);
  assert.equal(messages(real).at(-1).state, "sent");
});

test("two runs at once send each email once", async () => {
  real.db.prepare("UPDATE messages SET ended_at = 1 WHERE ended_at IS NOT NULL").run();
  const before = service.taken.length;
  await queue(real, "reminder", [1, 2]);
  await Promise.all([cron(real), cron(real), cron(real), cron(real)]);
  await cron(real);
  assert.deepEqual(service.taken.slice(before).map(({ to }) => to).sort(), ["payer1@example.com", "payer2@example.com"]);
});

test("the log holds no address, no name and no token", async () => {
  for (const harness of [simulated, real]) {
    const log = () => said(harness).filter((line) => line.startsWith("{")).join("\n");
    await until(() => /"emails":\d/.test(log()), { seconds: 5, what: "a line about emails" });
    assert.doesNotMatch(log(), /@|Player|token=/);
  }
});
