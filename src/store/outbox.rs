//! The outbox: what operators are still to be told. Its rows are written by triggers, whenever an incident opens or is
//! over (`migrations/0002_invariants.sql`).
//!
//! A row is claimed before it is sent: the claim counts the try and sets the time of the next one, if nobody else did
//! either meanwhile. So of two runs at once one sends, and a run that dies leaves a row that is due again later.

use serde::Deserialize;

use super::{
    database::{Database, query},
    row::{Row, statement},
};
use crate::domain::{
    error::StoreError,
    id::IncidentId,
    money::{Currency, Money},
    time::UnixMillis,
};

/// `?1` now. The notice that is due longest. That an incident is over comes after that it opened.
pub const DUE: &str = "\
    SELECT json_object('id', x.id, 'event', x.event, 'tries', x.tries, \
                       'webhook', x.webhook_at IS NOT NULL, 'email', x.email_at IS NOT NULL, \
                       'incident', n.id, 'kind', n.kind, 'minor', n.amount_minor, 'currency', n.currency, \
                       'owed_minor', n.owed_minor, 'owed_currency', n.owed_currency, 'due_by', n.due_by, 'detail', n.detail, \
                       'installation', (SELECT id FROM installation), \
                       'opened', json((SELECT json_object('webhook', o.webhook_at IS NOT NULL, 'email', o.email_at IS NOT NULL, \
                                                          'done', o.next_try_at IS NULL) \
                                       FROM outbox o WHERE o.incident_id = x.incident_id AND o.event = 'opened' AND x.event = 'resolved'))) \
    FROM outbox x JOIN incidents n ON n.id = x.incident_id \
    WHERE x.next_try_at <= ?1 ORDER BY x.next_try_at, x.id LIMIT 1";

/// `?1` row, `?2` the tries that were read, `?3` when it is tried again. Returns a row if this claim won.
pub const CLAIM: &str = "\
    UPDATE outbox SET tries = tries + 1, next_try_at = ?3 WHERE id = ?1 AND tries = ?2 AND next_try_at IS NOT NULL RETURNING id";

/// `?1` row, `?2` when the webhook took it, `?3` when the email service took it, `?4` whether nothing is left to send.
pub const TAKEN: &str = "\
    UPDATE outbox SET webhook_at = COALESCE(webhook_at, ?2), email_at = COALESCE(email_at, ?3), \
                      next_try_at = IIF(?4, NULL, next_try_at) WHERE id = ?1";

/// `?1` now. For when nobody is to be told.
pub const DROP_DUE: &str = "UPDATE outbox SET next_try_at = NULL WHERE next_try_at <= ?1";

/// `?1` now. Whether any row is due.
pub const IS_DUE: &str = "SELECT EXISTS (SELECT 1 FROM outbox WHERE next_try_at <= ?1)";

/// The event that a notice tells of its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It opened.
    Opened,
    /// It is over.
    Resolved,
}

/// How far the notice came that the same incident opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Earlier {
    webhook: i64,
    email: i64,
    done: i64,
}

/// A notice that is due.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Notice {
    /// Its id.
    pub id: i64,
    /// The event that it tells.
    pub event: Event,
    /// How often it was tried.
    pub tries: u32,
    webhook: i64,
    email: i64,
    /// The incident.
    pub incident: IncidentId,
    /// The incident's kind, as it stands in the database.
    pub kind: String,
    minor: Option<i64>,
    currency: Option<Currency>,
    owed_minor: Option<i64>,
    owed_currency: Option<Currency>,
    /// Of a dispute: until when it can be answered, if Stripe says so.
    pub due_by: Option<UnixMillis>,
    /// The details that there are to know of the incident besides.
    pub detail: String,
    installation: String,
    opened: Option<Earlier>,
}

impl Notice {
    /// Whether the webhook is still to get it. It gets nothing of an incident's end before its beginning.
    #[must_use]
    pub fn is_for_webhook(&self) -> bool {
        self.webhook == 0 && self.opened.is_none_or(|it| it.webhook + it.done > 0)
    }

    /// Whether the email is still to be sent.
    #[must_use]
    pub fn is_for_email(&self) -> bool {
        self.email == 0 && self.opened.is_none_or(|it| it.email + it.done > 0)
    }

    /// Whether the webhook has taken it.
    #[must_use]
    pub const fn webhook_took_it(&self) -> bool {
        self.webhook == 1
    }

    /// Whether the email service has taken it.
    #[must_use]
    pub const fn email_took_it(&self) -> bool {
        self.email == 1
    }

    /// The same whenever this notice is sent again, and no other notice's: of this database, and of no other one.
    #[must_use]
    pub fn key(&self) -> String {
        format!("alert_{}_{}", self.installation, self.id)
    }

    /// How much the incident is about.
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
}

/// Which channels have taken a notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The webhook, now.
    pub webhook: bool,
    /// The email service, now.
    pub email: bool,
    /// Nothing is left to send.
    pub is_done: bool,
}

/// The notice that is due longest.
///
/// # Errors
/// A [`StoreError`].
pub async fn due<D: Database>(database: &D, now: UnixMillis) -> Result<Option<Notice>, StoreError> {
    let rows = query(database, statement(DUE, [now.0.into()])).await?;
    rows.first().map(Row::decode).transpose()
}

/// Claims a notice, until `until`. Whether this claim won: then nobody else sends it before.
///
/// # Errors
/// A [`StoreError`]: it may be claimed.
pub async fn claim<D: Database>(
    database: &D,
    notice: &Notice,
    until: UnixMillis,
) -> Result<bool, StoreError> {
    let parameters = [
        notice.id.into(),
        i64::from(notice.tries).into(),
        until.0.into(),
    ];
    let rows = query(database, statement(CLAIM, parameters)).await?;
    Ok(!rows.is_empty())
}

/// Records who took a notice. Idempotent.
///
/// # Errors
/// A [`StoreError`]: it may be sent again.
pub async fn taken<D: Database>(
    database: &D,
    id: i64,
    taken: Taken,
    at: UnixMillis,
) -> Result<(), StoreError> {
    let when = |is_taken: bool| is_taken.then_some(at.0).into();
    let parameters = [
        id.into(),
        when(taken.webhook),
        when(taken.email),
        taken.is_done.into(),
    ];
    query(database, statement(TAKEN, parameters)).await?;
    Ok(())
}

/// Has nobody be told of what is due.
///
/// # Errors
/// A [`StoreError`]: it is as it was.
pub async fn drop_due<D: Database>(database: &D, now: UnixMillis) -> Result<(), StoreError> {
    query(database, statement(DROP_DUE, [now.0.into()])).await?;
    Ok(())
}
