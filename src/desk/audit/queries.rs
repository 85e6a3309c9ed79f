//! The log of who did what as the desk reads it: each entry with whom it is about, by the names of now.

use serde::Deserialize;

use crate::{
    domain::{
        charge::Kind,
        error::StoreError,
        id::{ChargeId, PlayerId},
        money::Currency,
        time::UnixMillis,
    },
    json::RawValue,
    store::{
        database::{Database, query},
        row::{decode_page, statement},
    },
};

/// How many entries a page of the log has.
pub const PAGE: usize = 50;

/// An entry of the log.
#[derive(Debug, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: i64,
    /// When.
    pub at: UnixMillis,
    /// The operator's name.
    pub operator: String,
    /// The act, in a word.
    pub act: String,
    /// The thing that it was done to.
    pub about: String,
    /// A JSON object: what was before and after.
    pub detail: Box<RawValue>,
    /// Whom that is about, by the names of now; `None` if it is about nobody, or they are not here.
    pub whom: Option<Whom>,
}

/// Whom an entry of the log is about: a player, or one of their charges.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Whom {
    /// The player's row.
    pub player_row: PlayerId,
    /// The player's name.
    pub player: String,
    /// The charge.
    pub charge: Option<ChargeId>,
    /// Its kind.
    pub kind: Option<Kind>,
    /// `2026-05`, or empty.
    #[serde(default)]
    pub period: String,
    /// Its currency.
    pub currency: Option<Currency>,
}

/// A page of the log.
#[derive(Debug)]
pub struct Page {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

macro_rules! whom_of_charge {
    ($charges:literal) => {
        concat!(
            "(SELECT json_object('player_row', p.id, 'player', p.name, 'charge', c.id, 'kind', c.kind, 'period', c.period, \
                                 'currency', c.currency) FROM ",
            $charges,
            " JOIN players p ON p.id = c.player_id WHERE "
        )
    };
}

/// `?1` after, `?2` limit. An entry names a charge, a player or an incident by its number, as `charge 7`; whoever was added, by the
/// club's own id.
pub const LIST: &str = concat!(
    "SELECT json_object('id', a.id, 'at', a.at, 'operator', a.operator, 'act', a.act, 'about', a.about, 'detail', json(a.detail), \
                        'whom', json(CASE \
       WHEN a.about GLOB 'charge [0-9]*' THEN ",
    whom_of_charge!("charges c"),
    "c.id = CAST(substr(a.about, 8) AS INTEGER)) \
       WHEN a.about GLOB 'incident [0-9]*' THEN ",
    whom_of_charge!("incidents n JOIN charges c ON c.id = n.charge_id"),
    "n.id = CAST(substr(a.about, 10) AS INTEGER)) \
       WHEN a.act = 'add_player' THEN \
         (SELECT json_object('player_row', p.id, 'player', p.name) FROM players p WHERE p.player_id = substr(a.about, 8)) \
       WHEN a.about GLOB 'player [0-9]*' THEN \
         (SELECT json_object('player_row', p.id, 'player', p.name) FROM players p WHERE p.id = CAST(substr(a.about, 8) AS INTEGER)) END)) \
     FROM audit a WHERE a.id < ?1 ORDER BY a.id DESC LIMIT ?2"
);

/// A page of the log, the newest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn list<D: Database>(database: &D, after: Option<i64>) -> Result<Page, StoreError> {
    let limit = PAGE as i64 + 1;
    let read = statement(LIST, [after.unwrap_or(i64::MAX).into(), limit.into()]);
    let rows = query(database, read).await?;
    let (entries, has_more): (Vec<Entry>, _) = decode_page(&rows, PAGE)?;
    let next = entries.last().map(|entry| entry.id).filter(|_| has_more);
    Ok(Page { entries, next })
}
