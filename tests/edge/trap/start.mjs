// Starts the built Worker with `around.js` around it, which makes it wait or trap on request.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { around, startHarness } from "../harness.mjs";

/** A wasm module whose one function traps: (func (export "trap") unreachable). */
const TRAP = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...[1, 4, 1, 0x60, 0, 0], ...[3, 2, 1, 0],
  ...[7, 8, 1, 4, ...Buffer.from("trap"), 0, 0], ...[10, 5, 1, 3, 0, 0, 0x0b],
];

export const startTrapWorld = () =>
  startHarness({
    config(folder) {
      const config = around(folder, "tests/edge/trap/around.js", "tests/edge/trap/before.js");
      writeFileSync(join(folder, "code/trap.wasm"), Uint8Array.from(TRAP));
      return config;
    },
  });

/** Rejects if the promise takes longer. */
export const within = (seconds, promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("it hangs")), seconds * 1000).unref())]);
