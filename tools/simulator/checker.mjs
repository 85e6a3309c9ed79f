// Judges what was seen from outside: answers, emails, alerts, the desk, Stripe's ledger. It knows the promises of the README and
// nothing of how the Worker keeps them.

/** Headers without which no answer goes out. */
const HEADERS = ["cache-control", "x-content-type-options", "referrer-policy", "strict-transport-security"];

export class Checker {
  /** What is wrong, each once. */
  found = [];
  /** Answers by status, for the report. */
  statuses = {};
  /** What was seen, by kind and name, for the report: acts, incidents, events, rows of the decision table that clicks met and that the desk
   * explained, emails, reasons. */
  seen = { acts: {}, incidents: {}, events: {}, rows: {}, explained: {}, emails: {}, canceled: {} };
  /** What operators have done, by operator and word of the audit log: how often for sure, and how often at most. */
  done = new Map();
  /** Alerts that a channel has taken, by their key. */
  alerts = new Map();
  alertEmails = [];
  emails = [];
  /** Emails that operators asked for, by player and template. */
  #asked = new Map();
  /** Refunds that operators asked for: `{ charge, order, minor, seen }`. */
  refunds = [];
  /** Since when the database was forgotten, if it was. */
  restoredAt = undefined;
  #world;

  constructor(world) {
    this.#world = world;
  }

  wrong(what) {
    if (this.found.includes(what)) return;
    this.found.push(what);
    this.#world.scheduler.tell(`WRONG: ${what}`);
  }

  #expect(holds, what) {
    if (!holds) this.wrong(what());
  }

  // --- answers

  /** Any answer, as it goes out. */
  answered(context, { status, headers }) {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    const { label } = context;
    for (const name of HEADERS) this.#expect(headers.has(name), () => `an answer ${status} lacks the header ${name}`);
    // A delivery is answered with 500 if the database fails: docs/operations.md says so, and Stripe comes again. So is everything while the
    // configuration is wrong.
    this.#expect(status !== 500 || label.startsWith("the webhook") || isMisconfigured(context), () => `${kindOf(label)} was answered with 500`);
    const took = this.#world.now - context.began;
    const isSlow = ["d1Retryable", "stripeDown"].some((kind) => context.kinds.has(kind));
    // All calls to Stripe of one request end after some twelve seconds; the desk may do several things in one.
    const isQuick = /^(a person|a front end|a server|the webhook|back from|the last click)/.test(label);
    this.#expect(took < 20_000 || isSlow || !isQuick, () => `${kindOf(label)} was answered after ${Math.round(took / 1000)} seconds`);
    const isTrouble = context.faults > 0 || !this.#world.trouble.isNone;
    this.#expect(status < 500 || isTrouble || label.startsWith("a machine") || this.#world.isPaused, () => `${kindOf(label)} was answered with ${status}, and nothing had gone wrong`);
  }

  /** A request has ended, with what it did after its answer. */
  over(context) {
    const { d1, calls, stripe, sent } = context.spent;
    if (context.isRun) {
      const hasEmail = this.#world.plan.variables.MAIL_FROM !== undefined;
      // Who loses a race against a webhook reads and writes once more.
      const races = context.isAlone ? 0 : 8;
      const budget = Number(this.#world.plan.variables.RECONCILE_BUDGET);
      // The first item of each list is begun however little is left, or it would wait for ever: one of them may be an order whose payment went
      // back, or an email.
      const most = budget + (hasEmail ? 19 : 8) + races;
      this.#expect(d1 + stripe + sent <= most, () => `a run of the cron made more than ${most} requests`);
      // "Limits" of D1 and of Workers, on the free plan: 50 queries, and 50 requests, of which a batch of queries is one. Who sends emails is on
      // the paid plan.
      const isFree = budget <= 45 && !hasEmail;
      this.#expect(!isFree || d1 <= 50, () => "a run of the cron made more than 50 queries");
      this.#expect(!isFree || calls + stripe + sent <= 50, () => "a run of the cron made more than 50 subrequests");
    } else {
      // An event about a second payment is several transactions, and its alerts come on top. On the free plan the cron ends what is cut off.
      const most = context.label.startsWith("the webhook") ? 75 : 50;
      this.#expect(d1 + stripe + sent <= most || /POST|import|GET \/admin/.test(context.label), () => `${kindOf(context.label)} made more than ${most} requests`);
    }
  }

  /** Somebody's click on a link, or a program's question. */
  clicked(charge, { answer, began, by, method, isPrefetch, isButton, isProgram }) {
    const { status, headers, context } = answer;
    if (status === 0 || isMisconfigured(context)) return;
    const world = this.#world;
    const row = rowOf({ answer, by, isPrefetch, session: world.sessionOf(answer) });
    if (row !== undefined) this.saw("rows", `row ${row}`);
    this.#withinBudget(answer, row);
    if (by === "a machine") {
      this.#expect(context.spent.d1 === 0 && context.spent.stripe === 0, () => `a machine's visit asked the database or Stripe`);
      this.#expect(status === (isPrefetch ? 503 : 200), () => `a machine's ${method} was answered with ${status}`);
      const isPersonal = answer.text.includes(charge.player.name) || (charge.player.email && answer.text.includes(charge.player.email));
      this.#expect(!isPersonal, () => "the link page names its player to a machine");
      return;
    }
    const session = world.sessionOf(answer);
    if (session) {
      this.#leadsTo(charge, session, began);
      return;
    }
    this.#expect(status !== 307 && status !== 303, () => `a click was led to ${headers.get("location")}`);
    this.#expect(!isProgram || headers.get("content-type")?.includes("json"), () => `a program was answered with ${headers.get("content-type")}`);
    if (status === 404) this.#expect(world.trouble.counts.restore !== undefined, () => `a link that was handed out was answered with 404`);
    // "Visits to a link that exists are never limited by address": only who asks Stripe about one charge again and again has to wait.
    if (status === 429) this.#expect(this.restoredAt !== undefined || context.spent.calls > 0, () => "somebody with a link that exists was told to wait before the database was asked");
    if (status === 409 && answer.json?.code === "nothing_to_pay") {
      this.#expect(this.mayBeNothing(charge, began), () => "a program was told that nothing is to pay, though something is owed");
    } else if (status === 409) this.#isTaken(charge, answer);
    if (status === 410) {
      this.#expect(this.mayBeClosed(charge, began) || charge.revoked !== undefined, () => "a link was answered with 410, and nobody has closed or revoked anything");
    }
    if (status === 200 && (isButton || isProgram)) {
      this.#expect(isProgram || this.mayBeNothing(charge, began), () => "a button was answered with 200, though something is owed");
    }
  }

  /** Whether nothing may have been owed for a charge since then. A restore may have brought an older amount back. */
  mayBeNothing(charge, from) {
    return charge.amount.possible(from, this.#world.now).includes(0) || this.restoredAt !== undefined;
  }

  /** The same of whether it was closed. */
  mayBeClosed(charge, from) {
    return charge.closed.possible(from, this.#world.now).includes(true) || charge.isTakenBack || this.restoredAt !== undefined;
  }

  /** A click leads to a session: it is this charge's, of an amount that is owed, and can be paid. */
  #leadsTo(charge, session, began) {
    const world = this.#world;
    const object = world.stripe.session(session);
    this.#expect(object, () => "a click was led to a session that Stripe does not know");
    if (!object) return;
    const { isOthers, metadata } = object;
    this.#expect(!isOthers || world.ever("STRIPE_SECRET_KEY").length > 0, () => "a click was led to a session of another account");
    const isItsOwn = metadata.player_id === charge.player.id && metadata.kind === charge.kind && (metadata.period ?? "") === charge.period && metadata.installation === world.installation;
    this.#expect(isItsOwn || world.oldSessions.get(session) === charge, () => "a click was led to the session of another charge");
    const possible = charge.amount.possible(began, world.now);
    this.#expect(possible.includes(object.amount_total) || charge.isTakenBack || this.restoredAt !== undefined, () => `a click was led to a session of an amount that is not owed`);
    charge.handed.add(session);
    this.#isStillTheSame(charge, object);
    // What an event has said before is known: nobody is led to a page that is finished with.
    const one = world.complete.find((one) => one.session === session);
    this.#expect(!(one?.knownAt < began) || this.restoredAt !== undefined, () => "a click was led to a page that is finished with, and an event had said so");
    if (object.status === "open") return;
    // A fresh order is answered without asking Stripe: its page shows what has become of it.
    const age = world.now - object.created * 1000;
    const stale = Math.max(30, ...world.ever("STALE_AFTER_MINUTES").map(Number));
    this.#expect(age < (stale + 1) * 60_000 || world.now - began > 5_000 || world.oldSessions.has(session), () => `a click was led to a session that is ${object.status} and ${Math.round(age / 60_000)} minutes old`);
  }

  /**
   * "Always to the same open session, however often they click": a page that somebody was led to is ended by the Worker only when it is stale,
   * when another amount is owed, or when an operator has done something about the charge.
   */
  #isStillTheSame(charge, object) {
    const world = this.#world;
    const before = charge.led;
    charge.led = { id: object.id, at: object.created * 1000 };
    if (!before || before.id === object.id || world.oldSessions.has(before.id) || this.restoredAt !== undefined) return;
    const age = world.now - before.at;
    const isYoung = age < Math.min(30, ...world.ever("STALE_AFTER_MINUTES").map(Number)) * 60_000;
    const isTouched = charge.touched >= before.at || charge.isImportedAgain || charge.amount.possible(before.at, world.now).length > 1;
    const isElsewhere = world.ever("STRIPE_CHECKOUT_HOSTS").length + world.ever("STRIPE_SECRET_KEY").length > 0;
    const status = world.stripe.session(before.id)?.status;
    this.#expect(!isYoung || isTouched || isElsewhere || status === "complete", () => `a click was led to a fresh page, though the one before is ${Math.round(age / 60_000)} minutes old`);
  }

  /**
   * What a click costs, if nothing went wrong and nothing else was under way: the numbers of the decision table. Calls to D1 and to Stripe before the
   * answer, rows that are written in all.
   */
  #withinBudget({ context, status }, row) {
    const most = BUDGETS[row];
    if (!most || !context.atAnswer || !context.isAlone || context.faults > 0 || !this.#world.trouble.isNone) return;
    const { d1, stripe } = context.atAnswer;
    this.#expect(d1 <= most.d1 && stripe <= most.stripe, () => `a click that met row ${row} (${status}) made ${d1} calls to D1 and ${stripe} to Stripe`);
    this.#expect(context.spent.rows <= most.rows, () => `a click that met row ${row} wrote ${context.spent.rows} rows`);
  }

  /** "Already paid", or that a bank is at work: then something has come. */
  #isTaken(charge, answer) {
    const hasCome = this.#world.complete.some((one) => one.charge.name === charge.name) || charge.offline.length > 0 || charge.carriedAs !== undefined;
    this.#expect(hasCome, () => `a click was answered with 409 ${answer.json?.code ?? ""}, and nobody has paid anything`);
  }

  /** An offline payment was recorded: it is what was owed, or somebody has said what becomes of the rest. */
  tookOffline(charge, { minor, rest, from }) {
    if (this.restoredAt !== undefined) return;
    const possible = charge.amount.possible(from, this.#world.now);
    const holds = possible.some((owed) => (rest === "waived" ? minor < owed : rest === "kept" ? minor > owed : minor === owed));
    this.#expect(holds, () => `an offline payment was recorded that is not what is owed, with a rest of which ${rest ?? "nothing"} was said`);
  }

  /** The page after the payment. */
  returned(charge, session, { status, text, context }) {
    if (status === 0 || isMisconfigured(context)) return;
    this.#expect([200, 429, 503].includes(status), () => `a payer who came back was answered with ${status}`);
    if (status === 200) this.#expect(!text.includes(session), () => "the page after the payment shows the session's id");
  }

  guessed(what, { status, context }) {
    if (status === 0 || isMisconfigured(context)) return;
    if (what === "token" && status === 404) this.saw("rows", "row 4");
    const allowed = { token: [404, 429, 200], secret: [401, 429], webhook: [400], path: [401, 404, 429] }[what];
    this.#expect(allowed.includes(status) || (status === 503 && !this.#world.trouble.isNone) || (status === 503 && this.#world.isPaused), () => `a stranger who guessed a ${what} was answered with ${status}`);
  }

  /** Counts what was seen. */
  saw(of, name, count = 1) {
    this.seen[of][name] = (this.seen[of][name] ?? 0) + count;
  }

  /**
   * An answer to an operator. `mistake`: what was asked for makes no sense; `changes`: whether it may change anything; `times`: how often
   * the act may stand in the audit log for it.
   */
  desk({ status, why, context, text }, { operator, method, path, mistake = false, changes = true, times = 1 }) {
    const bare = path.replace(/\?.*/, "");
    const template = bare.replace(/^\/admin/, "").replace(/\/\d+/, "/{id}");
    if (method === "POST" && !mistake) this.#did(operator, template, status, text, times);
    if (status === 0) return this.#expect(why !== "no answer", () => `the desk did not answer ${method} ${kindOf(path)}`);
    if (isMisconfigured(context)) return undefined;
    this.saw("acts", `${method} ${template}${mistake ? " wrongly" : ""} ${status}`);
    this.#expect(changes || context.spent.rows === 0 || bare === "/admin/messages/preview" || FOLDS.test(bare), () => `${method} ${kindOf(path)} changed something${mistake ? ", and was a mistake" : ""}`);
    if (mistake) return this.#expect([400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503].includes(status), () => `the desk answered a mistake, ${method} ${kindOf(path)}, with ${status}`);
    const isErased = status === 422 && this.#world.club.players.some(({ isErased }) => isErased);
    // What leads to another page does so for a program as well.
    const leadsOn = context.label.includes("in a browser") || /\/bulk\?act=link\b/.test(path);
    const isOf = [200, 400, 404, 409, 429, 503, ...(isErased ? [422] : []), ...(leadsOn ? [303, 401] : [])];
    return this.#expect(isOf.includes(status), () => `the desk answered ${method} ${kindOf(path)} with ${status}`);
  }

  /** Counts an act for the audit log: done for sure, or perhaps. */
  #did(operator, template, status, text, times) {
    const word = AUDITED[template];
    if (!word) return;
    const key = `${operator === "board" ? "access:board@club.test" : operator} ${word}`;
    const of = this.done.get(key) ?? { sure: 0, most: 0 };
    if (status === 200 && /^\{"(changed":true|link":\{)/.test(text)) of.sure += 1;
    if (status === 200 && text.startsWith('{"done":[')) of.sure += JSON.parse(text).done.length;
    // A read that fails after the act is answered with 503, and an answer may not have come at all.
    if (![400, 403, 404, 409, 422, 429].includes(status)) of.most += times;
    this.done.set(key, of);
  }

  /** Whoever asks how the Worker is. */
  watched({ status, text, headers, context }, wasPaused) {
    if (status === 0 || isMisconfigured(context)) return;
    const world = this.#world;
    this.#expect(status === 200 || (status === 503 && !world.trouble.isNone), () => `/healthz was answered with ${status}`);
    // A request beside a trap is answered with a page for people.
    if (!headers.get("content-type")?.includes("json")) return;
    const json = JSON.parse(text);
    this.#expect([wasPaused, world.isPaused].includes(json.paused), () => "/healthz does not say whether payments are paused");
    this.#expect(status !== 200 || json.status === "ok", () => `/healthz says ${json.status}`);
  }

  // --- Stripe

  paid(charge, session) {
    this.#expect(charge.handed.has(session), () => "somebody paid in a session that no answer has led to");
  }

  /** An event was delivered, or not. */
  delivered(event, { status, context }, isDelivered) {
    this.#expect(status === 0 || isMisconfigured(context) || isDelivered || status === 500 || status === 503, () => `a delivery of ${event.type} was answered with ${status}`);
    if (!isDelivered) return;
    this.saw("events", event.type);
    const one = this.#world.complete.find(({ session }) => session === event.data.object.id);
    const isPaid = event.type === "checkout.session.async_payment_succeeded" || (event.type === "checkout.session.completed" && event.data.object.payment_status === "paid");
    if (one) one.knownAt ??= this.#world.now;
    if (one && isPaid) one.charge.paidKnownAt = Math.min(one.charge.paidKnownAt, this.#world.now);
  }

  /** A signed delivery that means nothing here: it must not be refused, or Stripe disables the endpoint. */
  strayed({ status, context }) {
    if (status === 0 || isMisconfigured(context)) return;
    const isTrouble = context.faults > 0 || !this.#world.trouble.isNone;
    this.#expect(status === 200 || ([500, 503].includes(status) && isTrouble), () => `a stray event was answered with ${status}`);
  }

  ran(context, began, how) {
    if (how === "dies" || context.isolate.isDead) return;
    // A trap ends what runs beside it in the same instance: the next run does what this one could not.
    const { trap, chance } = this.#world.trouble.counts;
    if (how === "throws" && (trap || chance)) return;
    this.#expect(how === "is over", () => `a run of the cron ${how}`);
  }

  // --- what goes out

  queues(template, charges) {
    for (const charge of charges) this.#allow(charge.player, template);
  }

  #allow(player, template, count = 1) {
    const key = `${player.id} ${template}`;
    this.#asked.set(key, (this.#asked.get(key) ?? 0) + count);
  }

  /** How many emails a player's address may have got. */
  allowed(player, template) {
    return this.#asked.get(`${player.id} ${template}`) ?? 0;
  }

  emailed(context, email, fault) {
    const world = this.#world;
    if (email.to === world.plan.variables.ALERT_EMAIL) {
      this.alertEmails.push(email);
      return;
    }
    const player = world.club.players.find((player) => player.email === email.to);
    this.#expect(player, () => "an email went to an address that no player has");
    if (!player) return;
    const template = templateOf(email);
    const charge = world.reads(email);
    this.#expect(this.emails.every((other) => other.context !== context || other.text !== email.text), () => `an email (${template}) went out twice in one run`);
    this.emails.push({ at: world.now, player, charge, template, context, fault, text: email.text });
    this.saw("emails", template);
    this.#expect(!player.isErased || world.now - context.began < 600_000, () => "an email went to a player who was erased");
    this.#expect(email.text.includes(player.name) || player.isErased, () => "an email names another player");
    if (!charge) return;
    this.#expect(charge.player === player, () => "an email has the link of another player's charge");
    this.#expect(!this.#wasPaidBefore(charge, context.began), () => `an email (${template}) went to somebody who has paid`);
  }

  /** Whether the Worker knew before a run that a charge is paid, and nothing has changed that since. */
  #wasPaidBefore(charge, at) {
    const isSettled = charge.reopened.length === 0 && !charge.wentBack && this.restoredAt === undefined;
    return isSettled && charge.paidKnownAt < at;
  }

  alerted({ key, json, isLost }) {
    const known = this.alerts.get(key);
    if (known && !known.mayComeAgain && this.restoredAt === undefined) this.wrong("an alert was sent twice");
    // The runbook names the gap: killed, or its answer lost, before it was recorded.
    const mayComeAgain = isLost || !this.#world.trouble.isNone;
    this.alerts.set(key, { text: json.text, mayComeAgain });
  }

  // --- operators

  asksForRefund(charge, order, minor) {
    charge.wentBack = true;
    this.refunds.push({ charge, intent: order.payment_intent_id, minor, seen: order.refunded });
  }

  restored(since) {
    this.restoredAt = since;
  }
}

/** Whether a request met an isolate whose configuration is wrong on purpose. */
const isMisconfigured = (context) => context?.isolate.variables.CONFIRM === "sometimes";

/** Pages of the desk that fold what has changed into their sums, when they are read. */
const FOLDS = /^\/admin(\/(charges|periods|messages|export|players)\b.*)?$/;

/** Acts that stand in the audit log, by their path below /admin. */
const AUDITED = {
  "/charges/{id}/amount": "change_amount", "/charges/{id}/close": "close", "/charges/bulk": "close", "/charges/{id}/reopen": "reopen", "/charges/{id}/offline-payment": "offline_payment",
  "/charges/{id}/cancel-pending": "cancel_pending", "/charges/{id}/give-up-session": "give_up_session", "/charges/{id}/links": "mint_link", "/links/{id}/revoke": "revoke_link",
  "/incidents/{id}/resolve": "resolve_incident", "/players/{id}/fee": "change_fee", "/players/{id}/erase": "erase_player", "/messages/{id}/again": "send_email_again",
  "/messages/{id}/cancel": "cancel_email", "/messages/links.csv": "mint_links", "/messages": "queue_emails", "/messages/cancel": "cancel_emails", "/players/new": "add_player", "/players/{id}/edit": "edit_player", "/charges/new": "charge_players", "/periods/take-back": "take_back_month", "/import": "import", "/periods": "open_period", "/login": "log_in", "/logout": "log_out",
};

/** What a click may cost by the row of the decision table that it meets (README and src/guard/decide.rs): calls before its answer, and rows in all. */
const BUDGETS = {
  1: { d1: 0, stripe: 0, rows: 0 }, 2: { d1: 0, stripe: 0, rows: 0 }, 3: { d1: 0, stripe: 0, rows: 0 },
  4: { d1: 1, stripe: 0, rows: 20 }, 5: { d1: 1, stripe: 0, rows: 20 }, 6: { d1: 1, stripe: 0, rows: 20 }, 7: { d1: 1, stripe: 0, rows: 20 },
  8: { d1: 1, stripe: 0, rows: 20 }, 10: { d1: 2, stripe: 1, rows: 40 }, 11: { d1: 3, stripe: 3, rows: 60 }, 12: { d1: 3, stripe: 3, rows: 60 }, 13: { d1: 2, stripe: 2, rows: 40 },
};

/** The row of the decision table that a click has met, as its answer and its calls show it; nothing if something failed. */
function rowOf({ answer: { status, json, context, text, headers }, by, isPrefetch, session }) {
  if (isPrefetch) return 2;
  if (by === "a machine") return 1;
  if (context.logged.some((line) => line.includes('"error":"unknown_session"'))) return 14;
  const says = (code) => json?.code === code || context.logged.some((line) => line.includes(`"answer":"${code}"`));
  const isAsked = context.asked.some(({ method, path }) => method === "GET" || path.endsWith("/expire"));
  const created = context.asked.find(({ method, path }) => method === "POST" && path.endsWith("/checkout/sessions"));
  if (session) {
    if (context.asked.some(({ path }) => path.endsWith("/expire"))) return 11;
    if (isAsked && created) return 11;
    if (created) return created.isFirst ? 10 : 9;
    return isAsked || context.atAnswer?.d1 > 1 ? 9 : 8;
  }
  if (status === 404) return 4;
  if (status === 410) return 5;
  if (status === 409 && (json ? ["processing", "action_required"].includes(json.code) : says("processing") || says("action_required"))) return 13;
  if (status === 409 && json?.code === "nothing_to_pay") return 6;
  if (status === 409) return isAsked ? 12 : 7;
  if (status === 200 && headers.get("content-type")?.includes("html")) return text.includes('<form method="post"') ? 3 : 6;
  return undefined;
}

/** A label without what is of one seed alone: findings of one kind are one. */
export const kindOf = (label) => label.replace(/\(.*\)/, "").replace(/cs_\w+|evt_\w+|\d+|[\w-]{20,}/g, "…").trim();

const SUBJECTS = [
  ["reminder", /reminder|recordatorio|lembrete|rappel|Erinnerung/i],
  ["debit_failed", /did not go through|no se pudo realizar|não foi realizado|a échoué|fehlgeschlagen/i],
  ["offline_receipt", /receipt|recibo|reçu|Quittung/i],
];

/** Which of the README's emails it is, by its subject. */
function templateOf({ subject }) {
  return SUBJECTS.find(([, words]) => words.test(subject))?.[0] ?? "link";
}
