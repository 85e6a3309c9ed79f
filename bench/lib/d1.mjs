// A Worker in workerd with a local D1, by way of Miniflare. The load goes straight to the Worker's own
// socket and not through Miniflare's entry. D1's simulator runs in the same process as the Worker.

import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Log, LogLevel, Miniflare } from "miniflare";
import { freePort, root } from "../../tools/local.mjs";
import { compatibilityDate, variables } from "./settings.mjs";

const text = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type: "text", value }]));

/** Starts one over the database in `folder`; `vars` beside or instead of the usual ones. */
export async function startWithD1({ name, modules, folder, stripe, vars = {}, triggers = false }) {
  const before = new Set(children());
  const faults = [];
  const keep = (message) => {
    faults.push(message);
    if (faults.length > 5) faults.shift();
  };
  const port = await freePort();
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    log: new Log(LogLevel.NONE),
    // What the Workers log is read by nobody, but for the last faults: they explain a wrong answer.
    handleStructuredLogs: ({ level, message }) => level === "error" && keep(message),
    cf: false,
    resourcePersistencePath: folder,
    unsafeTriggerHandlers: triggers,
    workers: [worker({ name, modules, port, env: { ...text({ ...variables(stripe), ...vars }), DB: { type: "d1", id: "bench" } } })],
  });
  const entry = await miniflare.ready;
  const pid = children().find((child) => !before.has(child));
  if (!pid) throw new Error("Miniflare's workerd was not found");
  const d1 = await miniflare.getD1Database("DB", name);
  return { name, port, pid, entry, d1, faults, stop: () => miniflare.dispose() };
}

function worker({ name, modules, port, env }) {
  return {
    config: {
      name,
      compatibilityDate,
      manifest: {
        mainModule: modules[0].name,
        modulesRoot: root,
        modules: Object.fromEntries(modules.map(({ name, type, contents }) => [name, { type, contents }])),
      },
      env,
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port }] },
  };
}

/** The processes that this one started. */
function children() {
  const tasks = `/proc/${process.pid}/task`;
  return readdirSync(tasks).flatMap((task) => readFileSync(`${tasks}/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number));
}

/** An empty database in a folder, and its file, opened: rows are written into it before a Worker starts. */
export async function makeDatabase(folder) {
  mkdirSync(folder, { recursive: true });
  const modules = [{ name: "index.js", type: "esm", contents: "export default {}" }];
  const server = await startWithD1({ name: "maker", modules, folder, stripe: "http://localhost:1" });
  await server.d1.prepare("SELECT 1").run();
  await server.stop();
  return openDatabase(folder);
}

/** The database's file. */
export function openDatabase(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".sqlite") && !/metadata/.test(name));
  if (files.length !== 1) throw new Error(`${folder} has not one database but ${files.length}`);
  return new DatabaseSync(join(folder, files[0]), { timeout: 10_000 });
}
