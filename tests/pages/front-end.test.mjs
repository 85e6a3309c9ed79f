// The example of a club's own front end, on an origin of its own, in Chromium: from its button over the payment to "paid",
// and what it says if there is nothing to pay or no answer.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { root, until } from "../../tools/local.mjs";
import { importLines, rows, startHarness } from "../edge/harness.mjs";
import { fitsThePhone, isAccessible, isWithinReach, launch, open, screenshot } from "./browser.mjs";

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript" };
let harness;
let browser;
let site;
let origin;

before(async () => {
  // The files as they are, but for where the Worker is.
  site = createServer(({ url }, response) => {
    const name = url === "/" ? "index.html" : url.slice(1);
    const text = readFileSync(join(root, "examples/front-end", name), "utf8");
    response.writeHead(200, { "content-type": TYPES[extname(name)] }).end(text.replace("https://pay.club.example", harness.origin));
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  origin = `http://localhost:${site.address().port}`;
  [harness, browser] = await Promise.all([startHarness({ vars: { ALLOWED_ORIGINS: origin } }), launch()]);
  await importLines(
    harness,
    "player_id,player,amount,token\n26,Player 26,150.00,front-end-token-26\n27,Player 27,165.00,front-end-token-27\n" +
      "28,Player 28,0.00,front-end-token-28\n29,Player 29,85.00,front-end-token-29\n",
  );
  harness.db.exec("UPDATE links SET revoked_at = 1 WHERE charge_id = (SELECT c.id FROM charges c JOIN players p ON p.id = c.player_id WHERE p.player_id = '29')");
});
after(async () => {
  await Promise.all([harness?.stop(), browser?.close()]);
  site?.close();
});

const visit = (token, context) => open(browser, `${origin}/#token=${token}`, context);
const press = (page) => page.getByRole("button", { name: "Go to the payment" }).click();
/** The page says it, and can be pressed again. */
async function says(page, words) {
  await page.getByRole("status").getByText(words).waitFor();
  assert.ok(await page.getByRole("button").isEnabled());
}

test("from the button over the payment to paid", async () => {
  const { page, requests, complaints, close } = await visit("front-end-token-26");
  assert.deepEqual(rows(harness, "SELECT 1 FROM orders"), []);
  await press(page);
  await page.waitForURL(`${harness.stripe.origin}/c/pay/**`);
  assert.match(await page.locator("body").innerText(), /150\.00/);
  const first = page.url();

  // Who goes back and presses again comes to the same page.
  await page.goBack();
  await press(page);
  await page.waitForURL(first);
  await page.getByRole("button", { name: "Pay by card" }).click();
  await page.waitForURL(`${harness.origin}/checkout/success?**`);
  await until(() => rows(harness, "SELECT 1 FROM orders WHERE status = 'paid'").length, { seconds: 20, what: "the payment" });
  assert.deepEqual(complaints, []);
  assert.ok(requests.every((url) => !url.includes("front-end-token") || url.includes("#")));

  await page.goto(`${origin}/#token=front-end-token-26`);
  await press(page);
  await says(page, "This is paid. You need not do anything.");
  await page.getByText("We received $150.00").waitFor();
  assert.deepEqual(rows(harness, "SELECT status FROM orders"), [{ status: "paid" }]);
  await close();
});

test("what it says if there is no page to pay on", async () => {
  const { page, close } = await visit("front-end-token-28");
  await press(page);
  await says(page, "This costs you nothing.");
  await page.getByLabel("The code in our email").fill(" front-end-token-29 ");
  await page.keyboard.press("Enter");
  await says(page, "This code is no longer valid.");
  await page.getByLabel("The code in our email").fill("no-such-token-here");
  await press(page);
  await says(page, "We do not know this code.");
  for (const answer of [(route) => route.abort(), (route) => route.fulfill({ status: 503, body: "<html>" })]) {
    await page.route(`${harness.origin}/**`, answer);
    await press(page);
    await says(page, "This does not work at the moment. No money was taken.");
    await page.unrouteAll();
  }
  await close();
});

test("a page of another origin is not let read", async () => {
  const { page, complaints, close } = await open(browser, `http://127.0.0.1:${site.address().port}/#token=front-end-token-27`);
  await press(page);
  await says(page, "This does not work at the moment.");
  assert.match(complaints.join("\n"), /blocked by CORS policy/);
  assert.deepEqual(rows(harness, "SELECT o.id FROM orders o JOIN charges c ON c.id = o.charge_id WHERE c.amount_minor = 16500"), []);
  await close();
});

test("on a phone, light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, complaints, close } = await visit("front-end-token-28", { colorScheme });
    await fitsThePhone(page);
    await isWithinReach(page.getByRole("button"));
    await isAccessible(page);
    assert.deepEqual(complaints, []);
    await press(page);
    await says(page, "This costs you nothing.");
    await isAccessible(page);
    await screenshot(page, `front end ${colorScheme}`);
    await close();
  }
  const { page, close } = await visit("front-end-token-27", { javaScriptEnabled: false });
  await page.getByText("This page needs JavaScript.").waitFor();
  await close();
});
