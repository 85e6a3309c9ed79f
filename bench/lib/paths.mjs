// The paths that are measured: what is asked, how often, what must come back. `on` says which servers
// can answer. A path that uses a charge up gets fresh ones for every run.

import { bot, delivery, link, prefetch, tokenOf } from "./requests.mjs";

/** Charges that every run of a path may share. */
const SHARED = 1_000;
/** The connections of the runs of each round. */
export const CONNECTIONS = [1, 16];

const clicks = ({ from, count }) => Array.from({ length: count }, (_, n) => link(tokenOf(from + n)));
const checkout = (server) => `${server.stripe.origin}/c/pay/`;

/**
 * `warm`, and the requests of a run with 1 and with 16 connections. `order` and `session` are the orders that the
 * charges have, and what Stripe says of their sessions if it is asked.
 */
export const PATHS = {
  link_page: { on: "bare", status: 200, warm: 5_000, runs: [8_000, 40_000], requests: () => [link("any-token-will-do", bot)] },
  prefetch: { on: "bare", status: 503, warm: 5_000, runs: [8_000, 40_000], requests: () => [link("any-token-will-do", prefetch)] },
  unknown_token: {
    on: "d1", status: 404, warm: 1_000, runs: [1_000, 6_000],
    requests: (_, range) => Array.from({ length: range.count }, (_, n) => link(`nobody-was-given-this-${n}`)),
  },
  fresh: { on: "d1", order: "fresh", shared: true, status: 307, location: checkout, warm: 1_000, runs: [1_000, 6_000], requests: (_, range) => clicks(range) },
  paid: { on: "d1", order: "paid", shared: true, status: 409, warm: 1_000, runs: [1_000, 6_000], requests: (_, range) => clicks(range) },
  first_click: { on: "d1", status: 307, location: checkout, warm: 200, runs: [40, 600], requests: (_, range) => clicks(range) },
  stale: { on: "d1", order: "stale", session: "open", status: 307, location: checkout, warm: 200, runs: [40, 600], requests: (_, range) => clicks(range) },
  webhook: {
    on: "d1", order: "fresh", session: "paid", status: 200, warm: 300, runs: [300, 2_000],
    requests: (server, { from, count }) => Array.from({ length: count }, (_, n) => delivery(server.event, server.order(from + n))),
  },
};

/**
 * The charges of each path, one range after the other: `[name, { from, count, order, session }]`. A path has as many as
 * the rounds of `make bench` use up and `checks` more, or `each` of them.
 */
export function ranges(names, { checks, each }) {
  let from = 1;
  return names.flatMap((name) => {
    const { on, order, session, shared, warm, runs } = PATHS[name];
    if (on !== "d1" || name === "unknown_token") return [];
    const count = each ?? (shared ? SHARED : warm + runs[0] + runs[1] + checks);
    const range = { from, count, order, session };
    from += count;
    return [[name, range]];
  });
}

/** Hands out a path's charges, those of `take` one after the other and those that are shared again and again. */
export class Pool {
  constructor(names, options) {
    this.left = new Map(ranges(names, options));
  }

  take(name, count) {
    const range = this.left.get(name);
    if (!range) return { from: 0, count: Math.min(count, SHARED) };
    if (PATHS[name].shared) return range;
    if (count > range.count) throw new Error(`there are not enough charges for ${name}`);
    this.left.set(name, { ...range, from: range.from + count, count: range.count - count });
    return { from: range.from, count };
  }
}

/** Everything for one run: fresh charges and its requests. */
export function plan(server, name, { count, connections }) {
  const path = PATHS[name];
  const range = server.pool?.take(name, count) ?? { from: 0, count: 1 };
  return { requests: path.requests(server, range), count, connections, status: path.status, location: path.location?.(server) };
}
