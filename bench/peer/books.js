// The statements: one read for a click, one transaction for whatever it changes. The tables, and the
// triggers that hold their rules, are those of migrations/.

const ORDER = `o.id, o.charge_id, o.status, o.amount_minor, o.currency, o.created_at, o.origin, o.stripe_session_id,
  o.checkout_url, o.receipt_url, o.paid_at, o.refunded_at, o.version, o.product_name, o.customer_email,
  o.return_origin, o.session_expires_at`;

const CHECKOUT = `SELECT l.expires_at, l.revoked_at, c.id AS owed_charge, c.amount_minor AS owed_minor,
    c.currency AS owed_currency, c.closed_at, ${ORDER}
  FROM links l
  JOIN charges c ON c.id = l.charge_id
  LEFT JOIN orders o ON o.id = (
    SELECT x.id FROM orders x WHERE x.charge_id = c.id AND x.status IN ('pending', 'paid', 'refunded')
    ORDER BY x.status = 'refunded' LIMIT 1)
  WHERE l.token_sha256 = ?1`;

const CLAIM = `INSERT INTO orders (charge_id, amount_minor, currency, product_name, customer_email, return_origin,
    session_expires_at, created_at, next_check_at, cause, updated_at)
  SELECT c.id, c.amount_minor, c.currency,
    CASE c.kind WHEN 'first_payment' THEN 'First payment' WHEN 'monthly' THEN 'Monthly fee' ELSE 'Payment' END
      || CASE c.period WHEN '' THEN '' ELSE ' ' || c.period END || ', ' || p.name || ', ' || ?2,
    p.email, ?3, ?4, ?5, ?6, 'click', ?5
  FROM charges c JOIN players p ON p.id = c.player_id
  WHERE c.id = ?1 AND c.closed_at IS NULL AND c.amount_minor > 0
    AND NOT EXISTS (SELECT 1 FROM orders x WHERE x.charge_id = c.id AND x.status IN ('pending', 'paid', 'refunded'))
  RETURNING id, charge_id, amount_minor, currency, product_name, customer_email, return_origin, session_expires_at, version`;

const CANCEL = `UPDATE orders SET status = 'canceled', canceled_at = ?4, cancel_reason = ?3, version = version + 1,
    cause = ?5, updated_at = ?4
  WHERE id = ?1 AND version = ?2 AND status = 'pending'`;

const ATTACH = `UPDATE orders SET stripe_session_id = ?2, checkout_url = ?3, version = version + 1, updated_at = ?4
  WHERE id = ?1 AND status = 'pending' AND stripe_session_id IS NULL`;

const PAY = `UPDATE orders SET status = 'paid', paid_at = ?4, stripe_session_id = COALESCE(stripe_session_id, ?3),
    payment_intent_id = COALESCE(?5, payment_intent_id), version = version + 1, cause = ?6, updated_at = ?4
  WHERE id = ?1 AND version = ?2 AND status IN ('pending', 'canceled')`;

const EXPECT_VERSION = `INSERT INTO expect (holds) SELECT EXISTS (SELECT 1 FROM orders WHERE id = ?1 AND version = ?2)`;

const EVENT = `INSERT INTO stripe_events (id, type, order_id, outcome, received_at) VALUES (?1, ?2, ?3, ?4, ?5)`;

const INCIDENT = `INSERT INTO incidents (subject, kind, order_id, stripe_session_id, payment_intent_id, amount_minor,
    currency, opened_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (subject) DO NOTHING`;

const ORDER_OF_SESSION = `SELECT ${ORDER}, EXISTS (SELECT 1 FROM stripe_events e WHERE e.id = ?4) AS seen,
    EXISTS (SELECT 1 FROM orders x WHERE x.charge_id = o.charge_id AND x.id <> o.id
            AND x.status IN ('pending', 'paid', 'refunded')) AS has_rival
  FROM orders o
  WHERE o.stripe_session_id = ?1 OR (o.id = ?2 AND o.charge_id = ?3)
  ORDER BY o.stripe_session_id IS ?1 DESC LIMIT 1`;

/** The books of one request. */
export class Books {
  constructor(db) {
    this.db = db;
  }

  checkout(tokenHash) {
    return this.db.prepare(CHECKOUT).bind(tokenHash).first();
  }

  /** Takes the charge's one place; null where somebody else was faster. */
  async claim(charge, { club, origin, now, staleAfter, lifetime }, old, reason) {
    const insert = this.db
      .prepare(CLAIM)
      .bind(charge, club, origin, now + lifetime, now, now + staleAfter);
    const cancel = old && this.db.prepare(CANCEL).bind(old.id, old.version, reason, now, "click");
    const results = await this.db.batch(cancel ? [cancel, insert] : [insert]);
    return results.at(-1).results[0] ?? null;
  }

  cancel(order, reason, cause, now) {
    return this.db.prepare(CANCEL).bind(order.id, order.version, reason, now, cause);
  }

  attach(order, session, now) {
    return this.db.prepare(ATTACH).bind(order.id, session.id, session.url, now);
  }

  pay(order, session, cause, now) {
    return this.db.prepare(PAY).bind(order.id, order.version, session.id, now, session.payment_intent ?? null, cause);
  }

  expectVersion(order) {
    return this.db.prepare(EXPECT_VERSION).bind(order.id, order.version);
  }

  event(event, order, outcome, now) {
    return this.db.prepare(EVENT).bind(event.id, event.type, order?.id ?? null, outcome, now);
  }

  incident(kind, session, order, now) {
    return this.db
      .prepare(INCIDENT)
      .bind(`${kind}:${session.payment_intent ?? session.id}`, kind, order?.id ?? null, session.id,
        session.payment_intent ?? null, session.amount_total ?? null, session.currency ?? null, now);
  }

  orderOfSession(session, eventId) {
    const { order_id: order, charge_id: charge } = session.metadata ?? {};
    return this.db.prepare(ORDER_OF_SESSION).bind(session.id, order ?? null, charge ?? null, eventId).first();
  }
}
