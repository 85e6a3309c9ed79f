//! Emails to those who pay: who gets one, the queue, and what became of each.
//!
//! An email is claimed before it is sent. The claim is a compare-and-set on its count of tries, makes the link that the
//! email carries, and looks once more whether it is still to be sent. So of two runs of the cron at once one sends. A
//! claim that ends without a word of what came of it leaves an email that nobody knows of: it becomes `unclear`, and
//! goes out again only if an operator says so.

use serde::Deserialize;

use super::{
    audit,
    charges::{self, WINDOW, is_overdue},
    database::{Database, query, transaction},
    fold::fold,
    row::{Row, Statement, Value, decode_all, decode_page, statement},
    search::{self, candidates_by_words, players_by_words},
};
use crate::{
    domain::{
        act::{Act, OfflineMethod},
        charge::{ChargeState, Kind},
        error::StoreError,
        id::{Attempt, ChargeId, MessageId, OrderId},
        message::{MessageState, Reason, Template, Tried},
        money::{Currency, Money},
        time::{Millis, UnixMillis},
        token::TokenHash,
    },
    json,
};

/// For how many charges an act may queue emails.
pub const MOST: usize = 2_000;
/// How many emails a page of the list has.
pub const PAGE: usize = 50;
/// After an email about a charge, an operator's reminder waits so long: whoever presses a button twice sends one.
const RECENT: Millis = Millis::minutes(20 * 60);
/// What could not be sent for so long is not sent any more: it would surprise.
const TOO_OLD: Millis = Millis::minutes(14 * 24 * 60);

// What an email says of a charge `c` and its player `p`: the template, and the order of an offline payment.
macro_rules! letter_json {
    ($template:literal, $order:literal) => {
        concat!(
            "json_object('template', ",
            $template,
            ", 'email', p.email, 'language', p.language, 'player', p.name, 'kind', c.kind, 'period', c.period, \
                'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, \
                'payment', json((SELECT json_object('order', o.id, 'minor', o.paid_minor, 'currency', o.currency, 'at', o.paid_at, \
                                                    'method', o.offline_method) \
                                 FROM orders o WHERE o.id = ",
            $order,
            " AND o.method = 'offline')))"
        )
    };
}

// Why an email `m` about a charge of standing `s`, of a player `p`, is not to be sent any more; NULL if it is.
macro_rules! why_not {
    () => {
        "CASE WHEN p.erased_at IS NOT NULL THEN 'erased' WHEN p.email IS NULL THEN 'no_email' \
              WHEN m.template = 'offline_receipt' \
              THEN IIF(EXISTS (SELECT 1 FROM orders o WHERE o.id = m.about AND o.status = 'paid'), NULL, 'refunded') \
              WHEN s.state NOT IN ('unpaid', 'pending') THEN s.state END"
    };
}

/// `?1` now. A claim has ended without a word: nobody knows whether the email went out.
pub const INTERRUPTED: &str = "\
    UPDATE messages INDEXED BY messages_due SET state = 'unclear', reason = 'interrupted', ended_at = ?1, next_try_at = NULL \
    WHERE state = 'sending' AND next_try_at <= ?1";

/// `?1` now, `?2` before when it was queued.
pub const GIVE_UP: &str = "\
    UPDATE messages INDEXED BY messages_due SET state = 'canceled', reason = 'too_old', ended_at = ?1, next_try_at = NULL \
    WHERE state = 'queued' AND next_try_at <= ?1 AND queued_at < ?2";

/// `?1` now, `?2` limit. The emails that wait longest.
pub const DUE: &str = "\
    SELECT json_object('id', id, 'tries', tries) FROM messages INDEXED BY messages_due \
    WHERE state = 'queued' AND next_try_at <= ?1 ORDER BY next_try_at, id LIMIT ?2";

/// `?1` email, `?2` the tries that were read, `?3` now. Cancels what is not to be sent any more.
pub const CANCEL: &str = concat!(
    "UPDATE messages SET state = 'canceled', ended_at = ?3, next_try_at = NULL, reason = w.why \
     FROM (SELECT ",
    why_not!(),
    " AS why FROM messages m JOIN charges c ON c.id = m.charge_id JOIN standings s ON s.id = c.id JOIN players p ON p.id = c.player_id \
      WHERE m.id = ?1) w \
      WHERE id = ?1 AND tries = ?2 AND state = 'queued' AND w.why IS NOT NULL"
);

/// `?1` email, `?2` the tries that were read, `?3` now, `?4` token hash. The link that the email carries.
pub const LINK: &str = "\
    INSERT INTO links (token_sha256, charge_id, created_at) \
    SELECT ?4, charge_id, ?3 FROM messages \
    WHERE id = ?1 AND tries = ?2 AND state = 'queued' AND next_try_at <= ?3 AND template <> 'offline_receipt'";

/// `?1` email, `?2` the tries that were read, `?3` now, `?4` token hash, `?5` when the claim ends. Returns what the email
/// says if this claim won.
pub const CLAIM: &str = concat!(
    "UPDATE messages SET state = 'sending', tries = tries + 1, next_try_at = ?5, reason = NULL, \
                         link_id = (SELECT l.id FROM links l WHERE l.token_sha256 = ?4) \
     WHERE id = ?1 AND tries = ?2 AND state = 'queued' AND next_try_at <= ?3 \
     RETURNING (SELECT ",
    letter_json!("messages.template", "messages.about"),
    " FROM charges c JOIN players p ON p.id = c.player_id WHERE c.id = messages.charge_id)"
);

/// `?1` email, `?2` tries with this one, `?3` now. Nobody has the link of an email that did not go out.
pub const REVOKE: &str = "\
    UPDATE links SET revoked_at = ?3 \
    WHERE id = (SELECT link_id FROM messages WHERE id = ?1 AND tries = ?2 AND state = 'sending') AND revoked_at IS NULL";

/// `?1` email, `?2` tries with this one, `?3` now.
pub const SENT: &str = "\
    UPDATE messages SET state = 'sent', reason = NULL, ended_at = ?3, next_try_at = NULL \
    WHERE id = ?1 AND tries = ?2 AND state IN ('sending', 'unclear')";

/// `?1` email, `?2` tries with this one, `?3` now, `?4` state, `?5` reason.
pub const ENDED: &str = "\
    UPDATE messages SET state = ?4, reason = ?5, ended_at = ?3, next_try_at = NULL \
    WHERE id = ?1 AND tries = ?2 AND state = 'sending'";

/// `?1` email, `?2` tries with this one, `?3` when it is tried again, `?4` reason.
pub const LATER: &str = "\
    UPDATE messages SET state = 'queued', reason = ?4, next_try_at = ?3 \
    WHERE id = ?1 AND tries = ?2 AND state = 'sending'";

// The charges to remind of by rule: `?1` before when the days began, `?2` how many, `?3` the last day on which they may be
// due. The database counts a day from midnight in UTC, so `?1` alone would let them out on the day itself where the
// club's clocks are behind. SQLite would rather read all that are unpaid, and sort them.
macro_rules! to_remind {
    () => {
        "SELECT id FROM charges INDEXED BY charges_to_remind WHERE remind_from <= ?1 AND state IN ('unpaid', 'pending') \
           AND (due_on IS NULL OR due_on <= ?3) ORDER BY remind_from LIMIT ?2"
    };
}

/// `?1` before when the days began, `?2` how many, `?3` the last day on which they may be due, `?4` now, `?5` how many
/// reminders a charge gets at most.
pub const REMIND: &str = concat!(
    "INSERT INTO messages (template, charge_id, about, queued_at, next_try_at) \
     SELECT 'reminder', c.id, (SELECT COUNT(*) + 1 FROM messages m WHERE m.charge_id = c.id AND m.template = 'reminder'), ?4, ?4 \
     FROM (",
    to_remind!(),
    ") x JOIN charges c ON c.id = x.id JOIN standings s ON s.id = c.id JOIN players p ON p.id = c.player_id \
      WHERE p.email IS NOT NULL AND s.state IN ('unpaid', 'pending') \
        AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.charge_id = c.id AND m.state IN ('queued', 'sending')) \
        AND (SELECT COUNT(*) FROM messages m WHERE m.charge_id = c.id AND m.template = 'reminder' \
               AND m.state IN ('sent', 'unclear')) < ?5"
);

/// The first three of these parameters. Their days begin again when the reminder went out, or is not to be sent any more;
/// whoever gets none is not looked at again.
pub const REMINDED: &str = concat!(
    "UPDATE charges SET remind_from = NULL WHERE id IN (",
    to_remind!(),
    ")"
);

/// `?1` a JSON array of orders, `?2` now. A bank debit failed, and the order was canceled for that: its payer is told, with a new link. If it
/// was found out once more after a restore, the email may have gone out before: then an operator alone sends it.
pub const DEBIT_FAILED: &str = "\
    INSERT INTO messages (template, charge_id, about, state, reason, queued_at, ended_at, next_try_at) \
    SELECT 'debit_failed', c.id, o.id, IIF(o.again, 'unclear', 'queued'), IIF(o.again, 'restored', NULL), ?2, \
           IIF(o.again, ?2, NULL), IIF(o.again, NULL, ?2) \
    FROM (SELECT *, cause = 'restore' AS again FROM orders WHERE id IN (SELECT value FROM json_each(?1))) o \
    JOIN charges c ON c.id = o.charge_id JOIN players p ON p.id = c.player_id \
    WHERE o.status = 'canceled' AND o.cancel_reason = 'payment_failed' AND o.canceled_at = ?2 \
      AND c.closed_at IS NULL AND p.email IS NOT NULL";

/// The same parameters. That says more than what waits.
pub const SUPERSEDED: &str = "\
    UPDATE messages SET state = 'canceled', reason = 'superseded', ended_at = ?2, next_try_at = NULL \
    WHERE charge_id IN (SELECT charge_id FROM orders WHERE id IN (SELECT value FROM json_each(?1))) \
      AND state = 'queued' AND template <> 'offline_receipt' \
      AND EXISTS (SELECT 1 FROM messages m WHERE m.charge_id = messages.charge_id AND m.template = 'debit_failed' \
                    AND m.about IN (SELECT value FROM json_each(?1)) AND m.state = 'queued' AND m.id <> messages.id)";

/// `?1` attempt, `?2` operator, `?3` now. The receipt of an offline payment that the same transaction has recorded.
pub const RECEIPT: &str = "\
    INSERT INTO messages (template, charge_id, about, actor, queued_at, next_try_at) \
    SELECT 'offline_receipt', o.charge_id, o.id, ?2, ?3, ?3 \
    FROM orders o JOIN charges c ON c.id = o.charge_id JOIN players p ON p.id = c.player_id \
    WHERE o.attempt = ?1 AND p.email IS NOT NULL";

// A charge `c` of standing `s` and of a player `p`, and why it gets no email: `?2` the template, `?3` since when an email is recent. One that
// waits stands for any other: two at once would say the same.
macro_rules! left_out {
    () => {
        "CASE WHEN p.erased_at IS NOT NULL THEN 'erased' \
              WHEN s.state NOT IN ('unpaid', 'pending') THEN s.state \
              WHEN p.email IS NULL THEN 'no_email' \
              WHEN EXISTS (SELECT 1 FROM messages m WHERE m.charge_id = c.id AND m.state IN ('queued', 'sending')) THEN 'queued' \
              WHEN ?2 = 'link' THEN (SELECT MIN(m.state) FROM messages m WHERE m.charge_id = c.id AND m.template = 'link' \
                                       AND m.state IN ('sent', 'unclear')) \
              WHEN EXISTS (SELECT 1 FROM messages m WHERE m.charge_id = c.id AND m.template <> 'offline_receipt' \
                             AND m.state IN ('sent', 'unclear') AND m.ended_at > ?3) THEN 'recent' END"
    };
}

/// `?1` a JSON array of charges, `?2` template, `?3` since when an email is recent.
pub const CANDIDATES: &str = concat!(
    "SELECT json_object('charge', c.id, 'player_id', p.player_id, 'player', p.name, 'left_out', ",
    left_out!(),
    ") FROM json_each(?1) j JOIN charges c ON c.id = j.value JOIN standings s ON s.id = c.id JOIN players p ON p.id = c.player_id \
      ORDER BY c.id DESC"
);

/// The same, `?4` operator, `?5` now: queues them. Returns the charges that get an email.
pub const QUEUE: &str = concat!(
    "INSERT INTO messages (template, charge_id, about, actor, queued_at, next_try_at) \
     SELECT ?2, x.id, (SELECT COUNT(*) + 1 FROM messages m WHERE m.charge_id = x.id AND m.template = ?2), ?4, ?5, ?5 \
     FROM (SELECT DISTINCT c.id, ",
    left_out!(),
    " AS left_out FROM json_each(?1) j JOIN charges c ON c.id = j.value JOIN standings s ON s.id = c.id \
       JOIN players p ON p.id = c.player_id) x \
      WHERE x.left_out IS NULL ORDER BY x.id RETURNING json_object('charge', charge_id)"
);

// The charges of a list, the newest first: `?1` kind or NULL, `?2` period or NULL, `?3` state or NULL, `?4` how many are
// looked at, `?5` today, if only what is overdue is wanted, or NULL.
macro_rules! chosen {
    ($source:expr) => {
        concat!(
            "SELECT json_object('charge', c.id, 'fits', \
                                (?1 IS NULL OR c.kind = ?1) AND (?2 IS NULL OR c.period = ?2) AND (?3 IS NULL OR c.state = ?3) AND ",
            is_overdue!("?5"),
            ") FROM (",
            $source,
            ") x JOIN charges c ON c.id = x.id ORDER BY c.id DESC LIMIT ?4"
        )
    };
}

/// All charges that are not paid, as `chosen!` says.
pub const CHOSEN: &str = chosen!(
    "SELECT * FROM (SELECT id FROM charges WHERE state = 'unpaid' ORDER BY id DESC LIMIT ?4) \
     UNION ALL SELECT * FROM (SELECT id FROM charges WHERE state = 'pending' ORDER BY id DESC LIMIT ?4)"
);
/// By state.
pub const CHOSEN_BY_STATE: &str =
    chosen!("SELECT id FROM charges WHERE state = ?3 ORDER BY id DESC LIMIT ?4");
/// By period.
pub const CHOSEN_BY_PERIOD: &str =
    chosen!("SELECT id FROM charges WHERE period = ?2 ORDER BY id DESC LIMIT ?4");

/// The same parameters, then `?6` how many players, `?7` the words as a JSON array.
pub const CHOSEN_BY_WORDS: &str = chosen!(concat!(
    "SELECT c.id FROM (",
    players_by_words!("?7", "?6"),
    ") f JOIN charges c ON c.player_id = f.player_id"
));

/// `?1` how many players, `?2` the words. How many players are found, and of how many.
pub const PLAYERS_FOUND: &str = concat!(
    "SELECT json_object('found', (SELECT COUNT(*) FROM (",
    players_by_words!("?2", "?1"),
    ")), 'candidates', (SELECT COUNT(*) FROM (",
    candidates_by_words!("?2"),
    ")))"
);

/// `?1` charge, `?2` template. What an email about it would say.
pub const LETTER: &str = concat!(
    "SELECT ",
    letter_json!("?2", "NULL"),
    " FROM charges c JOIN players p ON p.id = c.player_id WHERE c.id = ?1"
);

macro_rules! message_json {
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
            message_json!(),
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
    message_json!(),
    " FROM messages m JOIN charges c ON c.id = m.charge_id JOIN players p ON p.id = c.player_id WHERE m.id = ?1"
);

/// `?1` player.
pub const OF_PLAYER: &str = concat!(
    "SELECT ",
    message_json!(),
    " FROM charges c JOIN messages m ON m.charge_id = c.id JOIN players p ON p.id = c.player_id \
      WHERE c.player_id = ?1 ORDER BY m.id DESC LIMIT 1000"
);

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

/// `?1` player, `?2` now. Nothing more goes out to a player who is erased.
pub const ERASE: &str = "\
    UPDATE messages SET state = 'canceled', reason = 'erased', ended_at = ?2, next_try_at = NULL \
    WHERE state = 'queued' AND charge_id IN (SELECT c.id FROM charges c WHERE c.player_id = ?1)";

/// `?1` now. The database was restored, and does not know what went out since: what it has queued may be that.
pub const RESTORED: &str = "\
    UPDATE messages SET state = 'unclear', reason = 'restored', ended_at = ?1, next_try_at = NULL \
    WHERE next_try_at IS NOT NULL";

/// `?1` now. Nor does it know of reminders: their days begin anew.
pub const REMIND_ANEW: &str = "UPDATE charges SET remind_from = ?1 WHERE remind_from < ?1";

/// `?1` now. How it stands with emails.
pub const SIGNS: &str = "\
    SELECT json_object( \
        'waits_since', (SELECT MIN(next_try_at) FROM messages WHERE next_try_at <= ?1), \
        'unclear_at', (SELECT ended_at FROM messages WHERE state = 'unclear' ORDER BY id DESC LIMIT 1), \
        'refused_at', (SELECT ended_at FROM messages WHERE state = 'refused' ORDER BY id DESC LIMIT 1))";

/// An email that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Due {
    /// Its id.
    pub id: MessageId,
    /// How often it was claimed.
    pub tries: u32,
}

/// What an email says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Letter {
    /// Of what kind it is.
    pub template: Template,
    /// Whom it goes to. Nobody, if the address is not known.
    pub email: Option<String>,
    /// The player's language, if it is not the club's.
    pub language: Option<String>,
    /// The player's name.
    pub player: String,
    /// What the charge is for.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
    minor: i64,
    currency: Currency,
    /// `2026-05-31`, if it is due on a day.
    pub due_on: Option<String>,
    /// The offline payment that a receipt is for.
    pub payment: Option<Payment>,
}

impl Letter {
    /// How much is owed.
    #[must_use]
    pub const fn money(&self) -> Money {
        Money {
            minor: self.minor,
            currency: self.currency,
        }
    }
}

/// An offline payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Payment {
    /// Its order.
    pub order: OrderId,
    minor: i64,
    currency: Currency,
    /// When it was made.
    pub at: UnixMillis,
    /// How.
    pub method: OfflineMethod,
}

impl Payment {
    /// How much was paid.
    #[must_use]
    pub const fn money(&self) -> Money {
        Money {
            minor: self.minor,
            currency: self.currency,
        }
    }
}

/// A charge that an email may be queued for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Candidate {
    /// The charge.
    pub charge: ChargeId,
    /// The club's own id of the player.
    pub player_id: String,
    /// The player's name.
    pub player: String,
    /// Why it gets none.
    pub left_out: Option<Reason>,
}

/// The charges of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The newest first, at most [`MOST`].
    pub charges: Vec<ChargeId>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// An email in a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What it says.
    pub template: Template,
    /// The charge that it is about.
    pub charge: ChargeId,
    /// Its number, of a link and a reminder; else the order that it is about.
    pub about: i64,
    /// What has become of it.
    pub state: MessageState,
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
    /// What the charge is for.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
}

/// Which emails a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this state.
    pub state: Option<MessageState>,
    /// Older than this one.
    pub after: Option<MessageId>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The newest first.
    pub messages: Vec<Message>,
    /// Where the next page begins, if there is one.
    pub next: Option<MessageId>,
}

/// How it stands with emails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Signs {
    /// Since when an email has been due.
    pub waits_since: Option<UnixMillis>,
    /// When the newest unclear one became that.
    pub unclear_at: Option<UnixMillis>,
    /// When the newest refused one became that.
    pub refused_at: Option<UnixMillis>,
}

#[derive(Deserialize)]
struct OfCharge {
    charge: ChargeId,
}

#[derive(Deserialize)]
struct Fitting {
    charge: ChargeId,
    fits: Option<i64>,
}

#[derive(Deserialize)]
struct Found {
    found: i64,
    candidates: i64,
}

/// The emails that are due, those that wait longest first. What nobody knows of becomes unclear first, and what waited
/// too long is canceled.
///
/// # Errors
/// A [`StoreError`].
pub async fn due<D: Database>(
    database: &D,
    now: UnixMillis,
    limit: u32,
) -> Result<Vec<Due>, StoreError> {
    let mut read = cleaning(now);
    read.push(statement(DUE, [now.0.into(), i64::from(limit).into()]));
    let results = database.batch(read).await?;
    decode_all(results.last().map_or(&[][..], Vec::as_slice))
}

/// Ends what nobody knows of, and what waited too long, when no email can be sent.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn clean<D: Database>(database: &D, now: UnixMillis) -> Result<(), StoreError> {
    database.batch(cleaning(now)).await?;
    Ok(())
}

fn cleaning(now: UnixMillis) -> Vec<Statement> {
    vec![
        statement(INTERRUPTED, [now.0.into()]),
        statement(GIVE_UP, [now.0.into(), now.minus(TOO_OLD).0.into()]),
    ]
}

/// Claims an email until `until`, with the link that it carries. What it says, if this claim won; then nobody else sends
/// it.
///
/// # Errors
/// A [`StoreError`]: it may be claimed.
pub async fn claim<D: Database>(
    database: &D,
    due: &Due,
    token: &TokenHash,
    now: UnixMillis,
    until: UnixMillis,
) -> Result<Option<Letter>, StoreError> {
    let read = || -> [Value; 3] { [due.id.0.into(), i64::from(due.tries).into(), now.0.into()] };
    let with = |sql, more: &[Value]| {
        let mut with = statement(sql, read());
        with.parameters.extend_from_slice(more);
        with
    };
    let (token, until) = (Value::from(token.as_str()), Value::from(until.0));
    let results = database
        .batch(vec![
            with(CANCEL, &[]),
            with(LINK, std::slice::from_ref(&token)),
            with(CLAIM, &[token, until]),
        ])
        .await?;
    let row = results.last().and_then(|rows| rows.first());
    row.map(Row::decode).transpose()
}

/// Records what a try came to. `tries` counts this one. Idempotent.
///
/// # Errors
/// A [`StoreError`]: it may not be recorded, and becomes unclear then.
pub async fn record<D: Database>(
    database: &D,
    id: MessageId,
    tries: u32,
    tried: Tried,
    now: UnixMillis,
    again: UnixMillis,
) -> Result<(), StoreError> {
    let this = || -> [Value; 2] { [id.0.into(), i64::from(tries).into()] };
    let with = |sql, more: &[Value]| {
        let mut with = statement(sql, this());
        with.parameters.extend_from_slice(more);
        with
    };
    let now = Value::from(now.0);
    let ended = |state: MessageState, reason: Reason| {
        let (state, reason) = (state.as_str().into(), reason.as_str().into());
        with(ENDED, &[now.clone(), state, reason])
    };
    let revoke = || with(REVOKE, std::slice::from_ref(&now));
    let write = match tried {
        Tried::Sent => vec![with(SENT, std::slice::from_ref(&now))],
        Tried::Unclear(reason) => vec![ended(MessageState::Unclear, reason)],
        Tried::Refused(reason) => vec![revoke(), ended(MessageState::Refused, reason)],
        Tried::Later(reason) => {
            let later = with(LATER, &[again.0.into(), reason.as_str().into()]);
            vec![revoke(), later]
        }
    };
    database.batch(write).await?;
    Ok(())
}

/// Whom a run reminds by rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Their days began before.
    pub before: UnixMillis,
    /// They are due on this day at the latest, as `2026-05-31`; or on none.
    pub due_by: String,
    /// So many reminders a charge.
    pub at_most: u32,
    /// How many charges are looked at.
    pub limit: u32,
}

/// Queues the reminders of the rule.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn remind<D: Database>(
    database: &D,
    rule: &Rule,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let which = || -> [Value; 3] {
        let limit = i64::from(rule.limit);
        [
            rule.before.0.into(),
            limit.into(),
            rule.due_by.as_str().into(),
        ]
    };
    let mut remind = statement(REMIND, which());
    remind
        .parameters
        .extend([now.0.into(), i64::from(rule.at_most).into()]);
    database
        .batch(vec![remind, statement(REMINDED, which())])
        .await?;
    Ok(())
}

/// The statements that tell of bank debits that failed, after those that canceled their orders.
pub(super) fn debit_failed(orders: &[OrderId], at: UnixMillis) -> [Statement; 2] {
    let orders = json::to_string(orders);
    [DEBIT_FAILED, SUPERSEDED].map(|sql| statement(sql, [orders.as_str().into(), at.0.into()]))
}

/// The statement that queues the receipt of an offline payment.
pub(super) fn receipt(attempt: &Attempt, operator: &str, at: UnixMillis) -> Statement {
    let parameters = [attempt.0.as_str().into(), operator.into(), at.0.into()];
    statement(RECEIPT, parameters)
}

/// The charges that a list's filter has. Without a state: those that are not paid.
///
/// # Errors
/// A [`StoreError`].
pub async fn chosen<D: Database>(
    database: &D,
    filter: &charges::Filter,
    today: &str,
) -> Result<Chosen, StoreError> {
    let window = WINDOW.max(MOST as i64) + 1;
    let parameters = || -> [Value; 5] {
        [
            filter.kind.map(Kind::as_str).into(),
            filter.period.as_deref().into(),
            filter.state.map(ChargeState::as_str).into(),
            window.into(),
            filter.overdue.then_some(today).into(),
        ]
    };
    let (read, found) = match search::parameter(&filter.words) {
        Some(words) => {
            let mut read = statement(CHOSEN_BY_WORDS, parameters());
            read.parameters.extend([search::MOST.into(), words.clone()]);
            let found = statement(PLAYERS_FOUND, [search::MOST.into(), words]);
            (read, Some(found))
        }
        None => {
            let sql = match (&filter.period, filter.state) {
                (Some(_), _) => CHOSEN_BY_PERIOD,
                (None, Some(_)) => CHOSEN_BY_STATE,
                (None, None) => CHOSEN,
            };
            (statement(sql, parameters()), None)
        }
    };
    let statements = [fold(), read].into_iter().chain(found).collect();
    let results = database.batch(statements).await?;
    let rows: Vec<Fitting> = decode_all(results.get(1).map_or(&[][..], Vec::as_slice))?;
    let found: Option<Found> = match results.get(2).and_then(|rows| rows.first()) {
        Some(row) => Some(row.decode()?),
        None => None,
    };
    let has_all = |it: Found| it.found < search::MOST && it.candidates < search::CANDIDATES;
    let is_whole = (rows.len() as i64) < window && found.is_none_or(has_all);
    let fitting = rows.iter().filter(|row| row.fits == Some(1));
    let mut charges: Vec<_> = fitting.map(|row| row.charge).collect();
    let is_whole = is_whole && charges.len() <= MOST;
    charges.truncate(MOST);
    Ok(Chosen { charges, is_whole })
}

/// Who of these charges gets an email now, and who does not. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn candidates<D: Database>(
    database: &D,
    template: Template,
    charges: &[ChargeId],
    now: UnixMillis,
) -> Result<Vec<Candidate>, StoreError> {
    let read = statement(CANDIDATES, candidate_parameters(template, charges, now));
    decode_all(&query(database, read).await?)
}

fn candidate_parameters(template: Template, charges: &[ChargeId], now: UnixMillis) -> [Value; 3] {
    [
        json::to_string(charges).into(),
        template.as_str().into(),
        now.minus(RECENT).0.into(),
    ]
}

/// Queues an email for each of these charges that gets one now, and records the act. The charges that get one.
///
/// # Errors
/// A [`StoreError`]: nothing is queued.
pub async fn queue<D: Database>(
    database: &D,
    template: Template,
    charges: &[ChargeId],
    act: &Act,
    now: UnixMillis,
) -> Result<Vec<ChargeId>, StoreError> {
    let mut queue = statement(QUEUE, candidate_parameters(template, charges, now));
    queue
        .parameters
        .extend([act.operator.as_str().into(), now.0.into()]);
    let results = database
        .batch(vec![queue, audit::recording(act, now)])
        .await?;
    let queued: Vec<OfCharge> = decode_all(results.first().map_or(&[][..], Vec::as_slice))?;
    Ok(queued.into_iter().map(|queued| queued.charge).collect())
}

/// What an email about a charge would say; `None` if there is no such charge.
///
/// # Errors
/// A [`StoreError`].
pub async fn letter<D: Database>(
    database: &D,
    charge: ChargeId,
    template: Template,
) -> Result<Option<Letter>, StoreError> {
    let read = statement(LETTER, [charge.0.into(), template.as_str().into()]);
    let rows = query(database, read).await?;
    rows.first().map(Row::decode).transpose()
}

/// A page of emails, the newest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn list<D: Database>(database: &D, filter: Filter) -> Result<Page, StoreError> {
    let after: Value = filter.after.map_or(i64::MAX, |after| after.0).into();
    let state = filter.state.map(MessageState::as_str);
    let sql = if state.is_some() { LIST_BY_STATE } else { LIST };
    let limit = PAGE as i64 + 1;
    let rows = query(
        database,
        statement(sql, [after, limit.into(), state.into()]),
    )
    .await?;
    let (messages, has_more): (Vec<Message>, _) = decode_page(&rows, PAGE)?;
    let last = messages.last().map(|message| message.id);
    Ok(Page {
        messages,
        next: last.filter(|_| has_more),
    })
}

/// An email; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn find<D: Database>(database: &D, id: MessageId) -> Result<Option<Message>, StoreError> {
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
    id: MessageId,
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
    id: MessageId,
    act: &Act,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let withdraw = statement(WITHDRAW, [id.0.into(), now.0.into()]);
    let expect = statement(EXPECT_QUEUED, [id.0.into()]);
    change(database, expect, withdraw, act, now).await
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

/// After a restore of the database: what it has queued may have gone out before.
///
/// # Errors
/// A [`StoreError`]: it is as it was.
pub async fn restored<D: Database>(database: &D, now: UnixMillis) -> Result<(), StoreError> {
    let both = [RESTORED, REMIND_ANEW].map(|sql| statement(sql, [now.0.into()]));
    database.batch(both.into()).await?;
    Ok(())
}

/// How it stands with emails.
///
/// # Errors
/// A [`StoreError`].
pub async fn signs<D: Database>(database: &D, now: UnixMillis) -> Result<Signs, StoreError> {
    let rows = query(database, statement(SIGNS, [now.0.into()])).await?;
    let signs = rows.first().map(Row::decode).transpose()?;
    Ok(signs.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_know_which_templates_carry_a_link() {
        for template in Template::ALL {
            let name = format!("'{}'", template.as_str());
            assert_eq!(LINK.contains(&name), !template.has_link(), "{name}");
            // What carries no link is about a payment, and goes out though the charge is paid.
            assert_eq!(why_not!().contains(&name), !template.has_link(), "{name}");
        }
    }
}
