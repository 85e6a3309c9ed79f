//! The statements of an import. `?1` is always the whole file as a JSON array of lines, so that their
//! number does not grow with it, and all of them are one transaction.

/// `?1` lines: what the books say of each. Columns: the line's place, its charge, whether that has a
/// link, the charge its token leads to, the charge its order id belongs to, the order its session
/// belongs to, and the live order of the charge with its status.
pub const STATE: &str = "\
    SELECT j.key, c.id, EXISTS (SELECT 1 FROM links x WHERE x.charge_id = c.id), t.charge_id AS token_charge, \
           o.charge_id AS order_charge, s.id AS session_order, l.id AS live_order, l.status \
    FROM json_each(?1) j \
    LEFT JOIN players p ON p.player_id = j.value ->> 'player_id' \
    LEFT JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' \
    LEFT JOIN links t ON t.token_sha256 = j.value ->> 'token_sha256' \
    LEFT JOIN orders o ON o.id = j.value ->> 'order_id' \
    LEFT JOIN orders s ON s.stripe_session_id = j.value ->> 'stripe_session_id' \
    LEFT JOIN orders l ON l.charge_id = c.id AND l.status IN ('pending', 'paid') \
    ORDER BY j.key";

/// `?1` lines, `?2` now. An empty email leaves a known one.
pub const PLAYERS: &str = "\
    INSERT INTO players (player_id, name, email, created_at, updated_at) \
    SELECT j.value ->> 'player_id', j.value ->> 'player', j.value ->> 'email', ?2, ?2 FROM json_each(?1) j WHERE true \
    ON CONFLICT (player_id) DO UPDATE \
    SET name = excluded.name, email = COALESCE(excluded.email, players.email), updated_at = excluded.updated_at, \
        email_refused_at = IIF(COALESCE(excluded.email, players.email) IS players.email, players.email_refused_at, NULL)";

/// `?1` lines, `?2` now.
pub const CHARGES: &str = "\
    INSERT INTO charges (player_id, kind, period, amount_minor, currency, created_at, updated_at) \
    SELECT p.id, j.value ->> 'kind', j.value ->> 'period', j.value ->> 'amount_minor', j.value ->> 'currency', ?2, ?2 \
    FROM json_each(?1) j JOIN players p ON p.player_id = j.value ->> 'player_id' WHERE true \
    ON CONFLICT (player_id, kind, period) DO UPDATE \
    SET amount_minor = excluded.amount_minor, currency = excluded.currency, updated_at = excluded.updated_at";

/// `?1` lines, `?2` now.
pub const LINKS: &str = "\
    INSERT INTO links (token_sha256, charge_id, created_at) \
    SELECT j.value ->> 'token_sha256', c.id, ?2 \
    FROM json_each(?1) j JOIN players p ON p.player_id = j.value ->> 'player_id' \
    JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' \
    WHERE j.value ->> 'token_sha256' IS NOT NULL \
    ON CONFLICT (token_sha256) DO NOTHING";

/// `?1` lines, `?2` now: the pending orders of charges whose amount has changed. The cron ends their sessions.
pub const OUTDATED: &str = "\
    UPDATE orders SET next_check_at = ?2 \
    WHERE status = 'pending' AND id IN ( \
      SELECT o.id FROM json_each(?1) j JOIN players p ON p.player_id = j.value ->> 'player_id' \
      JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' \
      JOIN orders o ON o.charge_id = c.id AND o.status = 'pending' \
      WHERE o.amount_minor <> c.amount_minor OR o.currency <> c.currency)";

/// `?1` lines, `?2` now. Only the lines that carry an order over. Where a session is paid is not taken from the
/// file: Stripe is asked for it.
pub const ORDERS: &str = "\
    INSERT INTO orders (id, charge_id, status, origin, attempt, amount_minor, currency, created_at, \
                        stripe_session_id, next_check_at, paid_at, canceled_at, cancel_reason, refunded_at, refunded_minor, \
                        cause, updated_at) \
    SELECT j.value ->> 'order_id', c.id, j.value ->> 'order_status', 'import', lower(hex(randomblob(16))), \
           j.value ->> 'amount_minor', j.value ->> 'currency', j.value ->> 'order_created_at', \
           j.value ->> 'stripe_session_id', \
           CASE j.value ->> 'order_status' WHEN 'pending' THEN ?2 END, \
           CASE WHEN j.value ->> 'order_status' IN ('paid', 'refunded') THEN j.value ->> 'order_created_at' END, \
           CASE j.value ->> 'order_status' WHEN 'canceled' THEN j.value ->> 'order_created_at' END, \
           CASE j.value ->> 'order_status' WHEN 'canceled' THEN 'imported' END, \
           CASE j.value ->> 'order_status' WHEN 'refunded' THEN j.value ->> 'order_created_at' END, \
           CASE j.value ->> 'order_status' WHEN 'refunded' THEN j.value ->> 'amount_minor' ELSE 0 END, \
           'import', ?2 \
    FROM json_each(?1) j JOIN players p ON p.player_id = j.value ->> 'player_id' \
    JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' \
    WHERE j.value ->> 'carry_order'";
