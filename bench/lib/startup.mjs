// What is measured once a run: start to first answer, size, memory after many requests.

import { gzipSync } from "node:zlib";
import { load, median, rssMb } from "./measure.mjs";
import { plan } from "./paths.mjs";
import { bare } from "./servers.mjs";

const STARTS = 31;
const REQUESTS = 100_000;

/** Times from the start of workerd to the end of its first answer, one Worker after the other, again and again. */
export async function starts(modules, scratch, say) {
  const times = Object.fromEntries(Object.keys(modules).map((name) => [name, []]));
  // The first start of each reads workerd from disk, and is not counted.
  for (let time = 0; time <= STARTS; time++) {
    for (const [name, list] of Object.entries(times)) {
      const server = await bare(name, modules[name], scratch);
      await server.stop();
      if (time > 0) list.push(server.startMs);
    }
  }
  const medians = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
  const ratios = times.ours.map((ours, n) => ours / times.peer[n]);
  say(`start to first answer, ms: ${Object.entries(medians).map(([name, ms]) => `${name} ${ms.toFixed(0)}`).join(", ")}`);
  return { start_ms: medians, startup_ratio: median(ratios), startup_ratio_spread: [Math.min(...ratios), Math.max(...ratios)] };
}

/** Each module compressed as `gzip -9` would. */
export const gzipBytes = (modules) =>
  modules.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);

/** Resident memory of workerd with nothing asked yet, and after 100,000 link pages. */
export async function memory(modules, scratch, say) {
  const found = {};
  for (const [name, mine] of Object.entries(modules)) {
    const server = await bare(name, mine, scratch);
    const before = rssMb(server.pid);
    await load(server, plan(server, "link_page", { count: REQUESTS, connections: 16 }));
    found[name] = { at_start: before, after_100000: rssMb(server.pid) };
    await server.stop();
  }
  say(`memory after ${REQUESTS.toLocaleString("en")} requests, MB: ${Object.entries(found).map(([name, it]) => `${name} ${it.after_100000.toFixed(0)}`).join(", ")}`);
  return found;
}
