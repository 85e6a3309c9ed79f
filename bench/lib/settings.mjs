// What is measured: three Workers, under the same settings.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "../../tools/local.mjs";

export const CLUB_NAME = "Example Youth Club";
export const PUBLIC_ORIGIN = "https://pay.club.example";
export const STRIPE_SECRET_KEY = "sk_test_of_the_bench";
export const WEBHOOK_SECRET = "whsec_of_the_bench";

/** The date that the deployed Worker runs at, so that all of them do. */
export const compatibilityDate = /compatibility_date = "(.*)"/.exec(
  readFileSync(join(root, "wrangler.toml"), "utf8"),
)[1];

/** By number: `localhost` is two addresses, and on the other one somebody else may be listening. */
export const numeric = (origin) => origin.replace("localhost", "127.0.0.1");

/** The variables of all of them. */
export const variables = (stripe) => ({
  CLUB_NAME,
  CLUB_CONTACT: "treasurer@club.example",
  CLUB_COLOR: "#0b5c8a",
  CLUB_LANGUAGE: "en",
  CLUB_TIMEZONE: "UTC",
  PUBLIC_ORIGIN,
  STRIPE_API_BASE: numeric(stripe),
  STRIPE_CHECKOUT_HOSTS: stripe,
  STALE_AFTER_MINUTES: "30",
  SESSION_LIFETIME_MINUTES: "65",
  CONFIRM: "unsure",
  PAUSED: "off",
  AUTO_REFUND: "off",
  RECONCILE_BUDGET: "45",
  ALLOWED_ORIGINS: "",
  ALERT_WEBHOOK_URL: "",
  ALERT_EMAIL: "",
  MAIL_FROM: "",
  REMIND_AFTER_DAYS: "",
  REMIND_AT_MOST: "2",
  DEBUG_TIMING: "off",
  STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  ADMIN_TOKEN: "bench:secret-of-the-operator-of-the-bench",
});

const esm = (name, contents) => ({ name, type: "esm", contents });

/** The modules of each Worker, as they are deployed. The first is the main one. */
export function workers() {
  const build = join(root, "build");
  const peer = bundle("bench/peer/index.js");
  const wasm = readdirSync(build).filter((name) => name.endsWith(".wasm"));
  return {
    ours: [
      esm("index.js", readFileSync(join(build, "index.js"), "utf8")),
      ...wasm.map((name) => ({ name, type: "wasm", contents: readFileSync(join(build, name)) })),
    ],
    peer: [esm("index.js", peer)],
    ceiling: [esm("index.js", bundle("bench/ceiling.js"))],
  };
}

/** What wrangler would deploy of it: one minified module, the runtime's own modules left out. */
function bundle(entry) {
  return run(join(root, "node_modules/.bin/esbuild"), [
    entry, "--bundle", "--minify", "--format=esm", "--target=es2024", "--conditions=workerd,worker,browser",
    "--external:cloudflare:*", "--external:node:*", "--loader:.css=text", "--log-level=error",
  ]);
}

/** A Worker with a module of this folder around it: `count.js` or `slow.js`. */
export const inside = (name, modules) => [esm(name, readFileSync(join(root, "bench", name), "utf8")), ...modules];
