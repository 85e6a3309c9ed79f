// `make chaos`: several long storms, then outages of D1, and a table of what came of them. SEED=, RUNS=, CHARGES=, REQUESTS=
// and KILLS= change the storms; RUNS=0 leaves them out.

import { chaos } from "./chaos.mjs";
import { outages } from "./outage.mjs";

const number = (name, value) => Number(process.env[name] ?? value);
const first = number("SEED", 1);
const table = [];
let failed = false;

for (let seed = first; seed < first + number("RUNS", 3); seed++) {
  const begun = Date.now();
  const { wrong, orders, answers, sent, killed } = await chaos({
    seed, charges: number("CHARGES", 300), requests: number("REQUESTS", 5_000), kills: number("KILLS", 6),
    say: (text) => console.log(`seed ${seed}: ${text}`),
  });
  failed ||= wrong.length > 0;
  for (const what of wrong) console.error(`seed ${seed}: ${what}`);
  table.push({ seed, seconds: Math.round((Date.now() - begun) / 1000), requests: sent, kills: killed, ...orders, wrong: wrong.length });
  console.log(`seed ${seed}: answers ${JSON.stringify(answers)}`);
}
console.table(table);

/** The runtime's memory grows while it works, also if nothing is wrong. An outage may take half as much again as the same time without one. */
const MORE = 1.5;
const SLACK_MB = 32;

const { wrong, orders, seen } = await outages({
  each: [{ is: "well", seconds: 80 }, { is: "away", seconds: 80 }, { is: "silent", seconds: 80 }, { is: "slow", ms: 10_000, seconds: 80 }],
  charges: 150, seed: first, everyMs: 100, say: (text) => console.log(`outages: ${text}`),
});
const [well, ...away] = seen.map(({ is, memory_mb: { before, most } }) => ({ is, rise: most - before }));
for (const { is, rise } of away) {
  if (rise > MORE * well.rise + SLACK_MB) wrong.push(`while D1 was ${is}, the memory rose by ${rise} MB, and by ${well.rise} MB while it was well`);
}
failed ||= wrong.length > 0;
for (const what of wrong) console.error(`outages: ${what}`);
console.table(
  seen.map(({ is, answers, slowest_ms, memory_mb: { before, most, after } }) => ({
    "D1 for 80 s": is,
    "clicks were told": Object.entries(answers).map(([name, times]) => `${times} x ${name}`).join(", "),
    "slowest, ms": slowest_ms, "MB before": before, most, after,
  })),
);
console.table([{ ...orders, wrong: wrong.length }]);
process.exit(failed ? 1 : 0);
