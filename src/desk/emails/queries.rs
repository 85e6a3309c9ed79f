//! The list of emails, and the two acts on one of them.

use serde::Deserialize;

use crate::{
    domain::{
        act::Act,
        charge::Kind,
        email::{EmailState, Reason, Template},
        error::StoreError,
        id::{ChargeId, EmailId},
        time::UnixMillis,
    },
    store::{
        audit,
        database::{Database, query, transaction},
        row::{Row, Statement, Value, decode_all, decode_page, statement},
    },
};

/// How many emails a page of the list has.
pub const PAGE: usize = 50;

macro_rules! email_json {
    () => {
        "json_object('id', m.id, 'template', m.template, 'charge', m.charge_id, 'about', m.about, 'state', m.state, \
                     'reason', m.reason, 'actor', NULLIF(m.actor, ''), 'link', m.link_id, 'queued_at', m.queued_at, \
                     'ended_at', m.ended_at, 'tries', m.tries, 'next_try_at', m.next_try_at, \
                     'player', p.name, 'player_id', p.player_id, 'kind', c.kind, 'period', c.period)"
    };
}

macro_rules! list {
    ($where:literal) => {
        concat!(
            "SELECT ",
            email_json!(),
            " FROM messages m JOIN charges c ON c.id = m.charge_id JOIN players p ON p.id = c.player_id WHERE m.id < ?1 AND ",
            $where,
            " ORDER BY m.id DESC LIMIT ?2"
        )
    };
}

/// `?1` after, `?2` limit, `?3` NULL.
pub const LIST: &str = list!("?3 IS NULL");
/// `?1` after, `?2` limit, `?3` state.
pub const LIST_BY_STATE: &str = list!("m.state = ?3");

/// `?1` email.
pub const FIND: &str = concat!(
    "SELECT ",
    email_json!(),
    " FROM messages m JOIN charges c ON c.id = m.charge_id JOIN players p ON p.id = c.player_id WHERE m.id = ?1"
);

/// `?1` player.
pub const OF_PLAYER: &str = concat!(
    "SELECT ",
    email_json!(),
    " FROM charges c JOIN messages m ON m.charge_id = c.id JOIN players p ON p.id = c.player_id \
      WHERE c.player_id = ?1 ORDER BY m.id DESC LIMIT 1000"
);

/// How it stands with the emails that were queued together with the one that waits longest. They have neighbouring ids: a
/// press queues two thousand at most.
pub const PROGRESS: &str = "\
    SELECT json_object('waiting', w.waiting, 'total', COUNT(m.id), 'sent', COALESCE(SUM(m.state = 'sent'), 0), \
                       'canceled', COALESCE(SUM(m.state = 'canceled'), 0), 'since', f.queued_at) \
    FROM (SELECT COUNT(*) AS waiting, MIN(id) AS id FROM messages INDEXED BY messages_due WHERE next_try_at IS NOT NULL) w \
    CROSS JOIN messages f ON f.id = w.id \
    LEFT JOIN messages m ON m.id BETWEEN w.id - 2000 AND w.id + 2000 AND m.queued_at = f.queued_at GROUP BY f.id";

/// `?1` now.
pub const WITHDRAW_ALL: &str = "\
    UPDATE messages SET state = 'canceled', reason = 'withdrawn', ended_at = ?1, next_try_at = NULL \
    WHERE state = 'queued' RETURNING json_object('id', id)";

/// `?1` email: aborts the transaction unless it was refused or is unclear, and no other one about its charge waits.
pub const EXPECT_MAY_GO_AGAIN: &str = "\
    INSERT INTO expect (holds) \
    SELECT EXISTS (SELECT 1 FROM messages m WHERE m.id = ?1 AND m.state IN ('refused', 'unclear') \
                     AND NOT EXISTS (SELECT 1 FROM messages w WHERE w.charge_id = m.charge_id AND w.state IN ('queued', 'sending')))";

/// `?1` email, `?2` operator, `?3` now.
pub const AGAIN: &str = "\
    UPDATE messages SET state = 'queued', reason = NULL, actor = ?2, queued_at = ?3, ended_at = NULL, next_try_at = ?3 WHERE id = ?1";

/// `?1` email: aborts the transaction unless it waits.
pub const EXPECT_QUEUED: &str = "\
    INSERT INTO expect (holds) SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND state = 'queued')";

/// `?1` email, `?2` now.
pub const WITHDRAW: &str = "\
    UPDATE messages SET state = 'canceled', reason = 'withdrawn', ended_at = ?2, next_try_at = NULL WHERE id = ?1";

/// An email in a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Email {
    /// Its id.
    pub id: EmailId,
    /// Its template.
    pub template: Template,
    /// The charge that it is about.
    pub charge: ChargeId,
    /// Its number, of a link and a reminder; else the order that it is about.
    pub about: i64,
    /// Its state.
    pub state: EmailState,
    /// Why.
    pub reason: Option<Reason>,
    /// Which operator queued it; nobody, if it was queued by rule.
    pub actor: Option<String>,
    /// The link that it carries.
    pub link: Option<i64>,
    /// When it was queued.
    pub queued_at: UnixMillis,
    /// When it was sent, refused, unclear or canceled.
    pub ended_at: Option<UnixMillis>,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next.
    pub next_try_at: Option<UnixMillis>,
    /// The player's name.
    pub player: String,
    /// The club's own id of the player.
    pub player_id: String,
    /// The charge's kind.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
}

/// Which emails a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this state.
    pub state: Option<EmailState>,
    /// Older than this one.
    pub after: Option<EmailId>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The newest first.
    pub emails: Vec<Email>,
    /// Where the next page begins, if there is one.
    pub next: Option<EmailId>,
}

/// A page of emails, the newest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn list<D: Database>(database: &D, filter: Filter) -> Result<Page, StoreError> {
    let after: Value = filter.after.map_or(i64::MAX, |after| after.0).into();
    let state = filter.state.map(EmailState::as_str);
    let sql = if state.is_some() { LIST_BY_STATE } else { LIST };
    let limit = PAGE as i64 + 1;
    let rows = query(
        database,
        statement(sql, [after, limit.into(), state.into()]),
    )
    .await?;
    let (emails, has_more): (Vec<Email>, _) = decode_page(&rows, PAGE)?;
    let last = emails.last().map(|email| email.id);
    Ok(Page {
        emails,
        next: last.filter(|_| has_more),
    })
}

/// An email; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn find<D: Database>(database: &D, id: EmailId) -> Result<Option<Email>, StoreError> {
    let rows = query(database, statement(FIND, [id.0.into()])).await?;
    rows.first().map(Row::decode).transpose()
}

/// Queues an email again that was refused, or of which nobody knows whether it went out, and records the act. `false`: it
/// was not that any more, or another email about its charge waits.
///
/// # Errors
/// A [`StoreError`]: it is as it was.
pub async fn again<D: Database>(
    database: &D,
    id: EmailId,
    act: &Act,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let again = [id.0.into(), act.operator.as_str().into(), now.0.into()];
    let expect = statement(EXPECT_MAY_GO_AGAIN, [id.0.into()]);
    change(database, expect, statement(AGAIN, again), act, now).await
}

/// Takes back an email that waits, and records the act. Whether it waited until now.
///
/// # Errors
/// A [`StoreError`]: it is as it was.
pub async fn withdraw<D: Database>(
    database: &D,
    id: EmailId,
    act: &Act,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let withdraw = statement(WITHDRAW, [id.0.into(), now.0.into()]);
    let expect = statement(EXPECT_QUEUED, [id.0.into()]);
    change(database, expect, withdraw, act, now).await
}

/// How it stands with the emails that were queued last and are not all gone; `None` if none waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Progress {
    /// How many wait in all, those among them that were queued otherwise.
    pub waiting: u32,
    /// How many were queued together.
    pub total: u32,
    /// How many of these are sent.
    pub sent: u32,
    /// How many of these were taken back, or are not to be sent any more.
    pub canceled: u32,
    /// When they were queued.
    pub since: UnixMillis,
}

/// How far the queue is.
///
/// # Errors
/// A [`StoreError`].
pub async fn progress<D: Database>(database: &D) -> Result<Option<Progress>, StoreError> {
    let rows = query(database, statement(PROGRESS, [])).await?;
    rows.first().map(Row::decode).transpose()
}

#[derive(Deserialize)]
struct Withdrawn {
    #[serde(rename = "id")]
    _id: EmailId,
}

/// Takes back every email that waits, and records the act. How many. One that is being sent just now goes.
///
/// # Errors
/// A [`StoreError`]: nothing was taken back, or the database's answer was lost. The same again does no harm.
pub async fn withdraw_all<D: Database>(
    database: &D,
    act: &Act,
    now: UnixMillis,
) -> Result<usize, StoreError> {
    let withdraw = statement(WITHDRAW_ALL, [now.0.into()]);
    let results = database
        .batch(vec![withdraw, audit::recording(act, now)])
        .await?;
    let rows = results.first().map_or(&[][..], Vec::as_slice);
    let withdrawn: Vec<Withdrawn> = decode_all(rows)?;
    Ok(withdrawn.len())
}

async fn change<D: Database>(
    database: &D,
    expect: Statement,
    change: Statement,
    act: &Act,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let recorded = audit::recording(act, now);
    Ok(transaction(database, vec![expect, change, recorded])
        .await?
        .is_some())
}
