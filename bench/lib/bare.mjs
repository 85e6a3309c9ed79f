// `workerd serve` with nothing but one Worker in it, for what needs no D1.

import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { spawn, spawnSync } from "node:child_process";
import workerd from "workerd";
import { freePort } from "../../tools/local.mjs";
import { compatibilityDate, variables } from "./settings.mjs";

const KINDS = { esm: "esModule", wasm: "wasm" };
// The package's export is the path of the program.
const program = workerd.default;
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** The server's configuration in Cap'n Proto's text form. */
function configuration(modules, port) {
  const quoted = JSON.stringify;
  const list = modules.map(({ name, type }) => `(name = ${quoted(name)}, ${KINDS[type]} = embed ${quoted(name)})`);
  const vars = Object.entries(variables("http://localhost:1")).map(
    ([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${list.join(",\n    ")}],
  bindings = [${vars.join(",\n    ")}],
  compatibilityDate = ${quoted(compatibilityDate)},
);
`;
}

/** Starts one. `startMs` is the time from its start to the end of the first answer to that request. */
export async function startBare({ name, modules, folder, first }) {
  const port = await freePort();
  const here = join(folder, name);
  mkdirSync(here, { recursive: true });
  for (const module of modules) writeFileSync(join(here, module.name), module.contents);
  writeFileSync(join(here, "config.capnp"), configuration(modules, port));
  // Wrangler hands workerd its configuration in binary too. To read a module of 1.5 MB out of the text takes some 10 ms,
  // which no deployed Worker pays.
  const { stdout, status } = spawnSync(program, ["compile", "--config-only", join(here, "config.capnp")], { maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error("workerd cannot read the configuration");
  writeFileSync(join(here, "config.bin"), stdout);
  const request = first(port);
  const begun = performance.now();
  // What a Worker logs is written, as it is when deployed, and read by nobody.
  const child = spawn(program, ["serve", "--binary", join(here, "config.bin")], { stdio: ["ignore", "ignore", "inherit"] });
  running.add(child);
  const exited = new Promise((resolve) => child.once("exit", resolve)).then(() => running.delete(child));
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  try {
    await firstAnswer(port, request, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, port, pid: child.pid, startMs: performance.now() - begun, stop };
}

/** Asks until there is an answer; a connection that is refused is tried again at once. */
async function firstAnswer(port, request, child) {
  const end = Date.now() + 20_000;
  while (!(await answered(port, request))) {
    if (child.exitCode !== null || Date.now() > end) throw new Error("workerd does not answer");
  }
}

function answered(port, request) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.once("data", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false)).once("end", () => resolve(false));
  });
}
