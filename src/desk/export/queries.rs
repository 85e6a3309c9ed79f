//! Tables for the club's books: every charge, and every payment. They are read by key, page by page, so that no
//! statement reads more than [`PAGE`] rows that it returns.

use std::collections::BTreeSet;

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    domain::{
        error::StoreError,
        id::{ChargeId, OrderId},
        money::{Currency, Money},
        time::UnixMillis,
    },
    json,
    store::{
        charges::{Listed, listed_json, standing},
        database::{Database, query},
        row::{decode_all, statement},
        search::{self, players_by_words},
    },
};

/// How many rows one statement returns: about a megabyte.
pub const PAGE: usize = 2_500;

/// A payment, with what went back of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PaymentOf {
    /// Its order.
    pub id: OrderId,
    /// Its order's status: `paid`, `refunded`, or `canceled` of a payment that is not the charge's.
    pub status: String,
    /// `checkout`, or how an offline payment was made.
    pub method: String,
    gross: i64,
    refunded: i64,
    rest: i64,
    currency: Currency,
    /// When it was paid.
    pub paid_at: UnixMillis,
    /// When the newest of its money went back.
    pub refunded_at: Option<UnixMillis>,
    /// Its session at Stripe.
    pub session: Option<String>,
    /// Its payment at Stripe.
    pub payment_intent: Option<String>,
    /// Its refunds at Stripe, parted by spaces.
    pub refunds: Option<String>,
}

impl PaymentOf {
    const fn of(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }

    /// The amount that was taken.
    #[must_use]
    pub const fn gross(&self) -> Money {
        self.of(self.gross)
    }

    /// The amount that went back.
    #[must_use]
    pub const fn refunded(&self) -> Money {
        self.of(self.refunded)
    }

    /// How much less than was owed was paid offline, and the rest waived: for as long as it counts as paid.
    #[must_use]
    pub fn waived(&self) -> Money {
        self.of(self.rest.max(0))
    }

    /// How much more than was owed was paid offline, and the club keeps it: for as long as it counts as paid.
    #[must_use]
    pub fn surplus(&self) -> Money {
        self.of((-self.rest).max(0))
    }

    /// The amount that is left.
    #[must_use]
    pub const fn net(&self) -> Money {
        self.of(self.gross - self.refunded)
    }
}

/// The details of a charge that a list does not show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct More {
    /// When it was made.
    pub created_at: UnixMillis,
    /// Since when it is closed.
    pub closed_at: Option<UnixMillis>,
    /// Why.
    pub close_reason: Option<String>,
}

/// A charge with the payment that counts for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChargeRow {
    /// The charge.
    pub charge: Listed,
    /// More of it.
    pub more: More,
    /// The payment, if there is one.
    pub payment: Option<PaymentOf>,
}

/// A payment with its charge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PaymentRow {
    /// The charge.
    pub charge: Listed,
    /// The payment.
    pub payment: PaymentOf,
}

// A refund counts as soon as it is on its way, as in `refunded_minor`.
macro_rules! payment_json {
    () => {
        "json_object('id', o.id, 'status', o.status, 'method', COALESCE(o.offline_method, o.method), \
                     'gross', COALESCE(o.paid_minor, o.amount_minor), 'refunded', o.refunded_minor, \
                     'rest', IIF(o.status = 'paid', o.rest_minor, 0), \
                     'currency', o.currency, 'paid_at', o.paid_at, \
                     'refunded_at', COALESCE((SELECT MAX(r.created_at) FROM refunds r \
                                              WHERE (r.payment_intent_id = o.payment_intent_id OR r.order_id = o.id) \
                                                AND r.status IN ('pending', 'requires_action', 'succeeded')), o.refunded_at), \
                     'session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, \
                     'refunds', (SELECT group_concat(r.stripe_id, ' ') FROM refunds r \
                                 WHERE r.payment_intent_id = o.payment_intent_id \
                                   AND r.status IN ('pending', 'requires_action', 'succeeded')))"
    };
}

pub(crate) use payment_json;

// Charges of a source, each with the order that pays it, or that was refunded last.
macro_rules! charges {
    ($source:literal, $which:literal) => {
        concat!(
            "SELECT json_object('charge', ",
            listed_json!(standing!()),
            ", 'more', json_object('created_at', c.created_at, 'closed_at', c.closed_at, 'close_reason', c.close_reason), \
               'payment', json(CASE WHEN o.id IS NOT NULL THEN ",
            payment_json!(),
            " END)) FROM ",
            $source,
            " CROSS JOIN players p ON p.id = c.player_id \
              LEFT JOIN orders o ON o.id = (SELECT x.id FROM orders x WHERE x.charge_id = c.id AND x.status IN ('paid', 'refunded') \
                                            ORDER BY x.status = 'refunded', x.refunded_at DESC LIMIT 1) ",
            $which
        )
    };
}

/// `?1` after, `?2` limit.
pub const CHARGES: &str = charges!("charges c", "WHERE c.id > ?1 ORDER BY c.id LIMIT ?2");

/// `?1` a JSON array of charges.
pub const CHOSEN: &str = charges!(
    "json_each(?1) j CROSS JOIN charges c ON c.id = j.value",
    "ORDER BY j.key"
);

/// `?1` after, `?2` limit: orders by which money was taken, each with its charge.
pub const PAYMENTS: &str = concat!(
    "SELECT json_object('charge', ",
    listed_json!(standing!()),
    ", 'payment', ",
    payment_json!(),
    ") FROM orders o CROSS JOIN charges c ON c.id = o.charge_id CROSS JOIN players p ON p.id = c.player_id \
      WHERE o.id > ?1 AND o.paid_at IS NOT NULL ORDER BY o.id LIMIT ?2"
);

/// `?1` the words as a JSON array, `?2` how many players at most: the club's own ids of those whom the list finds by them.
pub const PLAYERS: &str = concat!(
    "SELECT json_quote(p.player_id) FROM (",
    players_by_words!("?1", "?2"),
    ") f JOIN players p ON p.id = f.player_id"
);

/// The players whom words find, by the club's own ids; `None` if there are no words.
///
/// # Errors
/// A [`StoreError`].
pub async fn players<D: Database>(
    database: &D,
    words: &[String],
) -> Result<Option<BTreeSet<String>>, StoreError> {
    let Some(words) = search::parameter(words) else {
        return Ok(None);
    };
    let read = statement(PLAYERS, [words, search::MOST.into()]);
    let rows = query(database, read).await?;
    Ok(Some(decode_all::<String>(&rows)?.into_iter().collect()))
}

/// A page of charges with an id above `after`, the oldest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn charges<D: Database>(database: &D, after: i64) -> Result<Vec<ChargeRow>, StoreError> {
    page(database, CHARGES, after).await
}

/// A page of payments whose orders have an id above `after`, the oldest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn payments<D: Database>(
    database: &D,
    after: i64,
) -> Result<Vec<PaymentRow>, StoreError> {
    page(database, PAYMENTS, after).await
}

/// These charges, in that order.
///
/// # Errors
/// A [`StoreError`].
pub async fn chosen<D: Database>(
    database: &D,
    charges: &[ChargeId],
) -> Result<Vec<ChargeRow>, StoreError> {
    let read = statement(CHOSEN, [json::to_string(charges).into()]);
    decode_all(&query(database, read).await?)
}

async fn page<D: Database, T: DeserializeOwned>(
    database: &D,
    sql: &'static str,
    after: i64,
) -> Result<Vec<T>, StoreError> {
    let read = statement(sql, [after.into(), (PAGE as i64).into()]);
    let rows = query(database, read).await?;
    decode_all(&rows)
}
