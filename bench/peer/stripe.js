// Stripe's official client, over the runtime's fetch.

import Stripe from "stripe";

export { Stripe };

/** A client for as long as the isolate lives. */
export function client({ STRIPE_SECRET_KEY, STRIPE_API_BASE }) {
  const { protocol, hostname, port } = new URL(STRIPE_API_BASE);
  return new Stripe(STRIPE_SECRET_KEY, {
    apiVersion: "2023-08-16",
    httpClient: Stripe.createFetchHttpClient(),
    maxNetworkRetries: 2,
    timeout: 8_000,
    protocol: protocol.slice(0, -1),
    host: hostname,
    ...(port && { port }),
  });
}

/** For webhooks: the runtime's own HMAC. */
export const crypto = Stripe.createSubtleCryptoProvider();
