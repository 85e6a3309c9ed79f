// The statements: one read for a click, one transaction for whatever it changes. The tables, and the
// triggers that hold their rules, are those of migrations/.

const ORDER = `o.id, o.charge_id, o.status, o.origin, o.attempt, o.amount_minor, o.currency, o.created_at,
  o.stripe_session_id, o.checkout_url, o.receipt_url, o.paid_at, o.refunded_at, o.refund_reason, o.version,
  o.product_name, o.customer_email, o.return_origin, o.session_expires_at, o.waits_for, o.action_url,
  (SELECT n.player_id FROM players n WHERE n.id = c.player_id) AS player_id, c.kind, c.period,
  c.amount_minor AS owed_minor, c.currency AS owed_currency, c.closed_at`;

// The orders that keep a charge from being claimed.
const COUNTS = `x.charge_id = c.id AND x.status IN ('pending', 'paid', 'refunded') AND x.reopened_at IS NULL`;

const CHECKOUT = `SELECT l.id AS link, l.expires_at, l.revoked_at, c.id AS owed_charge, c.create_after, ${ORDER}
  FROM links l
  JOIN charges c ON c.id = l.charge_id
  LEFT JOIN orders o ON o.id = (
    SELECT x.id FROM orders x WHERE ${COUNTS} ORDER BY x.status = 'refunded', x.refunded_at DESC LIMIT 1)
  WHERE l.token_sha256 = ?1`;

const CLAIM = `INSERT INTO orders (charge_id, link_id, attempt, amount_minor, currency, product_name, customer_email,
    return_origin, session_expires_at, created_at, next_check_at, cause, updated_at)
  SELECT c.id, ?2, ?3, c.amount_minor, c.currency,
    CASE c.kind WHEN 'first_payment' THEN 'First payment' WHEN 'monthly' THEN 'Monthly fee' ELSE 'Payment' END
      || CASE c.period WHEN '' THEN '' ELSE ' ' || c.period END || ', ' || p.name || ', ' || ?4,
    IIF(p.email_refused_at IS NULL, p.email, NULL), ?5, ?6, ?7, ?8, 'click', ?7
  FROM charges c JOIN players p ON p.id = c.player_id
  WHERE c.id = ?1 AND c.closed_at IS NULL AND c.amount_minor > 0 AND (c.create_after IS NULL OR c.create_after <= ?7)
    AND NOT EXISTS (SELECT 1 FROM orders x WHERE ${COUNTS})
  RETURNING id, charge_id, attempt, amount_minor, currency, product_name, customer_email, return_origin,
    session_expires_at, created_at, version`;

const CANCEL = `UPDATE orders SET status = 'canceled', canceled_at = ?4, cancel_reason = ?3, checks = 0,
    next_check_at = IIF(?3 = 'stripe_error' AND stripe_session_id IS NULL, ?4, NULL),
    version = version + 1, cause = ?5, updated_at = ?4
  WHERE id = ?1 AND version = ?2 AND status = 'pending'`;

const ATTACH = `UPDATE orders SET stripe_session_id = ?2, checkout_url = ?3, version = version + 1, updated_at = ?4
  WHERE id = ?1 AND status = 'pending' AND (stripe_session_id IS NULL OR (stripe_session_id = ?2 AND checkout_url IS NULL))`;

// Of an order that is to become paid, or of a canceled one whose payment is not the charge's.
const PAYMENT = `paid_at = ?4, paid_minor = ?5, payment_intent_id = COALESCE(?6, payment_intent_id),
    receipt_url = COALESCE(?7, receipt_url), stripe_session_id = COALESCE(stripe_session_id, ?3), next_check_at = ?8,
    checks = 0, version = version + 1, cause = ?9, updated_at = ?10
  WHERE id = ?1 AND version = ?2`;
const PAY = `UPDATE orders SET status = 'paid', ${PAYMENT} AND status IN ('pending', 'canceled')`;
const RECORD = `UPDATE orders SET ${PAYMENT} AND status = 'canceled'`;

const WAITS = `UPDATE orders SET waits_for = ?2, action_url = ?3, version = version + 1, updated_at = ?4
  WHERE id = ?1 AND status = 'pending'`;

const DETAILS = `UPDATE orders SET receipt_url = COALESCE(?2, receipt_url), next_check_at = NULL, checks = 0,
    version = version + 1
  WHERE id = ?1 AND paid_at IS NOT NULL`;

const REMAKE = `INSERT INTO orders (charge_id, attempt, origin, status, amount_minor, currency, stripe_session_id,
    created_at, canceled_at, cancel_reason, cause, updated_at)
  SELECT c.id, ?4, 'stripe', 'canceled', ?5, ?6, ?7, ?8, ?9, 'restored', 'webhook', ?9
  FROM charges c JOIN players p ON p.id = c.player_id WHERE p.player_id = ?1 AND c.kind = ?2 AND c.period = ?3`;

// After creates in a row that Stripe refused: nothing, then 5 seconds, doubled each time, up to 10 minutes.
const PAUSE = `UPDATE charges SET failed_creates = failed_creates + 1,
    create_after = ?2 + CASE WHEN failed_creates < 1 THEN 0 WHEN failed_creates > 7 THEN 600000
                             ELSE 5000 << (failed_creates - 1) END
  WHERE id = ?1`;

const LEAVE_EMAIL_OUT = `UPDATE players SET email_refused_at = ?2
  WHERE id = (SELECT c.player_id FROM charges c WHERE c.id = ?1)`;

const EXPECT_VERSION = `INSERT INTO expect (holds) SELECT EXISTS (SELECT 1 FROM orders WHERE id = ?1 AND version = ?2)`;

const EVENT = `INSERT INTO stripe_events (id, type, order_id, effect, created_at, received_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)`;

// What is about one payment is told once, whatever became of it.
const INCIDENT = `INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id,
    amount_minor, currency, owed_minor, opened_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
  WHERE NOT EXISTS (SELECT 1 FROM incidents WHERE subject = ?1)`;

const ORDER_OF_SESSION = `SELECT ${ORDER}, EXISTS (SELECT 1 FROM stripe_events e WHERE e.id = ?3) AS seen
  FROM orders o JOIN charges c ON c.id = o.charge_id
  WHERE o.stripe_session_id = ?1 OR o.attempt = ?2
  ORDER BY o.stripe_session_id IS ?1 DESC LIMIT 1`;

// Whatever was resolved opens again where it goes on.
const CREATE_REFUSED = `INSERT INTO incidents (subject, kind, charge_id, opened_at)
  SELECT 'create_refused:' || ?1, 'create_refused', ?1, ?2
  WHERE NOT EXISTS (SELECT 1 FROM incidents WHERE subject = 'create_refused:' || ?1 AND resolved_at IS NULL)`;

const LIVE = `SELECT ${ORDER} FROM orders o JOIN charges c ON c.id = o.charge_id
  WHERE o.charge_id = ?1 AND o.status IN ('pending', 'paid') LIMIT 1`;

/** The name of the database at Stripe, read once: it never changes. */
let installation;

/** 32 hex digits that nobody can guess: an order's name at Stripe. */
const newAttempt = () => crypto.getRandomValues(new Uint8Array(16)).toHex();

/** The database of one request. */
export class Database {
  constructor(db) {
    this.db = db;
  }

  #bound(sql, ...values) {
    return this.db.prepare(sql).bind(...values.map((value) => value ?? null));
  }

  /** Runs statements as one transaction; answers the last one's count of changed rows. */
  async commit(...statements) {
    return (await this.db.batch(statements)).at(-1).meta.changes;
  }

  async installation() {
    return (installation ??= await this.db.prepare("SELECT id FROM installation").first("id"));
  }

  checkout(tokenHash) {
    return this.#bound(CHECKOUT, tokenHash).first();
  }

  /** Takes the charge's one place; null where somebody else was faster. */
  async claim(row, { club, origin, now, staleAfter, lifetime }, reason) {
    const insert = this.#bound(CLAIM, row.owed_charge, row.link, newAttempt(), club, origin, now + lifetime, now, now + staleAfter);
    const results = await this.db.batch(reason ? [this.cancel(row, reason, "click", now), insert] : [insert]);
    const claimed = results.at(-1).results[0];
    return claimed ? { ...row, ...claimed } : null;
  }

  cancel(order, reason, cause, now) {
    return this.#bound(CANCEL, order.id, order.version, reason, now, cause);
  }

  attach(order, session, now) {
    return this.#bound(ATTACH, order.id, session.id, session.url, now);
  }

  /** What a payment makes of its order: paid, and told of where it is of another amount than is owed. */
  pay(order, payment, cause, now) {
    const owed = order.closed_at === null ? order.owed_minor : 0;
    const pay = this.#bound(PAY, ...this.#payment(order, payment, cause, now));
    if (payment.minor === owed && payment.currency === order.owed_currency) return [pay];
    return [pay, this.incident("amount_mismatch", payment, order, now, owed)];
  }

  /** The payment of an order that stays canceled, for another one is the charge's. */
  record(order, payment, cause, now) {
    return [this.#bound(RECORD, ...this.#payment(order, payment, cause, now)), this.incident("duplicate_payment", payment, order, now)];
  }

  #payment({ id, version }, payment, cause, now) {
    // What a webhook does not tell is asked for after it; a cron would ask where that did not come about.
    const check = payment.detailed ? null : now;
    return [id, version, payment.session, payment.at, payment.minor, payment.intent, payment.receipt, check, cause, now];
  }

  /** A bank has yet to pay it, or the payer has one more thing to do. */
  waits(order, whom, page, now) {
    return this.#bound(WAITS, order.id, whom, page, now);
  }

  details(order, receipt) {
    return this.#bound(DETAILS, order.id, receipt);
  }

  /** An order for a payment that has none, of the charge that is named so; no row changes where that is not there. */
  remake({ player_id: player, kind, period }, attempt, payment, created, now) {
    return this.#bound(REMAKE, player, kind, period ?? "", attempt, payment.minor, payment.currency, payment.session, created, now);
  }

  /** A create call failed for good: the order is given up, and the charge pauses or goes on without an address. */
  giveUp(order, { isRefused, isEmail }, now) {
    const given = [this.cancel(order, "stripe_error", "click", now), this.#bound(isEmail ? LEAVE_EMAIL_OUT : PAUSE, order.charge_id, now)];
    return isRefused && !isEmail ? [...given, this.#bound(CREATE_REFUSED, order.charge_id, now)] : given;
  }

  expectVersion(order) {
    return this.#bound(EXPECT_VERSION, order.id, order.version);
  }

  event(event, order, effect, now) {
    return this.#bound(EVENT, event.id, event.type, order?.id, effect, event.created * 1000, now);
  }

  incident(kind, payment, order, now, owed) {
    const subject = `${kind}:${payment.intent ?? payment.session}`;
    return this.#bound(INCIDENT, subject, kind, order?.id, order?.charge_id, payment.session, payment.intent, payment.minor,
      payment.currency, owed, now);
  }

  orderOfSession(session, eventId) {
    return this.#bound(ORDER_OF_SESSION, session.id, session.metadata?.attempt, eventId).first();
  }

  live(charge) {
    return this.#bound(LIVE, charge).first();
  }
}
