// Stripe's official client, over the runtime's fetch, and what its sessions say.

import Stripe from "stripe";

export { Stripe };

/** A client for as long as the isolate lives. */
export function client({ STRIPE_SECRET_KEY, STRIPE_API_BASE }) {
  const { protocol, hostname, port } = new URL(STRIPE_API_BASE);
  return new Stripe(STRIPE_SECRET_KEY, {
    // That of src/stripe/version.rs.
    apiVersion: "2026-10-28.endive",
    httpClient: Stripe.createFetchHttpClient(),
    maxNetworkRetries: 2,
    timeout: 8_000,
    protocol: protocol.slice(0, -1),
    host: hostname,
    ...(port && { port }),
  });
}

/** For webhooks: the runtime's own HMAC. */
export const crypto = Stripe.createSubtleCryptoProvider();

/** A session with all that is asked about its payment. */
export const retrieve = (stripe, id) => stripe.checkout.sessions.retrieve(id, { expand: ["payment_intent.latest_charge"] });

/** A session's two statuses in one: open, expired, paid, processing, waiting (for the payer) or failed. */
export function stateOf({ status, payment_status: paid, payment_intent: intent }) {
  if (status !== "complete") return status;
  if (paid !== "unpaid") return "paid";
  // A delayed method that failed sends its intent back for another one, though the session stays complete.
  if (["requires_payment_method", "canceled"].includes(intent?.status)) return "failed";
  return intent?.status === "requires_action" ? "waiting" : "processing";
}

/** The payment of a paid session; `at` is when, where the session does not say it. */
export function paymentOf(session, at) {
  const intent = session.payment_intent;
  const charge = intent?.latest_charge;
  return {
    session: session.id,
    intent: intent?.id ?? intent,
    minor: session.amount_total,
    currency: session.currency,
    at: charge?.created ? charge.created * 1000 : at,
    receipt: charge?.receipt_url,
    detailed: charge?.amount_refunded === 0,
  };
}

/** Stripe's page for what a payer has still to do, in whichever member of `next_action` it is. */
export function pageToFinish({ payment_intent: intent }) {
  const pages = Object.values(intent?.next_action ?? {}).filter((value) => value && typeof value === "object");
  const urls = pages.map((page) => page.hosted_verification_url ?? page.hosted_voucher_url ?? page.hosted_instructions_url);
  return urls.find(Boolean);
}

/** Ends an order's session, or tells what it is now; null if it can take no more money and took none. */
export async function end(stripe, order) {
  const id = order.stripe_session_id ?? (await sessionOf(stripe, order))?.id;
  if (!id) return null;
  try {
    await stripe.checkout.sessions.expire(id);
    return null;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    if (error.statusCode === 404 && order.origin === "import") return null;
    const session = await retrieve(stripe, id);
    return stateOf(session) === "expired" ? null : session;
  }
}

/** The session of an order that has not stored one, from Stripe's list of those of its time. */
export async function sessionOf(stripe, order) {
  if (order.origin && order.origin !== "guard") return null;
  const around = { gte: Math.floor(order.created_at / 1000) - 300, lte: Math.floor(order.session_expires_at / 1000) };
  for await (const session of stripe.checkout.sessions.list({ created: around, limit: 100 })) {
    if (session.metadata?.attempt === order.attempt) return session;
  }
  return null;
}
