// The part of the FFI boundary that is cheaper in JavaScript. A string or an object that crosses the boundary costs
// more than what is done with it, so several values cross as one string. Nothing is decided here.

/** A line for a value, in one string with others: "=" and the value, or nothing. No value has a line break. */
const line = (value) => (value === undefined || value === null ? "\n" : `=${value}\n`);

/** What is read of every request, as one string: method and URL, then a line for the User-Agent. */
export function requestHead(request) {
  return `${request.method} ${request.url}\n${line(request.headers.get("user-agent"))}`;
}

const constants = [];

/** Caches what a constant answer is made from. */
export function cacheConstant(number, body, init) {
  constants[number] = [body, init];
}

/** Makes a response from a cached constant answer. */
export function constant(number) {
  const [body, init] = constants[number];
  return new Response(body, init);
}

/** A variable or a secret; `undefined` if it is not set. `Env` of workers-rs asks JavaScript six times for each. */
export function variable(env, name) {
  const value = env[name];
  return typeof value === "string" ? value : undefined;
}

/** The headers of these names, a line each. RFC 9110, "Field Values": no value has a line break. */
export function headerLines(headers, names) {
  let lines = "";
  for (const name of names) lines += line(headers.get(name));
  return lines;
}

/** What Cloudflare knows about the client's network, a line each; "" if it knows nothing. */
export function networkLines(request) {
  const { cf } = request;
  if (!cf) return "";
  return line(cf.asn) + line(cf.verifiedBotCategory) + line(cf.botManagement?.score);
}

const texts = [];

/** Registers a statement's text, and returns its number. */
export function registerStatement(text) {
  return texts.push(text) - 1;
}

/**
 * Ends waits that take longer than so many milliseconds. All waits of a request share one timer, which nobody clears: each
 * timer of the runtime costs about a tenth of a call to D1, and it ends with its request.
 */
class Watch {
  #limit;
  #waits = new Set();
  #isSet = false;

  constructor(limit) {
    this.#limit = limit;
  }

  /** What a promise comes to, unless it takes too long. */
  within(promise, why) {
    return new Promise((resolve, reject) => {
      const wait = { began: Date.now(), end: () => reject(new DOMException(why, "TimeoutError")) };
      this.#waits.add(wait);
      const over = (settle) => (outcome) => {
        this.#waits.delete(wait);
        settle(outcome);
      };
      promise.then(over(resolve), over(reject));
      this.#set(this.#limit);
    });
  }

  #set(pause) {
    if (this.#isSet) return;
    this.#isSet = true;
    setTimeout(() => this.#look(), pause);
  }

  #look() {
    this.#isSet = false;
    let left = Infinity;
    for (const wait of this.#waits) {
      const rest = wait.began + this.#limit - Date.now();
      if (rest <= 0) wait.end();
      else left = Math.min(left, rest);
    }
    if (left < Infinity) this.#set(left);
  }
}

/** A watch over the waits of one request. */
export function newWatch(limit) {
  return new Watch(limit);
}

/**
 * Runs statements, `[[number, parameter, ...], ...]`; several are one transaction. Returns all rows as JSON. If the
 * last statement returns a single text and the others nothing, as most reads do, returns "=" and that text. The binding has no
 * time limit of its own: `watch` ends the wait, and what was asked for may still happen after it.
 */
export function runStatements(database, statements, watch) {
  return watch.within(rowsOf(database, statements), "D1 did not answer in time");
}

async function rowsOf(database, statements) {
  const prepared = JSON.parse(statements).map(([number, ...parameters]) =>
    database.prepare(texts[number]).bind(...parameters),
  );
  if (prepared.length === 1) {
    const rows = await prepared[0].raw();
    const [[text, ...others] = [], ...more] = rows;
    if (typeof text === "string" && others.length + more.length === 0) return `=${text}`;
    return JSON.stringify([rows]);
  }
  const all = (await database.batch(prepared)).map(({ results }) => results);
  const last = all.at(-1);
  if (last.length === 1 && all.every((rows) => rows === last || rows.length === 0)) {
    const [text, ...others] = Object.values(last[0]);
    if (typeof text === "string" && others.length === 0) return `=${text}`;
  }
  return JSON.stringify(all);
}

/** A task is rejected with this if its wasm instance was replaced. */
export class InstanceReplaced extends Error {}

/** The number of the current wasm instance. Callbacks that an earlier instance waits for are ignored. */
let instance = 0;
let trapHandler = (error) => {
  throw error;
};

/** Sets who is called with an exception that wasm throws in a promise's callback. Only a trap is thrown there. */
export function onTrap(handler) {
  trapHandler = handler;
}

/** Calls back when a promise is settled: with the ticket, whether it is fulfilled, and its value or error. */
export function onSettled(promise, ticket, callback) {
  const waiting = instance;
  const settled = (isFulfilled, value) => {
    if (waiting !== instance) return;
    try {
      callback(ticket, isFulfilled, value);
    } catch (error) {
      trapHandler(error);
    }
  };
  promise.then(
    (value) => settled(true, value),
    (error) => settled(false, error),
  );
}

/** The functions that settle the promise of each task that waits. */
const tasks = new Map();

/** Rejects the promises of all tasks, because their wasm instance is replaced. */
export function rejectTasks() {
  instance += 1;
  for (const { reject } of tasks.values()) reject(new InstanceReplaced("the wasm instance was replaced"));
  tasks.clear();
}

/** A promise of a task's output. */
export function promise(task) {
  return new Promise((resolve, reject) => {
    tasks.set(task, { resolve, reject });
  });
}

function take(task) {
  const functions = tasks.get(task);
  tasks.delete(task);
  return functions;
}

/** Resolves the promise of a task. */
export function resolve(task, value) {
  take(task).resolve(value);
}

/** Rejects the promise of a task. */
export function reject(task, error) {
  take(task).reject(error);
}

/** Discards the promise of a task without settling it: its request was abandoned. */
export function discard(task) {
  tasks.delete(task);
}

/** Resolves after so many milliseconds. */
export function sleep(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/**
 * The audience of the token that Cloudflare Access let through; `undefined` if Access does not stand in front. Cloudflare
 * docs, Workers, "Cloudflare Access", `ctx.access`.
 */
export function accessAudience(context) {
  const audience = context?.access?.aud;
  return typeof audience === "string" ? audience : undefined;
}

/**
 * The address of whom Cloudflare Access let through; null if it names none: an identity provider need not have one, and a
 * service token has no identity at all.
 */
export async function accessEmail(context) {
  const identity = await context?.access?.getIdentity();
  const email = identity?.email;
  return typeof email === "string" ? email : null;
}

/**
 * Sends an email, given as JSON, by a `send_email` binding. Cloudflare docs, "Email Service", "Send emails from Workers". The binding has
 * no time limit of its own.
 */
export async function sendEmail(binding, mail, limit) {
  return new Watch(limit).within(binding.send(JSON.parse(mail)), "no answer in time");
}

const zones = new Map();

/** How many minutes a time zone's clocks are ahead of UTC at a time; NaN for a zone that is not known. */
export function utcOffset(zone, at) {
  try {
    const format = zones.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    zones.set(zone, format);
    const { value } = format.formatToParts(at).find(({ type }) => type === "timeZoneName");
    const [, sign, hours, minutes] = /^GMT(?:([+-])(\d+):(\d+))?/.exec(value);
    return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
  } catch {
    return NaN;
  }
}

/** A request's body; null if it is longer than the limit in bytes. */
export async function readBody(request, limit) {
  // RFC 9112, "Message Body Length": a body is as long as Content-Length says. Without that it may never end.
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) <= limit) return new Uint8Array(await request.arrayBuffer());
  const chunks = [];
  let length = 0;
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length <= limit) chunks.push(value);
    // A client that still sends would see a broken connection instead of the answer, so some more is read first.
    if (length > 4 * limit) {
      reader.cancel().catch(() => {});
      return null;
    }
  }
  if (length > limit) return null;
  if (chunks.length === 1) return chunks[0];
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
