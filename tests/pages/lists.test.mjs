// The desk's lists in Chromium: on a phone as good as on a desk, by keyboard alone, without script, and on paper.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { ADMIN_SECRET, ask, chargeOf, importLines, pay, rows, startHarness } from "../edge/harness.mjs";
import { DESKTOP, PHONE, follow, isAccessible, launch, openDesk, screenshot } from "./browser.mjs";

/** A small phone, a phone, a desk's screen at 200 % zoom, a tablet, a desk's screen. */
const SCREENS = [{ width: 320, height: 640 }, PHONE, { width: 640, height: 400 }, { width: 820, height: 1180 }, DESKTOP];
const MONTH = new Date().toISOString().slice(0, 7);

let harness;
let chromium;
let page;
let complaints;
let pages;

before(async () => {
  [harness, chromium] = await Promise.all([startHarness(), launch()]);
  await importLines(harness, lines());
  ({ page, complaints } = await openDesk(chromium));
  await page.goto(`${harness.origin}/admin/charges`);
  await page.getByLabel("Your secret").fill(ADMIN_SECRET);
  await follow(page.getByRole("button", { name: "Log in" }));
  await liveALittle();
});
after(() => Promise.all([harness?.stop(), chromium?.close()]));

function lines() {
  const all = ["player_id,player,amount,email,kind,period,monthly_fee,token"];
  for (let number = 1; number <= 60; number += 1) {
    const name = number % 9 ? `Player ${number}` : `Player ${number} of the Second Youth Team with a Long Name`;
    const email = number % 7 ? `payer.${number}.with-a-long-address@subdomain.example.com` : "";
    all.push(`id-2026-${number},${name},${number * 10}.00,${email},monthly,${MONTH},50.00,lists-token-of-player-${number}`);
  }
  return `${all.join("\n")}\n`;
}

/** A payment, a charge that is closed, an incident, some days of clicks, and what is due. */
async function liveALittle() {
  const click = await ask(harness.link("lists-token-of-player-1").replace("first-payment", "pay"));
  await until(() => rows(harness, "SELECT 1 FROM orders WHERE stripe_session_id IS NOT NULL").length, { seconds: 10, what: "the session" });
  await pay(harness, click.headers.get("location"));
  await act(`/admin/charges/${chargeOf(harness, "id-2026-2")}/offline-payment`, { amount: "20.00", method: "cash" });
  await act(`/admin/charges/${chargeOf(harness, "id-2026-3")}/close`, { reason: "moved away with all of the family in the middle of the season" });
  const hour = Date.now() - (Date.now() % 3_600_000);
  for (let day = 0; day < 30; day += 1) {
    harness.db.prepare("INSERT OR IGNORE INTO activity VALUES (?, 'answer:pay', ?)").run(hour - day * 86_400_000, (day * 7) % 23);
  }
  harness.db.exec("UPDATE charges SET due_on = '2026-01-15' WHERE id % 3 = 0");
  const { id: order } = rows(harness, "SELECT id FROM orders WHERE status = 'paid' ORDER BY id LIMIT 1")[0];
  const { id: player } = rows(harness, "SELECT id FROM players WHERE player_id = 'id-2026-1'")[0];
  const charge = chargeOf(harness, "id-2026-1");
  const open = chargeOf(harness, "id-2026-9");
  pages = {
    overview: "/admin",
    charges: "/admin/charges",
    "charges overdue": "/admin/charges?overdue=1&sort=due",
    "charges found": "/admin/charges?q=second",
    charge: `/admin/charges/${charge}`,
    "charge open": `/admin/charges/${open}`,
    "charge links": `/admin/charges/${open}/links`,
    "charge close": `/admin/charges/${open}/close`,
    "bulk close": `/admin/charges/bulk?act=close&charges=${open}+${charge}`,
    "bulk links": `/admin/charges/bulk?act=links&charges=${open}+${charge}`,
    refund: `/admin/orders/${order}/refund`,
    receipt: `/admin/orders/${order}/receipt`,
    players: "/admin/players",
    player: `/admin/players/${player}`,
    year: `/admin/players/${player}/year`,
    emails: "/admin/messages",
    "emails preview": "/admin/messages/preview?template=link",
    months: "/admin/periods",
    import: "/admin/import",
    incidents: "/admin/incidents",
    explain: "/admin/explain",
    audit: "/admin/audit",
    health: "/admin/health",
  };
}

async function act(path, body) {
  const headers = { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json", "content-type": "application/json" };
  const answer = await ask(harness.origin + path, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

const opens = async (path) => assert.equal((await page.goto(`${harness.origin}${path}`)).status(), 200, path);

/** What is wider than its box, but for what a person types into. */
const tooWide = () =>
  page.evaluate(() => {
    const all = [document.documentElement, ...document.querySelectorAll("main *, header *")];
    const wide = all.filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1);
    // What is only heard is clipped.
    const isMeant = (element) => element.matches("input, textarea, select, iframe, .heard") || element.closest("svg, thead");
    return wide.filter((element) => !isMeant(element)).map((element) => element.outerHTML.slice(0, 120));
  });

test("no page scrolls sideways on any screen, and each is accessible on all", async (of) => {
  for (const [name, path] of Object.entries(pages)) {
    await of.test(name, async () => {
      await opens(path);
      for (const screen of SCREENS) {
        await page.setViewportSize(screen);
        assert.deepEqual(await tooWide(), [], `${name} at ${screen.width}`);
        await isAccessible(page);
        await screenshot(page, `lists ${name} ${screen.width}`);
      }
      await page.emulateMedia({ colorScheme: "dark" });
      await isAccessible(page);
      await page.emulateMedia({ colorScheme: "light" });
      assert.deepEqual(complaints, []);
    });
  }
  await page.setViewportSize(DESKTOP);
});

test("on a phone a row is a card with its labels, and still a table to whoever hears it", async () => {
  await page.setViewportSize(PHONE);
  await opens("/admin/charges");
  const row = page.getByRole("row", { name: /Player 54 of/ });
  const amount = row.getByRole("cell", { name: "540.00 USD" });
  assert.equal(await amount.evaluate((cell) => getComputedStyle(cell, "::before").content.split("/")[0].trim()), '"Amount"');
  const [first, second] = [await row.getByRole("rowheader").boundingBox(), await amount.boundingBox()];
  assert.ok(second.y > first.y + first.height - 2, "one below the other");
  assert.equal(await page.getByRole("table").getByRole("columnheader").count(), 6);
  // A cell without anything in it is not there.
  assert.equal(await page.locator("td:empty").first().isVisible(), false);
  await page.setViewportSize(DESKTOP);
});

test("the chart's text is as large on a phone as elsewhere", async () => {
  await page.setViewportSize(SCREENS[0]);
  await opens("/admin");
  const sizes = await page.evaluate(() =>
    [...document.querySelectorAll(".chart text")].map((text) => Number.parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a));
  assert.ok(sizes.length > 5 && sizes.every((size) => size >= 12), String(sizes));
  await page.setViewportSize(DESKTOP);
});

test("the daily pages are at hand, and the rest opens by a key", async () => {
  for (const screen of [PHONE, DESKTOP]) {
    await page.setViewportSize(screen);
    await opens("/admin/charges");
    const bar = page.getByRole("navigation", { name: "Desk" });
    for (const name of ["Overview", "Charges", "Players", "Emails", "Incidents"]) assert.ok(await bar.getByRole("link", { name }).isVisible());
    const months = bar.getByRole("link", { name: "Months" });
    assert.equal(await months.isVisible(), false);
    await bar.getByText("More").focus();
    await page.keyboard.press("Enter");
    assert.ok(await months.isVisible());
    await isAccessible(page);
    await screenshot(page, `lists more ${screen.width}`);
    await page.keyboard.press("Tab");
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    assert.equal(new URL(page.url()).pathname, "/admin/periods");
    await bar.getByText("More: Months").waitFor();
  }
});

test("filters are folded on a phone unless something is filtered, and never on a desk", async () => {
  const state = page.getByLabel("State");
  await opens("/admin/charges");
  assert.ok(await state.isVisible());
  await page.setViewportSize(PHONE);
  assert.equal(await state.isVisible(), false);
  await page.getByText("Filter and sort").click();
  await state.selectOption("paid");
  await follow(page.getByRole("button", { name: "Show" }));
  assert.ok(await state.isVisible());
  await page.getByText("2 charges,").waitFor();
  await page.setViewportSize(DESKTOP);
});

test("charges are ticked and closed by keyboard alone", async () => {
  await opens("/admin/charges?q=second&sort=name");
  await page.getByLabel(/^Choose: Charge of Player 18 of/).focus();
  await page.keyboard.press("Space");
  await page.getByLabel(/^Choose: Charge of Player 27 of/).focus();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Close", exact: true }).focus();
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  await page.getByRole("heading", { name: "2 charges chosen" }).waitFor();
  await page.getByLabel("Why").focus();
  await page.keyboard.type("the tournament was rained off");
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  await page.getByText("2 charges were closed.").waitFor();
  await isAccessible(page);
  await screenshot(page, "lists bulk closed");
  assert.equal(rows(harness, "SELECT 1 FROM charges WHERE close_reason = 'the tournament was rained off'").length, 2);
  await follow(page.getByRole("link", { name: "Back to the list" }));
  assert.equal(new URL(page.url()).search, "?q=second&sort=name");
});

test("all boxes are ticked at once, and lead to the emails", async () => {
  await opens("/admin/charges?q=second");
  await page.getByLabel("Tick all on this page").check();
  assert.equal(await page.locator("input[name=charges]:checked").count(), 6);
  await follow(page.getByRole("button", { name: "Email the link" }));
  assert.equal(new URL(page.url()).pathname, "/admin/messages/preview");
  await page.getByText("4 emails would be sent").waitFor();
});

test("without script a list is filtered, ticked and acted on as well", async () => {
  const context = await chromium.newContext({ viewport: PHONE, javaScriptEnabled: false, storageState: await page.context().storageState() });
  const plain = await context.newPage();
  await plain.goto(`${harness.origin}/admin/charges`);
  assert.equal(await plain.getByLabel("Tick all on this page").isVisible(), false);
  await plain.getByText("Filter and sort").click();
  await plain.getByLabel("Sorted").selectOption("amount");
  await follow(plain.getByRole("button", { name: "Show" }));
  assert.match(await plain.getByRole("rowheader").first().innerText(), /Player 60/);
  await plain.getByLabel(/^Choose: Charge of Player 60/).check();
  await follow(plain.getByRole("button", { name: "Links as CSV" }));
  await plain.getByRole("heading", { name: "1 charge chosen" }).waitFor();
  await context.close();
});

test("a link is copied, shown as a QR code, and shared by the phone's sheet", async () => {
  const context = await chromium.newContext({ viewport: PHONE, storageState: await page.context().storageState() });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await context.addInitScript(() => { navigator.share = async (what) => { globalThis.shared = what; }; });
  const phone = await context.newPage();
  await phone.goto(`${harness.origin}/admin/charges/${chargeOf(harness, "id-2026-10")}/links`);
  await follow(phone.getByRole("button", { name: "Make a link" }));
  const url = await phone.getByLabel("The link").inputValue();
  await phone.getByRole("button", { name: "Copy the link" }).click();
  await phone.getByText("Copied.").waitFor();
  assert.equal(await phone.evaluate(() => navigator.clipboard.readText()), url);
  await phone.getByRole("button", { name: "Share the link" }).click();
  assert.equal(await phone.evaluate(() => globalThis.shared.url), url);
  await phone.getByText("Show it as a QR code").click();
  await phone.getByRole("img", { name: "QR code" }).waitFor();
  await isAccessible(phone);
  await screenshot(phone, "lists new link");
  await context.close();
});

test("on paper there is nothing to press, and the headers are repeated", async () => {
  for (const name of ["year", "receipt", "charges"]) {
    await opens(pages[name]);
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 718, height: 1000 });
    const seen = await page.evaluate(() => {
      const isSeen = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
      const pressed = [...document.querySelectorAll("nav, button, .button, input, select, summary")].filter(isSeen);
      const { backgroundColor, color } = getComputedStyle(document.body);
      const head = document.querySelector("thead");
      return [pressed.map((element) => element.outerHTML.slice(0, 80)), backgroundColor, color, head && getComputedStyle(head).display];
    });
    assert.deepEqual(seen, [[], "rgb(255, 255, 255)", "rgb(0, 0, 0)", name === "receipt" ? null : "table-header-group"], name);
    await page.getByText("Example Youth Club").first().waitFor();
    await screenshot(page, `lists paper ${name}`);
    await page.emulateMedia({ media: "screen" });
  }
  await page.setViewportSize(DESKTOP);
});
