// A click, from the token to its answer: the same table of decisions as the Worker that it is measured
// beside. `settings` are the configuration's, `after` takes what may follow the answer, `mayAsk` counts who
// would reach Stripe.

import { Stripe, end, pageToFinish, paymentOf, retrieve, sessionOf, stateOf } from "./stripe.js";

const TOKEN = /^[A-Za-z0-9!$'()*+,\-./:;=@[\]_~]{8,200}$/;

/** The SHA-256 of a token in hex, or null where there is no well-formed one. */
export async function tokenHash(tokens) {
  if (tokens?.length !== 1 || !TOKEN.test(tokens[0])) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(tokens[0]));
  return new Uint8Array(digest).toHex();
}

/** What the database says, as a decision. */
function decide(row, now, { staleAfter, hosts }) {
  const isClosed = row.closed_at !== null;
  // Whoever has paid is told so, whatever became of the link since.
  if (row.status === "paid" && (isClosed || row.owed_minor > 0)) return paid(row, row.paid_at, row.receipt_url);
  if (row.revoked_at !== null) return { answer: "link_revoked" };
  if (row.expires_at !== null && row.expires_at <= now) return { answer: "link_expired" };
  if (isClosed) return { answer: "charge_closed" };
  if (row.owed_minor === 0) return { answer: "nothing_to_pay" };
  const { amount_minor: minor, currency } = row;
  if (row.status === "refunded") {
    return { answer: "refunded", data: { order: row.id, at: row.refunded_at, minor, currency, byBank: row.refund_reason === "dispute_lost" } };
  }
  if (row.status !== "pending") {
    const pause = row.create_after - now;
    return pause > 0 ? { answer: "try_again", data: { seconds: Math.floor(pause / 1000) + 1 } } : { go: "claim" };
  }
  if (now - row.created_at >= staleAfter) return { go: "replace", reason: "stale" };
  if (minor !== row.owed_minor || currency !== row.owed_currency) return { go: "replace", reason: "amount_changed" };
  if (row.waits_for === "bank") return { answer: "processing" };
  if (row.waits_for === "payer") return { answer: "action_required", data: { page: row.action_url } };
  if (row.checkout_url && allowed(row.checkout_url, hosts)) return { answer: "pay", url: row.checkout_url };
  if (row.checkout_url) return { go: "replace", reason: "unusable_url" };
  if (row.stripe_session_id) return { go: "confirm" };
  return row.origin === "guard" ? { go: "finish" } : { go: "replace", reason: "unusable_url" };
}

const paid = ({ id: order, amount_minor: minor, currency }, at, receipt) => ({ answer: "already_paid", data: { order, at, minor, currency, receipt } });
const allowed = (url, hosts) => hosts.includes(URL.parse(url)?.origin);

/** Answers a click: `{ answer, data?, url? }`. */
export async function click(hash, { mayAsk, ...tools }) {
  let isCounted = false;
  for (let round = 0; round < 4; round++) {
    const row = await tools.database.checkout(hash);
    if (!row) return { answer: "unknown_link" };
    const now = Date.now();
    const decision = decide(row, now, tools.settings);
    if (decision.answer) return decision;
    if (decision.go !== "claim" && !isCounted) {
      isCounted = true;
      if (!(await mayAsk(row.owed_charge))) return { answer: "too_many_clicks" };
    }
    const done = await { claim, finish, confirm, replace }[decision.go]({ ...tools, row, now }, decision.reason);
    if (done) return done;
  }
  return { answer: "try_again" };
}

async function claim({ row, database, stripe, settings, after, now }, reason) {
  const order = await database.claim(row, { ...settings, now }, reason);
  if (!order) return null;
  try {
    const session = await create(stripe, order, database);
    after(database.attach(order, session, now).run());
    return usable(session, settings);
  } catch (error) {
    return refused({ database, stripe, now }, order, error);
  }
}

/** Another visit claimed it and has not stored its session yet: the same key gets the same session. */
async function finish({ row, database, stripe, settings, now }) {
  const session = await create(stripe, row, database);
  const stored = await database.attach(row, session, now).run();
  return stored.meta.changes ? usable(session, settings) : null;
}

/** Its session is known, but not where it is paid: Stripe is to say. */
async function confirm(tools) {
  const { row, database, stripe, settings, now } = tools;
  const session = await retrieve(stripe, row.stripe_session_id);
  const state = stateOf(session);
  if (state === "open" && allowed(session.url, settings.hosts)) {
    const stored = await database.attach(row, session, now).run();
    return stored.meta.changes ? usable(session, settings) : null;
  }
  if (state === "open") return replace(tools, "unusable_url");
  return ended(tools, session, "expired");
}

/** Stripe first: only what can take no more money is canceled and replaced. */
async function replace(tools, reason) {
  return ended(tools, await end(tools.stripe, tools.row), reason);
}

async function ended(tools, session, reason) {
  const { row, database, now } = tools;
  switch (session && stateOf(session)) {
    case "paid": {
      const payment = paymentOf(session, now);
      const pays = database.pay(row, payment, "click", now);
      const [, { meta }] = await database.db.batch([database.expectVersion(row), ...pays]);
      return meta.changes ? paid(row, payment.at, payment.receipt) : null;
    }
    case "processing":
      return { answer: "processing" };
    case "waiting":
      return { answer: "action_required", data: { page: pageToFinish(session) } };
    case "open":
      return { answer: "try_again" };
    case "failed":
      return claim(tools, "payment_failed");
    default:
      return claim(tools, reason);
  }
}

async function create(stripe, order, database) {
  const { id, charge_id: charge, attempt, return_origin: origin, player_id, kind, period } = order;
  const installation = await database.installation();
  const named = { player_id, kind, ...(period && { period }) };
  const metadata = { installation, attempt, order_id: String(id), charge_id: String(charge), ...named };
  const unit = { currency: order.currency, unit_amount: order.amount_minor, product_data: { name: order.product_name } };
  return stripe.checkout.sessions.create(
    {
      mode: "payment",
      line_items: [{ quantity: 1, price_data: unit }],
      client_reference_id: String(id),
      ...(order.customer_email && { customer_email: order.customer_email }),
      metadata,
      payment_intent_data: { metadata },
      success_url: `${origin}/checkout/success?session_id={CHECKOUT_SESSION_ID}`,
      cancel_url: `${origin}/checkout/cancel?attempt=${attempt}`,
      expires_at: Math.floor(order.session_expires_at / 1000),
    },
    { idempotencyKey: `checkout_${attempt}` },
  );
}

/** Stripe says the same again to whoever asks under this key: the next click takes a new one. */
async function refused({ database, stripe, now }, order, error) {
  const isRefused = error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode < 404;
  if (!isRefused && !(error.statusCode >= 500)) throw error;
  // A try before it, whose answer was lost, may have made the session all the same.
  const session = isRefused && (await sessionOf(stripe, order));
  if (session) {
    await database.attach(order, { id: session.id }, now).run();
    return null;
  }
  const isEmail = isRefused && order.customer_email !== null && (error.param === "customer_email" || error.code === "email_invalid");
  await database.commit(...database.giveUp(order, { isRefused, isEmail }, now));
  if (isEmail) return null;
  throw error;
}

function usable(session, { hosts }) {
  if (!allowed(session.url, hosts)) throw new Error(`session ${session.id} leads to a host that is not allowed`);
  return { answer: "pay", url: session.url };
}
