// An isolate: a fresh copy of the shipped glue, with a wasm instance of its own. The glue's text is run as it is, but for the
// two lines that only a module can have, its import of the wasm and its export. What it finds as globals are the host's.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { Headers, Request, Response } from "./web.mjs";

/** The names by which the glue reaches the world. Any other global of JavaScript has neither time nor chance nor I/O. */
const GLOBALS = [
  "globalThis", "self", "addEventListener", "fetch", "crypto", "setTimeout", "clearTimeout", "queueMicrotask", "Date", "Intl", "Math", "console",
  "AbortSignal", "Headers", "Request", "Response", "FinalizationRegistry", "global", "window", "process", "performance",
];

/** To make a formatter of a time zone takes longer than a request; what it says is the same in all isolates. */
const formats = new Map();
const intl = Object.create(Intl, {
  DateTimeFormat: {
    value: function DateTimeFormat(locale, options) {
      const key = JSON.stringify([locale, options]);
      if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, options));
      return formats.get(key);
    },
  },
});

/** What is shipped: the glue, compiled once, and the wasm module. `edit` changes the glue's text, for a mutant. */
export function loadWorker(folder, edit = (text) => text) {
  const shipped = readFileSync(join(folder, "index.js"), "utf8");
  const text = edit(shipped);
  const body = text
    .replace(/import (\w+) from\s*"\.\/checkout_guard_bg\.wasm";/, "const $1=__module;")
    .replace(/export\s*\{\s*(\w+) as default\s*\};?\s*$/, "return $1;");
  if (/\bimport[ {*]|\bexport[ {*]/.test(body.replace(/"[^"]*"|`[^`]*`/g, ""))) throw new Error("the glue imports or exports something else");
  return {
    start: compileFunction(body, ["__module", ...GLOBALS], { filename: "build/index.js" }),
    module: new WebAssembly.Module(readFileSync(join(folder, "checkout_guard_bg.wasm"))),
  };
}

export class Isolate {
  /** Whether it has died: nothing is called back any more. */
  isDead = false;
  /** From when on it gets no more requests: a newer version is deployed. */
  retiresAt = Infinity;
  /** Handlers of the global scope's events. */
  #listeners = new Map();
  #entry;

  /**
   * `world` is what its globals do: `now`, `random`, `randomBytes`, `fetch`, `later`, `cancel`, `timeout`, `log`.
   */
  constructor({ worker, name, world }) {
    this.name = name;
    const clock = class extends Date {
      constructor(...parts) {
        if (parts.length === 0) super(world.now());
        else super(...parts);
      }
      static now() {
        return world.now();
      }
    };
    const math = Object.create(Math, { random: { value: () => world.random() } });
    const log = (level) => (...parts) => world.log(level, parts.map(String).join(" "));
    const scope = {
      crypto: { getRandomValues: (into) => world.randomBytes(into) },
      fetch: (url, init) => world.fetch(url, init),
      setTimeout: (run, delay = 0) => world.later(run, delay),
      clearTimeout: (timer) => world.cancel(timer),
      queueMicrotask: (run) => queueMicrotask(run),
      addEventListener: (type, listener) => this.#listeners.set(type, listener),
      console: { log: log("log"), error: log("error"), warn: log("warn"), debug: log("debug"), info: log("info") },
      AbortSignal: { timeout: (limit) => world.timeout(limit) },
    };
    const values = {
      ...scope, globalThis: scope, self: scope, Date: clock, Intl: intl, Math: math, Headers, Request, Response,
      // wasm-bindgen frees by it what was forgotten, whenever the engine likes: no two runs would be equal.
      FinalizationRegistry: undefined,
    };
    this.#entry = worker.start(worker.module, ...GLOBALS.map((name) => values[name]));
  }

  fetch(request, env, context) {
    return this.#entry.fetch(request, env, context);
  }

  scheduled(event, env, context) {
    return this.#entry.scheduled(event, env, context);
  }

  /** An exception that nobody caught, in a promise or in a microtask. */
  uncaught(type, error) {
    this.#listeners.get(type)?.(type === "error" ? { error } : { reason: error });
  }
}
