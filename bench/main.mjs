// `make bench`: this Worker, its peer and the ceiling side by side, round after round. ROUNDS= and
// PATHS= narrow it, D1_MS= makes D1 slower. It measures and asserts no time; it fails if an answer is wrong.

import { cpus } from "node:os";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tools/local.mjs";
import { check } from "./lib/check.mjs";
import { load, measured } from "./lib/measure.mjs";
import { CONNECTIONS, PATHS, plan } from "./lib/paths.mjs";
import { choice, session, setting } from "./lib/session.mjs";
import { bare, forPaths, STRIPE_MS } from "./lib/servers.mjs";
import { workers } from "./lib/settings.mjs";
import { gzipBytes, memory, starts } from "./lib/startup.mjs";
import { summary } from "./lib/summary.mjs";
import { writeInto } from "./lib/page.mjs";
import { page, table } from "./lib/table.mjs";

await session("bench", async (scratch, say) => {
  const rounds = setting("ROUNDS", 7, { most: 100 });
  const names = choice("PATHS", Object.keys(PATHS));
  const d1Ms = setting("D1_MS", 0, { least: 0, most: 1_000 });
  const modules = workers();

  say("checking that both Workers give the same answers and leave the same rows");
  const counts = await check(modules, scratch, names);
  const once = {
    ...(await starts(modules, scratch, say)),
    gzip_bytes: gzipBytes(modules.ours),
    gzip_bytes_peer: gzipBytes(modules.peer),
    memory_mb: await memory(modules, scratch, say),
  };
  const runs = [];
  for (let round = 1; round <= rounds; round++) {
    for (const on of ["bare", "d1"]) runs.push(...(await oneRound(on, names.filter((name) => PATHS[name].on === on), modules, scratch, d1Ms)));
    say(`round ${round} of ${rounds}`);
  }
  const results = {
    ...summary(names, runs, counts),
    ...once,
    measured: { at: new Date().toISOString(), rounds, cpus: cpus().length, cpu: cpus()[0].model, stripe_ms: STRIPE_MS },
  };
  // What is kept is of a D1 without a delay.
  const complete = names.length === Object.keys(PATHS).length && d1Ms === 0;
  if (complete) {
    writeFileSync(join(root, "bench/results.json"), `${JSON.stringify(results, null, 2)}\n`);
    writeInto("docs/performance.md", "side by side", page(names, results));
  }
  console.log(`\n${table(names, results)}`);
  if (d1Ms > 0) console.log(`\nWith D1_MS=${d1Ms}: each call to D1 was answered ${d1Ms} ms later.`);
  console.log(complete ? "\nAll of it is in bench/results.json and docs/performance.md." : "\nbench/results.json is left as it is: it is of all paths, with D1 as it is.");
});

/** All runs of a round on new processes: each path on one Worker after the other. */
async function oneRound(on, names, modules, scratch, d1Ms) {
  if (names.length === 0) return [];
  const servers = [];
  const runs = [];
  const options = d1Ms > 0 ? { around: "slow.js", vars: { D1_MS: String(d1Ms) } } : {};
  try {
    for (const name of on === "bare" ? ["ours", "peer", "ceiling"] : ["ours", "peer"]) {
      servers.push(await (on === "bare" ? bare(name, modules[name], scratch) : forPaths(name, modules[name], scratch, names, options)));
    }
    for (const name of names) {
      const path = PATHS[name];
      for (const server of servers) {
        await server.delay?.(0);
        await load(server, plan(server, name, { count: path.warm, connections: 16 }));
      }
      for (const [n, connections] of CONNECTIONS.entries()) {
        for (const server of servers) {
          await server.delay?.();
          const result = await measured(server, plan(server, name, { count: path.runs[n], connections }));
          runs.push({ path: name, who: server.name, connections, ...result });
        }
      }
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  return runs;
}
