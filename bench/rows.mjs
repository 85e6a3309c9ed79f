// `make rows`: how many rows D1 writes and reads for what a club does, and how large a club D1's free plan carries. The
// table goes into docs/performance.md. tests/edge/rows.test.mjs holds that they do not become more.

import { A_DAY, MOST, measureRows } from "../tests/edge/rows.mjs";
import { markdown, writeInto } from "./lib/page.mjs";

const PAGE = "docs/performance.md";
const number = (value) => (Number.isInteger(value) || value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1));

const found = await measureRows();
const table = markdown([
  ["", "rows written", "rows read"],
  ...Object.entries(MOST).map(([name, { what }]) => [what, number(found[name].written), number(found[name].read)]),
]);

/** So many of a thing fit into a day beside what the cron writes and what clicks are counted as. */
const RUNS = 288;
const left = A_DAY - RUNS * found.idle.written - 10_000;
const written = (...names) => names.reduce((sum, name) => sum + found[name].written, 0);
const fit = (...names) => (Math.floor(left / written(...names) / 100) * 100).toLocaleString("en");

const text = `${table}

So of the ${A_DAY.toLocaleString("en")} rows that D1's free plan has in a day, 10,000 kept for counts and the desk, one day carries

- an import of ${fit("line")} new lines, or of as many as one likes that change nothing;
- or a month opened for ${fit("month")} players;
- or ${fit("first_click", "webhook")} payments, from the first click to the receipt;
- or all of it on one day, a month opened, an email to each player and each of them paying at once, for a club of ${fit("month", "queue", "send", "first_click", "webhook")} players.`;
writeInto(PAGE, "rows", text);
console.log(`${text}\n\nThis is in ${PAGE}.`);
process.exit(0);
