// Starts the built Worker with `around.js` around it, which makes it wait or trap on request.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/local.mjs";
import { startHarness } from "../harness.mjs";

/** A wasm module whose one function traps: (func (export "trap") unreachable). */
const TRAP = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...[1, 4, 1, 0x60, 0, 0], ...[3, 2, 1, 0],
  ...[7, 8, 1, 4, ...Buffer.from("trap"), 0, 0], ...[10, 5, 1, 3, 0, 0, 0x0b],
];

export const startTrapWorld = () =>
  startHarness({
    config(folder) {
      const code = join(folder, "code");
      mkdirSync(code);
      for (const name of ["index.js", "checkout_guard_bg.wasm"]) copyFileSync(join(root, "build", name), join(code, name));
      for (const name of ["before.js", "around.js"]) copyFileSync(join(root, "tests/edge/trap", name), join(code, name));
      writeFileSync(join(code, "trap.wasm"), Uint8Array.from(TRAP));
      const rules = [{ type: "ESModule", globs: ["**/*.js"], fallthrough: false }];
      return { main: join(code, "around.js"), no_bundle: true, rules };
    },
  });

/** Rejects if the promise takes longer. */
export const within = (seconds, promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("it hangs")), seconds * 1000).unref())]);
