// What a treasurer types instead of a file, in Chromium: players, a charge for all of them, a month that is taken back. A wrong
// value brings the form back, an act is confirmed on the page after it, and a session that ended in the middle loses nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, rows, startHarness } from "../edge/harness.mjs";
import { follow, launch, look as lookAt, openDesk } from "./browser.mjs";

let harness;
let chromium;
let page;
let complaints;

before(async () => {
  [harness, chromium] = await Promise.all([startHarness(), launch()]);
  ({ page, complaints } = await openDesk(chromium));
});
after(() => Promise.all([harness?.stop(), chromium?.close()]));

const look = (name) => lookAt({ page, complaints }, `forms ${name}`);
const opens = async (path) => (await page.goto(`${harness.origin}${path}`)).status();
const press = (name) => follow(page.getByRole("button", { name }));
const logIn = async () => {
  await page.getByLabel("Your secret").fill(ADMIN_SECRET);
  await press("Log in");
};

/** The page says what was done, and its reader's focus stands there. */
async function says(text) {
  const note = page.getByRole("status").filter({ hasText: text });
  await note.waitFor();
  assert.ok(await note.evaluate((element) => element === document.activeElement), `${text} has no focus`);
}

test("a player is added by form, and a wrong address comes back with its reason", async () => {
  assert.equal(await opens("/admin/players/new"), 401);
  await logIn();
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Add a player");
  await look("new player");
  await page.getByLabel("Name").fill("Player 1");
  // A browser's own check of an address is passed by more than Stripe takes.
  await page.getByLabel("Email of whoever pays").fill("payer@nowhere");
  await page.getByLabel("Monthly fee").fill("45.00");
  await page.getByLabel("Currency").fill("eur");
  await press("Add the player");
  await page.getByText("Nothing was done yet").waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "Player 1");
  assert.equal(await page.getByLabel("Email of whoever pays").getAttribute("aria-invalid"), "true");
  await look("a wrong address");
  await page.getByLabel("Email of whoever pays").fill("payer1@example.com");
  await press("Add the player");
  await says("The player was added.");
  await look("player added");
  // Reloaded, the page does not say it once more, and nothing is done twice.
  await page.reload();
  assert.equal(await page.getByText("The player was added.").count(), 0);
  assert.deepEqual(rows(harness, "SELECT name, email, monthly_fee_minor AS fee, monthly_currency AS currency FROM players"), [
    { name: "Player 1", email: "payer1@example.com", fee: 4500, currency: "eur" },
  ]);
});

test("all players are charged for a tournament, after the treasurer has seen whom", async () => {
  await opens("/admin/players/new");
  await page.getByLabel("Name").fill("Player 2");
  await press("Add the player");
  await opens("/admin/players");
  await look("players");
  await follow(page.getByRole("link", { name: "Charge all 2" }));
  await page.getByLabel("What for").fill("Tournament");
  await page.getByLabel("Amount").fill("25.00");
  await page.getByLabel("Currency").fill("eur");
  await page.getByLabel("Due on").fill("2027-05-12");
  await look("new charge");
  await press("Show who is charged");
  assert.match(await page.getByRole("main").innerText(), /Nobody was charged so far[\s\S]*50\.00 EUR[\s\S]*2 players charged/);
  await look("who is charged");
  await press("Charge 2 players");
  await says("They were charged.");
  assert.match(page.url(), /\/admin\/charges\?kind=custom&period=Tournament$/);
  assert.match(await page.getByRole("main").innerText(), /Player 2[\s\S]*Tournament/);
  await look("the charges");
});

test("a session that ended in the middle says so and brings back what was typed", async () => {
  await opens("/admin/players/1/edit");
  await page.getByLabel("Name").fill("Player One");
  await page.context().clearCookies();
  await press("Save");
  await page.getByText("Your session had ended").waitFor();
  await look("logged out");
  assert.equal(rows(harness, "SELECT name FROM players WHERE id = 1")[0].name, "Player 1");
  await logIn();
  await page.getByText("You were logged out before this was done.").waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "Player One");
  await press("Save");
  await says("The player was changed.");
  assert.equal(rows(harness, "SELECT name FROM players WHERE id = 1")[0].name, "Player One");
  // What was typed is not kept longer than that.
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test("what was about to be sent is sent as it was, once logged in again", async () => {
  const charges = () => rows(harness, "SELECT player_id FROM charges WHERE period = 'Excursion'");
  await opens("/admin/players");
  await page.getByLabel("Choose: Player One").check();
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Add a charge" }).click()]);
  await page.getByLabel("What for").fill("Excursion");
  await page.getByLabel("Amount").fill("12,50");
  await page.getByLabel("Currency").fill("eur");
  await page.context().clearCookies();
  await press("Show who is charged");
  await logIn();
  // The page is the one of that player, and no other one's.
  await page.getByText("You were logged out before this was done. What you typed is here again").waitFor();
  await page.getByText("For one player").waitFor();
  assert.equal(await page.getByLabel("What for").inputValue(), "Excursion");
  await press("Show who is charged");
  await page.context().clearCookies();
  await press("Charge 1 player");
  await logIn();
  await page.getByText("You were logged out before this was done. It can be sent as it was").waitFor();
  await look("sent as it was");
  assert.deepEqual(charges(), []);
  await press("Charge 1 player");
  await says("They were charged.");
  assert.deepEqual(charges(), [{ player_id: 1 }]);
  // Of a form with a field that has the name of a form's own property, too.
  const { id } = rows(harness, "SELECT id FROM charges WHERE period = 'Excursion'")[0];
  await opens(`/admin/charges/${id}/offline-payment`);
  await page.getByLabel("What was paid").fill("12,00");
  await page.getByLabel("Note").fill("in an envelope");
  await page.context().clearCookies();
  await press("Record the payment");
  await logIn();
  assert.equal(await page.getByLabel("Note").inputValue(), "in an envelope");
  assert.equal(await page.getByLabel("What was paid").inputValue(), "12,00");
});

test("a month that was opened by mistake is taken back in one step", async () => {
  await opens("/admin/periods");
  await page.getByLabel("Month").fill("2027-05");
  await page.getByLabel("Due on").fill("2027-05-15");
  await press("Show who is charged");
  await press("Charge 1 player");
  await says("The month was opened.");
  await look("months");
  await follow(page.getByRole("link", { name: "Take May 2027 back" }));
  await look("take back");
  await press("Take May 2027 back");
  await says("The month was taken back.");
  assert.deepEqual(rows(harness, "SELECT COUNT(*) AS open FROM charges WHERE kind = 'monthly' AND closed_at IS NULL"), [{ open: 0 }]);
  assert.match(await page.getByRole("main").innerText(), /taken back/);
});
