// A treasurer's day, in Chromium: a roster is imported after its mistakes are mended, links go out, a parent pays, cash is
// taken, a part is refunded, a dispute comes in and is told, and in the evening every number adds up.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root, until } from "../../tools/local.mjs";
import { ADMIN_SECRET, ask, chargeOf, control, cron, pay, rows, said, startHarness } from "../edge/harness.mjs";
import { follow, isAccessible, launch, openDesk, screenshot } from "./browser.mjs";

const roster = readFileSync(join(root, "examples/roster.csv"), "utf8");
/** The amount of each player, in cents. */
const owed = new Map(roster.trim().split("\n").slice(1).map((line) => line.split(",")).map(([id, , amount]) => [id, Math.round(Number(amount) * 100)]));
const usd = (cents) => `${(cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2 })} USD`;

const told = [];
let receiver;
let harness;
let chromium;
let page;
let links;

before(async () => {
  receiver = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk)).on("end", () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString()).text);
      response.end("ok");
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const vars = { ALERT_WEBHOOK_URL: `http://127.0.0.1:${receiver.address().port}/hook`, CLUB_TIMEZONE: "America/New_York" };
  [harness, chromium] = await Promise.all([startHarness({ vars }), launch()]);
  ({ page } = await openDesk(chromium));
});
after(async () => {
  await Promise.all([harness?.stop(), chromium?.close()]);
  receiver?.close();
});

const main = () => page.getByRole("main").innerText();
const press = (name) => follow(page.getByRole("button", { name }));
/** The desk's script sends a file and writes the answer in place: no other page is loaded. */
const send = (name) => page.getByRole("button", { name }).click();
const orderOf = (player) => rows(harness, "SELECT MAX(id) AS id FROM orders WHERE charge_id = ?", chargeOf(harness, player))[0].id;
const look = async (name) => {
  await isAccessible(page);
  await screenshot(page, `day ${name}`);
};

test("log in, and begin with an import", async () => {
  await page.goto(`${harness.origin}/admin`);
  await page.getByLabel("Your secret").fill(ADMIN_SECRET);
  await press("Log in");
  await page.getByText("Begin here").waitFor();
  await follow(page.getByRole("link", { name: "Import a file" }));
  await look("import");
});

test("a first version with mistakes changes nothing and names each", async () => {
  const wrong = roster.replace("\n103,Player 103,", "\n103,Player 103,x").replace(/\n107,Player 107,[\d.]+/, "\n107,,85.00").replace(",es,", ",xx,");
  const file = join(harness.folder, "roster.csv");
  writeFileSync(file, wrong);
  await page.getByLabel("The file").setInputFiles(file);
  await send("Send the file");
  await page.getByText("3 things are wrong with the file").waitFor();
  const text = await main();
  for (const part of [/Player 103\s+4\s+amount “x165.00”: must be like/, /107\s+8\s+player: is missing/, /language “xx”/]) assert.match(text, part);
  await look("import refused");
  // Mended where it stands.
  const lines = page.getByLabel("The lines, to correct here");
  await lines.fill((await lines.inputValue()).replace("Player 103,x", "Player 103,"));
  await send("Send these lines");
  await page.getByText("2 things are wrong with the file").waitFor();
  assert.deepEqual(rows(harness, "SELECT 1 FROM players"), []);
});

test("the mended one is shown line by line, then done, and its links come once", async () => {
  await page.goto(`${harness.origin}/admin/import`);
  const file = join(harness.folder, "roster.csv");
  writeFileSync(file, roster);
  await page.getByLabel("The file").setInputFiles(file);
  await send("Send the file");
  await page.getByText("Nothing was changed so far").waitFor();
  assert.match(await main(), /60 lines: 60 new charges/);
  assert.deepEqual(rows(harness, "SELECT 1 FROM players"), []);
  await send("Import 60 charges");
  await page.getByText("The file was imported.").waitFor();
  await look("imported");
  const csv = await page.getByLabel("The same to copy").inputValue();
  links = new Map(csv.trim().split(/\r?\n/).slice(1).map((line) => [line.split(",")[0], /https?:\S+?token=[\w-]+/.exec(line)?.[0]]));
  assert.equal([...links.values()].filter(Boolean).length, 60);
  assert.equal(rows(harness, "SELECT COUNT(*) AS n FROM charges")[0].n, 60);
});

test("parents click and pay; one has the link explained on the phone", async () => {
  for (const player of ["101", "102"]) {
    const click = await ask(links.get(player));
    assert.equal(click.status, 307);
    await pay(harness, click.headers.get("location"));
  }
  assert.equal((await ask(links.get("103"))).status, 307);
  await page.goto(`${harness.origin}/admin/explain`);
  await page.getByLabel("A payment link").fill(links.get("101"));
  await press("Explain");
  await page.getByText("A person is told that it is paid.").waitFor();
});

test("cash is recorded, a part is refunded", async () => {
  await page.goto(`${harness.origin}/admin/charges?q=player+104`);
  await follow(page.getByRole("link", { name: "Player 104" }));
  await follow(page.getByRole("link", { name: "Record an offline payment" }));
  await press("Record the payment");
  await page.getByText("A person is told that it is paid.").waitFor();
  await page.goto(`${harness.origin}/admin/orders/${orderOf("101")}/refund`);
  await page.getByLabel("How much").fill("10.00");
  await press("Refund it");
  await page.getByText("10.00 USD of order").waitFor();
});

test("a dispute comes in, and is told within one run of the cron", async () => {
  const [{ payment_intent_id }] = rows(harness, "SELECT payment_intent_id FROM orders WHERE id = ?", orderOf("102"));
  await control(harness, "dispute", { payment_intent: payment_intent_id });
  await until(() => rows(harness, "SELECT 1 FROM incidents WHERE kind = 'dispute'").length, { seconds: 20, what: "the dispute" });
  await cron(harness);
  await until(() => told.some((text) => text.includes("A payer disputes a payment")), { seconds: 20, what: "the alert" });
  await cron(harness);
  assert.equal(told.filter((text) => text.includes("A payer disputes a payment")).length, 1);
  for (const text of told) assert.doesNotMatch(text, /@example\.com|token=|Player \d/);
});

test("in the evening the numbers add up", async () => {
  await page.goto(`${harness.origin}/admin`);
  const collected = owed.get("101") + owed.get("102") + owed.get("104") - 1_000;
  const all = [...owed.values()].reduce((sum, cents) => sum + cents, 0);
  const outstanding = all - owed.get("101") - owed.get("102") - owed.get("104");
  const text = await main();
  assert.ok(text.includes(usd(collected)), `${usd(collected)}\n${text}`);
  assert.ok(text.includes(usd(outstanding)), `${usd(outstanding)}\n${text}`);
  assert.match(text, /1 open/);
  await look("evening");
  const csv = await ask(`${harness.origin}/admin/export/payments.csv`, { headers: { authorization: `Bearer ${ADMIN_SECRET}` } });
  const net = (await csv.text()).trim().split(/\r?\n/).slice(1).reduce((sum, line) => sum + Math.round(Number(line.split(",")[11]) * 100), 0);
  assert.equal(net, collected);
});

test("no token, no address and no secret is in the log", () => {
  const log = said(harness).join("\n");
  for (const link of links.values()) assert.ok(!log.includes(link.split("token=")[1]));
  assert.doesNotMatch(log, /@example\.com/);
  assert.ok(!log.includes(ADMIN_SECRET));
});
