// The desk's first page and its health in Chromium: on a phone and wide, light and dark, empty and filled.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, ask, control, importLines, startHarness } from "../edge/harness.mjs";
import { DESKTOP, fitsTheWidth, isAccessible, launch, open, screenshot } from "./browser.mjs";

const BINDINGS = ["UNKNOWN_TOKENS", "ADMIN_REQUESTS", "SERVER_REQUESTS", "ADMIN_LOGINS_TOTAL", "CHARGE_CLICKS", "SUCCESS_PAGE"];
const ratelimits = BINDINGS.map((name, at) => ({ name, namespace_id: String(at), simple: { limit: 1_000, period: 60 } }));
const headers = { authorization: `Bearer ${ADMIN_SECRET}` };
let browser;
let harness;

before(async () => {
  [browser, harness] = await Promise.all([launch(), startHarness({ ratelimits })]);
});
after(() => Promise.all([browser?.close(), harness?.stop()]));

async function holds(path, title, name) {
  let text = "";
  for (const colorScheme of ["light", "dark"]) {
    const { page, answer, complaints, close } = await open(browser, harness.origin + path, { colorScheme, headers });
    try {
      assert.equal(answer.status(), 200);
      assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), title);
      assert.equal(await page.locator("nav a[aria-current=page]").count(), 1);
      assert.deepEqual(complaints, []);
      for (const details of await page.locator("details").all()) await details.evaluate((element) => (element.open = true));
      await isAccessible(page);
      // A wide table scrolls in its own box; the page does not.
      await fitsTheWidth(page, name);
      await screenshot(page, `${name} ${colorScheme}`);
      await page.setViewportSize(DESKTOP);
      await screenshot(page, `${name} ${colorScheme} wide`);
      text = await page.getByRole("main").innerText();
    } finally {
      await close();
    }
  }
  return text;
}

test("an empty desk says what to do first", async () => {
  const text = await holds("/admin", "Overview", "overview empty");
  assert.match(text, /Begin here/);
});

test("a filled one has the money, the incidents and the days", async () => {
  const lines = [1, 2, 3].map((number) => `${number},Player ${number},150.00,overview-token-of-${number}`);
  await importLines(harness, `player_id,player,amount,token\n${lines.join("\n")}\n`);
  const clicked = await ask(harness.link("overview-token-of-1"));
  const [session] = /cs_test_\w+/.exec(clicked.headers.get("location"));
  await control(harness, "pay", { session, how: "card" });
  const hour = Date.now() - (Date.now() % 3_600_000);
  for (let day = 0; day < 30; day++) {
    for (const [what, count] of [["answer:pay", (day * 7) % 23], ["session", (day * 5) % 17], ["payment", (day * 3) % 11]]) {
      harness.db.prepare("INSERT OR IGNORE INTO activity VALUES (?, ?, ?)").run(hour - day * 86_400_000, what, count);
    }
  }
  harness.db.prepare("INSERT INTO incidents (subject, kind, opened_at, amount_minor, currency) VALUES ('dispute:x', 'dispute', ?, 15000, 'usd')").run(hour);
  const text = await holds("/admin", "Overview", "overview");
  for (const part of [/Outstanding[\s\S]*300\.00 USD/, /1 open/, /The last 30 days/]) assert.match(text, part);
});

test("while payments are paused both pages say first that nobody can pay", async () => {
  const paused = await startHarness({ ratelimits, vars: { PAUSED: "on" } });
  const works = harness;
  harness = paused;
  try {
    for (const [path, title] of [["/admin", "Overview"], ["/admin/health", "Health"]]) {
      const text = await holds(path, title, `${title} paused`);
      assert.match(text, new RegExp(`^${title}\\s+Nobody can pay\\.\\s+PAUSED is on`));
      assert.doesNotMatch(text, /Payments work/);
    }
  } finally {
    harness = works;
    await paused.stop();
  }
});

test("health says each check in words", async () => {
  const text = await holds("/admin/health", "Health", "health");
  for (const part of [/Stripe's key/, /Webhook endpoint/, /Reconcile/, /ok|look at it|does not work/]) assert.match(text, part);
});
