// A delivery of Stripe's: verified by Stripe's client, recorded in one transaction with its effect.

import { crypto } from "./stripe.js";

/** Answers `{ status, body }`. */
export async function deliver(request, books, stripe, secrets) {
  const body = await request.text();
  const signature = request.header("stripe-signature") ?? "";
  const event = await verify(stripe, body, signature, secrets);
  if (!event) return { status: 400, body: { code: "bad_delivery", title: "Refused" } };
  for (let round = 0; round < 4; round++) {
    try {
      await carryOut(event, books);
      return { status: 200, body: { received: true } };
    } catch (error) {
      if (/UNIQUE constraint failed: stripe_events.id/.test(error.message)) return { status: 200, body: { received: true } };
      // The order moved on meanwhile: look again.
      if (!/expectation failed/.test(error.message)) throw error;
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

async function carryOut(event, books) {
  const now = Date.now();
  if (!event.type.startsWith("checkout.session.")) {
    return books.db.batch([books.event(event, null, "ignored", now)]);
  }
  const session = event.data.object;
  const order = await books.orderOfSession(session, event.id);
  if (order?.seen) return;
  const { outcome, effects } = order ? effect(event.type, session, order, books, now) : unknown(session, books, now);
  const expect = order ? [books.expectVersion(order)] : [];
  await books.db.batch([...expect, books.event(event, order, outcome, now), ...effects]);
}

function effect(type, session, order, books, now) {
  const own = !order.stripe_session_id || order.stripe_session_id === session.id;
  const paid = session.payment_status === "paid" || session.payment_status === "no_payment_required";
  if (paid) {
    if (own && order.status === "paid") return { outcome: "known", effects: [] };
    const free = order.status === "pending" || (order.status === "canceled" && !order.has_rival);
    if (!own || !free) return { outcome: "paid_twice", effects: [books.incident("paid_twice", session, order, now)] };
    const differs = session.amount_total !== order.amount_minor || session.currency !== order.currency;
    const incidents = differs ? [books.incident("amount_mismatch", session, order, now)] : [];
    return { outcome: "paid", effects: [books.pay(order, session, "webhook", now), ...incidents] };
  }
  const reason = { "checkout.session.expired": "expired", "checkout.session.async_payment_failed": "payment_failed" }[type];
  if (!reason) return { outcome: "noted", effects: [] };
  if (!own || order.status !== "pending") return { outcome: "late", effects: [] };
  return { outcome: reason, effects: [books.cancel(order, reason, "webhook", now)] };
}

const unknown = (session, books, now) => ({
  outcome: "unknown_order",
  effects: [books.incident("unknown_order", session, null, now)],
});
