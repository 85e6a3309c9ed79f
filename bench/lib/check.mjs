// Before anything is timed: both Workers give the same answers, leave the same rows, and what they
// asked of D1 and of Stripe for it is counted.

import { request } from "node:http";
import { rows } from "./rows.mjs";
import { PATHS, plan } from "./paths.mjs";
import { forPaths } from "./servers.mjs";

/** Sends one request and reads the answer. */
export function ask(port, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, method, path, headers: { host: `localhost:${port}`, ...headers } }, (answer) => {
      const chunks = [];
      answer.on("error", reject).on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on("error", reject).end(body);
  });
}

/** What must be the same: session ids are Stripe's to choose, lengths may differ by a word. */
function shape({ status, headers, body }, server) {
  const { date, connection, "content-length": length, "server-timing": timing, "x-counted": counted, "transfer-encoding": how, ...rest } = headers;
  const same = (text) => text.replaceAll(server.stripe.origin, "STRIPE").replace(/cs_test_\w+/, "SESSION");
  return {
    status,
    kilobytes: Math.round(body.length / 500) / 2,
    headers: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, same(value)])),
  };
}

/** Counts and compares; answers `{ path: { ours, peer } }` of counts. */
export async function check(modules, scratch, names) {
  const servers = {};
  try {
    for (const name of ["ours", "peer"]) {
      const vars = { DEBUG_TIMING: "on" };
      servers[name] = await forPaths(name, modules[name], scratch, names, { checks: 10, around: "count.js", vars });
    }
    const counts = {};
    for (const name of names) {
      const seen = {};
      for (const [who, server] of Object.entries(servers)) seen[who] = await once(server, name);
      expectSame(`${name}: the answers`, seen.ours.shape, seen.peer.shape);
      expectSame(`${name}: the rows`, seen.ours.rows, seen.peer.rows);
      counts[name] = { ours: seen.ours.counts, peer: seen.peer.counts };
    }
    return counts;
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}

async function once(server, name) {
  // The first is a warm-up of whatever is made once.
  let seen;
  for (let time = 0; time < 2; time++) {
    const { requests, status, location } = plan(server, name, { count: 1, connections: 1 });
    const answer = await ask(server.port, requests[0]);
    if (answer.status !== status) throw new Error(`${server.name}, ${name}: ${answer.status} and not ${status}\n${answer.body}`);
    if (location && !answer.headers.location?.startsWith(location)) throw new Error(`${server.name}, ${name}: to ${answer.headers.location}`);
    const counts = JSON.parse(answer.headers["x-counted"]);
    expectOwnCount(server, name, answer, counts);
    seen = { shape: shape(answer, server), counts, rows: await rows(server) };
  }
  return seen;
}

/** What our Worker says of itself is what was counted around it. */
function expectOwnCount(server, name, { headers }, counts) {
  if (server.name !== "ours" || PATHS[name].on !== "d1") return;
  const said = /d1;desc=(\d+), stripe;desc=(\d+)/.exec(headers["server-timing"]);
  if (Number(said?.[1]) !== counts.d1 || Number(said?.[2]) !== counts.stripe) {
    throw new Error(`${name}: Server-Timing says ${said?.[0]}, counted were ${JSON.stringify(counts)}`);
  }
}

function expectSame(what, ours, peer) {
  if (JSON.stringify(ours) !== JSON.stringify(peer)) {
    throw new Error(`${what} differ:\n${JSON.stringify(ours, null, 1)}\n${JSON.stringify(peer, null, 1)}`);
  }
}
