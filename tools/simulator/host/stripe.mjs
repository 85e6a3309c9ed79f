// Stripe: the project's fake one, as a wasm module in this process. A call is a function call; when it arrives and whether its
// answer does is the host's.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const ORIGIN = "https://api.stripe.test";
export const PAGES = "https://checkout.stripe.test";
export const WEBHOOK_SECRET = "whsec_of_the_simulated_stripe_endpoint";
/** The club's key, and one of an account that is not the club's. */
export const KEY = "sk_test_of_the_simulator";
export const OTHER_KEY = "sk_test_of_another_account";

/** Loads the module once. */
export async function loadStripe(folder) {
  const module = await import(pathToFileURL(join(folder, "simulated_stripe.js")).href);
  module.initSync({ module: readFileSync(join(folder, "simulated_stripe_bg.wasm")) });
  return module.SimulatedStripe;
}

/** One account. Times are the simulator's. */
export class Stripe {
  #fake;
  #now;

  constructor({ SimulatedStripe, seed, now, webhookUrl, validatesBeforeKey }) {
    this.#fake = new SimulatedStripe(seed, PAGES, webhookUrl, WEBHOOK_SECRET, OTHER_KEY, validatesBeforeKey);
    this.#now = now;
  }

  /** A call arrives: what to call when it is carried out, which gives its answer. */
  begin(method, path, headers, body) {
    const begun = JSON.parse(this.#fake.begin(method, path, JSON.stringify(headers), body, this.#now()));
    if (begun.ticket === undefined) return () => begun;
    return () => JSON.parse(this.#fake.finish(begun.ticket, this.#now()));
  }

  /** What a payer, a bank or the dashboard does. Answers nothing if Stripe would not let them. */
  does(what, body) {
    const answer = JSON.parse(this.#fake.control("POST", `/_/${what}`, JSON.stringify(body), this.#now()));
    return answer.status === 200 ? JSON.parse(answer.body) : undefined;
  }

  /** What Stripe's own records say: `sessions`, `refunds`, `disputes`, `events`. */
  list(what) {
    return JSON.parse(JSON.parse(this.#fake.control("GET", `/_/${what}`, "", this.#now())).body);
  }

  /** The webhooks that are due now. */
  dueWebhooks() {
    const due = this.#fake.take_webhooks(this.#now());
    return due === "[]" ? [] : JSON.parse(due);
  }

  signature(number) {
    return this.#fake.sign(number, Math.floor(this.#now() / 1000));
  }

  answered(number, isDelivered) {
    this.#fake.answered(number, isDelivered, this.#now());
  }

  tick() {
    this.#fake.tick(this.#now());
  }

  free() {
    this.#fake.free();
  }
}
