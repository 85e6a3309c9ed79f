//! A click's one transaction: what a link leads to, and the claim of its charge's live place if that is
//! free.

use serde::Deserialize;

use super::{
    database::{Database, query},
    incidents,
    order_row::{OrderRow, order_json},
    orders,
    row::{Row, Statement, Value, statement},
};
use crate::domain::{
    change::NewOrder,
    charge::{Charge, PRODUCT_NAMES},
    checkout::{Checkout, LinkState},
    error::StoreError,
    id::ChargeId,
    money::{Currency, Money},
    time::UnixMillis,
    token::TokenHash,
};

// The order that counts for a charge: the live one, or else the refunded one, unless the charge was reopened
// after the refund.
macro_rules! counts {
    () => {
        "x.charge_id = c.id AND x.status IN ('pending', 'paid', 'refunded') \
         AND (x.status <> 'refunded' OR x.refunded_at > COALESCE(c.reopened_at, -1))"
    };
}

/// `?1` token hash, `?2` attempt, `?3` club, `?4` return origin, `?5` now, `?6` session's end, `?7` next
/// check, `?8` cause, `?9` a JSON object with the product name of each kind of charge.
///
/// Claims the charge's live place if it is free and something is owed.
///
/// The decision table claims under the same conditions; a test holds the two together.
pub const CLAIM: &str = concat!(
    "INSERT INTO orders (charge_id, link_id, attempt, amount_minor, currency, product_name, customer_email, \
                         return_origin, session_expires_at, created_at, next_check_at, cause, updated_at) \
     SELECT c.id, l.id, ?2, c.amount_minor, c.currency, \
            (?9 ->> c.kind) || CASE c.period WHEN '' THEN '' ELSE ' ' || c.period END || ', ' || p.name || ', ' || ?3, \
            IIF(p.email_refused_at IS NULL, p.email, NULL), ?4, ?6, ?5, ?7, ?8, ?5 \
     FROM links l JOIN charges c ON c.id = l.charge_id JOIN players p ON p.id = c.player_id \
     WHERE l.token_sha256 = ?1 AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > ?5) \
       AND c.closed_at IS NULL AND c.amount_minor > 0 AND (c.create_after IS NULL OR c.create_after <= ?5) \
       AND NOT EXISTS (SELECT 1 FROM orders x WHERE ",
    counts!(),
    ")"
);

/// `?1` token hash. Decoded by `decode`.
pub const CHECKOUT: &str = concat!(
    "SELECT json_object('expires_at', l.expires_at, 'revoked_at', l.revoked_at, 'charge', c.id, \
                        'minor', c.amount_minor, 'currency', c.currency, 'closed_at', c.closed_at, \
                        'create_after', c.create_after, 'order', json(CASE WHEN o.id IS NOT NULL THEN ",
    order_json!(),
    " END)) FROM links l JOIN charges c ON c.id = l.charge_id \
      LEFT JOIN orders o ON o.id = (SELECT x.id FROM orders x WHERE ",
    counts!(),
    " ORDER BY x.status = 'refunded', x.refunded_at DESC LIMIT 1) \
      WHERE l.token_sha256 = ?1"
);

#[derive(Deserialize)]
struct CheckoutRow {
    expires_at: Option<UnixMillis>,
    revoked_at: Option<UnixMillis>,
    charge: ChargeId,
    minor: i64,
    currency: Currency,
    closed_at: Option<UnixMillis>,
    create_after: Option<UnixMillis>,
    order: Option<OrderRow>,
}

/// Reads a row of [`CHECKOUT`].
fn decode(row: &Row) -> Result<Checkout, StoreError> {
    let row: CheckoutRow = row.decode()?;
    Ok(Checkout {
        link: LinkState {
            expires_at: row.expires_at,
            revoked: row.revoked_at.is_some(),
        },
        charge: Charge {
            id: row.charge,
            money: Money {
                minor: row.minor,
                currency: row.currency,
            },
            closed: row.closed_at.is_some(),
            create_after: row.create_after,
        },
        order: row.order.map(OrderRow::order).transpose()?,
    })
}

/// `?1` charge: as [`CHECKOUT`], as if by a link that is neither revoked nor expired.
pub const PEEK: &str = concat!(
    "SELECT json_object('expires_at', NULL, 'revoked_at', NULL, 'charge', c.id, \
                        'minor', c.amount_minor, 'currency', c.currency, 'closed_at', c.closed_at, \
                        'create_after', c.create_after, 'order', json(CASE WHEN o.id IS NOT NULL THEN ",
    order_json!(),
    " END)) FROM charges c \
      LEFT JOIN orders o ON o.id = (SELECT x.id FROM orders x WHERE ",
    counts!(),
    " ORDER BY x.status = 'refunded', x.refunded_at DESC LIMIT 1) \
      WHERE c.id = ?1"
);

/// What the decision table would be asked about; claims nothing and changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn peek<D: Database>(
    database: &D,
    charge: ChargeId,
) -> Result<Option<Checkout>, StoreError> {
    let rows = query(database, statement(PEEK, [charge.0.into()])).await?;
    rows.first().map(decode).transpose()
}

/// The same for a link.
///
/// # Errors
/// A [`StoreError`].
pub async fn peek_link<D: Database>(
    database: &D,
    token: &TokenHash,
) -> Result<Option<Checkout>, StoreError> {
    let rows = query(database, statement(CHECKOUT, [token.as_str().into()])).await?;
    rows.first().map(decode).transpose()
}

/// Reads what a link leads to; in the same transaction claims the live place if it is free.
pub(super) async fn read<D: Database>(
    database: &D,
    token: &TokenHash,
    new: &NewOrder,
) -> Result<Option<Checkout>, StoreError> {
    let mut statements = Vec::with_capacity(6);
    if let Some(old) = &new.instead_of {
        statements.push(orders::cancel(old, new.at, new.cause));
        statements.push(orders::promote(old.order, new.at, new.cause));
        statements.extend(incidents::after_move(old.order, new.at));
    }
    statements.push(claim(token, new));
    statements.push(statement(CHECKOUT, [token.as_str().into()]));
    let results = database.batch(statements).await?;
    let row = results.last().and_then(|rows| rows.first());
    row.map(decode).transpose()
}

pub(super) fn claim(token: &TokenHash, new: &NewOrder) -> Statement {
    let parameters: [Value; 9] = [
        token.as_str().into(),
        new.attempt.0.as_str().into(),
        new.club_name.as_str().into(),
        new.return_origin.as_str().into(),
        new.at.0.into(),
        new.session_expires_at.0.into(),
        new.next_check_at.0.into(),
        new.cause.as_str().into(),
        PRODUCT_NAMES.into(),
    ];
    statement(CLAIM, parameters)
}
