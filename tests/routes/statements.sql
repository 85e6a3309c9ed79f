-- store::acts::EXPECT_FREE
INSERT INTO expect (holds)
SELECT EXISTS
(SELECT 1
  FROM charges
  WHERE id = ?1
  AND amount_minor = ?2
  AND currency = ?3
  AND (closed_at IS NOT NULL) = ?4)
AND NOT EXISTS
(SELECT 1
  FROM orders
  WHERE charge_id = ?1
  AND status IN ('pending', 'paid'));

-- store::acts::AMOUNT
UPDATE charges
SET amount_minor = ?2, updated_at = ?3
WHERE id = ?1;

-- store::acts::CLOSE
UPDATE charges
SET closed_at = ?3, close_reason = ?2, updated_at = ?3
WHERE id = ?1
AND closed_at IS NULL;

-- store::acts::REOPEN
UPDATE charges
SET closed_at = NULL, close_reason = NULL, taken_back_at = NULL, failed_creates = 0, create_after = NULL, updated_at = ?2
WHERE id = ?1;

-- store::acts::SET_REFUNDED_ASIDE
UPDATE orders
SET reopened_at = ?2, version = version + 1, updated_at = ?2
WHERE charge_id = ?1
AND status = 'refunded'
AND reopened_at IS NULL;

-- store::acts::OFFLINE
INSERT INTO orders (charge_id, attempt, status, method, offline_method, offline_note, amount_minor, currency, product_name, created_at, paid_at, paid_minor, rest_minor, cause, actor, updated_at)
SELECT c.id, ?2, 'paid', 'offline', ?5, ?7, ?3, ?4, IIF(c.kind = 'custom'
  AND c.period GLOB '[^0-9]*', c.period, ?10 -> 'en' ->> c.kind), ?9, ?6, ?3, c.amount_minor - ?3, 'operator', ?8, ?9
FROM charges c
WHERE c.id = ?1;

-- store::audit::RECORD
INSERT INTO audit (at, operator, act, about, detail)
VALUES (?1, ?2, ?3, ?4, ?5);

-- desk::audit::queries::LIST
SELECT json_object('id', a.id, 'at', a.at, 'operator', a.operator, 'act', a.act, 'about', a.about, 'detail', json(a.detail), 'whom', json(CASE WHEN a.about GLOB 'charge [0-9]*' THEN
    (SELECT json_object('player_row', p.id, 'player', p.name, 'charge', c.id, 'kind', c.kind, 'period', c.period, 'currency', c.currency)
      FROM charges c
      JOIN players p ON p.id = c.player_id
      WHERE c.id = CAST(substr(a.about, 8) AS INTEGER)) WHEN a.about GLOB 'incident [0-9]*' THEN
    (SELECT json_object('player_row', p.id, 'player', p.name, 'charge', c.id, 'kind', c.kind, 'period', c.period, 'currency', c.currency)
      FROM incidents n
      JOIN charges c ON c.id = n.charge_id
      JOIN players p ON p.id = c.player_id
      WHERE n.id = CAST(substr(a.about, 10) AS INTEGER)) WHEN a.act = 'add_player' THEN
    (SELECT json_object('player_row', p.id, 'player', p.name)
      FROM players p
      WHERE p.player_id = substr(a.about, 8)) WHEN a.about GLOB 'player [0-9]*' THEN
    (SELECT json_object('player_row', p.id, 'player', p.name)
      FROM players p
      WHERE p.id = CAST(substr(a.about, 8) AS INTEGER)) END))
FROM audit a
WHERE a.id < ?1
ORDER BY a.id DESC
LIMIT ?2;

-- desk::charges::detail::CHARGE
SELECT json_object('charge', json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state',
    (SELECT s.state
      FROM standings s
      WHERE s.id = c.id)), 'more', json_object('created_at', c.created_at, 'closed_at', c.closed_at, 'close_reason', c.close_reason, 'email', p.email, 'player_row', p.id, 'unknown_session',
    (SELECT MIN(i.stripe_session_id)
      FROM incidents i
      WHERE i.charge_id = c.id
      AND i.kind = 'unknown_session'
      AND i.resolved_at IS NULL), 'dispute', json((SELECT json_object('incident', i.id, 'due_by', i.due_by)
        FROM incidents i
        WHERE i.charge_id = c.id
        AND i.kind = 'dispute'
        AND i.resolved_at IS NULL
        ORDER BY i.due_by IS NULL, i.due_by, i.id
        LIMIT 1))))
FROM charges c
JOIN players p ON p.id = c.player_id
WHERE c.id = ?1;

-- desk::charges::detail::ORDERS_OF
SELECT json_patch(json_object('id', o.id, 'status', o.status, 'method', o.method, 'offline_method', o.offline_method, 'note', o.offline_note, 'minor', o.amount_minor, 'currency', o.currency, 'paid_minor', o.paid_minor, 'refunded_minor', o.refunded_minor, 'link', o.link_id, 'rest_minor', IIF(o.status = 'paid', o.rest_minor, 0)), json_object('session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'created_at', o.created_at, 'paid_at', o.paid_at, 'canceled_at', o.canceled_at, 'cancel_reason', o.cancel_reason, 'refunded_at', o.refunded_at, 'request', json((SELECT json_object('minor', r.amount_minor, 'actor', r.actor, 'at', r.created_at)
        FROM refunds r
        WHERE r.payment_intent_id = o.payment_intent_id
        AND r.status = 'requested'))))
FROM orders o
WHERE o.charge_id = ?1
ORDER BY o.id DESC
LIMIT 100;

-- desk::charges::detail::ORDER
SELECT json_object('charge', o.charge_id, 'order', json_patch(json_object('id', o.id, 'status', o.status, 'method', o.method, 'offline_method', o.offline_method, 'note', o.offline_note, 'minor', o.amount_minor, 'currency', o.currency, 'paid_minor', o.paid_minor, 'refunded_minor', o.refunded_minor, 'link', o.link_id, 'rest_minor', IIF(o.status = 'paid', o.rest_minor, 0)), json_object('session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'created_at', o.created_at, 'paid_at', o.paid_at, 'canceled_at', o.canceled_at, 'cancel_reason', o.cancel_reason, 'refunded_at', o.refunded_at, 'request', json((SELECT json_object('minor', r.amount_minor, 'actor', r.actor, 'at', r.created_at)
          FROM refunds r
          WHERE r.payment_intent_id = o.payment_intent_id
          AND r.status = 'requested')))))
FROM orders o
WHERE o.id = ?1;

-- desk::charges::detail::LINKS_OF
SELECT json_object('id', l.id, 'created_at', l.created_at, 'expires_at', l.expires_at, 'revoked_at', l.revoked_at, 'orders',
  (SELECT COUNT(*)
    FROM orders o
    WHERE o.charge_id = l.charge_id
    AND o.link_id = l.id), 'used_at',
  (SELECT MAX(o.created_at)
    FROM orders o
    WHERE o.charge_id = l.charge_id
    AND o.link_id = l.id))
FROM links l
WHERE l.charge_id = ?1
ORDER BY l.id DESC
LIMIT 100;

-- desk::charges::detail::TIMELINE_OF_MONEY
SELECT json_object('at', t.at, 'entry', t.entry, 'order', t.order_id, 'from', t.from_status, 'what', t.what, 'cause', t.cause, 'who', t.who, 'minor', t.minor, 'currency', t.currency, 'detail', t.detail)
FROM
(SELECT e.at, 'order' AS entry, e.order_id, e.from_status, e.to_status AS what, e.cause, NULLIF(e.actor, '') AS who, o.amount_minor AS minor, o.currency, o.cancel_reason AS detail
  FROM orders o
  JOIN order_events e ON e.order_id = o.id
  WHERE o.charge_id = ?1
  UNION ALL
  SELECT r.created_at, 'refund', o.id, NULL, r.status, r.reason, NULLIF(r.actor, ''), r.amount_minor, r.currency, NULL
  FROM orders o
  JOIN refunds r ON r.payment_intent_id = o.payment_intent_id
  OR r.order_id = o.id
  WHERE o.charge_id = ?1
  UNION ALL
  SELECT i.opened_at, 'incident', i.order_id, NULL, i.kind, NULL, NULL, i.amount_minor, i.currency, i.detail
  FROM incidents i
  WHERE i.charge_id = ?1
  UNION ALL
  SELECT i.resolved_at, 'resolved', i.order_id, NULL, i.kind, NULL, NULL, i.amount_minor, i.currency, i.resolution
  FROM incidents i
  WHERE i.charge_id = ?1
  AND i.resolved_at IS NOT NULL) t
ORDER BY t.at DESC
LIMIT 200;

-- desk::charges::detail::TIMELINE_OF_ACTS
SELECT json_object('at', t.at, 'entry', t.entry, 'order', t.order_id, 'from', t.from_status, 'what', t.what, 'cause', t.cause, 'who', t.who, 'minor', t.minor, 'currency', t.currency, 'detail', t.detail)
FROM
(SELECT l.created_at AS at, 'link' AS entry, NULL AS order_id, NULL AS from_status, 'link ' || l.id AS what, NULL AS cause, NULL AS who, NULL AS minor, NULL AS currency, NULL AS detail
  FROM links l
  WHERE l.charge_id = ?1
  UNION ALL
  SELECT l.revoked_at, 'revoked', NULL, NULL, 'link ' || l.id, NULL, NULL, NULL, NULL, NULL
  FROM links l
  WHERE l.charge_id = ?1
  AND l.revoked_at IS NOT NULL
  UNION ALL
  SELECT a.at, 'act', NULL, NULL, a.act, NULL, a.operator, NULL, NULL, a.detail
  FROM audit a
  WHERE a.about = ?2
  UNION ALL
  SELECT m.queued_at, 'message', NULL, NULL, m.template, 'queued', NULLIF(m.actor, ''), NULL, NULL, NULL
  FROM messages m
  WHERE m.charge_id = ?1
  UNION ALL
  SELECT m.ended_at, 'message', NULL, NULL, m.template, m.state, NULL, NULL, NULL, m.reason
  FROM messages m
  WHERE m.charge_id = ?1
  AND m.ended_at IS NOT NULL) t
ORDER BY t.at DESC
LIMIT 200;

-- store::charges::SUBJECT
SELECT json_object('kind', c.kind, 'period', c.period, 'player', IIF(p.erased_at IS NULL, p.name, NULL))
FROM charges c
JOIN players p ON p.id = c.player_id
WHERE c.id = ?1;

-- store::charging::CANDIDATES_OF
SELECT json_object('id', p.id, 'player_id', p.player_id, 'player', p.name, 'erased', p.erased_at IS NOT NULL, 'charged', c.id IS NOT NULL)
FROM
(SELECT DISTINCT value AS player_id
  FROM json_each(?3)) f CROSS
JOIN players p ON p.id = f.player_id
LEFT
JOIN charges c ON c.player_id = p.id
AND c.kind = 'custom'
AND c.period = ?1
ORDER BY p.id
LIMIT ?2;

-- store::charging::CANDIDATES_BY_WORDS
SELECT json_object('id', p.id, 'player_id', p.player_id, 'player', p.name, 'erased', p.erased_at IS NOT NULL, 'charged', c.id IS NOT NULL)
FROM
(SELECT DISTINCT w.player_id
  FROM
  (SELECT n.player_id
    FROM
    (SELECT b.value ->> 0 AS from_word, b.value ->> 1 AS before_word
      FROM json_each(?3) b
      ORDER BY
      (SELECT count(*)
        FROM
        (SELECT 1
          FROM player_words n
          WHERE n.word >= b.value ->> 0
          AND n.word < b.value ->> 1
          LIMIT 500)), length(b.value) DESC
      LIMIT 1) rarest CROSS
    JOIN player_words n
    WHERE n.word >= rarest.from_word
    AND n.word < rarest.before_word
    LIMIT 1000) w
  WHERE NOT EXISTS
  (SELECT 1
    FROM json_each(?3) j
    WHERE NOT EXISTS
    (SELECT 1
      FROM player_words o
      WHERE o.player_id = w.player_id
      AND o.word >= j.value ->> 0
      AND o.word < j.value ->> 1))
  LIMIT ?2) f CROSS
JOIN players p ON p.id = f.player_id
LEFT
JOIN charges c ON c.player_id = p.id
AND c.kind = 'custom'
AND c.period = ?1
ORDER BY p.id
LIMIT ?2;

-- store::charging::CANDIDATES
SELECT json_object('id', p.id, 'player_id', p.player_id, 'player', p.name, 'erased', p.erased_at IS NOT NULL, 'charged', c.id IS NOT NULL)
FROM
(SELECT id AS player_id
  FROM players
  WHERE erased_at IS NULL) f CROSS
JOIN players p ON p.id = f.player_id
LEFT
JOIN charges c ON c.player_id = p.id
AND c.kind = 'custom'
AND c.period = ?1
ORDER BY p.id
LIMIT ?2;

-- store::charging::EXPECT
INSERT INTO expect (holds)
SELECT NOT EXISTS
(SELECT 1
  FROM json_each(?1) j
  LEFT
  JOIN players p ON p.id = j.value
  AND p.erased_at IS NULL
  LEFT
  JOIN charges c ON c.player_id = p.id
  AND c.kind = 'custom'
  AND c.period = ?2
  WHERE p.id IS NULL
  OR c.id IS NOT NULL);

-- store::charging::CHARGE
INSERT INTO charges (player_id, kind, period, amount_minor, currency, due_on, remind_from, created_at, updated_at)
SELECT p.id, 'custom', ?2, ?3, ?4, ?5, unixepoch(?5) * 1000, ?6, ?6
FROM json_each(?1) j CROSS
JOIN players p ON p.id = j.value;

-- store::charging::USUAL_CURRENCY
SELECT json_object('currency', currency)
FROM charges
ORDER BY id DESC
LIMIT 1;

-- store::checkout::CLAIM
INSERT INTO orders (charge_id, link_id, attempt, amount_minor, currency, product_name, customer_email, return_origin, session_expires_at, created_at, next_check_at, cause, updated_at)
SELECT c.id, l.id, ?2, c.amount_minor, c.currency, IIF(c.kind = 'custom'
  AND c.period GLOB '[^0-9]*', c.period, (?9 -> COALESCE(p.language, ?10) ->> c.kind) || IIF(c.period = '', '', ' ' || c.period)) || ', ' || p.name || ', ' || ?3, IIF(p.email_refused_at IS NULL, p.email, NULL), ?4, ?6, ?5, ?7, ?8, ?5
FROM links l
JOIN charges c ON c.id = l.charge_id
JOIN players p ON p.id = c.player_id
WHERE l.token_sha256 = ?1
AND l.revoked_at IS NULL
AND (l.expires_at IS NULL
  OR l.expires_at > ?5)
AND c.closed_at IS NULL
AND c.amount_minor > 0
AND (c.create_after IS NULL
  OR c.create_after <= ?5)
AND NOT EXISTS
(SELECT 1
  FROM counting_orders x
  WHERE x.charge_id = c.id);

-- store::checkout::CHECKOUT
SELECT json_object('expires_at', l.expires_at, 'revoked_at', l.revoked_at, 'charge', c.id, 'minor', c.amount_minor, 'currency', c.currency, 'closed_at', c.closed_at, 'create_after', c.create_after, 'order', json(CASE WHEN o.id IS NOT NULL THEN json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, 'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, 'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, 'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, 'installation',
      (SELECT i.id
        FROM installation i), 'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, 'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, 'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, 'waits_for', o.waits_for, 'action_url', o.action_url, 'charge_name', json(CASE WHEN o.status = 'pending'
          AND o.stripe_session_id IS NULL THEN json_object( 'player_id',
            (SELECT n.player_id
              FROM players n
              WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END))) END))
FROM links l
JOIN standings c ON c.id = l.charge_id
LEFT
JOIN orders o ON o.id = c.order_id
WHERE l.token_sha256 = ?1;

-- store::checkout::CLAIM_OF_PLAYER
INSERT INTO orders (charge_id, link_id, attempt, amount_minor, currency, product_name, customer_email, return_origin, session_expires_at, created_at, next_check_at, cause, updated_at)
SELECT c.id, NULL, ?2, c.amount_minor, c.currency, IIF(c.kind = 'custom'
  AND c.period GLOB '[^0-9]*', c.period, (?9 -> COALESCE(p.language, ?10) ->> c.kind) || IIF(c.period = '', '', ' ' || c.period)) || ', ' || p.name || ', ' || ?3, IIF(p.email_refused_at IS NULL, p.email, NULL), ?4, ?6, ?5, ?7, ?8, ?5
FROM players p
JOIN charges c ON c.player_id = p.id
WHERE p.player_id = ?1 ->> 0
AND c.kind = ?1 ->> 1
AND c.period = ?1 ->> 2
AND c.closed_at IS NULL
AND c.amount_minor > 0
AND (c.create_after IS NULL
  OR c.create_after <= ?5)
AND NOT EXISTS
(SELECT 1
  FROM counting_orders x
  WHERE x.charge_id = c.id);

-- store::checkout::CHECKOUT_OF_PLAYER
SELECT json_object('expires_at', NULL, 'revoked_at', NULL, 'charge', c.id, 'minor', c.amount_minor, 'currency', c.currency, 'closed_at', c.closed_at, 'create_after', c.create_after, 'order', json(CASE WHEN o.id IS NOT NULL THEN json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, 'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, 'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, 'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, 'installation',
      (SELECT i.id
        FROM installation i), 'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, 'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, 'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, 'waits_for', o.waits_for, 'action_url', o.action_url, 'charge_name', json(CASE WHEN o.status = 'pending'
          AND o.stripe_session_id IS NULL THEN json_object( 'player_id',
            (SELECT n.player_id
              FROM players n
              WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END))) END))
FROM players p
JOIN standings c ON c.player_id = p.id
LEFT
JOIN orders o ON o.id = c.order_id
WHERE p.player_id = ?1 ->> 0
AND c.kind = ?1 ->> 1
AND c.period = ?1 ->> 2;

-- store::checkout::CLAIM_OF_ATTEMPT
INSERT INTO orders (charge_id, link_id, attempt, amount_minor, currency, product_name, customer_email, return_origin, session_expires_at, created_at, next_check_at, cause, updated_at)
SELECT c.id, NULL, ?2, c.amount_minor, c.currency, IIF(c.kind = 'custom'
  AND c.period GLOB '[^0-9]*', c.period, (?9 -> COALESCE(p.language, ?10) ->> c.kind) || IIF(c.period = '', '', ' ' || c.period)) || ', ' || p.name || ', ' || ?3, IIF(p.email_refused_at IS NULL, p.email, NULL), ?4, ?6, ?5, ?7, ?8, ?5
FROM orders a
JOIN charges c ON c.id = a.charge_id
JOIN players p ON p.id = c.player_id
WHERE a.attempt = ?1
AND c.closed_at IS NULL
AND c.amount_minor > 0
AND (c.create_after IS NULL
  OR c.create_after <= ?5)
AND NOT EXISTS
(SELECT 1
  FROM counting_orders x
  WHERE x.charge_id = c.id);

-- store::checkout::CHECKOUT_OF_ATTEMPT
SELECT json_object('expires_at', NULL, 'revoked_at', NULL, 'charge', c.id, 'minor', c.amount_minor, 'currency', c.currency, 'closed_at', c.closed_at, 'create_after', c.create_after, 'order', json(CASE WHEN o.id IS NOT NULL THEN json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, 'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, 'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, 'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, 'installation',
      (SELECT i.id
        FROM installation i), 'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, 'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, 'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, 'waits_for', o.waits_for, 'action_url', o.action_url, 'charge_name', json(CASE WHEN o.status = 'pending'
          AND o.stripe_session_id IS NULL THEN json_object( 'player_id',
            (SELECT n.player_id
              FROM players n
              WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END))) END))
FROM orders a
JOIN standings c ON c.id = a.charge_id
LEFT
JOIN orders o ON o.id = c.order_id
WHERE a.attempt = ?1;

-- store::checkout::PEEK
SELECT json_object('expires_at', NULL, 'revoked_at', NULL, 'charge', c.id, 'minor', c.amount_minor, 'currency', c.currency, 'closed_at', c.closed_at, 'create_after', c.create_after, 'order', json(CASE WHEN o.id IS NOT NULL THEN json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, 'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, 'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, 'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, 'installation',
      (SELECT i.id
        FROM installation i), 'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, 'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, 'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, 'waits_for', o.waits_for, 'action_url', o.action_url, 'charge_name', json(CASE WHEN o.status = 'pending'
          AND o.stripe_session_id IS NULL THEN json_object( 'player_id',
            (SELECT n.player_id
              FROM players n
              WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END))) END))
FROM standings c
LEFT
JOIN orders o ON o.id = c.order_id
WHERE c.id = ?1;

-- store::cursors::READ
SELECT COALESCE((SELECT json_object('since', since_at, 'until', until_at, 'after', after_id, 'retry_from', retry_from)
    FROM cursors
    WHERE name = ?1),
  (SELECT json_object('since', MIN(since_at))
    FROM cursors
    WHERE ?1 GLOB 'events*'
    AND name GLOB 'events*' HAVING COUNT(*) > 0),
  (SELECT json_object('since', created_at)
    FROM installation
    WHERE ?1 GLOB 'events*'));

-- store::cursors::WRITE
INSERT INTO cursors (name, since_at, until_at, after_id, retry_from, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO
UPDATE
SET since_at = ?2, until_at = ?3, after_id = ?4, retry_from = ?5, updated_at = ?6;

-- store::cursors::REMOVE
DELETE
FROM cursors
WHERE name = ?1;

-- store::events::RECORD_EVENT
INSERT INTO stripe_events (id, type, order_id, effect, created_at, received_at)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, ?2
FROM json_each(?1) j;

-- store::events::RECORD_PLAIN
INSERT INTO stripe_events (id, type, order_id, effect, created_at, received_at)
SELECT ?1, ?3, ?4, ?5, ?6, ?2
WHERE EXISTS
(SELECT 1
  FROM orders o
  JOIN charges c ON c.id = o.charge_id
  WHERE o.id = ?4
  AND o.version = ?7
  AND c.closed_at IS NULL
  AND o.currency = c.currency
  AND COALESCE(?9, o.paid_minor, o.amount_minor) = c.amount_minor
  AND NOT EXISTS
  (SELECT 1
    FROM refunds r
    WHERE r.payment_intent_id = COALESCE(?8, o.payment_intent_id))
  AND NOT EXISTS
  (SELECT 1
    FROM incidents n
    WHERE n.charge_id = c.id
    AND n.resolved_at IS NULL));

-- store::events::FIND
SELECT json_object('seen', EXISTS
  (SELECT 1
    FROM stripe_events e
    WHERE e.id = j.value ->> 0), 'installation',
  (SELECT i.id
    FROM installation i), 'charge',
  (SELECT d.id
    FROM players p
    JOIN charges d ON d.player_id = p.id
    WHERE p.player_id = j.value ->> '$[5][0]'
    AND d.kind = j.value ->> '$[5][1]'
    AND d.period = j.value ->> '$[5][2]'), 'order', json(CASE WHEN NOT EXISTS
    (SELECT 1
      FROM stripe_events e
      WHERE e.id = j.value ->> 0) THEN
    (SELECT json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, 'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, 'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, 'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, 'installation',
        (SELECT i.id
          FROM installation i), 'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, 'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, 'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, 'waits_for', o.waits_for, 'action_url', o.action_url, 'charge_name', json(CASE WHEN o.status = 'pending'
            AND o.stripe_session_id IS NULL THEN json_object( 'player_id',
              (SELECT n.player_id
                FROM players n
                WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END)))
      FROM orders o
      JOIN charges c ON c.id = o.charge_id
      WHERE o.id = COALESCE((SELECT s.id
          FROM orders s
          WHERE s.stripe_session_id = j.value ->> 1),
        (SELECT MIN(s.id)
          FROM orders s
          WHERE s.payment_intent_id = j.value ->> 3),
        (SELECT s.id
          FROM orders s
          WHERE s.attempt = j.value ->> 2), j.value ->> 4)) END))
FROM json_each(?1) j
ORDER BY j.key;

-- store::fold::FOLD
INSERT INTO fold (most)
VALUES (?1);

-- store::fold::UNFOLDED
SELECT json_object('changes', COALESCE((SELECT MAX(id)
      FROM order_events), 0) - p.event + COALESCE((SELECT MAX(id)
      FROM charges), 0) - p.charge +
  (SELECT COUNT(*)
    FROM changed_charges))
FROM fold_position p;

-- store::health::SCHEMA_VERSION
SELECT name
FROM d1_migrations
ORDER BY id DESC
LIMIT 1;

-- store::health::LAST_EVENT
SELECT json_object('received_at', received_at, 'created_at', created_at)
FROM stripe_events
WHERE received_at <= ?1
ORDER BY received_at DESC
LIMIT 1;

-- store::health::LAST_RUN
SELECT json_object('at', at)
FROM signals
WHERE what = 'run';

-- store::health::DUE
SELECT json_object('count', COUNT(*), 'since', MIN(next_check_at))
FROM
(SELECT next_check_at
  FROM orders
  WHERE next_check_at <= ?1
  ORDER BY next_check_at
  LIMIT ?2);

-- store::health::READING
SELECT json_object('since', c.since_at, 'until', c.until_at, 'reached', COALESCE((SELECT e.created_at
      FROM stripe_events e
      WHERE e.id = c.after_id), c.until_at))
FROM cursors c
WHERE c.name = ?1
AND c.until_at IS NOT NULL;

-- store::import::STATE
SELECT json_object('player', p.id, 'charge', c.id, 'amount_minor', c.amount_minor, 'currency', c.currency, 'email', p.email, 'is_erased', p.erased_at IS NOT NULL, 'is_other_player', p.name IS NOT j.value ->> 'player'
  OR COALESCE(j.value ->> 'email', p.email) IS NOT p.email
  OR COALESCE(j.value ->> 'language', p.language) IS NOT p.language
  OR (j.value ->> 'monthly_fee_minor' IS NOT NULL
    AND (p.monthly_fee_minor IS NOT j.value ->> 'monthly_fee_minor'
      OR p.monthly_currency IS NOT j.value ->> 'currency')), 'links', EXISTS
  (SELECT 1
    FROM links x
    WHERE x.charge_id = c.id), 'token_charge', t.charge_id, 'order_charge', o.charge_id, 'session_order', s.id, 'live_order', l.id, 'live_is_paid', l.status IS 'paid', 'is_outdated', l.status IS 'pending'
  AND (l.amount_minor <> j.value ->> 'amount_minor'
    OR l.currency <> j.value ->> 'currency'))
FROM json_each(?1) j
LEFT
JOIN players p ON p.player_id = j.value ->> 'player_id'
LEFT
JOIN charges c ON c.player_id = p.id
AND c.kind = j.value ->> 'kind'
AND c.period = j.value ->> 'period'
LEFT
JOIN links t ON t.token_sha256 = j.value ->> 'token_sha256'
LEFT
JOIN orders o ON o.id = j.value ->> 'order_id'
LEFT
JOIN orders s ON s.stripe_session_id = j.value ->> 'stripe_session_id'
LEFT
JOIN orders l ON l.charge_id = c.id
AND l.status IN ('pending', 'paid')
ORDER BY j.key;

-- store::import::EXPECT
INSERT INTO expect (holds)
SELECT NOT EXISTS (
  SELECT 1
  FROM import_chunks i CROSS
  JOIN json_each(i.lines) j
  LEFT
  JOIN players p ON p.player_id = j.value ->> 'player_id'
  LEFT
  JOIN charges c ON c.player_id = p.id
  AND c.kind = j.value ->> 'kind'
  AND c.period = j.value ->> 'period'
  WHERE p.erased_at IS NOT NULL
  OR c.id IS NOT j.value ->> 'known'
  OR COALESCE(j.value ->> 'is_kept', 0) <> (c.id IS NOT NULL
    AND (c.amount_minor <> j.value ->> 'amount_minor'
      OR c.currency <> j.value ->> 'currency')
    AND EXISTS
    (SELECT 1
      FROM orders o
      WHERE o.charge_id = c.id
      AND o.status = 'paid'))
  OR (j.value ->> 'carry_order'
    AND EXISTS
    (SELECT 1
      FROM orders o
      WHERE o.id = j.value ->> 'order_id')));

-- store::import::OLD_WORDS
DELETE
FROM player_words
WHERE player_id IN
(SELECT p.id
  FROM import_chunks i CROSS
  JOIN json_each(i.lines) j CROSS
  JOIN players p ON p.player_id = j.value ->> 'player_id'
  WHERE p.name <> j.value ->> 'player');

-- store::import::WORDS
INSERT INTO player_words (word, player_id)
SELECT w.value, p.id
FROM import_chunks i CROSS
JOIN json_each(i.lines) j CROSS
JOIN players p ON p.player_id = j.value ->> 'player_id' CROSS
JOIN json_each(j.value, '$.words') w
WHERE true ON CONFLICT (word, player_id) DO NOTHING;

-- store::import::PLAYERS
INSERT INTO players (player_id, name, email, language, monthly_fee_minor, monthly_currency, created_at, updated_at)
SELECT j.value ->> 'player_id', j.value ->> 'player', j.value ->> 'email', j.value ->> 'language', j.value ->> 'monthly_fee_minor', IIF(j.value ->> 'monthly_fee_minor' IS NULL, NULL, j.value ->> 'currency'), ?1, ?1
FROM import_chunks i CROSS
JOIN json_each(i.lines) j
WHERE true ON CONFLICT (player_id) DO
UPDATE
SET name = excluded.name, email = COALESCE(excluded.email, players.email), updated_at = excluded.updated_at, language = COALESCE(excluded.language, players.language), monthly_fee_minor = COALESCE(excluded.monthly_fee_minor, players.monthly_fee_minor), monthly_currency = COALESCE(excluded.monthly_currency, players.monthly_currency), email_refused_at = IIF(COALESCE(excluded.email, players.email) IS players.email, players.email_refused_at, NULL)
WHERE players.name <> excluded.name
OR COALESCE(excluded.email, players.email) IS NOT players.email
OR COALESCE(excluded.language, players.language) IS NOT players.language
OR COALESCE(excluded.monthly_fee_minor, players.monthly_fee_minor) IS NOT players.monthly_fee_minor
OR COALESCE(excluded.monthly_currency, players.monthly_currency) IS NOT players.monthly_currency;

-- store::import::CHARGES
INSERT INTO charges (player_id, kind, period, amount_minor, currency, created_at, updated_at)
SELECT p.id, j.value ->> 'kind', j.value ->> 'period', j.value ->> 'amount_minor', j.value ->> 'currency', ?1, ?1
FROM import_chunks i CROSS
JOIN json_each(i.lines) j CROSS
JOIN players p ON p.player_id = j.value ->> 'player_id'
WHERE j.value ->> 'kind' IS NOT NULL ON CONFLICT (player_id, kind, period) DO
UPDATE
SET amount_minor = excluded.amount_minor, currency = excluded.currency, updated_at = excluded.updated_at
WHERE (charges.amount_minor <> excluded.amount_minor
  OR charges.currency <> excluded.currency)
AND NOT EXISTS
(SELECT 1
  FROM orders o
  WHERE o.charge_id = charges.id
  AND o.status = 'paid');

-- store::import::LINKS
INSERT INTO links (token_sha256, charge_id, created_at)
SELECT j.value ->> 'token_sha256', c.id, ?1
FROM import_chunks i CROSS
JOIN json_each(i.lines) j CROSS
JOIN players p ON p.player_id = j.value ->> 'player_id' CROSS
JOIN charges c ON c.player_id = p.id
AND c.kind = j.value ->> 'kind'
AND c.period = j.value ->> 'period'
WHERE j.value ->> 'token_sha256' IS NOT NULL ON CONFLICT (token_sha256) DO NOTHING;

-- store::import::OUTDATED
UPDATE orders
SET next_check_at = ?1
WHERE status = 'pending'
AND id IN (
  SELECT o.id
  FROM import_chunks i CROSS
  JOIN json_each(i.lines) j CROSS
  JOIN players p ON p.player_id = j.value ->> 'player_id' CROSS
  JOIN charges c ON c.player_id = p.id
  AND c.kind = j.value ->> 'kind'
  AND c.period = j.value ->> 'period' CROSS
  JOIN orders o ON o.charge_id = c.id
  AND o.status = 'pending'
  WHERE o.amount_minor <> c.amount_minor
  OR o.currency <> c.currency);

-- store::import::ORDERS
INSERT INTO orders (id, charge_id, status, origin, attempt, amount_minor, currency, created_at, stripe_session_id, next_check_at, paid_at, canceled_at, cancel_reason, refunded_at, refunded_minor, cause, updated_at)
SELECT j.value ->> 'order_id', c.id, j.value ->> 'order_status', 'import', lower(hex(randomblob(16))), j.value ->> 'amount_minor', j.value ->> 'currency', j.value ->> 'order_created_at', j.value ->> 'stripe_session_id', CASE j.value ->> 'order_status' WHEN 'pending' THEN ?1 END, CASE WHEN j.value ->> 'order_status' IN ('paid', 'refunded') THEN j.value ->> 'order_created_at' END, CASE j.value ->> 'order_status' WHEN 'canceled' THEN j.value ->> 'order_created_at' END, CASE j.value ->> 'order_status' WHEN 'canceled' THEN 'imported' END, CASE j.value ->> 'order_status' WHEN 'refunded' THEN j.value ->> 'order_created_at' END, CASE j.value ->> 'order_status' WHEN 'refunded' THEN j.value ->> 'amount_minor' ELSE 0 END, 'import', ?1
FROM import_chunks i CROSS
JOIN json_each(i.lines) j CROSS
JOIN players p ON p.player_id = j.value ->> 'player_id' CROSS
JOIN charges c ON c.player_id = p.id
AND c.kind = j.value ->> 'kind'
AND c.period = j.value ->> 'period'
WHERE j.value ->> 'carry_order';

-- store::import::PUT
INSERT INTO import_chunks (lines)
VALUES (?1);

-- store::import::TAKE
DELETE
FROM import_chunks;

-- store::incidents::OPEN
INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, amount_minor, currency, detail, opened_at, charge_named, due_by)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12, ?13
WHERE NOT EXISTS
(SELECT 1
  FROM incidents
  WHERE subject = ?1
  AND (resolved_at IS NULL
    OR NOT ?11));

-- store::incidents::RESOLVE
UPDATE incidents
SET resolved_at = ?2, resolution = ?3
WHERE subject = ?1
AND resolved_at IS NULL;

-- store::incidents::OVER
UPDATE incidents
SET resolved_at = ?2, resolution =
(SELECT IIF(o.status = 'paid', 'adopted', 'refunded')
  FROM orders o
  WHERE o.id = incidents.order_id)
WHERE charge_id IN
(SELECT t.charge_id
  FROM json_each(?1) j
  JOIN orders t ON t.id = j.value)
AND resolved_at IS NULL
AND kind = 'duplicate_payment'
AND EXISTS
(SELECT 1
  FROM orders o
  WHERE o.id = incidents.order_id
  AND (o.status = 'paid'
    OR o.refunded_minor >= COALESCE(o.paid_minor, o.amount_minor)));

-- store::incidents::CAME_BACK
INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, amount_minor, currency, detail, opened_at)
SELECT 'duplicate_payment:' || COALESCE(o.payment_intent_id, o.stripe_session_id), 'duplicate_payment', o.id, o.charge_id, o.stripe_session_id, o.payment_intent_id, COALESCE(o.paid_minor, o.amount_minor) - o.refunded_minor, o.currency, 'Its money came back to the club, and the charge has another order meanwhile.', ?2
FROM orders o
WHERE o.id = ?1
AND o.status IN ('canceled', 'refunded')
AND o.paid_at IS NOT NULL
AND o.refunded_minor < COALESCE(o.paid_minor, o.amount_minor)
AND NOT EXISTS
(SELECT 1
  FROM incidents n
  WHERE n.resolved_at IS NULL
  AND n.subject = 'duplicate_payment:' || COALESCE(o.payment_intent_id, o.stripe_session_id));

-- store::incidents::MISMATCH
INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, amount_minor, currency, owed_minor, owed_currency, opened_at)
SELECT 'amount_mismatch:' || COALESCE(o.payment_intent_id, o.stripe_session_id, o.id), 'amount_mismatch', o.id, c.id, o.stripe_session_id, o.payment_intent_id, COALESCE(o.paid_minor, o.amount_minor), o.currency, IIF(c.closed_at IS NULL, c.amount_minor, 0), c.currency, ?2
FROM charges c
JOIN orders o ON o.charge_id = c.id
AND o.status IN ('paid', 'refunded')
AND o.method <> 'offline'
WHERE c.id IN
(SELECT t.charge_id
  FROM json_each(?1) j
  JOIN orders t ON t.id = j.value)
AND EXISTS
(SELECT 1
  FROM order_events e
  WHERE e.order_id = o.id
  AND e.to_status = 'paid'
  AND e.at = ?2)
AND (COALESCE(o.paid_minor, o.amount_minor) <> IIF(c.closed_at IS NULL, c.amount_minor, 0)
  OR o.currency <> c.currency)
AND NOT EXISTS
(SELECT 1
  FROM incidents n
  WHERE n.subject = 'amount_mismatch:' || COALESCE(o.payment_intent_id, o.stripe_session_id, o.id));

-- store::incidents::REVIEWS
SELECT json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, 'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, 'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, 'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, 'installation',
  (SELECT i.id
    FROM installation i), 'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, 'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, 'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, 'waits_for', o.waits_for, 'action_url', o.action_url, 'charge_name', json(CASE WHEN o.status = 'pending'
      AND o.stripe_session_id IS NULL THEN json_object( 'player_id',
        (SELECT n.player_id
          FROM players n
          WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END)))
FROM incidents n
JOIN orders o ON o.id = n.order_id
JOIN charges c ON c.id = o.charge_id
WHERE n.kind = 'duplicate_payment'
AND n.resolved_at IS NULL
AND n.reviewed_at <= ?1
AND o.status IN ('canceled', 'refunded')
ORDER BY n.reviewed_at
LIMIT ?2;

-- store::incidents::REVIEWED
UPDATE incidents
SET reviewed_at = ?2
WHERE kind = 'duplicate_payment'
AND resolved_at IS NULL
AND order_id = ?1;

-- store::incidents::UNPLACED
SELECT json_object('id', n.id, 'kind', n.kind, 'session', n.stripe_session_id)
FROM incidents n
WHERE n.kind IN ('unknown_charge', 'not_restored')
AND n.resolved_at IS NULL
AND n.reviewed_at <= ?1
AND n.stripe_session_id IS NOT NULL
AND (n.kind = 'not_restored'
  OR EXISTS
  (SELECT 1
    FROM players p
    JOIN charges c ON c.player_id = p.id
    WHERE p.player_id = n.charge_named ->> 0
    AND c.kind = n.charge_named ->> 1
    AND c.period = n.charge_named ->> 2))
ORDER BY n.reviewed_at
LIMIT ?2;

-- store::incidents::LOOKED_AT
UPDATE incidents
SET reviewed_at = ?2
WHERE id = ?1;

-- desk::incidents::queries::LIST_OPEN
SELECT json_object('id', n.id, 'kind', n.kind, 'order', n.order_id, 'charge', n.charge_id, 'player', p.name, 'payment_intent', n.payment_intent_id, 'minor', n.amount_minor, 'currency', n.currency, 'owed_minor', n.owed_minor, 'owed_currency', n.owed_currency, 'due_by', n.due_by, 'detail', n.detail, 'opened_at', n.opened_at, 'resolved_at', n.resolved_at, 'resolution', n.resolution)
FROM incidents n
LEFT
JOIN charges c ON c.id = n.charge_id
LEFT
JOIN players p ON p.id = c.player_id
WHERE n.resolved_at IS NULL
AND n.id < ?1
ORDER BY n.id DESC
LIMIT ?2;

-- desk::incidents::queries::LIST_RESOLVED
SELECT json_object('id', n.id, 'kind', n.kind, 'order', n.order_id, 'charge', n.charge_id, 'player', p.name, 'payment_intent', n.payment_intent_id, 'minor', n.amount_minor, 'currency', n.currency, 'owed_minor', n.owed_minor, 'owed_currency', n.owed_currency, 'due_by', n.due_by, 'detail', n.detail, 'opened_at', n.opened_at, 'resolved_at', n.resolved_at, 'resolution', n.resolution)
FROM incidents n
LEFT
JOIN charges c ON c.id = n.charge_id
LEFT
JOIN players p ON p.id = c.player_id
WHERE n.resolved_at IS NOT NULL
AND n.id < ?1
ORDER BY n.id DESC
LIMIT ?2;

-- desk::incidents::queries::COUNT_OPEN
SELECT json_object('open', COUNT(*))
FROM
(SELECT 1
  FROM incidents
  WHERE resolved_at IS NULL
  AND id > 0
  LIMIT ?1);

-- desk::incidents::queries::INCIDENT
SELECT json_object('id', n.id, 'kind', n.kind, 'order', n.order_id, 'charge', n.charge_id, 'player', p.name, 'payment_intent', n.payment_intent_id, 'minor', n.amount_minor, 'currency', n.currency, 'owed_minor', n.owed_minor, 'owed_currency', n.owed_currency, 'due_by', n.due_by, 'detail', n.detail, 'opened_at', n.opened_at, 'resolved_at', n.resolved_at, 'resolution', n.resolution)
FROM incidents n
LEFT
JOIN charges c ON c.id = n.charge_id
LEFT
JOIN players p ON p.id = c.player_id
WHERE n.id = ?1;

-- desk::incidents::queries::RESOLVE_BY_HAND
UPDATE incidents
SET resolved_at = ?2, resolution = ?3
WHERE id = ?1
AND resolved_at IS NULL
RETURNING id;

-- store::links::MINT
INSERT INTO links (token_sha256, charge_id, created_at, request)
VALUES (?1, ?2, ?3, ?4)
RETURNING json_object('id', id);

-- store::links::UNPAID
SELECT json_object('charge', c.id, 'player_id', p.player_id, 'player', p.name, 'email', p.email, 'language', p.language, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on)
FROM json_each(?1) j
JOIN charges c ON c.id = j.value
JOIN standings s ON s.id = c.id
JOIN players p ON p.id = c.player_id
WHERE s.state IN ('unpaid', 'pending')
AND p.erased_at IS NULL
GROUP BY c.id
ORDER BY c.id;

-- store::links::MINT_ALL
INSERT INTO links (token_sha256, charge_id, created_at)
SELECT j.value ->> 1, j.value ->> 0, ?2
FROM json_each(?1) j;

-- store::links::CHARGE_OF
SELECT json_object('charge', charge_id)
FROM links
WHERE id = ?1;

-- store::links::REVOKE
UPDATE links
SET revoked_at = ?2
WHERE id = ?1
AND revoked_at IS NULL
RETURNING json_object('id', id);

-- store::emails::queue::INTERRUPTED
UPDATE messages INDEXED BY messages_due
SET state = 'unclear', reason = 'interrupted', ended_at = ?1, next_try_at = NULL
WHERE state = 'sending'
AND next_try_at <= ?1;

-- store::emails::queue::GIVE_UP
UPDATE messages INDEXED BY messages_due
SET state = 'canceled', reason = 'too_old', ended_at = ?1, next_try_at = NULL
WHERE state = 'queued'
AND next_try_at <= ?1
AND queued_at < ?2;

-- store::emails::queue::DUE
SELECT json_object('id', id, 'tries', tries)
FROM messages INDEXED BY messages_due
WHERE state = 'queued'
AND next_try_at <= ?1
ORDER BY next_try_at, id
LIMIT ?2;

-- store::emails::queue::CANCEL
UPDATE messages
SET state = 'canceled', ended_at = ?3, next_try_at = NULL, reason = w.why
FROM
(SELECT CASE WHEN p.erased_at IS NOT NULL THEN 'erased' WHEN p.email IS NULL THEN 'no_email' WHEN m.template = 'offline_receipt' THEN IIF(EXISTS
    (SELECT 1
      FROM orders o
      WHERE o.id = m.about
      AND o.status = 'paid'), NULL, 'refunded') WHEN s.state NOT IN ('unpaid', 'pending') THEN s.state END AS why
  FROM messages m
  JOIN charges c ON c.id = m.charge_id
  JOIN standings s ON s.id = c.id
  JOIN players p ON p.id = c.player_id
  WHERE m.id = ?1) w
WHERE id = ?1
AND tries = ?2
AND state = 'queued'
AND w.why IS NOT NULL;

-- store::emails::queue::LINK
INSERT INTO links (token_sha256, charge_id, created_at)
SELECT ?4, charge_id, ?3
FROM messages
WHERE id = ?1
AND tries = ?2
AND state = 'queued'
AND next_try_at <= ?3
AND template <> 'offline_receipt';

-- store::emails::queue::CLAIM
UPDATE messages
SET state = 'sending', tries = tries + 1, next_try_at = ?5, reason = NULL, link_id =
(SELECT l.id
  FROM links l
  WHERE l.token_sha256 = ?4)
WHERE id = ?1
AND tries = ?2
AND state = 'queued'
AND next_try_at <= ?3
RETURNING
(SELECT json_object('template', messages.template, 'email', p.email, 'language', p.language, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'payment', json((SELECT json_object('order', o.id, 'minor', o.paid_minor, 'currency', o.currency, 'at', o.paid_at, 'method', o.offline_method)
        FROM orders o
        WHERE o.id = messages.about
        AND o.method = 'offline')))
  FROM charges c
  JOIN players p ON p.id = c.player_id
  WHERE c.id = messages.charge_id);

-- store::emails::queue::REVOKE
UPDATE links
SET revoked_at = ?3
WHERE id =
(SELECT link_id
  FROM messages
  WHERE id = ?1
  AND tries = ?2
  AND state = 'sending')
AND revoked_at IS NULL;

-- store::emails::queue::SENT
UPDATE messages
SET state = 'sent', reason = NULL, ended_at = ?3, next_try_at = NULL
WHERE id = ?1
AND tries = ?2
AND state IN ('sending', 'unclear');

-- store::emails::queue::ENDED
UPDATE messages
SET state = ?4, reason = ?5, ended_at = ?3, next_try_at = NULL
WHERE id = ?1
AND tries = ?2
AND state = 'sending';

-- store::emails::queue::LATER
UPDATE messages
SET state = 'queued', reason = ?4, next_try_at = ?3
WHERE id = ?1
AND tries = ?2
AND state = 'sending';

-- store::emails::rules::REMIND
INSERT INTO messages (template, charge_id, about, queued_at, next_try_at)
SELECT 'reminder', c.id,
(SELECT COUNT(*) + 1
  FROM messages m
  WHERE m.charge_id = c.id
  AND m.template = 'reminder'), ?4, ?4
FROM
(SELECT id
  FROM charges INDEXED BY charges_to_remind
  WHERE remind_from <= ?1
  AND state IN ('unpaid', 'pending')
  AND (due_on IS NULL
    OR due_on <= ?3)
  ORDER BY remind_from
  LIMIT ?2) x
JOIN charges c ON c.id = x.id
JOIN standings s ON s.id = c.id
JOIN players p ON p.id = c.player_id
WHERE p.email IS NOT NULL
AND s.state IN ('unpaid', 'pending')
AND NOT EXISTS
(SELECT 1
  FROM messages m
  WHERE m.charge_id = c.id
  AND m.state IN ('queued', 'sending'))
AND
(SELECT COUNT(*)
  FROM messages m
  WHERE m.charge_id = c.id
  AND m.template = 'reminder'
  AND m.state IN ('sent', 'unclear')) < ?5;

-- store::emails::rules::REMINDED
UPDATE charges
SET remind_from = NULL
WHERE id IN
(SELECT id
  FROM charges INDEXED BY charges_to_remind
  WHERE remind_from <= ?1
  AND state IN ('unpaid', 'pending')
  AND (due_on IS NULL
    OR due_on <= ?3)
  ORDER BY remind_from
  LIMIT ?2);

-- store::emails::rules::DEBIT_FAILED
INSERT INTO messages (template, charge_id, about, state, reason, queued_at, ended_at, next_try_at)
SELECT 'debit_failed', c.id, o.id, IIF(o.again, 'unclear', 'queued'), IIF(o.again, 'restored', NULL), ?2, IIF(o.again, ?2, NULL), IIF(o.again, NULL, ?2)
FROM
(SELECT *, cause = 'restore' AS again
  FROM orders
  WHERE id IN
  (SELECT value
    FROM json_each(?1))) o
JOIN charges c ON c.id = o.charge_id
JOIN players p ON p.id = c.player_id
WHERE o.status = 'canceled'
AND o.cancel_reason = 'payment_failed'
AND o.canceled_at = ?2
AND c.closed_at IS NULL
AND p.email IS NOT NULL;

-- store::emails::rules::SUPERSEDED
UPDATE messages
SET state = 'canceled', reason = 'superseded', ended_at = ?2, next_try_at = NULL
WHERE charge_id IN
(SELECT charge_id
  FROM orders
  WHERE id IN
  (SELECT value
    FROM json_each(?1)))
AND state = 'queued'
AND template <> 'offline_receipt'
AND EXISTS
(SELECT 1
  FROM messages m
  WHERE m.charge_id = messages.charge_id
  AND m.template = 'debit_failed'
  AND m.about IN
  (SELECT value
    FROM json_each(?1))
  AND m.state = 'queued'
  AND m.id <> messages.id);

-- store::emails::rules::RECEIPT
INSERT INTO messages (template, charge_id, about, actor, queued_at, next_try_at)
SELECT 'offline_receipt', o.charge_id, o.id, ?2, ?3, ?3
FROM orders o
JOIN charges c ON c.id = o.charge_id
JOIN players p ON p.id = c.player_id
WHERE o.attempt = ?1
AND p.email IS NOT NULL;

-- desk::emails::selection::CANDIDATES
SELECT json_object('charge', c.id, 'player_id', p.player_id, 'player', p.name, 'left_out', CASE WHEN p.erased_at IS NOT NULL THEN 'erased' WHEN s.state NOT IN ('unpaid', 'pending') THEN s.state WHEN p.email IS NULL THEN 'no_email' WHEN EXISTS
  (SELECT 1
    FROM messages m
    WHERE m.charge_id = c.id
    AND m.state IN ('queued', 'sending')) THEN 'queued' WHEN ?2 = 'link' THEN
  (SELECT MIN(m.state)
    FROM messages m
    WHERE m.charge_id = c.id
    AND m.template = 'link'
    AND m.state IN ('sent', 'unclear')) WHEN EXISTS
  (SELECT 1
    FROM messages m
    WHERE m.charge_id = c.id
    AND m.template <> 'offline_receipt'
    AND m.state IN ('sent', 'unclear')
    AND m.ended_at > ?3) THEN 'recent' END)
FROM json_each(?1) j
JOIN charges c ON c.id = j.value
JOIN standings s ON s.id = c.id
JOIN players p ON p.id = c.player_id
ORDER BY c.id DESC;

-- desk::emails::selection::QUEUE
INSERT INTO messages (template, charge_id, about, actor, queued_at, next_try_at)
SELECT ?2, x.id,
(SELECT COUNT(*) + 1
  FROM messages m
  WHERE m.charge_id = x.id
  AND m.template = ?2), ?4, ?5, ?5
FROM
(SELECT DISTINCT c.id, CASE WHEN p.erased_at IS NOT NULL THEN 'erased' WHEN s.state NOT IN ('unpaid', 'pending') THEN s.state WHEN p.email IS NULL THEN 'no_email' WHEN EXISTS
  (SELECT 1
    FROM messages m
    WHERE m.charge_id = c.id
    AND m.state IN ('queued', 'sending')) THEN 'queued' WHEN ?2 = 'link' THEN
  (SELECT MIN(m.state)
    FROM messages m
    WHERE m.charge_id = c.id
    AND m.template = 'link'
    AND m.state IN ('sent', 'unclear')) WHEN EXISTS
  (SELECT 1
    FROM messages m
    WHERE m.charge_id = c.id
    AND m.template <> 'offline_receipt'
    AND m.state IN ('sent', 'unclear')
    AND m.ended_at > ?3) THEN 'recent' END AS left_out
  FROM json_each(?1) j
  JOIN charges c ON c.id = j.value
  JOIN standings s ON s.id = c.id
  JOIN players p ON p.id = c.player_id) x
WHERE x.left_out IS NULL
ORDER BY x.id
RETURNING json_object('charge', charge_id);

-- desk::emails::selection::CHOSEN
SELECT json_object('charge', c.id, 'fits', (?1 IS NULL
    OR c.kind = ?1)
  AND (?2 IS NULL
    OR c.period = ?2)
  AND (?3 IS NULL
    OR c.state = ?3)
  AND (?5 IS NULL
    OR (c.due_on < ?5
      AND c.state IN ('unpaid', 'pending', 'processing', 'action_required'))))
FROM
(SELECT *
  FROM
  (SELECT id
    FROM charges
    WHERE state = 'unpaid'
    ORDER BY id DESC
    LIMIT ?4)
  UNION ALL
  SELECT *
  FROM
  (SELECT id
    FROM charges
    WHERE state = 'pending'
    ORDER BY id DESC
    LIMIT ?4)) x
JOIN charges c ON c.id = x.id
ORDER BY c.id DESC
LIMIT ?4;

-- desk::emails::selection::CHOSEN_BY_STATE
SELECT json_object('charge', c.id, 'fits', (?1 IS NULL
    OR c.kind = ?1)
  AND (?2 IS NULL
    OR c.period = ?2)
  AND (?3 IS NULL
    OR c.state = ?3)
  AND (?5 IS NULL
    OR (c.due_on < ?5
      AND c.state IN ('unpaid', 'pending', 'processing', 'action_required'))))
FROM
(SELECT id
  FROM charges
  WHERE state = ?3
  ORDER BY id DESC
  LIMIT ?4) x
JOIN charges c ON c.id = x.id
ORDER BY c.id DESC
LIMIT ?4;

-- desk::emails::selection::CHOSEN_BY_PERIOD
SELECT json_object('charge', c.id, 'fits', (?1 IS NULL
    OR c.kind = ?1)
  AND (?2 IS NULL
    OR c.period = ?2)
  AND (?3 IS NULL
    OR c.state = ?3)
  AND (?5 IS NULL
    OR (c.due_on < ?5
      AND c.state IN ('unpaid', 'pending', 'processing', 'action_required'))))
FROM
(SELECT id
  FROM charges
  WHERE period = ?2
  ORDER BY id DESC
  LIMIT ?4) x
JOIN charges c ON c.id = x.id
ORDER BY c.id DESC
LIMIT ?4;

-- desk::emails::selection::CHOSEN_BY_WORDS
SELECT json_object('charge', c.id, 'fits', (?1 IS NULL
    OR c.kind = ?1)
  AND (?2 IS NULL
    OR c.period = ?2)
  AND (?3 IS NULL
    OR c.state = ?3)
  AND (?5 IS NULL
    OR (c.due_on < ?5
      AND c.state IN ('unpaid', 'pending', 'processing', 'action_required'))))
FROM
(SELECT c.id
  FROM
  (SELECT DISTINCT w.player_id
    FROM
    (SELECT n.player_id
      FROM
      (SELECT b.value ->> 0 AS from_word, b.value ->> 1 AS before_word
        FROM json_each(?7) b
        ORDER BY
        (SELECT count(*)
          FROM
          (SELECT 1
            FROM player_words n
            WHERE n.word >= b.value ->> 0
            AND n.word < b.value ->> 1
            LIMIT 500)), length(b.value) DESC
        LIMIT 1) rarest CROSS
      JOIN player_words n
      WHERE n.word >= rarest.from_word
      AND n.word < rarest.before_word
      LIMIT 1000) w
    WHERE NOT EXISTS
    (SELECT 1
      FROM json_each(?7) j
      WHERE NOT EXISTS
      (SELECT 1
        FROM player_words o
        WHERE o.player_id = w.player_id
        AND o.word >= j.value ->> 0
        AND o.word < j.value ->> 1))
    LIMIT ?6) f
  JOIN charges c ON c.player_id = f.player_id) x
JOIN charges c ON c.id = x.id
ORDER BY c.id DESC
LIMIT ?4;

-- desk::emails::selection::PLAYERS_FOUND
SELECT json_object('found',
  (SELECT COUNT(*)
    FROM
    (SELECT DISTINCT w.player_id
      FROM
      (SELECT n.player_id
        FROM
        (SELECT b.value ->> 0 AS from_word, b.value ->> 1 AS before_word
          FROM json_each(?2) b
          ORDER BY
          (SELECT count(*)
            FROM
            (SELECT 1
              FROM player_words n
              WHERE n.word >= b.value ->> 0
              AND n.word < b.value ->> 1
              LIMIT 500)), length(b.value) DESC
          LIMIT 1) rarest CROSS
        JOIN player_words n
        WHERE n.word >= rarest.from_word
        AND n.word < rarest.before_word
        LIMIT 1000) w
      WHERE NOT EXISTS
      (SELECT 1
        FROM json_each(?2) j
        WHERE NOT EXISTS
        (SELECT 1
          FROM player_words o
          WHERE o.player_id = w.player_id
          AND o.word >= j.value ->> 0
          AND o.word < j.value ->> 1))
      LIMIT ?1)), 'candidates',
  (SELECT COUNT(*)
    FROM
    (SELECT n.player_id
      FROM
      (SELECT b.value ->> 0 AS from_word, b.value ->> 1 AS before_word
        FROM json_each(?2) b
        ORDER BY
        (SELECT count(*)
          FROM
          (SELECT 1
            FROM player_words n
            WHERE n.word >= b.value ->> 0
            AND n.word < b.value ->> 1
            LIMIT 500)), length(b.value) DESC
        LIMIT 1) rarest CROSS
      JOIN player_words n
      WHERE n.word >= rarest.from_word
      AND n.word < rarest.before_word
      LIMIT 1000)));

-- desk::emails::selection::DATA
SELECT json_object('template', ?2, 'email', p.email, 'language', p.language, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'payment', json((SELECT json_object('order', o.id, 'minor', o.paid_minor, 'currency', o.currency, 'at', o.paid_at, 'method', o.offline_method)
      FROM orders o
      WHERE o.id = NULL
      AND o.method = 'offline')))
FROM charges c
JOIN players p ON p.id = c.player_id
WHERE c.id = ?1;

-- desk::emails::queries::LIST
SELECT json_object('id', m.id, 'template', m.template, 'charge', m.charge_id, 'about', m.about, 'state', m.state, 'reason', m.reason, 'actor', NULLIF(m.actor, ''), 'link', m.link_id, 'queued_at', m.queued_at, 'ended_at', m.ended_at, 'tries', m.tries, 'next_try_at', m.next_try_at, 'player', p.name, 'player_id', p.player_id, 'kind', c.kind, 'period', c.period)
FROM messages m
JOIN charges c ON c.id = m.charge_id
JOIN players p ON p.id = c.player_id
WHERE m.id < ?1
AND ?3 IS NULL
ORDER BY m.id DESC
LIMIT ?2;

-- desk::emails::queries::LIST_BY_STATE
SELECT json_object('id', m.id, 'template', m.template, 'charge', m.charge_id, 'about', m.about, 'state', m.state, 'reason', m.reason, 'actor', NULLIF(m.actor, ''), 'link', m.link_id, 'queued_at', m.queued_at, 'ended_at', m.ended_at, 'tries', m.tries, 'next_try_at', m.next_try_at, 'player', p.name, 'player_id', p.player_id, 'kind', c.kind, 'period', c.period)
FROM messages m
JOIN charges c ON c.id = m.charge_id
JOIN players p ON p.id = c.player_id
WHERE m.id < ?1
AND m.state = ?3
ORDER BY m.id DESC
LIMIT ?2;

-- desk::emails::queries::FIND
SELECT json_object('id', m.id, 'template', m.template, 'charge', m.charge_id, 'about', m.about, 'state', m.state, 'reason', m.reason, 'actor', NULLIF(m.actor, ''), 'link', m.link_id, 'queued_at', m.queued_at, 'ended_at', m.ended_at, 'tries', m.tries, 'next_try_at', m.next_try_at, 'player', p.name, 'player_id', p.player_id, 'kind', c.kind, 'period', c.period)
FROM messages m
JOIN charges c ON c.id = m.charge_id
JOIN players p ON p.id = c.player_id
WHERE m.id = ?1;

-- desk::emails::queries::OF_PLAYER
SELECT json_object('id', m.id, 'template', m.template, 'charge', m.charge_id, 'about', m.about, 'state', m.state, 'reason', m.reason, 'actor', NULLIF(m.actor, ''), 'link', m.link_id, 'queued_at', m.queued_at, 'ended_at', m.ended_at, 'tries', m.tries, 'next_try_at', m.next_try_at, 'player', p.name, 'player_id', p.player_id, 'kind', c.kind, 'period', c.period)
FROM charges c
JOIN messages m ON m.charge_id = c.id
JOIN players p ON p.id = c.player_id
WHERE c.player_id = ?1
ORDER BY m.id DESC
LIMIT 1000;

-- desk::emails::queries::EXPECT_MAY_GO_AGAIN
INSERT INTO expect (holds)
SELECT EXISTS
(SELECT 1
  FROM messages m
  WHERE m.id = ?1
  AND m.state IN ('refused', 'unclear')
  AND NOT EXISTS
  (SELECT 1
    FROM messages w
    WHERE w.charge_id = m.charge_id
    AND w.state IN ('queued', 'sending')));

-- desk::emails::queries::AGAIN
UPDATE messages
SET state = 'queued', reason = NULL, actor = ?2, queued_at = ?3, ended_at = NULL, next_try_at = ?3
WHERE id = ?1;

-- desk::emails::queries::EXPECT_QUEUED
INSERT INTO expect (holds)
SELECT EXISTS
(SELECT 1
  FROM messages
  WHERE id = ?1
  AND state = 'queued');

-- desk::emails::queries::PROGRESS
SELECT json_object('waiting', w.waiting, 'total', COUNT(m.id), 'sent', COALESCE(SUM(m.state = 'sent'), 0), 'canceled', COALESCE(SUM(m.state = 'canceled'), 0), 'since', f.queued_at)
FROM
(SELECT COUNT(*) AS waiting, MIN(id) AS id
  FROM messages INDEXED BY messages_due
  WHERE next_try_at IS NOT NULL) w CROSS
JOIN messages f ON f.id = w.id
LEFT
JOIN messages m ON m.id BETWEEN w.id - 2000 AND w.id + 2000
AND m.queued_at = f.queued_at
GROUP BY f.id;

-- desk::emails::queries::WITHDRAW_ALL
UPDATE messages
SET state = 'canceled', reason = 'withdrawn', ended_at = ?1, next_try_at = NULL
WHERE state = 'queued'
RETURNING json_object('id', id);

-- desk::emails::queries::WITHDRAW
UPDATE messages
SET state = 'canceled', reason = 'withdrawn', ended_at = ?2, next_try_at = NULL
WHERE id = ?1;

-- desk::players::queries::ERASE_EMAILS
UPDATE messages
SET state = 'canceled', reason = 'erased', ended_at = ?2, next_try_at = NULL
WHERE state = 'queued'
AND charge_id IN
(SELECT c.id
  FROM charges c
  WHERE c.player_id = ?1);

-- store::emails::queue::RESTORED
UPDATE messages
SET state = 'unclear', reason = 'restored', ended_at = ?1, next_try_at = NULL
WHERE next_try_at IS NOT NULL;

-- store::emails::queue::REMIND_ANEW
UPDATE charges
SET remind_from = ?1
WHERE remind_from < ?1;

-- desk::health::queries::SIGNS
SELECT json_object( 'waits_since',
  (SELECT MIN(next_try_at)
    FROM messages
    WHERE next_try_at <= ?1), 'unclear_at',
  (SELECT ended_at
    FROM messages
    WHERE state = 'unclear'
    ORDER BY id DESC
    LIMIT 1), 'refused_at',
  (SELECT ended_at
    FROM messages
    WHERE state = 'refused'
    ORDER BY id DESC
    LIMIT 1));

-- store::operators::NOT_BEFORE
SELECT json_object('at', not_before)
FROM operators
WHERE name = ?1;

-- store::operators::END_SESSIONS
INSERT INTO operators (name, not_before)
VALUES (?1, ?2 + 1) ON CONFLICT (name) DO
UPDATE
SET not_before = MAX(excluded.not_before, not_before + 1);

-- store::orders::CANCEL
UPDATE orders
SET status = 'canceled', canceled_at = ?2, cancel_reason = j.value ->> 2, checks = 0, next_check_at = IIF(origin = 'guard'
  AND stripe_session_id IS NULL, ?2, NULL), version = version + 1, cause = ?3, actor = ?4, updated_at = ?2
FROM json_each(?1) j
WHERE orders.id = j.value ->> 0
AND version = j.value ->> 1
AND status = 'pending';

-- store::orders::PAY
UPDATE orders
SET status = 'paid', paid_at = COALESCE(paid_at, j.value ->> 4, ?2), paid_minor = COALESCE(j.value ->> 3, paid_minor, amount_minor), payment_intent_id = COALESCE(j.value ->> 2, payment_intent_id), receipt_url = COALESCE(j.value ->> 5, receipt_url), stripe_session_id = COALESCE(stripe_session_id, j.value ->> 1), refunded_minor =
(SELECT COALESCE(SUM(CASE WHEN r.currency = orders.currency THEN r.amount_minor WHEN r.reason = 'dispute_lost' THEN COALESCE(orders.paid_minor, orders.amount_minor) ELSE 0 END), 0)
  FROM refunds r
  WHERE r.payment_intent_id = j.value ->> 2
  AND r.status IN ('pending', 'requires_action', 'succeeded')), next_check_at = j.value ->> 6, checks = 0, version = version + 1, cause = ?3, actor = ?4, updated_at = ?2
FROM json_each(?1) j
WHERE orders.id = j.value ->> 0
AND status IN ('pending', 'canceled');

-- store::orders::PAY_PLAIN
UPDATE orders
SET status = 'paid', paid_at = COALESCE(paid_at, j.value ->> 4, ?2), paid_minor = COALESCE(j.value ->> 3, paid_minor, amount_minor), payment_intent_id = COALESCE(j.value ->> 2, payment_intent_id), receipt_url = COALESCE(j.value ->> 5, receipt_url), stripe_session_id = COALESCE(stripe_session_id, j.value ->> 1), refunded_minor = 0, next_check_at = j.value ->> 6, checks = 0, version = version + 1, cause = ?3, actor = ?4, updated_at = ?2
FROM json_each(?1) j
WHERE orders.id = j.value ->> 0
AND version = ?6
AND status IN ('pending', 'canceled')
AND EXISTS
(SELECT 1
  FROM stripe_events e
  WHERE e.id = ?5
  AND e.order_id = orders.id)
RETURNING 1;

-- store::orders::RECORD
UPDATE orders
SET paid_at = COALESCE(paid_at, j.value ->> 4, ?2), paid_minor = COALESCE(j.value ->> 3, paid_minor, amount_minor), payment_intent_id = COALESCE(j.value ->> 2, payment_intent_id), receipt_url = COALESCE(j.value ->> 5, receipt_url), stripe_session_id = COALESCE(stripe_session_id, j.value ->> 1), refunded_minor =
(SELECT COALESCE(SUM(CASE WHEN r.currency = orders.currency THEN r.amount_minor WHEN r.reason = 'dispute_lost' THEN COALESCE(orders.paid_minor, orders.amount_minor) ELSE 0 END), 0)
  FROM refunds r
  WHERE r.payment_intent_id = j.value ->> 2
  AND r.status IN ('pending', 'requires_action', 'succeeded')), next_check_at = j.value ->> 6, checks = 0, version = version + 1, cause = ?3, actor = ?4, updated_at = ?2
FROM json_each(?1) j
WHERE orders.id = j.value ->> 0
AND status = 'canceled';

-- store::orders::WAITS
UPDATE orders
SET waits_for = j.value ->> 1, action_url = j.value ->> 2, version = version + 1, updated_at = ?2
FROM json_each(?1) j
WHERE orders.id = j.value ->> 0
AND status = 'pending';

-- store::orders::IDENTIFY
UPDATE orders
SET payment_intent_id = ?2, paid_minor = COALESCE(?3, paid_minor), version = version + 1
WHERE id = ?1
AND payment_intent_id IS NULL
AND paid_at IS NOT NULL;

-- store::orders::DETAILS
UPDATE orders
SET receipt_url = COALESCE(?3, receipt_url), next_check_at = NULL, checks = 0, version = version + 1
WHERE id = ?1
AND (?2 IS NULL
  OR version = ?2)
AND paid_at IS NOT NULL
RETURNING 1;

-- store::orders::CHECKED
UPDATE orders
SET next_check_at = NULL, checks = 0, version = version + 1
WHERE id = ?1;

-- store::orders::COUNT_REFUNDS
UPDATE orders
SET refunded_minor =
(SELECT COALESCE(SUM(CASE WHEN r.currency = orders.currency THEN r.amount_minor WHEN r.reason = 'dispute_lost' THEN COALESCE(orders.paid_minor, orders.amount_minor) ELSE 0 END), 0)
  FROM refunds r
  WHERE r.payment_intent_id = orders.payment_intent_id
  AND r.status IN ('pending', 'requires_action', 'succeeded')), version = version + 1, cause = ?3, actor = ?4, updated_at = ?2
WHERE id = ?1;

-- store::orders::REFUND_IF_GONE
UPDATE orders
SET status = 'refunded', refunded_at = ?2, version = version + 1, cause = ?3, actor = ?4, updated_at = ?2, refund_reason = COALESCE((SELECT r.reason
    FROM refunds r
    WHERE r.payment_intent_id = orders.payment_intent_id
    AND r.status IN ('pending', 'requires_action', 'succeeded')
    ORDER BY r.updated_at DESC, r.id DESC
    LIMIT 1), 'refund')
WHERE id IN
(SELECT j.value
  FROM json_each(?1) j)
AND status = 'paid'
AND refunded_minor > 0
AND refunded_minor >= COALESCE(paid_minor, amount_minor);

-- store::orders::PROMOTE
UPDATE orders
SET status = 'paid', refunded_at = NULL, refund_reason = NULL, reopened_at = NULL, version = version + 1, cause = ?3, actor = ?4, updated_at = ?2
WHERE id IN
(SELECT
  (SELECT x.id
    FROM orders t
    JOIN orders x ON x.charge_id = t.charge_id
    WHERE t.id = j.value
    AND x.status IN ('canceled', 'refunded')
    AND x.paid_at IS NOT NULL
    AND x.refunded_minor < COALESCE(x.paid_minor, x.amount_minor)
    AND NOT EXISTS
    (SELECT 1
      FROM orders y
      WHERE y.charge_id = t.charge_id
      AND y.status IN ('pending', 'paid'))
    ORDER BY x.paid_at, x.id
    LIMIT 1)
  FROM json_each(?1) j);

-- store::orders::HAND_BACK
UPDATE orders
SET refunded_minor = MIN(refunded_minor + ?2, COALESCE(paid_minor, amount_minor)), version = version + 1, cause = ?4, actor = ?5, updated_at = ?3
WHERE id = ?1
AND method = 'offline'
AND status = 'paid';

-- store::orders::ATTACH
UPDATE orders
SET checkout_url = COALESCE(checkout_url, ?3), updated_at = IIF(stripe_session_id IS NULL
  OR checkout_url IS NULL, ?4, updated_at), version = version + (stripe_session_id IS NULL
  OR (checkout_url IS NULL
    AND ?3 IS NOT NULL)), stripe_session_id = ?2
WHERE id = ?1
AND status = 'pending'
AND (stripe_session_id IS NULL
  OR stripe_session_id = ?2)
RETURNING 1;

-- store::orders::EXPECT_VERSION
INSERT INTO expect (holds)
SELECT EXISTS
(SELECT 1
  FROM orders o
  WHERE o.id = j.value ->> 0
  AND o.version = j.value ->> 1)
FROM json_each(?1) j;

-- store::orders::EXPECT_UNPAID
INSERT INTO expect (holds)
SELECT NOT EXISTS
(SELECT 1
  FROM orders t
  JOIN orders x ON x.charge_id = t.charge_id
  WHERE t.id = ?1
  AND x.paid_at IS NOT NULL)
AND NOT EXISTS
(SELECT 1
  FROM orders t
  JOIN incidents n ON n.charge_id = t.charge_id
  WHERE t.id = ?1
  AND n.resolved_at IS NULL);

-- store::orders::PAUSE
UPDATE charges
SET failed_creates = failed_creates + 1, create_after = ?2 + CASE WHEN failed_creates < 1 THEN 0 WHEN failed_creates > 7 THEN 600000 ELSE 5000 << (failed_creates - 1) END
WHERE id = ?1;

-- store::orders::LEAVE_EMAIL_OUT
UPDATE players
SET email_refused_at = ?2
WHERE id =
(SELECT c.player_id
  FROM charges c
  WHERE c.id = ?1);

-- store::orders::LIVE
SELECT json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, 'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, 'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, 'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, 'installation',
  (SELECT i.id
    FROM installation i), 'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, 'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, 'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, 'waits_for', o.waits_for, 'action_url', o.action_url, 'charge_name', json(CASE WHEN o.status = 'pending'
      AND o.stripe_session_id IS NULL THEN json_object( 'player_id',
        (SELECT n.player_id
          FROM players n
          WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END)))
FROM orders o
JOIN charges c ON c.id = o.charge_id
WHERE o.charge_id = ?1
AND o.status IN ('pending', 'paid')
LIMIT 1;

-- store::orders::DUE
SELECT json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, 'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, 'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, 'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, 'installation',
  (SELECT i.id
    FROM installation i), 'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, 'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, 'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, 'waits_for', o.waits_for, 'action_url', o.action_url, 'charge_name', json(CASE WHEN o.status = 'pending'
      AND o.stripe_session_id IS NULL THEN json_object( 'player_id',
        (SELECT n.player_id
          FROM players n
          WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END)))
FROM orders o
JOIN charges c ON c.id = o.charge_id
WHERE o.next_check_at <= ?1
ORDER BY o.next_check_at
LIMIT ?2;

-- store::orders::POSTPONE
UPDATE orders
SET next_check_at = ?3, checks = checks + ?4, waits_for = COALESCE(?5, waits_for), action_url = IIF(?5 IS NULL, action_url, ?6)
WHERE id = ?1
AND version = ?2;

-- store::orders::REMAKE
INSERT INTO orders (charge_id, attempt, origin, status, amount_minor, currency, stripe_session_id, created_at, next_check_at, canceled_at, cancel_reason, cause, updated_at)
SELECT ?1, ?2, 'stripe', IIF(n.live, 'pending', 'canceled'), ?3, ?4, ?5, ?6, IIF(n.live, ?7, NULL), IIF(n.live, NULL, ?7), IIF(n.live, NULL, 'restored'), ?8, ?7
FROM
(SELECT NOT EXISTS
  (SELECT 1
    FROM orders y
    WHERE y.charge_id = ?1
    AND y.status IN ('pending', 'paid')) AS live) n
WHERE NOT EXISTS
(SELECT 1
  FROM orders x
  WHERE x.attempt = ?2
  OR x.stripe_session_id = ?5);

-- store::outbox::DUE
SELECT json_object('id', x.id, 'event', x.event, 'tries', x.tries, 'webhook', x.webhook_at IS NOT NULL, 'email', x.email_at IS NOT NULL, 'incident', n.id, 'kind', n.kind, 'minor', n.amount_minor, 'currency', n.currency, 'owed_minor', n.owed_minor, 'owed_currency', n.owed_currency, 'due_by', n.due_by, 'detail', n.detail, 'installation',
  (SELECT id
    FROM installation), 'opened', json((SELECT json_object('webhook', o.webhook_at IS NOT NULL, 'email', o.email_at IS NOT NULL, 'done', o.next_try_at IS NULL)
      FROM outbox o
      WHERE o.incident_id = x.incident_id
      AND o.event = 'opened'
      AND x.event = 'resolved')))
FROM outbox x
JOIN incidents n ON n.id = x.incident_id
WHERE x.next_try_at <= ?1
ORDER BY x.next_try_at, x.id
LIMIT 1;

-- store::outbox::CLAIM
UPDATE outbox
SET tries = tries + 1, next_try_at = ?3
WHERE id = ?1
AND tries = ?2
AND next_try_at IS NOT NULL
RETURNING id;

-- store::outbox::TAKEN
UPDATE outbox
SET webhook_at = COALESCE(webhook_at, ?2), email_at = COALESCE(email_at, ?3), next_try_at = IIF(?4, NULL, next_try_at)
WHERE id = ?1;

-- store::outbox::DROP_DUE
UPDATE outbox
SET next_try_at = NULL
WHERE next_try_at <= ?1;

-- store::outbox::IS_DUE
SELECT EXISTS
(SELECT 1
  FROM outbox
  WHERE next_try_at <= ?1);

-- store::months::CANDIDATES
SELECT json_object('id', p.id, 'player_id', p.player_id, 'player', p.name, 'fee_minor', p.monthly_fee_minor, 'fee_currency', p.monthly_currency, 'is_erased', p.erased_at IS NOT NULL, 'created_at', p.created_at, 'is_charged', EXISTS
  (SELECT 1
    FROM charges c
    WHERE c.player_id = p.id
    AND c.kind = ?2
    AND c.period = ?1
    AND c.taken_back_at IS NULL))
FROM players p
ORDER BY p.id;

-- store::months::CURRENCIES
WITH RECURSIVE fees (currency) AS (
  SELECT MIN(monthly_currency)
  FROM players
  WHERE monthly_fee_minor > 0
  UNION ALL
  SELECT
  (SELECT MIN(p.monthly_currency)
    FROM players p
    WHERE p.monthly_fee_minor > 0
    AND p.monthly_currency > f.currency)
  FROM fees f
  WHERE f.currency IS NOT NULL)
SELECT json_object('currency', f.currency)
FROM fees f
WHERE f.currency IS NOT NULL;

-- store::months::RULE
SELECT json_object('since',
  (SELECT since_at
    FROM billing_rule
    WHERE id = 1), 'through',
  (SELECT through
    FROM billing_rule
    WHERE id = 1), 'unopened', (WITH RECURSIVE fees (currency) AS (
      SELECT MIN(monthly_currency)
      FROM players
      WHERE monthly_fee_minor > 0
      UNION ALL
      SELECT
      (SELECT MIN(p.monthly_currency)
        FROM players p
        WHERE p.monthly_fee_minor > 0
        AND p.monthly_currency > f.currency)
      FROM fees f
      WHERE f.currency IS NOT NULL)
    SELECT f.currency
    FROM fees f
    WHERE f.currency IS NOT NULL
    AND NOT EXISTS
    (SELECT 1
      FROM periods o
      WHERE o.period = ?1
      AND o.kind = ?2
      AND o.currency = f.currency)
    LIMIT 1));

-- store::months::BEGAN
INSERT INTO billing_rule (id, since_at)
VALUES (1, ?1) ON CONFLICT (id) DO NOTHING;

-- store::months::ENDED
DELETE
FROM billing_rule;

-- store::months::LOOKED
UPDATE billing_rule
SET through = ?1
WHERE id = 1
AND (through IS NULL
  OR through < ?1);

-- store::months::OPENED
UPDATE billing_rule
SET through = ?1
WHERE id = 1
AND (through IS NULL
  OR through < ?1)
AND (WITH RECURSIVE fees (currency) AS (
    SELECT MIN(monthly_currency)
    FROM players
    WHERE monthly_fee_minor > 0
    UNION ALL
    SELECT
    (SELECT MIN(p.monthly_currency)
      FROM players p
      WHERE p.monthly_fee_minor > 0
      AND p.monthly_currency > f.currency)
    FROM fees f
    WHERE f.currency IS NOT NULL)
  SELECT f.currency
  FROM fees f
  WHERE f.currency IS NOT NULL
  AND NOT EXISTS
  (SELECT 1
    FROM periods o
    WHERE o.period = ?1
    AND o.kind = ?2
    AND o.currency = f.currency)
  LIMIT 1) IS NULL;

-- store::months::MISSED
WITH RECURSIVE fees (currency) AS (
  SELECT MIN(monthly_currency)
  FROM players
  WHERE monthly_fee_minor > 0
  UNION ALL
  SELECT
  (SELECT MIN(p.monthly_currency)
    FROM players p
    WHERE p.monthly_fee_minor > 0
    AND p.monthly_currency > f.currency)
  FROM fees f
  WHERE f.currency IS NOT NULL)
SELECT json_object('period', m.value ->> 0, 'currency', f.currency)
FROM json_each(?1) m CROSS
JOIN fees f
WHERE f.currency IS NOT NULL
AND NOT EXISTS
(SELECT 1
  FROM periods o
  WHERE o.period = m.value ->> 0
  AND o.kind = ?2
  AND o.currency = f.currency)
AND EXISTS
(SELECT 1
  FROM players p
  WHERE p.monthly_currency = f.currency
  AND p.monthly_fee_minor > 0
  AND p.created_at < m.value ->> 1)
ORDER BY 1;

-- store::months::EXPECT_UNOPENED
INSERT INTO expect (holds)
SELECT NOT EXISTS
(SELECT 1
  FROM json_each(?1) m
  JOIN periods o ON o.period = m.value ->> 0
  AND o.kind = ?2
  AND o.currency = m.value ->> 1);

-- store::months::OVER
UPDATE incidents
SET resolved_at = ?2, resolution = 'opened'
WHERE subject = 'month_not_opened:' || ?1 || ' ' || ?3
AND resolved_at IS NULL;

-- store::months::EXPECT
INSERT INTO expect (holds)
SELECT NOT EXISTS
(SELECT 1
  FROM json_each(?4) j
  LEFT
  JOIN players p ON p.id = j.value ->> 0
  AND p.monthly_fee_minor = j.value ->> 1
  AND p.monthly_currency = ?3
  AND p.erased_at IS NULL
  LEFT
  JOIN charges c ON c.player_id = p.id
  AND c.kind = ?2
  AND c.period = ?1
  AND c.taken_back_at IS NULL
  WHERE p.id IS NULL
  OR c.id IS NOT NULL)
AND (?5
  OR NOT EXISTS
  (SELECT 1
    FROM periods
    WHERE period = ?1
    AND kind = ?2
    AND currency = ?3));

-- store::months::CHARGE
INSERT INTO charges (player_id, kind, period, amount_minor, currency, due_on, remind_from, created_at, updated_at)
SELECT p.id, ?2, ?1, p.monthly_fee_minor, p.monthly_currency, ?4, unixepoch(?4) * 1000, ?5, ?5
FROM json_each(?3) j CROSS
JOIN players p ON p.id = j.value ->> 0
WHERE true ON CONFLICT (player_id, kind, period) DO
UPDATE
SET amount_minor = excluded.amount_minor, currency = excluded.currency, due_on = excluded.due_on, closed_at = NULL, close_reason = NULL, taken_back_at = NULL, failed_creates = 0, create_after = NULL, updated_at = excluded.updated_at
WHERE charges.taken_back_at IS NOT NULL;

-- store::months::ADD
UPDATE periods
SET charged = IIF(taken_back_at IS NULL, charged, 0) + ?4, charged_minor = IIF(taken_back_at IS NULL, charged_minor, 0) + ?5, left_out = ?6, due_on = IIF(taken_back_at IS NULL, due_on, ?7), opened_at = IIF(taken_back_at IS NULL, opened_at, ?8), opened_by = IIF(taken_back_at IS NULL, opened_by, ?9), taken_back_at = NULL, taken_back_by = NULL
WHERE period = ?1
AND kind = ?2
AND currency = ?3;

-- store::months::OPEN
INSERT INTO periods (period, kind, currency, due_on, opened_at, opened_by, charged, charged_minor, left_out)
SELECT ?1, ?2, ?3, ?7, ?8, ?9, ?4, ?5, ?6
WHERE NOT EXISTS
(SELECT 1
  FROM periods
  WHERE period = ?1
  AND kind = ?2
  AND currency = ?3);

-- store::months::LIST
SELECT json_object('period', o.period, 'kind', o.kind, 'currency', o.currency, 'due_on', o.due_on, 'opened_at', o.opened_at, 'opened_by', o.opened_by, 'charged', o.charged, 'charged_minor', o.charged_minor, 'left_out', o.left_out, 'taken_back_at', o.taken_back_at, 'taken_back_by', o.taken_back_by, 'unpaid', COALESCE(SUM(s.count), 0), 'unpaid_minor', COALESCE(SUM(s.minor), 0))
FROM periods o
LEFT
JOIN sums s ON s.kind = o.kind
AND s.period = o.period
AND s.currency = o.currency
AND s.state IN ('unpaid', 'pending', 'processing', 'action_required')
WHERE (o.period, o.kind, o.currency) < (?1, 'monthly', ?2)
GROUP BY o.period, o.kind, o.currency
ORDER BY o.period DESC, o.kind DESC, o.currency DESC
LIMIT ?3;

-- store::months::take_back::IS_OPEN
SELECT json_object('open', EXISTS
  (SELECT 1
    FROM periods
    WHERE period = ?1
    AND kind = ?2
    AND currency = ?3
    AND taken_back_at IS NULL));

-- store::months::take_back::PAYING
SELECT json_object('charge', c.id, 'player', p.id, 'name', p.name, 'pending', o.status = 'pending')
FROM
(SELECT c.id AS charge_id, c.player_id, o.status
  FROM charges c INDEXED BY charges_by_period CROSS
  JOIN counting_orders o ON o.charge_id = c.id
  WHERE c.period = ?1
  AND c.kind = ?2
  AND c.currency = ?3
  AND c.due_on IS NOT NULL ) o CROSS
JOIN charges c ON c.id = o.charge_id CROSS
JOIN players p ON p.id = o.player_id
ORDER BY p.name, c.id
LIMIT 1000;

-- store::months::take_back::EXPECT
INSERT INTO expect (holds)
SELECT EXISTS
(SELECT 1
  FROM periods
  WHERE period = ?1
  AND kind = ?2
  AND currency = ?3
  AND taken_back_at IS NULL)
AND NOT EXISTS
(SELECT 1
  FROM charges c INDEXED BY charges_by_period CROSS
  JOIN counting_orders o ON o.charge_id = c.id
  WHERE c.period = ?1
  AND c.kind = ?2
  AND c.currency = ?3
  AND c.due_on IS NOT NULL );

-- store::months::take_back::CLOSE
UPDATE charges INDEXED BY charges_by_period
SET closed_at = ?4, close_reason = 'the month was taken back', taken_back_at = ?4, updated_at = ?4
WHERE period = ?1
AND kind = ?2
AND currency = ?3
AND due_on IS NOT NULL
AND closed_at IS NULL
RETURNING json_object('charge', id);

-- store::months::take_back::TAKEN_BACK
UPDATE periods
SET taken_back_at = ?4, taken_back_by = ?5
WHERE period = ?1
AND kind = ?2
AND currency = ?3;

-- store::refunds::ANSWER_REQUESTS
UPDATE refunds
SET stripe_id = j.value ->> 0, amount_minor = j.value ->> 1, currency = j.value ->> 2, status = j.value ->> 3, created_at = j.value ->> 5, next_try_at = NULL, updated_at = ?2
FROM json_each(?1) j
WHERE refunds.request = j.value ->> 6
AND refunds.stripe_id IS NULL;

-- store::refunds::WRITE_REFUNDS
INSERT INTO refunds (stripe_id, payment_intent_id, amount_minor, currency, status, reason, created_at, updated_at)
SELECT j.value ->> 0, ?2, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, ?3
FROM json_each(?1) j
WHERE true ON CONFLICT (stripe_id) DO
UPDATE
SET status = excluded.status, amount_minor = excluded.amount_minor, created_at = excluded.created_at, updated_at = ?3
WHERE (status <> excluded.status
  OR amount_minor <> excluded.amount_minor)
AND excluded.created_at >= created_at;

-- store::refunds::REQUEST
INSERT INTO refunds (request, payment_intent_id, amount_minor, currency, status, reason, actor, created_at, updated_at, next_try_at)
VALUES (?1, ?2, ?3, ?4, 'requested', 'refund', ?5, ?6, ?6, ?7);

-- store::refunds::EXPECT_NONE_OPEN
INSERT INTO expect (holds)
SELECT NOT EXISTS
(SELECT 1
  FROM refunds r
  JOIN orders o ON o.payment_intent_id = r.payment_intent_id
  WHERE r.status = 'requested'
  AND o.charge_id =
  (SELECT x.charge_id
    FROM orders x
    WHERE x.payment_intent_id = ?1));

-- store::refunds::END_REQUEST
UPDATE refunds
SET status = ?2, next_try_at = NULL, updated_at = ?3
WHERE request = ?1
AND status = 'requested';

-- store::refunds::POSTPONE_REQUEST
UPDATE refunds
SET next_try_at = ?2
WHERE request = ?1
AND status = 'requested';

-- store::refunds::HANDED_BACK
INSERT INTO refunds (order_id, amount_minor, currency, status, reason, actor, created_at, updated_at)
SELECT o.id, MIN(?2, COALESCE(o.paid_minor, o.amount_minor) - o.refunded_minor), o.currency, 'succeeded', 'refund', ?4, ?3, ?3
FROM orders o
WHERE o.id = ?1
AND o.method = 'offline'
AND o.status = 'paid';

-- store::refunds::OPEN_REQUESTS
SELECT json_object('id', r.request, 'payment', r.payment_intent_id, 'minor', r.amount_minor, 'currency', r.currency, 'actor', r.actor, 'at', r.created_at, 'order', o.id)
FROM refunds r
JOIN orders o ON o.payment_intent_id = r.payment_intent_id
WHERE r.status = 'requested'
AND r.next_try_at <= ?1
ORDER BY r.next_try_at
LIMIT ?2;

-- store::refunds::HERE
SELECT json_object('open', json((SELECT json_object('id', r.request, 'payment', r.payment_intent_id, 'minor', r.amount_minor, 'currency', r.currency, 'actor', r.actor, 'at', r.created_at, 'order', o.id)
      FROM refunds r
      JOIN orders o ON o.payment_intent_id = r.payment_intent_id
      WHERE r.status = 'requested'
      AND o.charge_id =
      (SELECT x.charge_id
        FROM orders x
        WHERE x.payment_intent_id = ?1)
      LIMIT 1)), 'refunded_minor',
  (SELECT COALESCE(SUM(r.amount_minor), 0)
    FROM refunds r
    JOIN orders o ON o.payment_intent_id = r.payment_intent_id
    AND o.currency = r.currency
    WHERE r.payment_intent_id = ?1
    AND r.reason = 'refund'
    AND r.status IN ('pending', 'requires_action', 'succeeded')), 'failed_alone', EXISTS
  (SELECT 1
    FROM refunds r
    JOIN orders o ON o.payment_intent_id = r.payment_intent_id
    WHERE r.payment_intent_id = ?1
    AND r.actor = ?2
    AND (r.status IN ('not_made', 'failed', 'canceled')
      OR (r.status = 'refused'
        AND r.amount_minor = COALESCE(o.paid_minor, o.amount_minor) - o.refunded_minor))));

-- store::signals::COUNT
INSERT INTO activity (hour, what, count)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2
FROM json_each(?1) j
WHERE true ON CONFLICT (hour, what) DO
UPDATE
SET count = count + excluded.count;

-- store::signals::SIGNAL
INSERT INTO signals (what, at)
SELECT j.value ->> 0, j.value ->> 1
FROM json_each(?1) j
WHERE true ON CONFLICT (what) DO
UPDATE
SET at = MAX(at, excluded.at);

-- store::signals::OPEN_STALLED
INSERT INTO incidents (subject, kind, detail, opened_at)
SELECT ?1, ?2, ?3, ?4
WHERE COALESCE((SELECT at
    FROM signals
    WHERE what = 'run'),
  (SELECT created_at
    FROM installation)) < ?5
AND NOT EXISTS
(SELECT 1
  FROM incidents
  WHERE subject = ?1
  AND resolved_at IS NULL);

-- store::signals::HAS_PAYMENT
SELECT EXISTS
(SELECT 1
  FROM orders t
  JOIN orders o ON o.charge_id = t.charge_id
  WHERE t.id = ?1
  AND o.status IN ('paid', 'refunded'));

-- store::signals::FACTS
SELECT json_object( 'signals', json((SELECT json_group_object(what, at)
      FROM signals)), 'errors',
  (SELECT COALESCE(SUM(a.count), 0)
    FROM activity a
    WHERE a.hour >= ?4
    AND a.what = 'answer:try_again'), 'stale',
  (SELECT count(*)
    FROM
    (SELECT c.id, c.created_at
      FROM charges c
      WHERE c.state = 'pending'
      ORDER BY c.id
      LIMIT ?5) c
    JOIN orders o ON o.charge_id = c.id
    AND o.status = 'pending'
    WHERE MAX(COALESCE(o.session_expires_at, o.created_at + 86400000), IIF(o.origin = 'import', c.created_at, 0)) < ?3), 'undelivered',
  (SELECT MIN(e.created_at)
    FROM stripe_events e
    WHERE e.received_at >= ?2
    AND e.received_at - e.created_at >= ?6), 'last', json((SELECT json_group_object(n.subject, json_object('opened_at', n.opened_at, 'resolved_at', n.resolved_at, 'resolution', n.resolution))
      FROM json_each(?1) j
      JOIN incidents n ON n.id =
      (SELECT m.id
        FROM incidents m
        WHERE m.subject = j.value
        ORDER BY m.id DESC
        LIMIT 1))));

-- desk::charges::queries::SUMS
SELECT json_object('state', state, 'kind', kind, 'currency', currency, 'count', SUM(count), 'minor', SUM(minor), 'dated', SUM(IIF(due_on > '', count, 0)), 'overdue', SUM(IIF(due_on > ''
      AND due_on < ?2, count, 0)), 'overdue_minor', SUM(IIF(due_on > ''
      AND due_on < ?2, minor, 0)))
FROM sums
WHERE kind <> ''
AND (?1 IS NULL
  OR period = ?1)
GROUP BY state, kind, currency;

-- desk::charges::queries::LIST
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id
  FROM charges
  WHERE id < ?1
  ORDER BY id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
ORDER BY c.id DESC
LIMIT ?6;

SELECT json_object('end', MIN(x.id), 'seen', COUNT(*))
FROM
(SELECT id
  FROM charges
  WHERE id < ?1
  ORDER BY id DESC
  LIMIT ?2) x
WHERE ?3 IS ?3
AND ?4 IS ?4
AND ?5 IS ?5
AND ?6 IS ?6
AND ?7 IS ?7;

-- desk::charges::queries::LIST_BY_STATE
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id
  FROM charges
  WHERE state = ?3
  AND id < ?1
  ORDER BY id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
ORDER BY c.id DESC
LIMIT ?6;

SELECT json_object('end', MIN(x.id), 'seen', COUNT(*))
FROM
(SELECT id
  FROM charges
  WHERE state = ?3
  AND id < ?1
  ORDER BY id DESC
  LIMIT ?2) x
WHERE ?3 IS ?3
AND ?4 IS ?4
AND ?5 IS ?5
AND ?6 IS ?6
AND ?7 IS ?7;

-- desk::charges::queries::LIST_BY_PERIOD
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id
  FROM charges
  WHERE period = ?5
  AND id < ?1
  ORDER BY id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
ORDER BY c.id DESC
LIMIT ?6;

SELECT json_object('end', MIN(x.id), 'seen', COUNT(*))
FROM
(SELECT id
  FROM charges
  WHERE period = ?5
  AND id < ?1
  ORDER BY id DESC
  LIMIT ?2) x
WHERE ?3 IS ?3
AND ?4 IS ?4
AND ?5 IS ?5
AND ?6 IS ?6
AND ?7 IS ?7;

-- desk::charges::queries::LIST_DUE
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id
  FROM charges INDEXED BY charges_due
  WHERE due_on IS NOT NULL
  AND state IN ('unpaid', 'pending', 'processing', 'action_required')
  AND id < ?1
  ORDER BY id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
ORDER BY c.id DESC
LIMIT ?6;

SELECT json_object('end', MIN(x.id), 'seen', COUNT(*))
FROM
(SELECT id
  FROM charges INDEXED BY charges_due
  WHERE due_on IS NOT NULL
  AND state IN ('unpaid', 'pending', 'processing', 'action_required')
  AND id < ?1
  ORDER BY id DESC
  LIMIT ?2) x
WHERE ?3 IS ?3
AND ?4 IS ?4
AND ?5 IS ?5
AND ?6 IS ?6
AND ?7 IS ?7;

-- desk::charges::queries::SORTED
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id
  FROM charges
  ORDER BY id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
AND (?9 IS NULL
  OR (CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)) > (?9, IIF(?8 = 'name',
      (SELECT a.player_id
        FROM charges a
        WHERE a.id = ?1), 0), IIF(?8 IN ('amount', 'newest'), -?1, ?1)))
ORDER BY CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)
LIMIT ?6;

-- desk::charges::queries::SORTED_BY_STATE
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id
  FROM charges
  WHERE state = ?3
  ORDER BY id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
AND (?9 IS NULL
  OR (CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)) > (?9, IIF(?8 = 'name',
      (SELECT a.player_id
        FROM charges a
        WHERE a.id = ?1), 0), IIF(?8 IN ('amount', 'newest'), -?1, ?1)))
ORDER BY CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)
LIMIT ?6;

-- desk::charges::queries::SORTED_BY_PERIOD
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id
  FROM charges
  WHERE period = ?5
  ORDER BY id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
AND (?9 IS NULL
  OR (CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)) > (?9, IIF(?8 = 'name',
      (SELECT a.player_id
        FROM charges a
        WHERE a.id = ?1), 0), IIF(?8 IN ('amount', 'newest'), -?1, ?1)))
ORDER BY CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)
LIMIT ?6;

-- desk::charges::queries::SORTED_DUE
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id
  FROM charges INDEXED BY charges_due
  WHERE due_on IS NOT NULL
  AND state IN ('unpaid', 'pending', 'processing', 'action_required')
  ORDER BY id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
AND (?9 IS NULL
  OR (CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)) > (?9, IIF(?8 = 'name',
      (SELECT a.player_id
        FROM charges a
        WHERE a.id = ?1), 0), IIF(?8 IN ('amount', 'newest'), -?1, ?1)))
ORDER BY CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)
LIMIT ?6;

-- desk::charges::queries::ALONG_AMOUNTS
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id, amount_minor AS key
  FROM charges INDEXED BY charges_by_amount
  WHERE (amount_minor, id) < (?8, ?1)
  ORDER BY amount_minor DESC, id DESC
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
ORDER BY c.amount_minor DESC, c.id DESC
LIMIT ?6;

SELECT json_object('id', x.id, 'key', x.key)
FROM
(SELECT id, amount_minor AS key
  FROM charges INDEXED BY charges_by_amount
  WHERE (amount_minor, id) < (?8, ?1)
  ORDER BY amount_minor DESC, id DESC
  LIMIT ?2) x
WHERE ?3 IS ?3
AND ?4 IS ?4
AND ?5 IS ?5
AND ?6 IS ?6
AND ?7 IS ?7
LIMIT 1 OFFSET ?2 - 1;

-- desk::charges::queries::ALONG_DAYS
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id, key
  FROM
  (SELECT *
    FROM
    (SELECT id, COALESCE(due_on, '~') AS key
      FROM charges INDEXED BY charges_by_due_day
      WHERE COALESCE(due_on, '~') = ?8
      AND id > ?1
      ORDER BY id
      LIMIT ?2)
    UNION ALL
    SELECT *
    FROM
    (SELECT id, COALESCE(due_on, '~') AS key
      FROM charges INDEXED BY charges_by_due_day
      WHERE COALESCE(due_on, '~') > ?8
      ORDER BY COALESCE(due_on, '~'), id
      LIMIT ?2))
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
ORDER BY COALESCE(c.due_on, '~'), c.id
LIMIT ?6;

SELECT json_object('id', x.id, 'key', x.key)
FROM
(SELECT id, key
  FROM
  (SELECT *
    FROM
    (SELECT id, COALESCE(due_on, '~') AS key
      FROM charges INDEXED BY charges_by_due_day
      WHERE COALESCE(due_on, '~') = ?8
      AND id > ?1
      ORDER BY id
      LIMIT ?2)
    UNION ALL
    SELECT *
    FROM
    (SELECT id, COALESCE(due_on, '~') AS key
      FROM charges INDEXED BY charges_by_due_day
      WHERE COALESCE(due_on, '~') > ?8
      ORDER BY COALESCE(due_on, '~'), id
      LIMIT ?2))
  LIMIT ?2) x
WHERE ?3 IS ?3
AND ?4 IS ?4
AND ?5 IS ?5
AND ?6 IS ?6
AND ?7 IS ?7
LIMIT 1 OFFSET ?2 - 1;

-- desk::charges::queries::ALONG_NAMES
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state)
FROM
(SELECT id, key
  FROM
  (SELECT *
    FROM
    (SELECT c.id, p.name AS key
      FROM players p INDEXED BY players_by_name CROSS
      JOIN charges c ON c.player_id = p.id
      WHERE p.name COLLATE NOCASE = ?8
      AND p.id >= COALESCE((SELECT a.player_id
          FROM charges a
          WHERE a.id = ?1), 0)
      AND (p.id <> COALESCE((SELECT a.player_id
            FROM charges a
            WHERE a.id = ?1), 0)
        OR c.id > ?1)
      ORDER BY p.id, c.id
      LIMIT ?2)
    UNION ALL
    SELECT *
    FROM
    (SELECT c.id, p.name AS key
      FROM players p INDEXED BY players_by_name CROSS
      JOIN charges c ON c.player_id = p.id
      WHERE p.name COLLATE NOCASE > ?8
      ORDER BY p.name COLLATE NOCASE, p.id, c.id
      LIMIT ?2))
  LIMIT ?2) x CROSS
JOIN charges c ON c.id = x.id CROSS
JOIN players p ON p.id = c.player_id
WHERE (?3 IS NULL
  OR c.state = ?3)
AND (?4 IS NULL
  OR c.kind = ?4)
AND (?5 IS NULL
  OR c.period = ?5)
AND (?7 IS NULL
  OR (c.due_on < ?7
    AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
ORDER BY p.name COLLATE NOCASE, p.id, c.id
LIMIT ?6;

SELECT json_object('id', x.id, 'key', x.key)
FROM
(SELECT id, key
  FROM
  (SELECT *
    FROM
    (SELECT c.id, p.name AS key
      FROM players p INDEXED BY players_by_name CROSS
      JOIN charges c ON c.player_id = p.id
      WHERE p.name COLLATE NOCASE = ?8
      AND p.id >= COALESCE((SELECT a.player_id
          FROM charges a
          WHERE a.id = ?1), 0)
      AND (p.id <> COALESCE((SELECT a.player_id
            FROM charges a
            WHERE a.id = ?1), 0)
        OR c.id > ?1)
      ORDER BY p.id, c.id
      LIMIT ?2)
    UNION ALL
    SELECT *
    FROM
    (SELECT c.id, p.name AS key
      FROM players p INDEXED BY players_by_name CROSS
      JOIN charges c ON c.player_id = p.id
      WHERE p.name COLLATE NOCASE > ?8
      ORDER BY p.name COLLATE NOCASE, p.id, c.id
      LIMIT ?2))
  LIMIT ?2) x
WHERE ?3 IS ?3
AND ?4 IS ?4
AND ?5 IS ?5
AND ?6 IS ?6
AND ?7 IS ?7
LIMIT 1 OFFSET ?2 - 1;

-- desk::charges::queries::SEARCH
WITH candidates (player_id) AS MATERIALIZED
(SELECT n.player_id
  FROM
  (SELECT b.value ->> 0 AS from_word, b.value ->> 1 AS before_word
    FROM json_each(?10) b
    ORDER BY
    (SELECT count(*)
      FROM
      (SELECT 1
        FROM player_words n
        WHERE n.word >= b.value ->> 0
        AND n.word < b.value ->> 1
        LIMIT 500)), length(b.value) DESC
    LIMIT 1) rarest CROSS
  JOIN player_words n
  WHERE n.word >= rarest.from_word
  AND n.word < rarest.before_word
  LIMIT 1000), found (player_id) AS MATERIALIZED
(SELECT DISTINCT w.player_id
  FROM candidates w
  WHERE NOT EXISTS
  (SELECT 1
    FROM json_each(?10) j
    WHERE NOT EXISTS
    (SELECT 1
      FROM player_words o
      WHERE o.player_id = w.player_id
      AND o.word >= j.value ->> 0
      AND o.word < j.value ->> 1))
  LIMIT ?2)
SELECT json_object('candidates',
  (SELECT COUNT(*)
    FROM candidates), 'found',
  (SELECT COUNT(*)
    FROM found), 'sums', json((SELECT json_group_array(json_object('state', s.state, 'kind', s.kind, 'currency', s.currency, 'count', s.count, 'minor', s.minor, 'dated', 0, 'overdue', s.overdue, 'overdue_minor', s.overdue_minor))
      FROM
      (SELECT c.state, c.kind, c.currency, COUNT(*) AS count, SUM(c.amount_minor) AS minor, SUM(IIF(c.due_on < ?11, 1, 0)) AS overdue, SUM(IIF(c.due_on < ?11, c.amount_minor, 0)) AS overdue_minor
        FROM found f CROSS
        JOIN charges c ON c.player_id = f.player_id
        WHERE ?5 IS NULL
        OR c.period = ?5
        GROUP BY c.state, c.kind, c.currency) s)), 'charges', json((SELECT json_group_array(json(y.charge))
      FROM
      (SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state', c.state) AS charge
        FROM found f CROSS
        JOIN charges c ON c.player_id = f.player_id CROSS
        JOIN players p ON p.id = c.player_id
        WHERE (?3 IS NULL
          OR c.state = ?3)
        AND (?4 IS NULL
          OR c.kind = ?4)
        AND (?5 IS NULL
          OR c.period = ?5)
        AND (?7 IS NULL
          OR (c.due_on < ?7
            AND c.state IN ('unpaid', 'pending', 'processing', 'action_required')))
        AND (?9 IS NULL
          OR (CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)) > (?9, IIF(?8 = 'name',
              (SELECT a.player_id
                FROM charges a
                WHERE a.id = ?1), 0), IIF(?8 IN ('amount', 'newest'), -?1, ?1)))
        ORDER BY CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)
        LIMIT ?6) y)));

-- desk::charges::queries::CHOSEN
SELECT json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state',
  (SELECT s.state
    FROM standings s
    WHERE s.id = c.id))
FROM json_each(?1) j
JOIN charges c ON c.id = j.value
JOIN players p ON p.id = c.player_id
ORDER BY j.key;

-- desk::dashboard::queries::TOTALS
SELECT json_object('state', state, 'currency', currency, 'count', SUM(count), 'minor', SUM(minor))
FROM sums
GROUP BY state, currency HAVING SUM(count) <> 0
OR SUM(minor) <> 0;

-- desk::dashboard::queries::OVERDUE
SELECT json_object('currency', currency, 'count', SUM(count), 'minor', SUM(minor))
FROM sums
WHERE state IN ('unpaid', 'pending', 'processing', 'action_required')
AND due_on > ''
AND due_on < ?1
GROUP BY currency HAVING SUM(count) <> 0;

-- desk::dashboard::queries::MONTH
SELECT json_object('paid', COALESCE(SUM(IIF(state = 'paid', count, 0)), 0), 'of', COALESCE(SUM(count), 0))
FROM sums
WHERE period = ?1
AND kind <> ''
AND state <> 'closed';

-- desk::dashboard::queries::ACTIVITY
SELECT json_group_array(json_array(hour, clicks, sessions, payments))
FROM
(SELECT hour, SUM(IIF(substr(what, 1, 7) = 'answer:', count, 0)) AS clicks, SUM(IIF(what = 'session', count, 0)) AS sessions, SUM(IIF(what = 'payment', count, 0)) AS payments
  FROM activity
  WHERE hour >= ?1
  GROUP BY hour);

-- desk::export::queries::PLAYERS
SELECT json_quote(p.player_id)
FROM
(SELECT DISTINCT w.player_id
  FROM
  (SELECT n.player_id
    FROM
    (SELECT b.value ->> 0 AS from_word, b.value ->> 1 AS before_word
      FROM json_each(?1) b
      ORDER BY
      (SELECT count(*)
        FROM
        (SELECT 1
          FROM player_words n
          WHERE n.word >= b.value ->> 0
          AND n.word < b.value ->> 1
          LIMIT 500)), length(b.value) DESC
      LIMIT 1) rarest CROSS
    JOIN player_words n
    WHERE n.word >= rarest.from_word
    AND n.word < rarest.before_word
    LIMIT 1000) w
  WHERE NOT EXISTS
  (SELECT 1
    FROM json_each(?1) j
    WHERE NOT EXISTS
    (SELECT 1
      FROM player_words o
      WHERE o.player_id = w.player_id
      AND o.word >= j.value ->> 0
      AND o.word < j.value ->> 1))
  LIMIT ?2) f
JOIN players p ON p.id = f.player_id;

-- desk::export::queries::CHARGES
SELECT json_object('charge', json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state',
    (SELECT s.state
      FROM standings s
      WHERE s.id = c.id)), 'more', json_object('created_at', c.created_at, 'closed_at', c.closed_at, 'close_reason', c.close_reason), 'payment', json(CASE WHEN o.id IS NOT NULL THEN json_object('id', o.id, 'status', o.status, 'method', COALESCE(o.offline_method, o.method), 'gross', COALESCE(o.paid_minor, o.amount_minor), 'refunded', o.refunded_minor, 'rest', IIF(o.status = 'paid', o.rest_minor, 0), 'currency', o.currency, 'paid_at', o.paid_at, 'refunded_at', COALESCE((SELECT MAX(r.created_at)
          FROM refunds r
          WHERE (r.payment_intent_id = o.payment_intent_id
            OR r.order_id = o.id)
          AND r.status IN ('pending', 'requires_action', 'succeeded')), o.refunded_at), 'session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, 'refunds',
      (SELECT group_concat(r.stripe_id, ' ')
        FROM refunds r
        WHERE r.payment_intent_id = o.payment_intent_id
        AND r.status IN ('pending', 'requires_action', 'succeeded'))) END))
FROM charges c CROSS
JOIN players p ON p.id = c.player_id
LEFT
JOIN orders o ON o.id =
(SELECT x.id
  FROM orders x
  WHERE x.charge_id = c.id
  AND x.status IN ('paid', 'refunded')
  ORDER BY x.status = 'refunded', x.refunded_at DESC
  LIMIT 1)
WHERE c.id > ?1
ORDER BY c.id
LIMIT ?2;

-- desk::export::queries::CHOSEN
SELECT json_object('charge', json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state',
    (SELECT s.state
      FROM standings s
      WHERE s.id = c.id)), 'more', json_object('created_at', c.created_at, 'closed_at', c.closed_at, 'close_reason', c.close_reason), 'payment', json(CASE WHEN o.id IS NOT NULL THEN json_object('id', o.id, 'status', o.status, 'method', COALESCE(o.offline_method, o.method), 'gross', COALESCE(o.paid_minor, o.amount_minor), 'refunded', o.refunded_minor, 'rest', IIF(o.status = 'paid', o.rest_minor, 0), 'currency', o.currency, 'paid_at', o.paid_at, 'refunded_at', COALESCE((SELECT MAX(r.created_at)
          FROM refunds r
          WHERE (r.payment_intent_id = o.payment_intent_id
            OR r.order_id = o.id)
          AND r.status IN ('pending', 'requires_action', 'succeeded')), o.refunded_at), 'session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, 'refunds',
      (SELECT group_concat(r.stripe_id, ' ')
        FROM refunds r
        WHERE r.payment_intent_id = o.payment_intent_id
        AND r.status IN ('pending', 'requires_action', 'succeeded'))) END))
FROM json_each(?1) j CROSS
JOIN charges c ON c.id = j.value CROSS
JOIN players p ON p.id = c.player_id
LEFT
JOIN orders o ON o.id =
(SELECT x.id
  FROM orders x
  WHERE x.charge_id = c.id
  AND x.status IN ('paid', 'refunded')
  ORDER BY x.status = 'refunded', x.refunded_at DESC
  LIMIT 1)
ORDER BY j.key;

-- desk::export::queries::PAYMENTS
SELECT json_object('charge', json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state',
    (SELECT s.state
      FROM standings s
      WHERE s.id = c.id)), 'payment', json_object('id', o.id, 'status', o.status, 'method', COALESCE(o.offline_method, o.method), 'gross', COALESCE(o.paid_minor, o.amount_minor), 'refunded', o.refunded_minor, 'rest', IIF(o.status = 'paid', o.rest_minor, 0), 'currency', o.currency, 'paid_at', o.paid_at, 'refunded_at', COALESCE((SELECT MAX(r.created_at)
        FROM refunds r
        WHERE (r.payment_intent_id = o.payment_intent_id
          OR r.order_id = o.id)
        AND r.status IN ('pending', 'requires_action', 'succeeded')), o.refunded_at), 'session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, 'refunds',
    (SELECT group_concat(r.stripe_id, ' ')
      FROM refunds r
      WHERE r.payment_intent_id = o.payment_intent_id
      AND r.status IN ('pending', 'requires_action', 'succeeded'))))
FROM orders o CROSS
JOIN charges c ON c.id = o.charge_id CROSS
JOIN players p ON p.id = c.player_id
WHERE o.id > ?1
AND o.paid_at IS NOT NULL
ORDER BY o.id
LIMIT ?2;

-- desk::players::queries::LIST
SELECT json_object('id', p.id, 'player_id', p.player_id, 'name', p.name, 'email', p.email, 'email_refused_at', p.email_refused_at, 'language', p.language, 'fee_minor', p.monthly_fee_minor, 'fee_currency', p.monthly_currency, 'erased_at', p.erased_at, 'created_at', p.created_at, 'updated_at', p.updated_at)
FROM players p
WHERE p.id < ?1
ORDER BY p.id DESC
LIMIT ?2;

-- desk::players::queries::SEARCH
SELECT json_object('id', p.id, 'player_id', p.player_id, 'name', p.name, 'email', p.email, 'email_refused_at', p.email_refused_at, 'language', p.language, 'fee_minor', p.monthly_fee_minor, 'fee_currency', p.monthly_currency, 'erased_at', p.erased_at, 'created_at', p.created_at, 'updated_at', p.updated_at)
FROM
(SELECT DISTINCT w.player_id
  FROM
  (SELECT n.player_id
    FROM
    (SELECT b.value ->> 0 AS from_word, b.value ->> 1 AS before_word
      FROM json_each(?4) b
      ORDER BY
      (SELECT count(*)
        FROM
        (SELECT 1
          FROM player_words n
          WHERE n.word >= b.value ->> 0
          AND n.word < b.value ->> 1
          LIMIT 500)), length(b.value) DESC
      LIMIT 1) rarest CROSS
    JOIN player_words n
    WHERE n.word >= rarest.from_word
    AND n.word < rarest.before_word
    LIMIT 1000) w
  WHERE NOT EXISTS
  (SELECT 1
    FROM json_each(?4) j
    WHERE NOT EXISTS
    (SELECT 1
      FROM player_words o
      WHERE o.player_id = w.player_id
      AND o.word >= j.value ->> 0
      AND o.word < j.value ->> 1))
  LIMIT ?3) f
JOIN players p ON p.id = f.player_id
WHERE p.id < ?1
ORDER BY p.id DESC
LIMIT ?2;

-- desk::players::queries::PLAYER
SELECT json_object('id', p.id, 'player_id', p.player_id, 'name', p.name, 'email', p.email, 'email_refused_at', p.email_refused_at, 'language', p.language, 'fee_minor', p.monthly_fee_minor, 'fee_currency', p.monthly_currency, 'erased_at', p.erased_at, 'created_at', p.created_at, 'updated_at', p.updated_at)
FROM players p
WHERE p.id = ?1;

-- desk::players::queries::CHARGES_OF
SELECT json_object('charge', json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state',
    (SELECT s.state
      FROM standings s
      WHERE s.id = c.id)), 'close_reason', c.close_reason)
FROM charges c
JOIN players p ON p.id = c.player_id
WHERE c.player_id = ?1
ORDER BY c.id DESC
LIMIT 1000;

-- desk::players::queries::ORDERS_OF
SELECT json_object('charge', o.charge_id, 'product_name', o.product_name, 'customer_email', o.customer_email, 'order', json_patch(json_object('id', o.id, 'status', o.status, 'method', o.method, 'offline_method', o.offline_method, 'note', o.offline_note, 'minor', o.amount_minor, 'currency', o.currency, 'paid_minor', o.paid_minor, 'refunded_minor', o.refunded_minor, 'link', o.link_id, 'rest_minor', IIF(o.status = 'paid', o.rest_minor, 0)), json_object('session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, 'receipt_url', o.receipt_url, 'created_at', o.created_at, 'paid_at', o.paid_at, 'canceled_at', o.canceled_at, 'cancel_reason', o.cancel_reason, 'refunded_at', o.refunded_at, 'request', json((SELECT json_object('minor', r.amount_minor, 'actor', r.actor, 'at', r.created_at)
          FROM refunds r
          WHERE r.payment_intent_id = o.payment_intent_id
          AND r.status = 'requested')))))
FROM charges c
JOIN orders o ON o.charge_id = c.id
WHERE c.player_id = ?1
ORDER BY o.id DESC
LIMIT 1000;

-- desk::players::queries::LINKS_OF
SELECT json_object('charge', l.charge_id, 'link', json_object('id', l.id, 'created_at', l.created_at, 'expires_at', l.expires_at, 'revoked_at', l.revoked_at, 'orders',
    (SELECT COUNT(*)
      FROM orders o
      WHERE o.charge_id = l.charge_id
      AND o.link_id = l.id), 'used_at',
    (SELECT MAX(o.created_at)
      FROM orders o
      WHERE o.charge_id = l.charge_id
      AND o.link_id = l.id)))
FROM charges c
JOIN links l ON l.charge_id = c.id
WHERE c.player_id = ?1
ORDER BY l.id DESC
LIMIT 1000;

-- desk::players::queries::INCIDENTS_OF
SELECT json_object('id', i.id, 'charge', i.charge_id, 'kind', i.kind, 'detail', i.detail, 'opened_at', i.opened_at, 'resolved_at', i.resolved_at, 'resolution', i.resolution)
FROM charges c
JOIN incidents i ON i.charge_id = c.id
WHERE c.player_id = ?1
ORDER BY i.id DESC
LIMIT 1000;

-- desk::players::queries::WORDS_OF
SELECT word
FROM player_words
WHERE player_id = ?1
ORDER BY word;

-- desk::players::queries::PAYMENTS_OF
SELECT json_object('charge', json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state',
    (SELECT s.state
      FROM standings s
      WHERE s.id = c.id)), 'payment', json_object('id', o.id, 'status', o.status, 'method', COALESCE(o.offline_method, o.method), 'gross', COALESCE(o.paid_minor, o.amount_minor), 'refunded', o.refunded_minor, 'rest', IIF(o.status = 'paid', o.rest_minor, 0), 'currency', o.currency, 'paid_at', o.paid_at, 'refunded_at', COALESCE((SELECT MAX(r.created_at)
        FROM refunds r
        WHERE (r.payment_intent_id = o.payment_intent_id
          OR r.order_id = o.id)
        AND r.status IN ('pending', 'requires_action', 'succeeded')), o.refunded_at), 'session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, 'refunds',
    (SELECT group_concat(r.stripe_id, ' ')
      FROM refunds r
      WHERE r.payment_intent_id = o.payment_intent_id
      AND r.status IN ('pending', 'requires_action', 'succeeded'))))
FROM charges c CROSS
JOIN orders o ON o.charge_id = c.id CROSS
JOIN players p ON p.id = c.player_id
WHERE c.player_id = ?1
AND o.paid_at >= ?2
AND o.paid_at < ?3
ORDER BY o.paid_at, o.id
LIMIT 1000;

-- desk::players::queries::RECEIPT
SELECT json_object('charge', json_object('id', c.id, 'player_id', p.player_id, 'player', p.name, 'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, 'state',
    (SELECT s.state
      FROM standings s
      WHERE s.id = c.id)), 'payment', json_object('id', o.id, 'status', o.status, 'method', COALESCE(o.offline_method, o.method), 'gross', COALESCE(o.paid_minor, o.amount_minor), 'refunded', o.refunded_minor, 'rest', IIF(o.status = 'paid', o.rest_minor, 0), 'currency', o.currency, 'paid_at', o.paid_at, 'refunded_at', COALESCE((SELECT MAX(r.created_at)
        FROM refunds r
        WHERE (r.payment_intent_id = o.payment_intent_id
          OR r.order_id = o.id)
        AND r.status IN ('pending', 'requires_action', 'succeeded')), o.refunded_at), 'session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, 'refunds',
    (SELECT group_concat(r.stripe_id, ' ')
      FROM refunds r
      WHERE r.payment_intent_id = o.payment_intent_id
      AND r.status IN ('pending', 'requires_action', 'succeeded'))), 'player', p.id, 'email', p.email)
FROM orders o CROSS
JOIN charges c ON c.id = o.charge_id CROSS
JOIN players p ON p.id = c.player_id
WHERE o.id = ?1
AND o.paid_at IS NOT NULL;

-- desk::players::queries::EXPECT_FEE
INSERT INTO expect (holds)
SELECT EXISTS
(SELECT 1
  FROM players
  WHERE id = ?1
  AND monthly_fee_minor IS ?2
  AND monthly_currency IS ?3
  AND erased_at IS NULL);

-- desk::players::queries::CHANGE_FEE
UPDATE players
SET monthly_fee_minor = ?2, monthly_currency = ?3, updated_at = ?4
WHERE id = ?1;

-- desk::players::queries::EXPECT_NEW
INSERT INTO expect (holds)
SELECT NOT EXISTS
(SELECT 1
  FROM players
  WHERE player_id = ?1);

-- desk::players::queries::ADD
INSERT INTO players (player_id, name, email, language, monthly_fee_minor, monthly_currency, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
RETURNING json_object('player', id);

-- desk::players::queries::ADD_WORDS
INSERT INTO player_words (word, player_id)
SELECT w.value, p.id
FROM players p CROSS
JOIN json_each(?2) w
WHERE p.player_id = ?1
UNION ALL
SELECT lower(p.email), p.id
FROM players p
WHERE p.player_id = ?1
AND p.email IS NOT NULL ON CONFLICT (word, player_id) DO NOTHING;

-- desk::players::queries::EXPECT_UNCHANGED
INSERT INTO expect (holds)
SELECT EXISTS
(SELECT 1
  FROM players
  WHERE id = ?1
  AND updated_at = ?2
  AND erased_at IS NULL);

-- desk::players::queries::EDIT
UPDATE players
SET name = ?2, email = ?3, language = ?4, monthly_fee_minor = ?5, monthly_currency = ?6, updated_at = MAX(?7, updated_at + 1), email_refused_at = IIF(email IS ?3, email_refused_at, NULL)
WHERE player_id = ?1;

-- desk::players::queries::PENDING
SELECT json_object('charge', c.id)
FROM charges c
JOIN orders o ON o.charge_id = c.id
AND o.status = 'pending'
WHERE c.player_id = ?1
ORDER BY c.id;

-- desk::players::queries::EXPECT_NONE_PENDING
INSERT INTO expect (holds)
SELECT NOT EXISTS
(SELECT 1
  FROM charges c
  JOIN orders o ON o.charge_id = c.id
  AND o.status = 'pending'
  WHERE c.player_id = ?1);

-- desk::players::queries::ERASE
UPDATE players
SET name = 'Erased player', email = NULL, email_refused_at = NULL, language = NULL, monthly_fee_minor = NULL, monthly_currency = NULL, updated_at = ?2, erased_at = COALESCE(erased_at, ?2)
WHERE id = ?1;

-- desk::players::queries::ERASE_ORDERS
UPDATE orders
SET product_name = 'Payment', customer_email = NULL, offline_note = NULL
WHERE charge_id IN
(SELECT c.id
  FROM charges c
  WHERE c.player_id = ?1);

-- desk::players::queries::ERASE_REASONS
UPDATE charges
SET close_reason = NULL
WHERE player_id = ?1
AND close_reason IS NOT NULL;

-- desk::players::queries::ERASE_NOTES
UPDATE incidents
SET detail = CASE kind WHEN 'create_refused' THEN '' ELSE detail END, resolution = CASE WHEN EXISTS
(SELECT 1
  FROM audit a
  WHERE a.about = 'incident ' || incidents.id
  AND a.act = 'resolve_incident') THEN 'resolved by an operator' ELSE resolution END
WHERE charge_id IN
(SELECT c.id
  FROM charges c
  WHERE c.player_id = ?1);

-- desk::players::queries::ERASE_WORDS
DELETE
FROM player_words
WHERE player_id = ?1;
