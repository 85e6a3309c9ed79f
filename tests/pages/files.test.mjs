// Files as clubs have them, in Chromium: what a spreadsheet wrote is uploaded, its columns are confirmed, and the links that come
// of it are saved, on a desktop and on a phone, with the desk's script and without.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../tools/local.mjs";
import { ADMIN_SECRET, importLines, rows, startHarness } from "../edge/harness.mjs";
import { follow, launch, look as lookAt, openDesk } from "./browser.mjs";

const GERMAN = join(root, "tests/files/beitraege-windows-1252.csv");
const SPANISH = join(root, "tests/files/cuotas-unicode-text.txt");

let harness;
let chromium;
let page;
let complaints;
/** Whether the browser asked before the page was left. */
let asked;

before(async () => {
  [harness, chromium] = await Promise.all([startHarness(), launch()]);
  ({ page, complaints } = await openDesk(chromium));
  page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    return dialog.accept();
  });
});
after(() => Promise.all([harness?.stop(), chromium?.close()]));

const look = (name) => lookAt({ page, complaints }, `files ${name}`);
const opens = (path) => page.goto(`${harness.origin}${path}`);
/** The desk's script sends a file and writes the answer in place: no other page is loaded. */
const send = (name) => page.getByRole("button", { name }).click();
const main = () => page.getByRole("main").innerText();
const saved = async (name) => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
  return [download.suggestedFilename(), readFileSync(await download.path(), "utf8")];
};
const charges = () => rows(harness, "SELECT p.player_id AS id, p.name, c.amount_minor AS minor, c.currency FROM charges c JOIN players p ON p.id = c.player_id ORDER BY c.id");

test("a file from Excel, with semicolons, umlauts and a decimal comma, is imported after a look at its columns", async () => {
  asked = [];
  await opens("/admin");
  await page.getByLabel("Your secret").fill(ADMIN_SECRET);
  await follow(page.getByRole("button", { name: "Log in" }));
  await opens("/admin/import");
  await look("form");
  await page.getByLabel("The file").setInputFiles(GERMAN);
  await send("Send the file");
  await page.getByText("The columns are not all named as ours are.").waitFor();
  assert.match(await main(), /read as Windows-1252, its columns separated by semicolons/);
  assert.equal(await page.getByLabel("Nachname").inputValue(), "last_name");
  assert.equal(await page.getByLabel("Geburtstag").inputValue(), "");
  assert.equal(await page.getByLabel("Currency", { exact: true }).inputValue(), "EUR");
  await look("columns");
  // A choice that cannot be is said, and the rest of it stays.
  await page.getByLabel("Mitglieds-Nr.").selectOption("");
  await send("Go on with these columns");
  await page.getByText("Choose which column is the “club's own id”.").waitFor();
  await look("columns missing");
  await page.getByLabel("Mitglieds-Nr.").selectOption("player_id");
  await send("Go on with these columns");
  await page.getByText("Nothing was changed so far.").waitFor();
  assert.match(await main(), /Left out of the file: Geburtstag\.[\s\S]*Spielerin Dreißig[\s\S]*40\.50 EUR/);
  assert.deepEqual(charges(), []);
  await look("dry run");
  await send("Import 3 charges");
  await page.getByText("The file was imported.").waitFor();
  assert.deepEqual(charges(), [
    { id: "5", name: "Spielerin Fünf", minor: 2500, currency: "eur" },
    { id: "12", name: "Spieler Zwölf", minor: 123450, currency: "eur" },
    { id: "30", name: "Spielerin Dreißig", minor: 4050, currency: "eur" },
  ]);
  await look("links");
  assert.doesNotMatch(page.url(), /[?#]/);
});

test("links that are shown once are asked about before they are left, and saved as often as one likes", async () => {
  asked = [];
  const held = await page.getByLabel("The same to copy").inputValue();
  assert.equal(held.trim().split("\n").length, 4);
  // Saving leaves the page where it is.
  for (let time = 0; time < 2; time += 1) {
    const [name, text] = await saved("Save as CSV");
    assert.equal(name, "links.csv");
    assert.equal(text.replaceAll("\r\n", "\n"), `\ufeff${held}`);
  }
  assert.deepEqual(asked, []);
  await opens("/admin/charges");
  assert.deepEqual(asked, []);

  const id = rows(harness, "SELECT MAX(id) AS id FROM charges")[0].id;
  const mint = async () => {
    await opens(`/admin/charges/${id}/links`);
    await follow(page.getByRole("button", { name: "Make a link" }));
  };
  await mint();
  await look("new link");
  await follow(page.getByRole("link", { name: "Back to the charge" }));
  assert.deepEqual(asked, ["beforeunload"]);
  asked = [];
  await mint();
  const url = await page.getByLabel("The link").inputValue();
  const [name, text] = await saved("Save as CSV");
  assert.equal(name, "links.csv");
  assert.ok(text.includes(url));
  await follow(page.getByRole("link", { name: "Back to the charge" }));
  await mint();
  await page.getByLabel("The link").selectText();
  await page.keyboard.press("Control+C");
  await follow(page.getByRole("link", { name: "Back to the charge" }));
  assert.deepEqual(asked, []);
});

test("a spreadsheet's own file is told how to be saved as CSV", async () => {
  await opens("/admin/import");
  const file = join(harness.folder, "fees.xlsx");
  writeFileSync(file, Buffer.from("504b0304140006000800", "hex"));
  await page.getByLabel("The file").setInputFiles(file);
  await send("Send the file");
  await page.getByText("save it as CSV first").waitFor();
  assert.match(await main(), /CSV UTF-8 \(Comma delimited\)/);
  await look("no csv");
});

test("of many wrong lines ten are shown, and all are saved", async () => {
  await opens("/admin/import");
  const lines = Array.from({ length: 25 }, (_, at) => `${at + 1},Player ${at + 1},1.234,nobody\n`);
  await page.getByLabel("Or its lines").fill(`player_id,player,amount,email\n${lines.join("")}`);
  await send("Send the file");
  await page.getByText("50 things are wrong with the file.").waitFor();
  assert.match(await main(), /the first 10 of 25 lines[\s\S]*Player 1\s+2\s+amount “1\.234”: must be like 1234\.00 or 1\.23/);
  await look("wrong");
  const [name, text] = await saved("Save all that is wrong as CSV");
  assert.equal(name, "errors.csv");
  assert.equal(text.trim().split("\r\n").length, 51);
});

test("without script it works as well, and a file that was exported is read back", async () => {
  const plain = await chromium.newContext({ javaScriptEnabled: false, storageState: await page.context().storageState() });
  const other = await plain.newPage();
  const press = (name) => follow(other.getByRole("button", { name }));
  await other.goto(`${harness.origin}/admin/import`);
  await other.getByLabel("The file").setInputFiles(SPANISH);
  await press("Send the file");
  assert.equal(await other.getByLabel("Cuota mensual").inputValue(), "monthly_fee");
  await press("Go on with these columns");
  await press("Import 2 players");
  await other.getByText("The file was imported.").waitFor();
  assert.equal(rows(harness, "SELECT name FROM players WHERE player_id = '8'")[0].name, 'Niña "ocho"');

  await importLines(harness, "player_id,player,amount\n9,Player 9,20.00\n");
  await other.goto(`${harness.origin}/admin/charges?q=player+9`);
  const [download] = await Promise.all([other.waitForEvent("download"), other.getByRole("link", { name: "These charges as CSV", exact: true }).click()]);
  await other.goto(`${harness.origin}/admin/import`);
  await other.getByLabel("The file").setInputFiles(await download.path());
  await press("Send the file");
  assert.equal(await other.getByLabel("amount").inputValue(), "amount");
  await press("Go on with these columns");
  assert.match(await other.getByRole("main").innerText(), /1 line\.[\s\S]*nothing new/);
  await plain.close();
});
