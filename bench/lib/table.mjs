// The results for people.

import { markdown } from "./page.mjs";

const HEAD = ["path", "", "requests/s", "CPU ms", "p50 ms", "p99 ms", "p50, 1 conn.", "D1", "rows", "Stripe", "rps / peer", "CPU / peer"];
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const spread = (ratio, [least, most]) => `${ratio.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;

/** One table. */
export function table(names, results) {
  const lines = names.flatMap((name) => ofPath(name, results[name]));
  const { start_ms: start, memory_mb: memory } = results;
  return [
    aligned([HEAD, ...lines]),
    "",
    aligned([
      ["", "ours", "peer", "ceiling", "ours / peer"],
      ["start to first answer, ms", ...["ours", "peer", "ceiling"].map((who) => start[who].toFixed(1)), spread(results.startup_ratio, results.startup_ratio_spread)],
      ["gzipped", kb(results.gzip_bytes), kb(results.gzip_bytes_peer), "", (results.gzip_bytes / results.gzip_bytes_peer).toFixed(2)],
      ["memory after 100,000 requests, MB", ...["ours", "peer", "ceiling"].map((who) => memory[who].after_100000.toFixed(0)), (memory.ours.after_100000 / memory.peer.after_100000).toFixed(2)],
    ]),
  ].join("\n");
}

const TITLES = {
  link_page: "link page, to a preview bot",
  prefetch: "prefetch, 503",
  unknown_token: "unknown token, 404",
  fresh: "fresh order, 307",
  paid: "paid, 409",
  first_click: "first click: claim, create",
  stale: "stale order replaced",
  webhook: "webhook: paid",
};

/** The same for docs/performance.md. */
export function page(names, results) {
  const whole = (number) => Math.round(number).toLocaleString("en-US");
  const bold = ([ratio, range]) => `**${ratio.toFixed(2)}** (${range.map((end) => end.toFixed(2)).join("-")})`;
  const row = (name) => {
    const ours = results[name];
    return [
      TITLES[name], whole(ours.requests_per_s), whole(ours.peer.requests_per_s), bold([ours.rps_ratio, ours.rps_ratio_spread]),
      `${whole(ours.cpu_ms * 1000)} µs`, `${whole(ours.peer.cpu_ms * 1000)} µs`, bold([ours.cpu_ratio, ours.cpu_ratio_spread]),
      `${ours.p50_ms.toFixed(1)}, ${ours.p99_ms.toFixed(0)} ms`, [ours.d1_calls, ours.rows_read, ours.stripe_calls].join(", "),
    ];
  };
  const { start_ms: start, memory_mb: memory, measured } = results;
  const three = (of) => ["ours", "peer", "ceiling"].map((who) => Math.round(of(who)));
  const [ours, peer, raw] = three((who) => start[who]);
  const [oursMb, peerMb, rawMb] = three((who) => memory[who].after_100000);
  return `${markdown([
    ["path", "requests/s", "peer", "ratio", "CPU a request", "peer", "ratio", "p50, p99", "D1, rows, Stripe"],
    ...names.map(row),
  ])}

16 connections, medians of ${measured.rounds} rounds, in brackets the spread of the rounds' ratios; ${measured.cpus} cores, Stripe in ${measured.stripe_ms} ms. Start to
first answer, bare workerd: ${ours} ms, the peer ${peer} ms, raw JavaScript ${raw} ms; ratio to the peer ${results.startup_ratio.toFixed(2)}. Gzipped ${Math.round(results.gzip_bytes / 1000)} kB, the peer
${Math.round(results.gzip_bytes_peer / 1000)} kB. Resident after 100,000 link pages, of the whole workerd: ${oursMb} MB, the peer ${peerMb} MB, raw JavaScript ${rawMb} MB.`;
}

function ofPath(name, result) {
  const { peer, ceiling, one_connection: one, peer_calls: calls } = result;
  const line = (title, who, it, alone, counts, ratios) => [
    title, who, it.requests_per_s.toFixed(0), it.cpu_ms.toFixed(3), it.p50_ms.toFixed(2), it.p99_ms.toFixed(2), alone.p50_ms.toFixed(2),
    ...(counts ? [counts.d1_calls, counts.rows_read, counts.stripe_calls] : ["", "", ""]), ...ratios,
  ];
  const ratios = [spread(result.rps_ratio, result.rps_ratio_spread), spread(result.cpu_ratio, result.cpu_ratio_spread)];
  return [
    line(name, "ours", result, one, result, ratios),
    line("", "peer", peer, one.peer, calls, ["", ""]),
    ...(ceiling ? [line("", "ceiling", ceiling, one.ceiling, null, ["", ""])] : []),
  ];
}

/** Columns; all but the names are right-aligned. */
export function aligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => String(line[column]).length)));
  const cell = (text, column) => (column < 2 && typeof text === "string" && !/^\d/.test(text) ? String(text).padEnd(widths[column]) : String(text).padStart(widths[column]));
  return lines.map((line) => line.map(cell).join("  ").trimEnd()).join("\n");
}
