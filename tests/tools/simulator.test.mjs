// Two runs of the same seeds are equal to the byte, wherever the project lies: nothing that the machine knows gets into a simulated world.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../tools/local.mjs";

const run = promisify(execFile);
/** What a run of the simulator reads. */
const PARTS = ["build", "migrations", "tools/simulator", "wrangler.toml", "package.json"];

/** The hash of all that happened in three worlds, simulated by the checkout that lies there. */
async function trace(folder, name) {
  const env = { ...process.env, SEED: "11", SEEDS: "3", JOBS: "1", TZ: name === "here" ? "UTC" : "Pacific/Chatham" };
  const { stdout } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", join(folder, "tools/simulator/main.mjs")], { cwd: folder, env });
  return /the trace of all: (\w{64})/.exec(stdout)?.[1];
}

test("the same seeds leave the same trace in another folder, under another time zone", { timeout: 300_000 }, async () => {
  await run("sh", [join(root, "tools/simulator/build.sh")], { cwd: root });
  const folder = mkdtempSync(join(tmpdir(), "checkout-guard-elsewhere-"));
  try {
    for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true });
    mkdirSync(join(folder, "target/simulator"), { recursive: true });
    for (const name of ["simulated_stripe.js", "simulated_stripe_bg.wasm"]) cpSync(join(root, "target/simulator", name), join(folder, "target/simulator", name));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const here = await trace(root, "here");
    assert.match(here, /^\w{64}$/);
    assert.equal(await trace(folder, "elsewhere"), here);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
