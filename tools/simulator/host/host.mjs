// The platform: isolates that requests and cron runs go to, and what a Worker may ask of the world from within one. Nothing here
// settles a promise by itself: each outcome waits in the scheduler.
//
// What a request may and what ends it is workerd's ("Workers runtime APIs", "Context"): I/O belongs to the request that began it;
// once the response is out, only what `waitUntil` holds goes on, for 30 seconds; what is under way when its client leaves is
// given up.

import { about, binding, LIMITS } from "./d1.mjs";
import { Isolate } from "./isolate.mjs";
import { ORIGIN } from "./stripe.mjs";
import { Request, Response } from "./web.mjs";

const WAIT_UNTIL_LIMIT = 30_000;
/** "Cron Triggers": so long a run may take. */
const RUN_LIMIT = 15 * 60_000;
/** No answer for so long: nobody waits any more. */
const CLIENT_LIMIT = 100_000;

export const HOOK = "https://chat.club.test/alerts";

/** One event that an isolate handles: a request or a cron run. */
class Context {
  /** What is under way in it has ended, or is not heard of any more. */
  isOver = false;
  isAnswered = false;
  waits = 0;
  /** Statements that D1 got and in how many calls, rows that they changed, calls to Stripe, alerts and emails. */
  spent = { d1: 0, calls: 0, rows: 0, stripe: 0, sent: 0 };
  /** Calls whose answers have come: to D1 and to Stripe. What is begun at the moment of the answer is not among them. */
  back = { d1: 0, stripe: 0 };
  /** The same when its answer went out. */
  atAnswer = undefined;
  /** What Stripe was asked, `{ method, path, isFirst }`: whether nobody has used its idempotency key before. */
  asked = [];
  /** Lines that it has logged. */
  logged = [];
  /** Whether nothing else was under way while it was. */
  isAlone = true;
  /** Faults that the world has put into it, and of which kinds. */
  faults = 0;
  kinds = new Set();

  constructor({ number, isolate, label, began }) {
    this.number = number;
    this.isolate = isolate;
    this.label = label;
    this.began = began;
    this.isDead = () => this.isOver || this.isolate.isDead;
  }
}

/** An error that traps the wasm instance which reads its message: its frames never return, as after a full memory or a panic. */
const trapping = () =>
  Object.defineProperty(new Error(), "message", {
    get: () => {
      throw new WebAssembly.RuntimeError("unreachable");
    },
  });

export class Host {
  /** The request whose code runs now. */
  #current;
  #isolates = [];
  #number = 0;
  #limits = new Map();
  #limiters;
  /** Those that are under way. */
  #running = new Set();
  /** Idempotency keys that Stripe was asked under. */
  #keys = new Set();
  contexts = 0;
  /** What broke a rule of the platform, as texts. */
  violations = [];
  /** Every line that the Worker logged. */
  log = [];

  /**
   * `faults` decides what goes wrong, `watch` is told of what happened: the world and its checker. `variables` are the Worker's,
   * asked for when an isolate starts.
   */
  constructor({ worker, store, stripe, scheduler, random, chance, faults, watch, variables, limiters, plan = "paid", style }) {
    Object.assign(this, { worker, store, stripe, scheduler, random, chance, faults, watch, variables, plan, style });
    this.#limiters = limiters;
  }

  get now() {
    return this.scheduler.now;
  }

  /** A promise was rejected, and nobody heard of it: an event of the isolate whose code ran, as in workerd. */
  uncaught(reason) {
    if (/tools\/simulator\/(world|checker|look-back|host)/.test(reason?.stack?.split("\n")[1] ?? "")) this.violations.push(`the simulator failed: ${reason.stack}`);
    this.scheduler.tell(`nobody heard of ${reason}`);
    this.#current?.isolate.uncaught("unhandledrejection", reason);
  }

  // --- isolates

  /** An isolate for the next event: a warm one, or a fresh one. One of an older version ends what it has begun, and gets nothing new. */
  #isolate() {
    const alive = this.#isolates.filter((isolate) => !isolate.isDead && !(isolate.retiresAt <= this.now));
    this.#isolates = alive;
    if (alive.length === 0 || (alive.length < this.style.isolates && this.random.chance(0.2))) return this.#startIsolate();
    return this.random.pick(alive);
  }

  #startIsolate() {
    const name = `isolate ${++this.#number}`;
    const guard = (what) => {
      if (!this.#current) throw new Error(`Disallowed operation called within global scope: ${what}`);
      return this.#current;
    };
    const world = {
      now: () => this.scheduler.now,
      random: () => this.chance.next(),
      randomBytes: (into) => {
        if (this.faults.randomness(guard("crypto"))) return into.fill(0);
        return this.chance.bytes(into);
      },
      fetch: (url, init) => this.#fetch(guard("fetch"), url, init),
      later: (run, delay) => {
        const context = guard("setTimeout");
        return this.#later(context, delay, "timer", run);
      },
      cancel: (event) => event && this.scheduler.cancel(event),
      timeout: (limit) => ({ limit }),
      log: (level, line) => {
        this.log.push(line);
        this.#current?.logged.push(line);
        this.scheduler.tell(`${name} ${level} ${line}`);
      },
    };
    const isolate = new Isolate({ worker: this.worker, name, world });
    isolate.variables = this.variables();
    this.#isolates.push(isolate);
    this.scheduler.tell(`${name} starts`);
    return isolate;
  }

  /** An isolate dies, with all that is under way in it. Returns whether there was one. */
  kill() {
    const isolate = this.random.pick(this.#isolates.filter(({ isDead }) => !isDead));
    if (!isolate) return false;
    this.#end(isolate, "dies");
    return true;
  }

  /**
   * A new version is deployed: new isolates are of it, with the variables of now. All others end; if `lingers`, some of them still get
   * requests for some minutes, beside the new ones.
   */
  deploy({ lingers, worker = this.worker }) {
    this.worker = worker;
    for (const isolate of this.#isolates) {
      if (isolate.isDead) continue;
      if (lingers && this.random.chance(0.6)) isolate.retiresAt = Math.min(isolate.retiresAt, this.now + this.random.below(10 * 60_000));
      else this.#end(isolate, "is replaced by a new version");
    }
  }

  #end(isolate, how) {
    isolate.isDead = true;
    for (const context of this.#running) if (context.isolate === isolate) this.#running.delete(context);
    this.scheduler.tell(`${isolate.name} ${how}`);
    for (const abandon of isolate.clients ?? []) abandon();
  }

  // --- events

  /**
   * Somebody's request. Resolves with `{ status, headers, text, context }`; with `{ status: 0 }` if no answer came. `leavesAfter`: the
   * client goes away after so many milliseconds.
   */
  request(label, url, { method = "GET", headers = {}, body = undefined, chunks = undefined, cf = undefined, leavesAfter = undefined, breaksAfter = undefined, access = undefined } = {}) {
    return new Promise((resolve) => {
      this.scheduler.after(this.#latency(), `${label} arrives`, () => {
        const isolate = this.#isolate();
        const context = this.#context(isolate, label);
        let isSettled = false;
        const settle = (answer) => {
          if (isSettled) return;
          isSettled = true;
          isolate.clients.delete(abandon);
          context.answeredAt = this.now;
          resolve(answer);
        };
        const abandon = () => {
          context.isOver = true;
          this.scheduler.tell(`${label}: the connection breaks off`);
          settle({ status: 0, headers: undefined, text: "", context, why: "the isolate died" });
        };
        isolate.clients ??= new Set();
        isolate.clients.add(abandon);
        const bytes = chunks ?? (body === undefined ? [] : [Buffer.from(body)]);
        const length = bytes.reduce((sum, chunk) => sum + chunk.length, 0);
        const request = new Request(url, {
          method, cf, breaksAfter, chunks: bytes,
          headers: body === undefined ? headers : { "content-length": String(length), ...headers },
          later: (what, outcome) => this.#settled(context, this.style.body(), `${label}: the body, ${what}`, outcome),
        });
        this.scheduler.tell(`${label}: ${method} ${url} in ${isolate.name}`);
        const answered = (response) => {
          if (context.isDead()) return;
          if (!(response instanceof Response)) {
            this.violations.push(`${label} was answered with what is no response: ${String(response)}`);
            return settle({ status: 0, text: "", context, why: "no response" });
          }
          context.isAnswered = true;
          context.atAnswer = { ...context.back };
          const answer = { status: response.status, headers: response.headers, text: response.bytes.toString("utf8"), context };
          this.scheduler.tell(`${label}: ${answer.status} ${answer.headers.get("location") ?? (answer.status >= 400 && answer.headers.get("content-type")?.includes("json") ? answer.text : answer.text.length)}`);
          if (context.waits === 0) this.#over(context);
          else this.scheduler.after(WAIT_UNTIL_LIMIT, `${label}: waitUntil ends`, () => void this.#over(context), context.isDead);
          // What the checker counts must be counted when the answer goes out, not when the client has it.
          this.watch.answered(context, answer);
          this.scheduler.after(this.#latency(), `${label} gets ${answer.status}`, () => settle(answer));
        };
        const failed = (error) => {
          if (context.isDead()) return;
          this.violations.push(`${label} threw: ${error?.stack ?? error}`);
          this.#over(context);
          settle({ status: 500, text: "", headers: undefined, context, why: String(error) });
        };
        if (leavesAfter !== undefined) {
          this.scheduler.after(leavesAfter, `${label}: the client leaves`, () => {
            if (!context.isAnswered) {
              context.isOver = true;
              this.#running.delete(context);
            }
            context.hasLeft = true;
            settle({ status: 0, text: "", context, why: "the client left" });
          });
        }
        this.scheduler.after(CLIENT_LIMIT, `${label}: nobody waits any more`, () => {
          if (isSettled) return;
          if (!context.isDead()) this.violations.push(`${label} had no answer within ${CLIENT_LIMIT / 1000} seconds`);
          this.#over(context);
          settle({ status: 0, text: "", context, why: "no answer" });
        });
        this.#within(context, () => {
          let outcome;
          try {
            outcome = isolate.fetch(request, this.#env(context), this.#contextOf(context, access));
          } catch (error) {
            return failed(error);
          }
          if (outcome instanceof Promise) outcome.then(answered, failed);
          else answered(outcome);
        });
      });
    });
  }

  /** A run of the cron. Resolves when it is over. */
  cron(label) {
    return new Promise((resolve) => {
      this.scheduler.after(this.#latency(), `${label} starts`, () => {
        const isolate = this.#isolate();
        const context = this.#context(isolate, label);
        context.isRun = true;
        this.scheduler.tell(`${label} in ${isolate.name}`);
        const over = (how) => () => {
          isolate.clients.delete(dead);
          if (!context.isOver) this.#over(context);
          this.scheduler.tell(`${label} ${how} d1 ${context.spent.d1} stripe ${context.spent.stripe} sent ${context.spent.sent}`);
          resolve({ context, how });
        };
        const dead = over("dies");
        isolate.clients ??= new Set();
        isolate.clients.add(dead);
        this.scheduler.after(RUN_LIMIT, `${label}: it is ended`, over("takes too long"), context.isDead);
        this.#within(context, () => {
          isolate
            .scheduled({ cron: "*/5 * * * *", scheduledTime: this.now }, this.#env(context), this.#contextOf(context))
            .then(over("is over"), (error) => {
              this.violations.push(`${label} threw: ${error?.stack ?? error}`);
              over("throws")();
            });
        });
      });
    });
  }

  #context(isolate, label) {
    this.contexts += 1;
    const context = new Context({ number: this.contexts, isolate, label, began: this.now });
    if (this.#running.size > 0) for (const other of [context, ...this.#running]) other.isAlone = false;
    this.#running.add(context);
    return context;
  }

  #over(context) {
    context.isOver = true;
    this.#running.delete(context);
    this.watch.over(context);
  }

  /** Runs code of the Worker as that request's. What it leaves as microtasks runs before the next event, so as its as well. */
  #within(context, run) {
    this.#current = context;
    try {
      run();
    } catch (error) {
      context.isolate.uncaught("error", error);
    }
  }

  /** Later, in that request: unless it has ended by then. */
  #later(context, delay, label, run) {
    const carryOut = () => this.#within(context, run);
    return this.scheduler.after(delay, `${context.label}: ${label}`, carryOut, context.isDead);
  }

  /** A promise that is settled later, in that request, with what `outcome` returns or throws. */
  #settled(context, delay, label, outcome) {
    return new Promise((resolve, reject) => {
      this.#later(context, delay, label, () => {
        try {
          resolve(outcome());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** I/O by way of a request's own objects belongs to that request. */
  #own(context, what) {
    if (this.#current === context) return;
    const message = `Cannot perform I/O on behalf of a different request: ${what} of ${context.label} in ${this.#current?.label}`;
    this.violations.push(message);
    throw new Error(message);
  }

  /** "Context": `waitUntil`, and whom Cloudflare Access has let through. */
  #contextOf(context, access = undefined) {
    return {
      waitUntil: (promise) => {
        this.#own(context, "waitUntil");
        context.waits += 1;
        const done = () => {
          context.waits -= 1;
          if (context.isAnswered && context.waits === 0 && !context.isOver) this.#over(context);
        };
        promise.then(done, (error) => {
          this.violations.push(`waitUntil of ${context.label} threw: ${error?.stack ?? error}`);
          done();
        });
      },
      passThroughOnException: () => {},
      access: access && { aud: access.aud, getIdentity: () => this.#settled(context, this.#latency(), "Access says who it is", () => ({ email: access.email })) },
    };
  }

  // --- what the Worker asks of the world

  #env(context) {
    const limiters = Object.fromEntries(
      Object.keys(this.#limiters).map((name) => [name, { limit: ({ key }) => this.#limit(context, name, key) }]),
    );
    return {
      ...context.isolate.variables,
      ...limiters,
      DB: binding({ call: (statements, isReadOnly) => this.#query(context, statements, isReadOnly) }),
      EMAIL: { send: (email) => this.#send(context, email) },
    };
  }

  #latency() {
    return this.style.latency();
  }

  /** A call to D1: it arrives, or not; its answer comes, or not. */
  #query(context, statements, isReadOnly) {
    this.#own(context, "D1");
    context.spent.d1 += statements.length;
    context.spent.calls += 1;
    if (context.spent.d1 > LIMITS.queries[this.plan]) {
      return this.#settled(context, 0, "D1 refuses", () => {
        throw new Error("D1_ERROR: Too many API requests by single Worker invocation.");
      });
    }
    const name = `D1 ${statements.map(([text]) => about(text).name).join("; ")}`;
    return new Promise((resolve, reject) => {
      const go = (attempt) => {
        const fault = this.faults.d1(context, { isReadOnly, attempt });
        const answer = (outcome, delay) =>
          this.#later(context, delay, `D1 answers`, () => {
            context.back.d1 += 1;
            outcome();
          });
        const fails = () => {
          // "Retry queries": D1 tries what is read-only up to two more times by itself.
          if (isReadOnly && fault.isRetryable && attempt < 2) return () => go(attempt + 1);
          return () => reject(fault.traps ? trapping() : new Error(fault.error));
        };
        if (fault?.lost === "before") return answer(fails(), fault.delay);
        // It arrives whatever becomes of who asked.
        this.scheduler.after(this.#latency() + (fault?.arrives ?? 0), `${context.label}: ${name}`, () => {
          let outcome;
          try {
            const rows = this.store.transact(statements);
            context.spent.rows += this.store.changed;
            outcome = () => resolve(rows);
          } catch (error) {
            outcome = () => reject(error);
          }
          if (fault?.lost === "after") outcome = fails();
          answer(outcome, this.#latency() + (fault?.delay ?? 0));
          return false;
        });
      };
      go(0);
    });
  }

  #fetch(context, url, init = {}) {
    const headers = [...(init.headers ?? [])];
    const to = new URL(url);
    if (to.origin === ORIGIN) return this.#callStripe(context, to, init, headers);
    if (url === HOOK) return this.#post(context, init);
    this.violations.push(`${context.label} fetches ${url}`);
    return this.#settled(context, 0, "no such host", () => {
      throw new TypeError("Network connection lost.");
    });
  }

  /** Whatever is fetched ends by its signal at the latest. */
  #exchange(context, init, name, begin) {
    return new Promise((resolve, reject) => {
      let isSettled = false;
      const settle = (how) => (value) => {
        isSettled = true;
        context.back.stripe += 1;
        how(value);
      };
      const exchange = { resolve: settle(resolve), reject: settle(reject) };
      if (init.signal) {
        this.#later(context, init.signal.limit, `${name}: time is up`, () => {
          if (!isSettled) exchange.reject(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
        });
      }
      begin(exchange, () => isSettled);
    });
  }

  #callStripe(context, to, init, headers) {
    context.spent.stripe += 1;
    const method = init.method ?? "GET";
    const name = `Stripe ${method} ${to.pathname.replace(/^\/v1/, "")}`;
    const key = new Map(headers).get("idempotency-key");
    context.asked.push({ method, path: to.pathname, isFirst: key === undefined || !this.#keys.has(key) });
    this.#keys.add(key);
    return this.#exchange(context, init, name, (exchange) => {
      const fault = this.faults.stripe(context, method, to.pathname);
      const lost = () => exchange.reject(new TypeError("Network connection lost."));
      if (fault?.lost === "before") return this.#later(context, this.#latency() + fault.delay, `${name}: never arrives`, lost);
      if (fault?.proxy) {
        const response = () => exchange.resolve(this.#response(context, name, { status: fault.proxy, headers: { "content-type": "text/html" }, body: "<html><h1>Bad gateway</h1></html>" }));
        return this.#later(context, this.#latency() + fault.delay, `${name}: a proxy answers ${fault.proxy}`, response);
      }
      this.scheduler.after(this.#latency() + (fault?.arrives ?? 0), `${context.label}: ${name} arrives`, () => {
        if (fault?.own) this.stripe.does("faults", { faults: [{ ...fault.own, times: 1 }] });
        const finish = this.stripe.begin(method, to.pathname + to.search, headers, init.body ?? "");
        if (fault?.own) this.stripe.does("faults", { clear: true });
        this.scheduler.after(this.#latency(), `${context.label}: ${name} is carried out`, () => {
          const answer = finish();
          this.watch.stripe();
          this.scheduler.tell(`${context.label}: ${name} ${answer.status}`);
          if (fault?.lost === "after" || answer.status === 0) {
            this.#later(context, this.#latency() + (fault?.delay ?? 0), `${name}: its answer is lost`, lost);
          } else {
            const response = () => exchange.resolve(this.#response(context, name, answer, fault?.half));
            this.#later(context, this.#latency() + (fault?.delay ?? 0), `${name} answers ${answer.status}`, response);
          }
          return false;
        });
        return false;
      });
    });
  }

  #response(context, name, { status, headers, body }, isHalf = false) {
    const later = (what, outcome) => this.#settled(context, this.style.body(), `${name}: its ${what}`, outcome);
    return new Response(body, { status, headers, later, breaksAfter: isHalf ? 0 : Infinity });
  }

  /** An alert. */
  #post(context, init) {
    context.spent.sent += 1;
    return this.#exchange(context, init, "an alert", (exchange) => {
      const fault = this.faults.hook(context);
      const lost = () => exchange.reject(new TypeError("Network connection lost."));
      if (fault?.lost === "before") return this.#later(context, fault.delay, "an alert is lost", lost);
      this.scheduler.after(this.#latency(), `${context.label}: an alert arrives`, () => {
        const status = fault?.status ?? 200;
        if (status === 200) this.watch.alert(context, { key: new Map(init.headers).get("idempotency-key"), json: JSON.parse(init.body), isLost: fault?.lost === "after" });
        const response = () => exchange.resolve(this.#response(context, "the chat", { status, headers: {}, body: "ok" }));
        this.#later(context, this.#latency() + (fault?.delay ?? 0), `the chat answers ${status}`, fault?.lost === "after" ? lost : response);
        return false;
      });
    });
  }

  /** The Email Service. */
  #send(context, email) {
    this.#own(context, "EMAIL");
    context.spent.sent += 1;
    const fault = this.faults.email(context, email);
    return new Promise((resolve, reject) => {
      const refuse = () => reject(Object.assign(new Error("email not sent"), fault.code ? { code: fault.code } : {}));
      if (fault?.lost === "before") return this.#later(context, this.#latency() + fault.delay, `the email is not taken: ${fault.code ?? "no answer"}`, refuse);
      this.scheduler.after(this.#latency(), `${context.label}: an email to ${email.to} arrives`, () => {
        this.watch.email(context, email, fault);
        this.#later(context, this.#latency() + (fault?.delay ?? 0), "the email service answers", fault?.lost === "after" ? refuse : () => resolve({ messageId: "simulated" }));
        return false;
      });
    });
  }

  /** "Rate limiting": so many a period, at each location. */
  #limit(context, name, key) {
    this.#own(context, "a rate limit");
    const { limit, period } = this.#limiters[name];
    if (this.faults.limiter(context)) {
      return this.#settled(context, this.#latency(), "a limiter fails", () => {
        throw new Error("Network connection lost.");
      });
    }
    return this.#settled(context, this.style.limiter(), `the limiter ${name} answers`, () => {
      const slot = `${name} ${key} ${Math.floor(this.now / (period * 1000))}`;
      const count = (this.#limits.get(slot) ?? 0) + 1;
      this.#limits.set(slot, count);
      if (count > limit) this.scheduler.tell(`${context.label}: too many by ${name}`);
      return { success: count <= limit };
    });
  }
}
