// Requests as they go over the wire, and the deliveries of Stripe's among them.

import { createHash, createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { WEBHOOK_SECRET } from "./settings.mjs";

export const FACEBOOK = "facebookexternalhit/1.1 Facebot Twitterbot/1.0";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/** What a preview bot sends. */
export const bot = { "user-agent": FACEBOOK, accept: "*/*", "accept-encoding": "deflate, gzip", range: "bytes=0-524287" };

/** What a browser that follows a link sends. */
export const browser = {
  "user-agent": IPHONE,
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "accept-language": "en-US,en;q=0.9",
  "accept-encoding": "gzip, deflate, br",
  "sec-fetch-dest": "document",
  "sec-fetch-mode": "navigate",
  "sec-fetch-site": "cross-site",
  // The load goes past what would say where it comes from; nobody is limited on this machine.
  "cf-connecting-ip": "127.0.0.1",
};

/** What a browser that fetches ahead of a click sends. */
export const prefetch = { ...browser, "sec-purpose": "prefetch", "sec-fetch-dest": "empty" };

/** The token of a charge; the database knows its hash. */
export const tokenOf = (charge) => `bench-token-of-charge-${charge}`;

/** The attempt of a charge's order: 32 hex digits in no order, as random ones would be. */
export const attemptOf = (charge) => createHash("sha256").update(`bench-attempt-of-charge-${charge}`).digest("hex").slice(0, 32);

/** Who made a session, in its metadata. */
export const metadata = ({ installation, attempt, order, charge }) => ({
  installation, attempt, order_id: String(order), charge_id: String(charge),
});

export const link = (token, headers = browser) => ({
  method: "GET", path: `/checkout/first-payment?token=${token}`, headers, body: "",
});

/** Bytes for a server on that port. */
export function wire({ method, path, headers, body }, port) {
  const lines = Object.entries({ host: `localhost:${port}`, connection: "keep-alive", ...headers });
  const length = body ? [["content-length", Buffer.byteLength(body)]] : [];
  const head = [...lines, ...length].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${method} ${path} HTTP/1.1\r\n${head}\r\n${body}`;
}

/** A file for the load generator: each request behind a line with its length. */
export function writeRequests(file, requests, port) {
  const parts = requests.map((request) => {
    const bytes = wire(request, port);
    return `${Buffer.byteLength(bytes)}\n${bytes}`;
  });
  writeFileSync(file, parts.join(""));
}

/** A delivery, signed now. `event` is the JSON of one that the fake Stripe made, for its size and shape. */
export function delivery(event, { session, minor, ...order }) {
  const object = {
    ...event.data.object,
    id: session.id,
    client_reference_id: String(order.order),
    metadata: metadata(order),
    amount_total: minor,
    payment_intent: session.payment_intent,
  };
  const body = JSON.stringify({ ...event, id: `evt_of_${session.id}`, data: { object } }, null, 2);
  const at = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", WEBHOOK_SECRET).update(`${at}.${body}`).digest("hex");
  const headers = {
    "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    accept: "*/*; q=0.5, application/xml",
    "content-type": "application/json; charset=utf-8",
    "stripe-signature": `t=${at},v1=${mac}`,
  };
  return { method: "POST", path: "/webhooks/stripe", headers, body };
}
