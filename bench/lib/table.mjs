// The results for people.

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
