// `make deploy`: makes what is missing and deploys, in one command. It finds before it makes, so that it can be run
// again at any time: after a failure, for a new version. `--dry-run` says what would be done and changes nothing.
//
// Secrets come from the environment or are typed in here; they go to wrangler by its standard input, and are never
// printed.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./local.mjs";
import { examine } from "./doctor.mjs";
import { ask } from "./secrets.mjs";

const isDry = process.argv.includes("--dry-run");
// The tests put their own in place of these two.
const configFile = process.env.DEPLOY_CONFIG ?? join(root, "wrangler.toml");
const wranglerBin = process.env.WRANGLER_BIN ?? join(root, "node_modules/.bin/wrangler");
const WEBHOOK_SECRET = "STRIPE_WEBHOOK_SECRET";

class Stop extends Error {}
const say = (text) => console.log(`deploy: ${text}`);
/** Says what is done, or would be. */
const step = (text) => say(`${isDry ? "would " : ""}${text}`);
const stop = (text) => {
  throw new Stop(text);
};

/** Runs wrangler. What it prints is shown only if it fails, unless it is `shown` as it comes. */
function wrangler(args, { input, shown = false, mayFail = false } = {}) {
  const stdio = [input === undefined ? "ignore" : "pipe", shown ? "inherit" : "pipe", shown ? "inherit" : "pipe"];
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
  for (const name of Object.keys(env)) if (/^(STRIPE_SECRET_KEY|STRIPE_WEBHOOK_SECRET|ADMIN_TOKEN)$/.test(name)) delete env[name];
  const ended = spawnSync(wranglerBin, [...args, "--config", configFile], { cwd: root, env, input, stdio, encoding: "utf8" });
  if (ended.error) stop(`wrangler cannot be started: ${ended.error.message}`);
  if (ended.status !== 0 && !mayFail) stop(`wrangler ${args.join(" ")} failed.\n${ended.stdout ?? ""}${ended.stderr ?? ""}`);
  return { isDone: ended.status === 0, stdout: ended.stdout ?? "", output: `${ended.stdout ?? ""}${ended.stderr ?? ""}` };
}

/** The JSON in what wrangler printed; a banner may stand around it. */
const jsonIn = (text) => JSON.parse(/^[[{][\s\S]*^[\]}]|[[{].*[\]}]/m.exec(text)?.[0] ?? "null");

/** What is read of wrangler.toml: a value of a line `name = "value"`. */
const valueOf = (text, name) => new RegExp(`^${name} = "(.*)"`, "m").exec(text)?.[1];

function configuration() {
  const text = readFileSync(configFile, "utf8");
  const origin = (valueOf(text, "PUBLIC_ORIGIN") ?? "").replace(/\/$/, "");
  const isLocal = /^http:\/\/(localhost|127\.0\.0\.1)(:|$)/.test(origin);
  const wrong = [];
  if (!/^https:\/\/[^/]+$/.test(origin) && !isLocal) wrong.push("PUBLIC_ORIGIN must be the https origin that the links will have");
  for (const [name, example] of [["PUBLIC_ORIGIN", "https://pay.club.example"], ["CLUB_NAME", "Example Youth Club"], ["CLUB_CONTACT", "treasurer@club.example"]]) {
    if (valueOf(text, name) === example) wrong.push(`${name} is still the example's`);
  }
  if (!isLocal && !/^(routes? = |\[\[routes\]\]|workers_dev = true)/m.test(text)) {
    const host = /^https:\/\/([^/]+)/.exec(origin)?.[1] ?? "pay.club.example";
    wrong.push(`there is no route: add  routes = [{ pattern = "${host}", custom_domain = true }]  under the line name = …`);
  }
  if (wrong.length) stop(`first set these in wrangler.toml:\n${wrong.map((line) => `  - ${line}`).join("\n")}`);
  return {
    origin,
    stripe: valueOf(text, "STRIPE_API_BASE") ?? "https://api.stripe.com",
    database: valueOf(text, "database_name") ?? "checkout-guard",
    databaseId: valueOf(text, "database_id"),
    secrets: JSON.parse(/^required = (\[.*\])/m.exec(text)?.[1] ?? "[]"),
  };
}

/** The database of that name, made if there is none, and named in wrangler.toml by its id. */
function database({ database: name, databaseId }) {
  const find = () => jsonIn(wrangler(["d1", "list", "--json"]).stdout).find((one) => one.name === name);
  let found = find();
  if (databaseId && found?.uuid !== databaseId) {
    stop(`wrangler.toml names the database ${databaseId}, and this account ${found ? "has another one" : "has none"} of the name ${name}. Is it another account? See \`npx wrangler whoami\`.`);
  }
  if (databaseId) return say(`the database ${name} is there`);
  if (!found) {
    step(`make the database ${name}`);
    if (isDry) return step("put its id into wrangler.toml");
    wrangler(["d1", "create", name]);
    found = find() ?? stop(`the database ${name} was made and cannot be found`);
  }
  step(`put the id of the database ${name} into wrangler.toml`);
  if (isDry) return undefined;
  const text = readFileSync(configFile, "utf8").replace(/^# database_id = .*\n/m, "");
  writeFileSync(configFile, text.replace(/^(database_name = .*\n)/m, `$1database_id = "${found.uuid}"\n`));
  return undefined;
}

/** The names of the secrets that the Worker has; none if it was never deployed. */
function secretsThere() {
  const listed = wrangler(["secret", "list", "--format", "json"], { mayFail: true });
  if (listed.isDone) return new Set(jsonIn(listed.stdout).map(({ name }) => name));
  if (/10007|not found|does not exist/i.test(listed.output)) return new Set();
  return stop(`wrangler secret list failed.\n${listed.output}`);
}

function put(name, value) {
  step(`set the secret ${name}`);
  if (!isDry) wrangler(["secret", "put", name], { input: value });
}

const WHAT = {
  STRIPE_SECRET_KEY: "Stripe's secret key (sk_… or rk_…, from dashboard.stripe.com/apikeys)",
  ADMIN_TOKEN: "the operators, name:secret, separated by commas; a secret from `openssl rand -hex 32`",
  STRIPE_WEBHOOK_SECRET: "the signing secret (whsec_…) of the webhook endpoint that is at Stripe already",
};
const SHAPE = {
  STRIPE_SECRET_KEY: /^(sk|rk)_(test|live)_\w{8,}$/,
  ADMIN_TOKEN: /^[^:,\s]+:[^:,\s]{32,}(,[^:,\s]+:[^:,\s]{32,})*$/,
  STRIPE_WEBHOOK_SECRET: /^whsec_\w{8,}(,\s*whsec_\w{8,})*$/,
};

/** A secret from the environment or the terminal; undefined if there is none and it need not be. */
async function given(name, { isNeeded, why = "" }) {
  const value = process.env[name] || (await ask(`${name}: ${WHAT[name]}${why}: `));
  if (value && !SHAPE[name].test(value)) stop(`${name} does not look like ${WHAT[name]}`);
  if (!value && isNeeded && !isDry) stop(`${name} is needed: set it in the environment of this command, or run it on a terminal`);
  return value;
}

/** The types of event and the version that the Worker is written for: stated once, in its code. */
function wanted() {
  const code = readFileSync(join(root, "src/stripe/version.rs"), "utf8");
  const list = /EVENT_TYPES: \[&str; \d+\] = \[([^\]]*)\]/.exec(code)[1];
  return {
    version: /API_VERSION: &str = "(.*)"/.exec(code)[1],
    types: [...list.matchAll(/"(.*?)"/g)].map(([, type]) => type),
  };
}

/** A call to Stripe's API; its answer. */
async function stripe(base, key, version, path, form, method = form ? "POST" : "GET") {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "stripe-version": version, ...(form && { "content-type": "application/x-www-form-urlencoded" }) },
    body: form && new URLSearchParams(form).toString(),
    redirect: "manual",
    signal: AbortSignal.timeout(20_000),
  }).catch((error) => stop(`Stripe cannot be reached: ${error.message}`));
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const { code, type } = json.error ?? {};
    const hint = { 401: "the key is wrong or was revoked", 403: "the key may not read and write webhook endpoints" }[answer.status];
    stop(`Stripe answered ${answer.status} on ${path.split("?")[0]}: ${hint ?? code ?? type ?? "no reason was given"}`);
  }
  return json;
}

const asForm = (types) => types.map((type) => ["enabled_events[]", type]);

/** Has Stripe send the Worker its events. An endpoint that is there keeps its signing secret. */
async function webhookEndpoint({ origin, stripe: base }, key, hasSecret) {
  const { version, types } = wanted();
  const call = (path, form, method) => stripe(base, key, version, path, form, method);
  const url = `${origin}/webhooks/stripe`;
  const { data } = await call("/v1/webhook_endpoints?limit=100");
  const ours = data.filter((endpoint) => endpoint.url === url);
  const found = ours.find((endpoint) => endpoint.api_version === version) ?? ours[0];
  if (!found) {
    step(`make Stripe's webhook endpoint ${url}`);
    if (isDry) return put(WEBHOOK_SECRET);
    const made = await call("/v1/webhook_endpoints", [["url", url], ["api_version", version], ["description", "checkout-guard"], ...asForm(types)]);
    try {
      return put(WEBHOOK_SECRET, made.secret);
    } catch (error) {
      // Nobody has its secret now, and nobody can read it again: the next run makes another one.
      await call(`/v1/webhook_endpoints/${made.id}`, undefined, "DELETE");
      throw error;
    }
  }
  const lacks = types.filter((type) => !found.enabled_events.includes(type) && !found.enabled_events.includes("*"));
  if (lacks.length || found.status !== "enabled") {
    const what = [lacks.length && `add ${lacks.join(", ")} to`, found.status !== "enabled" && "enable"].filter(Boolean);
    step(`${what.join(" and ")} Stripe's webhook endpoint ${url}`);
    const all = [...new Set([...found.enabled_events, ...types])];
    const events = lacks.length ? asForm(all) : [];
    if (!isDry) await call(`/v1/webhook_endpoints/${found.id}`, [["disabled", "false"], ...events]);
  } else {
    say(`Stripe's webhook endpoint ${url} is as it should be`);
  }
  if (found.api_version !== version) say(`note: it is of API version ${found.api_version ?? "the account's default"}, not ${version}. Events of both are read.`);
  if (hasSecret) return undefined;
  // Stripe shows it once, to whoever makes the endpoint.
  return put(WEBHOOK_SECRET, await given(WEBHOOK_SECRET, { isNeeded: true }));
}

async function deploy() {
  const config = configuration();
  if (!wrangler(["whoami", "--json"], { mayFail: true }).isDone) stop("nobody is logged in to Cloudflare: npx wrangler login");
  database(config);
  step("apply the migrations");
  if (!isDry) wrangler(["d1", "migrations", "apply", config.database, "--remote"]);

  const there = secretsThere();
  const isThere = (name) => there.has(name);
  const key = await given("STRIPE_SECRET_KEY", {
    isNeeded: !isThere("STRIPE_SECRET_KEY"),
    why: isThere("STRIPE_SECRET_KEY") ? ", to check the webhook endpoint; empty to leave that out" : "",
  });
  if (isThere("STRIPE_SECRET_KEY")) say("the secret STRIPE_SECRET_KEY is there");
  else put("STRIPE_SECRET_KEY", key);
  let token = process.env.ADMIN_TOKEN;
  if (isThere("ADMIN_TOKEN")) say("the secret ADMIN_TOKEN is there");
  else {
    token = await given("ADMIN_TOKEN", { isNeeded: true });
    put("ADMIN_TOKEN", token);
  }
  if (key) await webhookEndpoint(config, key, isThere(WEBHOOK_SECRET));
  else if (isDry) say("Stripe's webhook endpoint is not looked at without STRIPE_SECRET_KEY");
  else if (isThere(WEBHOOK_SECRET)) say("Stripe's webhook endpoint is left as it is");
  else stop(`STRIPE_SECRET_KEY is needed to make the webhook endpoint, as ${WEBHOOK_SECRET} is not set`);
  const others = config.secrets.filter((name) => !WHAT[name] && !isThere(name));
  if (others.length) stop(`first: ${others.map((name) => `npx wrangler secret put ${name}`).join(", ")}`);

  step(`deploy to ${config.origin}`);
  if (isDry) return say("nothing was changed");
  wrangler(["deploy"], { shown: true });
  await isUp(config.origin);
  if (!(await examine(config.origin, token))) stop("it is deployed, and not all is well: see above");
  return say("done");
}

/** Waits until a new Worker is reached; a new domain can take a minute. */
async function isUp(origin) {
  const end = Date.now() + 90_000;
  while (Date.now() < end) {
    const answer = await fetch(`${origin}/healthz`, { redirect: "manual", signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

try {
  await deploy();
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`deploy: ${error.message}`);
  process.exit(1);
}
