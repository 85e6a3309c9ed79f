// Books to measure on: players with a charge and a link each, and an order in the state that is wanted.
// A charge, its player and its order share one id, so that everything about one follows from its number.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/local.mjs";
import { tokenOf } from "./requests.mjs";

export const MINOR = 13_500;
const MINUTE = 60_000;

/** The columns of an order by what it is for; `:now` and `:stripe` are bound, `i` is its number. */
const ORDERS = {
  // Its session may be younger than the run is long, and stays fresh to its end.
  fresh: { status: "'pending'", created_at: ":now", checkout_url: ":stripe || '/c/pay/cs_test_bench' || i", next_check_at: `:now + ${30 * MINUTE}` },
  paid: {
    status: "'paid'", created_at: `:now - ${60 * MINUTE}`, paid_at: `:now - ${50 * MINUTE}`,
    payment_intent_id: "'pi_bench' || i", receipt_url: "'https://pay.stripe.com/receipts/' || i",
  },
  due: { status: "'pending'", created_at: `:now - ${40 * MINUTE}`, checkout_url: ":stripe || '/c/pay/cs_test_bench' || i", next_check_at: ":now - i % 1000" },
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
}

/** Adds charges `from` to `from + count - 1`, with an order each where `order` names its state. */
export function addCharges(db, { from, count, order, stripe = "http://localhost:1", now = Date.now() }) {
  const numbers = { from, count };
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
  if (order) addOrders(add, ORDERS[order], { now, stripe });
  db.exec("COMMIT");
}

function addOrders(add, columns, values) {
  const all = {
    id: "i", charge_id: "i", amount_minor: MINOR, currency: "'usd'", product_name: "'First payment, Player ' || i",
    customer_email: "'payer+' || i || '@club.example'", return_origin: "'https://pay.club.example'",
    stripe_session_id: "'cs_test_bench' || i", updated_at: ":now", cause: "'click'",
    session_expires_at: `${columns.created_at} + ${65 * MINUTE}`, ...columns,
  };
  // A parameter that a statement does not name may not be bound.
  const used = Object.entries(values).filter(([name]) => Object.values(all).some((text) => String(text).includes(`:${name}`)));
  add(`INSERT INTO orders (${Object.keys(all)}) SELECT ${Object.values(all)} FROM n`, Object.fromEntries(used));
}

/** Half an hour passes for the live orders of some charges. */
export const age = (d1, { from, count }) =>
  d1
    .prepare("UPDATE orders SET created_at = created_at - ?3 WHERE charge_id BETWEEN ?1 AND ?2 AND status = 'pending'")
    .bind(from, from + count - 1, 31 * MINUTE)
    .run();
