// Around a Worker, in a pass of its own that is not timed: counts its calls to D1, the rows that these
// read, and its calls to Stripe. What was counted when the answer was ready stands in `x-counted`; what
// all requests and runs came to since the last look, after their answers too, at `/counted`; what each statement's rows
// came to is `statements` there.

import * as worker from "./index.js";

const total = { d1: 0, rows_read: 0, rows_written: 0, stripe: 0 };
const statements = {};
let current = null;

function note(name, count = 1) {
  total[name] += count;
  if (current) current[name] += count;
}

// Counted when it is answered, as a call to D1 is: one that goes on after the Worker's answer is not before it.
const originalFetch = globalThis.fetch;
globalThis.fetch = (...args) => originalFetch(...args).finally(() => note("stripe"));

/** Counts a call: the results of its statements, whose texts are these. */
function add(results, texts) {
  note("d1");
  results.forEach(({ meta: { rows_read, rows_written } }, n) => {
    note("rows_read", rows_read);
    note("rows_written", rows_written);
    const of = (statements[texts[n]] ??= { rows_read: 0, rows_written: 0 });
    of.rows_read += rows_read;
    of.rows_written += rows_written;
  });
  return results;
}

/** A statement that always asks in the way that tells how many rows were read. */
class Statement {
  constructor(inner, text) {
    this.inner = inner;
    this.text = text;
  }
  bind(...values) {
    return new Statement(this.inner.bind(...values), this.text);
  }
  async all() {
    const result = await this.inner.all();
    add([result], [this.text]);
    return result;
  }
  run() {
    return this.all();
  }
  async raw() {
    return (await this.all()).results.map((row) => Object.values(row));
  }
  async first(column) {
    const [row = null] = (await this.all()).results;
    return column === undefined ? row : (row?.[column] ?? null);
  }
}

const database = (inner) => ({
  prepare: (sql) => new Statement(inner.prepare(sql), sql),
  batch: async (list) => add(await inner.batch(list.map(({ inner }) => inner)), list.map(({ text }) => text)),
  exec: (sql) => inner.exec(sql),
});

const wrapped = (env) => ({ ...env, DB: database(env.DB) });

/** A Worker is a class of entry points or an object of them. */
function call(name, argument, env, context) {
  const entry = worker.default;
  if (typeof entry === "function") return new entry(context, wrapped(env))[name](argument);
  return entry[name](argument, wrapped(env), context);
}

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname === "/counted") {
      const answer = Response.json({ ...total, statements });
      for (const name of Object.keys(total)) total[name] = 0;
      for (const text of Object.keys(statements)) delete statements[text];
      return answer;
    }
    // One request at a time in this pass.
    current = { d1: 0, rows_read: 0, rows_written: 0, stripe: 0 };
    const answer = await call("fetch", request, env, context);
    const counted = JSON.stringify(current);
    current = null;
    const headers = new Headers(answer.headers);
    headers.set("x-counted", counted);
    return new Response(answer.body, { status: answer.status, headers });
  },
  async scheduled(event, env, context) {
    await call("scheduled", event, env, context);
  },
};
