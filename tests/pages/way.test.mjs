// The whole way of a parent who was taken for a machine, in a browser without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { FACEBOOK, importLines, rows, startHarness } from "../edge/harness.mjs";
import { fitsThePhone, isAccessible, isWithinReach, launch, open, screenshot } from "./browser.mjs";

let harness;
let browser;

before(async () => {
  [harness, browser] = await Promise.all([startHarness(), launch()]);
  await importLines(harness, "player_id,player,amount,email,token\n26,Player 26,150.00,payer26@example.com,way-token-of-player-26\n");
});
after(() => Promise.all([harness?.stop(), browser?.close()]));

test("from the link page over the payment to thanks, and then it is paid", async () => {
  const url = harness.link("way-token-of-player-26");
  const { page, requests, complaints, close } = await open(browser, url, { javaScriptEnabled: false, userAgent: FACEBOOK });
  const statuses = [];
  page.on("response", (response) => response.request().isNavigationRequest() && statuses.push(response.status()));

  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.waitForURL(`${harness.stripe.origin}/c/pay/**`);
  assert.deepEqual(statuses.slice(-2), [303, 200]);
  assert.match(await page.locator("body").innerText(), /150\.00/);

  await page.getByRole("button", { name: "Pay by card" }).click();
  await page.waitForURL(`${harness.origin}/checkout/success?**`);
  assert.equal(await page.getByRole("heading").innerText(), "Thank you");
  // For a machine nothing is looked up here either. What it is told holds, and the webhook does the rest.
  assert.match(await page.locator("body").innerText(), /Please do not pay again/);
  await until(() => rows(harness, "SELECT 1 FROM orders WHERE status = 'paid'").length, { seconds: 20, what: "the webhook" });

  await page.goto(url);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByRole("heading", { name: "Already paid" }).waitFor();
  assert.equal(statuses.at(-1), 409);
  assert.deepEqual(rows(harness, "SELECT status FROM orders"), [{ status: "paid" }]);
  assert.deepEqual(complaints, []);
  const origins = new Set(requests.map((request) => new URL(request).origin));
  assert.deepEqual(origins, new Set([harness.origin, harness.stripe.origin]));
  await close();
});

test("who goes back from the payment goes on to the same one, in their language", async () => {
  await importLines(harness, "player_id,player,amount,email,language,token\n28,Player 28,85.00,payer28@example.com,de,way-token-of-player-28\n");
  const { page, complaints, close } = await open(browser, harness.link("way-token-of-player-28"), { javaScriptEnabled: false, locale: "de-AT" });
  const session = page.url();
  assert.equal(new URL(session).origin, harness.stripe.origin);
  assert.match(await page.locator("body").innerText(), /Erste Zahlung, Player 28/);
  await page.getByRole("button", { name: "Go back" }).click();
  await page.getByRole("heading", { name: "Sie haben noch nicht bezahlt" }).waitFor();
  assert.equal(new URL(page.url()).origin, harness.origin);
  await page.getByRole("button", { name: "Weiter zur Zahlung" }).click();
  await page.waitForURL(session);

  await page.getByRole("button", { name: "Pay by card" }).click();
  await page.getByRole("heading", { name: "Vielen Dank" }).waitFor();
  const text = await page.getByRole("main").innerText();
  for (const part of [/85,00\s\$/, /Erste Zahlung, Player 28/, /Referenz\s+\d+/, /Sie müssen nichts weiter tun/]) assert.match(text, part);
  assert.deepEqual(complaints, []);
  await close();
});

test("the fake Stripe's page", async () => {
  await importLines(harness, "player_id,player,amount,email,token\n27,Player 27,165.00,payer27@example.com,way-token-of-player-27\n");
  for (const colorScheme of ["light", "dark"]) {
    const { page, complaints, close } = await open(browser, harness.link("way-token-of-player-27"), { colorScheme });
    assert.equal(new URL(page.url()).origin, harness.stripe.origin);
    assert.match(await page.getByRole("banner").innerText(), /Fake Stripe Checkout/);
    assert.deepEqual(complaints, []);
    await fitsThePhone(page);
    await isWithinReach(page.getByRole("button", { name: "Pay by card" }));
    await screenshot(page, `fake Stripe ${colorScheme}`);
    await isAccessible(page);
    await close();
  }
});
