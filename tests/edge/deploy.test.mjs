// What wrangler would deploy: wrangler.toml is accepted, and what was built goes up as it is. (src/config/tests.rs holds the
// variables of wrangler.toml and of docs/configuration.md to the table of those that the Worker reads.)

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root, run } from "../../tools/local.mjs";

const configuration = readFileSync(join(root, "wrangler.toml"), "utf8");

test("wrangler accepts the configuration and leaves what was built as it is", () => {
  const out = mkdtempSync(join(tmpdir(), "checkout-guard-deploy-"));
  try {
    const said = run(join(root, "node_modules/.bin/wrangler"), ["deploy", "--dry-run", "--outdir", out]);
    assert.doesNotMatch(said, /warning/i);
    for (const binding of ["UNKNOWN_TOKENS", "ADMIN_REQUESTS", "SERVER_REQUESTS", "ADMIN_LOGINS_TOTAL", "CHARGE_CLICKS", "SUCCESS_PAGE", "DB", "EMAIL"]) {
      assert.ok(said.includes(`env.${binding} `), `${binding}\n${said}`);
    }
    for (const name of readdirSync(join(root, "build"))) {
      assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(root, "build", name))), name);
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});

test("nothing of an example's or nobody's is deployed", () => {
  assert.doesNotMatch(configuration, /^database_id/m);
  assert.doesNotMatch(configuration, /00000000-0000/);
  assert.match(configuration, /^preview_urls = false$/m);
  assert.match(configuration, /^workers_dev = false$/m);
  assert.match(configuration, /\[limits\]\ncpu_ms = \d+\n/);
});

test("docs/configuration.md names every type of event", () => {
  const page = readFileSync(join(root, "docs/configuration.md"), "utf8");
  const [, list] = /EVENT_TYPES: \[&str; \d+\] = \[([^\]]*)\]/.exec(readFileSync(join(root, "src/stripe/version.rs"), "utf8"));
  const types = [...list.matchAll(/"([^"]+)"/g)].map(([, type]) => type);
  assert.ok(types.length >= 10);
  assert.deepEqual(types.filter((type) => !page.includes(`\`${type}\``)), []);
});
