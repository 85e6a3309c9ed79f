// The fake Stripe checked against Stripe's own library: what the library sends must be understood, and
// what comes back must be what it takes for an answer, an error or a signed event of Stripe's.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import Stripe from 'stripe';

import { SECRET, receiver, sessionParams, start, until } from './harness.mjs';

describe('the API, by the official library', () => {
  let fakeStripe;
  let stripe;

  before(async () => {
    fakeStripe = await start();
    stripe = fakeStripe.client();
  });
  beforeEach(() => fakeStripe.control('reset', {}));
  after(() => fakeStripe?.stop());

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
    assert.equal(session.url, `${fakeStripe.origin}/c/pay/${session.id}`);
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
    assert.equal((await fakeStripe.control('sessions')).length, 1);
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
    await fakeStripe.control('faults', { endpoint: 'create', kind: 'delay', ms: 300, times: 1 });
    const retrying = fakeStripe.client({ maxNetworkRetries: 5 });
    const options = { idempotencyKey: 'order_1' };

    const [one, other] = await Promise.all([
      retrying.checkout.sessions.create(sessionParams(), options),
      retrying.checkout.sessions.create(sessionParams(), options),
    ]);

    assert.equal(one.id, other.id);
    const calls = await fakeStripe.control('calls');
    assert.ok(calls.some((call) => call.status === 409));
    assert.equal((await fakeStripe.control('sessions')).length, 1);
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
        fakeStripe.client({}, key).checkout.sessions.create(sessionParams()),
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
    await fakeStripe.control('pay', { session: id });

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
    const { payment_intent } = await fakeStripe.control('pay', { session: id });

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
    await fakeStripe.control('pay', { session: id, how: 'debit' });
    let session = await stripe.checkout.sessions.retrieve(id);
    assert.deepEqual([session.status, session.payment_status], ['complete', 'unpaid']);

    await fakeStripe.control('settle', { session: id, success: true });
    session = await stripe.checkout.sessions.retrieve(id);
    assert.deepEqual([session.status, session.payment_status], ['complete', 'paid']);
  });

  test('answers in the version that the library pins, and in an older one', async () => {
    assert.equal(Stripe.API_VERSION, '2026-10-28.endive');
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    const session = await stripe.checkout.sessions.retrieve(id);
    assert.equal(session.lastResponse.apiVersion, Stripe.API_VERSION);
    assert.equal(session.ui_mode, 'hosted_page');
    const older = fakeStripe.client({ apiVersion: '2023-08-16' });
    assert.equal((await older.checkout.sessions.retrieve(id)).ui_mode, 'hosted');
    const params = sessionParams({ payment_method_types: ['card'] });
    await assert.rejects(stripe.checkout.sessions.create(params), { param: 'payment_method_types' });
    assert.deepEqual((await older.checkout.sessions.create(params)).payment_method_types, ['card']);
    const unknown = fakeStripe.client({ apiVersion: '2023-08-17' });
    await assert.rejects(unknown.checkout.sessions.retrieve(id), { statusCode: 400 });
  });

  test('a payment waits for its payer', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    await fakeStripe.control('pay', { session: id, how: 'microdeposits' });
    const retrieve = () => stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent'] });
    const { payment_intent, payment_status } = await retrieve();
    assert.deepEqual([payment_intent.status, payment_status], ['requires_action', 'unpaid']);
    const { type, verify_with_microdeposits } = payment_intent.next_action;
    assert.equal(type, 'verify_with_microdeposits');
    // The page is the fake Stripe's own here, and its button does the next action.
    const url = verify_with_microdeposits.hosted_verification_url;
    assert.match(await (await fetch(url)).text(), /Verify your bank account/);
    assert.equal((await fetch(url, { method: 'POST', body: '' })).status, 200);
    assert.equal((await retrieve()).payment_intent.status, 'processing');
    await fakeStripe.control('settle', { session: id, success: false });
    const failed = (await retrieve()).payment_intent;
    assert.equal(failed.status, 'requires_payment_method');
    assert.equal(failed.last_payment_error.type, 'invalid_request_error');
  });

  test('refunds go on after they were made', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    const { payment_intent } = await fakeStripe.control('pay', { session: id });
    await fakeStripe.control('next_refund', { status: 'requires_action' });
    const waiting = await stripe.refunds.create({ payment_intent, amount: 1_000, metadata: { why: 'twice' } });
    assert.equal(waiting.status, 'requires_action');
    assert.equal((await stripe.refunds.cancel(waiting.id)).status, 'canceled');
    const refund = await stripe.refunds.create({ payment_intent });
    await fakeStripe.control('fail_refund', { refund: refund.id, reason: 'declined' });
    const failed = await stripe.refunds.retrieve(refund.id, { expand: ['charge'] });
    assert.deepEqual([failed.status, failed.failure_reason], ['failed', 'declined']);
    assert.equal(failed.charge.refunded, false);
    const listed = [];
    for await (const { metadata } of stripe.refunds.list({ payment_intent, limit: 1 })) listed.push(metadata.why);
    assert.deepEqual(listed, [undefined, 'twice']);
    const events = await stripe.events.list({ types: ['refund.failed', 'charge.refund.updated'] });
    assert.ok(events.data.some((event) => event.type === 'refund.failed'));
  });

  test('disputes are listed, decided and appealed', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    const { payment_intent } = await fakeStripe.control('pay', { session: id });
    const { dispute } = await fakeStripe.control('dispute', { payment_intent });
    await assert.rejects(stripe.refunds.create({ payment_intent }), { code: 'charge_disputed' });
    await fakeStripe.control('close_dispute', { dispute, won: false });
    await fakeStripe.control('appeal_dispute', { dispute });
    const [listed] = (await stripe.disputes.list({ payment_intent })).data;
    assert.deepEqual([listed.id, listed.status], [dispute, 'appeal_needs_response']);
    await fakeStripe.control('close_dispute', { dispute, status: 'won' });
    const won = await stripe.disputes.retrieve(dispute, { expand: ['charge'] });
    assert.deepEqual(
      [won.status, won.charge.disputed, won.balance_transactions.length],
      ['won', true, 2],
    );
  });

  test('sessions are listed by their creation, page by page', async () => {
    const ids = [];
    for (let at = 0; at < 5; at += 1) ids.unshift((await stripe.checkout.sessions.create(sessionParams())).id);
    const created = { gte: Math.floor(Date.now() / 1000) - 60, lte: Math.floor(Date.now() / 1000) + 60 };
    const listed = await stripe.checkout.sessions.list({ created, limit: 2 }).autoPagingToArray({ limit: 100 });
    assert.deepEqual(listed.map((session) => session.id), ids);
    assert.ok(listed.every((session) => session.metadata.charge_id === '25'));
    const none = await stripe.checkout.sessions.list({ created: { lt: created.gte } });
    assert.equal(none.data.length, 0);
  });

  test('says whose key it is', async () => {
    const account = await stripe.accounts.retrieveCurrent();
    assert.match(account.id, /^acct_/);
    const balance = await stripe.balance.retrieve();
    assert.deepEqual([balance.livemode, balance.available[0].currency], [false, 'usd']);
  });

  test('fails as the library knows failures', async () => {
    const { StripeAuthenticationError, StripePermissionError, StripeInvalidRequestError, StripeAPIError } =
      Stripe.errors;
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    for (const [fault, error, code] of [
      [{ kind: 'unauthorized' }, StripeAuthenticationError, undefined],
      [{ kind: 'forbidden' }, StripePermissionError, undefined],
      [{ kind: 'not_found' }, StripeInvalidRequestError, 'resource_missing'],
      [{ kind: 'bad_request', code: 'email_invalid', param: 'customer_email' }, StripeInvalidRequestError, 'email_invalid'],
      [{ kind: 'not_found_html' }, StripeAPIError, undefined],
      [{ kind: 'not_json' }, StripeAPIError, undefined],
    ]) {
      await fakeStripe.control('faults', { times: 1, ...fault });
      await assert.rejects(stripe.checkout.sessions.retrieve(id), (thrown) => {
        assert.ok(thrown instanceof error, `${fault.kind}: ${thrown}`);
        assert.equal(thrown.code, code);
        return true;
      });
    }
    await fakeStripe.control('faults', { endpoint: 'create', kind: 'no_url', times: 1 });
    assert.equal((await stripe.checkout.sessions.create(sessionParams())).url, null);
    assert.equal(typeof (await stripe.checkout.sessions.retrieve(id)).url, 'string');
  });

  test('a session expires by its clock', async () => {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    await fakeStripe.control('clock', { advance_ms: 24 * 3600 * 1000 });
    assert.equal((await stripe.checkout.sessions.retrieve(id)).status, 'expired');
  });

  test('a dropped answer is a connection error, and its retry gets what was made', async () => {
    await fakeStripe.control('faults', { endpoint: 'create', kind: 'drop_after', times: 2 });
    const options = { idempotencyKey: 'order_1' };
    await assert.rejects(
      stripe.checkout.sessions.create(sessionParams(), options),
      Stripe.errors.StripeConnectionError,
    );

    const session = await stripe.checkout.sessions.create(sessionParams(), options);

    assert.equal(session.lastResponse.headers['idempotent-replayed'], 'true');
    assert.equal((await fakeStripe.control('sessions')).length, 1);
  });

  test('a 500 after acting is saved under its key; one before acting is not', async () => {
    const create = (key) => stripe.checkout.sessions.create(sessionParams(), { idempotencyKey: key });
    await fakeStripe.control('faults', { endpoint: 'create', kind: 'error_before', times: 1 });
    await assert.rejects(create('order_1'), Stripe.errors.StripeAPIError);
    assert.equal((await create('order_1')).status, 'open');

    await fakeStripe.control('faults', { endpoint: 'create', kind: 'error_after', times: 1 });
    await assert.rejects(create('order_2'), Stripe.errors.StripeAPIError);
    await assert.rejects(create('order_2'), Stripe.errors.StripeAPIError);
    assert.equal((await fakeStripe.control('sessions')).length, 2);
  });

  test('a rate limit is one', async () => {
    await fakeStripe.control('faults', { endpoint: 'retrieve', kind: 'rate_limit', times: 1 });
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
    assert.equal((await fakeStripe.control('events')).length, 3);
  });
});

describe('webhooks', () => {
  let fakeStripe;
  let hooks;
  let failures;

  before(async () => {
    failures = 0;
    hooks = await receiver(() => (failures-- > 0 ? 500 : 200));
    fakeStripe = await start('--webhook-url', hooks.url, '--webhook-secret', SECRET);
  });
  beforeEach(async () => {
    await fakeStripe.control('reset', {});
    hooks.received.length = 0;
    failures = 0;
  });
  after(async () => {
    await fakeStripe?.stop();
    await hooks?.close();
  });

  async function pay() {
    const session = await fakeStripe.client().checkout.sessions.create(sessionParams());
    await fakeStripe.control('pay', { session: session.id });
    return session;
  }

  test('are signed so that the library takes them', async () => {
    const stripe = fakeStripe.client();
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
    const stripe = fakeStripe.client();
    const undelivered = async () =>
      (await stripe.events.list({ delivery_success: false })).data.length;
    failures = 1;
    await pay();
    await until('one webhook was refused', () => hooks.received.length > 0);
    assert.ok((await undelivered()) >= 1);

    // The pause before the next attempt is by Stripe's clock.
    await fakeStripe.control('clock', { advance_ms: 5_000 });
    await until('all are delivered', async () => (await undelivered()) === 0);

    assert.equal(hooks.received.length, 4);
    assert.equal(new Set(hooks.received.map(({ payload }) => JSON.parse(payload).id)).size, 3);
  });

  test('can be held back, doubled and sent again', async () => {
    await fakeStripe.control('faults', { webhooks: { paused: true } });
    await pay();
    assert.equal((await fakeStripe.client().events.list({ delivery_success: false })).data.length, 3);
    assert.equal(hooks.received.length, 0);

    await fakeStripe.control('faults', { webhooks: { extra_copies: 1, reordered: true } });
    await until('each came twice', () => hooks.received.length === 6);

    await fakeStripe.control('faults', { clear: true });
    await fakeStripe.control('redeliver', {});
    await until('each came once more', () => hooks.received.length === 9);
  });
});

describe('webhook endpoints', () => {
  let fakeStripe;
  let hooks;

  before(async () => {
    hooks = await receiver();
    fakeStripe = await start('--webhook-url', hooks.url, '--webhook-secret', SECRET);
  });
  beforeEach(async () => {
    await fakeStripe.control('reset', {});
    hooks.received.length = 0;
  });
  after(async () => {
    await fakeStripe?.stop();
    await hooks?.close();
  });

  const types = (received) => received.map(({ payload }) => JSON.parse(payload).type);

  async function pay(stripe) {
    const { id } = await stripe.checkout.sessions.create(sessionParams());
    return (await fakeStripe.control('pay', { session: id })).payment_intent;
  }

  test('are listed, with the one of the command line, and made', async () => {
    const stripe = fakeStripe.client();
    const [first] = (await stripe.webhookEndpoints.list()).data;
    assert.deepEqual([first.url, first.status, first.secret], [hooks.url, 'enabled', undefined]);
    const other = await receiver();
    try {
      const made = await stripe.webhookEndpoints.create({
        url: other.url,
        enabled_events: ['charge.refunded', 'charge.refund.updated', 'refund.failed'],
        api_version: '2023-08-16',
      });
      assert.match(made.secret, /^whsec_/);
      const refund = await stripe.refunds.create({ payment_intent: await pay(stripe) });
      await fakeStripe.control('fail_refund', { refund: refund.id });
      await until('both have received it', () => other.received.length === 2 && hooks.received.length === 8);

      assert.deepEqual(types(other.received), ['charge.refunded', 'charge.refund.updated']);
      const [{ payload, signature }] = other.received;
      assert.equal(stripe.webhooks.constructEvent(payload, signature, made.secret).api_version, '2023-08-16');
      assert.throws(() => stripe.webhooks.constructEvent(payload, signature, SECRET));
      assert.equal(JSON.parse(hooks.received[0].payload).api_version, '2026-10-28.endive');
      assert.equal((await stripe.webhookEndpoints.del(made.id)).deleted, true);
      assert.equal((await stripe.webhookEndpoints.list()).data.length, 1);
    } finally {
      await other.close();
    }
  });

  test('miss for good what happens while they are disabled', async () => {
    const stripe = fakeStripe.client();
    const [{ id }] = (await stripe.webhookEndpoints.list()).data;
    assert.equal((await stripe.webhookEndpoints.update(id, { disabled: true })).status, 'disabled');
    await pay(stripe);
    const missed = (await stripe.events.list({})).data;
    assert.deepEqual(missed.map((event) => event.pending_webhooks), [0, 0, 0]);
    await fakeStripe.control('endpoint', { enabled: true });
    const session = await stripe.checkout.sessions.create(sessionParams());
    await stripe.checkout.sessions.expire(session.id);
    await until('the next one came', () => hooks.received.length > 0);
    assert.deepEqual(types(hooks.received), ['checkout.session.expired']);
  });
});

test('a live account has live objects, and other keys see nothing of them', async () => {
  const fakeStripe = await start('--livemode', 'true', '--other-account-key', 'sk_live_other');
  try {
    const live = fakeStripe.client({}, 'sk_live_fake_stripe');
    const session = await live.checkout.sessions.create(sessionParams());
    assert.match(session.id, /^cs_live_/);
    assert.equal(session.livemode, true);
    const missing = { statusCode: 404, code: 'resource_missing' };
    const test = fakeStripe.client().checkout.sessions;
    await assert.rejects(test.retrieve(session.id), { ...missing, message: /similar object exists in live mode/ });
    const other = fakeStripe.client({}, 'sk_live_other').checkout.sessions;
    await assert.rejects(other.retrieve(session.id), missing);
    await assert.rejects(other.expire(session.id), missing);
    assert.equal((await other.list()).data.length, 0);
  } finally {
    await fakeStripe.stop();
  }
});

test('the process stops at once on SIGTERM, calls in flight or not', async () => {
  const fakeStripe = await start();
  const options = { idempotencyKey: 'order_1' };
  const create = () => fakeStripe.client().checkout.sessions.create(sessionParams(), options);
  await fakeStripe.control('faults', { kind: 'delay', ms: 60_000 });
  // Two calls under one key: the second is answered that the first is in flight.
  const ended = [create(), create()].map((call, at) => call.then(() => [at], (error) => [at, error]));
  const [second, inUse] = await Promise.race(ended);
  assert.equal(inUse?.code, 'idempotency_key_in_use');
  const started = Date.now();

  assert.equal(await fakeStripe.stop(), 0);

  assert.ok(Date.now() - started < 5_000);
  const [, dropped] = await ended[1 - second];
  assert.ok(dropped instanceof Stripe.errors.StripeConnectionError);
});
