// Stripe's side of the world: webhooks that are delivered, banks that carry out debits or do not, payers who dispute, a treasurer
// at Stripe's dashboard.

import { createHmac } from "node:crypto";
import { WEBHOOK_SECRET } from "../host/stripe.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The pauses between attempts of a delivery: Stripe tries for up to three days, ever more rarely. */
const PAUSES = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR];

/** Delivers whatever is due. It is called after everything that may have made an event. */
export function deliver(world) {
  for (const webhook of world.stripe.dueWebhooks()) {
    const { isLost, copies, delay } = world.trouble.delivery();
    if (isLost) continue;
    for (let copy = 0; copy < copies; copy++) attempt(world, webhook, delay(), 0);
  }
}

function attempt(world, webhook, delay, tries) {
  const { scheduler, stripe, host } = world;
  scheduler.after(delay, `the webhook ${webhook.event}`, () => {
    const signature = stripe.signature(webhook.number);
    if (signature === "") return false;
    const label = `the webhook ${webhook.event}`;
    world.requests += 1;
    host
      .request(label, webhook.url, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8", "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)", "stripe-signature": signature, "cf-connecting-ip": "54.187.174.169" },
        body: webhook.payload,
      })
      .then((answer) => {
        const isDelivered = answer.status >= 200 && answer.status < 300;
        world.checker.delivered(JSON.parse(webhook.payload), answer, isDelivered);
        if (isDelivered) stripe.answered(webhook.number, true);
        else if (tries < PAUSES.length && !world.isCalm) attempt(world, webhook, PAUSES[tries], tries + 1);
        else stripe.answered(webhook.number, false);
      });
    return undefined;
  });
}

/** Banks carry out debits after hours or days, or send them back; some payers dispute. */
export async function bank(world, random) {
  while (!world.isCalm) {
    await world.sleep(random.between(1, 30) * Math.max(MINUTE, world.plan.length / 100));
    const waiting = world.complete.filter(({ isWaiting }) => isWaiting);
    const one = random.pick(waiting);
    if (one && random.chance(0.6)) {
      if (one.how === "microdeposits" && random.chance(0.5)) world.act("complete_action", { session: one.session });
      world.settles(one, random.chance(0.6));
    }
    const paid = random.pick(world.complete.filter(({ isWaiting, isPaid }) => !isWaiting && isPaid));
    if (!paid || !random.chance(0.15)) continue;
    const disputed = world.act("dispute", { session: paid.session, ...(random.chance(0.2) ? { status: "warning_needs_response" } : {}) });
    if (!disputed) continue;
    world.scheduler.after(random.below(world.plan.length / 2), "a dispute is decided", () => {
      const isWon = random.chance(0.5);
      world.act("close_dispute", { dispute: disputed.dispute, won: isWon });
      if (!isWon && random.chance(0.3)) world.scheduler.after(random.below(world.plan.length / 4), "a lost dispute is won", () => void world.act("close_dispute", { dispute: disputed.dispute, won: true }));
      return false;
    });
  }
}

/** A treasurer refunds at Stripe's dashboard, a part or all; some refunds end late, or fail. */
export async function dashboard(world, random) {
  const times = random.between(1, 4);
  for (let n = 0; n < times; n++) {
    await world.sleep(random.below(world.plan.length / times));
    const one = random.pick(world.complete.filter(({ isPaid }) => isPaid));
    if (!one || world.isCalm) continue;
    const isPending = random.chance(0.3);
    if (isPending) world.stripe.does("next_refund", { status: "pending" });
    const part = random.chance(0.4) ? { amount: random.between(1, one.minor) } : {};
    const made = world.act("refund", { session: one.session, ...part });
    if (!made) continue;
    world.scheduler.after(random.below(world.plan.length / 2), "a refund ends", () => {
      if (isPending) world.act(random.weighted([[2, "succeed_refund"], [1, "fail_refund"], [1, "cancel_refund"]]), { refund: made.refund });
      else if (random.chance(0.2)) world.act("fail_refund", { refund: made.refund });
      return false;
    });
  }
}

/** What makes a session at Stripe that is not the Worker's. */
export const sessionOf = ({ minor, name, metadata = {} }) => ({
  mode: "payment",
  success_url: "https://elsewhere.test/paid?session={CHECKOUT_SESSION_ID}",
  "line_items[0][price_data][currency]": "usd",
  "line_items[0][price_data][unit_amount]": String(minor),
  "line_items[0][price_data][product_data][name]": name,
  "line_items[0][quantity]": "1",
  ...Object.fromEntries(Object.entries(metadata).flatMap(([key, value]) => [[`metadata[${key}]`, value], [`payment_intent_data[metadata][${key}]`, value]])),
});

const hex = (random, bytes) => Buffer.from(random.bytes(new Uint8Array(bytes))).toString("hex");

/** Another installation of the same program uses the account: its players and charges have the same names. */
export async function neighbor(world, random) {
  const times = random.between(1, 5);
  const installation = hex(random, 16);
  for (let n = 0; n < times; n++) {
    await world.sleep(random.below(world.plan.length / times));
    const charge = random.pick(world.club.charges);
    if (!charge || world.isCalm) continue;
    const { player, kind, period } = charge;
    const metadata = { installation, attempt: hex(random, 16), order_id: "1", charge_id: "1", player_id: player.id, kind, ...(period ? { period } : {}) };
    const { id } = world.stripe.creates(sessionOf({ minor: random.between(100, 9_000), name: "A neighbor's", metadata }));
    if (random.chance(0.8)) world.act("pay", { session: id, how: "card" });
    if (random.chance(0.3)) world.act("refund", { session: id });
  }
}

/** Deliveries that are signed, and that nobody can read, or that are of the other mode. */
export function strays(world, random) {
  const created = Math.floor(world.now / 1000);
  const object = { id: `cs_live_${hex(random, 8)}`, object: "checkout.session", status: "expired", payment_status: "unpaid" };
  const bodies = [
    "{",
    JSON.stringify({ object: "event", type: "checkout.session.completed", created }),
    JSON.stringify({ id: `evt_thin${hex(random, 8)}`, object: "v2.core.event", type: "checkout.session.completed" }),
    JSON.stringify({ id: `evt_odd${hex(random, 8)}`, object: "event", type: "checkout.session.completed", created, livemode: false, data: { object: { id: 5 } } }),
    JSON.stringify({ id: `evt_live${hex(random, 8)}`, object: "event", type: "checkout.session.expired", created, livemode: true, data: { object } }),
  ];
  for (const body of bodies.filter(() => random.chance(0.7))) {
    const signature = createHmac("sha256", WEBHOOK_SECRET).update(`${created}.${body}`).digest("hex");
    world.requests += 1;
    world.host
      .request("the webhook of a stray event", `${world.origin}/webhooks/stripe`, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8", "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)", "stripe-signature": `t=${created},v1=${signature}`, "cf-connecting-ip": "54.187.174.169" },
        body,
      })
      .then((answer) => world.checker.strayed(answer));
  }
}
