// A treasurer's desk in Chromium, on a desktop and on a phone, light and dark: every page is accessible, works without
// script, and does what it says.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { ADMIN_SECRET, ask, chargeOf, control, importLines, pay, rows, startHarness } from "../edge/harness.mjs";
import { follow, launch, look as lookAt, openDesk } from "./browser.mjs";

const LINES = `player_id,player,amount,email,token
61,Player 61,150.00,payer61@example.com,desk-token-of-player-61
62,Player 62,85.00,payer62@example.com,desk-token-of-player-62
63,Player 63,40.00,,desk-token-of-player-63
64,Player 64,0.00,,desk-token-of-player-64
65,Player 65,135.00,payer65@example.com,desk-token-of-player-65
`;

let harness;
let chromium;
let page;
let complaints;

before(async () => {
  [harness, chromium] = await Promise.all([startHarness(), launch()]);
  await importLines(harness, LINES);
  ({ page, complaints } = await openDesk(chromium));
});
after(() => Promise.all([harness?.stop(), chromium?.close()]));

const look = (name) => lookAt({ page, complaints }, `desk ${name}`);

const heading = () => page.getByRole("heading", { level: 1 }).innerText();
const opens = async (path) => (await page.goto(`${harness.origin}${path}`)).status();
const press = (name) => follow(page.getByRole("button", { name }));
/** The desk's script sends a file and writes the answer in place: no other page is loaded. */
const send = (name) => page.getByRole("button", { name }).click();

test("nobody gets in without a secret, and a wrong one says so", async () => {
  assert.equal(await opens("/admin/charges"), 401);
  await look("log in");
  await page.getByLabel("Your secret").fill("a-secret-that-is-nobodys-at-all!!");
  await press("Log in");
  await page.getByText("This is nobody's secret").waitFor();
  await page.getByLabel("Your secret").fill(ADMIN_SECRET);
  await press("Log in");
  assert.equal(await heading(), "Charges");
  const [cookie] = await page.context().cookies();
  assert.deepEqual(
    [cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path],
    ["__Host-operator", true, true, "Strict", "/"],
  );
});

test("the list shows who owes what", async () => {
  assert.equal(await opens("/admin/charges"), 200);
  assert.match(await page.getByRole("main").innerText(), /Player 61[\s\S]*150\.00 USD/);
  await look("charges");
  await page.getByLabel("State").selectOption("paid");
  await press("Show");
  await page.getByText("No charge is like that").waitFor();
  await look("charges none");
});

test("a charge says what a click would get, and what happened", async () => {
  const id = chargeOf(harness, "61");
  await opens(`/admin/charges/${id}`);
  await page.getByText("A person gets to the payment page.").waitFor();
  const click = await ask(harness.link("desk-token-of-player-61"));
  assert.equal(click.status, 307);
  await until(() => rows(harness, "SELECT 1 FROM orders WHERE stripe_session_id IS NOT NULL").length, { seconds: 10, what: "the session" });
  await pay(harness, click.headers.get("location"));
  await page.reload();
  await page.getByText("A person is told that it is paid.").waitFor();
  assert.match(await page.getByRole("main").innerText(), /Order 1 over 150\.00 USD was paid \(Stripe told us\)/);
  await look("charge paid");
});

test("a part of a payment is refunded", async () => {
  await follow(page.getByRole("link", { name: "Refund" }));
  await look("refund");
  await page.getByLabel("How much").fill("50.00");
  await press("Refund it");
  await page.getByText("went back to the payer").waitFor();
  assert.deepEqual(rows(harness, "SELECT status, refunded_minor FROM orders WHERE id = 1"), [{ status: "paid", refunded_minor: 5000 }]);
  const [refund] = await control(harness, "calls").then((calls) => calls.filter(({ path }) => path === "/v1/refunds"));
  assert.ok(refund);
});

test("cash is recorded, and the link says so", async () => {
  const id = chargeOf(harness, "62");
  await opens(`/admin/charges/${id}`);
  await follow(page.getByRole("link", { name: "Record an offline payment" }));
  assert.match(await heading(), /^Record an offline payment: Player 62/);
  await look("offline payment");
  await page.getByLabel("Note").fill("at the gate");
  await press("Record the payment");
  await page.getByText("A person is told that it is paid.").waitFor();
  assert.equal(new URL(page.url()).pathname, `/admin/charges/${id}`);
  assert.deepEqual(rows(harness, "SELECT status, method, offline_method FROM orders WHERE charge_id = ?", id), [
    { status: "paid", method: "offline", offline_method: "cash" },
  ]);
  await look("charge paid in cash");
});

test("a charge is closed with a reason, and reopened", async () => {
  const id = chargeOf(harness, "63");
  await opens(`/admin/charges/${id}/close`);
  await look("close");
  await page.getByLabel("Why").fill("waived by the board");
  await press("Close the charge");
  await page.getByText("waived by the board").first().waitFor();
  await follow(page.getByRole("link", { name: "Reopen" }));
  await press("Reopen the charge");
  await page.getByText("A person gets to the payment page.").waitFor();
});

test("a link is made and shown once, and explained when it is pasted", async () => {
  const id = chargeOf(harness, "65");
  await opens(`/admin/charges/${id}`);
  await follow(page.getByRole("link", { name: "Make a link" }));
  await press("Make a link");
  const url = await page.getByLabel("The link").inputValue();
  assert.match(url, /\/checkout\/first-payment\?token=[\w-]{43}$/);
  await look("new link");
  await opens("/admin/explain");
  await page.getByLabel("A payment link").fill(url);
  await press("Explain");
  await page.getByText("A person gets to the payment page.").waitFor();
  assert.match(await page.getByRole("main").innerText(), /Player 65, First payment, 135\.00 USD/);
  assert.ok(!(await page.content()).includes(url.split("token=")[1]));
  await look("explain");
});

test("less than is owed is asked about, with what was typed kept, and the rest is waived", async () => {
  const id = chargeOf(harness, "65");
  await opens(`/admin/charges/${id}/offline-payment`);
  await page.getByLabel("What was paid").fill("100.00");
  await page.getByLabel("transfer").check();
  await page.getByLabel("Note").fill("a discount for siblings");
  await press("Record the payment");
  assert.match(await page.getByRole("alert").innerText(), /100\.00 USD was paid, and 135\.00 USD is owed\.[\s\S]*35\.00 USD less/);
  assert.deepEqual(rows(harness, "SELECT id FROM orders WHERE charge_id = ?", id), []);
  await look("offline payment asks");
  await page.getByText("Go back to what was typed").click();
  assert.equal(await page.getByLabel("What was paid").inputValue(), "100.00");
  assert.equal(await page.getByLabel("Note").inputValue(), "a discount for siblings");
  assert.ok(await page.getByLabel("transfer").isChecked());
  await look("offline payment asks, typed");
  assert.ok(await page.getByRole("link", { name: "The charge's amount is wrong: change it" }).isVisible());
  await press("Record it, and waive 35.00 USD");
  await page.getByText("35.00 USD waived").first().waitFor();
  assert.deepEqual(rows(harness, "SELECT paid_minor, rest_minor, offline_method, offline_note FROM orders WHERE charge_id = ?", id), [
    { paid_minor: 10000, rest_minor: 3500, offline_method: "transfer", offline_note: "a discount for siblings" },
  ]);
  await look("charge with a rest waived");
});

test("a dispute says what to do and until when, and is resolved", async () => {
  const [{ payment_intent_id }] = rows(harness, "SELECT payment_intent_id FROM orders WHERE id = 1");
  await control(harness, "dispute", { payment_intent: payment_intent_id });
  await until(() => rows(harness, "SELECT 1 FROM incidents WHERE kind = 'dispute'").length, { seconds: 20, what: "the dispute" });
  await opens(`/admin/charges/${chargeOf(harness, "61")}`);
  await page.getByText("and answer it by").waitFor();
  await page.getByText("50.00 of 150.00 USD refunded").waitFor();
  await look("charge disputed");
  await opens("/admin/incidents");
  await page.getByText("A payer disputes a payment").waitFor();
  await page.getByText("Answer by").waitFor();
  await look("incidents");
  await follow(page.getByRole("link", { name: "Resolve", exact: true }));
  await page.getByLabel("What was done about it").fill("answered");
  await press("Resolve the incident");
  await page.getByText("Nothing waits for you.").waitFor();
  await look("no incidents");
});

test("a month is opened after a look at who is charged", async () => {
  await importLines(harness, `player_id,player,amount,monthly_fee
61,Player 61,150.00,50.00
62,Player 62,85.00,0
63,Player 63,40.00,45.00
`);
  await opens("/admin/periods");
  await look("months none");
  await page.getByLabel("Month").fill("2026-05");
  await page.getByLabel("Due on").fill("2026-05-15");
  await press("Show who is charged");
  await page.getByText("Nothing was charged so far.").waitFor();
  assert.match(await page.getByRole("main").innerText(), /95\.00 USD[\s\S]*2 players charged[\s\S]*Player 62[\s\S]*the fee is 0/);
  assert.deepEqual(rows(harness, "SELECT 1 FROM charges WHERE kind = 'monthly'"), []);
  await page.getByText("The due date, 15 May 2026, has passed.").waitFor();
  await look("month preview");
  const agree = () => page.getByLabel("Charge them with this date all the same").check();
  // Somebody else changes a fee before the button is pressed.
  harness.db.exec("UPDATE players SET monthly_fee_minor = 5500 WHERE player_id = '61'");
  await agree();
  await press("Charge 2 players");
  await page.getByText("Since you looked").waitFor();
  await look("month changed");
  await agree();
  await press("Charge 2 players");
  await page.getByText("Months that were opened").waitFor();
  assert.match(await page.getByRole("main").innerText(), /May 2026[\s\S]*100\.00 USD/);
  await look("months");
  await opens("/admin/charges?overdue=1");
  assert.equal(await page.getByText("overdue", { exact: true }).count() >= 2, true);
  await look("charges overdue");
  await opens("/admin");
  await page.getByRole("link", { name: /overdue/ }).waitFor();
  await look("overview overdue");
});

test("a fee is mended on the player's page, or for many by a file without amounts", async () => {
  const charges = rows(harness, "SELECT * FROM charges ORDER BY id");
  const { id } = rows(harness, "SELECT id FROM players WHERE player_id = '63'")[0];
  await opens(`/admin/players/${id}`);
  await page.getByLabel("Monthly fee", { exact: true }).fill("6,500");
  await press("Change the fee");
  await page.getByText("monthly_fee must be like 6500.00 or 6.50").waitFor();
  await opens(`/admin/players/${id}`);
  await page.getByLabel("Monthly fee", { exact: true }).fill("65,00");
  await press("Change the fee");
  assert.match(await page.getByRole("main").innerText(), /65\.00 USD/);
  await look("player fee");
  await opens(`/admin/players/${id}/fee`);
  await look("fee");
  await opens("/admin/import");
  await look("import");
  await page.getByLabel("Or its lines").fill("player_id,player,amount,monthly_fee\n61,Player 61,,45.00\n65,Player 65,60.00,60.00\n69,Player 69,,30.00\n");
  await send("Send the file");
  await page.getByText("2 lines are about the player alone").waitFor();
  await look("import players");
  assert.deepEqual(rows(harness, "SELECT * FROM charges ORDER BY id"), charges);
});

test("the log says who did what", async () => {
  await opens("/admin/audit");
  const text = await page.getByRole("main").innerText();
  for (const act of ["refunded", "offline payment", "closed", "reopened", "made a link", "resolved an incident"]) assert.ok(text.includes(act), act);
  assert.match(text, /recorded an offline payment of 100\.00 USD by transfer for Player 65's first payment, paid on .*, and waived 35\.00 USD/);
  assert.ok(!text.includes("@example.com"));
  await look("audit");
});

test("a file that is sent shows how far it is, and without script it works as well", async () => {
  await opens("/admin/import");
  const lines = "player_id,player,amount\n66,Player 66,20.00\n";
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/admin/import", async (route) => {
    if (route.request().method() === "POST") await held;
    await route.continue();
  });
  await page.getByLabel("Or its lines").fill(lines);
  assert.ok(await page.locator("progress").isHidden());
  await send("Send the file");
  await page.locator("progress").waitFor({ state: "visible" });
  assert.ok(await page.getByRole("button", { name: "Send the file" }).isDisabled());
  await look("import on its way");
  release();
  await page.getByText("Nothing was changed so far.").waitFor();
  await page.unroute("**/admin/import");
  await send("Import 1 charge");
  await page.getByText("The file was imported.").waitFor();

  const plain = await chromium.newContext({ javaScriptEnabled: false, storageState: await page.context().storageState() });
  const other = await plain.newPage();
  await other.goto(`${harness.origin}/admin/import`);
  await other.getByLabel("Or its lines").fill(lines);
  await follow(other.getByRole("button", { name: "Send the file" }));
  await other.getByText("Nothing was changed so far.").waitFor();
  await plain.close();
});

test("who logs out is out", async () => {
  await press("Log out");
  assert.equal(await opens("/admin/charges"), 401);
});
