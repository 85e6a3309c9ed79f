// The monthly fees in the built Worker: the cron opens the month once, and operators at once charge nobody twice.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, ask, cron, importLines, rows, startHarness } from "./harness.mjs";

let harness;
before(async () => {
  harness = await startHarness({ vars: { BILLING_DAY: "1", DUE_AFTER_DAYS: "10" } });
});
after(() => harness?.stop());

const charges = () =>
  rows(harness, `SELECT p.player_id AS player, c.amount_minor AS minor, c.currency, c.due_on FROM charges c
    JOIN players p ON p.id = c.player_id WHERE c.kind = 'monthly' ORDER BY c.id`).map((row) => Object.values(row).join(" "));
const day = (after) => new Date(Date.now() + after * 86_400_000).toISOString().slice(0, 10);

const open = (month, query = "") =>
  ask(`${harness.origin}/admin/periods${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ kind: "monthly", ...month }),
  });

test("runs of the cron that overlap open the month once in each currency", async () => {
  await importLines(harness, `player_id,player,amount,monthly_fee,currency
1,Player 1,150.00,50.00,usd
2,Player 2,150.00,0,usd
3,Player 3,9000,4000,jpy
4,Player 4,150.00,,usd
`);
  for (let run = 0; run < 3; run++) await Promise.all([cron(harness), cron(harness)]);
  // The day may have changed since.
  const due = rows(harness, "SELECT DISTINCT due_on FROM charges WHERE kind = 'monthly'").map(({ due_on }) => due_on);
  assert.ok(due.every((on) => [day(9), day(10)].includes(on)), due.join());
  assert.deepEqual(charges().map((line) => line.replace(/ \S+$/, "")).sort(), ["1 5000 usd", "3 4000 jpy"]);
  assert.deepEqual(
    rows(harness, "SELECT currency, opened_by, charged, charged_minor, left_out FROM periods ORDER BY currency"),
    [
      { currency: "jpy", opened_by: "cron", charged: 1, charged_minor: 4000, left_out: 3 },
      { currency: "usd", opened_by: "cron", charged: 1, charged_minor: 5000, left_out: 3 },
    ],
  );
  assert.deepEqual(rows(harness, "SELECT operator, COUNT(*) AS acts FROM audit WHERE act = 'open_period' GROUP BY operator"), [
    { operator: "cron", acts: 2 },
  ]);
});

test("operators who press at once charge nobody twice", async () => {
  const month = { period: "2030-05", currency: "usd", due_on: "2030-05-15" };
  const preview = await (await open(month, "?dry_run=1")).json();
  assert.deepEqual([preview.total, preview.charged.length, preview.left_out.length], ["50.00", 1, 3]);
  const answers = await Promise.all(Array.from({ length: 6 }, () => open({ ...month, seen: preview.seen })));
  const bodies = await Promise.all(answers.map((answer) => answer.json()));
  assert.deepEqual(answers.map(({ status }) => status), Array(6).fill(200));
  assert.equal(bodies.filter(({ changed }) => changed).length, 1);
  assert.equal(charges().filter((line) => line.endsWith("2030-05-15")).length, 1);
});
