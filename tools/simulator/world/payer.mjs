// Those who pay: a family with some devices and tabs, who click, wait, pay in whatever page is open, come back or not. And the
// software that asks for sessions in their place.

import { refundsDuplicates, reopens } from "./desk.mjs";
import { device, machine } from "./visitors.mjs";

const MINUTE = 60_000;

/** A family that pays a charge or two, over the length of the world. */
export async function payer(world, random) {
  const player = random.pick(world.club.players);
  const devices = Array.from({ length: random.between(1, 3) }, () => device(random));
  const length = world.plan.length;
  await world.sleep(random.weighted([[3, random.below(2 * MINUTE)], [3, random.below(length)], [1, 0]]));
  const visits = random.weighted([[3, 1], [3, 2], [3, 4], [1, 9]]);
  const family = { random, devices, isPaying: random.chance(0.85) };
  for (let n = 0; n < visits; n++) {
    const charge = random.pick(world.club.chargesOf(player));
    if (charge) {
      const tabs = random.weighted([[5, 1], [3, 2], [1, 3]]);
      await Promise.all(Array.from({ length: tabs }, () => tab(world, family, charge)));
    }
    await world.sleep(random.weighted([[4, random.below(5_000)], [3, random.below(10 * MINUTE)], [2, random.between(29, 70) * MINUTE], [1, random.below(length)]]));
  }
}

/** One tab: a click, and what follows. */
async function tab(world, family, charge) {
  const { random, devices } = family;
  const headers = random.pick(devices);
  const old = [...charge.handed];
  // A page of Stripe's that was open all along.
  if (old.length > 0 && random.chance(0.2)) return atStripe(world, family, charge, random.pick(old), headers);
  const token = random.pick(charge.tokens);
  if (!token) return undefined;
  const answer = await world.click(charge, { token, headers, method: "GET", by: "a person", leavesAfter: world.leaves(random) });
  await goOn(world, family, charge, answer, headers, 0);
}

/** A person does what the answer offers. */
async function goOn(world, family, charge, answer, headers, depth) {
  const { random } = family;
  if (depth > 3) return;
  const session = world.sessionOf(answer);
  if (session) {
    await world.sleep(random.below(3_000));
    await atStripe(world, family, charge, session, headers);
  } else if (answer.status === 200 && answer.text.includes("<form") && answer.token) {
    // The link page: its button.
    await world.sleep(random.below(4_000));
    const pressed = await world.click(charge, { token: answer.token, headers, method: "POST", by: "a person", isButton: true });
    await goOn(world, family, charge, pressed, headers, depth + 1);
  } else if ((answer.status === 503 || answer.status === 0) && random.chance(0.7)) {
    await world.sleep(1_000 * Math.min(900, Number(answer.headers?.get("retry-after") ?? 5)));
    if (!answer.token) return;
    const again = await world.click(charge, { token: answer.token, headers, method: "GET", by: "a person" });
    await goOn(world, family, charge, again, headers, depth + 1);
  }
}

/** On Stripe's page. */
async function atStripe(world, family, charge, session, headers) {
  const { random } = family;
  if (!family.isPaying) return;
  await world.sleep(random.weighted([[5, random.below(90_000)], [2, random.between(25, 40) * MINUTE], [1, random.between(60, 66) * MINUTE]]));
  const how = random.weighted([[8, "card"], [3, "debit"], [1, "microdeposits"], [2, "decline"], [3, "nothing"], [3, "cancel"]]);
  if (how === "nothing") return;
  if (how === "cancel") return canceled(world, family, charge, session, headers);
  if (!world.pay(charge, session, how)) return;
  if (how === "decline") return atStripe(world, family, charge, session, headers);
  if (random.chance(0.7)) {
    await world.sleep(random.below(4_000));
    await world.returns(charge, session, headers);
  }
  if (random.chance(0.2)) await world.returns(charge, session, random.pick(family.devices));
}

/** Back without paying: a page with a button that goes on. */
async function canceled(world, family, charge, session, headers) {
  const object = world.stripe.session(session);
  if (!object?.cancel_url) return;
  const answer = await world.visit(`the way back from ${session.slice(-6)}`, object.cancel_url, { headers });
  if (answer.status === 200 && family.random.chance(0.6)) {
    const pressed = await world.click(charge, { url: object.cancel_url, headers, method: "POST", by: "a person", isButton: true });
    const next = world.sessionOf(pressed);
    if (next && family.random.chance(0.6)) await atStripe(world, family, charge, next, headers);
  }
}

/** Previews, scanners and prefetches open links, before and after people do. */
export async function machines(world, random) {
  const times = random.weighted([[2, 1], [3, 4], [1, 12]]);
  for (let n = 0; n < times; n++) {
    await world.sleep(random.weighted([[2, random.below(5_000)], [2, random.below(world.plan.length / times)]]));
    const charge = random.pick(world.club.charges);
    const token = charge && random.pick(charge.tokens);
    if (!token) continue;
    const { method, headers, isPrefetch, isUnsure } = machine(random);
    await world.click(charge, { token, method, headers, by: isUnsure ? "an unsure visitor" : "a machine", isPrefetch });
  }
}

/** A front end with a link's token, or the club's server with an operator's secret, asks for sessions. */
export async function server(world, random) {
  const times = random.between(1, 6);
  for (let n = 0; n < times; n++) {
    await world.sleep(random.weighted([[3, random.below(3_000)], [2, random.below(world.plan.length / times)]]));
    const charge = random.pick(world.club.charges);
    if (!charge) continue;
    const ask = () => {
      const isFrontEnd = random.chance(0.5) && charge.tokens.length > 0;
      return isFrontEnd ? world.askAsFrontEnd(charge, random.pick(charge.tokens)) : world.askAsServer(charge);
    };
    const answers = await Promise.all(random.chance(0.4) ? [ask(), ask()] : [ask()]);
    const session = answers.map((answer) => world.sessionOf(answer)).find(Boolean);
    if (session && random.chance(0.6)) {
      await world.sleep(random.below(60_000));
      world.pay(charge, session, random.weighted([[4, "card"], [1, "debit"]]));
    }
  }
}

/** Somebody who guesses: tokens, secrets, signatures. */
export async function stranger(world, random) {
  for (let n = 0; n < 8; n++) {
    await world.sleep(random.below(world.plan.length / 8));
    const token = Array.from(random.bytes(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
    await world.guess(random.pick(["token", "secret", "webhook", "path"]), token);
  }
}

/** One click and a card: the session that was paid in; nothing if there is nothing to pay. */
async function paysByCard(world, random, charge, headers) {
  for (let n = 0; n < 3; n++) {
    const token = random.pick(charge.tokens);
    if (!token) return undefined;
    const answer = await world.click(charge, { token, headers, method: "POST", by: "a person", isButton: true });
    const session = world.sessionOf(answer);
    if (session) return world.pay(charge, session, "card") ? session : undefined;
    if (answer.status !== 503 && answer.status !== 0) return undefined;
    await world.sleep(MINUTE);
  }
  return undefined;
}

/** Money goes back, the charge is reopened and paid once more, and then the first money comes back to the club after all. */
export async function second(world, random) {
  const pause = () => world.sleep(random.below(world.plan.length / 10));
  await pause();
  const charge = random.pick(world.club.charges.filter(({ id, tokens }) => id !== undefined && tokens.length > 0));
  if (!charge) return;
  const headers = device(random);
  const session = await paysByCard(world, random, charge, headers);
  if (!session) return;
  await pause();
  const isDispute = random.chance(0.5);
  charge.wentBack = true;
  if (!isDispute) world.stripe.does("next_refund", { status: "pending" });
  const back = world.act(isDispute ? "dispute" : "refund", { session });
  if (!back) return;
  await pause();
  if (isDispute) world.act("close_dispute", { dispute: back.dispute, won: false });
  // Until the desk has heard of it, it says that the charge is paid.
  for (let n = 0; n < 4; n++) {
    await pause();
    if (world.isPaused || charge.id === undefined) continue;
    if ((await reopens(world, "treasurer", charge)).status === 200) break;
  }
  await pause();
  await paysByCard(world, random, charge, headers);
  await pause();
  if (isDispute) world.act("close_dispute", { dispute: back.dispute, won: true });
  else world.act("fail_refund", { refund: back.refund });
  await pause();
  if (!world.isPaused && random.chance(0.6)) await refundsDuplicates(world, "coach");
}

/** An uptime service asks how the Worker is, as docs/operations.md advises. */
export async function watch(world, random) {
  const times = random.between(3, 20);
  for (let n = 0; n < times; n++) {
    await world.sleep(random.below(world.plan.length / times));
    const wasPaused = world.isPaused;
    const answer = await world.visit("an uptime service", `${world.origin}/healthz`, { headers: { "user-agent": "uptime/1.0", accept: "*/*", "cf-connecting-ip": "192.0.2.77" } });
    world.checker.watched(answer, wasPaused);
  }
}
