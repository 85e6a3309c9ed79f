// `make doctor URL=https://…`: asks a deployed Worker how it is, and says what is wrong and what to do, a line each.
// ADMIN_TOKEN comes from the environment or from .dev.vars. Its secret is sent to that URL alone, and never printed.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./local.mjs";
import { operatorSecret, readSecrets } from "./secrets.mjs";

const MARKS = { ok: "ok   ", warn: "WARN ", bad: "BAD  " };
const TIME_LIMIT = 30_000;

/** What a page for people lists, without its tags. */
const items = (html) =>
  [...html.matchAll(/<li>(.*?)<\/li>/g)].map(([, text]) => text.replace(/<[^>]*>/g, "").replace(/&quot;/g, '"').replace(/&amp;/g, "&"));

/** Asks one path. A redirect is not followed: a secret goes nowhere else. */
async function get(url, headers = {}) {
  const answer = await fetch(url, {
    headers: { accept: "application/json", ...headers },
    redirect: "manual",
    signal: AbortSignal.timeout(TIME_LIMIT),
  });
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    // A page for people, or not this Worker's.
  }
  return { status: answer.status, text, json };
}

const HEALTH = {
  ok: ["ok", "It answers, and the database is as it should be."],
  schema_differs: ["bad", "The database is not the one that this version needs.", "npx wrangler d1 migrations apply checkout-guard --remote"],
  database_quota: [
    "bad", "D1's free plan refuses everything until midnight UTC: the rows that it has for a day are used up.",
    "Nobody can pay until then. Take the Workers Paid plan: it has no such limit.",
  ],
  database_unreachable: ["bad", "The database does not answer.", "Ask again in a minute. If it stays so, see www.cloudflarestatus.com."],
};

/** What /healthz says, and whether the desk can be asked as well. */
async function healthz(origin) {
  const alone = (...lines) => ({ lines, isOurs: false });
  let answer;
  try {
    answer = await get(`${origin}/healthz`);
  } catch {
    return alone(["bad", "Worker", "It does not answer.", "Check the URL, the route or custom domain in wrangler.toml, and that it is deployed."]);
  }
  const known = HEALTH[answer.json?.status];
  if (known) {
    const lines = [[known[0], "Worker", ...known.slice(1)]];
    if (answer.json.limiters !== "ok") {
      lines.push(["warn", "Limiters", `They are ${answer.json.limiters}.`, "Take their [[ratelimits]] from the project's wrangler.toml."]);
    }
    if (answer.json.paused) lines.push(["warn", "Payments", "PAUSED is on: nobody can begin to pay.", "Set PAUSED to off, and deploy."]);
    return { lines, isOurs: true };
  }
  const wrong = answer.status === 500 ? items(answer.text) : [];
  const advice = "Set it in wrangler.toml or by `npx wrangler secret put`, and deploy.";
  if (wrong.length) return alone(...wrong.map((line) => ["bad", "Configuration", line, advice]));
  const not = `It answers ${answer.status}, and not as checkout-guard does.`;
  return alone(["bad", "Worker", not, "Check the URL, and the route or custom domain in wrangler.toml."]);
}

async function desk(origin, secret) {
  if (!secret) {
    return [["warn", "Desk", "ADMIN_TOKEN is neither in the environment nor in .dev.vars, so Stripe, webhooks and the cron were not checked.", "ADMIN_TOKEN=name:secret make doctor URL=…"]];
  }
  let answer;
  try {
    answer = await get(`${origin}/admin/health`, { authorization: `Bearer ${secret}` });
  } catch {
    return [["bad", "Desk", "It does not answer.", "Ask again in a minute."]];
  }
  if (answer.status === 401) return [["bad", "Desk", "The secret is nobody's there.", "Give the secret of an entry of the Worker's ADMIN_TOKEN."]];
  if (answer.status === 429) return [["warn", "Desk", "Too many tries from here.", "Ask again in a minute."]];
  if (!Array.isArray(answer.json?.checks)) {
    return [["bad", "Desk", `It answers ${answer.status}.`, answer.json?.detail ?? "Is an older version deployed?"]];
  }
  return answer.json.checks.map(({ name, status, detail, advice }) => [status, name.replaceAll("_", " "), detail, advice]);
}

/** Checks it all, says each line, and returns whether nothing is bad. */
export async function examine(url, token, say = console.log) {
  const { origin, protocol, hostname } = new URL(url);
  if (protocol !== "https:" && !["localhost", "127.0.0.1"].includes(hostname)) throw new Error("URL must be https");
  const { lines, isOurs } = await healthz(origin);
  if (isOurs) lines.push(...(await desk(origin, operatorSecret(token))));
  for (const [status, about, found, advice] of lines) {
    say(`${MARKS[status] ?? MARKS.bad} ${about}: ${found}${advice ? `\n      -> ${advice}` : ""}`);
  }
  const isBad = ([status]) => status !== "ok" && status !== "warn";
  const bad = lines.filter(isBad).length;
  const warned = lines.filter(([status]) => status === "warn").length;
  say(`\n${origin}: ${bad} bad, ${warned} to look at, ${lines.length - bad - warned} ok`);
  return bad === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const url = process.argv[2] || process.env.URL;
  if (!url || !URL.canParse(url)) {
    console.error("doctor: which Worker? make doctor URL=https://pay.club.example");
    process.exit(2);
  }
  try {
    const token = process.env.ADMIN_TOKEN ?? readSecrets(join(root, ".dev.vars")).ADMIN_TOKEN;
    process.exit((await examine(url, token)) ? 0 : 1);
  } catch (error) {
    console.error(`doctor: ${error.message}`);
    process.exit(2);
  }
}
