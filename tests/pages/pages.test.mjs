// Every page in Chromium, on a phone, light and dark: accessible, in reach of a thumb, and silent.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { IPHONE, enoughOfTheMinute, startHarness } from "../edge/harness.mjs";
import { DESKTOP, PHONE, fitsThePhone, fitsTheWidth, isAccessible, isWithinReach, launch, open, phone, screenshot } from "./browser.mjs";
import { fill, states } from "./states.mjs";

const SCHEMES = ["light", "dark"];
// How each language has a browser ask for it. English is the default, in every detail.
const OTHER_LANGUAGES = { es: "es-419", pt: "pt-BR", fr: "fr-CA", de: "de-AT" };
// No browser that is known, and no machine by its own word.
const UNSURE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Rocket.Chat/6.0)";
// WCAG 2.2, "Reflow".
const NARROW = { width: 320, height: 640 };
// Nearly as light as a card in the light scheme, and as dark as one in the dark.
const COLORS = ["#fff176", "#101820"];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** What holds for every page, in both schemes. Answers its text. */
async function holds(harness, { url, status, title, button, goesOn, ...context }, name) {
  const { page, answer, requests, complaints, close } = await open(browser, url, context);
  try {
    assert.equal(answer.status(), status);
    assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), title);
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests.map((url) => new URL(url).origin).filter((origin) => origin !== harness.origin), []);
    assert.equal((await page.content()).includes("pages-token"), false);
    await fitsThePhone(page);
    const buttons = page.getByRole("button");
    assert.deepEqual(await buttons.allInnerTexts(), button ? [button] : []);
    if (button) await isWithinReach(buttons);
    const links = page.getByRole("main").getByRole("link");
    assert.deepEqual(await links.allInnerTexts(), goesOn ? [goesOn] : []);
    if (goesOn) await isWithinReach(links);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await isAccessible(page);
      await screenshot(page, `${name} ${colorScheme}`);
    }
    await page.setViewportSize(NARROW);
    await fitsTheWidth(page, name);
    await page.setViewportSize(DESKTOP);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await screenshot(page, `${name} ${colorScheme} wide`);
    }
    return await page.locator("body").innerText();
  } finally {
    await close();
  }
}

// A parent's phone in each language, by what it sends: a new one for each page would take most of the time.
const phones = new Map();
async function phoneOf(context) {
  const key = JSON.stringify(context);
  if (!phones.has(key)) phones.set(key, await phone(browser, context));
  return phones.get(key);
}

/** What holds for a page in another language: who is taken for a machine gets the club's, so who may be one asks. */
async function holdsIn(harness, language, { url, status, title, button, goesOn, userAgent, ...context }, name) {
  const locale = OTHER_LANGUAGES[language];
  const agent = userAgent ? { userAgent: UNSURE } : {};
  const { page, complaints } = await phoneOf({ locale, ...agent, ...context });
  await page.setViewportSize(PHONE);
  const answer = await page.goto(url);
  assert.equal(answer.status(), status);
  assert.equal(answer.headers()["content-language"], language);
  assert.equal(await page.locator("html").getAttribute("lang"), language);
  assert.notEqual(await page.getByRole("heading", { level: 1 }).innerText(), title);
  assert.deepEqual(complaints, []);
  await fitsThePhone(page);
  await screenshot(page, `${name} ${language}`);
  for (const [kind, words] of [["button", button], ["link", goesOn]]) {
    const pressed = page.getByRole("main").getByRole(kind);
    assert.equal(await pressed.count(), words ? 1 : 0);
    if (words) assert.notEqual(await pressed.innerText(), words);
    if (words) await isWithinReach(pressed);
  }
  await isAccessible(page);
  await page.setViewportSize(NARROW);
  await fitsTheWidth(page, name);
  await screenshot(page, `${name} ${language} narrow`);
}

describe("every page", () => {
  let harness;
  let all;
  before(async () => {
    harness = await startHarness();
    all = states(harness, await fill(harness));
  });
  after(() => harness?.stop());

  for (const name of [
    "link page", "unknown link", "link expired", "link revoked", "charge closed", "nothing to pay", "paid with a receipt",
    "paid without a receipt", "refunded", "processing", "action required", "try again", "prefetched", "back and paid", "back and confirming",
    "back and not paid", "back and failed", "canceled", "canceled by nobody", "no such page",
  ]) {
    test(name, async () => {
      const text = await holds(harness, all[name], name);
      assert.match(text, /^Example Youth Club\n/);
      assert.match(text, /Questions\? treasurer@club\.example$/);
      for (const language of Object.keys(OTHER_LANGUAGES)) await holdsIn(harness, language, all[name], name);
    });
  }
});

describe("while payments are paused", () => {
  let harness;
  before(async () => {
    const ratelimits = [{ name: "SUCCESS_PAGE", namespace_id: "1", simple: { limit: 1, period: 60 } }];
    harness = await startHarness({ vars: { PAUSED: "on" }, ratelimits });
  });
  after(() => harness?.stop());

  test("a click is told so", async () => {
    const state = { url: harness.link("pages-token-open"), status: 503, title: "Payments are paused for a while", button: "Try again" };
    assert.match(await holds(harness, state, "paused"), /come back in about an hour/);
    for (const language of Object.keys(OTHER_LANGUAGES)) await holdsIn(harness, language, state, "paused");
  });

  test("who comes back from a payment again and again is asked to wait", async () => {
    const url = `${harness.origin}/checkout/success?session_id=cs_test_1`;
    const headers = { "cf-connecting-ip": "203.0.113.7" };
    const come = async () => (await fetch(url, { headers: { ...headers, "user-agent": IPHONE } })).status;
    assert.equal(await come(), 200);
    const again = async () => {
      await enoughOfTheMinute();
      while ((await come()) !== 429);
    };
    const state = { url, headers, status: 429, title: "Please wait a minute" };
    await again();
    assert.match(await holds(harness, state, "back too often"), /please do not pay again/);
    for (const language of Object.keys(OTHER_LANGUAGES)) {
      await again();
      await holdsIn(harness, language, state, "back too often");
    }
  });
});

describe("a configuration that is not complete", () => {
  let harness;
  before(async () => {
    harness = await startHarness({ vars: { CLUB_NAME: "", CLUB_COLOR: "navy", STRIPE_SECRET_KEY: "pk_not_to_be_shown" } });
  });
  after(() => harness?.stop());

  test("is told to the parent and to the operator", async () => {
    const state = { url: harness.link("any-token"), status: 500, title: "This page is not ready yet" };
    const text = await holds(harness, state, "not ready");
    for (const name of ["CLUB_NAME is missing", "CLUB_COLOR must be", "STRIPE_SECRET_KEY must"]) assert.ok(text.includes(name), name);
    assert.equal(text.includes("pk_not"), false);
  });
});

for (const color of COLORS) {
  describe(`a club of the colour ${color}`, () => {
    const name = "Sankt-Vitus-Nachwuchsfußballspielgemeinschaft of 1897 & Friends <Under 12>";
    let harness;
    before(async () => {
      harness = await startHarness({ vars: { CLUB_COLOR: color, CLUB_NAME: name, CLUB_CONTACT: "Ann Example, ann@club.example or +1 555 0100" } });
    });
    after(() => harness?.stop());

    test("is legible", async () => {
      const url = harness.link("pages-token-open");
      const state = { url, status: 200, title: `Your payment to ${name}`, button: "Continue to payment", userAgent: "curl/8.5.0" };
      await holds(harness, state, `link page ${color.slice(1)}`);
      const { page, close } = await open(browser, `${harness.origin}/link.png`, { viewport: { width: 1200, height: 630 } });
      await screenshot(page, `link image ${color.slice(1)}`);
      await close();
      const [width, height] = [PHONE.width / 2, PHONE.height / 2];
      const narrow = await open(browser, url, { userAgent: "curl/8.5.0", viewport: { width, height } });
      // WCAG 2.2, "Reflow": half the width is what zooming to 200 % leaves.
      assert.equal(await narrow.page.evaluate(() => document.documentElement.scrollWidth), width);
      await narrow.close();
    });
  });
}
