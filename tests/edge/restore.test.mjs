// The database is restored to an earlier point, as docs/operations.md says: Stripe remembers what it forgot.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, allRows, ask, importLines, openSessions, pay, rows, startHarness } from "./harness.mjs";

let harness;
before(async () => {
  harness = await startHarness({ vars: { RECONCILE_BUDGET: "1000" } });
});
after(() => harness?.stop());

const statuses = () =>
  rows(harness, `SELECT p.player_id AS player, o.status, o.origin FROM orders o JOIN charges c ON c.id = o.charge_id
    JOIN players p ON p.id = c.player_id ORDER BY p.player_id, o.id`).map((row) => Object.values(row).join(" "));

const reconcile = (body) =>
  ask(`${harness.origin}/admin/reconcile`, { method: "POST", headers: { authorization: `Bearer ${ADMIN_SECRET}` }, body });

test("what Stripe took is in the database again, and what is open and forgotten is expired", async () => {
  const since = new Date(Date.now() - 60_000).toISOString();
  await importLines(harness, `player_id,player,amount,token
1,Player 1,150.00,restore-token-of-1
2,Player 2,150.00,restore-token-of-2
3,Player 3,150.00,restore-token-of-3
`);
  const click = async (player) => (await ask(harness.link(`restore-token-of-${player}`))).headers.get("location");
  // The first has an order when the copy is made; it is paid later. The others click later.
  const first = await click(1);
  const copy = await harness.snapshot();
  await pay(harness, first);
  await pay(harness, await click(2));
  const forgotten = await click(3);
  await harness.restore(copy);
  assert.deepEqual(statuses(), ["1 pending guard"]);

  const answer = await reconcile(JSON.stringify({ since }));
  assert.equal(answer.status, 200);
  const { done, sessions, errors } = await answer.json();
  assert.deepEqual({ done, sessions, errors }, { done: true, sessions: 3, errors: 0 });
  assert.deepEqual(statuses(), ["1 paid guard", "2 paid stripe"]);
  assert.deepEqual(await openSessions(harness), Object.create(null));
  for (const player of [1, 2]) assert.equal((await ask(harness.link(`restore-token-of-${player}`))).status, 409);
  const fresh = await click(3);
  assert.notEqual(fresh, forgotten);
  await pay(harness, fresh);
  assert.deepEqual(rows(harness, "SELECT kind FROM incidents"), []);
  assert.deepEqual(rows(harness, "SELECT operator, act FROM audit ORDER BY id DESC LIMIT 1"), [{ operator: "treasurer", act: "reconcile" }]);
});

test("a time that is none changes nothing", async () => {
  const before = allRows(harness);
  for (const body of ["", "{}", '{"since": "yesterday"}', '{"since": "2999-01-01T00:00:00Z"}']) {
    const answer = await reconcile(body);
    assert.equal(answer.status, 400);
    assert.match((await answer.json()).detail, /since/);
  }
  assert.equal(allRows(harness), before);
});
