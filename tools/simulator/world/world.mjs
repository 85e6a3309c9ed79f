// One seed's world, from its first day to the look back at it. Whoever acts in it does so by requests; what they learn is what was
// answered, or stood in an email.

import { createHash } from "node:crypto";
import { Host } from "../host/host.mjs";
import { KEY, ORIGIN as STRIPE, OTHER_KEY, PAGES, Stripe, WEBHOOK_SECRET } from "../host/stripe.mjs";
import { Random } from "../random.mjs";
import { Scheduler } from "../scheduler.mjs";
import { Checker } from "../checker.mjs";
import { afterTwoRuns, lookBack } from "../look-back.mjs";
import { Club } from "./club.mjs";
import { SECRETS, ask, givesUp, minorOf, operator, sendsLinks } from "./desk.mjs";
import { machines, payer, second, server, stranger, watch } from "./payer.mjs";
import { bank, dashboard, deliver, neighbor, sessionOf } from "./stripe-side.mjs";
import { Trouble } from "./trouble.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ORIGIN = "https://pay.club.test";
const ACTORS = { payer, machine: machines, server, stranger, bank, dashboard, operator, second, neighbor, watch };

/**
 * A migration of a version to come, as "To add a migration" in CONTRIBUTING.md wants it: it only adds. It runs before a deployment, so the
 * code of now has to live with it. It is not recorded as wrangler would, or the newest code here would call the schema another one.
 */
const TO_COME = `
  ALTER TABLE players ADD COLUMN team TEXT;
  ALTER TABLE charges ADD COLUMN label TEXT;
  ALTER TABLE links ADD COLUMN seen_at INTEGER;
  ALTER TABLE orders ADD COLUMN fee_minor INTEGER CHECK (fee_minor >= 0);
  ALTER TABLE refunds ADD COLUMN note TEXT;
  ALTER TABLE messages ADD COLUMN opened_at INTEGER;
  ALTER TABLE incidents ADD COLUMN assigned_to TEXT;
  CREATE TABLE payouts (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), minor INTEGER NOT NULL) STRICT;
  CREATE INDEX orders_by_fee ON orders (fee_minor) WHERE fee_minor IS NOT NULL;
  INSERT INTO kinds VALUES ('tournament');
  INSERT INTO incident_kinds VALUES ('fee_unknown');`;

export class World {
  origin = ORIGIN;
  requests = 0;
  addresses = 0;
  /** The storm is over: nothing goes wrong any more, and everybody has gone home. */
  isCalm = false;
  isPaused = false;
  /** Sessions that somebody completed: `{ charge, session, how, minor, isWaiting, isPaid }`. */
  complete = [];
  cron = { stopsUntil: 0, overlaps: false, runs: 0 };
  /** Sessions that an old system made, with the charge of each. */
  oldSessions = new Map();
  /** Variables that are other ones than at first, by why they are. */
  #sets = new Map();
  /** What `#sets` has ever held, for what is judged of more than one moment. */
  #everSet = [];
  /** When the migration of a newer version ran. */
  #migratedAt = undefined;
  /** Until when the cron looks every five minutes: something has happened. */
  #busyUntil = 0;

  /** `before`: an older version, by which the world begins; `upgrade`: the migrations that lie between both. */
  constructor({ plan, worker, store, SimulatedStripe, limiters, before = undefined, upgrade = [], keep = 0 }) {
    this.plan = plan;
    this.store = store;
    this.newest = worker;
    this.upgrade = upgrade.map(([, text]) => text).join("\n");
    this.scheduler = new Scheduler({ now: plan.start, random: Random.of(plan.seed, "order"), keep });
    const now = () => this.scheduler.now;
    this.trouble = new Trouble({ plan, scheduler: this.scheduler });
    this.checker = new Checker(this);
    this.stripe = new StripeSide({ SimulatedStripe, seed: plan.seed, now, webhookUrl: `${ORIGIN}/webhooks/stripe`, validatesBeforeKey: plan.validatesBeforeKey });
    const random = Random.of(plan.seed, "host");
    const style = {
      isolates: plan.isolates,
      latency: () => (plan.latency === 0 ? 0 : random.below(plan.latency)),
      body: () => (plan.latency === 0 ? 0 : random.below(5)),
      limiter: () => (plan.latency === 0 ? 0 : random.below(4)),
    };
    this.host = new Host({
      worker: before ?? worker, store, stripe: this.stripe, scheduler: this.scheduler, random, chance: Random.of(plan.seed, "chance"), style, limiters,
      faults: this.trouble, watch: this.#watch(), plan: plan.plan,
      variables: () => this.variables(),
    });
    this.club = new Club({ plan, random: Random.of(plan.seed, "club"), now: now() });
  }

  get now() {
    return this.scheduler.now;
  }

  variables() {
    return {
      CLUB_NAME: "Example Youth Club",
      CLUB_CONTACT: "treasurer@club.example",
      PUBLIC_ORIGIN: ORIGIN,
      STRIPE_API_BASE: STRIPE,
      STRIPE_CHECKOUT_HOSTS: PAGES,
      STRIPE_SECRET_KEY: KEY,
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      ADMIN_TOKEN: Object.entries(SECRETS).map((entry) => entry.join(":")).join(","),
      ALLOWED_ORIGINS: "https://www.club.test",
      ...this.plan.variables,
      ...Object.assign({}, ...this.#sets.values()),
      PAUSED: this.isPaused ? "on" : "off",
    };
  }

  /** Every value that a variable has ever had. */
  ever(name) {
    return [this.plan.variables, ...this.#everSet].map((variables) => variables[name]).filter((value) => value !== undefined);
  }

  /** The Worker runs with other variables from now on, or with what was right before. */
  sets(why, variables) {
    if (variables) this.#sets.set(why, variables);
    else this.#sets.delete(why);
    if (variables) this.#everSet.push(variables);
    this.scheduler.tell(`variables: ${why} ${JSON.stringify(variables ?? "as before")}`);
    this.host.deploy({ lingers: true });
  }

  /** A new version is deployed: its migration runs, then new isolates are of it, beside some that are not. */
  deploys() {
    const { migrates, variables } = this.plan.deployment;
    if (migrates || this.upgrade !== "") this.#migrates();
    this.host.worker = this.newest;
    this.sets("deployment", variables);
  }

  #migrates() {
    if (this.#migratedAt !== undefined) return;
    this.#migratedAt = this.now;
    this.scheduler.tell("a migration runs");
    this.store.migrate(this.upgrade === "" ? TO_COME : this.upgrade);
  }

  #watch() {
    return {
      answered: (context, answer) => this.checker.answered(context, answer),
      over: (context) => this.checker.over(context),
      stripe: () => {
        this.#busyUntil = Math.max(this.#busyUntil, this.now + 10 * MINUTE);
        deliver(this);
      },
      alert: (context, alert) => this.checker.alerted(alert),
      email: (context, email, fault) => this.checker.emailed(context, email, fault),
    };
  }

  sleep(delay) {
    return this.scheduler.sleep(delay);
  }

  /** Runs it to its end. Returns what is wrong, as texts. */
  async run() {
    const { plan, store } = this;
    this.installation = Random.of(plan.seed, "installation").bytes(Buffer.alloc(16)).toString("hex");
    store.begin({ random: Random.of(plan.seed, "database"), now: () => this.now, id: this.installation });
    try {
      let isOver = false;
      let failure;
      const story = this.#story().catch((error) => (failure = error)).finally(() => (isOver = true));
      await this.scheduler.run(() => isOver);
      if (!isOver) this.checker.wrong("the world stands still: somebody waits for an answer that never comes");
      else await story;
      if (failure) throw failure;
    } finally {
      store.end();
      this.stripe.free();
    }
    return this.checker.found;
  }

  async #story() {
    const { plan, club } = this;
    // Before the trouble: the club's list is brought in, and somebody looks at the desk.
    const troubleLater = this.trouble.isOver;
    this.trouble.isOver = true;
    if (plan.carries) this.#leavesOrders();
    await this.imports("treasurer", { players: club.players, orders: plan.carries });
    await this.looksAtTheDesk();
    if (plan.variables.MAIL_FROM && Random.of(plan.seed, "links").chance(0.6)) await sendsLinks(this, "treasurer", "link", this.club.charges);
    this.trouble.isOver = troubleLater;
    this.trouble.begin(this);
    const runs = this.#runsOfTheCron();
    const actors = plan.actors.map(({ kind, number }) => ACTORS[kind](this, Random.of(plan.seed, `actor ${number}`), number));
    if (plan.times.restore) actors.push(this.#restores());
    await Promise.race([Promise.all(actors), this.sleep(1.2 * plan.length)]);
    await this.#calmDown(runs);
    await lookBack(this);
  }

  /**
   * A run every five minutes for some hours; in a longer world more rarely, and most rarely while nothing happens: some hundred runs in all,
   * or a year would be a hundred thousand that find nothing.
   */
  async #runsOfTheCron() {
    const random = Random.of(this.plan.seed, "cron");
    const rare = Math.max(5, Math.ceil(this.plan.length / MINUTE / 60));
    while (!this.isCalm) {
      const isBusy = this.now < this.#busyUntil && random.chance(0.7);
      await this.sleep(MINUTE * (isBusy || rare === 5 ? 5 : random.between(5, 2 * rare)));
      if (this.isCalm) return;
      if (this.now < this.cron.stopsUntil) continue;
      const run = this.runs();
      // The next one does not wait for it if it takes long: that is how runs overlap.
      if (this.cron.overlaps && random.chance(0.5)) {
        this.runs();
        continue;
      }
      await Promise.race([run, this.sleep(5 * MINUTE)]);
    }
  }

  async runs() {
    const number = ++this.cron.runs;
    const began = this.now;
    // Sessions whose time is over make events too.
    this.stripe.tick();
    deliver(this);
    const log = this.host.log.length;
    const { context, how } = await this.host.cron(`cron run ${number}`);
    // It says itself whether it has read all that there is to read.
    this.cron.isBehind = this.host.log.slice(log).some((line) => line.includes('"reconcile"') && !line.includes('"done":true,"errors":[]'));
    this.checker.ran(context, began, how);
  }

  /** Nothing goes wrong any more; banks end what they began; the cron runs until it has nothing to do. */
  async #calmDown(runs) {
    this.trouble.end();
    this.isCalm = true;
    this.scheduler.tell("the storm is over");
    this.stripe.does("endpoint", { enabled: true });
    for (const why of [...this.#sets.keys()]) if (why !== "deployment") this.#sets.delete(why);
    if (this.host.worker !== this.newest) this.deploys();
    this.host.deploy({ lingers: false });
    await runs;
    await this.sleep(2 * MINUTE);
    const random = Random.of(this.plan.seed, "calm");
    for (const one of this.complete.filter(({ isWaiting }) => isWaiting)) if (random.chance(0.7)) this.settles(one, random.chance(0.5));
    // What was claimed at the very end is stale after half an hour, and its session is over after an hour. A backlog may take more runs.
    const since = this.now;
    for (const [n, pause] of [5, 5, 35, 35].entries()) {
      await this.runs();
      // On a small budget it takes more runs than two.
      if (n === 1 && this.plan.variables.RECONCILE_BUDGET === "200" && !this.cron.isBehind) await afterTwoRuns(this, since);
      await this.sleep(pause * MINUTE);
    }
    for (let n = 0; n < 40 && this.cron.isBehind; n++) {
      await this.runs();
      await this.sleep(5 * MINUTE);
    }
    // What was tried in vain is tried again after up to six hours.
    for (const pause of [5, 7 * 60, 5]) {
      await this.sleep(7 * HOUR);
      await givesUp(this, "treasurer");
      await this.runs();
      await this.sleep(pause * MINUTE);
    }
    // What the run before has ended is told by these at the latest: alerts may have to wait for a run that has more left of its budget.
    for (let n = 0; n < 3; n++) {
      await this.runs();
      await this.sleep(5 * MINUTE);
    }
  }

  /** D1 goes back to an earlier point, as docs/operations.md says what to do then. */
  async #restores() {
    const random = Random.of(this.plan.seed, "restore");
    await this.sleep(random.below(this.plan.length / 2));
    const since = this.now;
    this.store.bookmark();
    this.scheduler.tell("a point to go back to");
    const known = this.club.known();
    // "Time Travel": 30 days.
    await this.sleep(random.below(Math.min(this.plan.length / 2, 29 * DAY)));
    this.trouble.count("restore");
    this.isPaused = true;
    for (const why of [...this.#sets.keys()]) if (why !== "deployment") this.#sets.delete(why);
    this.host.deploy({ lingers: false });
    await this.sleep(30_000);
    this.store.restore();
    this.checker.restored(since);
    this.scheduler.tell("the database is restored");
    if (this.#migratedAt >= since) {
      this.#migratedAt = undefined;
      this.#migrates();
    }
    // Links that were made since are forgotten, and so are players and charges. Who has the file imports it again; some find it later.
    const forgotten = this.club.forget(known);
    if (random.chance(0.6)) await this.#importsAgain(forgotten);
    const body = { since: new Date(since - HOUR).toISOString().replace(/\.\d+/, "") };
    for (let n = 0; n < 200; n++) {
      const { status, json } = await ask(this, "treasurer", "POST", "/admin/reconcile", body);
      if (status === 200 && json.done) break;
      await this.sleep(status === 200 ? 1_000 : 30_000);
    }
    this.isPaused = false;
    this.host.deploy({ lingers: false });
    await this.sleep(random.below(2 * HOUR));
    await this.#importsAgain(forgotten);
  }

  /** What was imported after the point to which the database went back, with the links of that time. */
  async #importsAgain(forgotten) {
    for (const one of forgotten) if (!this.club.players.includes(one.player)) await this.joins("treasurer", one);
  }

  // --- what people and programs ask

  leaves() {
    return this.trouble.clientLeaves();
  }

  async visit(label, url, { method = "GET", headers, body, leavesAfter } = {}) {
    this.requests += 1;
    this.#busyUntil = Math.max(this.#busyUntil, this.now + 10 * MINUTE);
    return this.host.request(label, url, { method, headers, body, leavesAfter, cf: { asn: 7018 } });
  }

  /** A click on a link of a charge, or on a button that goes on. */
  async click(charge, { token, url = undefined, headers, method, by, isPrefetch = false, isButton = false, leavesAfter = undefined }) {
    const path = charge.kind === "first_payment" ? "/checkout/first-payment" : "/checkout/pay";
    const to = url ?? `${ORIGIN}${path}?token=${token}`;
    const began = this.now;
    const answer = await this.visit(`${by} (${charge.name})`, to, { method, headers, leavesAfter, ...(method === "POST" ? { body: "" } : {}) });
    this.checker.clicked(charge, { answer, began, by, method, headers, isPrefetch, isButton });
    return { ...answer, token };
  }

  /** The session that an answer leads to. */
  sessionOf(answer) {
    const url = answer?.headers?.get("location") ?? answer?.json?.url;
    return url ? /\/c\/pay\/(cs_\w+)/.exec(url)?.[1] : undefined;
  }

  async askAsFrontEnd(charge, token) {
    const headers = { "content-type": "application/json", origin: "https://www.club.test", accept: "application/json", "user-agent": "Mozilla/5.0", "cf-connecting-ip": "203.0.113.9" };
    return this.#asked(charge, `${ORIGIN}/checkout/sessions`, headers, { token }, "a front end");
  }

  async askAsServer(charge) {
    const headers = { "content-type": "application/json", authorization: `Bearer ${SECRETS.coach}`, "user-agent": "club-server/1.0", "cf-connecting-ip": "203.0.113.77" };
    const { player, kind, period } = charge;
    return this.#asked(charge, `${ORIGIN}/checkout/players/${player.id}/sessions`, headers, { kind, ...(period ? { period } : {}) }, "a server");
  }

  async #asked(charge, url, headers, body, by) {
    const began = this.now;
    const answer = await this.visit(`${by} (${charge.name})`, url, { method: "POST", headers, body: JSON.stringify(body) });
    const json = answer.headers?.get("content-type")?.includes("json") ? JSON.parse(answer.text) : undefined;
    const asked = { ...answer, json };
    this.checker.clicked(charge, { answer: asked, began, by, method: "POST", headers, isProgram: true });
    return asked;
  }

  /** Stripe leads a payer back. */
  async returns(charge, session, headers) {
    const answer = await this.visit(`back from ${session.slice(-6)}`, `${ORIGIN}/checkout/success?session_id=${session}`, { headers });
    this.checker.returned(charge, session, answer);
    return answer;
  }

  /** A guess: none may be let in, and none may change anything. */
  async guess(what, text) {
    const headers = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)", accept: "*/*", "cf-connecting-ip": "192.0.2.66" };
    const asked = {
      token: ["GET", `/checkout/pay?token=${text}`, {}],
      secret: ["GET", "/admin/charges", { authorization: `Bearer ${text}${text}` }],
      webhook: ["POST", "/webhooks/stripe", { "stripe-signature": `t=${Math.floor(this.now / 1000)},v1=${text.repeat(4).slice(0, 64)}`, "content-type": "application/json" }],
      path: ["GET", `/admin/${text}`, {}],
    }[what];
    const answer = await this.visit(`a stranger guesses a ${what}`, `${ORIGIN}${asked[1]}`, { method: asked[0], headers: { ...headers, ...asked[2] }, ...(asked[0] === "POST" ? { body: '{"id":"evt_1","object":"event"}' } : {}) });
    this.checker.guessed(what, answer);
  }

  // --- Stripe's side

  /** Somebody pays in a session. Returns whether Stripe let them. */
  pay(charge, session, how) {
    const done = this.act("pay", { session, how });
    if (!done) return false;
    if (how === "decline") return true;
    const minor = this.stripe.session(session)?.amount_total ?? 0;
    const isWaiting = how !== "card";
    this.complete.push({ charge, session, how, minor, isWaiting, isPaid: !isWaiting, beganAt: this.now, paidAt: this.now });
    this.checker.paid(charge, session);
    return true;
  }

  /** A bank has carried out a debit, or not. */
  settles(one, success) {
    if (!this.act("settle", { session: one.session, success })) return;
    one.isWaiting = false;
    one.isPaid = success;
    one.paidAt = this.now;
  }

  /** What happens at Stripe, and the events that it makes. */
  act(what, body) {
    const done = this.stripe.does(what, body);
    this.scheduler.tell(`at Stripe: ${what} ${Object.values(body).join(" ")}${done ? "" : " (refused)"}`);
    this.#busyUntil = Math.max(this.#busyUntil, this.now + 10 * MINUTE);
    deliver(this);
    return done;
  }

  // --- the desk

  /** Whoever reads an email sees what it is about, and has its link. Returns the charge; nothing if it has no link. */
  reads({ text }) {
    const token = /\?token=([\w-]+)/.exec(text)?.[1];
    if (!token) return undefined;
    const hash = createHash("sha256").update(token).digest("hex");
    const [row] = this.store.rows(
      "SELECT p.player_id, c.kind, c.period, c.amount_minor, c.currency FROM links l JOIN charges c ON c.id = l.charge_id JOIN players p ON p.id = c.player_id WHERE l.token_sha256 = ?", hash);
    if (!row) return undefined;
    const charge = this.#charge(row.player_id, row.kind, row.period, row.amount_minor, row.currency);
    if (charge) this.learns(charge, token);
    return charge;
  }

  /** A charge as the world knows it; a month's opening may have made it just now. */
  #charge(player_id, kind, period, minor, currency) {
    const player = this.club.players.find((player) => player.id === player_id);
    if (!player) return undefined;
    return this.club.find(player_id, kind, period) ?? this.club.add({ player, kind, period, minor, currency, at: this.now });
  }

  learns(charge, token) {
    if (token && !charge.tokens.includes(token)) charge.tokens.push(token);
  }

  /** An old system has made orders for some of what is owed: pending ones, whose sessions are open, gone or were never made, and others. */
  #leavesOrders() {
    const random = Random.of(this.plan.seed, "old system");
    let number = 100;
    for (const charge of this.club.charges) {
      if (random.chance(0.4)) continue;
      const [minor] = charge.amount.possible(this.now);
      const how = random.weighted([[4, "open"], [1, "lost"], [1, "none"], [2, "paid"], [1, "marked paid"], [1, "canceled"], [1, "refunded"]]);
      const age = random.pick([5, 20, 50, 600]) * MINUTE;
      const status = { "open": "pending", "lost": "pending", "none": "pending", "paid": "paid", "marked paid": "paid", "canceled": "canceled", "refunded": "refunded" }[how];
      charge.old = { order_id: String(number++), order_status: status, order_created_at: new Date(this.now - age).toISOString().replace(/\.\d+/, "") };
      if (how === "lost") charge.old.stripe_session_id = `cs_test_lost${number}`;
      if (how === "open" || how === "paid") {
        const { id } = this.stripe.creates(sessionOf({ minor, name: "An old system's" }));
        charge.old.stripe_session_id = id;
        this.oldSessions.set(id, charge);
        charge.handed.add(id);
        if (how === "paid") this.pay(charge, id, "card");
      }
      if (how === "marked paid" || how === "refunded") charge.carriedAs = status;
    }
  }

  /** An import of these players' charges, some with other amounts; `orders`: with those of an old system. */
  async imports(name, { players, random = undefined, orders = false, isDry = false }) {
    const of = players.flatMap((player) => this.club.chargesOf(player)).filter(({ tokens, period }) => tokens.length > 0 && ["", "2026-03"].includes(period));
    if (of.length === 0) return undefined;
    if (isDry) {
      const lines = of.map((charge) => ({ charge, minor: random.between(100, 25_000) }));
      return ask(this, name, "POST", "/admin/import?dry_run=1", this.club.csv(lines, { fee: false }), { type: "text/csv", label: `${name} looks at what an import would do`, changes: false });
    }
    const lines = of.map((charge) => {
      // What a file asks of a charge that is being paid meanwhile is not known for sure.
      charge.isImportedAgain ||= random !== undefined;
      const minor = random?.chance(0.3) ? random.between(100, 25_000) : charge.amount.possible(this.now).at(-1);
      return { charge, minor, change: charge.amount.changing(minor, this.now) };
    });
    // An import never changes what is paid: so what it asks for stays possible, and is never certain but at first.
    const answer = await ask(this, name, "POST", `/admin/import${orders ? "?carry_orders=1" : ""}`, this.club.csv(lines, { fee: random === undefined, orders }), { type: "text/csv", label: `${name} imports ${of.length} lines` });
    for (const { charge, minor, change } of lines) {
      if (answer.status >= 400 && answer.status < 500) change.undone();
      const now = answer.status === 200 && answer.json.find(({ player_id, kind, period }) => player_id === charge.player.id && kind === charge.kind && period === charge.period);
      // What is paid keeps its amount, and the line's note says so.
      if (now && minorOf(now.amount) === minor && !now.note.includes("its amount stays")) change.done(this.now);
      else if (now) change.undone();
    }
    return answer;
  }

  /** Somebody joins: an import brings a player, with what is owed first. It is sent until it is certain that it was taken. */
  async joins(name, { player, charges }) {
    const lines = charges.map(({ charge, token }) => ({ charge, token, minor: charge.amount.possible(this.now).at(-1) }));
    this.club.players.push(player);
    player.since = this.now;
    for (let n = 0; n < 6; n++) {
      const answer = await ask(this, name, "POST", "/admin/import", this.club.csv(lines, { fee: true }), { type: "text/csv", label: `${name} imports a new player` });
      if (answer.status === 200) {
        for (const { charge, token } of lines) this.learns(this.club.adopt(charge), token);
        return true;
      }
      // The player was erased, or so: it cannot be imported.
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) break;
      await this.sleep(5 * MINUTE);
    }
    return false;
  }

  /** Opens a month. */
  async opens(name, random) {
    const month = new Date(this.now + random.pick([-31, 0]) * 24 * HOUR).toISOString().slice(0, 7);
    const answer = await ask(this, name, "POST", `/admin/periods${random.chance(0.2) ? "?dry_run=1" : ""}`, { period: month, kind: "monthly", currency: "usd" });
    return answer;
  }

  /** Learns what the desk shows: the ids of charges and players, and charges that a month's opening made. */
  async looksAtTheDesk(name = "treasurer") {
    for (let after = ""; after !== undefined; ) {
      const { json } = await ask(this, name, "GET", `/admin/charges${after}`);
      for (const { id, player_id, kind, period, amount, currency } of json?.charges ?? []) {
        const charge = this.#charge(player_id, kind, period, minorOf(amount), currency);
        if (charge) charge.id = id;
        else this.checker.wrong(`the desk shows a charge of a player ${player_id} that nobody has imported`);
      }
      after = json?.next ? `?after=${json.next}` : undefined;
    }
    const { json } = await ask(this, name, "GET", "/admin/players");
    for (const { id, player_id } of json?.players ?? []) {
      const player = this.club.players.find((player) => player.id === player_id);
      if (player) player.deskId = id;
    }
  }
}

/** Stripe as people see it: also a payer's page. */
class StripeSide extends Stripe {
  /** What Stripe's page of a session knows. `isOthers`: of a session of another account than the club's. */
  session(id) {
    for (const [key, isOthers] of [[KEY, false], [OTHER_KEY, true]]) {
      const answer = this.begin("GET", `/v1/checkout/sessions/${id}`, [["authorization", `Bearer ${key}`]], "")();
      if (answer.status === 200) return { ...JSON.parse(answer.body), isOthers };
    }
    return undefined;
  }

  /** Another program of the club's account makes a session. */
  creates(form) {
    const body = Object.entries(form).map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
    const answer = this.begin("POST", "/v1/checkout/sessions", [["authorization", `Bearer ${KEY}`], ["content-type", "application/x-www-form-urlencoded"]], body)();
    if (answer.status !== 200) throw new Error(`the simulator's own session was refused: ${answer.body}`);
    return JSON.parse(answer.body);
  }
}
