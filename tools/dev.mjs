// `make dev`: the Worker, a local D1 with the examples, and the fake Stripe, or Stripe's test mode
// if there is a key of it. Secrets come from .dev.vars, and any variable from the environment.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { importCsv, isFree, migrate, root, run, startFakeStripe, startWorker, stopAll } from "./local.mjs";
import { makePrivate, operatorSecret, readSecrets } from "./secrets.mjs";

const port = Number(process.env.PORT ?? 8787);
const stripePort = Number(process.env.STRIPE_PORT ?? 12111);
const say = (text) => console.log(`dev: ${text}`);
const fail = (text) => {
  console.error(`dev: ${text}`);
  process.exit(1);
};

const varsFile = join(root, ".dev.vars");
if (makePrivate(varsFile, join(root, ".dev.vars.example"))) say("made .dev.vars from .dev.vars.example");
const example = readSecrets(join(root, ".dev.vars.example"));
const secrets = Object.fromEntries(
  Object.entries({ ...example, ...readSecrets(varsFile) }).map(([name, value]) => [name, process.env[name] ?? value]),
);
const key = secrets.STRIPE_SECRET_KEY;
if (/^(sk|rk)_live_/.test(key)) fail("STRIPE_SECRET_KEY is a live key: development never uses one");
if (!/^(sk|rk)_test_/.test(key)) fail("STRIPE_SECRET_KEY is no key of Stripe's test mode; the fake Stripe's is in .dev.vars.example");
const testMode = key !== example.STRIPE_SECRET_KEY;
const secret = operatorSecret(secrets.ADMIN_TOKEN) ?? fail("ADMIN_TOKEN must be name:secret, as in .dev.vars.example");

for (const [what, number, variable] of [["the Worker", port, "PORT"], ["the fake Stripe", stripePort, "STRIPE_PORT"]]) {
  if (testMode && variable === "STRIPE_PORT") continue;
  if (!(await isFree(number))) fail(`port ${number} for ${what} is taken; set ${variable}= to another`);
}

let stopping = false;
async function quit(status) {
  if (stopping) return;
  stopping = true;
  await stopAll();
  if (status === 0) say("stopped");
  process.exit(status);
}
process.on("SIGINT", () => quit(0));
process.on("SIGTERM", () => quit(0));
process.on("SIGHUP", () => quit(0));

const origin = `http://localhost:${port}`;
// No email leaves this machine: wrangler writes each one to files.
const settings = { PUBLIC_ORIGIN: origin, DEBUG_TIMING: "on", MAIL_FROM: "payments@club.example" };
// The environment's variables come with .dev.vars, of those that wrangler.toml names; what is set here would win.
const given = () => Object.entries(settings).filter(([name]) => process.env[name] === undefined);
try {
  say("building the Worker and the fake Stripe");
  run("sh", ["tools/build.sh"], { stdio: ["ignore", "ignore", "inherit"] });
  if (!testMode) {
    // The fake Stripe forgets its sessions when it ends, and orders that name them would lead nowhere.
    rmSync(join(root, ".wrangler/state/v3/d1"), { recursive: true, force: true });
  }
  say(testMode ? "applying the migrations to the local D1" : "making the local D1 anew, as the fake Stripe starts empty");
  migrate([]);
  if (testMode) {
    say("Stripe: the test mode of the account whose key was given");
    say(`        for its webhooks: stripe listen --forward-to ${origin}/webhooks/stripe`);
  } else {
    run("sh", ["-c", ". tools/env.sh && cargo build --locked --quiet --package fake-stripe"]);
    const fakeStripe = await startFakeStripe({
      port: stripePort,
      webhookUrl: `${origin}/webhooks/stripe`,
      webhookSecret: secrets.STRIPE_WEBHOOK_SECRET.split(",")[0].trim(),
      onLine: (line) => console.log(`stripe: ${line}`),
    });
    fakeStripe.handle.exited.then((code) => stopping || (console.error("dev: the fake Stripe ended"), quit(code || 1)));
    settings.STRIPE_API_BASE = fakeStripe.origin;
    settings.STRIPE_CHECKOUT_HOSTS = fakeStripe.origin;
    say(`Stripe: the fake Stripe on ${fakeStripe.origin}`);
  }
  const worker = await startWorker({
    port,
    // Bundled, wrangler reads a request to its end whatever the Worker does. Otherwise who sends megabytes that are
    // refused would see the connection break here, rather than the refusal.
    args: ["--bundle", "--env-file", ".dev.vars", ...given().flatMap(([name, value]) => ["--var", `${name}:${value}`])],
    onLine: (line) => {
      const email = /^HTML: (\S+\.html)$/.exec(line.trim())?.[1];
      if (email) console.log(`email:  ${pathToFileURL(email)}`);
      else if (/^\{|rror/.test(line) && !/ENOTFOUND/.test(line)) console.log(`worker: ${line}`);
    },
  });
  worker.handle.exited.then((code) => stopping || (console.error("dev: the Worker ended"), quit(code || 1)));
  const examples = readFileSync(join(root, "examples/orders.csv"));
  const answer = await importCsv(origin, secret, examples, { query: "?carry_orders=1" });
  const lines = await answer.json();
  if (!answer.ok) throw new Error(`the examples were not imported: ${JSON.stringify(lines)}`);
  console.log(`\nThe Worker is on ${origin}. The example links, one a player:\n`);
  for (const { player, amount, link } of lines) console.log(`  ${player.padEnd(10)} ${amount.padStart(7)} USD   ${link}`);
  console.log(`\nAs a preview bot sees one:   curl -i -A facebookexternalhit/1.1 '${lines[1].link}'`);
  if (!testMode) console.log(`Stripe's side of it:         ${settings.STRIPE_API_BASE}/_/`);
  const isExample = secrets.ADMIN_TOKEN === example.ADMIN_TOKEN;
  const logIn = isExample ? `log in with ${secret}` : "log in with your secret of ADMIN_TOKEN";
  console.log(`The treasurer's desk:        ${origin}/admin   ${logIn}`);
  // wrangler dev runs no cron by itself.
  const scheduled = `${origin}/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*`;
  const cron = () => fetch(scheduled).catch(() => {});
  setInterval(cron, 5 * 60_000).unref();
  console.log(`Emails can be opened in:     ${join(root, ".wrangler/tmp/email")}; each is named here as it goes out, and gone when this stops`);
  console.log(`They go out with the cron:   every five minutes, or now: curl '${scheduled}'`);
  console.log("Ctrl-C stops everything.\n");
} catch (error) {
  console.error(`dev: ${stopping ? "stopped" : error.message}`);
  await quit(1);
}
