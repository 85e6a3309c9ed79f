//! A click's one transaction: the charge that it names, and the claim of its live place if that is free.
//!
//! A click names its charge by a link, by the player or by an order ([`ChargeRef`]). The statements of these ways are made
//! of the same pieces. They differ in the tables that lead to the charge, and in what `?1` is.

use serde::Deserialize;

use super::{
    database::{Database, query, transaction},
    incidents,
    mover::Mover,
    order_row::{OrderRow, order_json},
    orders,
    product_names::product_names,
    row::{Row, Statement, Value, statement},
};
use crate::domain::{
    change::NewOrder,
    charge::Charge,
    checkout::{ChargeRef, Checkout, LinkState},
    error::StoreError,
    id::ChargeId,
    money::{Currency, Money},
    time::UnixMillis,
    token::TokenHash,
};

// `?1` what the click names, `?2` attempt, `?3` club, `?4` return origin, `?5` now, `?6` session's end, `?7` next
// check, `?8` cause, `?9` a JSON object with the product name of each kind of charge in each language, `?10` the club's
// language. The name is in the player's language: it stays the same, whoever opens the link. A custom charge is called by its
// title.
//
// Claims the charge's live place if it is free and something is owed: if it stands at 'unpaid'. This asks for that in other
// words than `standings`, for SQLite prepares it with each click, in 35 µs less; a test holds the two together.
macro_rules! claim {
    (link: $link:literal, from: $from:literal, where: $which:literal) => {
        concat!(
            "INSERT INTO orders (charge_id, link_id, attempt, amount_minor, currency, product_name, customer_email, \
                                 return_origin, session_expires_at, created_at, next_check_at, cause, updated_at) \
             SELECT c.id, ",
            $link,
            ", ?2, c.amount_minor, c.currency, \
             IIF(c.kind = 'custom' AND c.period GLOB '[^0-9]*', c.period, \
                 (?9 -> COALESCE(p.language, ?10) ->> c.kind) || IIF(c.period = '', '', ' ' || c.period)) || ', ' || p.name || ', ' || ?3, \
             IIF(p.email_refused_at IS NULL, p.email, NULL), ?4, ?6, ?5, ?7, ?8, ?5 \
             FROM ",
            $from,
            " WHERE ",
            $which,
            " AND c.closed_at IS NULL AND c.amount_minor > 0 AND (c.create_after IS NULL OR c.create_after <= ?5) \
              AND NOT EXISTS (SELECT 1 FROM counting_orders x WHERE x.charge_id = c.id)"
        )
    };
}

// `?1` what the click names. Decoded by `decode`.
macro_rules! checkout {
    (link: $expires_at:literal, $revoked_at:literal, from: $from:literal, where: $which:literal) => {
        concat!(
            "SELECT json_object('expires_at', ",
            $expires_at,
            ", 'revoked_at', ",
            $revoked_at,
            ", 'charge', c.id, 'minor', c.amount_minor, 'currency', c.currency, 'closed_at', c.closed_at, \
             'create_after', c.create_after, 'order', json(CASE WHEN o.id IS NOT NULL THEN ",
            order_json!(),
            " END)) FROM ",
            $from,
            " LEFT JOIN orders o ON o.id = c.order_id WHERE ",
            $which
        )
    };
}

/// Claims by a link: `?1` token hash.
pub const CLAIM: &str = claim!(
    link: "l.id",
    from: "links l JOIN charges c ON c.id = l.charge_id JOIN players p ON p.id = c.player_id",
    where: "l.token_sha256 = ?1 AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > ?5)"
);

/// Reads by a link: `?1` token hash.
pub const CHECKOUT: &str = checkout!(
    link: "l.expires_at", "l.revoked_at",
    from: "links l JOIN standings c ON c.id = l.charge_id",
    where: "l.token_sha256 = ?1"
);

/// Claims by the player: `?1` a JSON array of the club's id of the player, the kind and the period.
pub const CLAIM_OF_PLAYER: &str = claim!(
    link: "NULL",
    from: "players p JOIN charges c ON c.player_id = p.id",
    where: "p.player_id = ?1 ->> 0 AND c.kind = ?1 ->> 1 AND c.period = ?1 ->> 2"
);

/// Reads by the player: `?1` as [`CLAIM_OF_PLAYER`].
pub const CHECKOUT_OF_PLAYER: &str = checkout!(
    link: "NULL", "NULL",
    from: "players p JOIN standings c ON c.player_id = p.id",
    where: "p.player_id = ?1 ->> 0 AND c.kind = ?1 ->> 1 AND c.period = ?1 ->> 2"
);

/// Claims by one of the charge's orders: `?1` its attempt.
pub const CLAIM_OF_ATTEMPT: &str = claim!(
    link: "NULL",
    from: "orders a JOIN charges c ON c.id = a.charge_id JOIN players p ON p.id = c.player_id",
    where: "a.attempt = ?1"
);

/// Reads by one of the charge's orders: `?1` its attempt.
pub const CHECKOUT_OF_ATTEMPT: &str = checkout!(
    link: "NULL", "NULL",
    from: "orders a JOIN standings c ON c.id = a.charge_id",
    where: "a.attempt = ?1"
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
pub const PEEK: &str = checkout!(link: "NULL", "NULL", from: "standings c", where: "c.id = ?1");

/// Reads the checkout that the decision table would be asked about; claims nothing and changes nothing.
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

/// Reads the charge that a click names; in the same transaction claims the live place if it is free.
pub(super) async fn read<D: Database>(
    database: &D,
    by: &ChargeRef,
    new: &NewOrder,
) -> Result<Option<Checkout>, StoreError> {
    let mover = Mover {
        at: new.at,
        cause: new.cause,
        actor: "",
    };
    let mut statements = Vec::with_capacity(8);
    if let Some(old) = &new.instead_of {
        // Nearly always nobody has paid yet. If somebody has, nothing has happened yet.
        statements.push(orders::expect_unpaid(old.order));
        statements.extend(orders::cancel(old, mover));
        statements.extend(claim_and_read(by, new));
        if let Some(results) = transaction(database, statements).await? {
            return last(&results);
        }
        statements = orders::cancel(old, mover);
        statements.push(orders::promote(&[old.order], mover));
        statements.extend(incidents::over(&[old.order], new.at));
    }
    statements.extend(claim_and_read(by, new));
    last(&database.batch(statements).await?)
}

/// The checkout that the last statement has read.
fn last(results: &[Vec<Row>]) -> Result<Option<Checkout>, StoreError> {
    let row = results.last().and_then(|rows| rows.first());
    row.map(decode).transpose()
}

/// The two statements of every click.
pub(super) fn claim_and_read(by: &ChargeRef, new: &NewOrder) -> [Statement; 2] {
    let (claim, read, named): (_, _, Value) = match by {
        ChargeRef::Link(token) => (CLAIM, CHECKOUT, token.as_str().into()),
        ChargeRef::Player(name) => (CLAIM_OF_PLAYER, CHECKOUT_OF_PLAYER, name.to_json().into()),
        ChargeRef::Attempt(attempt) => (
            CLAIM_OF_ATTEMPT,
            CHECKOUT_OF_ATTEMPT,
            attempt.0.as_str().into(),
        ),
    };
    let parameters: [Value; 10] = [
        named.clone(),
        new.attempt.0.as_str().into(),
        new.club_name.as_str().into(),
        new.return_origin.as_str().into(),
        new.at.0.into(),
        new.session_expires_at.0.into(),
        new.next_check_at.0.into(),
        new.cause.as_str().into(),
        product_names().into(),
        new.club_language.as_str().into(),
    ];
    [statement(claim, parameters), statement(read, [named])]
}
