// Starts the Worker and the fake Stripe on this machine, for `make dev` and for the tests, and
// stops them again with everything that they started.

import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = (name) => join(root, "node_modules/.bin", name);
// wrangler's own start-up looks for node on PATH, and the machine's may be too old for it.
const PATH = [join(root, "node_modules/.bin"), join(root, ".tools/bin"), process.env.PATH].join(delimiter);
const env = { ...process.env, PATH, WRANGLER_SEND_METRICS: "false", CI: "1", NO_COLOR: "1" };

const running = new Set();

/** Starts a process in a group of its own, so that its children end with it. */
export function start(command, args, { onLine = () => {}, cwd = root, env: more = {} } = {}) {
  const child = spawn(command, args, { cwd, env: { ...env, ...more }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        output.push(line);
        onLine(line);
      }
    });
  }
  const handle = { child, output, exited: new Promise((resolve) => child.once("exit", resolve)) };
  running.add(handle);
  handle.exited.then(() => running.delete(handle));
  return handle;
}

const signal = (handle, name) => {
  try {
    process.kill(-handle.child.pid, name);
  } catch {
    // It is gone already.
  }
};

/** Ends a process and its children; those that linger are killed. */
export async function stop(handle) {
  signal(handle, "SIGTERM");
  const late = setTimeout(() => signal(handle, "SIGKILL"), 5_000);
  await handle.exited;
  clearTimeout(late);
  // The group may outlive its leader.
  signal(handle, "SIGKILL");
}

/** Ends a process at once, as a crash would. */
export async function kill(handle) {
  signal(handle, "SIGKILL");
  await handle.exited;
}

export const stopAll = () => Promise.all([...running].map(stop));

process.on("exit", () => running.forEach((handle) => signal(handle, "SIGKILL")));

/** Waits until something holds, or fails with the last output of a process. */
export async function until(holds, { seconds = 60, what, handle }) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (handle?.child.exitCode != null || Date.now() > end) {
      throw new Error(`${what} did not come about:\n${handle?.output.slice(-30).join("\n") ?? ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A port that is free now. */
export async function freePort() {
  // Below the ports that the system gives by itself (Linux: 32768 and up): until it is listened on, nobody gets it by chance.
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

export function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Runs a command to its end; its output is shown only if it fails. */
export function run(command, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, env, encoding: "utf8", ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** Starts the fake Stripe. Without a `webhookUrl` its events go nowhere. */
export async function startFakeStripe({ port, webhookUrl, webhookSecret, binary, onLine }) {
  const webhooks = webhookUrl ? ["--webhook-url", webhookUrl, "--webhook-secret", webhookSecret] : [];
  const handle = start(
    binary ?? process.env.FAKE_STRIPE_BIN ?? join(root, "target/debug/fake-stripe"),
    ["--port", String(port), ...webhooks],
    { onLine },
  );
  const listening = /listening on (http:\S+)/;
  const line = await until(() => handle.output.find((line) => listening.test(line)), { what: "the fake Stripe", handle });
  return { handle, origin: listening.exec(line)[1] };
}

/** Applies the migrations to a local D1. */
export function migrate(args) {
  run(bin("wrangler"), ["d1", "migrations", "apply", "DB", "--local", ...args]);
}

/** `wrangler dev`; ready when it answers. */
export async function startWorker({ port, args = [], env = {}, onLine }) {
  const handle = start(
    bin("wrangler"),
    [
      "dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--show-interactive-dev-session=false",
      // A route of the deployed Worker would be taken for where it is here.
      "--infer-origin-from-routes=false", ...args,
    ],
    { onLine, env },
  );
  const origin = `http://localhost:${port}`;
  const ready = () => fetch(`${origin}/healthz`).then((answer) => answer.status > 0, () => false);
  await until(ready, { seconds: 90, what: "the Worker", handle });
  return { handle, origin };
}

/** Sends a CSV file to a Worker's import. */
export async function importCsv(origin, token, csv, { accept = "application/json", query = "" } = {}) {
  return fetch(`${origin}/admin/import${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "text/csv", accept },
    body: csv,
  });
}
