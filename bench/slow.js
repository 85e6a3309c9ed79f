// Around a Worker if D1_MS= asks for it: D1 answers so many milliseconds later, as one far away does.

import * as worker from "./index.js";

/** A function whose answer is that much later. */
const later = (ms, call) => async (...args) => {
  const answer = await call(...args);
  await scheduler.wait(ms);
  return answer;
};

const statement = (inner, ms) => ({
  inner,
  bind: (...values) => statement(inner.bind(...values), ms),
  ...Object.fromEntries(["all", "run", "raw", "first"].map((name) => [name, later(ms, (...args) => inner[name](...args))])),
});

const database = (inner, ms) => ({
  prepare: (sql) => statement(inner.prepare(sql), ms),
  batch: later(ms, (statements) => inner.batch(statements.map(({ inner }) => inner))),
});

const wrapped = (env) => ({ ...env, DB: database(env.DB, Number(env.D1_MS)) });

export default {
  fetch: (request, env, context) => worker.default.fetch(request, wrapped(env), context),
};
