// The runtime's rate limits: by address, on what only a guesser does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, ask, browser, importLines, startWorld } from "./harness.mjs";

const limit = (name, id) => ({ name, namespace_id: id, simple: { limit: 3, period: 60 } });
let world;

before(async () => {
  world = await startWorld({ ratelimits: [limit("UNKNOWN_TOKENS", "1"), limit("ADMIN_REQUESTS", "2")] });
  await importLines(world, "player_id,player,amount,token\n26,Player 26,150.00,limits-token-of-26\n");
});
after(() => world?.stop());

const from = (address, more = {}) => ({ ...browser(), "cf-connecting-ip": address, ...more });
const statuses = async (url, options) => {
  const seen = [];
  for (let time = 0; time < 5; time++) seen.push((await ask(url, options)).status);
  return seen;
};

test("who guesses tokens is slowed down, who has one is not", async () => {
  const guessed = await statuses(world.link("no-such-token-here"), { headers: from("203.0.113.7") });
  assert.deepEqual(guessed, [404, 404, 404, 429, 429]);
  assert.equal((await ask(world.link("limits-token-of-26"), { headers: from("203.0.113.7") })).status, 307);
  assert.equal((await ask(world.link("no-such-token-here"), { headers: from("203.0.113.8") })).status, 404);
});

test("who guesses the operator's token is slowed down, and then even a right one", async () => {
  const options = { method: "POST", headers: from("203.0.113.9", { authorization: "Bearer wrong-guess" }) };
  assert.deepEqual(await statuses(`${world.origin}/admin/import`, options), [401, 401, 401, 429, 429]);
  const right = { ...options, headers: from("203.0.113.9", { authorization: `Bearer ${ADMIN_SECRET}` }) };
  assert.equal((await ask(`${world.origin}/admin/import`, right)).status, 429);
});
