// From single runs to medians, and the spread of the ratios between runs that stood side by side.

import { median } from "./measure.mjs";
import { CONNECTIONS } from "./paths.mjs";

const MEASURES = ["requests_per_s", "cpu_ms", "p50_ms", "p99_ms"];
const MOST = CONNECTIONS.at(-1);
const NAMES = new Map([[1, "one_connection"]]);

/** `{ path: { requests_per_s, cpu_ms, rps_ratio, cpu_ratio, ... } }`, the first four at 16 connections. */
export function summary(names, runs, counts) {
  return Object.fromEntries(names.map((name) => [name, ofPath(runs.filter(({ path }) => path === name), counts[name])]));
}

function ofPath(runs, counts) {
  const at = (connections) => {
    const of = (who) => runs.filter((run) => run.who === who && run.connections === connections);
    return { ...medians(of("ours")), ...ratios(of("ours"), of("peer")), ...others(of) };
  };
  const { d1, rows_read, rows_written, stripe } = counts.ours;
  return {
    ...at(MOST),
    ...Object.fromEntries(CONNECTIONS.filter((number) => number !== MOST).map((number) => [NAMES.get(number), at(number)])),
    d1_calls: d1, rows_read, rows_written, stripe_calls: stripe,
    peer_calls: { d1_calls: counts.peer.d1, rows_read: counts.peer.rows_read, rows_written: counts.peer.rows_written, stripe_calls: counts.peer.stripe },
  };
}

const medians = (runs) => Object.fromEntries(MEASURES.map((measure) => [measure, median(runs.map((run) => run[measure]))]));

/** The medians of the peer, and of the ceiling if it was there. */
function others(of) {
  const there = ["peer", "ceiling"].filter((who) => of(who).length > 0);
  return Object.fromEntries(there.map((who) => [who, medians(of(who))]));
}

/** Of runs of the same round, ours over the peer's. */
function ratios(ours, peer) {
  const of = (measure) => ours.map((run, round) => run[measure] / peer[round][measure]);
  const spread = (values) => [Math.min(...values), Math.max(...values)];
  const [rps, cpu] = [of("requests_per_s"), of("cpu_ms")];
  return {
    rps_ratio: median(rps), rps_ratio_spread: spread(rps),
    cpu_ratio: median(cpu), cpu_ratio_spread: spread(cpu),
  };
}
