//! Incidents as the desk reads them, and how one is resolved by hand.

use serde::Deserialize;

use crate::{
    domain::{
        act::Act,
        error::StoreError,
        id::{ChargeId, IncidentId, OrderId},
        incident::IncidentKind,
        money::{Currency, Money},
        time::UnixMillis,
    },
    store::{
        audit,
        database::{Database, query},
        row::{Row, decode_page, statement},
    },
};

/// How many incidents a page of the list has.
pub const PAGE: usize = 50;

/// Which incidents a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that are over, instead of those that are open.
    pub resolved: bool,
    /// Older than this one.
    pub after: Option<IncidentId>,
}

/// An incident as operators see it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: IncidentId,
    /// Its kind, as it stands in the database.
    pub kind: String,
    /// Its order.
    pub order: Option<OrderId>,
    /// Its charge.
    pub charge: Option<ChargeId>,
    /// The charge's player.
    pub player: Option<String>,
    /// The payment at Stripe, which a refund needs.
    pub payment_intent: Option<String>,
    minor: Option<i64>,
    currency: Option<Currency>,
    owed_minor: Option<i64>,
    owed_currency: Option<Currency>,
    /// Of a dispute: until when it can be answered, if Stripe says so.
    pub due_by: Option<UnixMillis>,
    /// The details that there are to know besides.
    pub detail: String,
    /// Since when.
    pub opened_at: UnixMillis,
    /// When it was over.
    pub resolved_at: Option<UnixMillis>,
    /// How.
    pub resolution: Option<String>,
}

impl Listed {
    /// `open` or `resolved`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        if self.resolved_at.is_some() {
            "resolved"
        } else {
            "open"
        }
    }

    /// How much it is about.
    #[must_use]
    pub fn money(&self) -> Option<Money> {
        let (minor, currency) = (self.minor?, self.currency?);
        Some(Money { minor, currency })
    }

    /// How much was owed, if that is another amount.
    #[must_use]
    pub fn owed(&self) -> Option<Money> {
        let (minor, currency) = (self.owed_minor?, self.owed_currency?);
        Some(Money { minor, currency })
    }

    /// The order whose payment may be refunded because of it: only a duplicate payment's.
    #[must_use]
    pub fn refundable(&self) -> Option<OrderId> {
        let is_duplicate = self.kind == IncidentKind::DuplicatePayment.as_str();
        self.order
            .filter(|_| is_duplicate && self.resolved_at.is_none())
    }
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The newest first.
    pub incidents: Vec<Listed>,
    /// Where the next page begins.
    pub next: Option<IncidentId>,
}

macro_rules! listed {
    () => {
        "SELECT json_object('id', n.id, 'kind', n.kind, 'order', n.order_id, 'charge', n.charge_id, 'player', p.name, \
                            'payment_intent', n.payment_intent_id, 'minor', n.amount_minor, 'currency', n.currency, \
                            'owed_minor', n.owed_minor, 'owed_currency', n.owed_currency, 'due_by', n.due_by, \
                            'detail', n.detail, 'opened_at', n.opened_at, \
                            'resolved_at', n.resolved_at, 'resolution', n.resolution) \
         FROM incidents n LEFT JOIN charges c ON c.id = n.charge_id LEFT JOIN players p ON p.id = c.player_id "
    };
}

/// `?1` after, `?2` limit.
pub const LIST_OPEN: &str = concat!(
    listed!(),
    "WHERE n.resolved_at IS NULL AND n.id < ?1 ORDER BY n.id DESC LIMIT ?2"
);
/// `?1` after, `?2` limit.
pub const LIST_RESOLVED: &str = concat!(
    listed!(),
    "WHERE n.resolved_at IS NOT NULL AND n.id < ?1 ORDER BY n.id DESC LIMIT ?2"
);
/// How many incidents are open, counted up to `?1`.
pub const COUNT_OPEN: &str = "\
    SELECT json_object('open', COUNT(*)) FROM (SELECT 1 FROM incidents WHERE resolved_at IS NULL AND id > 0 LIMIT ?1)";
/// `?1` incident.
pub const INCIDENT: &str = concat!(listed!(), "WHERE n.id = ?1");

/// `?1` incident, `?2` now, `?3` resolution. Returns a row if it was open until now.
pub const RESOLVE_BY_HAND: &str = "\
    UPDATE incidents SET resolved_at = ?2, resolution = ?3 WHERE id = ?1 AND resolved_at IS NULL RETURNING id";

/// A page of incidents, the newest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn list<D: Database>(database: &D, filter: Filter) -> Result<Page, StoreError> {
    let sql = if filter.resolved {
        LIST_RESOLVED
    } else {
        LIST_OPEN
    };
    let after = filter.after.map_or(i64::MAX, |after| after.0);
    let limit = PAGE as i64 + 1;
    let rows = query(database, statement(sql, [after.into(), limit.into()])).await?;
    let (incidents, has_more): (Vec<Listed>, _) = decode_page(&rows, PAGE)?;
    let next = incidents
        .last()
        .map(|incident| incident.id)
        .filter(|_| has_more);
    Ok(Page { incidents, next })
}

/// An incident; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn find<D: Database>(database: &D, id: IncidentId) -> Result<Option<Listed>, StoreError> {
    let rows = query(database, statement(INCIDENT, [id.0.into()])).await?;
    rows.first().map(Row::decode).transpose()
}

/// Resolves an incident, and records the act. Whether it was open until now.
///
/// # Errors
/// A [`StoreError`]: it is as it was.
pub async fn resolve_by_hand<D: Database>(
    database: &D,
    id: IncidentId,
    resolution: &str,
    act: &Act,
    at: UnixMillis,
) -> Result<bool, StoreError> {
    let resolve = statement(
        RESOLVE_BY_HAND,
        [id.0.into(), at.0.into(), resolution.into()],
    );
    let results = database
        .batch(vec![resolve, audit::recording(act, at)])
        .await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}
