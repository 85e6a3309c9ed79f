// `make chaos`: several long storms, a table of what came of them. SEED=, RUNS=, CHARGES=, REQUESTS= and
// KILLS= change them.

import { chaos } from "./chaos.mjs";

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
process.exit(failed ? 1 : 0);
