// `make release`: what somebody needs who deploys without Rust: dist/checkout-guard-VERSION/ and the same as .tar.gz, whose
// bytes depend on nothing but what is in it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./local.mjs";

const version = /^version = "(.*)"/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
const name = `checkout-guard-${version}`;
const dist = join(root, "dist");
const folder = join(dist, name);

/** As they are in the repository. deploy.mjs reads in version.rs which of Stripe's events the Worker is written for. */
const COPIED = [
  "build/index.js", "build/checkout_guard_bg.wasm", "migrations", "LICENSE", "CHANGELOG.md", "docs/configuration.md", "docs/operations.md",
  "docs/treasurer.md", "docs/api.md", "docs/images/treasurer.png", "examples/roster.csv", "src/stripe/version.rs",
  "tools/deploy.mjs", "tools/doctor.mjs", "tools/secrets.mjs", "tools/local.mjs",
];

/** The configuration for what is built already, as it fits the free plan: that has limits of its own. */
function configuration() {
  const text = readFileSync(join(root, "wrangler.toml"), "utf8");
  const build = /\[build\]\n(?:[^[\n].*\n)*\n/;
  const limits = /(?:#.*\n)+\[limits\]\n(?:[^[\n].*\n)*\n/;
  for (const part of [build, limits]) if (!part.test(text)) throw new Error(`wrangler.toml has no ${part}`);
  return text.replace(build, "").replace(limits, "");
}

function files(at) {
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

const { allowScripts, devDependencies: { node, wrangler } } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const README = `# checkout-guard ${version}

The Worker as it is deployed, its migrations, and what puts it on Cloudflare. You need Node.js 20 or newer, and nothing else.

1. Set CLUB_NAME, CLUB_CONTACT, PUBLIC_ORIGIN and its route in \`wrangler.toml\`. It fits the free plan as it is.
2. \`npm install\`, then \`npx wrangler login\`
3. \`npm run deploy -- --dry-run\` says what it would do; \`npm run deploy\` does it. It can be run again at any time.
4. \`npm run doctor -- https://pay.club.example\` says what is wrong, and what to do.

docs/configuration.md has every variable, docs/treasurer.md is for who runs the payments. \`sha256sum -c SHA256SUMS\` checks the files.
`;
const PACKAGE = {
  name: "checkout-guard",
  version,
  private: true,
  type: "module",
  engines: { node: ">=20" },
  scripts: { deploy: "node tools/deploy.mjs", doctor: "node tools/doctor.mjs" },
  // wrangler needs a newer Node.js than many a machine has: npm's scripts find this one first.
  dependencies: { node, wrangler },
  allowScripts,
};

rmSync(dist, { recursive: true, force: true });
for (const path of COPIED) cpSync(join(root, path), join(folder, path), { recursive: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "wrangler.toml"), configuration());
writeFileSync(join(folder, "README.md"), README);
writeFileSync(join(folder, "package.json"), `${JSON.stringify(PACKAGE, null, 2)}\n`);
const sums = files(folder).map((path) => `${createHash("sha256").update(readFileSync(join(folder, path))).digest("hex")}  ${path}\n`);
writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
const archive = join(dist, `${name}.tar.gz`);
execFileSync("sh", ["-c", 'tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -C "$1" -cf - "$2" | gzip -n9 > "$3"', "sh", dist, name, archive]);
const digest = createHash("sha256").update(readFileSync(archive)).digest("hex");
writeFileSync(`${archive}.sha256`, `${digest}  ${name}.tar.gz\n`);
console.log(`release: dist/${name}.tar.gz\nrelease: sha256 ${digest}`);
