// What a test of the fake Stripe needs: the process, the SDK as its client, a receiver of webhooks.
//
// Everything that is started here is stopped by `after`, ports are chosen by the system, and nothing
// waits for a fixed time: waits end when their condition holds.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import Stripe from 'stripe';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const BINARY = path.resolve(ROOT, process.env.FAKE_STRIPE_BIN ?? 'target/release/fake-stripe');
const PATIENCE_MS = 10_000;

export const SECRET = 'whsec_fake_stripe_test';
export const API_KEY = 'sk_test_fake_stripe';

/** Starts the fake Stripe on a free port. */
export async function start(...args) {
  const child = spawn(BINARY, ['--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  // A test run that dies must not leave the process behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([
    once(lines, 'line'),
    once(child, 'error').then(([error]) => Promise.reject(error)),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${BINARY} exited: ${code}`))),
  ]);
  const origin = /^fake-stripe listening on (http:\/\/localhost:\d+)$/.exec(first)?.[1];
  if (!origin) throw new Error(`unexpected first line: ${first}`);
  lines.resume();
  // Nor may the process keep a run waiting whose test failed before it stopped it.
  child.unref();
  child.stdout.unref();

  return {
    origin,
    client: (options = {}, key = API_KEY) => client(origin, options, key),
    /** Calls the control API under `/_/`. */
    async control(name, body) {
      const response = await fetch(`${origin}/_/${name}`, body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(`${name}: ${answer.error}`);
      return answer;
    },
    /** Stops the process as a supervisor would; resolves with its exit code. */
    async stop() {
      process.removeListener('exit', kill);
      child.ref();
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

function client(origin, options, key) {
  const { hostname, port } = new URL(origin);
  return new Stripe(key, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...options,
  });
}

/** A server that keeps the webhooks it gets. `answer` chooses the status of the n-th, from 0. */
export async function receiver(answer = () => 200) {
  const received = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = answer(received.length);
    received.push({
      payload: Buffer.concat(chunks).toString('utf8'),
      signature: request.headers['stripe-signature'],
      status,
    });
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/webhooks/stripe`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Asks again until the answer is truthy. */
export async function until(what, ask) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The parameters of a session as the product creates it. */
export function sessionParams(overrides = {}) {
  return {
    mode: 'payment',
    client_reference_id: '1',
    customer_email: 'parent@example.com',
    line_items: [
      {
        price_data: {
          currency: 'usd',
          unit_amount: 13_500,
          product_data: { name: 'First payment: Player 25 & “friends”' },
        },
        quantity: 1,
      },
    ],
    metadata: { order_id: '1', charge_id: '25' },
    payment_intent_data: { metadata: { order_id: '1', charge_id: '25' } },
    success_url: 'http://localhost:8787/paid?session_id={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost:8787/back',
    ...overrides,
  };
}
