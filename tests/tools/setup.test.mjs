// What the set-up and `make dev` leave on a machine: secrets that their owner alone can read, and tools of locked versions.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../tools/local.mjs";
import { makePrivate } from "../../tools/secrets.mjs";

test("secrets are for their owner alone, in a file that is new and in one that is not", () => {
  const folder = mkdtempSync(join(tmpdir(), "checkout-guard-secrets-"));
  const umask = process.umask(0o022);
  try {
    const file = join(folder, ".dev.vars");
    const template = join(root, ".dev.vars.example");
    const mode = () => statSync(file).mode & 0o777;
    assert.equal(makePrivate(file, template), true);
    assert.equal(mode(), 0o600);
    assert.equal(readFileSync(file, "utf8"), readFileSync(template, "utf8"));
    writeFileSync(file, "STRIPE_SECRET_KEY=sk_test_of_somebody\n");
    chmodSync(file, 0o644);
    assert.equal(makePrivate(file, template), false);
    assert.equal(mode(), 0o600);
    assert.equal(readFileSync(file, "utf8"), "STRIPE_SECRET_KEY=sk_test_of_somebody\n");
  } finally {
    process.umask(umask);
    rmSync(folder, { recursive: true });
  }
});

test("the programs of wasm-bindgen are locked, to the version of the Worker's", () => {
  const read = (file) => readFileSync(join(root, file), "utf8");
  const version = (lock, name) => new RegExp(`name = "${name}"\nversion = "(.*)"`).exec(lock)?.[1];
  const [lock, ours] = [read("tools/wasm-bindgen/Cargo.lock"), read("Cargo.lock")];
  const wanted = version(ours, "wasm-bindgen");
  assert.ok(wanted);
  assert.equal(version(lock, "wasm-bindgen-cli"), wanted);
  assert.equal(version(lock, "wasm-bindgen-cli-support"), wanted);
  assert.match(read("tools/wasm-bindgen/Cargo.toml"), new RegExp(`wasm-bindgen-cli = \\{ version = "=${wanted.replaceAll(".", "\\.")}"`));
  // From the registry that everybody has, and nowhere else.
  const sources = new Set([...lock.matchAll(/^source = "(.*)"/gm)].map(([, source]) => source));
  assert.deepEqual([...sources], ["registry+https://github.com/rust-lang/crates.io-index"]);
  const setup = read("tools/setup.sh");
  assert.match(setup, /cargo install .*--locked/);
});
