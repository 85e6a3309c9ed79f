// `make deploy` and `make doctor`, against the fake Stripe, a wrangler that keeps what it is told in a file, and a
// Worker that says how it is.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { root, startFakeStripe, stop } from "../../tools/local.mjs";

const SECRET = "secret-of-the-operator-of-the-tools";
const KEY = "sk_test_of_the_tools";
const SECRETS = { STRIPE_SECRET_KEY: KEY, ADMIN_TOKEN: `treasurer:${SECRET}` };
const WELL = { status: "ok", checks: [{ name: "stripe_key", status: "ok", detail: "The key works.", advice: null }] };
const READY = { status: "ok", limiters: "ok", paused: false };

let stripe;
let worker;
let folder;
/** What the Worker answers, by path; and the requests that it got. */
let answers;
let asked;

before(async () => {
  stripe = await startFakeStripe({ port: 0 });
  worker = createServer((request, response) => {
    asked.push({ path: request.url, authorization: request.headers.authorization });
    const answer = answers[request.url] ?? { status: 404, body: "" };
    const body = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status ?? 200, answer.headers).end(body);
  });
  await new Promise((resolve) => worker.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  worker?.close();
  await stop(stripe.handle);
});
beforeEach(async () => {
  await fetch(`${stripe.origin}/_/reset`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  for (const { id } of await endpoints()) await atStripe(`/v1/webhook_endpoints/${id}`, "DELETE");
  asked = [];
  answers = { "/healthz": { body: READY }, "/admin/health": { body: WELL } };
  folder = mkdtempSync(join(tmpdir(), "checkout-guard-deploy-"));
  writeFileSync(
    join(folder, "wrangler.toml"),
    readFileSync(join(root, "wrangler.toml"), "utf8")
      .replace("https://pay.club.example", origin())
      .replace("Example Youth Club", "A Club")
      .replace("treasurer@club.example", "somebody@a-club.example")
      .replace("https://api.stripe.com", stripe.origin),
  );
  writeFileSync(join(folder, "state.json"), JSON.stringify({ databases: [], secrets: {}, calls: [] }));
  writeFileSync(join(folder, "wrangler"), STUB, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const origin = () => `http://127.0.0.1:${worker.address().port}`;
const url = () => `${origin()}/webhooks/stripe`;

/** A wrangler that keeps its account in a file. */
const STUB = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const file = __dirname + "/state.json";
const state = JSON.parse(readFileSync(file, "utf8"));
const args = process.argv.slice(2, process.argv.indexOf("--config"));
const called = args.join(" ");
state.calls.push(called);
const end = (status) => { writeFileSync(file, JSON.stringify(state)); process.exit(status); };
if (state.fails && called.startsWith(state.fails)) { console.error("it failed"); end(1); }
if (called === "whoami --json" && state.loggedOut) end(1);
if (called === "d1 list --json") console.log(JSON.stringify(state.databases));
else if (called.startsWith("d1 create ")) state.databases.push({ name: args[2], uuid: "id-of-" + args[2] });
else if (called === "secret list --format json") {
  if (!state.deployed && !Object.keys(state.secrets).length) { console.error("This Worker does not exist on your account. [code: 10007]"); end(1); }
  console.log(JSON.stringify(Object.keys(state.secrets).map((name) => ({ name, type: "secret_text" }))));
} else if (called.startsWith("secret put ")) state.secrets[args[2]] = readFileSync(0, "utf8");
else if (called === "deploy") state.deployed = true;
end(0);
`;

const state = () => JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
const change = (changes) => writeFileSync(join(folder, "state.json"), JSON.stringify({ ...state(), ...changes }));

/** Runs one of the two commands; what it printed holds no secret, ever. */
async function run(script, args, env) {
  const given = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/STRIPE|ADMIN/.test(name)));
  const child = spawn(process.execPath, [join(root, "tools", script), ...args], {
    env: { ...given, WRANGLER_BIN: join(folder, "wrangler"), DEPLOY_CONFIG: join(folder, "wrangler.toml"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const status = await new Promise((resolve) => child.once("close", resolve));
  for (const secret of [SECRET, KEY, ...Object.values(state().secrets)]) assert.equal(said.includes(secret), false, said);
  for (const call of state().calls) assert.equal(/sk_test|whsec|secret-of/.test(call), false, call);
  return { status, said };
}
const deploy = (env = SECRETS, args = []) => run("deploy.mjs", args, env);
const doctor = (env = { ADMIN_TOKEN: SECRETS.ADMIN_TOKEN }) => run("doctor.mjs", [origin()], env);

async function atStripe(path, method = "GET", form) {
  const answer = await fetch(`${stripe.origin}${path}`, { method, headers: { authorization: `Bearer ${KEY}` }, body: form && new URLSearchParams(form) });
  return answer.json();
}
const endpoints = async () => (await atStripe("/v1/webhook_endpoints?limit=100")).data;
const changing = () => state().calls.filter((call) => /create|put|apply|^deploy/.test(call));

test("one command makes what is missing, deploys, and looks whether all is well", async () => {
  const { status, said } = await deploy();
  assert.equal(status, 0, said);
  assert.deepEqual(changing(), [
    "d1 create checkout-guard", "d1 migrations apply checkout-guard --remote", "secret put STRIPE_SECRET_KEY", "secret put ADMIN_TOKEN",
    "secret put STRIPE_WEBHOOK_SECRET", "deploy",
  ]);
  assert.match(readFileSync(join(folder, "wrangler.toml"), "utf8"), /^database_name = .*\ndatabase_id = "id-of-checkout-guard"\n/m);
  const [endpoint, ...others] = await endpoints();
  assert.deepEqual([endpoint.url, endpoint.status, endpoint.api_version, others.length], [url(), "enabled", "2026-10-28.endive", 0]);
  assert.equal(endpoint.enabled_events.length, 10);
  const { secrets } = state();
  assert.match(secrets.STRIPE_WEBHOOK_SECRET, /^whsec_/);
  assert.deepEqual([secrets.STRIPE_SECRET_KEY, secrets.ADMIN_TOKEN], [KEY, SECRETS.ADMIN_TOKEN]);
  assert.match(said, /ok +stripe key: The key works/);
});

test("a second run makes nothing anew", async () => {
  await deploy();
  const [before] = await endpoints();
  const { secrets } = state();
  change({ calls: [] });
  const { status, said } = await deploy();
  assert.equal(status, 0, said);
  assert.deepEqual(changing(), ["d1 migrations apply checkout-guard --remote", "deploy"]);
  assert.deepEqual([await endpoints(), state().secrets], [[before], secrets]);
  // Without a terminal and without secrets it still brings a new version out.
  const bare = await deploy({});
  assert.equal(bare.status, 0, bare.said);
  assert.match(bare.said, /webhook endpoint is left as it is/);
});

test("an endpoint that lacks something is mended, and keeps its secret", async () => {
  await deploy();
  const [{ id }] = await endpoints();
  await atStripe(`/v1/webhook_endpoints/${id}`, "POST", [["disabled", "true"], ["enabled_events[]", "charge.refunded"], ["enabled_events[]", "customer.created"]]);
  const { secrets } = state();
  const { status, said } = await deploy();
  assert.equal(status, 0, said);
  const [endpoint, ...others] = await endpoints();
  assert.deepEqual([endpoint.id, endpoint.status, endpoint.enabled_events.length, others.length], [id, "enabled", 11, 0]);
  assert.deepEqual(state().secrets, secrets);
});

test("a run that broke off is finished by the next one", async () => {
  for (const fails of ["d1 migrations", "secret put ADMIN_TOKEN", "secret put STRIPE_WEBHOOK_SECRET", "deploy"]) {
    change({ fails });
    const broken = await deploy();
    assert.equal(broken.status, 1, broken.said);
    assert.match(broken.said, new RegExp(`wrangler ${fails}`));
  }
  change({ fails: undefined });
  const { status, said } = await deploy();
  assert.equal(status, 0, said);
  assert.equal((await endpoints()).length, 1);
  assert.equal(state().databases.length, 1);
  assert.match(state().secrets.STRIPE_WEBHOOK_SECRET, /^whsec_/);
});

test("a dry run says what would be done, and does nothing", async () => {
  const before = readFileSync(join(folder, "wrangler.toml"), "utf8");
  const { status, said } = await deploy(SECRETS, ["--dry-run"]);
  assert.equal(status, 0, said);
  assert.deepEqual([changing(), await endpoints(), asked], [[], [], []]);
  assert.equal(readFileSync(join(folder, "wrangler.toml"), "utf8"), before);
  for (const part of ["make the database", "apply the migrations", "set the secret STRIPE_SECRET_KEY", "make Stripe's webhook endpoint", "deploy to"]) {
    assert.ok(said.includes(`would ${part}`), part);
  }
});

test("what must be set by hand is named first", async () => {
  writeFileSync(join(folder, "wrangler.toml"), readFileSync(join(root, "wrangler.toml")));
  const example = await deploy();
  assert.equal(example.status, 1);
  for (const part of [/PUBLIC_ORIGIN is still/, /CLUB_NAME is still/, /there is no route/]) assert.match(example.said, part);
  assert.deepEqual(state().calls, []);
});

test("who is not logged in is told so", async () => {
  change({ loggedOut: true });
  const { status, said } = await deploy();
  assert.deepEqual([status, /npx wrangler login/.test(said), changing()], [1, true, []]);
});

test("without a secret, or with what is none, it stops before anything is deployed", async () => {
  const none = await deploy({});
  assert.deepEqual([none.status, /STRIPE_SECRET_KEY is needed/.test(none.said)], [1, true], none.said);
  const wrong = await deploy({ ...SECRETS, STRIPE_SECRET_KEY: "pk_test_12345678" });
  assert.deepEqual([wrong.status, /does not look like/.test(wrong.said)], [1, true], wrong.said);
  assert.equal(changing().includes("deploy"), false);
});

test("the doctor says what is wrong and what to do, and its status says whether it is bad", async () => {
  const well = await doctor();
  assert.equal(well.status, 0, well.said);
  assert.equal(asked.at(-1).authorization, `Bearer ${SECRET}`);
  answers["/admin/health"].body = {
    status: "bad",
    checks: [
      { name: "webhooks", status: "warn", detail: "No event yet.", advice: "Wait." },
      { name: "webhook_endpoint", status: "bad", detail: "Stripe has none.", advice: "Run make deploy." },
    ],
  };
  const bad = await doctor();
  assert.equal(bad.status, 1);
  assert.match(bad.said, /WARN +webhooks: No event yet\.\n +-> Wait\./);
  assert.match(bad.said, /BAD +webhook endpoint: Stripe has none\.\n +-> Run make deploy\./);
  answers["/admin/health"] = { status: 401, body: { detail: "no" } };
  assert.match((await doctor()).said, /BAD +Desk: The secret is nobody's there/);
});

test("the doctor sends the secret nowhere but to a Worker that is ours", async () => {
  answers["/healthz"] = { status: 302, headers: { location: "https://elsewhere.example/" }, body: "" };
  const moved = await doctor();
  assert.deepEqual([moved.status, asked.map(({ path }) => path)], [1, ["/healthz"]], moved.said);
  answers["/healthz"] = { status: 500, body: "<ul><li>CLUB_NAME is missing</li></ul>" };
  assert.match((await doctor()).said, /BAD +Configuration: CLUB_NAME is missing\n +-> /);
  answers["/healthz"] = { status: 503, body: { ...READY, status: "schema_differs" } };
  assert.match((await doctor()).said, /BAD +Worker: The database is not the one.*\n +-> npx wrangler d1 migrations/);
  const plain = await run("doctor.mjs", ["http://pay.club.example"], {});
  assert.deepEqual([plain.status, /must be https/.test(plain.said)], [2, true]);
});
