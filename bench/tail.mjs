// `make bench-tail`: 200 clicks wait for a Stripe that takes five seconds and then fails, again and
// again for SECONDS=. Meanwhile bots, and people whose click needs no Stripe, must not notice, and
// workerd's memory and connections must not grow.

import { readdirSync } from "node:fs";
import { load, median, pause, rssMb } from "./lib/measure.mjs";
import { bot, link, tokenOf } from "./lib/requests.mjs";
import { session, setting } from "./lib/session.mjs";
import { withStripe } from "./lib/servers.mjs";
import { workers } from "./lib/settings.mjs";
import { aligned } from "./lib/table.mjs";

const CLICKS = 200;
const CHARGES = 1_000;
const SLOW_MS = 5_000;
/**
 * How often each charge is clicked whose click fails. After failures in a row a charge pauses, longer each time,
 * and a click meanwhile would wait for nothing: they are few, and far apart.
 */
const TIMES = 4;
const QUIET_SECONDS = 15;
const FRESH = 1;
const PAID = FRESH + CHARGES;
const SLOW = PAID + CHARGES;

const clicks = (from, count) => Array.from({ length: count }, (_, n) => link(tokenOf(from + n)));

/** Who must not notice: a few at a time, at their leisure, as links are opened. */
const others = (server) => ({
  link_page: { requests: [link("any-token-will-do", bot)], status: 200 },
  fresh: { requests: clicks(FRESH, CHARGES), status: 307, location: server.stripe.origin },
  paid: { requests: clicks(PAID, CHARGES), status: 409 },
});

await session("bench-tail", async (scratch, say) => {
  const seconds = setting("SECONDS", 600, { least: 30, most: 86_400 });
  const slowCharges = Math.max(10 * CLICKS, Math.ceil((CLICKS * seconds * 1000) / SLOW_MS / TIMES));
  const fill = async (add) => {
    // Fresh orders stay fresh for as long as the soak.
    await add({ from: FRESH, count: CHARGES, order: "fresh", now: Date.now() + seconds * 1000 });
    await add({ from: PAID, count: CHARGES, order: "paid" });
    await add({ from: SLOW, count: slowCharges });
  };
  const server = await withStripe("ours", workers().ours, scratch, { fill });
  try {
    await meanwhile(server, 5);
    const quiet = await meanwhile(server, QUIET_SECONDS);
    say("quiet: measured");
    const { busy, samples, slow } = await soak(server, { seconds, slowCharges, say });
    // Connections that nobody uses are closed after some seconds.
    await pause(10_000);
    console.log(`\n${report({ quiet, busy, samples, slow, after: sample(server) })}`);
  } finally {
    await server.stop();
  }
});

async function meanwhile(server, seconds) {
  const entries = Object.entries(others(server)).map(async ([name, plan]) => {
    return [name, await load(server, { ...plan, count: 4_000_000, connections: 2, pauseMs: 10, seconds })];
  });
  return Object.fromEntries(await Promise.all(entries));
}

function sample({ pid }) {
  return { mb: rssMb(pid), files: readdirSync(`/proc/${pid}/fd`).length };
}

async function soak(server, { seconds, slowCharges, say }) {
  await server.control("faults", { clear: true, faults: [{ kind: "delay", ms: SLOW_MS }, { kind: "error_after" }] });
  const samples = [];
  let over = false;
  const watch = (async () => {
    for (let second = 0; !over; second++) {
      samples.push(sample(server));
      if (second % 60 === 0) say(`Stripe is slow: ${samples.at(-1).mb.toFixed(0)} MB, ${samples.at(-1).files} open files`);
      await pause(1_000);
    }
  })();
  // 503 is the true answer here: nothing was paid, try again.
  // They come one after the other, as people do, and not all at once every five seconds.
  const plan = { requests: clicks(SLOW, slowCharges), status: 503, connections: CLICKS, spreadMs: SLOW_MS, count: 4_000_000, seconds };
  const work = Promise.all([meanwhile(server, seconds), load(server, plan)]);
  const [busy, slow] = await work.finally(() => (over = true));
  await watch;
  return { busy, slow, samples };
}

function report({ quiet, busy, samples, slow, after }) {
  const ms = (value) => value.toFixed(1);
  const lines = Object.keys(quiet).map((name) => [
    name, ms(quiet[name].p50_ms), ms(quiet[name].p99_ms), ms(busy[name].p50_ms), ms(busy[name].p99_ms), ms(busy[name].max_ms),
  ]);
  const third = Math.ceil(samples.length / 3);
  const [early, late] = [samples.slice(0, third), samples.slice(-third)].map((part) => median(part.map(({ mb }) => mb)));
  const files = Math.max(...samples.map(({ files }) => files));
  return [
    aligned([["", "quiet p50", "quiet p99", "Stripe slow p50", "p99", "max, ms"], ...lines]),
    "",
    `${slow.answers} clicks waited for Stripe, ${CLICKS} at a time; each was told to try again after ${ms(slow.p50_ms / 1000)} s (p99 ${ms(slow.p99_ms / 1000)} s).`,
    `Memory: ${ms(early)} MB in the first third, ${ms(late)} MB in the last, ${ms(after.mb)} MB after it.`,
    `Open files: ${files} at most, ${after.files} after it.`,
  ].join("\n");
}
