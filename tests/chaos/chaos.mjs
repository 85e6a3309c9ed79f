// Chaos: the built Worker in workerd with D1, against a Stripe that delays, drops, limits, fails and
// repeats itself, while people, bots and banks do what they like and the Worker is killed again and again.
// At the end Stripe's side is held against the database. Everything is drawn from one seed.

import { kill } from "../../tools/local.mjs";
import { FACEBOOK, ask, browser, control, cron, importLines, rows, startHarness } from "../edge/harness.mjs";

const FAULTS = [
  { kind: "delay", ms: 80, probability: 0.1 },
  { kind: "drop_before", probability: 0.03 },
  { kind: "drop_after", probability: 0.05 },
  { kind: "rate_limit", probability: 0.03 },
  { kind: "error_before", probability: 0.03 },
  { kind: "error_after", probability: 0.02, endpoint: "create" },
];
const HALF_AN_HOUR = 31 * 60_000;

/** A small generator with a seed (Mulberry32). */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One run: so many charges, requests and kills; answers what was found, and what is wrong with it. */
export async function chaos({ seed, charges, requests, kills, atOnce = 24, say = () => {} }) {
  const harness = await startHarness({ vars: { RECONCILE_BUDGET: "1000" } });
  try {
    const run = { harness, draw: random(seed), charges, handed: new Map(), answers: {}, sent: 0, killed: 0 };
    await importLines(harness, ["player_id,player,amount,token", ...list(charges, (n) => `${n},Player ${n},${20 + n}.00,chaos-token-of-${n}`)].join("\n"));
    await control(harness, "seed", { seed });
    await control(harness, "faults", { faults: FAULTS, webhooks: { extra_copies: 1, reordered: true } });
    const killAt = new Set(list(kills, (n) => Math.floor(((n + 1) * requests) / (kills + 1) / atOnce)));
    for (let round = 0; run.sent < requests; round++) {
      const actions = list(atOnce, () => act(run));
      if (killAt.has(round)) {
        await kill(harness.worker.handle);
        run.killed += 1;
      }
      await Promise.all(actions);
      if (killAt.has(round)) await harness.restart();
      if (round % 20 === 0) say(`${run.sent} of ${requests} requests, ${run.killed} kills`);
    }
    await calm(run);
    return { ...(await compare(run)), answers: run.answers, sent: run.sent, killed: run.killed };
  } finally {
    await harness.stop();
  }
}

export const list = (length, make) => Array.from({ length }, (_, n) => make(n));

/** One thing that somebody does. */
async function act(run) {
  const { harness, draw } = run;
  const charge = Math.floor(draw() * run.charges);
  const link = harness.link(`chaos-token-of-${charge}`);
  const sort = draw();
  if (sort < 0.34) return visit(run, charge, link, {});
  if (sort < 0.46) return visit(run, charge, link, { method: "POST" });
  if (sort < 0.62) return visit(run, charge, link, { headers: browser(FACEBOOK) });
  if (sort < 0.68) return visit(run, charge, link, { method: "HEAD" });
  if (sort < 0.72) return visit(run, charge, link, { headers: { ...browser(), "sec-purpose": "prefetch" } });
  const session = pick(run, charge);
  if (!session) return visit(run, charge, link, {});
  if (sort < 0.82) return stripeDoes(harness, "pay", { session, how: draw() < 0.7 ? "card" : "debit" });
  if (sort < 0.86) return stripeDoes(harness, "settle", { session, success: draw() < 0.6 });
  if (sort < 0.89) return stripeDoes(harness, "expire", { session });
  if (sort < 0.94) return visit(run, charge, `${harness.origin}/checkout/success?session_id=${session}`, {});
  return age(harness, session);
}

function pick(run, charge) {
  const sessions = [...(run.handed.get(charge) ?? [])];
  return sessions[Math.floor(run.draw() * sessions.length)];
}

/** A request to the Worker; a killed one answers nothing. */
async function visit(run, charge, url, options) {
  run.sent += 1;
  let name = "no answer";
  try {
    const answer = await ask(url, options);
    const session = /\/c\/pay\/(cs_\w+)/.exec(answer.headers.get("location") ?? "")?.[1];
    if (session) run.handed.set(charge, (run.handed.get(charge) ?? new Set()).add(session));
    name = String(answer.status);
  } catch {
    // The Worker was killed meanwhile.
  }
  run.answers[name] = (run.answers[name] ?? 0) + 1;
}

/** What a payer, a bank or the clock does at Stripe; refused where it makes no sense, as at Stripe. */
const stripeDoes = (harness, name, body) => control(harness, name, body).catch(() => {});

/** Half an hour passes for an order. */
function age(harness, session) {
  try {
    harness.db.prepare("UPDATE orders SET created_at = created_at - ? WHERE stripe_session_id = ?").run(HALF_AN_HOUR, session);
  } catch {
    // The database is busy: then it does not pass.
  }
}

/** The storm is over: no more faults, banks answer, and the cron runs until it has nothing to do. */
export async function calm(run) {
  const { harness } = run;
  await control(harness, "faults", { clear: true, webhooks: {} });
  for (const sessions of run.handed.values()) {
    for (const session of sessions) await stripeDoes(harness, "settle", { session, success: run.draw() < 0.5 });
  }
  for (let turn = 0; turn < 12; turn++) {
    harness.db.exec(`UPDATE orders SET next_check_at = 0, created_at = created_at - ${HALF_AN_HOUR} WHERE status = 'pending'`);
    for (let time = 0; time < Math.ceil(run.charges / 50) + 1; time++) {
      const answer = await cron(harness);
      if (answer.status !== 200) throw new Error(`the cron answered ${answer.status}`);
    }
    const { n } = rows(harness, "SELECT count(*) AS n FROM orders WHERE status = 'pending' AND stripe_session_id IS NULL")[0];
    if (n === 0 && turn > 1) break;
  }
}

/** Holds Stripe's side against the orders. */
export async function compare(run) {
  const { harness } = run;
  const sessions = await control(harness, "sessions");
  const handed = new Set([...run.handed.values()].flatMap((sessions) => [...sessions]));
  const orders = rows(harness, "SELECT * FROM orders ORDER BY id");
  const incidents = rows(harness, "SELECT * FROM incidents WHERE resolved_at IS NULL");
  const wrong = [];
  const expect = (holds, what) => holds || wrong.push(what);

  const paid = sessions.filter(({ payment_status }) => payment_status === "paid");
  const byCharge = Object.groupBy(sessions, ({ metadata }) => metadata.charge_id);
  for (const [charge, mine] of Object.entries(byCharge)) {
    const payments = mine.filter(({ payment_status }) => payment_status === "paid").length;
    expect(payments <= 1, `charge ${charge} was paid ${payments} times`);
    const open = mine.filter(({ id, status }) => status === "open" && handed.has(id)).length;
    expect(open <= 1, `charge ${charge} has ${open} open sessions`);
  }
  for (const { id } of paid) {
    const order = orders.find(({ stripe_session_id }) => stripe_session_id === id);
    const incident = incidents.some(({ stripe_session_id }) => stripe_session_id === id);
    expect(order?.status === "paid" || incident, `the payment in ${id} is lost: its order is ${order?.status}`);
  }
  for (const { id, status, stripe_session_id } of orders) {
    const session = sessions.find((session) => session.id === stripe_session_id);
    expect(status !== "paid" || session?.payment_status === "paid", `order ${id} is paid, its session is not`);
    const trail = rows(harness, "SELECT from_status, to_status FROM order_events WHERE order_id = ? ORDER BY id", id);
    const chained = trail.every((event, n) => event.from_status === (n ? trail[n - 1].to_status : null));
    expect(chained && trail.at(-1)?.to_status === status, `the audit trail of order ${id} does not end at ${status}`);
  }
  const ends = await everyParent(run, expect);
  expect(!run.answers["500"] && !run.answers["404"], `answers: ${JSON.stringify(run.answers)}`);
  return {
    wrong,
    orders: {
      charges: run.charges, sessions: sessions.length, payments: paid.length, orders: orders.length,
      "open incidents": incidents.length, "open, handed to nobody": sessions.filter(({ id, status }) => status === "open" && !handed.has(id)).length,
      ...ends,
    },
  };
}

/** One more click by every parent: it leads to an open session, or to a 409 that is true. */
async function everyParent(run, expect) {
  const { harness } = run;
  const ends = { "can pay": 0, "has paid": 0, "bank is at work": 0 };
  for (let n = 0; n < run.charges; n++) {
    const answer = await ask(harness.link(`chaos-token-of-${n}`), { headers: { ...browser(), accept: "application/json" } });
    const url = answer.headers.get("location");
    const [{ id }] = rows(harness, "SELECT c.id FROM charges c JOIN players p ON p.id = c.player_id WHERE p.player_id = ?", String(n));
    const mine = (await control(harness, "sessions")).filter(({ metadata }) => metadata.charge_id === String(id));
    const code = answer.status === 409 ? (await answer.json()).code : String(answer.status);
    const is = (status, payment) => mine.some((session) => session.status === status && session.payment_status === payment);
    if (url) {
      expect(mine.some((session) => url.endsWith(session.id) && session.status === "open"), `charge ${id} leads to a dead session`);
      ends["can pay"] += 1;
    } else if (code === "already_paid") {
      expect(is("complete", "paid"), `charge ${id} is called paid and is not`);
      ends["has paid"] += 1;
    } else {
      expect(code === "processing" && is("complete", "unpaid"), `charge ${id} ends at ${code}`);
      ends["bank is at work"] += 1;
    }
  }
  return ends;
}
