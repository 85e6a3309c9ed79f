// The peer: the guard's links and webhooks as a JavaScript Worker of the usual parts, Hono, isbot and
// Stripe's own client. Everything that a configuration decides is made once, when an isolate starts.
// It logs nothing.

import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { isbot } from "isbot";
import { Database } from "./database.js";
import { click, tokenHash } from "./guard.js";
import { ANSWERS, Pages } from "./pages.js";
import { client } from "./stripe.js";
import { deliver } from "./webhook.js";

const LINKS = ["/checkout/first-payment", "/checkout/pay"];

let site;

/** What is made from the configuration, once. */
function siteOf(env) {
  site ??= {
    pages: new Pages(env),
    stripe: client(env),
    secrets: env.STRIPE_WEBHOOK_SECRET.split(",").map((secret) => secret.trim()),
    settings: {
      club: env.CLUB_NAME,
      origin: env.PUBLIC_ORIGIN,
      hosts: env.STRIPE_CHECKOUT_HOSTS.split(",").map((host) => (host.includes("://") ? host : `https://${host}`)),
      staleAfter: Number(env.STALE_AFTER_MINUTES) * 60_000,
      lifetime: Number(env.SESSION_LIFETIME_MINUTES) * 60_000,
    },
  };
  return site;
}

const app = new Hono();

/** Hono gives a HEAD to whoever takes the GET, and leaves the body out. */
function open(c) {
  const agent = c.req.header("user-agent");
  if (c.req.method === "HEAD" || !agent || isbot(agent)) return linkPage(c);
  if (isPrefetch(c)) return answer(c, { answer: "prefetch" });
  return c.req.header("accept-language") ? visit(c) : linkPageOfAPerson(c);
}

for (const path of LINKS) {
  app.get(path, open);
  app.options(path, linkPage);
  app.post(path, visit);
}

app.post("/webhooks/stripe", async (c) => {
  const { stripe, secrets, pages } = siteOf(c.env);
  const { status, body } = await deliver(c.req, new Database(c.env.DB), stripe, secrets, after(c));
  return c.body(JSON.stringify(body), status, { ...pages.headers, "content-type": "application/json" });
});

app.notFound((c) => answer(c, { answer: "no_such_page" }));
app.onError((_, c) => answer(c, { answer: "try_again" }));

function isPrefetch(c) {
  const purpose = c.req.header("sec-purpose") ?? c.req.header("purpose") ?? c.req.header("x-purpose") ?? c.req.header("x-moz");
  return purpose !== undefined && /prefetch|prerender|preview/.test(purpose);
}

function linkPage(c) {
  const { pages } = siteOf(c.env);
  return c.body(pages.linkPage, 200, pages.inEnglish);
}

/** For who may be a person. */
function linkPageOfAPerson(c) {
  const { pages } = siteOf(c.env);
  return c.body(pages.linkPage, 200, pages.byLanguage);
}

async function visit(c) {
  const hash = await tokenHash(c.req.queries("token"));
  if (!hash) return answer(c, { answer: "unknown_link" });
  const { stripe, settings } = siteOf(c.env);
  const mayAsk = (charge) => isWithin(c.env.CHARGE_CLICKS, String(charge));
  const result = await click(hash, { database: new Database(c.env.DB), stripe, settings, after: after(c), mayAsk });
  const isUnknown = result.answer === "unknown_link";
  if (isUnknown && !(await isWithin(c.env.UNKNOWN_TOKENS, c.req.header("cf-connecting-ip")))) return answer(c, { answer: "too_many_tries" });
  return answer(c, result);
}

const after = (c) => (work) => c.executionCtx.waitUntil(work);

async function isWithin(limiter, key) {
  return !limiter || !key || (await limiter.limit({ key })).success;
}

/** A page for a person, problem details for a program. */
function answer(c, { answer: code, data, url }) {
  const { pages } = siteOf(c.env);
  const text = ANSWERS[code](data ?? {});
  const status = url && c.req.method === "POST" ? 303 : text.status;
  const wanted = accepts(c, { header: "Accept", supports: ["text/html", "application/json"], default: "text/html" });
  if (wanted === "text/html" && url) return c.body(null, status, { ...pages.headers, location: url });
  const headers = { ...pages.byLanguage, ...text.headers, ...(url && { location: url }) };
  if (wanted === "text/html") return c.body(code === "prefetch" ? pages.prefetch : pages.page(text), status, headers);
  const problem = { type: "about:blank", status, code: text.code ?? code, title: text.title, detail: text.detail };
  headers["content-type"] = status >= 400 ? "application/problem+json" : "application/json";
  return c.body(JSON.stringify(problem), status, headers);
}

export default app;
