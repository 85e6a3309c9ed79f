// A click, from the token to its answer: the same table of decisions as the Worker that it is measured
// beside. `settings` are the configuration's, `after` takes what may follow the answer.

import { Stripe } from "./stripe.js";

const TOKEN = /^[A-Za-z0-9!$'()*+,\-./:;=@[\]_~]{8,200}$/;

/** The SHA-256 of a token in hex, or null where there is no well-formed one. */
export async function tokenHash(tokens) {
  if (tokens?.length !== 1 || !TOKEN.test(tokens[0])) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(tokens[0]));
  return new Uint8Array(digest).toHex();
}

/** What the books say, as a decision. */
function decide(row, now, { staleAfter, hosts }) {
  if (row.revoked_at !== null) return { answer: "link_revoked" };
  if (row.expires_at !== null && row.expires_at <= now) return { answer: "link_expired" };
  if (row.closed_at !== null) return { answer: "charge_closed" };
  if (row.owed_minor === 0) return { answer: "nothing_to_pay" };
  const money = { minor: row.amount_minor, currency: row.currency };
  switch (row.status) {
    case "paid":
      return { answer: "already_paid", data: { at: row.paid_at, receipt: row.receipt_url, ...money } };
    case "refunded":
      return { answer: "refunded", data: { at: row.refunded_at, ...money } };
    case "pending":
      break;
    default:
      return { go: "claim" };
  }
  if (now - row.created_at >= staleAfter) return { go: "replace", reason: "stale" };
  if (row.amount_minor !== row.owed_minor || row.currency !== row.owed_currency) return { go: "replace", reason: "amount_changed" };
  if (row.checkout_url && allowed(row.checkout_url, hosts)) return { answer: "pay", url: row.checkout_url };
  if (!row.stripe_session_id && row.origin === "guard") return { go: "finish" };
  return { go: "replace", reason: "unusable_url" };
}

const allowed = (url, hosts) => hosts.includes(URL.parse(url)?.origin);

/** Answers a click: `{ answer, data?, url? }`. */
export async function click(hash, books, stripe, settings, after) {
  for (let round = 0; round < 4; round++) {
    const row = await books.checkout(hash);
    if (!row) return { answer: "unknown_link" };
    const now = Date.now();
    const decision = decide(row, now, settings);
    if (decision.answer) return decision;
    const world = { row, books, stripe, settings, after, now };
    const done = await { claim, finish, replace }[decision.go](world, decision.reason);
    if (done) return done;
  }
  return { answer: "try_again" };
}

async function claim({ row, books, stripe, settings, after, now }, reason) {
  const order = await books.claim(row.owed_charge, { ...settings, now }, reason ? row : null, reason);
  if (!order) return null;
  const session = await create(stripe, order, books, now);
  after(books.attach(order, session, now).run());
  return usable(session, settings);
}

/** Another visit claimed it and has not stored its session yet: the same key gets the same session. */
async function finish({ row, books, stripe, settings, now }) {
  const session = await create(stripe, row, books, now);
  const stored = await books.attach(row, session, now).run();
  return stored.meta.changes ? usable(session, settings) : null;
}

/** Stripe first: only what can take no more money is canceled and replaced. */
async function replace(world, reason) {
  const { row, books, stripe, now } = world;
  const id = row.stripe_session_id ?? (row.origin === "guard" ? (await create(stripe, row, books, now)).id : null);
  if (id) {
    const session = await expire(stripe, id);
    if (session?.payment_status === "paid") {
      const [, paid] = await books.db.batch([books.expectVersion(row), books.pay(row, session, "click", now)]);
      if (!paid.meta.changes) return null;
      return { answer: "already_paid", data: { at: now, minor: row.amount_minor, currency: row.currency } };
    }
    if (session?.status === "complete") return { answer: "clearing" };
    if (session?.status === "open") return { answer: "try_again" };
  }
  return claim(world, reason);
}

async function expire(stripe, id) {
  try {
    return await stripe.checkout.sessions.expire(id);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    if (error.statusCode === 404) return null;
    return stripe.checkout.sessions.retrieve(id);
  }
}

async function create(stripe, order, books, now) {
  const metadata = { order_id: String(order.id), charge_id: String(order.charge_id) };
  const unit = { currency: order.currency, unit_amount: order.amount_minor, product_data: { name: order.product_name } };
  try {
    return await stripe.checkout.sessions.create(
      {
        mode: "payment",
        line_items: [{ quantity: 1, price_data: unit }],
        client_reference_id: String(order.id),
        ...(order.customer_email && { customer_email: order.customer_email }),
        metadata,
        payment_intent_data: { metadata },
        success_url: `${order.return_origin}/checkout/success?session_id={CHECKOUT_SESSION_ID}`,
        cancel_url: `${order.return_origin}/checkout/cancel`,
        expires_at: Math.floor(order.session_expires_at / 1000),
      },
      { idempotencyKey: `order_${order.id}` },
    );
  } catch (error) {
    // Stripe replays a 5xx under its key: the next click takes a new one.
    if (error.statusCode >= 500) await books.cancel(order, "stripe_error", "click", now).run();
    throw error;
  }
}

function usable(session, { hosts }) {
  if (!allowed(session.url, hosts)) throw new Error(`session ${session.id} leads to a host that is not allowed`);
  return { answer: "pay", url: session.url };
}
