// Runs seeds: what is loaded once, and what each seed makes of it.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Store, migrations } from "./host/d1.mjs";
import { loadWorker } from "./host/isolate.mjs";
import { limiters } from "./host/limits.mjs";
import { loadStripe } from "./host/stripe.mjs";
import { planOf } from "./world/plan.mjs";
import { World } from "./world/world.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * Loads the Worker, the database and Stripe. `mutant` may change the glue, the SQL, or where the Worker lies. OLD=: a folder with an older
 * version, its `build/` and its `migrations/`; then each world begins with that one, and a deployment in the middle brings this one.
 */
export async function load(mutant = {}) {
  const SimulatedStripe = await loadStripe(join(root, "target/simulator"));
  const { OLD: old } = process.env;
  const newest = migrations(root);
  const schema = old ? migrations(old) : newest;
  for (const [at, [name, text]] of schema.entries()) if (newest[at]?.[1] !== text) throw new Error(`${name} of ${old} is another one here: migrations only go forward`);
  return {
    worker: loadWorker(mutant.build ?? join(root, "build"), mutant.glue),
    before: old && loadWorker(join(old, "build")),
    upgrade: newest.slice(schema.length),
    store: new Store({ schema, edit: mutant.sql }),
    SimulatedStripe,
    limiters: limiters(root),
  };
}

/** The world that runs now: promises whose rejection nobody hears are its isolates'. */
let running;
process.on("unhandledRejection", (reason) => {
  if (!running) throw reason;
  running.host.uncaught(reason);
});

/** Runs one plan, to the end. `keep`: how many lines of the trace are kept in words. */
export async function simulate(loaded, plan, { keep = 0 } = {}) {
  if (loaded.before && !plan.times.deploy) plan = { ...plan, times: { ...plan.times, deploy: 1 } };
  const world = new World({ ...loaded, plan, keep });
  running = world;
  const found = await world.run().finally(() => (running = undefined));
  return { plan, found, hash: world.scheduler.hash(), world };
}

export { planOf };
