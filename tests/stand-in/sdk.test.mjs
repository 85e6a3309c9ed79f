// The stand-in held against Stripe's own library: what the library sends must be understood, and
// what comes back must be what it takes for an answer, an error or a signed event of Stripe's.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import Stripe from 'stripe';

import { SECRET, receiver, sessionParams, start, until } from './harness.mjs';

describe('the API, by the official library', () => {
  let standIn;
  let stripe;

  before(async () => {
    standIn = await start();
    stripe = standIn.client();
  });
  beforeEach(() => standIn.control('reset', {}));
  after(() => standIn?.stop());

  test('creates a session', async () => {
    const session = await stripe.checkout.sessions.create(sessionParams());

    assert.match(session.id, /^cs_test_/);
    assert.equal(session.object, 'checkout.session');
    assert.equal(session.status, 'open');
    assert.equal(session.payment_status, 'unpaid');
    assert.equal(session.amount_total, 13_500);
    assert.equal(session.currency, 'usd');
    assert.equal(session.client_reference_id, '1');
    assert.equal(session.customer_email, 'parent@example.com');
    assert.equal(session.payment_intent, null);
    assert.equal(session.livemode, false);
    assert.deepEqual({ ...session.metadata }, { order_id: '1', charge_id: '25' });
    assert.equal(session.url, `${standIn.origin}/c/pay/${session.id}`);
    assert.equal(session.expires_at, session.created + 24 * 60 * 60);
    assert.match(session.lastResponse.requestId, /^req_/);
  });

  test('retrieves a session with its line items', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());

    const session = await stripe.checkout.sessions.retrieve(id, { expand: ['line_items'] });

    assert.equal(session.id, id);
    assert.equal(session.line_items.data[0].description, 'First payment: Player 25 & “friends”');
    const items = await stripe.checkout.sessions.listLineItems(id);
    assert.equal(items.data[0].amount_total, 13_500);
  });

  test('expires a session, and only an open one', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());

    const session = await stripe.checkout.sessions.expire(id);

    assert.equal(session.status, 'expired');
    assert.equal(session.url, null);
    await assert.rejects(stripe.checkout.sessions.expire(id), (error) => {
      assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
      assert.equal(error.statusCode, 400);
      assert.match(error.message, /Only Checkout Sessions with a status in \["open"\]/);
      return true;
    });
  });

  test('answers a repeated key with the first answer', async () => {
    const options = { idempotencyKey: 'order_1' };
    const first = await stripe.checkout.sessions.create(sessionParams(), options);
    const again = await stripe.checkout.sessions.create(sessionParams(), options);

    assert.deepEqual({ ...again }, { ...first });
    assert.equal(first.lastResponse.headers['idempotent-replayed'], undefined);
    assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
    assert.equal(again.lastResponse.idempotencyKey, 'order_1');
    assert.equal((await standIn.control('sessions')).length, 1);
  });

  test('refuses a repeated key with other parameters', async () => {
    const options = { idempotencyKey: 'order_1' };
    await stripe.checkout.sessions.create(sessionParams(), options);

    const other = sessionParams({ client_reference_id: '2' });
    await assert.rejects(
      stripe.checkout.sessions.create(other, options),
      Stripe.errors.StripeIdempotencyError,
    );
  });

  test('answers 409 while the key is in flight, and the library then gets the one session', async () => {
    await standIn.control('faults', { endpoint: 'create', kind: 'delay', ms: 300, times: 1 });
    const retrying = standIn.client({ maxNetworkRetries: 5 });
    const options = { idempotencyKey: 'order_1' };

    const [one, other] = await Promise.all([
      retrying.checkout.sessions.create(sessionParams(), options),
      retrying.checkout.sessions.create(sessionParams(), options),
    ]);

    assert.equal(one.id, other.id);
    const calls = await standIn.control('calls');
    assert.ok(calls.some((call) => call.status === 409));
    assert.equal((await standIn.control('sessions')).length, 1);
  });

  test('names what is wrong with the parameters', async () => {
    const line = sessionParams().line_items[0];
    const cheap = { ...line, price_data: { ...line.price_data, unit_amount: 49 } };
    const now = Math.floor(Date.now() / 1000);
    const cases = [
      [{ colour: 'red' }, 'parameter_unknown', 'colour'],
      [{ line_items: [{ ...line, colour: 1 }] }, 'parameter_unknown', 'line_items[0][colour]'],
      [{ line_items: [] }, 'parameter_missing', 'line_items'],
      [{ success_url: undefined }, 'parameter_missing', 'success_url'],
      [{ success_url: '/paid' }, 'url_invalid', 'success_url'],
      [{ customer_email: 'nobody' }, 'email_invalid', 'customer_email'],
      [{ line_items: [cheap] }, 'amount_too_small', undefined],
      [{ line_items: [{ ...line, quantity: 'x' }] }, 'parameter_invalid_integer', 'line_items[0][quantity]'],
      [{ expires_at: now + 60 }, undefined, 'expires_at'],
      [{ expires_at: now + 25 * 3600 }, undefined, 'expires_at'],
      [{ mode: 'gift' }, undefined, 'mode'],
    ];
    for (const [overrides, code, param] of cases) {
      const attempt = stripe.checkout.sessions.create(sessionParams(overrides));
      await assert.rejects(attempt, (error) => {
        assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError, error);
        assert.equal(error.code, code, error.message);
        assert.equal(error.param, param, error.message);
        return true;
      });
    }
  });

  test('takes test keys only', async () => {
    for (const key of ['pk_test_1', 'sk_live_1']) {
      await assert.rejects(
        standIn.client({}, key).checkout.sessions.create(sessionParams()),
        Stripe.errors.StripeAuthenticationError,
      );
    }
  });

  test('answers 404 for what it does not have', async () => {
    await assert.rejects(stripe.checkout.sessions.retrieve('cs_test_none'), (error) => {
      assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
      assert.equal(error.statusCode, 404);
      assert.equal(error.code, 'resource_missing');
      return true;
    });
  });

  test('lists events, newest first, page by page', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    await standIn.control('pay', { session: id });

    const page = await stripe.events.list({ limit: 2 });
    assert.equal(page.data.length, 2);
    assert.equal(page.has_more, true);
    assert.equal(page.data[0].type, 'checkout.session.completed');
    assert.equal(page.data[0].data.object.payment_status, 'paid');

    const types = [];
    for await (const event of stripe.events.list({ limit: 1 })) types.push(event.type);
    assert.deepEqual(types.sort(), [
      'charge.succeeded',
      'checkout.session.completed',
      'payment_intent.succeeded',
    ]);
    const some = await stripe.events.list({ types: ['charge.succeeded'], created: { gte: 1 } });
    assert.equal(some.data.length, 1);
    const event = await stripe.events.retrieve(some.data[0].id);
    assert.equal(event.data.object.object, 'charge');
  });

  test('refunds once, in parts, and no more than was paid', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    const { payment_intent } = await standIn.control('pay', { session: id });

    const options = { idempotencyKey: 'refund_1' };
    const part = await stripe.refunds.create({ payment_intent, amount: 3_500 }, options);
    assert.equal(part.status, 'succeeded');
    const again = await stripe.refunds.create({ payment_intent, amount: 3_500 }, options);
    assert.equal(again.id, part.id);

    await assert.rejects(
      stripe.refunds.create({ payment_intent, amount: 10_001 }),
      Stripe.errors.StripeInvalidRequestError,
    );
    await stripe.refunds.create({ payment_intent, reason: 'duplicate' });
    await assert.rejects(stripe.refunds.create({ payment_intent }), {
      code: 'charge_already_refunded',
    });
    const intent = await stripe.paymentIntents.retrieve(payment_intent, {
      expand: ['latest_charge'],
    });
    assert.equal(intent.metadata.charge_id, '25');
    assert.equal(intent.latest_charge.refunded, true);
  });

  test('a bank debit completes first and is paid later', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    await standIn.control('pay', { session: id, how: 'debit' });
    let session = await stripe.checkout.sessions.retrieve(id);
    assert.deepEqual([session.status, session.payment_status], ['complete', 'unpaid']);

    await standIn.control('settle', { session: id, success: true });
    session = await stripe.checkout.sessions.retrieve(id);
    assert.deepEqual([session.status, session.payment_status], ['complete', 'paid']);
  });

  test('a session expires by its clock', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    await standIn.control('clock', { advance_ms: 24 * 3600 * 1000 });
    assert.equal((await stripe.checkout.sessions.retrieve(id)).status, 'expired');
  });

  test('a dropped answer is a connection error, and its retry gets what was made', async () => {
    await standIn.control('faults', { endpoint: 'create', kind: 'drop_after', times: 2 });
    const options = { idempotencyKey: 'order_1' };
    await assert.rejects(
      stripe.checkout.sessions.create(sessionParams(), options),
      Stripe.errors.StripeConnectionError,
    );

    const session = await stripe.checkout.sessions.create(sessionParams(), options);

    assert.equal(session.lastResponse.headers['idempotent-replayed'], 'true');
    assert.equal((await standIn.control('sessions')).length, 1);
  });

  test('a 500 after acting is saved under its key; one before acting is not', async () => {
    const create = (key) => stripe.checkout.sessions.create(sessionParams(), { idempotencyKey: key });
    await standIn.control('faults', { endpoint: 'create', kind: 'error_before', times: 1 });
    await assert.rejects(create('order_1'), Stripe.errors.StripeAPIError);
    assert.equal((await create('order_1')).status, 'open');

    await standIn.control('faults', { endpoint: 'create', kind: 'error_after', times: 1 });
    await assert.rejects(create('order_2'), Stripe.errors.StripeAPIError);
    await assert.rejects(create('order_2'), Stripe.errors.StripeAPIError);
    assert.equal((await standIn.control('sessions')).length, 2);
  });

  test('a rate limit is one', async () => {
    await standIn.control('faults', { endpoint: 'retrieve', kind: 'rate_limit', times: 1 });
    await assert.rejects(
      stripe.checkout.sessions.retrieve('cs_test_1'),
      Stripe.errors.StripeRateLimitError,
    );
  });

  test('the payer’s page pays and leads back', async () => {
    const session = await stripe.checkout.sessions.create(sessionParams());
    const page = await (await fetch(session.url)).text();
    assert.match(page, /\$135\.00/);
    assert.match(page, /Player 25 &amp; “friends”/);
    assert.match(page, /not\s+Stripe/);

    const press = (how) =>
      fetch(session.url, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ how }),
      });
    const back = await press('back');
    assert.deepEqual(
      [back.status, back.headers.get('location')],
      [303, 'http://localhost:8787/back'],
    );
    const paid = await press('card');
    assert.deepEqual(
      [paid.status, paid.headers.get('location')],
      [303, `http://localhost:8787/paid?session_id=${session.id}`],
    );
    assert.equal((await press('card')).status, 409);
    assert.equal((await standIn.control('events')).length, 3);
  });
});

describe('webhooks', () => {
  let standIn;
  let hooks;
  let failures;

  before(async () => {
    failures = 0;
    hooks = await receiver(() => (failures-- > 0 ? 500 : 200));
    standIn = await start('--webhook-url', hooks.url, '--webhook-secret', SECRET);
  });
  beforeEach(async () => {
    await standIn.control('reset', {});
    hooks.received.length = 0;
    failures = 0;
  });
  after(async () => {
    await standIn?.stop();
    await hooks?.close();
  });

  async function pay() {
    const session = await standIn.client().checkout.sessions.create(sessionParams());
    await standIn.control('pay', { session: session.id });
    return session;
  }

  test('are signed so that the library takes them', async () => {
    const stripe = standIn.client();
    const session = await pay();
    await until('three webhooks came', () => hooks.received.length === 3);

    const events = hooks.received.map(({ payload, signature }) =>
      stripe.webhooks.constructEvent(payload, signature, SECRET),
    );

    const completed = events.find((event) => event.type === 'checkout.session.completed');
    assert.equal(completed.data.object.id, session.id);
    assert.equal(completed.data.object.payment_status, 'paid');
    assert.equal(completed.pending_webhooks, 1);
    const [{ payload, signature }] = hooks.received;
    assert.throws(
      () => stripe.webhooks.constructEvent(`${payload} `, signature, SECRET),
      Stripe.errors.StripeSignatureVerificationError,
    );
  });

  test('are sent again until they are taken, and are undelivered meanwhile', async () => {
    const stripe = standIn.client();
    const undelivered = async () =>
      (await stripe.events.list({ delivery_success: false })).data.length;
    failures = 1;
    await pay();
    await until('one webhook was refused', () => hooks.received.length > 0);
    assert.ok((await undelivered()) >= 1);

    // The pause before the next attempt is by Stripe's clock.
    await standIn.control('clock', { advance_ms: 5_000 });
    await until('all are delivered', async () => (await undelivered()) === 0);

    assert.equal(hooks.received.length, 4);
    assert.equal(new Set(hooks.received.map(({ payload }) => JSON.parse(payload).id)).size, 3);
  });

  test('can be held back, doubled and sent again', async () => {
    await standIn.control('faults', { webhooks: { paused: true } });
    await pay();
    assert.equal((await standIn.client().events.list({ delivery_success: false })).data.length, 3);
    assert.equal(hooks.received.length, 0);

    await standIn.control('faults', { webhooks: { extra_copies: 1, reordered: true } });
    await until('each came twice', () => hooks.received.length === 6);

    await standIn.control('faults', { clear: true });
    await standIn.control('redeliver', {});
    await until('each came once more', () => hooks.received.length === 9);
  });
});

test('the process stops at once when told to, calls in flight or not', async () => {
  const standIn = await start();
  const options = { idempotencyKey: 'order_1' };
  const create = () => standIn.client().checkout.sessions.create(sessionParams(), options);
  await standIn.control('faults', { kind: 'delay', ms: 60_000 });
  // Two calls under one key: whichever comes second is told that the other is in flight.
  const ended = [create(), create()].map((call, at) => call.then(() => [at], (error) => [at, error]));
  const [second, inUse] = await Promise.race(ended);
  assert.equal(inUse?.code, 'idempotency_key_in_use');
  const started = Date.now();

  assert.equal(await standIn.stop(), 0);

  assert.ok(Date.now() - started < 5_000);
  const [, dropped] = await ended[1 - second];
  assert.ok(dropped instanceof Stripe.errors.StripeConnectionError);
});
