-- What the desk reads: so that a list reads a page of rows and a sum a few, however many charges and orders there are.

CREATE INDEX charges_by_state ON charges (state, id);
CREATE INDEX charges_to_remind ON charges (remind_from) WHERE remind_from IS NOT NULL AND state IN ('unpaid', 'pending');
CREATE INDEX messages_by_state ON messages (state, id);
CREATE INDEX charges_by_period ON charges (period, id);
CREATE INDEX charges_due ON charges (id) WHERE due_on IS NOT NULL AND state IN ('unpaid', 'pending', 'processing', 'action_required');
CREATE INDEX stripe_events_by_order ON stripe_events (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX audit_by_about ON audit (about);
CREATE INDEX incidents_by_charge ON incidents (charge_id);

-- The desk's sums and states are a read model. What changes a charge's standing leaves a mark: a row of the audit trail, the
-- charge's own new row, or one of `changed_charges`. A fold brings the model up to date: whoever reads it begins the
-- transaction with one, and so does each run of the cron. A click pays for none of it.

-- Charges whose standing may have changed although no order's status did.
CREATE TABLE changed_charges (charge_id INTEGER PRIMARY KEY) STRICT;

CREATE TRIGGER orders_changed AFTER UPDATE OF waits_for, reopened_at, paid_at, paid_minor, refunded_minor ON orders
WHEN NEW.status = OLD.status
 AND (NEW.waits_for IS NOT OLD.waits_for OR NEW.reopened_at IS NOT OLD.reopened_at OR NEW.paid_at IS NOT OLD.paid_at
      OR NEW.paid_minor IS NOT OLD.paid_minor OR NEW.refunded_minor <> OLD.refunded_minor)
BEGIN
  INSERT INTO changed_charges VALUES (NEW.charge_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER charges_changed AFTER UPDATE OF closed_at, amount_minor ON charges
WHEN NEW.closed_at IS NOT OLD.closed_at OR (NEW.amount_minor = 0) <> (OLD.amount_minor = 0)
BEGIN
  INSERT INTO changed_charges VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;

-- How far the model has come, and how far the fold that is at work goes. Rows of the audit trail and charges are never
-- deleted, so their numbers only grow.
CREATE TABLE fold_position (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  event     INTEGER NOT NULL,                                                            -- of `order_events`: up to here they are in
  charge    INTEGER NOT NULL,                                                            -- of `charges`
  to_event  INTEGER NOT NULL,
  to_charge INTEGER NOT NULL,
  to_change INTEGER NOT NULL                                                             -- of `changed_charges`
) STRICT;

INSERT INTO fold_position VALUES (1, 0, 0, 0, 0, 0);

-- Sums of charges by their state, as far as they are folded ('collected': of what was taken and kept, whatever became of
-- its order: a second payment that waits for its refund is the club's until then; 'waived' and 'surplus': of what was paid
-- offline, how much less or more than was owed, for as long as it counts as paid). Charges come and go by the state, so a
-- row of nothing goes.
CREATE TABLE sums (
  state    TEXT    NOT NULL,
  kind     TEXT    NOT NULL,
  period   TEXT    NOT NULL,
  due_on   TEXT    NOT NULL,                                                             -- '': on no day
  currency TEXT    NOT NULL,
  count    INTEGER NOT NULL,
  minor    INTEGER NOT NULL,
  PRIMARY KEY (state, kind, period, due_on, currency)
) STRICT, WITHOUT ROWID;

CREATE INDEX sums_by_period ON sums (kind, period, currency);

-- What the sums hold of each charge's payments.
CREATE TABLE collected (
  charge_id INTEGER NOT NULL,
  currency  TEXT    NOT NULL,
  count     INTEGER NOT NULL,
  minor     INTEGER NOT NULL,
  rest      INTEGER NOT NULL,                                                            -- above 0 it was waived, below 0 it is a surplus
  PRIMARY KEY (charge_id, currency)
) STRICT, WITHOUT ROWID;

-- What was taken by each order, and is kept; and what was waived, or paid beyond what was owed. One order of a charge is paid at
-- most, so one has a rest that counts.
CREATE VIEW payments_kept AS
SELECT charge_id, currency, COALESCE(paid_minor, amount_minor) - refunded_minor AS minor, IIF(status = 'paid', rest_minor, 0) AS rest
FROM orders WHERE paid_at IS NOT NULL;

-- Another amount, currency or day of a charge that is in the sums: they follow at once. Few charges change so.
CREATE TRIGGER charges_sums AFTER UPDATE OF amount_minor, currency, due_on ON charges
WHEN (NEW.amount_minor <> OLD.amount_minor OR NEW.currency <> OLD.currency OR NEW.due_on IS NOT OLD.due_on)
 AND NEW.id <= (SELECT charge FROM fold_position)
BEGIN
  INSERT INTO sums VALUES (NEW.state, OLD.kind, OLD.period, COALESCE(OLD.due_on, ''), OLD.currency, -1, -OLD.amount_minor)
  ON CONFLICT DO UPDATE SET count = count - 1, minor = minor - OLD.amount_minor;
  INSERT INTO sums VALUES (NEW.state, NEW.kind, NEW.period, COALESCE(NEW.due_on, ''), NEW.currency, 1, NEW.amount_minor)
  ON CONFLICT DO UPDATE SET count = count + 1, minor = minor + NEW.amount_minor;
END;

-- The charges that the fold at work looks at. Here and below CROSS JOIN has SQLite begin on the left, where few rows are. One that is not in the model yet is looked at when its own turn comes.
CREATE VIEW folding AS
SELECT d.charge_id FROM fold_position p CROSS JOIN changed_charges d ON d.charge_id <= p.to_change AND d.charge_id <= p.to_charge
UNION
SELECT o.charge_id FROM fold_position p CROSS JOIN order_events e ON e.id > p.event AND e.id <= p.to_event
                                      CROSS JOIN orders o ON o.id = e.order_id AND o.charge_id <= p.to_charge
UNION
SELECT c.id FROM fold_position p CROSS JOIN charges c ON c.id > p.charge AND c.id <= p.to_charge;

-- INSERT INTO fold (most) VALUES (…) takes up to so many changes of each sort into the model, and writes nothing if there
-- are none.
CREATE VIEW fold AS SELECT 0 AS most;
CREATE TRIGGER fold_changes INSTEAD OF INSERT ON fold
WHEN EXISTS (SELECT 1 FROM changed_charges)
  OR EXISTS (SELECT 1 FROM fold_position p
             WHERE p.event < (SELECT MAX(id) FROM order_events) OR p.charge < (SELECT MAX(id) FROM charges))
BEGIN
  UPDATE fold_position
  SET to_event = n.event, to_charge = n.charge, to_change = n.change
  FROM (SELECT MIN(p.event + NEW.most, COALESCE((SELECT MAX(id) FROM order_events), 0)) AS event,
               MIN(p.charge + NEW.most, COALESCE((SELECT MAX(id) FROM charges), 0)) AS charge,
               COALESCE((SELECT MAX(charge_id) FROM (SELECT charge_id FROM changed_charges ORDER BY charge_id LIMIT NEW.most)), 0) AS change
        FROM fold_position p) n
  WHERE to_event <> n.event OR to_charge <> n.charge OR to_change <> n.change;

  INSERT INTO sums
  SELECT state, kind, period, due_on, currency, SUM(n), SUM(n * minor)
  FROM (SELECT c.state, c.kind, c.period, COALESCE(c.due_on, '') AS due_on, c.currency, -1 AS n, c.amount_minor AS minor
        FROM fold_position p CROSS JOIN folding f CROSS JOIN charges c ON c.id = f.charge_id CROSS JOIN standings s ON s.id = c.id
        WHERE c.id <= p.charge AND s.state <> c.state
        UNION ALL
        SELECT s.state, c.kind, c.period, COALESCE(c.due_on, ''), c.currency, 1, c.amount_minor
        FROM fold_position p CROSS JOIN folding f CROSS JOIN charges c ON c.id = f.charge_id CROSS JOIN standings s ON s.id = c.id
        WHERE c.id > p.charge OR s.state <> c.state)
  WHERE true GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT DO UPDATE SET count = count + excluded.count, minor = minor + excluded.minor;
  UPDATE charges SET state = s.state FROM folding f JOIN standings s ON s.id = f.charge_id
  WHERE charges.id = f.charge_id AND charges.state <> s.state;

  INSERT INTO sums
  SELECT 'collected', '', '', '', currency, SUM(count), SUM(minor)
  FROM (SELECT k.currency, k.minor > 0 AS count, k.minor FROM folding f CROSS JOIN payments_kept k ON k.charge_id = f.charge_id
        UNION ALL
        SELECT k.currency, -k.count, -k.minor FROM folding f CROSS JOIN collected k ON k.charge_id = f.charge_id)
  WHERE true GROUP BY currency HAVING SUM(count) <> 0 OR SUM(minor) <> 0
  ON CONFLICT DO UPDATE SET count = count + excluded.count, minor = minor + excluded.minor;
  INSERT INTO sums
  SELECT IIF(rest > 0, 'waived', 'surplus'), '', '', '', currency, SUM(n), SUM(n * ABS(rest))
  FROM (SELECT 1 AS n, k.currency, k.rest FROM folding f CROSS JOIN payments_kept k ON k.charge_id = f.charge_id WHERE k.rest <> 0
        UNION ALL
        SELECT -1, k.currency, k.rest FROM folding f CROSS JOIN collected k ON k.charge_id = f.charge_id WHERE k.rest <> 0)
  WHERE true GROUP BY 1, currency HAVING SUM(n) <> 0 OR SUM(n * ABS(rest)) <> 0
  ON CONFLICT DO UPDATE SET count = count + excluded.count, minor = minor + excluded.minor;
  INSERT INTO collected
  SELECT k.charge_id, k.currency, SUM(k.minor > 0), SUM(k.minor), SUM(k.rest)
  FROM folding f CROSS JOIN payments_kept k ON k.charge_id = f.charge_id
  WHERE true GROUP BY 1, 2
  ON CONFLICT DO UPDATE SET count = excluded.count, minor = excluded.minor, rest = excluded.rest
  WHERE count <> excluded.count OR minor <> excluded.minor OR rest <> excluded.rest;

  INSERT INTO activity (hour, what, count)
  SELECT hour, what, count(*)
  FROM (SELECT o.paid_at - o.paid_at % 3600000 AS hour, 'payment' AS what
        FROM fold_position p CROSS JOIN order_events e ON e.id > p.event AND e.id <= p.to_event CROSS JOIN orders o ON o.id = e.order_id
        WHERE +e.to_status = 'paid' AND o.paid_at IS NOT NULL
        UNION ALL
        SELECT e.at - e.at % 3600000, 'session'
        FROM fold_position p CROSS JOIN order_events e ON e.id > p.event AND e.id <= p.to_event CROSS JOIN orders o ON o.id = e.order_id
        WHERE e.from_status IS NULL AND o.origin = 'guard' AND o.method = 'checkout'
          AND (o.status <> 'canceled' OR o.stripe_session_id IS NOT NULL))
  WHERE true GROUP BY 1, 2
  ON CONFLICT DO UPDATE SET count = count + excluded.count;

  DELETE FROM sums WHERE count = 0 AND minor = 0;
  DELETE FROM changed_charges WHERE charge_id <= (SELECT to_change FROM fold_position);
  UPDATE fold_position SET event = to_event, charge = to_charge WHERE event <> to_event OR charge <> to_charge;
END;

-- What happened in which hour: 'session' (an order was claimed), 'payment' (an order was paid): both by the fold; and
-- 'answer:' with the code of each answer to a visit that reached the guard.
CREATE TABLE activity (
  hour  INTEGER NOT NULL,                                                                -- unix milliseconds of its beginning
  what  TEXT    NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, what)
) STRICT, WITHOUT ROWID;

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
