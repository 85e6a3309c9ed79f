// The look back, once nothing goes wrong any more and the cron has run: the desk and its exports beside Stripe's ledger, and one more
// click by everybody.

import { ask, minorOf } from "./world/desk.mjs";
import { nameOf } from "./world/charges.mjs";

const HEADERS = {
  "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  accept: "application/json",
  "accept-language": "en",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
};

/** Looks at everything that can be seen, and has the checker say what is wrong. */
export async function lookBack(world) {
  const { checker } = world;
  const expect = (holds, what) => holds || checker.wrong(what());
  await world.looksAtTheDesk();
  const seen = {
    payments: await table(world, "payments"),
    charges: await table(world, "charges"),
    incidents: await incidents(world),
    audit: await all(world, "/admin/audit", "entries"),
    desk: (await ask(world, "treasurer", "GET", "/admin")).json,
  };
  for (const { kind } of seen.incidents) checker.saw("incidents", kind);
  for (const { cancel_reason, count } of world.store.rows("SELECT cancel_reason, COUNT(*) AS count FROM orders WHERE cancel_reason IS NOT NULL GROUP BY 1")) checker.saw("canceled", cancel_reason, count);
  const ledger = ledgerOf(world);
  everyPaymentIsInSight({ seen, ledger, expect });
  exportsEqualTheLedger({ world, seen, ledger, expect });
  sumsEqualTheExports({ seen, expect });
  nobodyPaidTwice({ world, seen, ledger, expect });
  refundsAreMadeOnce({ world, expect });
  incidentsWereTold({ world, seen, expect });
  monthsWereCharged({ world, seen, expect });
  chargesAreAsAsked({ world, seen, expect });
  actsAreWrittenDown({ world, seen, expect });
  emailsWentOnce({ world, expect });
  remindersWait({ world, expect });
  await sentIsTaken({ world, expect });
  logTellsNothing({ world, expect });
  theDatabaseKeepsItsRules({ world, expect });
  await everybodyClicks({ world, ledger, expect });
  // What ran beside a trap is rejected, and says so.
  const isOfTrap = (what) => (world.trouble.counts.trap || world.trouble.counts.chance) && what.includes("the wasm instance was replaced");
  for (const what of world.host.violations.filter((what) => !isOfTrap(what))) checker.wrong(what.replace(/\d{2,}|cs_\w+|evt_\w+/g, "…"));
}

/** What Stripe has: each payment with what went back of it. */
function ledgerOf({ stripe, complete, oldSessions, installation }) {
  // Other software may use the same account.
  const sessions = stripe.list("sessions").filter(({ id, metadata }) => oldSessions.has(id) || metadata.installation === installation);
  const back = new Map();
  const add = (intent, minor) => back.set(intent, (back.get(intent) ?? 0) + minor);
  for (const { payment_intent, amount, status } of stripe.list("refunds")) if (!["failed", "canceled"].includes(status)) add(payment_intent, amount);
  for (const { payment_intent, amount, status } of stripe.list("disputes")) if (status === "lost") add(payment_intent, amount);
  return sessions.map((session) => {
    const intent = typeof session.payment_intent === "string" ? session.payment_intent : session.payment_intent?.id;
    const { player_id, kind, period } = session.metadata;
    return {
      id: session.id,
      charge: oldSessions.get(session.id)?.name ?? nameOf(player_id, kind, period),
      status: session.status,
      created: session.created * 1000,
      isPaid: session.payment_status === "paid",
      // Of a debit that was sent back Stripe's session says the same as of one at work.
      isWaiting: complete.some((one) => one.session === session.id && one.isWaiting),
      minor: session.amount_total,
      currency: session.currency,
      intent,
      // What was refunded can be disputed as well: then more goes back than was paid.
      back: back.get(intent) ?? 0,
    };
  });
}

/** Every payment stands in the export of payments, or an open incident names it. */
function everyPaymentIsInSight({ seen, ledger, expect }) {
  // A payment of an old system is known by its session alone, until somebody asks Stripe about it.
  const listed = new Set(seen.payments.flatMap(({ payment_intent_id, stripe_session_id }) => [payment_intent_id, stripe_session_id]));
  const named = new Set(seen.incidents.filter(({ state }) => state === "open").map(({ payment_intent_id }) => payment_intent_id));
  for (const { id, intent, isPaid, charge } of ledger) {
    if (!isPaid) continue;
    expect(listed.has(intent) || listed.has(id) || named.has(intent), () => `a payment is lost: ${charge} was paid, and neither the export nor an incident has it`);
  }
}

function exportsEqualTheLedger({ world, seen, ledger, expect }) {
  const zone = new Intl.DateTimeFormat("en-CA", { timeZone: world.plan.variables.CLUB_TIMEZONE, dateStyle: "short" });
  const paid = new Map(world.complete.map((one) => [one.session, one]));
  const of = new Map(ledger.flatMap((payment) => [[payment.intent, payment], [payment.id, payment]]));
  for (const row of seen.payments) {
    // What an old system marked as paid without Stripe has neither.
    if (row.method !== "checkout" || (row.payment_intent_id === "" && row.stripe_session_id === "")) continue;
    const payment = of.get(row.payment_intent_id || row.stripe_session_id);
    expect(payment?.isPaid, () => `the export has a payment that Stripe has not`);
    if (!payment) continue;
    expect(minorOf(row.gross) === payment.minor, () => `the export says that ${row.gross} was paid, and it was ${payment.minor / 100}`);
    // What an old system took, and what became of it at Stripe since, is not read before somebody asks.
    const old = world.oldSessions.get(payment.id)?.old;
    const isOld = old && row.payment_intent_id === "";
    expect(isOld || minorOf(row.refunded) === payment.back, () => `the export says that ${row.refunded} of ${row.gross} went back, and it was ${payment.back / 100}`);
    // A card is charged when it is paid. Of a bank debit, Stripe's charge is as old as the debit, and its event as old as the money: either day
    // is one that Stripe shows.
    const one = paid.get(payment.id);
    const days = [one?.paidAt, ...(one?.how === "card" ? [] : [one?.beganAt])].map((at) => zone.format(at ?? 0));
    // What an old system had marked as paid is of the day that it says.
    expect(old?.order_status === "paid" || days.includes(row.paid_on), () => `the export says that a payment ${one?.how === "card" ? "by card " : "by a bank "}came on ${row.paid_on}, and where the club is it was ${days.join(" or ")}`);
    expect(nameOf(row.player_id, row.kind, row.period) === payment.charge, () => `the export has a payment with another charge`);
    expect(minorOf(row.net) === minorOf(row.gross) - minorOf(row.refunded), () => "net is not gross without what went back");
  }
  const intents = seen.payments.map(({ payment_intent_id }) => payment_intent_id).filter(Boolean);
  expect(new Set(intents).size === intents.length, () => "the export has a payment twice");
}

/** What the desk's first page says was collected is the sum of the export. */
function sumsEqualTheExports({ seen, expect }) {
  const net = seen.payments.reduce((sum, row) => sum + minorOf(row.net), 0);
  const collected = (seen.desk?.collected ?? []).reduce((sum, { amount }) => sum + minorOf(amount), 0);
  expect(net === collected, () => `the desk says that ${collected / 100} was collected, and the export has ${net / 100}`);
  for (const name of ["waived", "surplus"]) {
    const sum = seen.payments.reduce((sum, row) => sum + minorOf(row[name]), 0);
    const shown = (seen.desk?.[name] ?? []).reduce((sum, { amount }) => sum + minorOf(amount), 0);
    expect(sum === shown, () => `the desk says that the ${name} is ${shown / 100}, and the export has ${sum / 100}`);
  }
  for (const row of seen.charges) {
    if (row.state !== "paid" || !["cash", "check", "transfer"].includes(row.method)) continue;
    const settled = minorOf(row.gross) + minorOf(row.waived) - minorOf(row.surplus);
    expect(settled === minorOf(row.amount), () => `an offline payment of ${row.gross} with its rest is ${settled / 100}, and ${row.amount} was owed`);
  }
  for (const { state, amount, count } of seen.desk?.charges ?? []) {
    const rows = seen.charges.filter((row) => row.state === state);
    const sum = rows.reduce((sum, row) => sum + minorOf(row.amount), 0);
    expect(rows.length === count && sum === minorOf(amount), () => `the desk says that ${count} charges of ${amount} are ${state}, and the export has ${rows.length} of ${sum / 100}`);
  }
}

/** For each charge at most one payment is kept, or it is told. */
function nobodyPaidTwice({ world, seen, ledger, expect }) {
  const told = new Set(seen.incidents.filter(({ kind }) => ["duplicate_payment", "refund_failed", "amount_mismatch", "dispute"].includes(kind)).map(({ charge_id }) => charge_id));
  for (const charge of world.club.charges) {
    const of = ledger.filter((payment) => payment.charge === charge.name && payment.isPaid);
    const kept = of.filter(({ minor, back }) => back < minor);
    const offline = seen.payments.filter((row) => ["cash", "check", "transfer"].includes(row.method) && nameOf(row.player_id, row.kind, row.period) === charge.name && minorOf(row.net) > 0);
    expect(kept.length + offline.length <= 1 || told.has(charge.id), () => `${charge.name} was paid ${kept.length + offline.length} times, and nobody was told`);
    const [payment] = kept;
    if (payment && kept.length === 1 && !charge.isImportedAgain && !charge.isTakenBack && charge.reopened.length === 0 && world.checker.restoredAt === undefined) {
      const isOwed = charge.amount.possible(payment.created, world.now).includes(payment.minor) && charge.amount.possible(world.now).includes(payment.minor);
      const isTold = seen.incidents.some(({ kind, payment_intent_id }) => kind === "amount_mismatch" && payment_intent_id === payment.intent);
      expect(isOwed || isTold || of.length > 1, () => `${charge.name} was paid with another amount than is owed, and nobody was told`);
    }
    // Payers pay only where an answer led them: then nothing is taken twice, unless a charge was reopened or money went back.
    const isAsked = charge.reopened.length > 0 || of.some(({ back }) => back > 0) || world.checker.restoredAt !== undefined || charge.offline.length > 0;
    expect(isAsked || of.length <= 1, () => `${charge.name} was paid ${of.length} times in sessions that answers led to`);
  }
}

/** What an operator asked for once, however often they pressed, is refunded once. */
function refundsAreMadeOnce({ world, expect }) {
  // A refund that was asked for here has its request in its metadata; those of the dashboard have none.
  const made = world.stripe.list("refunds").filter(({ metadata }) => metadata?.request);
  const open = world.store.rows("SELECT 1 FROM refunds WHERE status = 'requested'");
  expect(open.length === 0, () => "a refund was asked for here, and a day later nobody knows what became of it");
  const requests = made.map(({ metadata }) => metadata.request);
  expect(new Set(requests).size === requests.length, () => "one request for a refund was made twice");
  // Whoever saw that so much had gone back asks for one refund, however often they press; another sum is another question.
  if (world.ever("AUTO_REFUND").includes("on") || world.checker.restoredAt !== undefined) return;
  for (const { intent, charge } of world.checker.refunds) {
    if (!intent || charge.incidentRefund) continue;
    const of = made.filter(({ payment_intent }) => payment_intent === intent).length;
    const asked = new Set(world.checker.refunds.filter((one) => one.intent === intent).map(({ seen }) => seen)).size;
    expect(of <= asked, () => `a payment was refunded ${of} times, and ${asked} were asked for`);
  }
}

/** What the desk calls sent, the email service has taken. */
async function sentIsTaken({ world, expect }) {
  const { checker } = world;
  if (checker.restoredAt !== undefined) return;
  const count = new Map();
  const add = (player, template, by) => count.set(`${player} ${template}`, (count.get(`${player} ${template}`) ?? 0) + by);
  for (const { player_id, template, state } of await all(world, "/admin/messages", "messages")) if (state === "sent") add(player_id, template, 1);
  for (const { player, template } of checker.emails) add(player.id, template, -1);
  for (const more of count.values()) expect(more <= 0, () => "the desk says that an email was sent, and the email service has not taken it");
}

/** Each incident was told when it opened and when it was over, on every channel that there is. */
function incidentsWereTold({ world, seen, expect }) {
  const { checker, plan } = world;
  if (checker.restoredAt !== undefined) return;
  const channels = [];
  if (plan.variables.ALERT_WEBHOOK_URL) channels.push(["the chat", [...checker.alerts.values()].map(({ text }) => text)]);
  if (plan.variables.ALERT_EMAIL && plan.variables.MAIL_FROM) channels.push(["an email", checker.alertEmails.map(({ subject, text }) => `${subject}\n${text}`)]);
  for (const [channel, texts] of channels) {
    for (const { id, kind, state } of seen.incidents) {
      const about = texts.filter((text) => new RegExp(`Incident ${id}\\b`).test(text));
      const opened = about.filter((text) => !text.includes(": over: "));
      expect(opened.length >= 1, () => `an incident ${kind} opened, and ${channel} did not say so`);
      if (state === "resolved") expect(about.length - opened.length >= 1, () => `an incident ${kind} was over, and ${channel} did not say so`);
    }
  }
}

/** Every month whose billing day has come was charged to everybody with a fee, once, or an incident says that it was not. */
function monthsWereCharged({ world, seen, expect }) {
  const { plan, checker } = world;
  const day = Number(plan.variables.BILLING_DAY);
  if (!day || checker.restoredAt !== undefined || seen.incidents.some(({ kind }) => kind === "month_not_opened")) return;
  const begin = new Date(plan.start);
  for (let n = 1; ; n++) {
    // A month that began after the world did; its day has come anywhere on earth.
    const month = new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + n, 1));
    if (month.getTime() + (day + 2) * 24 * 3_600_000 > world.now) return;
    const period = month.toISOString().slice(0, 7);
    for (const player of world.club.players) {
      const fees = player.fee.possible(plan.start, world.now);
      if (player.isErased || player.isUnsure || fees.length !== 1 || fees[0] === 0 || player.since > month.getTime()) continue;
      const charged = seen.charges.filter((row) => row.player_id === player.id && row.kind === "monthly" && row.period === period);
      expect(charged.length === 1, () => `${period} was charged ${charged.length} times to a player with a fee`);
    }
  }
}

/** What the desk says of a charge is what was asked of it last. */
function chargesAreAsAsked({ world, seen, expect }) {
  if (world.checker.restoredAt !== undefined) return;
  const of = new Map(seen.charges.map((row) => [nameOf(row.player_id, row.kind, row.period), row]));
  for (const charge of world.club.charges.filter(({ isTakenBack }) => !isTakenBack)) {
    const row = of.get(charge.name);
    expect(row, () => `the export lacks the charge ${charge.name}`);
    if (!row) continue;
    // What was asked of a charge that was paid meanwhile was refused; a file says nothing of one that is paid.
    const amounts = charge.amount.possible(world.now);
    expect(amounts.includes(minorOf(row.amount)) || charge.isImportedAgain, () => `the export says that ${row.amount} is owed, and ${amounts.map((minor) => minor / 100).join(" or ")} was asked for`);
    const isClosed = charge.closed.possible(world.now);
    expect(isClosed.includes(row.closed_on !== ""), () => `the export says that a charge is ${row.closed_on ? "closed" : "not closed"}, and it was asked to be the other`);
  }
}

/** Each act of an operator that was done stands in the audit log, and nothing that nobody did. */
function actsAreWrittenDown({ world, seen, expect }) {
  if (world.checker.restoredAt !== undefined) return;
  const count = new Map();
  for (const { operator, act } of seen.audit) count.set(`${operator} ${act}`, (count.get(`${operator} ${act}`) ?? 0) + 1);
  for (const [key, written] of count) {
    if (/ (export|reconcile|refund|cancel_pending)$/.test(key) || key.startsWith("cron ")) continue;
    const { most = 0 } = world.checker.done.get(key) ?? {};
    expect(written <= most, () => `the audit log has ${written} of "${key}", and it was asked for ${most} times`);
  }
  for (const [key, { sure = 0 }] of world.checker.done) expect((count.get(key) ?? 0) >= sure, () => `the audit log has ${count.get(key) ?? 0} of "${key}", and it was done ${sure} times`);
}

/** A reminder by rule comes so many of the club's days after the last email about its charge, and never sooner. */
function remindersWait({ world, expect }) {
  const { checker, plan } = world;
  const days = Number(plan.variables.REMIND_AFTER_DAYS ?? 0);
  if (!days || checker.restoredAt !== undefined) return;
  const last = new Map();
  for (const { at, charge, player, template } of checker.emails) {
    if (!charge) continue;
    const before = last.get(charge);
    last.set(charge, at);
    if (template !== "reminder" || before === undefined || checker.allowed(player, "reminder") > 0) continue;
    // A day of the club may have 23 hours, and its first hour counts.
    const least = (days - 1) * 24 * 3_600_000 - 3_600_000;
    expect(at - before >= least, () => `a reminder came ${((at - before) / (24 * 3_600_000)).toFixed(1)} days after the email before, and the rule says ${days}`);
  }
}

/** After two runs of the cron, the first of which began at `since`, every payment from before is in sight, whatever went wrong. */
export async function afterTwoRuns(world, since) {
  const isSince = new Set(world.complete.filter(({ paidAt }) => paidAt >= since).map(({ session }) => session));
  const ledger = ledgerOf(world).filter(({ id }) => !isSince.has(id));
  const seen = { payments: await table(world, "payments"), incidents: await all(world, "/admin/incidents", "incidents") };
  everyPaymentIsInSight({ seen, ledger, expect: (holds, what) => holds || world.checker.wrong(`after two runs of the cron ${what()}`) });
}

/** No email twice, but what an operator asked for again. */
function emailsWentOnce({ world, expect }) {
  const { checker, plan } = world;
  if (checker.restoredAt !== undefined) return;
  const counts = new Map();
  for (const { player, template } of checker.emails) {
    const key = `${player.id} ${template}`;
    counts.set(key, [(counts.get(key)?.[0] ?? 0) + 1, player, template]);
  }
  const byRule = plan.variables.REMIND_AFTER_DAYS ? 2 : 0;
  for (const [count, player, template] of counts.values()) {
    const charges = world.club.chargesOf(player);
    const own = {
      reminder: byRule * charges.length,
      debit_failed: world.complete.filter(({ charge, how, isWaiting, isPaid }) => charge.player === player && how !== "card" && !isWaiting && !isPaid).length,
      offline_receipt: charges.reduce((sum, { offline }) => sum + offline.length, 0),
      link: 0,
    }[template];
    const most = own + checker.allowed(player, template);
    expect(count <= most, () => `${count} emails (${template}) went to one player, and at most ${most} were asked for`);
  }
}

function logTellsNothing({ world, expect }) {
  const tokens = world.club.charges.flatMap(({ tokens }) => tokens);
  const log = world.host.log.join("\n");
  expect(!/secret-of|whsec_|[sr]k_(test|live)_|[\w.+-]+@[\w-]+\.\w+|[?&][\w-]+=/.test(log), () => "the log tells what it must not");
  for (const token of tokens) expect(!log.includes(token), () => "the log tells a link's token");
}

/** The few rules of the core tables. */
function theDatabaseKeepsItsRules({ world, expect }) {
  const { store } = world;
  const live = store.rows("SELECT charge_id FROM orders WHERE status IN ('pending', 'paid') GROUP BY charge_id HAVING COUNT(*) > 1");
  expect(live.length === 0, () => "a charge has two live orders");
  const untold = store.rows("SELECT id FROM orders o WHERE status IS NOT (SELECT to_status FROM order_events e WHERE e.order_id = o.id ORDER BY e.id DESC LIMIT 1)");
  expect(untold.length === 0, () => "an order has moved, and its audit trail does not say so");
  const broken = [...store.rows("PRAGMA foreign_key_check"), ...store.rows("PRAGMA integrity_check").filter(({ integrity_check }) => integrity_check !== "ok")];
  expect(broken.length === 0, () => `the database is not whole: ${JSON.stringify(broken[0])}`);
  const waiting = store.rows("SELECT id FROM outbox WHERE next_try_at IS NOT NULL");
  expect(waiting.length === 0, () => "an alert waits, though the cron has run for hours");
  const sending = store.rows("SELECT id FROM messages WHERE state = 'sending'");
  expect(sending.length === 0, () => "an email is being sent for hours");
  const unpaid = store.rows("SELECT 1 FROM incidents WHERE kind = 'paid_page_on_unpaid'");
  expect(unpaid.length === 0 || world.checker.restoredAt !== undefined, () => "a click was told that an unpaid charge is paid: an incident says so");
  const stuck = store.rows("SELECT id FROM orders WHERE status = 'pending' AND waits_for IS NULL AND created_at < ?", world.now - 3 * 3_600_000);
  const isTold = world.store.rows("SELECT 1 FROM incidents WHERE kind IN ('unknown_session', 'wrong_mode', 'stale_pending', 'create_refused') AND resolved_at IS NULL").length > 0;
  expect(stuck.length === 0 || isTold, () => "an order is pending for hours, and nobody was told");
}

/** One more click by everybody: it leads to an open session of the right amount, or to an answer that is true. */
async function everybodyClicks({ world, ledger, expect }) {
  for (const charge of world.club.charges) {
    const token = charge.tokens[0];
    if (!token) continue;
    const path = charge.kind === "first_payment" ? "/checkout/first-payment" : "/checkout/pay";
    const explained = (await ask(world, "treasurer", "POST", "/admin/explain", { link: token }, { changes: false })).json;
    const began = world.now;
    let answer;
    for (let n = 0; n < 3; n++) {
      const answered = await world.visit(`the last click (${charge.name})`, `${world.origin}${path}?token=${token}`, { method: "POST", headers: HEADERS, body: "" });
      answer = { ...answered, json: answered.headers?.get("content-type")?.includes("json") ? JSON.parse(answered.text) : undefined };
      if (answer.status !== 503) break;
      await world.sleep(Number(answer.headers.get("retry-after") ?? 60) * 1000);
    }
    world.checker.clicked(charge, { answer, began, by: "a person", method: "POST", isButton: true });
    // What the desk says that a click would get is what it gets. Only Stripe knows whether somebody has paid on a page that is stale.
    if (explained?.status && explained.row !== 11 && explained.status !== 503) {
      const gets = answer.status === 303 ? 307 : answer.status;
      expect(explained.status === gets, () => `the desk explained that a click gets ${explained.status} (row ${explained.row}), and it got ${gets}`);
    }
    const of = ledger.filter((payment) => payment.charge === charge.name);
    const kept = of.filter(({ isPaid, minor, back }) => isPaid && back < minor);
    const code = answer.json?.code ?? String(answer.status);
    const session = world.sessionOf(answer);
    if (session) {
      expect(world.stripe.session(session)?.status === "open", () => "the last click was led to a session that cannot be paid");
      expect(kept.length === 0, () => `the last click was led to pay, and it is paid already`);
      expect(!of.some(({ isWaiting }) => isWaiting), () => "the last click was led to pay while a bank is at work");
      continue;
    }
    const holds = {
      already_paid: () => kept.length > 0 || charge.offline.length > 0 || charge.carriedAs === "paid" || of.some(({ id, isPaid }) => isPaid && world.oldSessions.has(id)),
      // Only if all of it went back.
      refunded: () => (kept.length === 0 && of.some(({ isPaid, back }) => isPaid && back > 0)) || charge.offline.length > 0 || charge.carriedAs !== undefined,
      processing: () => of.some(({ isWaiting }) => isWaiting),
      action_required: () => of.some(({ isWaiting }) => isWaiting),
      nothing_to_pay: () => world.checker.mayBeNothing(charge, began),
      charge_closed: () => world.checker.mayBeClosed(charge, began),
      link_revoked: () => charge.revoked !== undefined,
    }[code];
    expect(holds, () => `the last click was answered with ${code}`);
    if (holds) expect(holds(), () => `the last click was answered with ${code}, which is not true`);
  }
}

// --- reading the desk

async function all(world, path, member) {
  const rows = [];
  for (let after = ""; after !== undefined; ) {
    const { json } = await ask(world, "treasurer", "GET", `${path}${after}`);
    rows.push(...(json?.[member] ?? []));
    after = json?.next ? `${path.includes("?") ? "&" : "?"}after=${json.next}` : undefined;
  }
  return rows;
}

/** Those that are open, and those that are over. */
async function incidents(world) {
  return [...(await all(world, "/admin/incidents?state=open", "incidents")), ...(await all(world, "/admin/incidents?state=resolved", "incidents"))];
}

async function table(world, name) {
  const { text, status } = await ask(world, "treasurer", "GET", `/admin/export/${name}.csv`);
  if (status !== 200) {
    world.checker.wrong(`the export ${name} was answered with ${status}`);
    return [];
  }
  const [head, ...lines] = csv(text.replace(/^\ufeff/, ""));
  return lines.map((line) => Object.fromEntries(head.map((name, at) => [name, line[at]])));
}

/** RFC 4180. */
function csv(text) {
  const rows = [[""]];
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const row = rows.at(-1);
    const char = text[at];
    if (isQuoted) {
      if (char === '"' && text[at + 1] === '"') row[row.length - 1] += text[++at];
      else if (char === '"') isQuoted = false;
      else row[row.length - 1] += char;
    } else if (char === '"') isQuoted = true;
    else if (char === ",") row.push("");
    else if (char === "\n") rows.push([""]);
    else if (char !== "\r") row[row.length - 1] += char;
  }
  return rows.filter((row) => row.length > 1);
}
