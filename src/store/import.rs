//! An import's statements. All of them are one transaction. `?1` is always the whole file as a JSON array of
//! lines, so the number of statements does not grow with the file.

use serde::{Deserialize, Serialize};

use super::{
    audit,
    database::{Database, query},
    row::statement,
};
use crate::{
    domain::{act::Act, error::StoreError, time::UnixMillis},
    json,
};

/// A line as the statements read it.
#[derive(Clone, Debug, Serialize)]
pub struct Written<'a> {
    /// The club's own id of the player.
    pub player_id: &'a str,
    /// The player's name.
    pub player: &'a str,
    /// The payer's address.
    pub email: Option<&'a str>,
    /// The charge's kind.
    pub kind: &'static str,
    /// The charge's period, or empty.
    pub period: &'a str,
    /// Minor units.
    pub amount_minor: i64,
    /// The currency's code.
    pub currency: &'a str,
    /// The SHA-256 of the link's token, if the line has one.
    pub token_sha256: Option<String>,
    /// The order's id in the old system.
    pub order_id: Option<i64>,
    /// The order's status there.
    pub order_status: Option<&'static str>,
    /// When it was created there, in Unix milliseconds.
    pub order_created_at: Option<i64>,
    /// The order's session at Stripe.
    pub stripe_session_id: Option<&'a str>,
    /// Whether the order is carried over.
    pub carry_order: bool,
}

/// What the database says of a line.
#[derive(Clone, Debug, Deserialize)]
pub struct Known {
    /// The line's charge.
    pub charge: Option<i64>,
    /// Whether the charge has a link: 1 or 0.
    pub links: i64,
    /// The charge that the line's token leads to.
    pub token_charge: Option<i64>,
    /// The charge that the line's order id belongs to.
    pub order_charge: Option<i64>,
    /// The order that the line's session belongs to.
    pub session_order: Option<i64>,
    /// The charge's live order.
    pub live_order: Option<i64>,
    /// 1 if the live order is paid.
    pub live_is_paid: i64,
    /// 1 if the live order is pending and its amount is not the line's.
    pub is_outdated: i64,
}

/// `?1` lines. Returns what the database says of each, as [`Known`].
pub const STATE: &str = "\
    SELECT json_object('charge', c.id, 'links', EXISTS (SELECT 1 FROM links x WHERE x.charge_id = c.id), \
                       'token_charge', t.charge_id, 'order_charge', o.charge_id, 'session_order', s.id, \
                       'live_order', l.id, 'live_is_paid', l.status IS 'paid', \
                       'is_outdated', l.status IS 'pending' AND (l.amount_minor <> j.value ->> 'amount_minor' \
                                                                 OR l.currency <> j.value ->> 'currency')) \
    FROM json_each(?1) j \
    LEFT JOIN players p ON p.player_id = j.value ->> 'player_id' \
    LEFT JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' \
    LEFT JOIN links t ON t.token_sha256 = j.value ->> 'token_sha256' \
    LEFT JOIN orders o ON o.id = j.value ->> 'order_id' \
    LEFT JOIN orders s ON s.stripe_session_id = j.value ->> 'stripe_session_id' \
    LEFT JOIN orders l ON l.charge_id = c.id AND l.status IN ('pending', 'paid') \
    ORDER BY j.key";

/// `?1` lines, `?2` now. If a line has no email, a known one stays.
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

/// `?1` lines, `?2` now. Pending orders whose charge has another amount now become due, so that the cron ends
/// their sessions.
pub const OUTDATED: &str = "\
    UPDATE orders SET next_check_at = ?2 \
    WHERE status = 'pending' AND id IN ( \
      SELECT o.id FROM json_each(?1) j JOIN players p ON p.player_id = j.value ->> 'player_id' \
      JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' \
      JOIN orders o ON o.charge_id = c.id AND o.status = 'pending' \
      WHERE o.amount_minor <> c.amount_minor OR o.currency <> c.currency)";

/// `?1` lines, `?2` now. Only the lines that carry an order over. The URL of a session is not taken from the
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

/// What the database says of each line, in the order of the lines. Changes nothing.
pub(crate) async fn state<D: Database>(
    database: &D,
    lines: &[Written<'_>],
) -> Result<Vec<Known>, StoreError> {
    let rows = query(database, statement(STATE, [json::to_string(lines).into()])).await?;
    let known = rows
        .iter()
        .map(super::Row::decode)
        .collect::<Result<Vec<Known>, _>>()?;
    if known.len() == lines.len() {
        Ok(known)
    } else {
        Err(StoreError(
            "an import's lines and rows differ in number".to_owned(),
        ))
    }
}

/// Writes all lines, and who had them written.
pub(crate) async fn write<D: Database>(
    database: &D,
    lines: &[Written<'_>],
    act: &Act,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let lines = json::to_string(lines);
    let mut statements: Vec<_> = [PLAYERS, CHARGES, LINKS, ORDERS, OUTDATED]
        .map(|sql| statement(sql, [lines.as_str().into(), now.0.into()]))
        .into();
    statements.push(audit::recording(act, now));
    database.batch(statements).await?;
    Ok(())
}
