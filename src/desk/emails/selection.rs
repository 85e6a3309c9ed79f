//! The charges that an email may be queued for: those of a list, who of them gets one now, and the queueing.

use serde::Deserialize;

use crate::{
    domain::{
        act::Act,
        charge::{ChargeState, Kind},
        email::{Reason, Template},
        error::StoreError,
        id::ChargeId,
        time::{Millis, UnixMillis},
    },
    json,
    store::{
        audit,
        charges::{self, WINDOW, is_overdue},
        database::{Database, query},
        emails::{EmailData, data_json},
        fold::fold,
        row::{Row, Value, decode_all, statement},
        search::{self, candidates_by_words, players_by_words},
    },
};

/// For how many charges an act may queue emails.
pub const MOST: usize = 2_000;
/// After an email about a charge, an operator's reminder waits so long: whoever presses a button twice sends one.
const RECENT: Millis = Millis::minutes(20 * 60);

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
pub const DATA: &str = concat!(
    "SELECT ",
    data_json!("?2", "NULL"),
    " FROM charges c JOIN players p ON p.id = c.player_id WHERE c.id = ?1"
);

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

/// Reads which of these charges get an email now, and which do not. Changes nothing.
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

/// Reads the data of an email about a charge; `None` if there is no such charge.
///
/// # Errors
/// A [`StoreError`].
pub async fn data<D: Database>(
    database: &D,
    charge: ChargeId,
    template: Template,
) -> Result<Option<EmailData>, StoreError> {
    let read = statement(DATA, [charge.0.into(), template.as_str().into()]);
    let rows = query(database, read).await?;
    rows.first().map(Row::decode).transpose()
}
