// What every benchmark begins and ends with: a folder of its own, and nothing left running.

import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopAll } from "../../tools/local.mjs";

/** In memory if there is room: how long a disk takes to write is not what is measured. */
function roomy() {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 4e9 ? "/dev/shm" : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Runs `work(scratch, say)` and ends the process; ^C ends it too. */
export async function session(name, work) {
  const scratch = mkdtempSync(join(roomy(), "checkout-guard-bench-"));
  process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) {
    process.once(signal, () => stopAll().finally(() => process.exit(code)));
  }
  const begun = performance.now();
  const say = (text) => console.log(`${name}: ${String(Math.round((performance.now() - begun) / 1000)).padStart(4)} s  ${text}`);
  let code = 0;
  try {
    await work(scratch, say);
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    code = 1;
  }
  await stopAll();
  process.exit(code);
}

/** A whole number from the environment. */
export function setting(name, usual, { least = 1, most }) {
  const number = Number(process.env[name] || usual);
  if (!Number.isInteger(number) || number < least || number > most) throw new Error(`${name} is a number from ${least} to ${most}`);
  return number;
}

/** Names from the environment, separated by commas or spaces; all if none is given. */
export function choice(name, all) {
  const chosen = (process.env[name] ?? "").split(/[\s,]+/).filter(Boolean);
  const unknown = chosen.filter((one) => !all.includes(one));
  if (unknown.length) throw new Error(`${name}: there is no ${unknown.join(", ")}; there are ${all.join(", ")}`);
  return chosen.length ? chosen : all;
}
