// Draws assets/*.svg into the PNGs that the Worker embeds: 8 tones of one colour each, which the
// Worker replaces by its club's (src/pages/images.rs). Needed only when a drawing changes:
// node tools/images.mjs

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, crc32, deflateSync } from "node:zlib";
import { chromium } from "playwright-core";
import { root } from "./local.mjs";

const TONES = 8;

/** The red of every pixel; the drawings are grey. */
async function pixels(browser, svg) {
  const page = await browser.newPage();
  const drawn = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(source)}`;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = new OffscreenCanvas(width, height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, width, height);
    return { width, height, reds: Array.from({ length: width * height }, (_, at) => data[at * 4]) };
  }, svg);
  await page.close();
  return drawn;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** An indexed PNG of 4 bits a pixel, no line filtered (PNG specification, "Image header" and "Filtering"). */
function png({ width, height, reds }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([4, 3, 0, 0, 0], 8);
  const palette = Buffer.from(Array.from({ length: TONES * 3 }, (_, at) => Math.round((Math.floor(at / 3) * 255) / (TONES - 1))));
  const line = 1 + Math.ceil(width / 2);
  const lines = Buffer.alloc(line * height);
  reds.forEach((red, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    const tone = Math.round((red / 255) * (TONES - 1));
    lines[y * line + 1 + (x >> 1)] |= x % 2 ? tone : tone << 4;
  });
  const strategies = [constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED, constants.Z_RLE];
  const [data] = strategies
    .map((strategy) => deflateSync(lines, { level: 9, memLevel: 9, strategy }))
    .sort((one, other) => one.length - other.length);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("PLTE", palette), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (const name of ["link", "icon"]) {
    const file = join(root, "assets", name);
    const image = png(await pixels(browser, readFileSync(`${file}.svg`, "utf8")));
    writeFileSync(`${file}.png`, image);
    console.log(`${name}.png: ${image.length} bytes`);
  }
} finally {
  await browser.close();
}
