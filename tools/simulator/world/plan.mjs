// What a seed's world is made of, as plain data: who acts, what goes wrong and how often, how the club is set up. A shrunk seed is the
// same plan with less in it: each actor draws from a generator of its own, by its number, so nothing else changes.

import { Random } from "../random.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Worlds begin on days that are like others, and on those that are not. */
const BEGINNINGS = [
  [4, Date.UTC(2026, 4, 1, 16)],
  [1, Date.UTC(2026, 2, 28, 22)], // the night in which European clocks go forward
  [1, Date.UTC(2026, 9, 31, 20)], // the night in which American clocks go back
  [1, Date.UTC(2028, 1, 28, 23)], // the day before a leap day
  [1, Date.UTC(2026, 11, 31, 21)], // the last hours of a year
  [1, Date.UTC(2027, 0, 29, 12)], // months of different lengths follow
];

/** How long a world lasts, and how closely its actors stand: a storm is where races are. */
const SPANS = [
  [5, { name: "a rush of minutes", length: 20 * MINUTE, players: [1, 4], payers: [2, 8], operators: [0, 2], machines: [0, 4], servers: [0, 2] }],
  [5, { name: "an evening", length: 3 * HOUR, players: [1, 12], payers: [2, 14], operators: [0, 3], machines: [0, 5], servers: [0, 2] }],
  [3, { name: "some days", length: 4 * DAY, players: [2, 20], payers: [3, 20], operators: [0, 3], machines: [0, 4], servers: [0, 2] }],
  [1, { name: "some months", length: 95 * DAY, players: [3, 30], payers: [6, 30], operators: [1, 4], machines: [0, 3], servers: [0, 1] }],
  [0.15, { name: "a year", length: 370 * DAY, players: [5, 60], payers: [10, 60], operators: [1, 4], machines: [0, 3], servers: [0, 1] }],
  [0.1, { name: "a large club's day", length: DAY, players: [100, 300], payers: [30, 60], operators: [1, 3], machines: [0, 6], servers: [0, 2] }],
];

/** What can go wrong, with its probability at each opportunity when a world has it; `times` is how often in a world. */
export const FAULTS = {
  d1: [0.004, 0.02, 0.08], // a call to D1 is lost, before or after it was carried out
  d1Slow: [0.01, 0.05],
  d1Retryable: [0.02, 0.1], // D1 retries what is read-only by itself
  stripe: [0.01, 0.05, 0.2], // lost before, lost after, an error, a proxy's answer, half an answer
  stripeSlow: [0.02, 0.1],
  stripeRefuses: [0.01, 0.05],
  email: [0.05, 0.3],
  hook: [0.1, 0.4],
  limiter: [0.01, 0.1],
  trap: [0.004, 0.02], // an answer of D1 traps the wasm instance
  chance: [0.01], // the runtime has no randomness, which is a panic
  client: [0.02, 0.1], // clients that leave, bodies that break off
  webhookLate: [0.1, 0.5],
  webhookTwice: [0.1, 0.5],
  webhookNever: [0.05, 0.3],
};
export const TIMES = {
  kill: [1, 2, 5], // an isolate dies in the middle
  deploy: [1, 2],
  silence: [1, 2], // 80 seconds of D1's silence
  quota: [1], // D1's daily limit is used up until midnight UTC
  endpointDisabled: [1], // for days, at Stripe
  cronStops: [1], // for hours or weeks
  cronOverlaps: [1, 4],
  restore: [1], // D1 goes back to an earlier point, and the runbook is followed
  stripeDown: [1], // Stripe cannot be reached, for up to two hours
  voidKey: [1], // Stripe refuses the key, for up to six hours
  wrongKey: [1], // a deployment with the key of another account
  misconfigured: [1], // a deployment with a variable that means nothing
  wrongHosts: [1], // a deployment that sends nobody to the host of Stripe's pages
  strays: [1, 2], // signed deliveries that cannot be read, and those of the other mode
};

/** Those that were added later: they are drawn last. */
const LATER = ["stripeDown", "voidKey", "wrongKey", "misconfigured", "wrongHosts", "strays"];

/** The plan of a seed. */
export function planOf(seed) {
  const random = Random.of(seed, "plan");
  const span = random.weighted(SPANS);
  const number = (of) => random.between(...span[of]);
  const players = number("players");
  const actors = [];
  const add = (kind, count, more = () => ({})) => {
    for (let n = 0; n < count; n++) actors.push({ number: actors.length, kind, ...more() });
  };
  add("payer", number("payers"));
  add("machine", number("machines"));
  add("server", number("servers"));
  add("operator", number("operators"));
  if (random.chance(0.5)) add("bank", 1);
  if (random.chance(0.4)) add("dashboard", 1);
  if (random.chance(0.1)) add("stranger", 1);
  const faults = {};
  // A fifth of the worlds have no trouble at all: in those nothing may fail.
  const isCalm = random.chance(0.2);
  for (const [name, rates] of Object.entries(FAULTS)) if (!isCalm && random.chance(0.3)) faults[name] = random.pick(rates);
  const times = {};
  for (const [name, counts] of Object.entries(TIMES)) {
    if (LATER.includes(name)) continue;
    const isRare = name === "restore" || name === "quota";
    if (!isCalm && random.chance(isRare ? 0.06 : 0.15)) times[name] = random.pick(counts);
  }
  if (span.length < HOUR) delete times.endpointDisabled;
  const hasEmail = random.chance(0.7);
  const plan = {
    seed,
    span: span.name,
    length: span.length,
    start: random.weighted(BEGINNINGS) + random.below(10 * MINUTE),
    players,
    actors,
    faults,
    times,
    isolates: random.pick([1, 1, 2, 3]),
    latency: random.weighted([[3, 0], [4, 20], [2, 150]]),
    validatesBeforeKey: random.chance(0.3),
    variables: {
      CLUB_TIMEZONE: random.pick(["UTC", "America/New_York", "Europe/Berlin", "Pacific/Auckland", "America/Sao_Paulo"]),
      CLUB_LANGUAGE: random.weighted([[6, "en"], [1, "es"], [1, "pt"], [1, "fr"], [1, "de"]]),
      CONFIRM: random.weighted([[6, "unsure"], [1, "always"], [1, "never"]]),
      AUTO_REFUND: random.weighted([[2, "off"], [1, "on"]]),
      BILLING_DAY: random.weighted([[1, ""], [1, String(random.between(1, 28))]]),
      RECONCILE_BUDGET: random.weighted([[4, "45"], [1, "200"]]),
      ...(hasEmail ? { MAIL_FROM: "club@pay.club.test", ALERT_EMAIL: random.pick(["", "treasurer@club.test"]) } : {}),
      ...(hasEmail && random.chance(0.5) ? { REMIND_AFTER_DAYS: String(random.pick([1, 3, 7])) } : {}),
      ...(random.chance(0.8) ? { ALERT_WEBHOOK_URL: "https://chat.club.test/alerts" } : {}),
    },
  };
  // What is drawn from here on was added later. Whatever is added comes last, or all seeds become other worlds.
  // On Cloudflare's free plan an invocation has fewer queries.
  plan.plan = plan.variables.RECONCILE_BUDGET === "45" && random.chance(0.3) ? "free" : "paid";
  if (random.chance(0.2)) Object.assign(plan.variables, { ACCESS_AUD: ACCESS.aud, ACCESS_OPERATORS: random.pick(["", ACCESS.email]) });
  for (const name of LATER) if (!isCalm && random.chance(0.06)) times[name] = random.pick(TIMES[name]);
  if (!isCalm && times.restore === undefined && random.chance(0.06)) times.restore = 1;
  // A year that has a leap day, and one in which both clocks change.
  if (span.length > 300 * DAY) plan.start = random.pick([Date.UTC(2027, 8, 14), Date.UTC(2026, 4, 1), Date.UTC(2026, 11, 31)]) + random.below(DAY);
  if (random.chance(0.3)) add("second", random.between(1, 2));
  if (random.chance(0.15)) add("neighbor", 1);
  if (random.chance(0.25)) add("watch", 1);
  // What a deployment brings besides the code: a migration that runs before it, and other variables.
  plan.deployment = { migrates: random.chance(0.5), variables: deployed(random) };
  // Some of what is owed comes from an old system, with its orders.
  plan.carries = random.chance(0.25);
  return plan;
}

/** Variables that a deployment may change in the middle of things. */
function deployed(random) {
  const stale = random.pick([10, 30, 45]);
  const all = {
    CLUB_NAME: "Example Youth Club, renamed",
    CLUB_LANGUAGE: random.pick(["en", "es"]),
    STALE_AFTER_MINUTES: String(stale),
    SESSION_LIFETIME_MINUTES: String(stale + random.pick([30, 35, 600])),
    CONFIRM: random.pick(["unsure", "always", "never"]),
    AUTO_REFUND: random.pick(["off", "on"]),
  };
  const entries = Object.entries(all).filter(() => random.chance(0.4));
  const changed = Object.fromEntries(entries);
  // A session must outlive the time after which its order is replaced.
  if (changed.STALE_AFTER_MINUTES || changed.SESSION_LIFETIME_MINUTES) Object.assign(changed, { STALE_AFTER_MINUTES: all.STALE_AFTER_MINUTES, SESSION_LIFETIME_MINUTES: all.SESSION_LIFETIME_MINUTES });
  return changed;
}

/** Whom Cloudflare Access lets through, in worlds where it stands in front of the desk. */
export const ACCESS = { aud: "0123456789abcdef-of-the-simulated-application", email: "board@club.test" };

/** The size of a plan, for shrinking: the smaller, the easier to read. */
export const sizeOf = (plan) => plan.actors.length + Object.keys(plan.faults).length + Object.keys(plan.times).length + plan.players / 10;
