-- What the desk reads, kept by triggers: so that a list reads a page of rows and a sum reads one, however many
-- charges and orders there are.

CREATE INDEX charges_by_state ON charges (state, id);
CREATE INDEX charges_to_remind ON charges (remind_from) WHERE remind_from IS NOT NULL AND state IN ('unpaid', 'pending');
CREATE INDEX messages_by_state ON messages (state, id);
CREATE INDEX charges_by_period ON charges (period, id);
CREATE INDEX stripe_events_by_order ON stripe_events (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX audit_by_about ON audit (about);
CREATE INDEX incidents_by_charge ON incidents (charge_id);

CREATE VIEW charge_states AS
SELECT c.id AS charge_id,
       CASE WHEN l.status = 'paid' THEN 'paid'
            WHEN l.status = 'pending' AND l.waits_for = 'payer' THEN 'action_required'
            WHEN l.status = 'pending' AND l.waits_for IS NOT NULL THEN 'processing'
            WHEN l.status = 'pending' THEN 'pending'
            WHEN c.closed_at IS NOT NULL OR c.amount_minor = 0 THEN 'closed'
            WHEN EXISTS (SELECT 1 FROM orders r WHERE r.charge_id = c.id AND r.status = 'refunded'
                           AND r.reopened_at IS NULL) THEN 'refunded'
            ELSE 'unpaid' END AS state
FROM charges c LEFT JOIN orders l ON l.charge_id = c.id AND l.status IN ('pending', 'paid');

CREATE TRIGGER orders_state_insert AFTER INSERT ON orders
BEGIN
  UPDATE charges SET state = (SELECT s.state FROM charge_states s WHERE s.charge_id = NEW.charge_id)
  WHERE id = NEW.charge_id;
END;
CREATE TRIGGER orders_state_update AFTER UPDATE OF status, waits_for, reopened_at ON orders
WHEN NEW.status <> OLD.status OR NEW.waits_for IS NOT OLD.waits_for OR NEW.reopened_at IS NOT OLD.reopened_at
BEGIN
  UPDATE charges SET state = (SELECT s.state FROM charge_states s WHERE s.charge_id = NEW.charge_id)
  WHERE id = NEW.charge_id;
END;
CREATE TRIGGER charges_state_update AFTER UPDATE OF closed_at, amount_minor ON charges
BEGIN
  UPDATE charges SET state = (SELECT s.state FROM charge_states s WHERE s.charge_id = NEW.id) WHERE id = NEW.id;
END;
-- Sums by currency: of charges by their state (what is owed), and of what was taken and kept ('collected'),
-- whatever became of its order: a second payment that waits for its refund is the club's until then.
CREATE TABLE totals (
  state    TEXT    NOT NULL,
  currency TEXT    NOT NULL,
  count    INTEGER NOT NULL,
  minor    INTEGER NOT NULL,
  PRIMARY KEY (state, currency)
) STRICT, WITHOUT ROWID;

-- Counted as it was inserted, and only then given its state: the next trigger moves it.
CREATE TRIGGER charges_insert AFTER INSERT ON charges
BEGIN
  INSERT INTO totals (state, currency, count, minor) VALUES (NEW.state, NEW.currency, 1, NEW.amount_minor)
  ON CONFLICT (state, currency) DO UPDATE SET count = count + 1, minor = minor + excluded.minor;
  UPDATE charges SET state = (SELECT s.state FROM charge_states s WHERE s.charge_id = NEW.id) WHERE id = NEW.id;
END;
CREATE TRIGGER charges_total_update AFTER UPDATE OF state, currency, amount_minor ON charges
WHEN NEW.state <> OLD.state OR NEW.currency <> OLD.currency OR NEW.amount_minor <> OLD.amount_minor
BEGIN
  UPDATE totals SET count = count - 1, minor = minor - OLD.amount_minor WHERE state = OLD.state AND currency = OLD.currency;
  INSERT INTO totals (state, currency, count, minor) VALUES (NEW.state, NEW.currency, 1, NEW.amount_minor)
  ON CONFLICT (state, currency) DO UPDATE SET count = count + 1, minor = minor + excluded.minor;
END;
CREATE TRIGGER orders_total_insert AFTER INSERT ON orders
WHEN NEW.paid_at IS NOT NULL
BEGIN
  INSERT INTO totals (state, currency, count, minor)
  VALUES ('collected', NEW.currency, COALESCE(NEW.paid_minor, NEW.amount_minor) > NEW.refunded_minor,
          COALESCE(NEW.paid_minor, NEW.amount_minor) - NEW.refunded_minor)
  ON CONFLICT (state, currency) DO UPDATE SET count = count + excluded.count, minor = minor + excluded.minor;
END;
CREATE TRIGGER orders_total_update AFTER UPDATE OF paid_at, paid_minor, refunded_minor ON orders
WHEN NEW.paid_at IS NOT NULL
BEGIN
  INSERT INTO totals (state, currency, count, minor)
  VALUES ('collected', NEW.currency,
          (COALESCE(NEW.paid_minor, NEW.amount_minor) > NEW.refunded_minor)
          - (OLD.paid_at IS NOT NULL AND COALESCE(OLD.paid_minor, OLD.amount_minor) > OLD.refunded_minor),
          COALESCE(NEW.paid_minor, NEW.amount_minor) - NEW.refunded_minor
          - IIF(OLD.paid_at IS NULL, 0, COALESCE(OLD.paid_minor, OLD.amount_minor) - OLD.refunded_minor))
  ON CONFLICT (state, currency) DO UPDATE SET count = count + excluded.count, minor = minor + excluded.minor;
END;

-- What is still to be paid, by the day on which it is due: what is overdue is the sum of a few rows, whatever day it is
-- today. A row of nothing goes, so there are as many as days, months and currencies with something unpaid.
CREATE TABLE outstanding (
  due_on   TEXT    NOT NULL,                                                             -- '': on no day
  kind     TEXT    NOT NULL,
  period   TEXT    NOT NULL,
  currency TEXT    NOT NULL,
  count    INTEGER NOT NULL,
  minor    INTEGER NOT NULL,
  PRIMARY KEY (due_on, kind, period, currency)
) STRICT, WITHOUT ROWID;

CREATE INDEX outstanding_by_period ON outstanding (kind, period, currency);
CREATE INDEX charges_due ON charges (id) WHERE due_on IS NOT NULL AND state IN ('unpaid', 'pending', 'processing', 'action_required');

CREATE TRIGGER charges_outstanding_insert AFTER INSERT ON charges
WHEN NEW.state IN ('unpaid', 'pending', 'processing', 'action_required')
BEGIN
  INSERT INTO outstanding (due_on, kind, period, currency, count, minor)
  VALUES (COALESCE(NEW.due_on, ''), NEW.kind, NEW.period, NEW.currency, 1, NEW.amount_minor)
  ON CONFLICT (due_on, kind, period, currency) DO UPDATE SET count = count + 1, minor = minor + excluded.minor;
END;
-- From one of these states to another nothing changes: a click writes nothing here.
CREATE TRIGGER charges_outstanding_before AFTER UPDATE OF state, currency, amount_minor, due_on ON charges
WHEN OLD.state IN ('unpaid', 'pending', 'processing', 'action_required')
 AND (NEW.state NOT IN ('unpaid', 'pending', 'processing', 'action_required') OR NEW.currency <> OLD.currency
      OR NEW.amount_minor <> OLD.amount_minor OR NEW.due_on IS NOT OLD.due_on)
BEGIN
  UPDATE outstanding SET count = count - 1, minor = minor - OLD.amount_minor
  WHERE due_on = COALESCE(OLD.due_on, '') AND kind = OLD.kind AND period = OLD.period AND currency = OLD.currency;
  DELETE FROM outstanding
  WHERE due_on = COALESCE(OLD.due_on, '') AND kind = OLD.kind AND period = OLD.period AND currency = OLD.currency AND count = 0;
END;
CREATE TRIGGER charges_outstanding_after AFTER UPDATE OF state, currency, amount_minor, due_on ON charges
WHEN NEW.state IN ('unpaid', 'pending', 'processing', 'action_required')
 AND (OLD.state NOT IN ('unpaid', 'pending', 'processing', 'action_required') OR NEW.currency <> OLD.currency
      OR NEW.amount_minor <> OLD.amount_minor OR NEW.due_on IS NOT OLD.due_on)
BEGIN
  INSERT INTO outstanding (due_on, kind, period, currency, count, minor)
  VALUES (COALESCE(NEW.due_on, ''), NEW.kind, NEW.period, NEW.currency, 1, NEW.amount_minor)
  ON CONFLICT (due_on, kind, period, currency) DO UPDATE SET count = count + 1, minor = minor + excluded.minor;
END;

-- What happened in which hour: 'session' (one was created), 'payment' (an order was paid), 'webhook' (a delivery was
-- recorded), and 'answer:' with the code of each answer to a visit that reached the guard.
CREATE TABLE activity (
  hour  INTEGER NOT NULL,                                                                -- unix milliseconds of its beginning
  what  TEXT    NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, what)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER orders_activity_session AFTER UPDATE OF stripe_session_id ON orders
WHEN OLD.stripe_session_id IS NULL AND NEW.stripe_session_id IS NOT NULL
BEGIN
  INSERT INTO activity (hour, what, count) VALUES (NEW.updated_at - NEW.updated_at % 3600000, 'session', 1)
  ON CONFLICT (hour, what) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER orders_activity_paid_at_once AFTER INSERT ON orders
WHEN NEW.status = 'paid'
BEGIN
  INSERT INTO activity (hour, what, count) VALUES (NEW.paid_at - NEW.paid_at % 3600000, 'payment', 1)
  ON CONFLICT (hour, what) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER orders_activity_payment AFTER UPDATE OF status ON orders
WHEN NEW.status = 'paid' AND OLD.status <> 'paid'
BEGIN
  INSERT INTO activity (hour, what, count) VALUES (NEW.paid_at - NEW.paid_at % 3600000, 'payment', 1)
  ON CONFLICT (hour, what) DO UPDATE SET count = count + 1;
END;

-- The file of an import, while its transaction runs: JSON arrays of lines. Empty at all other times.
CREATE TABLE import_chunks (
  id    INTEGER PRIMARY KEY,
  lines TEXT    NOT NULL
) STRICT;

-- When something last happened that the alerts' rules ask for: 'run' (a run of the cron ended), 'webhook' (a delivery
-- was recorded), 'error' (a click was answered with 5xx), 'stripe_error' (because of Stripe), 'quota' (because D1's free
-- plan was used up), 'unpaid' (a click on an unpaid charge was told that it is paid).
CREATE TABLE signals (
  what TEXT    PRIMARY KEY,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The words that a player is found by, in lower case: of the name, and the club's own id.
CREATE TABLE player_words (
  word      TEXT    NOT NULL,
  player_id INTEGER NOT NULL REFERENCES players (id),
  PRIMARY KEY (word, player_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX player_words_by_player ON player_words (player_id);

-- The newest event, and the newest incidents that are open: each read from one end of an index.
CREATE INDEX stripe_events_by_received ON stripe_events (received_at);
CREATE INDEX incidents_open_by_id ON incidents (id) WHERE resolved_at IS NULL;
