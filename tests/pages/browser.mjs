// Chromium as a phone, and what every page must hold in it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { IPHONE } from "../edge/harness.mjs";

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 800 };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });

/** What a page complains about from now on. */
function complaintsOf(page) {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // Chromium reports the status of the page itself as an error.
    const isItsStatus = message.text().startsWith("Failed to load resource") && message.location().url === page.url();
    if (["error", "warning"].includes(message.type()) && !isItsStatus) complaints.push(message.text());
  });
  return complaints;
}

/** A page on a desktop for an operator, and what it complains about. */
export async function openDesk(browser) {
  const context = await browser.newContext({ viewport: DESKTOP, locale: "en-US", javaScriptEnabled: true });
  const page = await context.newPage();
  return { page, complaints: complaintsOf(page) };
}

/** Looks at a page of the desk on both screens in both schemes, and leaves the browser as it was. */
export async function look({ page, complaints }, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await isAccessible(page);
    await screenshot(page, `${name} ${colorScheme} wide`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(PHONE);
  await fitsTheWidth(page, name);
  await screenshot(page, `${name} phone`);
  await page.setViewportSize(DESKTOP);
  assert.deepEqual(complaints, [], name);
}

/**
 * Presses what leads to another page, and waits until that page is loaded. Playwright's `click` waits until the new
 * page begins at most: what asks the browser right after it, such as `goBack`, may still meet the old one.
 */
export const follow = (link) => Promise.all([link.page().waitForEvent("load"), link.click()]);

/** A parent's phone: a page in a context of its own, and what it asks for and complains about. */
export async function phone(browser, { headers = {}, ...context } = {}) {
  const opened = await browser.newContext({ viewport: PHONE, locale: "en-US", userAgent: IPHONE, extraHTTPHeaders: headers, ...context });
  const page = await opened.newPage();
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const complaints = complaintsOf(page);
  return { page, requests, complaints, close: () => opened.close() };
}

/** Opens a page on a phone of its own. */
export async function open(browser, url, context) {
  const opened = await phone(browser, context);
  return { ...opened, answer: await opened.page.goto(url) };
}

/** Every rule of axe-core, how large what is pressed must be too, in the colours that the page has now. */
export async function isAccessible(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"], rules: { "target-size": { enabled: true } } }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`), []);
}

/** Nothing must be scrolled sideways on the screen that there is now. */
export async function fitsTheWidth(page, name) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is too wide`);
}

export async function fitsThePhone(page) {
  const [wide, outside] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth || element.getBoundingClientRect().left < 0)
      .map((element) => element.outerHTML.slice(0, 80)),
  ]);
  assert.deepEqual([wide <= PHONE.width, outside], [true, []]);
}

/** Big enough for a thumb, and seen without scrolling. */
export async function isWithinReach(button) {
  const { x, y, width, height } = await button.boundingBox();
  assert.ok(height >= 44 && width >= 44, `${width} by ${height}`);
  assert.ok(x >= 0 && y >= 0 && x + width <= PHONE.width && y + height <= PHONE.height, `at ${x}, ${y}`);
}

/** Writes what the page looks like where SCREENSHOTS names a folder. */
export async function screenshot(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name.replaceAll(" ", "-")}.png`) });
}
