// A link's preview, made as the bots of chats make it: from the head's first bytes and an image.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { crc32, inflateSync } from "node:zlib";
import { FACEBOOK, allRows, ask, startHarness, stripeCalls } from "../edge/harness.mjs";

// Each names itself; the last two are what iMessage and a link checker send.
const BOTS = [
  "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
  "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
  "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
  "WhatsApp/2.23.20.0 A",
  "TelegramBot (like TwitterBot)",
  "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
  "Twitterbot/1.0",
  FACEBOOK,
  "curl/8.5.0",
];
const CLUB = "Example \"Youth\" Club & Friends";
const COLOR = [0xf5, 0x7c, 0x00];

let harness;
before(async () => {
  harness = await startHarness({ vars: { CLUB_NAME: CLUB, CLUB_COLOR: "#f57c00" } });
});
after(() => harness?.stop());

const bot = (userAgent) => ({ headers: { "user-agent": userAgent, accept: "*/*" } });
const plain = (text) => text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** The meta tags and the title of a head, by name. */
function unfurl(html) {
  const head = html.slice(0, html.indexOf("</head>"));
  const tags = [...head.matchAll(/<meta (?:name|property)="([^"]+)" content="([^"]*)">/g)].map(([, name, text]) => [name, plain(text)]);
  assert.equal(new Set(tags.map(([name]) => name)).size, tags.length, "no tag twice");
  return { ...Object.fromEntries(tags), title: plain(/<title>([^<]*)<\/title>/.exec(head)[1]) };
}

async function image(url) {
  const answer = await fetch(url);
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** The chunks of a PNG by name, each with its checksum right. */
function chunks(png) {
  assert.equal(png.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  const found = {};
  for (let at = 8; at < png.length; ) {
    const named = png.subarray(at + 4, at + 8 + png.readUInt32BE(at));
    assert.equal(png.readUInt32BE(at + 4 + named.length), crc32(named));
    found[named.toString("latin1", 0, 4)] = named.subarray(4);
    at += 8 + named.length;
  }
  return found;
}

test("every bot finds what it needs, early and without the token", async () => {
  const before = allRows(harness);
  const pages = new Set();
  for (const userAgent of BOTS) {
    const answer = await ask(harness.link("unfurl-token-26"), bot(userAgent));
    assert.equal(answer.status, 200, userAgent);
    assert.deepEqual([answer.headers.get("x-robots-tag"), answer.headers.get("cache-control")], ["noindex", "no-store"]);
    pages.add(await answer.text());
  }
  assert.equal(pages.size, 1, "the same for everybody");
  const [page] = pages;
  assert.ok(page.indexOf("</head>") < 8 * 1024, "well within the 32 kB that Slack reads");
  assert.equal(page.includes("unfurl-token") || page.includes("Player") || page.includes("og:url"), false);
  const tags = unfurl(page.slice(0, 32 * 1024));
  for (const [name, expected] of Object.entries({
    title: `Payment to ${CLUB}`,
    "og:title": `Payment to ${CLUB}`,
    "og:site_name": CLUB,
    "og:type": "website",
    "og:locale": "en_US",
    "og:image": `${harness.origin}/link.png`,
    "og:image:type": "image/png",
    "og:image:width": "1200",
    "og:image:height": "630",
    "twitter:card": "summary_large_image",
    "twitter:title": `Payment to ${CLUB}`,
    "twitter:image": `${harness.origin}/link.png`,
    "theme-color": "#f57c00",
    robots: "noindex",
  })) assert.equal(tags[name], expected, name);
  for (const name of ["description", "og:description", "twitter:description", "og:image:alt", "twitter:image:alt"]) {
    assert.ok(tags[name].length >= 20 && tags[name].length <= 110, name);
  }
  assert.deepEqual([allRows(harness), await stripeCalls(harness)], [before, []]);
});

test("the image is what the tags say, in the club's colour", async () => {
  const { answer, bytes } = await image(`${harness.origin}/link.png`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "image/png");
  assert.equal(answer.headers.get("cache-control"), "public, max-age=86400");
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  // WhatsApp shows nothing of more than 300 kB; phones load this one in a packet or four.
  assert.ok(bytes.length < 6 * 1024, `${bytes.length} bytes`);
  const { IHDR, PLTE, IDAT } = chunks(bytes);
  assert.deepEqual([IHDR.readUInt32BE(0), IHDR.readUInt32BE(4), ...IHDR.subarray(8)], [1200, 630, 4, 3, 0, 0, 0]);
  assert.equal(inflateSync(IDAT).length, 630 * 601);
  assert.deepEqual([...PLTE.subarray(6, 9)], COLOR);
});

test("icons are where browsers and phones look for them", async () => {
  const page = await (await ask(harness.link("unfurl-token-26"), bot(FACEBOOK))).text();
  const linked = [...page.matchAll(/<link rel="([^"]+)"[^>]* href="([^"]+)">/g)].map(([, rel, href]) => [rel, href]);
  assert.deepEqual(linked, [["icon", "/icon.png"], ["apple-touch-icon", "/icon.png"]]);
  for (const path of ["/icon.png", "/favicon.ico", "/apple-touch-icon.png", "/apple-touch-icon-precomposed.png"]) {
    const { answer, bytes } = await image(harness.origin + path);
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "image/png"], path);
    const { IHDR } = chunks(bytes);
    assert.deepEqual([IHDR.readUInt32BE(0), IHDR.readUInt32BE(4)], [180, 180]);
  }
});

test("images touch nothing and take nothing but GET and HEAD", async () => {
  const head = await ask(`${harness.origin}/link.png`, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-type"), await head.text()], [200, "image/png", ""]);
  assert.equal(head.headers.get("server-timing"), "d1;desc=0, stripe;desc=0");
  const post = await ask(`${harness.origin}/link.png`, { method: "POST" });
  assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
});
