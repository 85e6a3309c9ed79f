// A delivery whose header is not in order is refused before its body comes. As deployed: bundled by `wrangler dev`,
// it would be read to its end all the same.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import Stripe from "stripe";
import { WEBHOOK_SECRET, allRows, ask, startHarness } from "./harness.mjs";

const BODY = 256 * 1024;
let harness;

before(async () => {
  harness = await startHarness({ config: () => ({ no_bundle: true }) });
});
after(() => harness?.stop());

/** The status that a delivery gets of whose body only the first byte ever comes. */
const started = (signature, length = BODY) =>
  new Promise((resolve, reject) => {
    const socket = connect(harness.port, "127.0.0.1", () => {
      socket.write(`POST /webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nStripe-Signature: ${signature}\r\nContent-Length: ${length}\r\n\r\n{`);
    });
    const late = setTimeout(() => reject(new Error("it waits for the body")), 10_000);
    socket.once("error", reject).once("data", (data) => {
      clearTimeout(late);
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data)[1]));
    });
  });

test("a header is checked before the body is read", async () => {
  const now = Math.floor(Date.now() / 1000);
  const sign = (timestamp) => Stripe.webhooks.generateTestHeaderString({ payload: "{}", secret: WEBHOOK_SECRET, timestamp });
  const more = (count) => `${sign(now)}${`,v1=${"0".repeat(64)}`.repeat(count)}`;
  for (const [what, signature, length] of [
    ["malformed", "v1=abc"],
    ["old", sign(now - 400)],
    ["future", sign(now + 400)],
    ["11 signatures", more(10)],
    ["400 signatures", more(400)],
    ["too long", sign(now), BODY + 1],
  ]) assert.equal(await started(signature, length), 400, what);
  assert.equal(await (await ask(`${harness.origin}/healthz`)).status, 200);
});

test("the largest delivery that may be, under as many signatures as there may be", async () => {
  const untouched = allRows(harness);
  const payload = " ".repeat(BODY);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: "whsec_of_somebody_else" });
  const headers = { "stripe-signature": `${signature}${`,v1=${"0".repeat(64)}`.repeat(9)}` };
  const answer = await ask(`${harness.origin}/webhooks/stripe`, { method: "POST", headers, body: payload });
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /no signature fits/);
  assert.equal(allRows(harness), untouched);
});
