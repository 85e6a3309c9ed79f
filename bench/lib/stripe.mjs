// The fake Stripe beside a Worker, and sessions in it that no click has made: Stripe knows the session
// of a delivery or of a stale order, as it does in production.

import { join } from "node:path";
import { root, startFakeStripe, stop } from "../../tools/local.mjs";
import { metadata } from "./requests.mjs";
import { STRIPE_SECRET_KEY, numeric } from "./settings.mjs";

/** Sessions that are made at once. */
const AT_ONCE = 16;

export class FakeStripe {
  constructor({ origin, handle }) {
    Object.assign(this, { origin, handle, address: numeric(origin) });
  }

  static async start() {
    return new FakeStripe(await startFakeStripe({ port: 0, binary: join(root, "target/release/fake-stripe") }));
  }

  stop() {
    return stop(this.handle);
  }

  /** Asks its control API. */
  control(path, body) {
    const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    return ask(`${this.address}/_/${path}`, options);
  }

  /** A session as the Worker creates it for an order. */
  create(order) {
    const form = new URLSearchParams({
      mode: "payment", "line_items[0][quantity]": "1", "line_items[0][price_data][currency]": "usd",
      "line_items[0][price_data][unit_amount]": String(order.minor), "line_items[0][price_data][product_data][name]": order.product,
      client_reference_id: String(order.order), customer_email: order.email,
      success_url: `${order.origin}/checkout/success?session_id={CHECKOUT_SESSION_ID}`,
      cancel_url: `${order.origin}/checkout/cancel?attempt=${order.attempt}`,
      expires_at: String(Math.floor(order.expires_at / 1000)),
    });
    for (const [name, value] of Object.entries(metadata(order))) {
      form.append(`metadata[${name}]`, value);
      form.append(`payment_intent_data[metadata][${name}]`, value);
    }
    return ask(`${this.address}/v1/checkout/sessions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${STRIPE_SECRET_KEY}`,
        "content-type": "application/x-www-form-urlencoded",
        "idempotency-key": `checkout_${order.attempt}`,
      },
      body: form.toString(),
    });
  }

  /** The sessions of orders, `charge => { id, url, payment_intent }`; paid if `paid` says so. */
  async sessions(orders, { paid }) {
    const made = new Map();
    const left = orders.values();
    const worker = async () => {
      for (const order of left) {
        const { id, url } = await this.create(order);
        const { payment_intent } = paid ? await this.control("pay", { session: id }) : {};
        made.set(order.charge, { id, url, payment_intent });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return made;
  }

  /** The event of a completed session. */
  async completed(order) {
    const { id } = await this.create(order);
    await this.control("pay", { session: id });
    const { delivery: _, ...event } = (await this.control("events")).find(({ type }) => type === "checkout.session.completed");
    return event;
  }
}

async function ask(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
