// The secrets of a file like .dev.vars, and how one is asked for. None is ever printed.

import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** The lines `NAME=value` of a file; none if there is no such file. */
export function readSecrets(file) {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, "utf8").split("\n").filter((line) => /^\w+\s*=/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const [name, ...value] = line.split("=");
      return [name.trim(), value.join("=").trim().replace(/^(["'])(.*)\1$/, "$2")];
    }),
  );
}

/**
 * Makes a file of secrets from its template, if there is none, for its owner alone to read; a file that others could read is
 * closed to them. Whether it was made.
 */
export function makePrivate(file, template) {
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    return false;
  }
  writeFileSync(file, readFileSync(template), { mode: 0o600, flag: "wx" });
  return true;
}

/** The secret of the first entry `name:secret` of ADMIN_TOKEN; undefined if there is none. */
export const operatorSecret = (token) => /^[^:]*:([^,]+)/.exec(token ?? "")?.[1].trim();

/** Asks on the terminal; what is typed is not shown. Undefined if there is no terminal, or nothing was typed. */
export async function ask(question) {
  if (!process.stdin.isTTY) return undefined;
  process.stdout.write(question);
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: hidden, terminal: true });
  try {
    const typed = await new Promise((resolve) => terminal.question("", resolve));
    return typed.trim() || undefined;
  } finally {
    terminal.close();
    process.stdout.write("\n");
  }
}
