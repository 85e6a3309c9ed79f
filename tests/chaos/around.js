// Around the built Worker: `/d1?is=` says how D1 is from then on: "well", "away" (refuses at once), "silent" (answers nothing,
// and has carried out every other call), "slow" (answers after `ms`), "used_up" (its free plan refuses everything).

import worker from "./index.js";

const SAYS = {
  away: "D1_ERROR: Network connection lost.",
  used_up:
    "D1_ERROR: Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.",
};

let d1 = { is: "well", ms: 0 };
let calls = 0;

const forever = () => new Promise(() => {});

/** A call to D1, as D1 is. */
async function call(run) {
  const { is, ms } = d1;
  calls += 1;
  if (is in SAYS) throw new Error(SAYS[is]);
  if (is === "silent") {
    if (calls % 2) await run();
    // A request that waits for nothing that can come is ended by the runtime: it waits for a timer.
    await scheduler.wait(ms);
    return forever();
  }
  const answer = await run();
  if (is === "slow") await scheduler.wait(ms);
  return answer;
}

const statement = (inner) => ({
  inner,
  bind: (...values) => statement(inner.bind(...values)),
  ...Object.fromEntries(["all", "run", "raw", "first"].map((name) => [name, (...args) => call(() => inner[name](...args))])),
});

const around = (env) => ({
  ...env,
  DB: {
    prepare: (sql) => statement(env.DB.prepare(sql)),
    batch: (statements) => call(() => env.DB.batch(statements.map(({ inner }) => inner))),
  },
});

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/d1") return worker.fetch(request, around(env), context);
    d1 = { is: searchParams.get("is"), ms: Number(searchParams.get("ms")) };
    return Response.json({ calls });
  },
  scheduled: (event, env, context) => worker.scheduled(event, around(env), context),
};
