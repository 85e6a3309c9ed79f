// `make bench-growth`: what a click and a run of the cron, reconcile, cost as the database grows. SIZES= are
// numbers of orders.

import { join } from "node:path";
import { ask } from "./lib/check.mjs";
import { cpuMs, load, measured, pause } from "./lib/measure.mjs";
import { link, tokenOf } from "./lib/requests.mjs";
import { session } from "./lib/session.mjs";
import { withStripe } from "./lib/servers.mjs";
import { inside, workers } from "./lib/settings.mjs";
import { aligned } from "./lib/table.mjs";

/** What every database holds beside its old orders: so many charges for each kind of click. */
const CHARGES = 1_000;
/** Orders that are due when a run of reconcile begins: as many as it reads at once. */
const DUE = 15;
const RUNS = 20;
/** A run must come to the end of them: one that ran out of requests would seem to be cheap. */
const vars = { RECONCILE_BUDGET: "1000" };
const STATUS = { fresh: 307, paid: 409, first_click: 307 };

/** Where each kind begins, behind the old ones. */
const begins = (size) => ({ fresh: size + 1, paid: size + 1 + CHARGES, first_click: size + 1 + 2 * CHARGES, due: size + 1 + 3 * CHARGES });

await session("bench-growth", async (scratch, say) => {
  const sizes = (process.env.SIZES ?? "1000,100000,1000000").split(/[\s,]+/).map(Number);
  const { ours } = workers();
  const lines = [];
  for (const size of sizes) {
    say(`${size.toLocaleString("en")} orders: writing the database`);
    lines.push(...(await atSize(size, ours, scratch)));
    say(`${size.toLocaleString("en")} orders: measured`);
  }
  console.log(`\n${aligned([["orders", "what", "rows read", "rows written", "D1 calls", "CPU ms"], ...lines])}`);
});

/** Of the old orders nine in ten are paid, and the others wait and are not due yet. */
function fill(size) {
  const at = begins(size);
  return async (add, db) => {
    const waiting = Math.ceil(size / 10);
    await add({ from: 1, count: size - waiting, order: "paid" });
    await add({ from: 1 + size - waiting, count: waiting, order: "fresh" });
    await add({ from: at.fresh, count: CHARGES, order: "fresh" });
    await add({ from: at.paid, count: CHARGES, order: "paid" });
    await add({ from: at.first_click, count: CHARGES });
    await add({ from: at.due, count: DUE * RUNS, order: "stale", session: "open" });
    // They become due again run by run.
    db.prepare("UPDATE orders SET next_check_at = ? WHERE id >= ?").run(Date.now() + 86_400_000, at.due);
  };
}

async function atSize(size, modules, scratch) {
  const at = begins(size);
  const make = (name, mine) => withStripe(name, mine, join(scratch, String(size)), { fill: fill(size), triggers: true, vars });
  const counting = await make("counted", inside("count.js", modules));
  const rows = {};
  try {
    for (const [kind, status] of Object.entries(STATUS)) rows[kind] = await countClick(counting, at[kind], status);
    rows.reconcile = await countReconcile(counting, at.due);
  } finally {
    await counting.stop();
  }
  const plain = await make("ours", modules);
  const cpu = {};
  try {
    for (const kind of Object.keys(STATUS)) cpu[kind] = await cpuOfClick(plain, at[kind], kind);
    cpu.reconcile = await cpuOfReconcile(plain, at.due);
  } finally {
    await plain.stop();
  }
  return Object.keys(rows).map((kind, n) => [
    n ? "" : size.toLocaleString("en"), kind === "reconcile" ? `reconcile, ${DUE} due` : kind,
    rows[kind].rows_read, rows[kind].rows_written, rows[kind].d1, cpu[kind].toFixed(2),
  ]);
}

/** All that a click asks of D1, what follows the answer included. */
async function countClick(server, from, status) {
  for (const charge of [from, from + 1]) {
    await ask(server.port, { method: "GET", path: "/counted" });
    const answer = await ask(server.port, link(tokenOf(charge)));
    if (answer.status !== status) throw new Error(`a click got ${answer.status} and not ${status}`);
    await pause(200);
  }
  return counts(server);
}

async function counts(server) {
  return JSON.parse((await ask(server.port, { method: "GET", path: "/counted" })).body);
}

async function cpuOfClick(server, from, kind) {
  const requests = Array.from({ length: CHARGES }, (_, n) => link(tokenOf(from + n)));
  const plan = { status: STATUS[kind], connections: 16 };
  const warm = kind === "first_click" ? 300 : 1_000;
  await load(server, { ...plan, requests: requests.slice(0, warm), count: warm });
  const rest = kind === "first_click" ? requests.slice(warm) : requests;
  const count = kind === "first_click" ? rest.length : 3_000;
  return (await measured(server, { ...plan, requests: rest, count })).cpu_ms;
}

/** Makes the next few orders due; each run takes what is due and no more. */
function makeDue(server, from) {
  return server.d1.prepare("UPDATE orders SET next_check_at = 0 WHERE id BETWEEN ? AND ?").bind(from, from + DUE - 1).run();
}

async function reconcile(server) {
  const answer = await fetch(new URL("/cdn-cgi/local/scheduled", server.entry));
  if (!answer.ok) throw new Error(`reconcile answered ${answer.status}`);
  await answer.arrayBuffer();
}

async function expectNoneDue(server) {
  const left = await server.d1.prepare("SELECT count(*) AS n FROM orders WHERE next_check_at <= ?").bind(Date.now()).first("n");
  if (left > 0) throw new Error(`reconcile has left ${left} orders that were due`);
}

async function countReconcile(server, from) {
  for (let run = 0; run < 2; run++) {
    await makeDue(server, from + run * DUE);
    await counts(server);
    await reconcile(server);
    await expectNoneDue(server);
  }
  return counts(server);
}

async function cpuOfReconcile(server, from) {
  let spent = 0;
  for (let run = 0; run < RUNS; run++) {
    await makeDue(server, from + run * DUE);
    await pause(20);
    const before = cpuMs(server.pid);
    await reconcile(server);
    spent += cpuMs(server.pid) - before;
  }
  return spent / RUNS;
}
