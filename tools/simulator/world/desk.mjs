// Operators at the desk: they do what a desk is for, at bad moments, wrongly and twice. The desk is asked as a program asks it, in
// JSON; what an operator knows is what the desk has shown.

import { Charge } from "./charges.mjs";
import { ACCESS } from "./plan.mjs";

const MINUTE = 60_000;
export const SECRETS = { treasurer: "secret-of-the-simulated-treasurer-0001", coach: "secret-of-the-simulated-coach-00000002" };

/**
 * A request to the desk, by a program with a secret, or by a browser that Access lets through. `mistake`: it is one, so nothing may come of
 * it. `changes`: whether it may change anything.
 */
export async function ask(world, operator, method, path, body, { type = "application/json", label = undefined, mistake = false, changes = method !== "GET", times = 1 } = {}) {
  const isByAccess = operator === "board";
  const who = isByAccess ? { origin: world.origin, "sec-fetch-site": "same-origin" } : { authorization: `Bearer ${SECRETS[operator]}` };
  const headers = { ...who, accept: "application/json" };
  const text = body === undefined ? undefined : type === "application/json" && typeof body !== "string" ? JSON.stringify(body) : body;
  const answer = await send(world, operator, { method, path, headers, text, type, label, access: isByAccess ? ACCESS : undefined });
  world.checker.desk(answer, { operator, method, path, mistake, changes, times });
  const isJson = answer.headers?.get("content-type")?.includes("json");
  const json = isJson ? JSON.parse(answer.text) : undefined;
  if (json?.explain) world.checker.saw("explained", `row ${json.explain.row}`);
  return { ...answer, json };
}

function send(world, operator, { method, path, headers, text, type, label, access }) {
  world.requests += 1;
  return world.host.request(label ?? `${operator}: ${method} ${path}`, `${world.origin}${path}`, {
    method, body: text, leavesAfter: world.trouble.clientLeaves(), access,
    headers: {
      ...headers,
      // Each has a limit of tries a minute, by address: an operator is somewhere else each time.
      "cf-connecting-ip": `198.51.100.${(world.addresses = (world.addresses + 1) % 250)}`,
      ...(text === undefined ? {} : { "content-type": type }),
    },
  });
}

/** An operator's browser. It logs in, looks at the page that says what an act will do, and sends its form. */
class Browser {
  #cookie;
  #world;
  #operator;

  constructor(world, operator) {
    this.#world = world;
    this.#operator = operator;
  }

  /** An act by its form, which `page` has. A page that says that it is done, and leads on, counts as 200. */
  async posts(path, body, { page = path, times = 1 } = {}) {
    await this.#asks("GET", page);
    const answer = await this.#asks("POST", path, body, times);
    return answer.status === 303 ? { ...answer, status: 200 } : answer;
  }

  /** Looks at a page. */
  looks(path) {
    return this.#asks("GET", path);
  }

  /** Ends the session here, and every other one of this operator. */
  async logsOut() {
    if (this.#cookie) await this.#asks("POST", "/admin/logout", {});
    this.#cookie = undefined;
  }

  /** Another site's page sends a form in this operator's name. */
  async isMisused(path, body) {
    if (!this.#cookie) return;
    const answer = await this.#sends("POST", path, body, { origin: "https://elsewhere.test", "sec-fetch-site": "cross-site" });
    this.#world.checker.desk(answer, { operator: this.#operator, method: "POST", path, mistake: true, changes: false });
  }

  async #asks(method, path, body, times = 1) {
    for (let n = 0; ; n++) {
      const isIn = this.#cookie !== undefined || (await this.#logsIn());
      const answer = await this.#sends(method, path, body);
      // Whoever is not logged in is asked to, and a session ends by itself.
      if (answer.status === 401 && n < 3) {
        this.#world.checker.saw("acts", "a browser is asked to log in");
        this.#cookie = undefined;
        if (isIn) continue;
        return answer;
      }
      this.#world.checker.desk(answer, { operator: this.#operator, method, path, changes: method !== "GET", times });
      return answer;
    }
  }

  async #logsIn() {
    const answer = await this.#sends("POST", "/admin/login", { secret: SECRETS[this.#operator], next: "/admin/charges" });
    this.#world.checker.desk(answer, { operator: this.#operator, method: "POST", path: "/admin/login", changes: true });
    return answer.status === 303;
  }

  async #sends(method, path, body, more = { origin: this.#world.origin, "sec-fetch-site": "same-origin" }) {
    const text = body && new URLSearchParams(body).toString();
    const headers = { ...more, accept: "text/html,application/xhtml+xml", ...(this.#cookie ? { cookie: this.#cookie } : {}) };
    const answer = await send(this.#world, this.#operator, { method, path, headers, text, type: "application/x-www-form-urlencoded", label: `${this.#operator} in a browser: ${method} ${path}` });
    const set = answer.headers?.get("set-cookie");
    if (set) this.#cookie = set.includes("Max-Age=0;") ? undefined : set.split(";")[0];
    return answer;
  }
}

/** What an act does to a value of a charge that the world keeps. */
async function changing(value, to, world, act) {
  const change = value.changing(to, world.now);
  const answer = await act();
  if (answer.status === 200) change.done(world.now);
  else if (answer.status >= 400 && answer.status < 500) change.undone();
  return answer;
}

/** Pages that no program asks for. */
const FOR_PEOPLE = ["/login", "/explain", "/import"];

const ACTS = [
  [3, "amount"], [2, "close"], [2, "reopen"], [3, "offline"], [2, "cancel-pending"], [2, "refund"], [2, "link"], [1, "revoke"],
  [4, "emails"], [1, "import"], [1, "period"], [1, "fee"], [2, "again"], [1, "resolve"], [0.3, "erase"], [2, "look"], [0.5, "incident-refund"],
  [1, "join"], [2, "wrong"], [0.7, "preview"], [0.7, "withdraw"], [0.5, "merge"], [0.7, "explain"], [0.5, "dry-run"], [0.7, "give-up"],
  [0.7, "new-player"], [0.7, "edit"], [1, "charge"], [0.4, "take-back"], [0.3, "stop-emails"],
  [0.7, "close-many"], [0.5, "look-at-many"], [0.3, "receipt"], [0.2, "save"],
];

/** One operator's day. */
export async function operator(world, random, number) {
  const name = world.plan.variables.ACCESS_AUD && number % 3 === 0 ? "board" : number % 2 === 0 ? "treasurer" : "coach";
  const browser = name !== "board" && random.chance(0.4) ? new Browser(world, name) : undefined;
  const times = random.between(2, 10);
  for (let n = 0; n < times; n++) {
    await world.sleep(random.weighted([[2, random.below(10_000)], [3, random.below(world.plan.length / times)], [1, random.below(MINUTE)]]));
    if (world.isPaused) continue;
    const act = random.weighted(ACTS);
    const charge = await chosen(world, name, random);
    if (!charge?.id) continue;
    const twice = random.chance(0.25);
    const touched = act === "erase" ? world.club.chargesOf(charge.player) : [charge];
    const once = () => touching(world, touched, () => does(world, name, random, act, charge, browser));
    await Promise.all(twice ? [once(), once()] : [once()]);
    if (browser && random.chance(0.1)) await browser.isMisused(`/admin/charges/${charge.id}/close`, { reason: "by another site" });
    if (browser && random.chance(0.1)) await browser.logsOut();
  }
}

/** What an operator does about a charge may end its payment page: from its beginning to its end, and while its answer is lost. */
async function touching(world, touched, does) {
  for (const one of touched) one.touched = world.now;
  const answer = await does();
  // A call that was given up may still arrive.
  for (const one of touched) one.touched = world.now + 2 * MINUTE;
  return answer;
}

/** Closes several charges at once. Those for which there is no time are left, and said to be. */
async function closesMany(world, name, charges, browser) {
  const changes = charges.map((charge) => [charge.id, charge.closed.changing(true, world.now)]);
  const ids = charges.map(({ id }) => id);
  const body = { act: "close", reason: "rained off" };
  const path = "/admin/charges/bulk";
  const times = ids.length;
  const answer = browser
    ? await browser.posts(path, { ...body, charges: ids.join(" ") }, { page: `${path}?act=close&charges=${ids.join("+")}`, times })
    : await ask(world, name, "POST", path, { ...body, charges: ids }, { times });
  for (const [id, change] of changes) {
    if (answer.json?.done && [...answer.json.done, ...answer.json.unchanged].includes(id)) change.done(world.now);
    else if ((answer.status >= 400 && answer.status < 500) || answer.json?.refused?.some(({ charge_id }) => charge_id === id)) change.undone();
  }
  return answer;
}

/** How many titles charges by form have. */
const TOURNAMENTS = 4;

/** Emails to all of a list, as its filter says. Who that is, the desk knows: each of the club's charges may get one. */
async function sendsToList(world, name, random) {
  const filter = random.pick([{ state: "unpaid" }, { period: "2026-03", state: "unpaid" }, { q: "player" }, { kind: "custom" }]);
  const template = random.pick(["link", "reminder"]);
  world.checker.queues(template, world.club.charges);
  // Those of a tournament that were charged by form may be known to the desk alone.
  for (let title = 0; title < TOURNAMENTS; title += 1) world.checker.queues(template, world.club.players.map((player) => ({ player })));
  return ask(world, name, "POST", "/admin/messages", { template, filter });
}

/** An email to each of these charges' payers, a link or a reminder. */
export async function sendsLinks(world, name, template, charges) {
  const known = charges.filter(({ id }) => id !== undefined);
  if (known.length === 0) return undefined;
  world.checker.queues(template, known);
  return ask(world, name, "POST", "/admin/messages", { template, charges: known.map(({ id }) => id) });
}

/** A charge is to be paid once more. */
export function reopens(world, name, charge, post = (path, body) => ask(world, name, "POST", `/admin${path}`, body)) {
  charge.reopened.push(world.now);
  return changing(charge.closed, false, world, () => post(`/charges/${charge.id}/reopen`, {}));
}

/** Second payments that the desk tells of are refunded. */
export async function refundsDuplicates(world, name) {
  const { json } = await ask(world, name, "GET", "/admin/incidents");
  for (const { id, charge_id } of (json?.incidents ?? []).filter(({ kind }) => kind === "duplicate_payment")) {
    const about = world.club.charges.find((charge) => charge.id === charge_id);
    if (about) about.incidentRefund = true;
    await ask(world, name, "POST", `/admin/incidents/${id}/refund`, {});
  }
}

/** Payment pages that Stripe does not know are given up, where it is time. */
export async function givesUp(world, name) {
  const { json } = await ask(world, name, "GET", "/admin/incidents");
  const unknown = (json?.incidents ?? []).filter(({ kind, charge_id }) => kind === "unknown_session" && charge_id);
  for (const { charge_id } of unknown) await ask(world, name, "POST", `/admin/charges/${charge_id}/give-up-session`, {});
}

async function chosen(world, name, random) {
  if (random.chance(0.3)) await world.looksAtTheDesk(name);
  return random.pick(world.club.charges.filter(({ id }) => id !== undefined));
}

async function does(world, name, random, act, charge, browser) {
  const post = (path, body = {}) => (browser ? browser.posts(`/admin${path}`, body) : ask(world, name, "POST", `/admin${path}`, body));
  const look = (path) => (browser ? browser.looks(`/admin${path}`) : ask(world, name, "GET", `/admin${path}`));
  const list = async (what, member, isOne) => random.pick(((await ask(world, name, "GET", `/admin/${what}`)).json?.[member] ?? []).filter(isOne));
  const at = `/charges/${charge.id}`;
  // A form takes amounts as people write them.
  const written = (minor) => (browser && random.chance(0.5) ? major(minor).replace(".", ",") : major(minor));
  switch (act) {
    case "amount": {
      const minor = random.weighted([[4, random.between(100, 30_000)], [1, 0]]);
      return changing(charge.amount, minor, world, () => post(`${at}/amount`, { amount: written(minor) }));
    }
    case "close":
      return changing(charge.closed, true, world, () => post(`${at}/close`, { reason: "moved away" }));
    case "reopen":
      return reopens(world, name, charge, post);
    case "offline": {
      const owed = charge.amount.possible(world.now).at(-1);
      // Some bring less than is owed, or more. The operator says what becomes of the rest, or forgets to, or is wrong.
      const minor = random.weighted([[4, owed], [2, Math.max(50, owed - random.between(1, 5_000))], [1, owed + random.between(1, 5_000)]]);
      const fits = minor < owed ? "waived" : minor > owed ? "kept" : undefined;
      const rest = random.weighted([[4, fits], [1, undefined], [0.5, random.pick(["waived", "kept"])]]);
      const taken = { minor, from: world.now, sure: Infinity };
      charge.offline.push(taken);
      const answer = await post(`${at}/offline-payment`, {
        amount: written(minor), method: random.pick(["cash", "check", "transfer"]), ...(random.chance(0.3) ? { no_receipt: "true" } : {}),
        ...(rest && { rest, ...(random.chance(0.5) && { owed: written(owed) }) }),
      });
      // A page does not say whether it changed anything.
      if (answer.status === 200 && answer.json?.changed) {
        taken.sure = world.now;
        world.checker.tookOffline(charge, { minor, rest, from: taken.from });
      }
      if (answer.status === 200 && answer.json?.changed === false) charge.offline.splice(charge.offline.indexOf(taken), 1);
      if (answer.status >= 400 && answer.status < 500) charge.offline.splice(charge.offline.indexOf(taken), 1);
      return answer;
    }
    case "close-many": {
      const some = world.club.charges.filter(({ id }) => id !== undefined && random.chance(0.3)).slice(0, 8);
      return some.length === 0 ? undefined : touching(world, some, () => closesMany(world, name, some, browser));
    }
    case "look-at-many": {
      const ids = world.club.charges.filter(({ id }) => id !== undefined && random.chance(0.5)).map(({ id }) => id);
      const path = `/charges/bulk?act=${random.pick(["close", "links", "export", "link"])}&charges=${ids.join("+")}`;
      return ids.length === 0 ? undefined : look(path);
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
      const body = { amount: written(minor), refunded: order.refunded };
      world.checker.asksForRefund(charge, order, minor);
      const pressed = random.chance(0.3) ? 2 : 1;
      return Promise.all(Array.from({ length: pressed }, () => post(`/orders/${order.id}/refund`, body)));
    }
    case "link": {
      const answer = await post(`${at}/links`, browser || random.chance(0.5) ? { request: `form-${random.below(1e9)}-${random.below(1e9)}` } : {});
      if (answer.status === 200) world.learns(charge, tokenOf(answer.json?.link?.url ?? answer.text));
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
      if (random.chance(0.2)) return sendsToList(world, name, random);
      const template = random.pick(["link", "link", "reminder"]);
      return sendsLinks(world, name, template, world.club.charges.filter(() => random.chance(0.6)));
    }
    case "again": {
      const message = await list("messages", "messages", ({ state }) => state === "unclear" || state === "refused");
      if (!message) return undefined;
      const about = world.club.find(message.player_id, message.kind, message.period);
      if (about) world.checker.queues(message.template, [about]);
      return post(`/messages/${message.id}/again`);
    }
    case "withdraw": {
      const message = await list("messages", "messages", ({ state }) => state === "queued");
      return message && post(`/messages/${message.id}/cancel`);
    }
    case "preview": {
      const charges = world.club.charges.filter(({ id }) => id !== undefined).map(({ id }) => id).slice(0, 50).join("+");
      return ask(world, name, "GET", `/admin/messages/preview?template=${random.pick(["link", "reminder"])}${random.chance(0.5) ? `&charges=${charges}` : "&state=unpaid"}`);
    }
    case "merge": {
      const charges = world.club.charges.filter(({ id }) => id !== undefined && random.chance(0.5));
      if (charges.length === 0) return undefined;
      const answer = await ask(world, name, "POST", "/admin/messages/links.csv", { template: "link", charges: charges.map(({ id }) => id) });
      for (const line of answer.status === 200 ? answer.text.split("\n").slice(1) : []) {
        const [player] = line.split(",");
        const about = charges.find((one) => one.player.id === player && line.includes(`,${one.kind},${one.period},`));
        if (about) world.learns(about, tokenOf(line));
      }
      return answer;
    }
    case "explain": {
      const token = random.pick(charge.tokens);
      if (!token) return undefined;
      const answer = await ask(world, name, "POST", "/admin/explain", { link: random.chance(0.5) ? token : `${world.origin}/checkout/pay?token=${token}` }, { changes: false });
      if (answer.json?.row !== undefined) world.checker.saw("explained", `row ${answer.json.row}`);
      return answer;
    }
    case "join": {
      const player = world.club.player(random, world.now);
      const owed = new Charge({ player, kind: random.pick(["first_payment", "custom"]), period: "", minor: random.between(100, 25_000), currency: "usd", at: world.now });
      return world.joins(name, { player, charges: [{ charge: owed, token: `token-of-${player.id}-${owed.kind}-${random.below(1e9)}` }] });
    }
    case "new-player": {
      // As "join", one by one and without a file; nothing is owed yet but the fee of months to come.
      const player = world.club.player(random, world.now);
      world.club.players.push(player);
      const answer = await post("/players/new", { player: player.name, player_id: player.id, email: player.email, language: player.language, monthly_fee: written(player.fee.possible(world.now)[0]), currency: "usd" });
      // If no answer came, the desk alone knows whether it has the player.
      player.isUnsure = answer.status !== 200;
      return answer;
    }
    case "edit": {
      const { deskId } = charge.player;
      return deskId && post(`/players/${deskId}/edit`, { language: random.pick(["", "es", "fr"]) });
    }
    case "charge": {
      const title = `Tournament ${random.below(TOURNAMENTS)}`;
      const minor = random.pick([1_500, 2_500]);
      const some = world.club.players.filter(({ deskId }) => deskId && random.chance(0.4)).map(({ deskId }) => deskId);
      const who = some.length === 0 || random.chance(0.3) ? { filter: {} } : { players: some };
      return ask(world, name, "POST", `/admin/charges/new${random.chance(0.2) ? "?dry_run=1" : ""}`, { title, amount: major(minor), currency: "usd", ...who });
    }
    case "take-back": {
      const period = new Date(world.now + random.pick([-31, 0]) * 24 * 60 * MINUTE).toISOString().slice(0, 7);
      // What it made is closed, and charged anew with the fees of then if the month is opened again: what is owed then, only the desk knows.
      world.club.takesBack(period);
      const page = `/admin/periods/take-back?period=${period}&currency=usd`;
      const body = { period, currency: "usd" };
      return browser ? browser.posts("/admin/periods/take-back", body, { page }) : post("/periods/take-back", body);
    }
    case "stop-emails":
      return post("/messages/cancel");
    case "import":
      return world.imports(name, { players: world.club.players.filter(() => random.chance(0.4)), random });
    case "dry-run":
      return world.imports(name, { players: world.club.players.filter(() => random.chance(0.4)), random, isDry: true });
    case "period":
      return world.opens(name, random);
    case "fee": {
      const { player } = charge;
      if (!player.deskId) return undefined;
      const minor = random.pick([0, 2_500, 5_000]);
      return changing(player.fee, minor, world, () => post(`/players/${player.deskId}/fee`, { monthly_fee: minor === 0 ? "" : written(minor), currency: "usd" }));
    }
    case "resolve": {
      const incident = await list("incidents", "incidents", ({ state }) => state === "open");
      return incident && post(`/incidents/${incident.id}/resolve`, { note: "looked into" });
    }
    case "incident-refund": {
      const incident = await list("incidents", "incidents", ({ state, kind }) => state === "open" && kind === "duplicate_payment");
      if (!incident) return undefined;
      const about = world.club.charges.find(({ id }) => id === incident.charge_id);
      if (about) about.incidentRefund = true;
      return post(`/incidents/${incident.id}/refund`);
    }
    case "give-up":
      if (random.chance(0.5)) return givesUp(world, name);
      return post(`${at}/give-up-session`);
    case "erase": {
      if (!charge.player.deskId) return undefined;
      charge.player.isErased = true;
      return post(`/players/${charge.player.deskId}/erase`);
    }
    case "look": {
      const { deskId } = charge.player;
      const pages = ["", "/health", "/charges?period=2026-03", "/charges?overdue=1", "/messages?state=sent", "/incidents", "/incidents?state=resolved", "/messages", "/periods", "/players", "/players?q=player", "/audit", "/charges?state=unpaid", "/charges?q=p1", "/openapi.json", at, "/charges/new", `/charges/new?players=${deskId ?? 1}&players=1`, "/charges?sort=amount", "/charges?sort=due", "/charges?sort=name&state=unpaid", "/export/payments.csv?decimal=comma", "/charges?sort=amount&period=2026-03",
        "/periods/take-back?period=2026-03&currency=usd", ...(deskId ? [`/players/${deskId}`, `/players/${deskId}/year`] : [])];
      if (browser && random.chance(0.7)) return browser.looks(`/admin${random.pick([...FOR_PEOPLE, ...pages.filter((page) => page !== "/openapi.json")])}`);
      const page = random.pick(pages);
      return ask(world, name, "GET", page === "/openapi.json" ? page : `/admin${page}`);
    }
    case "receipt": {
      const { json } = await ask(world, name, "GET", `/admin${at}`);
      const order = json?.orders?.findLast(({ status }) => status === "paid" || status === "refunded");
      return order && look(`/orders/${order.id}/receipt`);
    }
    case "save": {
      // What a page holds, given back as a file: nothing is read or changed.
      const csv = `player_id,link\r\n${charge.player.id},${world.origin}/checkout/pay?token=${random.pick(charge.tokens) ?? ""}\r\n`;
      const parts = [["table", "links"], ["csv", csv]].map(([part, text]) => `--b\r\ncontent-disposition: form-data; name="${part}"\r\n\r\n${text}\r\n`);
      const answer = await ask(world, name, "POST", "/admin/saved.csv", `${parts.join("")}--b--\r\n`, { type: "multipart/form-data; boundary=b", changes: false });
      if (answer.status === 200 && !answer.text.includes(csv)) world.checker.wrong("a page's table was saved otherwise than it was");
      return answer;
    }
    case "wrong":
      return mistakes(world, name, random, charge);
    default:
      throw new Error(`an operator cannot ${act}`);
  }
}

/** What nobody should send, and somebody does: each is refused, and changes nothing. */
async function mistakes(world, name, random, charge) {
  const at = `/charges/${charge.id}`;
  const [method, path, body, type] = random.pick([
    ["POST", `${at}/amount`, { amount: "a lot" }],
    ["POST", `${at}/amount`, { amount: "-5.00" }],
    ["POST", `${at}/amount`, { amount: "1.005" }],
    ["POST", `${at}/amount`, {}],
    ["POST", `${at}/amount`, { amount: "5.00", currency: "eur" }],
    ["POST", `${at}/amount`, "{"],
    ["POST", `${at}/amount`, "<amount>5</amount>", "application/xml"],
    ["POST", `${at}/close`, {}],
    ["POST", `${at}/offline-payment`, { amount: "0.00", method: "cash" }],
    ["POST", `${at}/offline-payment`, { amount: "5.00", method: "gold" }],
    ["POST", `${at}/offline-payment`, { amount: "5.00", method: "cash", paid_on: "2099-01-01" }],
    ["POST", `${at}/offline-payment`, { amount: "5.00", method: "cash", paid_on: "" }],
    ["POST", "/charges/999999/close", { reason: "a mistake" }],
    ["POST", "/orders/999999/refund", {}],
    ["POST", "/links/999999/revoke", {}],
    ["POST", "/incidents/999999/resolve", {}],
    ["POST", "/players/999999/erase", {}],
    ["POST", "/messages/999999/cancel", {}],
    ["POST", "/messages", { template: "advertisement", charges: [charge.id] }],
    ["POST", "/messages", { template: "link", charges: [999_999] }],
    ["POST", "/messages", { template: "link", charges: [] }],
    ["POST", "/messages", { template: "link", charges: [charge.id], filter: {} }],
    ["POST", "/explain", { link: "short" }],
    ["POST", "/periods", { period: "2026-13", kind: "monthly", currency: "usd" }],
    ["POST", "/periods", { period: "2026-05", kind: "custom", currency: "usd" }],
    ["POST", "/periods", { period: "2026-05", kind: "monthly", currency: "usd", due_on: "2026-02-30" }],
    ["POST", "/reconcile", { since: "yesterday" }],
    ["POST", "/reconcile", { since: "2099-01-01T00:00:00Z" }],
    ["POST", "/import", "player,amount\nPlayer 1,5.00\n", "text/csv"],
    ["POST", "/import", "player_id,player,amount\np1,Player 1,5.00\np1,Another name,5.00\n", "text/csv"],
    ["POST", "/import", "player_id,player,amount,token\np1,Player 1,5.00,short\n", "text/csv"],
    ["POST", "/import?dry_run=yes", "player_id,player\np1,Player 1\n", "text/csv"],
    ["POST", "/import", "{}", "application/json"],
    ["GET", "/charges?state=nonsense"],
    ["GET", "/charges?after=x"],
    ["GET", "/incidents?kind=dispute"],
    ["GET", "/nothing"],
    ["GET", "/charges/0"],
    ["DELETE", at],
    ["POST", "/charges", {}],
  ]);
  return ask(world, name, method, `/admin${path}`, body, { type, mistake: true, changes: false });
}

export const major = (minor) => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, "0")}`;
export const minorOf = (text) => Math.round(Number(text ?? 0) * 100);
export const tokenOf = (url) => /[?&]token=([\w-]+)/.exec(url)?.[1];
