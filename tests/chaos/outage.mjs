// D1 does not answer for a while, or answers late. People, banks, Stripe and the cron go on meanwhile. Nobody is told a
// falsehood, everybody is told something in time, and afterwards Stripe's side is held against the database.

import { readFileSync, readdirSync } from "node:fs";
import { around, ask, browser, control, cron, importLines, startHarness } from "../edge/harness.mjs";
import { calm, compare, list, random } from "./chaos.mjs";

/** How long a page may take: the Worker waits 8 s for D1. */
const IN_TIME_MS = 11_000;
/** What may be told while D1 does not answer: that is not known. A late answer tells the truth. */
const UNKNOWN = ["503 try_again", "503 day_limit"];

/**
 * One outage after the other. `is` is how D1 is, as `around.js` says, for so many `seconds`; `ms` is how late it answers then.
 * Answers what people were told in each, how much memory was taken, what was found in the end, and what is wrong with it.
 */
export async function outages({ each, charges, seed = 1, everyMs = 200, say = () => {} }) {
  const harness = await startHarness({
    vars: { RECONCILE_BUDGET: "1000" },
    config: (folder) => around(folder, "tests/chaos/around.js"),
  });
  try {
    const run = { harness, draw: random(seed), charges, handed: new Map(), answers: {}, slowest: 0, wrong: [] };
    await importLines(harness, ["player_id,player,amount,token", ...list(charges, (n) => `${n},Player ${n},${20 + n}.00,chaos-token-of-${n}`)].join("\n"));
    // A third has clicked before, and some of these have paid.
    for (let n = 0; n < charges; n += 3) await click(run, n);
    for (let n = 0; n < charges; n += 6) await pays(run, n);
    const seen = [];
    for (const { is, ms = 0, seconds } of each) {
      say(`D1 is ${is} for ${seconds} s`);
      Object.assign(run, { answers: {}, slowest: 0 });
      const before = rssMb(harness);
      await ask(`${harness.origin}/d1?is=${is}&ms=${ms || seconds * 1000}`);
      const samples = await meanwhile(run, { seconds, everyMs });
      await ask(`${harness.origin}/d1?is=well`);
      seen.push({ is, answers: run.answers, slowest_ms: Math.round(run.slowest), memory_mb: { before, most: Math.max(...samples), after: rssMb(harness) } });
    }
    say("D1 is well again");
    run.answers = {};
    await calm(run);
    const { wrong, orders } = await compare(run);
    return { wrong: [...run.wrong, ...wrong], orders, seen };
  } finally {
    await harness.stop();
  }
}

/** What goes on while D1 is not well; answers samples of the memory. */
async function meanwhile(run, { seconds, everyMs }) {
  const { harness, draw, charges } = run;
  const end = performance.now() + seconds * 1000;
  const asked = [];
  const samples = [];
  for (let turn = 0; performance.now() < end; turn++) {
    const charge = Math.floor(draw() * charges);
    const sort = draw();
    if (sort < 0.8) asked.push(click(run, charge, true));
    else if (sort < 0.9) asked.push(bot(run, charge));
    else asked.push(pays(run, charge));
    // A run of the cron, whatever comes of it: it waits longer than a person.
    if (turn % 100 === 10) cron(harness).catch(() => {});
    if (turn % 5 === 0) samples.push(rssMb(harness));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  await Promise.all(asked);
  return samples;
}

/** A person's click: where it leads is kept, and what it says is held against Stripe. */
async function click(run, charge, isHeld = false) {
  const begun = performance.now();
  const url = run.harness.link(`chaos-token-of-${charge}`);
  const answer = await ask(url, { headers: { ...browser(), accept: "application/json" } });
  const took = performance.now() - begun;
  const location = answer.headers.get("location");
  const session = /\/c\/pay\/(cs_\w+)/.exec(location ?? "")?.[1];
  if (session) run.handed.set(charge, (run.handed.get(charge) ?? new Set()).add(session));
  const { code } = location ? { code: "pay" } : await answer.json();
  const name = `${answer.status} ${code}`;
  run.answers[name] = (run.answers[name] ?? 0) + 1;
  if (!isHeld) return;
  run.slowest = Math.max(run.slowest, took);
  if (took > IN_TIME_MS) run.wrong.push(`a click waited ${Math.round(took)} ms`);
  if (UNKNOWN.includes(name)) return;
  const mine = (await control(run.harness, "sessions")).filter(({ id }) => run.handed.get(charge)?.has(id));
  const holds = code === "pay" ? Boolean(session) : code === "already_paid" && mine.some(({ payment_status }) => payment_status === "paid");
  if (!holds) run.wrong.push(`charge ${charge} was told ${name}`);
}

/** A preview bot needs no D1. */
async function bot(run, charge) {
  const answer = await ask(run.harness.link(`chaos-token-of-${charge}`), { headers: browser("facebookexternalhit/1.1 Facebot Twitterbot/1.0") });
  if (answer.status !== 200) run.wrong.push(`a bot got ${answer.status}`);
}

/** Somebody pays in a session that they have; refused if that makes no sense, as at Stripe. */
async function pays(run, charge) {
  const [session] = run.handed.get(charge) ?? [];
  if (session) await control(run.harness, "pay", { session, how: "card" }).catch(() => {});
}

/** Resident memory of the harness's workerd processes. */
function rssMb({ worker }) {
  const stat = (pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return { name: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")), group: Number(fields[2]), pages: Number(fields[21]) };
    } catch {
      // It has ended.
      return null;
    }
  };
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(stat);
  const mine = all.filter((one) => one?.group === worker.handle.child.pid && one.name.startsWith("workerd"));
  return Math.round(mine.reduce((sum, { pages }) => sum + pages * 4096, 0) / 1e6);
}
