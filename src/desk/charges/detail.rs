//! A charge with all that happened to it, as its page shows it.

use serde::Deserialize;

use crate::{
    domain::{
        act::about_charge,
        error::StoreError,
        id::{ChargeId, IncidentId, OrderId},
        money::{Currency, Money},
        time::UnixMillis,
    },
    store::{
        charges::{Listed, listed_json, standing},
        database::{Database, query},
        row::{Row, Statement, decode_all, statement},
    },
};

fn nothing() -> StoreError {
    StoreError::Failed("a statement that gives one row gave none".to_owned())
}

/// An order of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrderOf {
    /// Its id.
    pub id: OrderId,
    /// `pending`, `paid`, `canceled` or `refunded`.
    pub status: String,
    /// `checkout` or `offline`.
    pub method: String,
    /// `cash`, `check` or `transfer`, of an offline payment.
    pub offline_method: Option<String>,
    /// An operator's note on it.
    pub note: Option<String>,
    minor: i64,
    currency: Currency,
    paid_minor: Option<i64>,
    refunded_minor: i64,
    rest_minor: i64,
    /// Its session at Stripe.
    pub session: Option<String>,
    /// Its payment at Stripe.
    pub payment_intent: Option<String>,
    /// Stripe's receipt page.
    pub receipt_url: Option<String>,
    /// The link by which it was claimed.
    pub link: Option<i64>,
    /// When it was claimed.
    pub created_at: UnixMillis,
    /// When it was paid.
    pub paid_at: Option<UnixMillis>,
    /// When it was canceled.
    pub canceled_at: Option<UnixMillis>,
    /// Why it was canceled.
    pub cancel_reason: Option<String>,
    /// When the money went back.
    pub refunded_at: Option<UnixMillis>,
    /// A refund that was asked for, and that Stripe has not answered yet.
    pub request: Option<RequestOf>,
}

/// A refund that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RequestOf {
    minor: i64,
    /// The actor who asked for it.
    pub actor: String,
    /// When.
    pub at: UnixMillis,
}

impl OrderOf {
    const fn of(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }

    /// How much it was claimed for.
    #[must_use]
    pub const fn money(&self) -> Money {
        self.of(self.minor)
    }

    /// How much was taken, if anything was.
    #[must_use]
    pub fn taken(&self) -> Option<Money> {
        self.paid_at?;
        Some(self.of(self.paid_minor.unwrap_or(self.minor)))
    }

    /// The money that is left of it, if any is.
    #[must_use]
    pub fn left(&self) -> Option<Money> {
        let left = self.taken()?.minor - self.refunded_minor;
        (left > 0).then(|| self.of(left))
    }

    /// How much went back.
    #[must_use]
    pub const fn refunded(&self) -> Money {
        self.of(self.refunded_minor)
    }

    /// How much less than was owed was paid offline, and the rest waived: for as long as it counts as paid.
    #[must_use]
    pub fn waived(&self) -> Money {
        self.of(self.rest_minor.max(0))
    }

    /// How much more than was owed was paid offline, and the club keeps it: for as long as it counts as paid.
    #[must_use]
    pub fn surplus(&self) -> Money {
        self.of((-self.rest_minor).max(0))
    }

    /// How much was asked for, without an answer of Stripe's yet.
    #[must_use]
    pub fn requested(&self) -> Option<Money> {
        self.request.as_ref().map(|request| self.of(request.minor))
    }
}

/// A link of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LinkOf {
    /// Its id.
    pub id: i64,
    /// When it was minted or imported.
    pub created_at: UnixMillis,
    /// When it ends, if it does.
    pub expires_at: Option<UnixMillis>,
    /// When it was taken back.
    pub revoked_at: Option<UnixMillis>,
    /// How many orders were claimed by it.
    pub orders: i64,
    /// When the newest of them was.
    pub used_at: Option<UnixMillis>,
}

impl LinkOf {
    /// Whether it leads anywhere at a time.
    #[must_use]
    pub fn is_valid(&self, now: UnixMillis) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > now)
    }
}

/// Something that happened to a charge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: UnixMillis,
    /// The kind of entry: `order`, `refund`, `incident`, `resolved`, `link`, `revoked`, `act`, `message`.
    pub entry: String,
    /// The order, if it is about one.
    pub order: Option<OrderId>,
    /// From this status.
    pub from: Option<String>,
    /// To this status, or the kind, or the act.
    pub what: String,
    /// The cause: `click`, `webhook`, …
    pub cause: Option<String>,
    /// Which operator.
    pub who: Option<String>,
    minor: Option<i64>,
    currency: Option<Currency>,
    /// More of it.
    pub detail: Option<String>,
}

impl TimelineEntry {
    /// How much it is about: of an order, in the currency that it was claimed in.
    #[must_use]
    pub fn money(&self) -> Option<Money> {
        let money = self.minor.zip(self.currency);
        money.map(|(minor, currency)| Money { minor, currency })
    }
}

/// A charge with all that happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The charge.
    pub charge: Listed,
    /// Its player's row, and what else it has.
    pub more: More,
    /// The newest first.
    pub orders: Vec<OrderOf>,
    /// The newest first.
    pub links: Vec<LinkOf>,
    /// The newest first.
    pub timeline: Vec<TimelineEntry>,
}

/// The facts of a charge that a list does not show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct More {
    /// When it was made.
    pub created_at: UnixMillis,
    /// Since when it is closed.
    pub closed_at: Option<UnixMillis>,
    /// Why.
    pub close_reason: Option<String>,
    /// The payer's address.
    pub email: Option<String>,
    /// The player's row.
    pub player_row: i64,
    /// A session of it that Stripe does not know, if an open incident says so.
    pub unknown_session: Option<String>,
    /// An open dispute about its payment: the one that must be answered first.
    pub dispute: Option<DisputeOf>,
}

/// An open dispute about a charge's payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct DisputeOf {
    /// The incident that says so.
    pub incident: IncidentId,
    /// Until when it can be answered, if Stripe says so.
    pub due_by: Option<UnixMillis>,
}

/// `?1` charge.
pub const CHARGE: &str = concat!(
    "SELECT json_object('charge', ",
    listed_json!(standing!()),
    ", 'more', json_object('created_at', c.created_at, 'closed_at', c.closed_at, 'close_reason', c.close_reason, \
       'email', p.email, 'player_row', p.id, \
       'unknown_session', (SELECT MIN(i.stripe_session_id) FROM incidents i \
                           WHERE i.charge_id = c.id AND i.kind = 'unknown_session' AND i.resolved_at IS NULL), \
       'dispute', json((SELECT json_object('incident', i.id, 'due_by', i.due_by) FROM incidents i \
                        WHERE i.charge_id = c.id AND i.kind = 'dispute' AND i.resolved_at IS NULL \
                        ORDER BY i.due_by IS NULL, i.due_by, i.id LIMIT 1)))) \
     FROM charges c JOIN players p ON p.id = c.player_id WHERE c.id = ?1"
);

// In two parts, for a function of D1 takes 32 arguments at most.
macro_rules! order_of_json {
    () => {
        "json_patch(json_object('id', o.id, 'status', o.status, 'method', o.method, 'offline_method', o.offline_method, \
                                'note', o.offline_note, 'minor', o.amount_minor, 'currency', o.currency, \
                                'paid_minor', o.paid_minor, 'refunded_minor', o.refunded_minor, 'link', o.link_id, \
                                'rest_minor', IIF(o.status = 'paid', o.rest_minor, 0)), \
                    json_object('session', o.stripe_session_id, 'payment_intent', o.payment_intent_id, \
                                'receipt_url', o.receipt_url, 'created_at', o.created_at, 'paid_at', o.paid_at, \
                                'canceled_at', o.canceled_at, 'cancel_reason', o.cancel_reason, \
                                'refunded_at', o.refunded_at, \
                                'request', json((SELECT json_object('minor', r.amount_minor, 'actor', r.actor, 'at', r.created_at) \
                                                 FROM refunds r WHERE r.payment_intent_id = o.payment_intent_id \
                                                   AND r.status = 'requested'))))"
    };
}

pub(crate) use order_of_json;

/// `?1` charge.
pub const ORDERS_OF: &str = concat!(
    "SELECT ",
    order_of_json!(),
    " FROM orders o WHERE o.charge_id = ?1 ORDER BY o.id DESC LIMIT 100"
);

/// `?1` order: it and its charge.
pub const ORDER: &str = concat!(
    "SELECT json_object('charge', o.charge_id, 'order', ",
    order_of_json!(),
    ") FROM orders o WHERE o.id = ?1"
);

macro_rules! link_of_json {
    () => {
        "json_object('id', l.id, 'created_at', l.created_at, 'expires_at', l.expires_at, 'revoked_at', l.revoked_at, \
                     'orders', (SELECT COUNT(*) FROM orders o WHERE o.charge_id = l.charge_id AND o.link_id = l.id), \
                     'used_at', (SELECT MAX(o.created_at) FROM orders o WHERE o.charge_id = l.charge_id AND o.link_id = l.id))"
    };
}
pub(crate) use link_of_json;

/// How many links of a charge are read: the newest.
pub const MOST_LINKS: usize = 100;

/// `?1` charge. At most [`MOST_LINKS`].
pub const LINKS_OF: &str = concat!(
    "SELECT ",
    link_of_json!(),
    " FROM links l WHERE l.charge_id = ?1 ORDER BY l.id DESC LIMIT 100"
);

// D1 takes five parts of a compound SELECT at most (workerd, `sqlite.c++`, SQLITE_LIMIT_COMPOUND_SELECT), so the
// timeline is read in two statements.
macro_rules! timeline {
    ($parts:literal) => {
        concat!(
            "SELECT json_object('at', t.at, 'entry', t.entry, 'order', t.order_id, 'from', t.from_status, 'what', t.what, \
                                'cause', t.cause, 'who', t.who, 'minor', t.minor, 'currency', t.currency, 'detail', t.detail) FROM (",
            $parts,
            ") t ORDER BY t.at DESC LIMIT 200"
        )
    };
}

/// `?1` charge: what happened to its money.
pub const TIMELINE_OF_MONEY: &str = timeline!(
    "SELECT e.at, 'order' AS entry, e.order_id, e.from_status, e.to_status AS what, e.cause, \
            NULLIF(e.actor, '') AS who, o.amount_minor AS minor, o.currency, o.cancel_reason AS detail \
     FROM orders o JOIN order_events e ON e.order_id = o.id WHERE o.charge_id = ?1 \
     UNION ALL SELECT r.created_at, 'refund', o.id, NULL, r.status, r.reason, NULLIF(r.actor, ''), r.amount_minor, r.currency, NULL \
     FROM orders o JOIN refunds r ON r.payment_intent_id = o.payment_intent_id OR r.order_id = o.id WHERE o.charge_id = ?1 \
     UNION ALL SELECT i.opened_at, 'incident', i.order_id, NULL, i.kind, NULL, NULL, i.amount_minor, i.currency, i.detail \
     FROM incidents i WHERE i.charge_id = ?1 \
     UNION ALL SELECT i.resolved_at, 'resolved', i.order_id, NULL, i.kind, NULL, NULL, i.amount_minor, i.currency, i.resolution \
     FROM incidents i WHERE i.charge_id = ?1 AND i.resolved_at IS NOT NULL"
);

/// `?1` charge, `?2` the charge as the audit names it: what operators did, and which emails there were.
pub const TIMELINE_OF_ACTS: &str = timeline!(
    "SELECT l.created_at AS at, 'link' AS entry, NULL AS order_id, NULL AS from_status, 'link ' || l.id AS what, \
            NULL AS cause, NULL AS who, NULL AS minor, NULL AS currency, NULL AS detail FROM links l WHERE l.charge_id = ?1 \
     UNION ALL SELECT l.revoked_at, 'revoked', NULL, NULL, 'link ' || l.id, NULL, NULL, NULL, NULL, NULL \
     FROM links l WHERE l.charge_id = ?1 AND l.revoked_at IS NOT NULL \
     UNION ALL SELECT a.at, 'act', NULL, NULL, a.act, NULL, a.operator, NULL, NULL, a.detail FROM audit a WHERE a.about = ?2 \
     UNION ALL SELECT m.queued_at, 'message', NULL, NULL, m.template, 'queued', NULLIF(m.actor, ''), NULL, NULL, NULL \
     FROM messages m WHERE m.charge_id = ?1 \
     UNION ALL SELECT m.ended_at, 'message', NULL, NULL, m.template, m.state, NULL, NULL, NULL, m.reason \
     FROM messages m WHERE m.charge_id = ?1 AND m.ended_at IS NOT NULL"
);

/// A charge; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn find<D: Database>(database: &D, id: ChargeId) -> Result<Option<Listed>, StoreError> {
    let rows = query(database, statement(CHARGE, [id.0.into()])).await?;
    let row = rows.first().map(Row::decode::<ChargeRow>).transpose()?;
    Ok(row.map(|ChargeRow { charge, .. }| charge))
}

/// The address of a charge's payer, if one is known.
///
/// # Errors
/// A [`StoreError`].
pub async fn email<D: Database>(database: &D, id: ChargeId) -> Result<Option<String>, StoreError> {
    let rows = query(database, statement(CHARGE, [id.0.into()])).await?;
    let row = rows.first().map(Row::decode::<ChargeRow>).transpose()?;
    Ok(row.and_then(|ChargeRow { more, .. }| more.email))
}

#[derive(Deserialize)]
struct ChargeRow {
    charge: Listed,
    more: More,
}

/// A charge with all that happened to it; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn detail<D: Database>(database: &D, id: ChargeId) -> Result<Option<Detail>, StoreError> {
    let one = |sql| statement(sql, [id.0.into()]);
    let acts = statement(TIMELINE_OF_ACTS, [id.0.into(), about_charge(id).into()]);
    let read: Vec<Statement> = vec![
        one(CHARGE),
        one(ORDERS_OF),
        one(LINKS_OF),
        one(TIMELINE_OF_MONEY),
        acts,
    ];
    let results = database.batch(read).await?;
    let [charge, orders, links, money, acts] = results.as_slice() else {
        return Err(nothing());
    };
    let Some(row) = charge.first() else {
        return Ok(None);
    };
    let ChargeRow { charge, more } = row.decode()?;
    let mut timeline: Vec<TimelineEntry> = decode_all(money)?;
    timeline.extend(decode_all::<TimelineEntry>(acts)?);
    // Stable: what has one time stays in its order.
    timeline.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    Ok(Some(Detail {
        charge,
        more,
        orders: decode_all(orders)?,
        links: decode_all(links)?,
        timeline,
    }))
}

#[derive(Deserialize)]
struct OrderRow {
    charge: ChargeId,
    order: OrderOf,
}

/// An order with its charge; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn of_order<D: Database>(
    database: &D,
    id: OrderId,
) -> Result<Option<(ChargeId, OrderOf)>, StoreError> {
    let rows = query(database, statement(ORDER, [id.0.into()])).await?;
    let row = rows.first().map(Row::decode::<OrderRow>).transpose()?;
    Ok(row.map(|OrderRow { charge, order }| (charge, order)))
}
