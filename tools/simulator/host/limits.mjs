// The rate limiters that wrangler.toml configures.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Their limits by binding: so many tries in so many seconds. */
export function limiters(root) {
  const text = readFileSync(join(root, "wrangler.toml"), "utf8");
  const found = [...text.matchAll(/\[\[ratelimits\]\]\s*name = "(\w+)"\s*namespace_id = "\d+"\s*simple = \{ limit = (\d+), period = (\d+) \}/g)];
  if (found.length === 0) throw new Error("wrangler.toml has no rate limits");
  return Object.fromEntries(found.map(([, name, limit, period]) => [name, { limit: Number(limit), period: Number(period) }]));
}
