// One measured run: the load, and what it cost the server.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, start } from "../../tools/local.mjs";
import { writeRequests } from "./requests.mjs";

const TICKS_A_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** User and system time of a process so far, in ms (proc(5), /proc/PID/stat). */
export function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
}

/** Resident memory of a process in MB. */
export const rssMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let files = 0;

/** Sends requests to a server; fails if an answer is not what it must be. */
export async function load(server, { requests, count, connections, status, location, seconds = 120, pauseMs = 0, spreadMs = 0 }) {
  const file = join(server.scratch, `requests-${files++}`);
  writeRequests(file, requests, server.port);
  const args = ["--port", server.port, "--requests", file, "--connections", connections, "--count", count,
    "--seconds", seconds, "--pause-ms", pauseMs, "--spread-ms", spreadMs, "--status", status, ...(location ? ["--location", location] : [])];
  const handle = start(join(root, "target/release/load"), args.map(String));
  const code = await handle.exited;
  if (code !== 0) throw new Error(`${server.name} answered wrongly:\n${[...handle.output, ...(server.faults ?? [])].join("\n")}`);
  return JSON.parse(handle.output.find((line) => line.startsWith("{")));
}

/** A run with its CPU time, what went on after the answers included. */
export async function measured(server, plan) {
  const before = cpuMs(server.pid);
  const result = await load(server, plan);
  // A delivery asks Stripe after its answer.
  await pause(300);
  return {
    requests_per_s: result.answers / result.seconds,
    cpu_ms: (cpuMs(server.pid) - before) / result.answers,
    p50_ms: result.p50_ms,
    p99_ms: result.p99_ms,
  };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
