// A database to measure on: players with a charge and a link each, and an order in the state that is wanted.
// A charge, its player and its order share one id, so that everything about one follows from its number.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/local.mjs";
import { attemptOf, tokenOf } from "./requests.mjs";
import { CLUB_NAME, PUBLIC_ORIGIN } from "./settings.mjs";

const MINOR = 13_500;
const MINUTE = 60_000;
const SESSION_LIFETIME = 65 * MINUTE;

/** How long ago an order was claimed, by what it is for. */
const AGES = { fresh: 0, paid: 60 * MINUTE, stale: 31 * MINUTE };

/** The columns of an order that are not the same for all; `:now` is bound, `i` is its number. */
const ORDERS = {
  // Its session may be younger than the run is long, and stays fresh to its end.
  fresh: { status: "'pending'", checkout_url: "session_url(i)", next_check_at: `:now + ${30 * MINUTE}` },
  paid: {
    status: "'paid'", paid_at: `:now - ${50 * MINUTE}`, paid_minor: MINOR,
    payment_intent_id: "'pi_bench' || i", receipt_url: "'https://pay.stripe.com/receipts/' || i",
  },
  stale: { status: "'pending'", checkout_url: "session_url(i)", next_check_at: `:now - ${MINUTE}` },
};

const NUMBERS = "WITH RECURSIVE n (i) AS (SELECT :from UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :from + :count)";

/** Applies the migrations, recorded as wrangler records them. */
export function migrate(db) {
  db.exec("CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)");
  const folder = join(root, "migrations");
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".sql")).sort()) {
    db.exec(readFileSync(join(folder, name), "utf8"));
    db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").run(name);
  }
  db.function("token_hash", { deterministic: true }, (charge) => createHash("sha256").update(tokenOf(charge)).digest("hex"));
  db.function("attempt_of", { deterministic: true }, attemptOf);
}

/** The random name of this database at Stripe. */
export const installationOf = (db) => db.prepare("SELECT id FROM installation").get().id;

/** What the order of a charge froze when it was claimed: all that its create call says. */
export const orderOf = (installation, charge, { order = "fresh", now = Date.now() } = {}) => ({
  installation, charge, order: charge, attempt: attemptOf(charge), minor: MINOR,
  product: `First payment, Player ${charge}, ${CLUB_NAME}`, email: `payer+${charge}@club.example`, origin: PUBLIC_ORIGIN,
  expires_at: now - AGES[order] + SESSION_LIFETIME,
});

/**
 * Adds charges `from` to `from + count - 1`, with an order each if `order` names its state. `sessions` are
 * those that Stripe knows; without them, an order has one that Stripe is never asked about.
 */
export function addCharges(db, { from, count, order, sessions, stripe = "http://localhost:1", now = Date.now() }) {
  // A number would be bound as a REAL, and read as 1.0 in a name.
  const numbers = { from: BigInt(from), count: BigInt(count) };
  db.exec("BEGIN");
  const add = (sql, parameters = {}) => db.prepare(`${NUMBERS} ${sql}`).run({ ...numbers, ...parameters });
  add(
    `INSERT INTO players (id, player_id, name, email, created_at, updated_at)
     SELECT i, 'p' || i, 'Player ' || i, 'payer+' || i || '@club.example', :now, :now FROM n`,
    { now },
  );
  add(
    `INSERT INTO charges (id, player_id, kind, amount_minor, currency, created_at, updated_at)
     SELECT i, i, 'first_payment', ${MINOR}, 'usd', :now, :now FROM n`,
    { now },
  );
  add("INSERT INTO links (token_sha256, charge_id, created_at) SELECT token_hash(i), i, :now FROM n", { now });
  if (order) {
    db.function("session_id", (i) => sessions?.get(i).id ?? `cs_test_bench${i}`);
    db.function("session_url", (i) => sessions?.get(i).url ?? `${stripe}/c/pay/cs_test_bench${i}`);
    addOrders(add, { created_at: `:now - ${AGES[order]}`, ...ORDERS[order] }, { now });
  }
  db.exec("COMMIT");
}

function addOrders(add, columns, values) {
  const all = {
    id: "i", charge_id: "i", attempt: "attempt_of(i)", amount_minor: MINOR, currency: "'usd'",
    product_name: `'First payment, Player ' || i || ', ${CLUB_NAME}'`, customer_email: "'payer+' || i || '@club.example'",
    return_origin: `'${PUBLIC_ORIGIN}'`, stripe_session_id: "session_id(i)", updated_at: ":now", cause: "'click'",
    session_expires_at: `${columns.created_at} + ${SESSION_LIFETIME}`, ...columns,
  };
  add(`INSERT INTO orders (${Object.keys(all)}) SELECT ${Object.values(all)} FROM n`, values);
}
