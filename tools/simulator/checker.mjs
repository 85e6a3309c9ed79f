// Judges what was seen from outside: answers, emails, alerts, the desk, Stripe's ledger. It knows the promises of the README and
// nothing of how the Worker keeps them.

/** Headers without which no answer goes out. */
const HEADERS = ["cache-control", "x-content-type-options", "referrer-policy", "strict-transport-security"];

export class Checker {
  /** What is wrong, each once. */
  found = [];
  /** Answers by status, for the report. */
  statuses = {};
  /** What was seen, by kind and name, for the report: acts, incidents, events, rows of the decision table, emails, reasons. */
  seen = { acts: {}, incidents: {}, events: {}, rows: {}, emails: {}, canceled: {} };
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
    // A delivery is answered with 500 if the database fails: docs/operations.md says so, and Stripe comes again.
    this.#expect(status !== 500 || label.startsWith("the webhook"), () => `${kindOf(label)} was answered with 500`);
    const took = this.#world.now - context.began;
    const isSlow = ["d1Slow", "d1Retryable", "silence"].some((kind) => context.kinds.has(kind));
    // All calls to Stripe of one request end after some twelve seconds; the desk may do several things in one.
    const isQuick = /^(a person|a front end|a server|the webhook|back from|the last click)/.test(label);
    this.#expect(took < 20_000 || isSlow || !isQuick, () => `${kindOf(label)} was answered after ${Math.round(took / 1000)} seconds`);
    const isTrouble = context.faults > 0 || !this.#world.trouble.isNone;
    this.#expect(status < 500 || isTrouble || label.startsWith("a machine") || this.#world.isPaused, () => `${kindOf(label)} was answered with ${status}, and nothing had gone wrong`);
  }

  /** A request has ended, with what it did after its answer. */
  over(context) {
    const { d1, stripe, sent } = context.spent;
    if (context.isRun) {
      const most = Number(this.#world.plan.variables.RECONCILE_BUDGET) + 5;
      this.#expect(d1 + stripe + sent <= most, () => `a run of the cron made more than ${most} requests`);
      // "Limits" of D1 and of Workers, on the free plan: 50 queries, 50 requests.
      this.#expect(d1 <= 50 || most > 50, () => "a run of the cron made more than 50 queries");
    } else {
      this.#expect(d1 + stripe + sent <= 50 || /POST|import|GET \/admin/.test(context.label), () => `${kindOf(context.label)} made more than 50 requests`);
    }
  }

  /** Somebody's click on a link, or a program's question. */
  clicked(charge, { answer, began, by, method, isPrefetch, isButton, isProgram }) {
    const { status, headers, context } = answer;
    if (status === 0) return;
    const world = this.#world;
    if (by === "a machine") {
      this.#expect(context.spent.d1 === 0 && context.spent.stripe === 0, () => `a machine's visit asked the database or Stripe`);
      this.#expect(status === (isPrefetch ? 503 : 200), () => `a machine's ${method} was answered with ${status}`);
      const isPersonal = answer.text.includes(charge.player.name) || (charge.player.email && answer.text.includes(charge.player.email));
      this.#expect(!isPersonal, () => "the link page names its player to a machine");
      return;
    }
    const session = world.sessionOf(answer);
    if (session) {
      this.#leadsTo(charge, session, began, world.now);
      return;
    }
    this.#expect(status !== 307 && status !== 303, () => `a click was led to ${headers.get("location")}`);
    this.#expect(!isProgram || headers.get("content-type")?.includes("json"), () => `a program was answered with ${headers.get("content-type")}`);
    if (status === 404) this.#expect(world.trouble.counts.restore !== undefined, () => `a link that was handed out was answered with 404`);
    if (status === 409 && answer.json?.code === "nothing_to_pay") {
      this.#expect(charge.amount.possible(began, world.now).includes(0), () => "a program was told that nothing is to pay, though something is owed");
    } else if (status === 409) this.#isTaken(charge, answer);
    if (status === 410) {
      const isOver = charge.closed.possible(began, world.now).includes(true) || charge.revoked !== undefined;
      this.#expect(isOver || this.restoredAt !== undefined, () => "a link was answered with 410, and nobody has closed or revoked anything");
    }
    if (status === 200 && (isButton || isProgram)) {
      this.#expect(isProgram || charge.amount.possible(began, world.now).includes(0), () => "a button was answered with 200, though something is owed");
    }
  }

  /** A click leads to a session: it is this charge's, of an amount that is owed, and can be paid. */
  #leadsTo(charge, session, began, now) {
    const object = this.#world.stripe.session(session);
    this.#expect(object, () => "a click was led to a session that Stripe does not know");
    if (!object) return;
    const { player_id, kind, period } = object.metadata;
    this.#expect(player_id === charge.player.id && kind === charge.kind && (period ?? "") === charge.period, () => "a click was led to the session of another charge");
    const possible = charge.amount.possible(began, now);
    this.#expect(possible.includes(object.amount_total) || this.restoredAt !== undefined, () => `a click was led to a session of an amount that is not owed`);
    charge.handed.add(session);
    if (object.status === "open") return;
    // A fresh order is answered without asking Stripe: its page shows what has become of it.
    const age = now - object.created * 1000;
    this.#expect(age < 31 * 60_000 || now - began > 5_000, () => `a click was led to a session that is ${object.status} and ${Math.round(age / 60_000)} minutes old`);
  }

  /** "Already paid", or that a bank is at work: then something has come. */
  #isTaken(charge, answer) {
    const hasCome = this.#world.complete.some((one) => one.charge === charge) || charge.offline.length > 0;
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
  returned(charge, session, { status, text }) {
    if (status === 0) return;
    this.#expect([200, 429, 503].includes(status), () => `a payer who came back was answered with ${status}`);
    if (status === 200) this.#expect(!text.includes(session), () => "the page after the payment shows the session's id");
  }

  guessed(what, { status }) {
    if (status === 0) return;
    const allowed = { token: [404, 429, 200], secret: [401, 429], webhook: [400], path: [401, 404, 429] }[what];
    this.#expect(allowed.includes(status) || (status === 503 && !this.#world.trouble.isNone) || (status === 503 && this.#world.isPaused), () => `a stranger who guessed a ${what} was answered with ${status}`);
  }

  /** Counts what was seen. */
  saw(of, name) {
    this.seen[of][name] = (this.seen[of][name] ?? 0) + 1;
  }

  desk({ status, why }, { method, path }) {
    if (method === "POST") this.saw("acts", `${kindOf(path.replace(/\?.*/, "")).replace(/\/admin\/|\/?…\/?/g, " ").trim()} ${status}`);
    if (status === 0) return this.#expect(why !== "no answer", () => `the desk did not answer ${method} ${kindOf(path)}`);
    const isErased = status === 422 && this.#world.club.players.some(({ isErased }) => isErased);
    const isOf = [200, 400, 404, 409, 429, 503, ...(isErased ? [422] : [])];
    return this.#expect(isOf.includes(status), () => `the desk answered ${method} ${kindOf(path)} with ${status}`);
  }

  // --- Stripe

  paid(charge, session) {
    this.#expect(charge.handed.has(session), () => "somebody paid in a session that no answer has led to");
  }

  /** An event was delivered, or not. */
  delivered(event, { status }, isDelivered) {
    this.#expect(status === 0 || isDelivered || status === 500 || status === 503, () => `a delivery of ${event.type} was answered with ${status}`);
    if (!isDelivered) return;
    this.saw("events", event.type);
    const one = this.#world.complete.find(({ session }) => session === event.data.object.id);
    const isPaid = event.type === "checkout.session.async_payment_succeeded" || (event.type === "checkout.session.completed" && event.data.object.payment_status === "paid");
    if (one && isPaid) one.charge.paidKnownAt = Math.min(one.charge.paidKnownAt, this.#world.now);
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
    this.emails.push({ at: world.now, player, charge, template, context, fault });
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
