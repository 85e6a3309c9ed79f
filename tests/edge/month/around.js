// Around the built Worker: `/clock?ahead=` moves its clock on, by milliseconds. The fake Stripe signs its deliveries with
// the real time, so they are signed again.

import { clock } from "./clock.js";
import worker from "./index.js";

async function signedNow(request, secret) {
  const body = await request.text();
  const t = Math.floor(Date.now() / 1000);
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", text.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, text.encode(`${t}.${body}`)));
  const hex = Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const headers = new Headers(request.headers);
  headers.set("stripe-signature", `t=${t},v1=${hex}`);
  return new Request(request.url, { method: request.method, headers, body });
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/webhooks/stripe") request = await signedNow(request, env.STRIPE_WEBHOOK_SECRET);
    if (pathname !== "/clock") return worker.fetch(request, env, context);
    clock.ahead = Number(searchParams.get("ahead"));
    return new Response();
  },
  scheduled: (event, env, context) => worker.scheduled(event, env, context),
};
