// What goes wrong: for each call of the Worker the seed decides whether it is lost, late or answered by somebody else, and at some
// moments whether an isolate dies, a version is deployed, D1 falls silent.

import { OVERLOADED, QUOTA, TRANSIENT } from "../host/d1.mjs";
import { OTHER_KEY } from "../host/stripe.mjs";
import { Random } from "../random.mjs";
import { strays } from "./stripe-side.mjs";

const MINUTE = 60_000;

/** Faults that are Stripe's own, by the names of the fake one. */
const OWN = [
  { kind: "rate_limit" },
  { kind: "error_before" },
  { kind: "error_after" },
  { kind: "error_after", should_retry: true },
  { kind: "not_json" },
];

export class Trouble {
  /** Whether anything may still go wrong. */
  isOver = false;
  /** How often each kind of fault hit. */
  counts = {};
  /** Until when D1 says nothing. */
  #silentUntil = 0;
  #quotaUntil = 0;
  /** Until when Stripe cannot be reached, and until when it refuses the key. */
  #downUntil = 0;
  #voidUntil = 0;
  #rates;
  #random;
  #scheduler;

  constructor({ plan, scheduler }) {
    this.#rates = plan.faults;
    this.#random = Random.of(plan.seed, "faults");
    this.#scheduler = scheduler;
  }

  #happens(kind) {
    return !this.isOver && this.#rates[kind] !== undefined && this.#random.chance(this.#rates[kind]);
  }

  /** Counts a fault, as one of its request. */
  count(kind, context) {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    if (context) {
      context.faults += 1;
      context.kinds.add(kind);
    }
    this.#scheduler.tell(`trouble: ${kind}${context ? ` in ${context.label}` : ""}`);
  }

  /** Whether nothing has gone wrong so far. */
  get isNone() {
    return Object.keys(this.counts).length === 0;
  }

  d1(context, { isReadOnly, attempt }) {
    const random = this.#random;
    if (this.#scheduler.now < this.#silentUntil && !this.isOver) {
      this.count("silence", context);
      return { lost: "before", delay: this.#silentUntil - this.#scheduler.now, error: TRANSIENT[5] };
    }
    if (this.#scheduler.now < this.#quotaUntil && !this.isOver) {
      this.count("quota", context);
      return { lost: "before", delay: 5, error: QUOTA };
    }
    if (isReadOnly && attempt < 2 && this.#happens("d1Retryable")) {
      this.count("d1Retryable", context);
      return { lost: random.pick(["before", "after"]), delay: random.below(500), error: TRANSIENT[0], isRetryable: true };
    }
    if (this.#happens("trap")) {
      this.count("trap", context);
      return { lost: "after", delay: random.below(50), traps: true };
    }
    if (this.#happens("d1")) {
      this.count("d1", context);
      const lost = random.pick(["before", "after"]);
      return { lost, delay: random.below(2_000), error: random.pick(lost === "before" && random.chance(0.3) ? OVERLOADED : TRANSIENT) };
    }
    if (this.#happens("d1Slow")) {
      this.count("d1Slow", context);
      return random.chance(0.5) ? { arrives: random.below(20_000), delay: 0 } : { arrives: 0, delay: random.below(20_000) };
    }
    return undefined;
  }

  stripe(context, method, path) {
    const random = this.#random;
    if (this.#scheduler.now < this.#downUntil && !this.isOver) {
      this.count("stripeDown", context);
      return { lost: "before", delay: random.below(3_000) };
    }
    if (this.#scheduler.now < this.#voidUntil && !this.isOver) {
      this.count("voidKey", context);
      return { own: { kind: "unauthorized" } };
    }
    if (this.#happens("stripeRefuses") && method === "POST") {
      this.count("stripeRefuses", context);
      if (path === "/v1/refunds") return { own: { kind: "refund_refused" } };
      return { own: random.weighted([[2, { kind: "bad_request", code: "account_invalid", param: "" }], [1, { kind: "bad_request", code: "email_invalid", param: "customer_email" }], [1, { kind: "no_url" }]]) };
    }
    if (this.#happens("stripe")) {
      this.count("stripe", context);
      return random.pick([
        { lost: "before", delay: random.below(3_000) },
        { lost: "after", delay: random.below(3_000) },
        { proxy: random.pick([502, 504, 200]), delay: random.below(3_000) },
        { half: true },
        { own: random.pick(OWN) },
      ]);
    }
    if (this.#happens("stripeSlow")) {
      this.count("stripeSlow", context);
      // It may arrive after whoever asked has given up.
      return random.chance(0.5) ? { arrives: random.below(40_000) } : { delay: random.below(40_000) };
    }
    return undefined;
  }

  email(context) {
    if (!this.#happens("email")) return undefined;
    this.count("email", context);
    const random = this.#random;
    const delay = random.below(2_000);
    return random.pick([
      { lost: "before", delay, code: random.pick(["E_RATE_LIMIT_EXCEEDED", "E_DAILY_LIMIT_EXCEEDED", "E_SENDER_DOMAIN_NOT_AVAILABLE"]) },
      { lost: "before", delay, code: random.pick(["E_RECIPIENT_SUPPRESSED", "E_DELIVERY_FAILED"]) },
      { lost: "before", delay },
      { lost: "before", delay, code: "E_INTERNAL_SERVER_ERROR" },
      { lost: "after", delay },
      { lost: "after", delay, code: "E_INTERNAL_SERVER_ERROR" },
      { delay: 20_000 },
    ]);
  }

  hook(context) {
    if (!this.#happens("hook")) return undefined;
    this.count("hook", context);
    const random = this.#random;
    return random.pick([{ lost: "before", delay: 100 }, { lost: "after", delay: 100 }, { status: random.pick([404, 429, 500, 503]) }, { delay: 20_000 }]);
  }

  limiter(context) {
    if (!this.#happens("limiter")) return false;
    this.count("limiter", context);
    return true;
  }

  randomness(context) {
    if (!this.#happens("chance")) return false;
    this.count("chance", context);
    return true;
  }

  /** After so many milliseconds a client leaves; nothing if it stays. */
  clientLeaves() {
    if (!this.#happens("client")) return undefined;
    this.count("client");
    return this.#random.below(800);
  }

  /** How an event of Stripe's is delivered. */
  delivery() {
    const random = this.#random;
    return {
      isLost: this.#happens("webhookNever") && (this.count("webhookNever"), true),
      copies: this.#happens("webhookTwice") ? (this.count("webhookTwice"), random.between(2, 3)) : 1,
      delay: () => (this.#happens("webhookLate") ? (this.count("webhookLate"), random.below(random.pick([60_000, 6 * 60 * MINUTE]))) : random.below(1_500)),
    };
  }

  /** Starts what happens a few times in a world, at moments of the seed. */
  begin(world) {
    const { times, length } = world.plan;
    const random = this.#random;
    const at = (kind, happen) => {
      for (let n = 0; n < (times[kind] ?? 0); n++) {
        this.#scheduler.after(random.below(length), `trouble: ${kind}`, () => {
          if (this.isOver) return;
          happen();
        });
      }
    };
    at("kill", () => {
      if (world.host.kill()) this.count("kill");
    });
    at("deploy", () => {
      this.count("deploy");
      world.deploys();
    });
    /** For a while the Worker runs with other variables; then they are put right. */
    const wrongly = (kind, variables, longest) =>
      at(kind, () => {
        // While the database is restored nobody deploys anything else.
        if (world.isPaused) return;
        this.count(kind);
        world.sets(kind, variables);
        this.#scheduler.after(random.below(Math.min(longest, length / 3)), `${kind} is put right`, () => void (this.isOver || world.sets(kind, undefined)));
      });
    wrongly("wrongKey", { STRIPE_SECRET_KEY: OTHER_KEY }, 6 * 60 * MINUTE);
    wrongly("misconfigured", { CONFIRM: "sometimes" }, 60 * MINUTE);
    wrongly("wrongHosts", { STRIPE_CHECKOUT_HOSTS: "https://checkout.elsewhere.test" }, 60 * MINUTE);
    at("stripeDown", () => {
      this.count("stripeDown");
      this.#downUntil = this.#scheduler.now + random.below(120 * MINUTE);
    });
    at("voidKey", () => {
      this.count("voidKey");
      this.#voidUntil = this.#scheduler.now + random.below(Math.min(6 * 60 * MINUTE, length));
    });
    at("strays", () => {
      this.count("strays");
      strays(world, random);
    });
    at("silence", () => {
      this.count("silence");
      this.#silentUntil = this.#scheduler.now + 80_000;
    });
    at("quota", () => {
      this.count("quota");
      const day = 24 * 60 * MINUTE;
      this.#quotaUntil = Math.min((Math.floor(this.#scheduler.now / day) + 1) * day, world.plan.start + length);
    });
    at("endpointDisabled", () => {
      this.count("endpointDisabled");
      world.stripe.does("endpoint", { enabled: false });
      this.#scheduler.after(random.below(length), "the endpoint is enabled again", () => void world.stripe.does("endpoint", { enabled: true }));
    });
    at("cronStops", () => {
      this.count("cronStops");
      // Stripe lists events for 30 days. What only an event says (a refund that fails late) and nobody delivers is lost after a longer stop, as
      // docs/proof.md says.
      world.cron.stopsUntil = this.#scheduler.now + Math.min(random.below(length), 29 * 24 * 60 * MINUTE);
    });
    at("cronOverlaps", () => {
      this.count("cronOverlaps");
      world.cron.overlaps = true;
    });
  }

  end() {
    this.isOver = true;
    this.#silentUntil = 0;
    this.#quotaUntil = 0;
    this.#downUntil = 0;
    this.#voidUntil = 0;
  }
}
