-- What must always hold, held by SQLite itself: whatever code runs, or whoever types SQL by hand.

-- At most one live order a charge.
CREATE UNIQUE INDEX one_live_order ON orders (charge_id) WHERE status IN ('pending', 'paid');

-- At most one open incident about the same thing.
CREATE UNIQUE INDEX one_open_incident ON incidents (subject) WHERE resolved_at IS NULL;

-- At most one refund a payment that was asked for here and not answered yet.
CREATE UNIQUE INDEX one_open_refund ON refunds (payment_intent_id) WHERE status = 'requested';

-- One installation, for good.
CREATE TRIGGER installation_one BEFORE INSERT ON installation
BEGIN SELECT RAISE(ABORT, 'the installation has its name'); END;
CREATE TRIGGER installation_fixed BEFORE UPDATE ON installation
BEGIN SELECT RAISE(ABORT, 'the installation has its name'); END;
CREATE TRIGGER installation_stays BEFORE DELETE ON installation
BEGIN SELECT RAISE(ABORT, 'the installation has its name'); END;

-- Nothing is ever deleted.
CREATE TRIGGER players_stay BEFORE DELETE ON players
BEGIN SELECT RAISE(ABORT, 'players are never deleted'); END;
CREATE TRIGGER charges_stay BEFORE DELETE ON charges
BEGIN SELECT RAISE(ABORT, 'charges are never deleted: set closed_at'); END;
CREATE TRIGGER links_stay BEFORE DELETE ON links
BEGIN SELECT RAISE(ABORT, 'links are never deleted: set revoked_at'); END;
CREATE TRIGGER orders_stay BEFORE DELETE ON orders
BEGIN SELECT RAISE(ABORT, 'orders are never deleted: cancel them'); END;
CREATE TRIGGER order_events_stay BEFORE DELETE ON order_events
BEGIN SELECT RAISE(ABORT, 'the audit trail is never deleted'); END;
CREATE TRIGGER order_events_fixed BEFORE UPDATE ON order_events
BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END;
CREATE TRIGGER stripe_events_stay BEFORE DELETE ON stripe_events
BEGIN SELECT RAISE(ABORT, 'events of Stripe are never deleted'); END;
CREATE TRIGGER refunds_stay BEFORE DELETE ON refunds
BEGIN SELECT RAISE(ABORT, 'refunds are never deleted'); END;
CREATE TRIGGER incidents_stay BEFORE DELETE ON incidents
BEGIN SELECT RAISE(ABORT, 'incidents are never deleted: resolve them'); END;
CREATE TRIGGER outbox_stays BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'what operators were told is never deleted'); END;
CREATE TRIGGER periods_stay BEFORE DELETE ON periods
BEGIN SELECT RAISE(ABORT, 'months are never deleted'); END;
CREATE TRIGGER messages_stay BEFORE DELETE ON messages
BEGIN SELECT RAISE(ABORT, 'emails are never deleted: cancel them'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never deleted'); END;
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;

-- SQLite's REPLACE deletes without firing a DELETE trigger. A row that others refer to cannot go so, and each order has its
-- rows of the audit trail; but one with the same id would take its place, and the references would hold again.
CREATE TRIGGER orders_not_replaced BEFORE INSERT ON orders
WHEN EXISTS (SELECT 1 FROM orders WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'orders are never replaced'); END;

-- A refund that was asked for stays what it is: its key at Stripe brings back the first answer to just that.
CREATE TRIGGER refunds_frozen BEFORE UPDATE ON refunds
WHEN NEW.id <> OLD.id
  OR NEW.payment_intent_id IS NOT OLD.payment_intent_id
  OR NEW.order_id IS NOT OLD.order_id
  OR (OLD.request IS NOT NULL AND (NEW.request IS NOT OLD.request OR NEW.actor <> OLD.actor))
  OR (OLD.stripe_id IS NOT NULL AND NEW.stripe_id IS NOT OLD.stripe_id)
  OR (OLD.status = 'requested' AND NEW.stripe_id IS NULL
      AND (NEW.amount_minor <> OLD.amount_minor OR NEW.currency <> OLD.currency))
  OR (NEW.status = 'requested' AND OLD.status <> 'requested')
BEGIN SELECT RAISE(ABORT, 'what a refund is never changes'); END;

-- A month stays opened as it was: opening it again only adds to what was charged. One that was taken back is opened anew.
CREATE TRIGGER periods_not_replaced BEFORE INSERT ON periods
WHEN EXISTS (SELECT 1 FROM periods WHERE period = NEW.period AND kind = NEW.kind AND currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'months are never replaced'); END;
CREATE TRIGGER periods_frozen BEFORE UPDATE ON periods
WHEN NEW.period <> OLD.period
  OR NEW.kind <> OLD.kind
  OR NEW.currency <> OLD.currency
  OR (OLD.taken_back_at IS NULL
      AND (NEW.due_on <> OLD.due_on
        OR NEW.opened_at <> OLD.opened_at
        OR NEW.opened_by <> OLD.opened_by
        OR NEW.charged < OLD.charged
        OR NEW.charged_minor < OLD.charged_minor))
BEGIN SELECT RAISE(ABORT, 'a month stays opened as it was'); END;
CREATE TRIGGER messages_not_replaced BEFORE INSERT ON messages
WHEN EXISTS (SELECT 1 FROM messages WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM messages WHERE charge_id = NEW.charge_id AND template = NEW.template AND about = NEW.about)
BEGIN SELECT RAISE(ABORT, 'emails are never replaced'); END;

-- The legal moves. A canceled order turns paid when a payment that landed on it takes the live place; only
-- money that went back un-pays, and only money that came back from a refund that failed pays again.
CREATE TRIGGER orders_legal_moves BEFORE UPDATE ON orders
WHEN NEW.status <> OLD.status
 AND NOT (OLD.status = 'pending'  AND NEW.status IN ('paid', 'canceled'))
 AND NOT (OLD.status = 'canceled' AND NEW.status = 'paid')
 AND NOT (OLD.status = 'paid'     AND NEW.status = 'refunded'
          AND NEW.refunded_minor >= COALESCE(NEW.paid_minor, NEW.amount_minor))
 AND NOT (OLD.status = 'refunded' AND NEW.status = 'paid'
          AND NEW.refunded_minor < COALESCE(NEW.paid_minor, NEW.amount_minor))
BEGIN SELECT RAISE(ABORT, 'an order does not move that way'); END;

-- What an order was claimed with stays: a retry under its idempotency key must say the same again.
CREATE TRIGGER orders_frozen BEFORE UPDATE ON orders
WHEN NEW.id <> OLD.id
  OR NEW.charge_id <> OLD.charge_id
  OR NEW.origin <> OLD.origin
  OR NEW.method <> OLD.method
  OR NEW.attempt <> OLD.attempt
  OR NEW.amount_minor <> OLD.amount_minor
  OR NEW.currency <> OLD.currency
  OR NEW.rest_minor <> OLD.rest_minor
  OR ((NEW.product_name <> OLD.product_name OR NEW.customer_email IS NOT OLD.customer_email)
      -- A player's data is erased: only of an order whose create call nobody makes again.
      AND NOT (OLD.status <> 'pending' AND NEW.product_name = 'Payment' AND NEW.customer_email IS NULL
               AND EXISTS (SELECT 1 FROM charges c JOIN players p ON p.id = c.player_id
                           WHERE c.id = OLD.charge_id AND p.erased_at IS NOT NULL)))
  OR NEW.return_origin <> OLD.return_origin
  OR NEW.session_expires_at IS NOT OLD.session_expires_at
  OR (OLD.stripe_session_id IS NOT NULL AND NEW.stripe_session_id IS NOT OLD.stripe_session_id)
BEGIN SELECT RAISE(ABORT, 'what an order was claimed with never changes'); END;

-- Every change of status leaves its row. A change typed by hand does not raise the version: it is 'manual'.
CREATE TRIGGER orders_audit_insert AFTER INSERT ON orders
BEGIN
  INSERT INTO order_events (order_id, from_status, to_status, cause, actor, at)
  VALUES (NEW.id, NULL, NEW.status, NEW.cause, NEW.actor, COALESCE(NEW.updated_at, NEW.created_at));
END;
CREATE TRIGGER orders_audit_update AFTER UPDATE ON orders
WHEN NEW.status <> OLD.status
BEGIN
  INSERT INTO order_events (order_id, from_status, to_status, cause, actor, at)
  VALUES (NEW.id, OLD.status, NEW.status,
          CASE WHEN NEW.version > OLD.version THEN NEW.cause ELSE 'manual' END,
          CASE WHEN NEW.version > OLD.version THEN NEW.actor ELSE '' END,
          CASE WHEN NEW.version > OLD.version THEN NEW.updated_at
               ELSE CAST(unixepoch('subsec') * 1000 AS INTEGER) END);
END;

-- A session was created: the charge's pause after refused ones is over.
CREATE TRIGGER orders_session_created AFTER UPDATE OF stripe_session_id ON orders
WHEN OLD.stripe_session_id IS NULL AND NEW.stripe_session_id IS NOT NULL
BEGIN
  UPDATE charges SET failed_creates = 0, create_after = NULL WHERE id = NEW.charge_id AND failed_creates > 0;
END;

-- The legal moves of an email. One that went out, or may have, goes out again by an operator alone.
CREATE TRIGGER messages_legal_moves BEFORE UPDATE ON messages
WHEN NEW.state <> OLD.state
 AND NOT (OLD.state = 'queued'  AND NEW.state IN ('sending', 'canceled', 'unclear'))
 AND NOT (OLD.state = 'sending' AND NEW.state IN ('sent', 'queued', 'refused', 'unclear'))
 AND NOT (OLD.state = 'unclear' AND NEW.state = 'sent') -- its answer came late
 AND NOT (OLD.state IN ('refused', 'unclear') AND NEW.state = 'queued' AND NEW.actor <> '')
BEGIN SELECT RAISE(ABORT, 'an email does not move that way'); END;

-- What an email is stays. Each claim counts, so that of two who claim one, one wins.
CREATE TRIGGER messages_frozen BEFORE UPDATE ON messages
WHEN NEW.id <> OLD.id
  OR NEW.charge_id <> OLD.charge_id
  OR NEW.template <> OLD.template
  OR NEW.about <> OLD.about
  OR NEW.tries < OLD.tries
  OR (NEW.state = 'sending' AND OLD.state <> 'sending' AND NEW.tries = OLD.tries)
BEGIN SELECT RAISE(ABORT, 'what an email is never changes'); END;

-- The days until a reminder begin when an email about the charge went out, or may have, and not before the day on which
-- the charge is due.
CREATE TRIGGER messages_remind AFTER UPDATE OF state ON messages
WHEN NEW.state IN ('sent', 'unclear') AND NEW.template IN ('link', 'reminder', 'debit_failed')
BEGIN
  UPDATE charges SET remind_from = MAX(NEW.ended_at, COALESCE(unixepoch(due_on) * 1000, 0)) WHERE id = NEW.charge_id;
END;
CREATE TRIGGER messages_remind_insert AFTER INSERT ON messages
WHEN NEW.state = 'unclear' AND NEW.template IN ('link', 'reminder', 'debit_failed')
BEGIN
  UPDATE charges SET remind_from = MAX(NEW.ended_at, COALESCE(unixepoch(due_on) * 1000, 0)) WHERE id = NEW.charge_id;
END;
-- An email that is not to be sent any more is not the last one: the days begin again, if they had begun before.
CREATE TRIGGER messages_remind_again AFTER UPDATE OF state ON messages
WHEN NEW.state = 'canceled'
BEGIN
  UPDATE charges SET remind_from = MAX(NEW.ended_at, COALESCE(unixepoch(due_on) * 1000, 0))
  WHERE id = NEW.charge_id AND remind_from IS NULL
    AND (due_on IS NOT NULL OR EXISTS (SELECT 1 FROM messages m WHERE m.charge_id = NEW.charge_id AND m.state IN ('sent', 'unclear')
                                         AND m.template IN ('link', 'reminder', 'debit_failed')));
END;
-- Who charges many says it at once, and no row is written twice.
CREATE TRIGGER charges_due_insert AFTER INSERT ON charges
WHEN NEW.due_on IS NOT NULL AND NEW.remind_from IS NULL
BEGIN
  UPDATE charges SET remind_from = unixepoch(NEW.due_on) * 1000 WHERE id = NEW.id;
END;
CREATE TRIGGER charges_due_update AFTER UPDATE OF due_on ON charges
WHEN NEW.due_on IS NOT OLD.due_on AND NEW.due_on IS NOT NULL
BEGIN
  UPDATE charges
  SET remind_from = MAX(unixepoch(NEW.due_on) * 1000,
                        COALESCE((SELECT MAX(m.ended_at) FROM messages m WHERE m.charge_id = NEW.id AND m.state IN ('sent', 'unclear')), 0))
  WHERE id = NEW.id;
END;

-- Whoever opens or resolves an incident: operators are told of it.
CREATE TRIGGER incidents_opened AFTER INSERT ON incidents
WHEN NEW.resolved_at IS NULL
BEGIN
  INSERT INTO outbox (incident_id, event, created_at, next_try_at) VALUES (NEW.id, 'opened', NEW.opened_at, NEW.opened_at);
END;
CREATE TRIGGER incidents_over AFTER UPDATE OF resolved_at ON incidents
WHEN OLD.resolved_at IS NULL AND NEW.resolved_at IS NOT NULL
BEGIN
  INSERT INTO outbox (incident_id, event, created_at, next_try_at)
  VALUES (NEW.id, 'resolved', NEW.resolved_at, NEW.resolved_at);
END;

-- The orders that count for their charges: a canceled one does not, nor a refunded one after which the charge was reopened.
CREATE VIEW counting_orders AS
SELECT id, charge_id, status, refunded_at FROM orders
WHERE status IN ('pending', 'paid', 'refunded') AND reopened_at IS NULL;

-- What has become of each charge, and the order that says so: the live one, or else the one that was refunded last. The
-- one definition of a charge's state. What the desk shows is folded from it, and a click is decided by it.
CREATE VIEW standings AS
SELECT c.id, c.player_id, c.kind, c.period, c.amount_minor, c.currency, c.closed_at, c.create_after, o.id AS order_id,
       CASE WHEN o.status = 'paid' THEN 'paid'
            WHEN o.status = 'pending' THEN CASE o.waits_for WHEN 'bank' THEN 'processing' WHEN 'payer' THEN 'action_required' ELSE 'pending' END
            WHEN c.closed_at IS NOT NULL OR c.amount_minor = 0 THEN 'closed'
            WHEN o.status = 'refunded' THEN 'refunded'
            ELSE 'unpaid' END AS state
FROM charges c
LEFT JOIN orders o ON o.id = (SELECT x.id FROM counting_orders x WHERE x.charge_id = c.id
                              ORDER BY x.status = 'refunded', x.refunded_at DESC LIMIT 1);

-- A transaction's guard: INSERT INTO expect SELECT <condition> aborts the whole batch where it is false.
CREATE VIEW expect AS SELECT 1 AS holds;
CREATE TRIGGER expect_or_abort INSTEAD OF INSERT ON expect
WHEN NEW.holds IS NOT 1
BEGIN SELECT RAISE(ABORT, 'expectation failed'); END;
