// The built Worker in real workerd with real D1, and the fake Stripe, on ports and in a folder of
// their own.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync,
} from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { freePort, importCsv, migrate, root, startFakeStripe, startWorker, stop, until } from "../../tools/local.mjs";

/** The secret of the operator "treasurer". */
export const ADMIN_SECRET = "secret-of-the-operator-of-the-edge";
export const WEBHOOK_SECRET = "whsec_test_of_the_edge";
export const FACEBOOK = "facebookexternalhit/1.1 Facebot Twitterbot/1.0";
export const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
export const GOOGLE_APP =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/370.0.764099221 Mobile/15E148 Safari/604.1";
const TABLES = ["players", "charges", "links", "orders", "order_events", "stripe_events", "refunds", "incidents", "audit", "operators", "cursors", "periods"];

/** What a browser that follows a link sends. */
export const browser = (userAgent = IPHONE) => ({
  "user-agent": userAgent,
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "accept-language": "en-US,en;q=0.9",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
});

/**
 * Puts a migrated database where `state` says. Wrangler applies the migrations once; each harness gets a copy, because
 * applying them takes some seconds of a processor. Whoever comes first makes it, and two at once make the same.
 */
function copyMigrated(config, state) {
  const folder = join(root, "migrations");
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  const migrated = join(root, "target/edge", hash.digest("hex"));
  if (!existsSync(migrated)) {
    mkdirSync(dirname(migrated), { recursive: true });
    const made = mkdtempSync(`${migrated}-`);
    migrate(["--config", config, "--persist-to", made]);
    try {
      renameSync(made, migrated);
    } catch (error) {
      if (!existsSync(migrated)) throw error;
      rmSync(made, { recursive: true });
    }
  }
  cpSync(migrated, state, { recursive: true });
}

/** Names the copy and dates it, as if it were migrated now: a database that is older than the cron's last run is an incident. */
function installAnew(folder) {
  const db = openDatabase(folder);
  const triggers = db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'installation'").all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec("UPDATE installation SET id = lower(hex(randomblob(16))), created_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)");
  for (const { sql } of triggers) db.exec(sql);
  db.close();
}

/** `config` makes changes to the configuration of wrangler, given the folder that it lies in. */
export async function startHarness({ vars = {}, args: more = [], ratelimits = [], env = {}, config: changes = () => ({}) } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "checkout-guard-"));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const stripe = await startFakeStripe({ port: 0, webhookUrl: `${origin}/webhooks/stripe`, webhookSecret: WEBHOOK_SECRET });
  const config = join(folder, "wrangler.json");
  writeFileSync(
    config,
    JSON.stringify({
      name: "checkout-guard-test",
      main: join(root, "build/index.js"),
      compatibility_date: /compatibility_date = "(.*)"/.exec(readFileSync(join(root, "wrangler.toml"), "utf8"))[1],
      ratelimits,
      d1_databases: [{ binding: "DB", database_name: "DB", database_id: "test", migrations_dir: join(root, "migrations") }],
      vars: {
        CLUB_NAME: "Example Youth Club",
        CLUB_CONTACT: "treasurer@club.example",
        PUBLIC_ORIGIN: origin,
        STRIPE_API_BASE: stripe.origin,
        STRIPE_CHECKOUT_HOSTS: stripe.origin,
        STRIPE_SECRET_KEY: "sk_test_of_the_edge",
        STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
        ADMIN_TOKEN: `treasurer:${ADMIN_SECRET}`,
        DEBUG_TIMING: "on",
        ...vars,
      },
      ...changes(folder),
    }),
  );
  copyMigrated(config, join(folder, "state"));
  installAnew(folder);
  const args = ["--config", config, "--persist-to", join(folder, "state"), ...more];
  const handles = [];
  const begin = async () => {
    const worker = await startWorker({ port, args, env });
    handles.push(worker.handle);
    return worker;
  };
  const harness = { folder, origin, stripe, port, worker: await begin() };
  return Object.assign(harness, {
    link: (token) => `${origin}/checkout/first-payment?token=${token}`,
    db: openDatabase(folder),
    async restart() {
      harness.worker = await begin();
    },
    /** What the database holds now: the Worker is stopped while its files are copied. */
    async snapshot() {
      const copy = mkdtempSync(join(tmpdir(), "checkout-guard-"));
      await stop(harness.worker.handle);
      cpSync(join(folder, "state"), copy, { recursive: true });
      await harness.restart();
      return copy;
    },
    /** The database is put back in place, as D1's Time Travel does; Stripe is not. */
    async restore(copy) {
      await stop(harness.worker.handle);
      harness.db.close();
      rmSync(join(folder, "state"), { recursive: true });
      cpSync(copy, join(folder, "state"), { recursive: true });
      rmSync(copy, { recursive: true });
      harness.db = openDatabase(folder);
      await harness.restart();
    },
    /** Ends everything. Whatever was tested, the log must have told nothing that is secret or personal. */
    async stop() {
      const tokens = new Set(rows(harness, "SELECT token_sha256 FROM links").map((row) => row.token_sha256));
      harness.db.close();
      await Promise.all([stop(harness.worker.handle), stop(stripe.handle)]);
      rmSync(folder, { recursive: true, force: true });
      assertTellsNothing(handles.flatMap(({ output }) => output), tokens);
    },
  });
}

/** For `config`: the built Worker with modules around it, of which the first is the main one. They lie in `code`. */
export function around(folder, ...modules) {
  const code = join(folder, "code");
  mkdirSync(code);
  for (const file of ["build/index.js", "build/checkout_guard_bg.wasm", ...modules]) copyFileSync(join(root, file), join(code, basename(file)));
  const rules = [{ type: "ESModule", globs: ["**/*.js"], fallthrough: false }];
  return { main: join(code, basename(modules[0])), no_bundle: true, rules };
}

/** The local limiter counts by the minutes of the clock. Waits until a test that counts along ends in the minute it began in. */
export async function enoughOfTheMinute(seconds = 20) {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < seconds * 1000) await new Promise((resolve) => setTimeout(resolve, left));
}

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** No line has a secret, an email address, a URL's query, or a word that is a link's token by its hash. */
export function assertTellsNothing(lines, tokens) {
  for (const line of lines.filter((line) => isOurs(line) && !isOfSimulation(line))) {
    assert.doesNotMatch(line, /secret-of|whsec_\w|[sr]k_(test|live)_\w|[\w.+-]+@[\w-]+\.\w+|[?&][\w-]+=/, "the log tells what it must not");
    for (const word of line.match(/[\w-]{16,}/g) ?? []) assert.ok(!tokens.has(sha256(word)), "the log tells a link's token");
  }
}

function openDatabase(folder) {
  const files = join(folder, "state/v3/d1/miniflare-D1DatabaseObject");
  const file = readdirSync(files).find((name) => name.endsWith(".sqlite") && !name.startsWith("metadata"));
  return new DatabaseSync(join(files, file), { timeout: 5_000 });
}

/** Every row of every table, as text. */
export const allRows = (harness) =>
  JSON.stringify(TABLES.map((table) => [table, harness.db.prepare(`SELECT * FROM ${table}`).all()]));

export const rows = (harness, sql, ...parameters) => harness.db.prepare(sql).all(...parameters).map((row) => ({ ...row }));

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Asks without following redirects, with just these headers: fetch would add some of its own. */
export function ask(url, { method = "GET", headers = browser(), body } = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const outgoing = request(url, { method, agent, headers: { ...headers, ...length } }, (answer) => {
      const chunks = [];
      answer.on("error", reject).on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: answer.statusCode,
          headers: new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
          text: async () => text,
          json: async () => JSON.parse(text),
        });
      });
    });
    outgoing.on("error", reject).end(body);
  });
}

/** wrangler itself lists the variables that it was given, each request, and whom its simulation sends an email to. */
const isOurs = (line) => !line.startsWith("env.") && !line.includes("[wrangler:info]");
const isOfSimulation = (line) => /^(From|To|Subject|Text|HTML): /.test(line);

/** A run of the cron, as `wrangler dev` starts one (Cloudflare docs, "Cron Triggers"). */
export const cron = (harness) => ask(`${harness.origin}/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*`);

/** The id of a player's charge. */
export const chargeOf = (harness, player) =>
  rows(harness, "SELECT c.id FROM charges c JOIN players p ON p.id = c.player_id WHERE p.player_id = ?", player)[0].id;

/** What the Worker logged. */
export const said = (harness) => harness.worker.handle.output.filter(isOurs);

export async function importLines(harness, csv, query = "") {
  const answer = await importCsv(harness.origin, ADMIN_SECRET, csv, { query });
  const body = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(body));
  return body;
}

/** The calls that the fake Stripe saw, as `POST /v1/checkout/sessions`. */
export const stripeCalls = async (harness) =>
  (await control(harness, "calls")).map(({ method, path }) => `${method} ${path.split("?")[0]}`);

/** The sessions that are open at Stripe, by the charge they pay. */
export async function openSessions(harness) {
  const open = (await control(harness, "sessions")).filter(({ status }) => status === "open");
  return Object.groupBy(open, ({ metadata }) => metadata.charge_id);
}

/** Pays in the session that a URL leads to, and waits until the Worker has heard of it and asked for its receipt. */
export async function pay(harness, url) {
  const session = /cs_test_\w+/.exec(url)[0];
  await control(harness, "pay", { session, how: "card" });
  const paid = () =>
    rows(harness, "SELECT 1 FROM orders WHERE stripe_session_id = ? AND status = 'paid' AND next_check_at IS NULL", session).length;
  await until(paid, { seconds: 20, what: `the webhook of ${session}` });
}

/** A control endpoint of the fake Stripe. */
export async function control(harness, name, body) {
  const answer = await fetch(`${harness.stripe.origin}/_/${name}`, body && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
