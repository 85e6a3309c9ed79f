// Runs seeds: what is loaded once, and what each seed makes of it.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Store } from "./host/d1.mjs";
import { loadWorker } from "./host/isolate.mjs";
import { limiters } from "./host/limits.mjs";
import { loadStripe } from "./host/stripe.mjs";
import { planOf } from "./world/plan.mjs";
import { World } from "./world/world.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Loads the Worker, the database and Stripe. `mutant` may change the glue, the SQL, or the host. */
export async function load(mutant = {}) {
  const SimulatedStripe = await loadStripe(join(root, "target/simulator"));
  return {
    worker: loadWorker(join(root, "build"), mutant.glue),
    store: new Store({ root, edit: mutant.sql }),
    SimulatedStripe,
    limiters: limiters(root),
    mutant,
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
  const world = new World({ ...loaded, plan, keep });
  running = world;
  const found = await world.run().finally(() => (running = undefined));
  return { plan, found, hash: world.scheduler.hash(), world };
}

export { planOf };
