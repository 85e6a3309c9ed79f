// The servers of a round: each Worker with what it needs around it.

import { join } from "node:path";
import { startBare } from "./bare.mjs";
import { addCharges, installationOf, migrate, orderOf } from "./database.mjs";
import { makeDatabase, startWithD1 } from "./d1.mjs";
import { Pool, ranges } from "./paths.mjs";
import { bot, link, wire } from "./requests.mjs";
import { inside } from "./settings.mjs";
import { FakeStripe } from "./stripe.mjs";

/** How long Stripe takes to answer, in ms. */
export const STRIPE_MS = 50;

/** The first request of a start: a bot's, which is what a link is opened by first. */
const first = (port) => wire(link("any-token-will-do", bot), port);

/** A Worker alone in workerd. */
export async function bare(name, modules, scratch) {
  return { ...(await startBare({ name, modules, folder: join(scratch, "bare"), first })), scratch };
}

/** A Worker with D1 and a fake Stripe of its own; `fill(add, db)` fills the database before it starts. */
export async function withStripe(name, modules, scratch, { fill, ...options }) {
  const fakeStripe = await FakeStripe.start();
  const folder = join(scratch, `${name}-${Date.now()}`);
  const db = await makeDatabase(folder);
  migrate(db);
  const installation = installationOf(db);
  // Of another installation: whoever reads Stripe's list of events leaves it alone. No charge has this number.
  const event = await fakeStripe.completed(orderOf("0".repeat(32), 0));
  const sessions = new Map();
  await fill((range) => addWithSessions(db, fakeStripe, { installation, sessions, ...range }), db);
  db.close();
  const server = await startWithD1({ name, modules, folder, stripe: fakeStripe.origin, ...options });
  const control = (path, body) => fakeStripe.control(path, body);
  const delay = (ms = STRIPE_MS) => control("faults", { clear: true, ...(ms && { kind: "delay", ms }) });
  return {
    ...server, scratch, stripe: fakeStripe, control, delay, event,
    /** The order that its charge had when the database was filled, for a delivery about it. */
    order: (charge) => ({ ...orderOf(installation, charge), session: sessions.get(charge) }),
    stop: async () => {
      await server.stop();
      await fakeStripe.stop();
    },
  };
}

/** Adds charges. `session` is the state of their orders' sessions at Stripe, open or paid, if Stripe is asked about them. */
async function addWithSessions(db, fakeStripe, { installation, sessions, session, ...range }) {
  const now = Date.now();
  if (!session) return addCharges(db, { now, stripe: fakeStripe.origin, ...range });
  const orders = Array.from({ length: range.count }, (_, n) => orderOf(installation, range.from + n, { order: range.order, now }));
  const made = await fakeStripe.sessions(orders, { paid: session === "paid" });
  made.forEach((it, charge) => sessions.set(charge, it));
  addCharges(db, { now, ...range, sessions: made });
}

/** Such a server with a database for these paths; `around` is a module around the Worker. */
export async function forPaths(name, modules, scratch, names, { checks = 0, each, around, ...options } = {}) {
  const fill = async (add) => {
    for (const [, range] of ranges(names, { checks, each })) await add(range);
  };
  const server = await withStripe(name, around ? inside(around, modules) : modules, scratch, { fill, ...options });
  return Object.assign(server, { pool: new Pool(names, { checks, each }) });
}
