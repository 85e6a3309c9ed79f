// The servers of a round: each Worker with what it needs around it.

import { join } from "node:path";
import { startStandIn, root, stop } from "../../tools/local.mjs";
import { startBare } from "./bare.mjs";
import { addCharges, migrate } from "./books.mjs";
import { makeDatabase, startWithD1 } from "./d1.mjs";
import { Pool, ranges } from "./paths.mjs";
import { bot, link, wire } from "./requests.mjs";
import { counted, numeric } from "./settings.mjs";

/** What Stripe takes for an answer, in ms. */
export const STRIPE_MS = 50;

/** The first request of a start: a bot's, which is what a link is opened by first. */
const first = (port) => wire(link("any-token-will-do", bot), port);

/** A Worker alone in workerd. */
export async function bare(name, modules, scratch) {
  return { ...(await startBare({ name, modules, folder: join(scratch, "bare"), first })), scratch };
}

/** A Worker with D1 and a Stripe of its own; `charges` fills the books. */
export async function withStripe(name, modules, scratch, { fill, ...options }) {
  const standIn = await startStandIn({ port: 0, binary: join(root, "target/release/stand-in") });
  const folder = join(scratch, `${name}-${Date.now()}`);
  const db = await makeDatabase(folder);
  migrate(db);
  fill(db, standIn.origin);
  db.close();
  const server = await startWithD1({ name, modules, folder, stripe: standIn.origin, ...options });
  const control = (path, body) => ask(`${numeric(standIn.origin)}/_/${path}`, body);
  const delay = (ms = STRIPE_MS) => control("faults", { clear: true, ...(ms && { kind: "delay", ms }) });
  return {
    ...server, scratch, stripe: standIn, control, delay, event: await completed(standIn.origin, control),
    stop: async () => {
      await server.stop();
      await stop(standIn.handle);
    },
  };
}

/** Such a server with books for these paths. */
export async function forPaths(name, modules, scratch, names, { checks = 0, count = false, ...options } = {}) {
  const fill = (db, stripe) => ranges(names, { checks }).forEach(([, range]) => addCharges(db, { ...range, stripe }));
  const server = await withStripe(name, count ? counted(modules) : modules, scratch, { fill, ...options });
  return Object.assign(server, { pool: new Pool(names, { checks }) });
}

async function ask(url, body, headers = {}) {
  const answer = await fetch(url, body && { method: "POST", headers: { "content-type": "application/json", ...headers }, body: typeof body === "string" ? body : JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The event of a completed session, as the stand-in makes it. */
async function completed(origin, control) {
  const form = new URLSearchParams({
    mode: "payment", "line_items[0][quantity]": "1", "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "13500", "line_items[0][price_data][product_data][name]": "First payment, Player 25",
    success_url: "https://pay.club.example/checkout/success?session_id={CHECKOUT_SESSION_ID}",
    cancel_url: "https://pay.club.example/checkout/cancel", customer_email: "payer+25@club.example",
  });
  const headers = { authorization: "Bearer sk_test_of_the_bench", "content-type": "application/x-www-form-urlencoded" };
  const session = await ask(`${numeric(origin)}/v1/checkout/sessions`, form.toString(), headers);
  await control("pay", { session: session.id });
  const { delivery: _, ...event } = (await control("events")).find(({ type }) => type === "checkout.session.completed");
  return event;
}
