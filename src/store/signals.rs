//! The facts that the alerts' rules read: when something last happened, how often things happen, what stands open.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    database::{Database, query},
    fold::fold,
    incidents, outbox,
    row::{Statement, statement},
};
use crate::{
    domain::{
        error::StoreError,
        id::OrderId,
        incident::{Incident, IncidentChange, IncidentKind},
        time::{Millis, UnixMillis},
    },
    json,
};

/// `?1` a JSON array of `[hour, what, count]`.
pub const COUNT: &str = "\
    INSERT INTO activity (hour, what, count) \
    SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?1) j WHERE true \
    ON CONFLICT (hour, what) DO UPDATE SET count = count + excluded.count";

/// `?1` a JSON array of `[what, at]`.
pub const SIGNAL: &str = "\
    INSERT INTO signals (what, at) SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j WHERE true \
    ON CONFLICT (what) DO UPDATE SET at = MAX(at, excluded.at)";

/// `?1` subject, `?2` kind, `?3` detail, `?4` now, `?5` before when the last run ended. Opens an incident unless a run of
/// the cron ended since, or the database is younger.
pub const OPEN_STALLED: &str = "\
    INSERT INTO incidents (subject, kind, detail, opened_at) SELECT ?1, ?2, ?3, ?4 \
    WHERE COALESCE((SELECT at FROM signals WHERE what = 'run'), (SELECT created_at FROM installation)) < ?5 \
      AND NOT EXISTS (SELECT 1 FROM incidents WHERE subject = ?1 AND resolved_at IS NULL)";

/// `?1` order. Whether its charge has a payment, as a person was told.
pub const HAS_PAYMENT: &str = "\
    SELECT EXISTS (SELECT 1 FROM orders t JOIN orders o ON o.charge_id = t.charge_id \
                   WHERE t.id = ?1 AND o.status IN ('paid', 'refunded'))";

/// How many pending charges the rule of stale orders looks at: the oldest.
pub const PENDING_READ: u32 = 1_000;

/// `?1` a JSON array of subjects, `?2` when the run began, `?3` before when an order's session must have ended, `?4` the
/// start of the hour before, `?5` how many pending charges are read, `?6` how old an event is that was not delivered.
///
/// An order's session ends at the latest 24 hours after its creation (Stripe docs, "Create a Checkout Session",
/// `expires_at`). An imported order counts from its import on.
pub const FACTS: &str = "\
    SELECT json_object( \
        'signals', json((SELECT json_group_object(what, at) FROM signals)), \
        'errors', (SELECT COALESCE(SUM(a.count), 0) FROM activity a WHERE a.hour >= ?4 AND a.what = 'answer:try_again'), \
        'stale', (SELECT count(*) FROM (SELECT c.id, c.created_at FROM charges c WHERE c.state = 'pending' ORDER BY c.id LIMIT ?5) c \
                  JOIN orders o ON o.charge_id = c.id AND o.status = 'pending' \
                  WHERE MAX(COALESCE(o.session_expires_at, o.created_at + 86400000), IIF(o.origin = 'import', c.created_at, 0)) < ?3), \
        'undelivered', (SELECT MIN(e.created_at) FROM stripe_events e WHERE e.received_at >= ?2 AND e.received_at - e.created_at >= ?6), \
        'last', json((SELECT json_group_object(n.subject, json_object('opened_at', n.opened_at, 'resolved_at', n.resolved_at, \
                                                                      'resolution', n.resolution)) \
                      FROM json_each(?1) j JOIN incidents n \
                        ON n.id = (SELECT m.id FROM incidents m WHERE m.subject = j.value ORDER BY m.id DESC LIMIT 1))))";

/// An event of which it is kept when it last happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// A run of the cron ended.
    Run,
    /// A delivery of Stripe's was recorded.
    Webhook,
    /// A click was answered with 5xx.
    Error,
    /// A click was answered with 5xx because of Stripe.
    StripeError,
    /// A click was refused because D1's free plan was used up.
    Quota,
    /// A click on an unpaid charge was told that it is paid.
    Unpaid,
}

/// How often something happened in the hour that begins at a time.
pub type Count = (UnixMillis, String, u32);

/// The newest incident of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Last {
    /// When it opened.
    pub opened_at: UnixMillis,
    /// When it was over.
    pub resolved_at: Option<UnixMillis>,
    /// How.
    pub resolution: Option<String>,
}

/// The facts that the rules decide by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Facts {
    /// When each signal last came.
    pub signals: BTreeMap<Signal, UnixMillis>,
    /// Answers of 5xx in this hour and the one before.
    pub errors: i64,
    /// Orders that are pending though their session ended long ago.
    pub stale: i64,
    /// The oldest event that was recorded in this run and had not been delivered in time: when it happened.
    pub undelivered: Option<UnixMillis>,
    /// The newest incident of each subject of the rules.
    pub last: BTreeMap<String, Last>,
}

/// The times that a read of the facts depends on.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// Now.
    pub now: UnixMillis,
    /// When the run of the cron began.
    pub began: UnixMillis,
    /// How long an order may stay pending after its session's end.
    pub stale_after: Millis,
    /// How old an event may be until its delivery is late.
    pub late_after: Millis,
}

/// The changes that are written together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// The counts to add.
    pub counts: Vec<Count>,
    /// The signals that came, and when.
    pub signals: Vec<(Signal, UnixMillis)>,
    /// The incidents that open, and those that are over.
    pub incidents: Vec<IncidentChange>,
    /// An incident to open if no run of the cron has ended since that time.
    pub stalled: Option<(Incident, UnixMillis)>,
}

impl Writes {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The subject of a rule's incident.
#[must_use]
pub fn subject(kind: IncidentKind, about: &str) -> String {
    format!("{}:{about}", kind.as_str())
}

/// Reads what the rules decide by, of these subjects, after a fold. What it reads does not grow with the tables.
///
/// # Errors
/// A [`StoreError`].
pub async fn facts<D: Database>(
    database: &D,
    subjects: &[String],
    since: Since,
) -> Result<Facts, StoreError> {
    let hour = Millis::minutes(60);
    let parameters = [
        json::to_string(subjects).into(),
        since.began.0.into(),
        since.now.minus(since.stale_after).0.into(),
        hour_of(since.now.minus(hour)).0.into(),
        i64::from(PENDING_READ).into(),
        since.late_after.0.into(),
    ];
    let read = vec![fold(), statement(FACTS, parameters)];
    let rows = database.batch(read).await?.pop().unwrap_or_default();
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Failed("facts without their row".to_owned()))?;
    row.decode()
}

/// Writes in one transaction. Whether any notice is due then.
///
/// # Errors
/// A [`StoreError`]: nothing is written.
pub async fn write<D: Database>(
    database: &D,
    writes: &Writes,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let mut statements = Vec::new();
    if !writes.counts.is_empty() {
        statements.push(statement(COUNT, [json::to_string(&writes.counts).into()]));
    }
    if !writes.signals.is_empty() {
        statements.push(statement(SIGNAL, [json::to_string(&writes.signals).into()]));
    }
    for change in &writes.incidents {
        statements.extend(incidents::change(change, now));
    }
    if let Some((incident, before)) = &writes.stalled {
        statements.push(open_stalled(incident, *before, now));
    }
    statements.push(statement(outbox::IS_DUE, [now.0.into()]));
    let results = database.batch(statements).await?;
    let row = results.last().and_then(|rows| rows.first());
    row.map_or(Ok(false), |row| row.truth(0))
}

fn open_stalled(incident: &Incident, before: UnixMillis, now: UnixMillis) -> Statement {
    statement(
        OPEN_STALLED,
        [
            subject(incident.kind, &incident.about).into(),
            incident.kind.as_str().into(),
            incident.detail.as_str().into(),
            now.0.into(),
            before.0.into(),
        ],
    )
}

/// Whether the charge of an order has a payment.
///
/// # Errors
/// A [`StoreError`].
pub async fn has_payment<D: Database>(database: &D, order: OrderId) -> Result<bool, StoreError> {
    let rows = query(database, statement(HAS_PAYMENT, [order.0.into()])).await?;
    rows.first().map_or(Ok(false), |row| row.truth(0))
}

/// The beginning of the hour of a time, in UTC.
#[must_use]
pub const fn hour_of(at: UnixMillis) -> UnixMillis {
    UnixMillis(at.0 - at.0.rem_euclid(3_600_000))
}
