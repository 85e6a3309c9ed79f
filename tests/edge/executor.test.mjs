// Many requests wait at once in one wasm instance. Each goes on in its own request's context: workerd refuses I/O
// that one request does for another.

import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { ask, browser, importLines, rows, said } from "./harness.mjs";
import { startTrapWorld, within } from "./trap/start.mjs";

const PLAYERS = [1, 2, 3, 4, 5, 6, 7, 8];
const token = (player) => `executor-token-of-${player}`;

let harness;

before(async () => {
  harness = await startTrapWorld();
  const lines = PLAYERS.map((player) => `${player},Player ${player},1${player}.00,${token(player)}\n`);
  await importLines(harness, `player_id,player,amount,token\n${lines.join("")}`);
});
after(() => harness?.stop());

const instances = async () => (await ask(`${harness.origin}/instances`)).json();
const headers = (more = {}) => ({ ...browser(), ...more });
const click = (player, more) => ask(harness.link(token(player)), { headers: headers(more) });
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** The session of a player's order. The Worker stores it after its answer. */
const session = (player) => {
  const sql = `SELECT o.stripe_session_id AS id FROM orders o JOIN charges c ON c.id = o.charge_id
    WHERE c.amount_minor = ? AND o.status = 'pending'`;
  return until(() => rows(harness, sql, 1000 + player * 100)[0]?.id, { seconds: 10, what: `the session of player ${player}` });
};

async function leadsToOwnSession(answer, player) {
  assert.equal(answer.status, 307, `player ${player}`);
  const location = answer.headers.get("location");
  assert.ok(location.includes(await session(player)), `player ${player}: ${location}`);
}

/** A click whose client closes its connection after so many milliseconds. */
function clickAndLeave(player, milliseconds, more) {
  return new Promise((resolve) => {
    const outgoing = request(harness.link(token(player)), { headers: headers(more) }, () => resolve("answered"));
    outgoing.on("error", () => resolve("left")).end();
    setTimeout(() => outgoing.destroy(), milliseconds);
  });
}

test("requests that wait at once each get their own answer", async () => {
  const order = [];
  const clicks = PLAYERS.map(async (player) => {
    // The later a request comes, the sooner its database answers.
    const answer = await click(player, { "test-slow": String(900 - player * 100) });
    order.push(player);
    return answer;
  });
  const answers = await within(20, Promise.all(clicks));
  for (const [at, answer] of answers.entries()) await leadsToOwnSession(answer, PLAYERS[at]);
  assert.notDeepEqual(order, PLAYERS);
});

test("a client that leaves disturbs no other request", async () => {
  const before = await instances();
  const staying = [1, 2].map((player) => click(player, { "test-slow": "1200" }));
  const leaving = [3, 4, 5].map((player) => clickAndLeave(player, 300, { "test-slow": "600" }));
  assert.deepEqual(await within(5, Promise.all(leaving)), ["left", "left", "left"]);
  const answers = await within(5, Promise.all(staying));
  for (const [at, answer] of answers.entries()) await leadsToOwnSession(answer, at + 1);
  for (const player of PLAYERS) await leadsToOwnSession(await within(5, click(player)), player);
  assert.equal(await instances(), before);
});

test("a request that traps leaves the others to a new instance", async () => {
  const before = await instances();
  const waiting = [1, 2, 3].map((player) => click(player, { "test-slow": "2000" }));
  await pause(300);
  const trapped = within(5, click(4, { "test-trap": "unreachable" }));
  await pause(100);
  // These come after the trap, while the others' databases have not answered yet.
  const later = [5, 6].map((player) => click(player, { "test-slow": "200" }));
  assert.equal((await trapped).status, 503);
  assert.deepEqual((await within(5, Promise.all(waiting))).map(({ status }) => status), [503, 503, 503]);
  for (const [at, answer] of (await within(5, Promise.all(later))).entries()) await leadsToOwnSession(answer, at + 5);
  await pause(2_000);
  assert.equal((await click(1)).status, 307);
  assert.equal(await instances(), before + 1);
});

test("workerd refused no I/O", () => {
  for (const line of said(harness)) assert.doesNotMatch(line, /on behalf of a different request|never generate a response/);
});
