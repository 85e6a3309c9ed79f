//! Every statement of the guard, once, and how its rows decode.
//!
//! D1 in the Worker and SQLite in the tests run the same text. Each statement on the path of a click
//! goes by an index to a number of rows that does not grow with the tables. What is decoded comes as
//! one column, a JSON array: a column costs D1 more than what is in it, for each is named, copied and
//! encoded on its way. Values are decoded by position, so a list of columns and its decoder stand next
//! to each other here.

pub mod import;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    json,
    order::{
        ChargeId, Currency, KnownSession, Millis, Money, Order, OrderId, OrderState, Origin,
        PaymentIntentId, SessionId, Terms, UnixMillis,
    },
    ports::{Charge, Checkout, LinkState, Payment, StoreFault},
};

/// A value that goes into a statement or comes out of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// NULL.
    Null,
    /// INTEGER; D1 carries 53 bits of it.
    Integer(i64),
    /// TEXT.
    Text(String),
}

/// A statement of this module with its parameters, `?1` first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Statement {
    /// The text.
    pub sql: &'static str,
    /// What is bound.
    pub parameters: Vec<Value>,
}

/// A row, its columns in the statement's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row(pub Vec<Value>);

/// The lifetime of a session whose order does not say it (a row that was not claimed here).
const DEFAULT_LIFETIME: Millis = Millis::minutes(65);

// Where they stand in a statement with other tables, `o` is the orders' name.
macro_rules! order_columns {
    () => {
        order_columns!("o.")
    };
    ($of:literal) => {
        concat!(
            $of,
            "id, ",
            $of,
            "charge_id, ",
            $of,
            "status, ",
            $of,
            "amount_minor, ",
            $of,
            "currency, ",
            $of,
            "created_at, ",
            $of,
            "origin, ",
            $of,
            "stripe_session_id, ",
            $of,
            "checkout_url, ",
            $of,
            "payment_intent_id, ",
            $of,
            "receipt_url, ",
            $of,
            "paid_at, ",
            $of,
            "canceled_at, ",
            $of,
            "refunded_at, ",
            $of,
            "refunded_minor, ",
            $of,
            "version, ",
            $of,
            "checks, ",
            $of,
            "product_name, ",
            $of,
            "customer_email, ",
            $of,
            "return_origin, ",
            $of,
            "session_expires_at",
        )
    };
}
const ORDER_COLUMNS: usize = 21;

// The order that counts for a charge: the live one, else the refunded one.
macro_rules! order_that_counts {
    ($charge:literal) => {
        concat!(
            "LEFT JOIN orders o ON o.id = (SELECT x.id FROM orders x WHERE x.charge_id = ",
            $charge,
            " AND x.status IN ('pending', 'paid', 'refunded') ORDER BY x.status = 'refunded' LIMIT 1)"
        )
    };
}

macro_rules! is_recorded {
    () => {
        "EXISTS (SELECT 1 FROM stripe_events WHERE id = ?1)"
    };
}

/// `?1` token hash. Decoded by `checkout`.
pub const CHECKOUT: &str = concat!(
    "SELECT json_array(l.expires_at, l.revoked_at, c.id, c.amount_minor, c.currency, c.closed_at, ",
    order_columns!(),
    ") FROM links l JOIN charges c ON c.id = l.charge_id ",
    order_that_counts!("c.id"),
    " WHERE l.token_sha256 = ?1"
);

/// `?1` charge. After [`CLAIM`], and only where that returned nothing. Decoded by `charge_and_order`.
pub const CHARGE: &str = concat!(
    "SELECT json_array(c.id, c.amount_minor, c.currency, c.closed_at, ",
    order_columns!(),
    ") FROM charges c ",
    order_that_counts!("c.id"),
    " WHERE changes() = 0 AND c.id = ?1"
);

/// `?1` charge, `?2` club, `?3` return origin, `?4` session's end, `?5` now, `?6` next check, `?7` cause.
/// Returns the order where the place was free; decoded by `order`.
pub const CLAIM: &str = concat!(
    "INSERT INTO orders (charge_id, amount_minor, currency, product_name, customer_email, \
                        return_origin, session_expires_at, created_at, next_check_at, cause, updated_at) \
    SELECT c.id, c.amount_minor, c.currency, \
           CASE c.kind WHEN 'first_payment' THEN 'First payment' WHEN 'monthly' THEN 'Monthly fee' ELSE 'Payment' END \
             || CASE c.period WHEN '' THEN '' ELSE ' ' || c.period END || ', ' || p.name || ', ' || ?2, \
           p.email, ?3, ?4, ?5, ?6, ?7, ?5 \
    FROM charges c JOIN players p ON p.id = c.player_id \
    WHERE c.id = ?1 AND c.closed_at IS NULL AND c.amount_minor > 0 \
      AND NOT EXISTS (SELECT 1 FROM orders x \
                      WHERE x.charge_id = c.id AND x.status IN ('pending', 'paid', 'refunded')) \
    RETURNING json_array(",
    order_columns!(""),
    ")"
);

/// `?1` order, `?2` version, `?3` reason, `?4` now, `?5` cause. Moves nothing at another version.
pub const CANCEL: &str = "\
    UPDATE orders SET status = 'canceled', canceled_at = ?4, cancel_reason = ?3, \
                      version = version + 1, cause = ?5, updated_at = ?4 \
    WHERE id = ?1 AND version = ?2 AND status = 'pending'";

/// `?1` order, `?2` version, `?3` session, `?4` payment intent, `?5` receipt, `?6` now, `?7` cause.
pub const PAY: &str = "\
    UPDATE orders SET status = 'paid', paid_at = ?6, payment_intent_id = COALESCE(?4, payment_intent_id), \
                      receipt_url = COALESCE(?5, receipt_url), \
                      stripe_session_id = COALESCE(stripe_session_id, ?3), \
                      version = version + 1, cause = ?7, updated_at = ?6 \
    WHERE id = ?1 AND version = ?2 AND status IN ('pending', 'canceled')";

/// `?1` order, `?2` version, `?3` minor units paid back so far, `?4` payment intent, `?5` now, `?6` cause.
pub const PAY_BACK: &str = "\
    UPDATE orders SET refunded_minor = MAX(refunded_minor, ?3), payment_intent_id = COALESCE(payment_intent_id, ?4), \
                      version = version + 1, cause = ?6, updated_at = ?5 \
    WHERE id = ?1 AND version = ?2";

/// `?1` order, `?2` now, `?3` cause. Runs after whatever pays or pays back: the later of the two refunds.
pub const REFUND_IF_ALL_PAID_BACK: &str = "\
    UPDATE orders SET status = 'refunded', refunded_at = ?2, version = version + 1, cause = ?3, updated_at = ?2 \
    WHERE id = ?1 AND status = 'paid' AND refunded_minor >= amount_minor";

/// `?1` order, `?2` session, `?3` URL, `?4` now. Returns a row where the order is pending with that session
/// now; one that had it already is left as it was.
pub const ATTACH: &str = "\
    UPDATE orders SET checkout_url = IIF(stripe_session_id IS NULL, ?3, checkout_url), \
                      updated_at = IIF(stripe_session_id IS NULL, ?4, updated_at), \
                      version = version + (stripe_session_id IS NULL), stripe_session_id = ?2 \
    WHERE id = ?1 AND status = 'pending' AND (stripe_session_id IS NULL OR stripe_session_id = ?2) \
    RETURNING 1";

/// `?1` order, `?2` version: aborts the transaction where the order is at another version.
pub const EXPECT_VERSION: &str = "\
    INSERT INTO expect (holds) SELECT EXISTS (SELECT 1 FROM orders WHERE id = ?1 AND version = ?2)";

/// `?1` id, `?2` type, `?3` order, `?4` outcome, `?5` now. Aborts the transaction for a known id.
pub const RECORD_EVENT: &str = "\
    INSERT INTO stripe_events (id, type, order_id, outcome, received_at) VALUES (?1, ?2, ?3, ?4, ?5)";

/// `?1` subject, `?2` kind, `?3` order, `?4` charge, `?5` session, `?6` payment intent, `?7` minor units,
/// `?8` currency, `?9` now.
pub const OPEN_INCIDENT: &str = "\
    INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, \
                           amount_minor, currency, opened_at) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (subject) DO NOTHING";

/// `?1` subject, `?2` now, `?3` resolution.
pub const SETTLE_INCIDENT: &str = "\
    UPDATE incidents SET resolved_at = ?2, resolution = ?3 WHERE subject = ?1 AND resolved_at IS NULL";

/// As [`OPEN_INCIDENT`], and `?10` resolution.
pub const CLOSE_INCIDENT: &str = "\
    INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, \
                           amount_minor, currency, opened_at, resolved_at, resolution) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10) \
    ON CONFLICT (subject) DO UPDATE SET resolved_at = ?9, resolution = ?10 WHERE resolved_at IS NULL";

/// `?1` event, `?2` session, `?3` order and `?4` charge as named by metadata, `?5` payment intent.
///
/// Whether the event is recorded, and the order of that session or payment; decoded by `found`.
pub const FIND: &str = concat!(
    "SELECT COALESCE((SELECT json_array(",
    is_recorded!(),
    ", ",
    order_columns!(),
    ") FROM orders o \
       WHERE o.stripe_session_id = ?2 OR (o.id = ?3 AND o.charge_id = ?4) OR o.payment_intent_id = ?5 \
       ORDER BY o.stripe_session_id IS ?2 DESC LIMIT 1), json_array(",
    is_recorded!(),
    "))"
);

/// `?1` charge, `?2` order: the order that counts for the charge, where it is another one.
pub const RIVAL: &str = concat!(
    "SELECT json_array(",
    order_columns!(),
    ") FROM orders o WHERE o.charge_id = ?1 AND o.id <> ?2 AND o.status IN ('pending', 'paid', 'refunded') \
      ORDER BY o.status = 'refunded' LIMIT 1"
);

/// `?1` now, `?2` created before, `?3` limit. Decoded by `order`.
pub const DUE: &str = concat!(
    "SELECT json_array(",
    order_columns!(),
    ") FROM orders o WHERE o.status = 'pending' AND o.next_check_at <= ?1 AND o.created_at <= ?2 \
      ORDER BY o.next_check_at LIMIT ?3"
);

/// `?1` order, `?2` version, `?3` when.
pub const POSTPONE: &str = "\
    UPDATE orders SET next_check_at = ?3, checks = checks + 1 WHERE id = ?1 AND version = ?2";

/// `?1` a JSON array of ids: those that are not recorded.
pub const UNSEEN: &str = "\
    SELECT j.value FROM json_each(?1) j WHERE NOT EXISTS (SELECT 1 FROM stripe_events e WHERE e.id = j.value)";

/// `?1` limit. Columns: kind, session, payment intent, amount, currency, then the order's.
pub const REVIEWS: &str = concat!(
    "SELECT json_array(i.kind, i.stripe_session_id, i.payment_intent_id, i.amount_minor, i.currency, ",
    order_columns!(),
    ") FROM incidents i JOIN orders o ON o.id = i.order_id \
      WHERE i.resolved_at IS NULL AND i.kind IN ('paid_twice', 'paid_beside') ORDER BY i.opened_at LIMIT ?1"
);

/// The newest migration that was applied, as wrangler records them.
pub const SCHEMA_VERSION: &str = "SELECT name FROM d1_migrations ORDER BY id DESC LIMIT 1";

/// Reads a row of [`CHECKOUT`].
pub(crate) fn checkout(row: &Row) -> Result<Checkout, StoreFault> {
    let row = &row.unpacked(0)?;
    let columns = row.columns(2, 4 + ORDER_COLUMNS)?;
    let link = LinkState {
        expires_at: row.optional_integer(0)?.map(UnixMillis),
        revoked: row.optional_integer(1)?.is_some(),
    };
    let (charge, order) = of_charge(&Row(columns.to_vec()))?;
    Ok(Checkout {
        link,
        charge,
        order,
    })
}

/// Reads a row of [`CHARGE`].
pub(crate) fn charge_and_order(row: &Row) -> Result<(Charge, Option<Order>), StoreFault> {
    of_charge(&row.unpacked(0)?)
}

fn of_charge(row: &Row) -> Result<(Charge, Option<Order>), StoreFault> {
    let columns = row.columns(4, ORDER_COLUMNS)?;
    let charge = Charge {
        id: ChargeId(row.integer(0)?),
        money: Money {
            minor: row.integer(1)?,
            currency: row.currency(2)?,
        },
        closed: row.optional_integer(3)?.is_some(),
    };
    let order = match columns.first() {
        Some(Value::Null) | None => None,
        Some(Value::Integer(_) | Value::Text(_)) => Some(of_columns(&Row(columns.to_vec()))?),
    };
    Ok((charge, order))
}

/// Reads a row of an order.
pub(crate) fn order(row: &Row) -> Result<Order, StoreFault> {
    of_columns(&row.unpacked(0)?)
}

/// Reads a row of [`FIND`]: whether the event is known, and the order.
pub(crate) fn found(row: &Row) -> Result<(bool, Option<Order>), StoreFault> {
    let row = row.unpacked(0)?;
    let order = match row.0.as_slice() {
        [_] => None,
        _ => Some(of_columns(&Row(row.columns(1, ORDER_COLUMNS)?.to_vec()))?),
    };
    Ok((row.integer(0)? == 1, order))
}

fn of_columns(row: &Row) -> Result<Order, StoreFault> {
    let created_at = UnixMillis(row.integer(5)?);
    let session = row.optional_text(7)?.map(SessionId);
    let url = row.optional_text(8)?;
    let known = (session.is_some() || url.is_some()).then(|| KnownSession {
        id: session.clone(),
        url,
    });
    let state = match row.text(2)? {
        "pending" => OrderState::Pending { session: known },
        "paid" => OrderState::Paid {
            at: UnixMillis(row.integer(11)?),
            receipt_url: row.optional_text(10)?,
        },
        "canceled" => OrderState::Canceled {
            at: UnixMillis(row.integer(12)?),
        },
        "refunded" => OrderState::Refunded {
            at: UnixMillis(row.integer(13)?),
        },
        other => return Err(nonsense(&format!("status {other:?}"))),
    };
    let origin = match row.text(6)? {
        "guard" => Origin::Guard,
        "import" => Origin::Import,
        other => return Err(nonsense(&format!("origin {other:?}"))),
    };
    Ok(Order {
        id: OrderId(row.integer(0)?),
        charge: ChargeId(row.integer(1)?),
        money: Money {
            minor: row.integer(3)?,
            currency: row.currency(4)?,
        },
        created_at,
        origin,
        state,
        session,
        payment_intent: row.optional_text(9)?.map(PaymentIntentId),
        refunded_minor: row.integer(14)?,
        version: row.integer(15)?,
        checks: row.integer(16)?,
        terms: Terms {
            product_name: row.text(17)?.to_owned(),
            customer_email: row.optional_text(18)?,
            return_origin: row.text(19)?.to_owned(),
            session_expires_at: row
                .optional_integer(20)?
                .map_or(created_at.plus(DEFAULT_LIFETIME), UnixMillis),
        },
    })
}

/// A row of [`REVIEWS`]: the incident's kind, its payment, and its order.
pub(crate) fn review(row: &Row) -> Result<(String, Payment, Order), StoreFault> {
    let row = &row.unpacked(0)?;
    let columns = row.columns(5, ORDER_COLUMNS)?;
    let minor = row.optional_integer(3)?;
    let currency = row.optional_text(4)?.as_deref().and_then(Currency::parse);
    let payment = Payment {
        session: SessionId(row.text(1)?.to_owned()),
        payment_intent: row.optional_text(2)?.map(PaymentIntentId),
        money: minor
            .zip(currency)
            .map(|(minor, currency)| Money { minor, currency }),
        receipt_url: None,
    };
    Ok((
        row.text(0)?.to_owned(),
        payment,
        of_columns(&Row(columns.to_vec()))?,
    ))
}

fn nonsense(what: &str) -> StoreFault {
    StoreFault(format!("a row makes no sense: {what}"))
}

impl Row {
    /// The values that a column holds as a JSON array.
    fn unpacked(&self, column: usize) -> Result<Self, StoreFault> {
        json::from_str(self.text(column)?).map_err(|error| nonsense(&error.to_string()))
    }

    fn columns(&self, from: usize, count: usize) -> Result<&[Value], StoreFault> {
        self.0
            .get(from..from + count)
            .filter(|_| self.0.len() == from + count)
            .ok_or_else(|| nonsense("number of columns"))
    }

    fn value(&self, column: usize) -> Result<&Value, StoreFault> {
        self.0
            .get(column)
            .ok_or_else(|| nonsense("a column is missing"))
    }

    /// The integer in a column.
    pub(crate) fn integer(&self, column: usize) -> Result<i64, StoreFault> {
        self.optional_integer(column)?
            .ok_or_else(|| nonsense(&format!("column {column} is NULL")))
    }

    pub(crate) fn optional_integer(&self, column: usize) -> Result<Option<i64>, StoreFault> {
        match self.value(column)? {
            Value::Integer(integer) => Ok(Some(*integer)),
            Value::Null => Ok(None),
            Value::Text(_) => Err(nonsense(&format!("column {column} is text"))),
        }
    }

    /// The text in a column.
    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreFault> {
        match self.value(column)? {
            Value::Text(text) => Ok(text),
            Value::Integer(_) | Value::Null => {
                Err(nonsense(&format!("column {column} is no text")))
            }
        }
    }

    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<String>, StoreFault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(_) | Value::Integer(_) => {
                self.text(column).map(|text| Some(text.to_owned()))
            }
        }
    }

    pub(crate) fn currency(&self, column: usize) -> Result<Currency, StoreFault> {
        Currency::parse(self.text(column)?).ok_or_else(|| nonsense("currency"))
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Value;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("NULL, an integer or a text")
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_i64<E>(self, integer: i64) -> Result<Value, E> {
                Ok(Value::Integer(integer))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

/// D1 gives a row as an array (`raw`) or as an object whose members stand in the statement's order.
impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Columns;
        impl<'de> Visitor<'de> for Columns {
            type Value = Row;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a row")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<Row, A::Error> {
                let mut values = Vec::with_capacity(32);
                while let Some(value) = row.next_element()? {
                    values.push(value);
                }
                Ok(Row(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<Row, A::Error> {
                let mut values = Vec::with_capacity(32);
                while let Some((serde::de::IgnoredAny, value)) = row.next_entry()? {
                    values.push(value);
                }
                Ok(Row(values))
            }
        }
        deserializer.deserialize_any(Columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_from_an_array_and_from_an_object() {
        let expected = Row(vec![Value::Integer(1), Value::Null, Value::from("b")]);
        for json in [r#"[1, null, "b"]"#, r#"{"x": 1, "y": null, "a": "b"}"#] {
            assert_eq!(
                crate::json::from_str::<Row>(json).ok(),
                Some(expected.clone()),
                "{json}"
            );
        }
    }

    #[test]
    fn the_number_of_order_columns() {
        assert_eq!(order_columns!().split(',').count(), ORDER_COLUMNS);
    }
}
