// Writes what was simulated into docs/proof.md.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const list = (counts) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name.replaceAll("_", " ")} ${count}`)
    .join(", ");

/** What `coverage` came to, in words. */
export function covered({ all, missing, statements, unsent }) {
  const ways = missing.length === 0 ? `All of ${all} rows, acts, incidents, reasons, events, emails and kinds of trouble were seen` : `Of ${all} rows, acts, incidents, reasons, events, emails and kinds of trouble these were not seen: ${missing.join(", ")}`;
  const texts = unsent.length === 0 ? `all ${statements} statements of the Worker's SQL were sent` : `of ${statements} statements of the Worker's SQL these were not sent: ${unsent.map((name) => `\`${name}\``).join(", ")}`;
  return `${ways}; ${texts}.`;
}

const PARTS = {
  seeds: ({ tally, seconds, first, coverage }) => `Seeds ${first} to ${first + tally.seeds - 1}: ${tally.years.toFixed(0)} simulated years, ${tally.requests} requests and ${tally.runs} runs of the cron in ${Math.round(seconds / 60)} minutes. Nothing was wrong.
${covered(coverage)}

| seen | |
|---|---|
| worlds | ${list(tally.counts.spans)} |
| who acts | ${list(tally.counts.actors)} |
| answers by status | ${list(tally.counts.statuses)} |
| answers by what they say, as logged | ${list(tally.counts.answers)} |
| rows of the decision table that clicks met | ${list(tally.counts.rows)} |
| rows of it that the desk explained | ${list(tally.counts.explained)} |
| acts of operators | ${list(tally.counts.acts)} |
| incidents | ${list(tally.counts.incidents)} |
| events of Stripe's, delivered | ${list(tally.counts.events)} |
| why orders were canceled | ${list(tally.counts.canceled)} |
| emails | ${list(tally.counts.emails)} |
| trouble | ${list(tally.counts.faults)} |`,
  mutants: (table) => `| mutant | of | caught by seed | as |
|---|---|--:|---|
${table.map(({ name, of, caught, tried }) => `| ${name} | ${of} | ${caught?.seed ?? `not in ${tried}`} | ${caught?.what ?? ""} |`).join("\n")}`,
};

/** Replaces the part of docs/proof.md that stands between its two marks. */
export function report(root, part, of) {
  const file = join(root, "docs/proof.md");
  const text = readFileSync(file, "utf8");
  const [begin, end] = [`<!-- simulated ${part} -->`, `<!-- end of simulated ${part} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/proof.md has no ${begin}`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${PARTS[part](of)}\n\n${text.slice(to)}`);
}
