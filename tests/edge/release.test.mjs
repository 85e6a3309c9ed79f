// What `make release` makes: complete, the same bytes each time, and deployed by Node.js alone as far as nobody's account is needed.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { root } from "../../tools/local.mjs";

const release = () => execFileSync(process.execPath, [join(root, "tools/release.mjs")], { encoding: "utf8" });

test("a release is the same twice, fits the free plan, and deploys what was built", (t) => {
  const [, name, first] = /dist\/(\S+)\.tar\.gz\nrelease: sha256 (\w{64})/.exec(release());
  const [, , second] = /dist\/(\S+)\.tar\.gz\nrelease: sha256 (\w{64})/.exec(release());
  assert.equal(second, first);

  const place = mkdtempSync(join(tmpdir(), "release-"));
  t.after(() => rmSync(place, { recursive: true, force: true }));
  execFileSync("tar", ["-xzf", join(root, `dist/${name}.tar.gz`), "-C", place]);
  const folder = join(place, name);
  execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: folder });
  const configuration = readFileSync(join(folder, "wrangler.toml"), "utf8");
  assert.doesNotMatch(configuration, /^\[limits\]|^\[build\]|^command/m);

  // As `npm install` would leave it, and as npm's scripts run.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const PATH = [join(folder, "node_modules/.bin"), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH, WRANGLER_SEND_METRICS: "false", CI: "1", NO_COLOR: "1" };
  const dry = spawnSync("wrangler", ["deploy", "--dry-run", "--outdir", join(place, "out")], { cwd: folder, env, encoding: "utf8" });
  assert.equal(dry.status, 0, `${dry.stdout}${dry.stderr}`);
  assert.deepEqual(readFileSync(join(place, "out/index.js")), readFileSync(join(root, "build/index.js")));

  // It names what is to be set first, as in the repository.
  const deploy = spawnSync("node", ["tools/deploy.mjs", "--dry-run"], { cwd: folder, env, encoding: "utf8" });
  assert.equal(deploy.status, 1);
  assert.match(deploy.stderr, /PUBLIC_ORIGIN is still the example's/);
});
