// How many rows D1 writes and reads for what a club does, by D1's own count (Cloudflare docs, "D1 Workers Binding API",
// "Return object", `meta.rows_written`). Each index that a row is written to counts as a row (Cloudflare docs, "D1",
// "Pricing").

import { ADMIN_SECRET, around, ask, browser, cron, importLines, pay, rows, startHarness } from "./harness.mjs";

/** D1's free plan, rows written in a day (Cloudflare docs, "D1", "Limits"). */
export const A_DAY = 100_000;
const LINES = 100;
const EMAILS = 3;

/**
 * What is counted, in the order in which it happens, and the most rows that each may write. `of` is a unit of it.
 */
export const MOST = {
  line: { what: "import: a line with a new player, charge and link", written: 19 },
  same_line: { what: "import: a line that changes nothing", written: 0 },
  first_click: { what: "first click: order, session", written: 9 },
  fresh_click: { what: "click on a fresh order", written: 0 },
  webhook: { what: "webhook: paid, with the receipt", written: 15 },
  paid_click: { what: "click on a paid order", written: 0 },
  stale_click: { what: "click on a stale order: replaced", written: 15 },
  month: { what: "a month opened: a charge", written: 8 },
  queue: { what: "an email queued", written: 4.7 },
  send: { what: "an email sent with its link", written: 10 },
  idle: { what: "a run of the cron with nothing to do", written: 1 },
  look: { what: "a run of the cron that reads events and looks at an order", written: 4 },
  tally: { what: "what clicks were answered, at most once in ten seconds an isolate", written: 5 },
};

/** What is counted in memory is written when ten seconds have passed, with whatever click comes then. */
const isTally = (text) => /^\s*INSERT INTO (activity|signals) /.test(text);

/** `{ [step]: { written, read } }`, of one unit of each. */
export async function measureRows() {
  const harness = await startHarness({
    vars: { MAIL_FROM: "pay@club.example", REMIND_AFTER_DAYS: "7", BILLING_DAY: "1", RECONCILE_BUDGET: "1000" },
    // What counts stands around the built Worker.
    config: (folder) => ({ ...around(folder, "bench/count.js"), send_email: [{ name: "EMAIL" }] }),
  });
  try {
    return await measured(harness);
  } finally {
    await harness.stop();
  }
}

async function measured(harness) {
  const found = {};
  const step = async (name, units, act, isCounted = (text) => !isTally(text)) => {
    await settled(harness);
    await act();
    const { statements } = await settled(harness);
    const of = Object.entries(statements).filter(([text]) => isCounted(text));
    const sum = (member) => of.reduce((total, [, counts]) => total + counts[member], 0) / units;
    found[name] = { written: sum("rows_written"), read: sum("rows_read") };
  };
  const click = async (player) => (await ask(harness.link(token(player)))).headers.get("location");
  const all = () => true;

  // The first runs find an installation that is new.
  for (let run = 0; run < 2; run++) await cron(harness);
  await step("idle", 1, () => cron(harness), all);
  const lines = csv(LINES);
  await step("line", LINES, () => importLines(harness, lines));
  await step("same_line", LINES, () => importLines(harness, lines));
  let url;
  await step("first_click", 1, async () => (url = await click(1)));
  await step("fresh_click", 1, () => click(1));
  await step("webhook", 1, () => pay(harness, url));
  await step("paid_click", 1, () => click(1));
  await click(2);
  harness.db.exec("UPDATE orders SET created_at = created_at - 1900000 WHERE status = 'pending'");
  await step("stale_click", 1, () => click(2));
  await step("tally", 1, () => tallied(harness), isTally);
  const { length } = rows(harness, "SELECT 1 FROM players WHERE monthly_fee_minor > 0");
  await step("month", length, () => act(harness, "periods", { period: "2030-05", kind: "monthly", currency: "usd", due_on: "2030-05-14" }));
  const charges = Array.from({ length: EMAILS }, (_, n) => 10 + n);
  await step("queue", EMAILS, () => act(harness, "messages", { template: "link", charges }));
  const isOfEmails = (text) => /\b(messages|links)\b/.test(text) && !/FROM charges INDEXED/.test(text);
  await step("send", EMAILS, () => cron(harness), isOfEmails);
  await cron(harness);
  harness.db.exec("UPDATE orders SET next_check_at = 1 WHERE status = 'pending'");
  await step("look", 1, () => cron(harness), all);
  return found;
}

const token = (player) => `token-of-the-player-number-${player}`;

const csv = (length) =>
  ["player_id,player,amount,email,monthly_fee,token"]
    .concat(Array.from({ length }, (_, n) => `${n + 1},Player ${n + 1},150.00,payer${n + 1}@example.com,40.00,${token(n + 1)}`))
    .join("\n");

/** What was counted since the last look, once nothing follows any more. */
async function settled(harness) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  return (await ask(`${harness.origin}/counted`)).json();
}

/** A click that comes ten seconds after what was written last. */
async function tallied(harness) {
  await new Promise((resolve) => setTimeout(resolve, 10_500));
  await ask(harness.link("nobody-was-given-this-one"), { headers: browser() });
}

async function act(harness, what, body) {
  const answer = await ask(`${harness.origin}/admin/${what}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
}
