// Operators at the desk: they do what a desk is for, at bad moments, wrongly and twice. The desk is asked as a program asks it, in
// JSON; what an operator knows is what the desk has shown.

import { ACCESS } from "./plan.mjs";

const MINUTE = 60_000;
export const SECRETS = { treasurer: "secret-of-the-simulated-treasurer-0001", coach: "secret-of-the-simulated-coach-00000002" };

/** A request to the desk. */
export async function ask(world, operator, method, path, body, { type = "application/json", label = undefined } = {}) {
  const isByAccess = operator === "board";
  const headers = {
    // Access says who a browser is with each request, so another site may not make it ask.
    ...(isByAccess ? { origin: world.origin, "sec-fetch-site": "same-origin" } : { authorization: `Bearer ${SECRETS[operator]}` }),
    accept: "application/json",
    // Each has a limit of tries a minute, by address: an operator is somewhere else each time.
    "cf-connecting-ip": `198.51.100.${(world.addresses = (world.addresses + 1) % 250)}`,
    ...(body === undefined ? {} : { "content-type": type }),
  };
  const text = body === undefined ? undefined : type === "application/json" ? JSON.stringify(body) : body;
  world.requests += 1;
  const answer = await world.host.request(label ?? `${operator}: ${method} ${path}`, `${world.origin}${path}`, {
    method, headers, body: text, leavesAfter: world.trouble.clientLeaves(), access: isByAccess ? ACCESS : undefined,
  });
  world.checker.desk(answer, { operator, method, path });
  const isJson = answer.headers?.get("content-type")?.includes("json");
  const json = isJson ? JSON.parse(answer.text) : undefined;
  if (json?.explain) world.checker.saw("rows", `row ${json.explain.row}`);
  for (const { cancel_reason } of Array.isArray(json?.orders) ? json.orders : []) if (cancel_reason) world.checker.saw("canceled", cancel_reason);
  return { ...answer, json };
}

/** What an act does to a value of a charge that the world keeps. */
async function changing(value, to, world, act) {
  const change = value.changing(to, world.now);
  const answer = await act();
  if (answer.status === 200) change.done(world.now);
  else if (answer.status >= 400 && answer.status < 500) change.undone();
  return answer;
}

const ACTS = [
  [3, "amount"], [2, "close"], [2, "reopen"], [3, "offline"], [2, "cancel-pending"], [2, "refund"], [2, "link"], [1, "revoke"],
  [4, "emails"], [1, "import"], [1, "period"], [1, "fee"], [1, "again"], [1, "resolve"], [0.3, "erase"], [2, "look"], [0.5, "incident-refund"],
];

/** One operator's day. */
export async function operator(world, random, number) {
  const name = world.plan.variables.ACCESS_AUD && number % 3 === 0 ? "board" : number % 2 === 0 ? "treasurer" : "coach";
  const times = random.between(2, 10);
  for (let n = 0; n < times; n++) {
    await world.sleep(random.weighted([[2, random.below(10_000)], [3, random.below(world.plan.length / times)], [1, random.below(MINUTE)]]));
    if (world.isPaused) continue;
    const act = random.weighted(ACTS);
    const charge = await chosen(world, name, random);
    if (!charge?.id) continue;
    const twice = random.chance(0.25);
    await Promise.all(twice ? [does(world, name, random, act, charge), does(world, name, random, act, charge)] : [does(world, name, random, act, charge)]);
  }
}

/** An email to each of these charges' payers, a link or a reminder. */
export async function sendsLinks(world, name, template, charges) {
  const known = charges.filter(({ id }) => id !== undefined);
  if (known.length === 0) return undefined;
  world.checker.queues(template, known);
  return ask(world, name, "POST", "/admin/messages", { template, charges: known.map(({ id }) => id) });
}

async function chosen(world, name, random) {
  if (random.chance(0.3)) await world.looksAtTheDesk(name);
  return random.pick(world.club.charges.filter(({ id }) => id !== undefined));
}

async function does(world, name, random, act, charge) {
  const post = (path, body = {}) => ask(world, name, "POST", `/admin${path}`, body);
  const at = `/charges/${charge.id}`;
  switch (act) {
    case "amount": {
      const minor = random.weighted([[4, random.between(100, 30_000)], [1, 0]]);
      return changing(charge.amount, minor, world, () => post(`${at}/amount`, { amount: major(minor) }));
    }
    case "close":
      return changing(charge.closed, true, world, () => post(`${at}/close`, { reason: "moved away" }));
    case "reopen":
      charge.reopened.push(world.now);
      return changing(charge.closed, false, world, () => post(`${at}/reopen`));
    case "offline": {
      const owed = charge.amount.possible(world.now).at(-1);
      // Some bring less than is owed, or more. The operator says what becomes of the rest, or forgets to, or is wrong.
      const minor = random.weighted([[4, owed], [2, Math.max(50, owed - random.between(1, 5_000))], [1, owed + random.between(1, 5_000)]]);
      const fits = minor < owed ? "waived" : minor > owed ? "kept" : undefined;
      const rest = random.weighted([[4, fits], [1, undefined], [0.5, random.pick(["waived", "kept"])]]);
      const taken = { minor, from: world.now, sure: Infinity };
      charge.offline.push(taken);
      const answer = await post(`${at}/offline-payment`, {
        amount: major(minor), method: random.pick(["cash", "check", "transfer"]), no_receipt: random.chance(0.3),
        ...(rest && { rest, ...(random.chance(0.5) && { owed: major(owed) }) }),
      });
      if (answer.status === 200 && answer.json.changed) {
        taken.sure = world.now;
        world.checker.tookOffline(charge, { minor, rest, from: taken.from });
      }
      if (answer.status === 200 && !answer.json.changed) charge.offline.splice(charge.offline.indexOf(taken), 1);
      if (answer.status >= 400 && answer.status < 500) charge.offline.splice(charge.offline.indexOf(taken), 1);
      return answer;
    }
    case "cancel-pending":
      return post(`${at}/cancel-pending`);
    case "refund": {
      const { json } = await ask(world, name, "GET", `/admin${at}`);
      const order = json?.orders?.findLast(({ status }) => status === "paid");
      if (!order) return undefined;
      const left = minorOf(order.paid) - minorOf(order.refunded);
      const isPart = random.chance(0.5);
      const minor = isPart ? random.between(1, Math.max(1, left)) : left;
      const body = { amount: major(minor), refunded: order.refunded };
      world.checker.asksForRefund(charge, order, minor);
      const pressed = random.chance(0.3) ? 2 : 1;
      return Promise.all(Array.from({ length: pressed }, () => post(`/orders/${order.id}/refund`, body)));
    }
    case "link": {
      const answer = await post(`${at}/links`, random.chance(0.5) ? { request: `form-${random.below(1e9)}-${random.below(1e9)}` } : {});
      if (answer.status === 200) world.learns(charge, tokenOf(answer.json.link.url));
      return answer;
    }
    case "revoke": {
      const { json } = await ask(world, name, "GET", `/admin${at}`);
      // The club keeps one that works, or nobody could come any more.
      const link = json?.links?.length > 1 && random.pick(json.links.slice(1));
      if (!link) return undefined;
      charge.revoked = world.now;
      return post(`/links/${link.id}/revoke`);
    }
    case "emails": {
      const template = random.pick(["link", "link", "reminder"]);
      return sendsLinks(world, name, template, world.club.charges.filter(() => random.chance(0.6)));
    }
    case "again": {
      const { json } = await ask(world, name, "GET", "/admin/messages");
      const message = random.pick((json?.messages ?? []).filter(({ state }) => state === "unclear" || state === "refused"));
      if (!message) return undefined;
      const about = world.club.find(message.player_id, message.kind, message.period);
      if (about) world.checker.queues(message.template, [about]);
      return post(`/messages/${message.id}/again`);
    }
    case "import":
      return world.imports(name, { players: world.club.players.filter(() => random.chance(0.4)), random });
    case "period":
      return world.opens(name, random);
    case "fee": {
      const { player } = charge;
      if (!player.deskId) return undefined;
      const minor = random.pick([0, 2_500, 5_000]);
      return changing(player.fee, minor, world, () => post(`/players/${player.deskId}/fee`, { monthly_fee: minor === 0 ? "" : major(minor), currency: "usd" }));
    }
    case "resolve": {
      const { json } = await ask(world, name, "GET", "/admin/incidents");
      const incident = random.pick((json?.incidents ?? []).filter(({ state }) => state === "open"));
      if (!incident) return undefined;
      return post(`/incidents/${incident.id}/resolve`, { note: "looked into" });
    }
    case "incident-refund": {
      const { json } = await ask(world, name, "GET", "/admin/incidents");
      const incident = random.pick((json?.incidents ?? []).filter(({ state, kind }) => state === "open" && kind === "duplicate_payment"));
      if (!incident) return undefined;
      const about = world.club.charges.find(({ id }) => id === incident.charge_id);
      if (about) about.incidentRefund = true;
      return post(`/incidents/${incident.id}/refund`);
    }
    case "erase": {
      if (!charge.player.deskId) return undefined;
      charge.player.isErased = true;
      return post(`/players/${charge.player.deskId}/erase`);
    }
    case "look":
      return ask(world, name, "GET", random.pick(["/admin", "/admin/health", "/admin/incidents", "/admin/messages", "/admin/periods", "/admin/players", "/admin/audit", `/admin${at}`]));
    default:
      throw new Error(`an operator cannot ${act}`);
  }
}

export const major = (minor) => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, "0")}`;
export const minorOf = (text) => Math.round(Number(text ?? 0) * 100);
export const tokenOf = (url) => /[?&]token=([\w-]+)/.exec(url)?.[1];
