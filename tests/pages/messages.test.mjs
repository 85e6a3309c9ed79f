// Emails on the desk in Chromium: what is shown before anything goes out, what is done by a press, what the list says.
// And the emails themselves, in every language, on a phone and a desktop, light and dark.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_SECRET, ask, cron, importLines, rows, startHarness } from "../edge/harness.mjs";
import { DESKTOP, PHONE, fitsTheWidth, follow, isAccessible, launch, look as lookAt, openDesk, screenshot } from "./browser.mjs";

const LINES = `player_id,player,amount,email,language,kind,period
81,Player 81,150.00,payer81@example.com,en,monthly,2026-05
82,Player 82,1085.00,payer82@example.com,es,monthly,2026-05
83,Player 83,40.00,payer83@example.com,pt,monthly,2026-05
84,Player 84,85.50,payer84@example.com,fr,monthly,2026-05
85,Player 85,135.00,payer85@example.com,de,monthly,2026-05
86,Player 86,135.00,,de,monthly,2026-05
`;

let harness;
let chromium;
let page;
let complaints;

before(async () => {
  const started = startHarness({
    vars: { MAIL_FROM: "pay@club.example" },
    config: () => ({ send_email: [{ name: "EMAIL" }] }),
  });
  [harness, chromium] = await Promise.all([started, launch()]);
  await importLines(harness, LINES);
  ({ page, complaints } = await openDesk(chromium));
  await page.goto(`${harness.origin}/admin/charges`);
  await page.getByLabel("Your secret").fill(ADMIN_SECRET);
  await follow(page.getByRole("button", { name: "Log in" }));
});
after(() => Promise.all([harness?.stop(), chromium?.close()]));

const look = (name) => lookAt({ page, complaints }, `emails ${name}`);

const opens = async (path) => (await page.goto(`${harness.origin}${path}`)).status();

test("a page says who would get the link, and shows the email", async () => {
  await opens("/admin/charges?period=2026-05");
  await follow(page.getByRole("link", { name: "Send links to these" }));
  await page.getByText("5 emails would be sent").waitFor();
  await page.getByText("Left out, for no address is known: 1.").waitFor();
  const email = page.frameLocator("iframe.email");
  await email.getByRole("link", { name: /bezahlen/ }).waitFor();
  // The styles of its elements are taken.
  const color = await email.getByRole("link", { name: /bezahlen/ }).evaluate((link) => getComputedStyle(link).backgroundColor);
  assert.equal(color, "rgb(11, 92, 138)");
  await page.getByText("As plain text").click();
  await look("preview");
  assert.deepEqual(rows(harness, "SELECT * FROM messages"), []);
});

test("a press queues them, a second one nothing, and the list says what became of them", async () => {
  await follow(page.getByRole("button", { name: "Send 5 emails" }));
  assert.equal(new URL(page.url()).pathname, "/admin/messages");
  await page.goBack();
  await page.reload();
  await page.getByText("0 emails would be sent").waitFor();
  await opens("/admin/messages");
  assert.equal(rows(harness, "SELECT * FROM messages WHERE state = 'queued'").length, 5);
  await look("queued");
  await follow(page.getByRole("link", { name: "Take back" }).first());
  await look("take back");
  await follow(page.getByRole("button", { name: "Take an email back" }));
  for (let run = 0; run < 3; run += 1) await cron(harness);
  await opens("/admin/messages?state=sent");
  assert.equal(await page.getByRole("link", { name: "Send again" }).count(), 0);
  assert.equal(rows(harness, "SELECT * FROM messages WHERE state = 'sent'").length, 4);
  await look("sent");
});

test("an email that nobody knows of is sent again by hand", async () => {
  await opens("/admin/messages");
  harness.db
    .prepare("INSERT INTO messages (template, charge_id, about, queued_at, ended_at, state, reason, tries) VALUES ('reminder', 1, 1, 1, 1, 'unclear', 'interrupted', 1)")
    .run();
  await opens("/admin/messages?state=unclear");
  await page.getByText("the Worker was stopped while it was being sent").waitFor();
  await follow(page.getByRole("link", { name: "Send again" }));
  await page.getByText("It may have arrived already.").waitFor();
  await look("again");
  await follow(page.getByRole("button", { name: "Send an email again" }));
  assert.equal(rows(harness, "SELECT * FROM messages WHERE template = 'reminder' AND state = 'queued'").length, 1);
  for (let run = 0; run < 2; run += 1) await cron(harness);
  await opens("/admin/charges/1");
  await page.getByText("Email, reminder: sent.").waitFor();
  await look("charge");
});

test("the emails in every language", async () => {
  const reader = await chromium.newContext({ viewport: DESKTOP, javaScriptEnabled: true });
  const inbox = await reader.newPage();
  harness.db.prepare("UPDATE charges SET due_on = '2026-05-31'").run();
  harness.db.prepare("UPDATE messages SET ended_at = 1 WHERE ended_at IS NOT NULL").run();
  for (const charge of [1, 2, 3, 4, 5]) {
    for (const template of ["link", "reminder"]) {
      const answer = await ask(`${harness.origin}/admin/messages/preview?template=${template}&charges=${charge}`, {
        headers: { authorization: `Bearer ${ADMIN_SECRET}`, accept: "application/json" },
      });
      const { example } = await answer.json();
      for (const colorScheme of ["light", "dark"]) {
        await inbox.emulateMedia({ colorScheme });
        await inbox.setViewportSize(PHONE);
        await inbox.setContent(example.html);
        await isAccessible(inbox);
        await fitsTheWidth(inbox, `${template} ${charge}`);
        await screenshot(inbox, `email ${template} ${charge} ${colorScheme} phone`);
      }
      await inbox.emulateMedia({ colorScheme: "light" });
      await inbox.setViewportSize(DESKTOP);
      await screenshot(inbox, `email ${template} ${charge} wide`);
    }
  }
  await reader.close();
});

test("without the binding the page says so, and saves the links", async () => {
  const without = await startHarness();
  try {
    await importLines(without, LINES);
    // The cookie is good there too: a browser does not tell ports apart, and the secret is the same.
    await page.goto(`${without.origin}/admin/messages/preview`);
    await page.getByText("No email can be sent: MAIL_FROM is not set.").waitFor();
    await look("unavailable");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Make links and save them as CSV" }).first().click(),
    ]);
    assert.equal(download.suggestedFilename(), "links.csv");
    assert.deepEqual(complaints, []);
  } finally {
    await without.stop();
  }
});
