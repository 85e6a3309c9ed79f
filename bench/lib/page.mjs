// The tables that a command writes into the pages of docs/.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/local.mjs";

/** Rows of cells as a table in Markdown; the first row is its head. */
export function markdown([head, ...rows]) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), `|---|${head.slice(1).map(() => "--:|").join("")}`, ...rows.map(line)].join("\n");
}

/** Replaces what stands between the markers `<!-- name -->` and `<!-- end of name -->` of a page. */
export function writeInto(page, name, text) {
  const path = join(root, page);
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const old = readFileSync(path, "utf8");
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}`);
  writeFileSync(path, `${old.slice(0, from + begin.length)}\n${text}\n${old.slice(to)}`);
}
