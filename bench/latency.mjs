// `make bench-latency`: how long a parent waits, beside the peer, with D1 5, 40 and 90 ms away and a Stripe that takes
// 350 ms. A few people click, at their leisure: round trips are what is measured, and not the processor. The table goes
// into docs/performance.md.

import { loadavg } from "node:os";
import { load, median } from "./lib/measure.mjs";
import { markdown, writeInto } from "./lib/page.mjs";
import { plan } from "./lib/paths.mjs";
import { choice, session, setting } from "./lib/session.mjs";
import { forPaths } from "./lib/servers.mjs";
import { workers } from "./lib/settings.mjs";

const PAGE = "docs/performance.md";
/** Milliseconds that each call to D1 takes longer; a batch is one call. */
const D1_MS = [5, 40, 90];
const STRIPE_MS = 350;
/** So many people at once, and how long each rests before another click. */
const PEOPLE = 2;
const REST_MS = 50;
/** Clicks of a run; of one that makes sure that whatever is made once was made. */
const CLICKS = 60;
const WARM = 10;

const VISITS = {
  link_page: "a bot opens the link: page",
  unknown_token: "unknown token: 404",
  fresh: "click, the order is fresh: 307",
  first_click: "first click: claim, session, 307",
  stale: "click, the order is stale: replaced, 307",
  paid: "click, it is paid: 409",
  webhook: "webhook: paid",
};

await session("bench-latency", async (scratch, say) => {
  const rounds = setting("ROUNDS", 3, { most: 100 });
  const names = choice("PATHS", Object.keys(VISITS));
  const modules = workers();
  const runs = [];
  const busy = [];
  for (let round = 1; round <= rounds; round++) {
    for (const d1Ms of D1_MS) {
      for (const who of ["ours", "peer"]) runs.push(...(await oneServer(who, modules[who], d1Ms, names, scratch)));
      busy.push(loadavg()[0]);
      say(`round ${round} of ${rounds}, D1 ${d1Ms} ms away: load ${loadavg()[0].toFixed(1)}`);
    }
  }
  const lines = table(names, runs);
  console.log(`\n${lines}`);
  const complete = names.length === Object.keys(VISITS).length;
  if (!complete) return console.log(`\n${PAGE} is left as it is: it is of all visits.`);
  writeInto(PAGE, "latency", `${lines}\n\n${said(rounds, median(busy))}`);
  console.log(`\nThe table is in ${PAGE}.`);
});

/** The runs of one Worker with D1 at one distance. */
async function oneServer(who, modules, d1Ms, names, scratch) {
  const options = { each: WARM + CLICKS, around: "slow.js", vars: { D1_MS: String(d1Ms) } };
  const server = await forPaths(who, modules, scratch, names, options);
  const runs = [];
  try {
    for (const name of names) {
      const run = (count) => load(server, { ...plan(server, name, { count, connections: PEOPLE }), pauseMs: REST_MS });
      await server.delay(0);
      await run(WARM);
      await server.delay(STRIPE_MS);
      runs.push({ name, who, d1Ms, ...(await run(CLICKS)) });
    }
  } finally {
    await server.stop();
  }
  return runs;
}

/** Of each visit p50 and p99, in ms: the medians of the rounds. */
function table(names, runs) {
  const cell = (name, who, d1Ms) => {
    const of = runs.filter((run) => run.name === name && run.who === who && run.d1Ms === d1Ms);
    return ["p50_ms", "p99_ms"].map((measure) => shown(median(of.map((run) => run[measure])))).join(", ");
  };
  const head = D1_MS.flatMap((ms) => [`D1 ${ms} ms: ours`, "peer"]);
  const lines = names.map((name) => [VISITS[name], ...D1_MS.flatMap((ms) => ["ours", "peer"].map((who) => cell(name, who, ms)))]);
  return markdown([["p50, p99 in ms", ...head], ...lines]);
}

function shown(ms) {
  return ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString("en");
}

function said(rounds, busy) {
  return (
    `Medians of ${rounds} rounds of ${CLICKS} visits each, ${PEOPLE} people at once; Stripe in ${STRIPE_MS} ms. ` +
    `The machine's load was ${busy.toFixed(1)} meanwhile.`
  );
}
