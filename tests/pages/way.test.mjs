// The whole way of a parent who was taken for a machine, in a browser without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { FACEBOOK, importLines, rows, startWorld } from "../edge/harness.mjs";
import { fitsThePhone, isAccessible, isWithinReach, launch, open, screenshot } from "./browser.mjs";

let world;
let browser;

before(async () => {
  [world, browser] = await Promise.all([startWorld(), launch()]);
  await importLines(world, "player_id,player,amount,email,token\n26,Player 26,150.00,payer26@example.com,way-token-of-player-26\n");
});
after(() => Promise.all([world?.stop(), browser?.close()]));

test("from the link page over the payment to thanks, and then it is paid", async () => {
  const url = world.link("way-token-of-player-26");
  const { page, requests, complaints, close } = await open(browser, url, { javaScriptEnabled: false, userAgent: FACEBOOK });
  const statuses = [];
  page.on("response", (response) => response.request().isNavigationRequest() && statuses.push(response.status()));

  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.waitForURL(`${world.stripe.origin}/c/pay/**`);
  assert.deepEqual(statuses.slice(-2), [303, 200]);
  assert.match(await page.locator("body").innerText(), /150\.00/);

  await page.getByRole("button", { name: "Pay by card" }).click();
  await page.waitForURL(`${world.origin}/checkout/success?**`);
  assert.equal(await page.getByRole("heading").innerText(), "Thank you");
  // For a machine nothing is looked up here either. What it is told holds, and the webhook does the rest.
  assert.match(await page.locator("body").innerText(), /Please do not pay again/);
  await until(() => rows(world, "SELECT 1 FROM orders WHERE status = 'paid'").length, { seconds: 20, what: "the webhook" });

  await page.goto(url);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByRole("heading", { name: "Already paid" }).waitFor();
  assert.equal(statuses.at(-1), 409);
  assert.deepEqual(rows(world, "SELECT status FROM orders"), [{ status: "paid" }]);
  assert.deepEqual(complaints, []);
  const origins = new Set(requests.map((request) => new URL(request).origin));
  assert.deepEqual(origins, new Set([world.origin, world.stripe.origin]));
  await close();
});

test("the fake Stripe's page", async () => {
  await importLines(world, "player_id,player,amount,email,token\n27,Player 27,165.00,payer27@example.com,way-token-of-player-27\n");
  for (const colorScheme of ["light", "dark"]) {
    const { page, complaints, close } = await open(browser, world.link("way-token-of-player-27"), { colorScheme });
    assert.equal(new URL(page.url()).origin, world.stripe.origin);
    assert.match(await page.getByRole("banner").innerText(), /Fake Stripe Checkout/);
    assert.deepEqual(complaints, []);
    await fitsThePhone(page);
    await isWithinReach(page.getByRole("button", { name: "Pay by card" }));
    await screenshot(page, `fake Stripe ${colorScheme}`);
    await isAccessible(page);
    await close();
  }
});
