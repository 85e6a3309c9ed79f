// Makes a failing plan smaller: fewer actors, fewer kinds of trouble, fewer players, a shorter time; for as long as the same thing goes wrong.

import { simulate } from "./simulate.mjs";
import { sizeOf } from "./world/plan.mjs";

/** Findings of one kind are one: amounts and numbers aside. */
export const kindOf = (finding) => finding.replace(/p\d+\/\w+\/[\d-]*/g, "a charge").replace(/[\d.,]+/g, "…").split("\n")[0];

/** The plans that are a little less than this one. */
function* smaller(plan) {
  const { actors, faults, times } = plan;
  for (let part = Math.ceil(actors.length / 2); part >= 1; part = part > 1 ? Math.ceil(part / 2) : 0) {
    for (let at = 0; at < actors.length; at += part) yield { ...plan, actors: [...actors.slice(0, at), ...actors.slice(at + part)] };
  }
  const without = (of, name) => Object.fromEntries(Object.entries(of).filter(([known]) => known !== name));
  for (const name of Object.keys(faults)) yield { ...plan, faults: without(faults, name) };
  for (const name of Object.keys(times)) yield { ...plan, times: without(times, name) };
  for (const players of [1, Math.ceil(plan.players / 2), plan.players - 1]) if (players >= 1 && players < plan.players) yield { ...plan, players };
  if (plan.carries) yield { ...plan, carries: false };
  if (plan.isolates > 1) yield { ...plan, isolates: 1 };
  if (plan.latency > 0) yield { ...plan, latency: 0 };
}

/** The smallest plan that was found within so many seconds, in which something of the same kind is wrong. */
export async function shrink(loaded, plan, kind, { seconds = 60 } = {}) {
  const end = Date.now() + seconds * 1000;
  let least = plan;
  for (let isSmaller = true; isSmaller && Date.now() < end; ) {
    isSmaller = false;
    for (const candidate of smaller(least)) {
      if (Date.now() > end) break;
      const { found } = await simulate(loaded, candidate).catch(() => ({ found: [] }));
      if (!found.some((finding) => kindOf(finding) === kind)) continue;
      least = candidate;
      isSmaller = true;
      break;
    }
  }
  return { plan: least, from: sizeOf(plan), to: sizeOf(least) };
}

/** The last of what happened before something was wrong, in words. */
export function story(lines, { most = 50 } = {}) {
  const words = lines.filter(([, line, of]) => of === undefined && !/^isolate \d+ (log|error)/.test(line));
  const wrong = words.findIndex(([, line]) => line.startsWith("WRONG"));
  const last = wrong < 0 ? words.length : wrong + 1;
  return words.slice(Math.max(0, last - most), last).map(([at, line]) => `  ${new Date(at).toISOString().replace("T", " ").slice(0, 23)}  ${line.replace(/cs_test_\w+/g, (id) => `cs_…${id.slice(-5)}`).slice(0, 200)}`);
}
