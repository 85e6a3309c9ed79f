// What there is to be seen, read from the sources, so that nobody takes a simulator for thorough which never gets to the places that matter: a
// row of the decision table, an act, a kind of incident that no seed has met is said by name.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { migrations } from "./host/d1.mjs";
import { FAULTS, TIMES } from "./world/plan.mjs";

/** What must not happen, or cannot here: what it is, and why. */
const NEVER = {
  "incident paid_page_on_unpaid": "a click was told that an unpaid charge is paid: it must never open",
};

/** Each kind of thing to be seen, with its names: `[what it is, where it is counted, names, whether a name was counted]`. */
function expected(root) {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const words = (text) => [...text.matchAll(/=> "([a-z_]+)"/g)].map(([, word]) => word);
  const body = (path, from, to) => {
    const text = read(path);
    const begin = text.indexOf(from);
    if (begin < 0) throw new Error(`${path} has no ${from}`);
    return text.slice(begin, text.indexOf(to, begin));
  };
  const routes = [...read("src/desk/routes.rs").matchAll(/^ {4}(?:for_people\()?(get|post|act)\("([^"]*)"/gm)];
  const acts = routes.flatMap(([, kind, path]) => ({ get: ["GET"], post: ["POST"], act: ["GET", "POST"] })[kind].map((method) => `${method} ${path}`));
  if (acts.length < 30) throw new Error("the routes of src/desk/routes.rs were not read");
  const schema = migrations(root).map(([, text]) => text).join("\n");
  const set = (table) => {
    const rows = [...schema.matchAll(new RegExp(`INSERT INTO ${table}\\s[^;]*?VALUES ([^;]*);`, "g"))];
    if (rows.length === 0) throw new Error(`no migration has words of ${table}`);
    return rows.flatMap(([, values]) => [...values.matchAll(/'(\w+)'/g)].map(([, word]) => word));
  };
  return [
    ["row of the decision table", "rows", Array.from({ length: 14 }, (_, at) => `row ${at + 1}`)],
    ["row that the desk explained", "explained", [5, 6, 7, 8, 9, 10, 11, 13].map((row) => `row ${row}`)],
    ["act of the desk", "acts", acts, (name, count) => Object.keys(count).some((key) => [200, 303].some((status) => key === `${name} ${status}`))],
    ["incident", "incidents", set("incident_kinds")],
    ["reason of a cancellation", "canceled", words(body("src/domain/order.rs", "impl CancelReason", "\n}\n"))],
    ["event", "events", [...body("src/stripe/version.rs", "EVENT_TYPES: [", "];").matchAll(/"([a-z_.]+)"/g)].map(([, word]) => word)],
    ["email", "emails", set("templates")],
    ["kind of trouble", "faults", [...Object.keys(FAULTS), ...Object.keys(TIMES)]],
  ];
}

/** The statements of the Worker by name: `[name, its texts, without white space]`. */
function statements(root) {
  const named = new Map();
  for (const part of readFileSync(join(root, "tests/routes/statements.sql"), "utf8").split(/^-- /m).slice(1)) {
    const [name] = part.split("\n");
    named.set(name, part.slice(name.length).split(/;\n/).map(dense).filter(Boolean));
  }
  return named;
}

const dense = (text) => text.replace(/\s+/g, "").replace(/;$/, "");

/** What of a tally's counts is missing, as texts; and how much there is to be seen. */
export function coverage(root, counts) {
  const missing = [];
  let all = 0;
  for (const [what, of, names, isSeen = (name, count) => count[name] > 0] of expected(root)) {
    for (const name of names) {
      if (NEVER[`${what} ${name}`]) continue;
      all += 1;
      if (!isSeen(name, counts[of])) missing.push(`${what} ${name}`);
    }
  }
  const sent = new Set(Object.keys(counts.statements).map(dense));
  const named = statements(root);
  const unsent = [...named].filter(([, texts]) => !texts.some((text) => sent.has(text))).map(([name]) => name);
  return { all, missing, statements: named.size, unsent };
}
