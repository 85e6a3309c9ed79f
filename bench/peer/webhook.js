// A delivery of Stripe's: verified by Stripe's client, recorded in one transaction with its effect.

import { crypto, end, paymentOf, retrieve, stateOf } from "./stripe.js";

const TYPES = ["completed", "async_payment_succeeded", "async_payment_failed", "expired"].map((name) => `checkout.session.${name}`);

/** Answers `{ status, body }`; `after` takes what may follow the answer. */
export async function deliver(request, database, stripe, secrets, after) {
  const body = await request.text();
  const signature = request.header("stripe-signature") ?? "";
  const event = await verify(stripe, body, signature, secrets);
  if (!event) return { status: 400, body: { code: "bad_delivery", title: "Refused" } };
  for (let round = 0; round < 4; round++) {
    try {
      if (await carryOut(event, database, stripe, after)) return { status: 200, body: { received: true } };
    } catch (error) {
      if (/UNIQUE constraint failed: stripe_events.id/.test(error.message)) return { status: 200, body: { received: true } };
      // The order moved on meanwhile: look again.
      if (!/expectation failed|UNIQUE constraint failed|never replaced|has a live order/.test(error.message)) throw error;
    }
  }
  return { status: 500, body: { code: "try_again", title: "Not recorded" } };
}

async function verify(stripe, body, signature, secrets) {
  for (const secret of secrets) {
    try {
      return await stripe.webhooks.constructEventAsync(body, signature, secret, 300, crypto);
    } catch {
      // Perhaps the next one, while a secret is rolled.
    }
  }
  return null;
}

/** Answers whether it is recorded; otherwise something had to be written first. */
async function carryOut(event, database, stripe, after) {
  const now = Date.now();
  const record = (effect, order, ...statements) => database.commit(database.event(event, order, effect, now), ...statements);
  if (!TYPES.includes(event.type)) return record("ignored", null);
  const session = event.data.object;
  const order = await database.orderOfSession(session, event.id);
  if (order?.seen) return true;
  const payment = paymentOf(session, event.created * 1000);
  const state = event.type === "checkout.session.async_payment_failed" ? "failed" : stateOf(session);

  if (!order) {
    const { installation, attempt, ...named } = session.metadata ?? {};
    if (installation !== (await database.installation())) return record("foreign", null);
    if (state !== "paid") return record("late", null);
    // The database was restored to a point before the claim, or even before the charge was made.
    if (await database.commit(database.remake(named, attempt, payment, session.created * 1000, now))) return false;
    return record("unknown_charge", null, database.incident("unknown_charge", payment, null, now));
  }

  const isOwn = order.stripe_session_id === null || order.stripe_session_id === session.id;
  if (state === "paid" && !isOwn) {
    // Our metadata, but a session that the order does not know: its payment has an order of its own.
    await database.commit(database.remake(order, session.id, payment, session.created * 1000, now));
    return false;
  }
  const news = { session, state, payment, order, isOwn, now };
  const { effect, expected = [], statements = [], isPaid = false } = await effectOf(news, database, stripe);
  await database.commit(...expected.map((it) => database.expectVersion(it)), database.event(event, order, effect, now), ...statements);
  if (isPaid) after(details(order, session.id, database, stripe));
  return true;
}

/** What news of a session makes of its order: a word for it, statements, and the orders that must not have moved. */
async function effectOf(news, database, stripe) {
  const { session, state, payment, order, isOwn, now } = news;
  const isPending = isOwn && order.status === "pending";
  switch (state) {
    case "paid":
      if (isPending) return { effect: "paid", expected: [order], statements: database.pay(order, payment, "webhook", now), isPaid: true };
      if (order.status !== "canceled" || order.paid_at !== null) return { effect: "known" };
      return { ...(await place(news, database, stripe)), isPaid: true };
    case "expired":
    case "failed": {
      const reason = state === "failed" ? "payment_failed" : "expired";
      if (!isPending) return { effect: "late" };
      return { effect: reason, expected: [order], statements: [database.cancel(order, reason, "webhook", now)] };
    }
    default:
      // A bank takes days, and a key is forgotten after one: the session must be found without it.
      if (!isPending || state === "open" || order.waits_for !== null) return { effect: "noted" };
      if (order.stripe_session_id === null) await database.attach(order, { id: session.id }, now).run();
      return { effect: "processing", statements: [database.waits(order, "bank", null, now)] };
  }
}

/** A payment that landed on a canceled order becomes the charge's, unless that is paid already. */
async function place({ payment, order, now }, database, stripe) {
  const pay = (of, taken) => database.pay(of, taken, "webhook", now);
  const other = await database.live(order.charge_id);
  if (!other) return { effect: "adopted", expected: [order], statements: pay(order, payment) };
  // A pending one ends first, so that it cannot be paid as well.
  const session = other.status === "pending" ? await end(stripe, other) : null;
  const state = other.status === "paid" ? "paid already" : session && stateOf(session);
  const expected = [other, order];
  if (state === null || state === "failed") {
    const statements = [database.cancel(other, "paid_elsewhere", "webhook", now), ...pay(order, payment)];
    return { effect: "adopted", expected, statements };
  }
  const first = state === "paid" ? pay(other, paymentOf(session, now)) : [];
  return { effect: "duplicate_payment", expected, statements: [...first, ...database.record(order, payment, "webhook", now)] };
}

/** What a delivery does not tell of a payment. */
async function details(order, id, database, stripe) {
  const { receipt, detailed } = paymentOf(await retrieve(stripe, id));
  // Where some of it went back, its refunds are a cron's to ask for.
  if (detailed) await database.details(order, receipt).run();
}
