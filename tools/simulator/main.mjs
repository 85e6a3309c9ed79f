// `make simulate`: worlds by the thousand, of one seed each. SEEDS= how many (100), SEED= the first (1), HOURS= for so long instead,
// JOBS= at once. With a SEED and no SEEDS or HOURS: that world alone, twice, and what happened in it. MUTANTS=1: that each mutant is caught, each
// within SEEDS= (200). REPORT=1 writes docs/proof.md, and fails if something was never seen. OLD= is a folder with an older version, by which each
// world begins.

import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { EDGE, buildOfCore, ofCore, ofGlue, ofProof, ofSql } from "./mutants.mjs";
import { REGRESSIONS } from "./regressions.mjs";
import { coverage } from "./coverage.mjs";
import { covered, report } from "./report.mjs";
import { kindOf, shrink, story } from "./shrink.mjs";
import { load, planOf, root, simulate } from "./simulate.mjs";
import { Tally } from "./tally.mjs";

const number = (name) => (process.env[name] ? Number(process.env[name]) : undefined);

/** In a thread: runs each seed that it is given, and says what came of it. */
async function work() {
  const { mutant } = workerData;
  const changes = mutant === undefined ? {} : await changesOf(mutant);
  const loaded = await load(changes);
  const again = workerData.twice;
  parentPort.on("message", async (seed) => {
    const plan = planOf(seed);
    try {
      const one = await simulate(loaded, plan);
      const found = [...one.found];
      if (again && (await simulate(loaded, plan)).hash !== one.hash) found.push("two runs of the seed are not equal");
      parentPort.postMessage({ seed, found, hash: one.hash, tally: new Tally().of(one), met: [...(changes.met ?? [])] });
    } catch (error) {
      parentPort.postMessage({ seed, found: [`the simulator failed: ${error.stack}`], hash: "", tally: new Tally(), met: [] });
    }
  });
  parentPort.postMessage("ready");
}

async function changesOf([kind, edits]) {
  return { glue: ofGlue, sql: ofSql, core: (edits) => ({ build: edits }) }[kind](edits, root);
}

/** Runs seeds in threads, for as long as `next` has one, and calls back with each outcome. */
async function inThreads({ jobs, next, outcome, mutant, twice = () => false }) {
  await Promise.all(
    Array.from({ length: jobs }, (_, number) =>
      new Promise((resolve, reject) => {
        const thread = new Worker(new URL(import.meta.url), { workerData: { mutant, twice: twice(number) } });
        const go = () => {
          const seed = next();
          if (seed !== undefined) thread.postMessage(seed);
          else thread.terminate().then(resolve);
        };
        thread.on("message", (message) => {
          if (message !== "ready") outcome(message);
          go();
        });
        thread.on("error", reject);
      }),
    ),
  );
}

/** One world, told. */
async function tellOne(seed) {
  const loaded = await load();
  const plan = planOf(seed);
  const one = await simulate(loaded, plan, { keep: 200_000 });
  const again = await simulate(loaded, plan);
  const { actors, faults, times, ...rest } = plan;
  console.log(`seed ${seed}: ${JSON.stringify({ ...rest, actors: actors.map(({ kind }) => kind).join(" "), faults, times })}`);
  for (const line of story(one.world.scheduler.lines, { most: process.env.ALL ? 1e9 : 60 })) console.log(line);
  console.log(`${one.world.requests} requests, ${one.world.scheduler.steps} steps, trace ${one.hash}`);
  if (again.hash !== one.hash) one.found.push("two runs of the seed are not equal");
  for (const what of one.found) console.error(`seed ${seed}: ${what}`);
  return one.found.length === 0;
}

/** Many worlds: whether nothing was wrong in any. */
async function many({ first, seeds, hours, jobs, mutant }) {
  const began = Date.now();
  const end = hours === undefined ? Infinity : began + hours * 3_600_000;
  const tally = new Tally();
  const wrong = new Map();
  const hashes = new Map();
  let seed = first;
  let said = began;
  const next = () => (seed < first + seeds && Date.now() < end ? seed++ : undefined);
  await inThreads({
    jobs, next, mutant,
    // One thread runs each of its seeds twice: a sample.
    twice: (number) => number === 0 && hours === undefined && seeds <= 1_000,
    outcome: ({ seed, found, hash, tally: of }) => {
      tally.merge(of);
      hashes.set(seed, hash);
      for (const what of found) {
        const kind = kindOf(what);
        if (!wrong.has(kind)) console.error(`seed ${seed}: ${what}`);
        wrong.set(kind, [...(wrong.get(kind) ?? []), seed]);
      }
      if (Date.now() - said > 60_000) {
        said = Date.now();
        console.log(`${tally.seeds} seeds, ${Math.round((said - began) / 60_000)} minutes, ${wrong.size} findings`);
      }
    },
  });
  const seconds = (Date.now() - began) / 1000;
  console.log(`${tally.seeds} seeds, ${tally.years.toFixed(1)} years, ${tally.requests} requests and ${tally.runs} runs of the cron in ${Math.round(seconds)} s (${(tally.seeds / seconds).toFixed(1)} seeds a second)`);
  // The same seeds on another checkout, on another machine, leave the same.
  const all = createHash("sha256");
  for (const [seed, hash] of [...hashes].toSorted(([a], [b]) => a - b)) all.update(`${seed} ${hash}\n`);
  console.log(`the trace of all: ${all.digest("hex")}`);
  return { tally, wrong, seconds };
}

/** The worlds in which something was found before. */
async function regressions() {
  const loaded = await load();
  let isGood = true;
  for (const [what, seed, changes] of REGRESSIONS) {
    const { found } = await simulate(loaded, { ...planOf(seed), ...changes });
    for (const one of found) console.error(`the world of "${what}" (seed ${seed}): ${one}`);
    isGood &&= found.length === 0;
  }
  return isGood;
}

/** Tells a finding: the seed made smaller, and what happened in it. */
async function tell(wrong) {
  const loaded = await load();
  for (const [kind, seeds] of [...wrong].slice(0, 5)) {
    const seed = seeds.toSorted((a, b) => a - b)[0];
    const { plan, from, to } = await shrink(loaded, planOf(seed), kind, { seconds: 45 });
    const again = await simulate(loaded, plan, { keep: 100_000 }).catch((error) => error);
    if (again instanceof Error) {
      console.error(again.stack);
      continue;
    }
    const { world } = again;
    console.error(`\n${kind}\n  in ${seeds.length} seeds, the first is ${seed}; made smaller from ${Math.round(from)} to ${Math.round(to)}: ${JSON.stringify({ players: plan.players, actors: plan.actors.map(({ kind, number }) => `${kind} ${number}`), faults: plan.faults, times: plan.times })}`);
    for (const line of story(world.scheduler.lines)) console.error(line);
  }
}

/** Each mutant must be caught within so many seeds. */
async function mutants({ seeds, jobs, name }) {
  const all = [
    ...EDGE.map(([name, edits]) => ({ name, of: "the edge", mutant: ["glue", edits] })),
    ...ofProof(root).map(([name, edits]) => ({ name, of: "the database", mutant: ["sql", edits] })),
    ...ofCore(root).map(([name, changes]) => ({ name, of: "the core", changes })),
  ].filter((mutant) => !name || mutant.name.includes(name));
  const table = [];
  for (const { name, of, changes, mutant = ["core", buildOfCore(root, changes)] } of all) {
    const began = Date.now();
    let seed = 1;
    let caught;
    let tried = 0;
    const met = new Set();
    await inThreads({
      jobs, mutant,
      next: () => (caught === undefined && seed <= seeds ? seed++ : undefined),
      outcome: ({ seed, found, met: of }) => {
        tried += 1;
        for (const edit of of) met.add(edit);
        const failure = found.find((what) => what.startsWith("the simulator failed"));
        if (failure) console.error(`${name}: seed ${seed}: ${failure}`);
        if (!failure && found.length > 0 && (caught === undefined || seed < caught.seed)) caught = { seed, what: kindOf(found[0]) };
      },
    });
    if (!caught && met.size < mutant[1].length && mutant[0] === "sql") console.error(`${name}: not all of its SQL was met`);
    table.push({ name, of, caught, tried });
    console.log(`${caught ? "caught" : "NOT CAUGHT"}: ${name} (${of}): ${caught ? `seed ${caught.seed}: ${caught.what}` : `${tried} seeds`}, ${Math.round((Date.now() - began) / 1000)} s`);
  }
  return table;
}

async function main() {
  const jobs = number("JOBS") ?? Math.max(1, Math.min(4, availableParallelism()));
  const [first, seeds, hours] = [number("SEED"), number("SEEDS"), number("HOURS")];
  if (process.env.MUTANTS) {
    const table = await mutants({ seeds: seeds ?? 200, jobs, name: process.env.NAME });
    if (process.env.REPORT) report(root, "mutants", table);
    return table.every(({ caught }) => caught);
  }
  if (first !== undefined && seeds === undefined && hours === undefined) return tellOne(first);
  const isGood = await regressions();
  const { tally, wrong, seconds } = await many({ first: first ?? 1, seeds: seeds ?? (hours === undefined ? 100 : Infinity), hours, jobs });
  if (wrong.size > 0) await tell(wrong);
  if (!process.env.REPORT) return isGood && wrong.size === 0;
  const seen = coverage(root, tally.counts);
  console.log(covered(seen));
  if (wrong.size === 0) report(root, "seeds", { tally, seconds, first: first ?? 1, coverage: seen });
  return isGood && wrong.size === 0 && seen.missing.length === 0;
}

if (isMainThread) process.exit((await main()) ? 0 : 1);
else await work();
