//! A charge of one title for many players: who gets one, and the transaction that makes them.

use serde::Deserialize;

use super::{
    audit,
    database::{Database, query, transaction},
    row::{Row, decode_all, statement},
    search::{self, players_by_words},
};
use crate::{
    domain::{
        act::Act,
        charge::Kind,
        error::StoreError,
        id::PlayerId,
        money::{Currency, Money},
        time::UnixMillis,
    },
    json,
};

// Those of some players who are looked at: `?1` title, `?2` limit.
macro_rules! candidates {
    ($players:expr) => {
        concat!(
            "SELECT json_object('id', p.id, 'player_id', p.player_id, 'player', p.name, 'erased', p.erased_at IS NOT NULL, \
                                'charged', c.id IS NOT NULL) \
             FROM (",
            $players,
            ") f CROSS JOIN players p ON p.id = f.player_id \
             LEFT JOIN charges c ON c.player_id = p.id AND c.kind = 'custom' AND c.period = ?1 ORDER BY p.id LIMIT ?2"
        )
    };
}

/// `?1` title, `?2` limit, `?3` a JSON array of players.
pub const CANDIDATES_OF: &str =
    candidates!("SELECT DISTINCT value AS player_id FROM json_each(?3)");
/// `?1` title, `?2` limit, `?3` the words that they are found by.
pub const CANDIDATES_BY_WORDS: &str = candidates!(players_by_words!("?3", "?2"));
/// `?1` title, `?2` limit. Everybody who is not erased.
pub const CANDIDATES: &str =
    candidates!("SELECT id AS player_id FROM players WHERE erased_at IS NULL");

/// `?1` a JSON array of players, `?2` title: aborts the transaction if one of them is charged by now, or was erased.
pub const EXPECT: &str = "\
    INSERT INTO expect (holds) \
    SELECT NOT EXISTS (SELECT 1 FROM json_each(?1) j \
                       LEFT JOIN players p ON p.id = j.value AND p.erased_at IS NULL \
                       LEFT JOIN charges c ON c.player_id = p.id AND c.kind = 'custom' AND c.period = ?2 \
                       WHERE p.id IS NULL OR c.id IS NOT NULL)";

/// `?1` a JSON array of players, `?2` title, `?3` minor units, `?4` currency, `?5` due on or NULL, `?6` now.
pub const CHARGE: &str = "\
    INSERT INTO charges (player_id, kind, period, amount_minor, currency, due_on, remind_from, created_at, updated_at) \
    SELECT p.id, 'custom', ?2, ?3, ?4, ?5, unixepoch(?5) * 1000, ?6, ?6 \
    FROM json_each(?1) j CROSS JOIN players p ON p.id = j.value";

/// The currency of the newest charge.
pub const USUAL_CURRENCY: &str =
    "SELECT json_object('currency', currency) FROM charges ORDER BY id DESC LIMIT 1";

/// A player who may be charged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Candidate {
    /// The row's id.
    pub id: PlayerId,
    /// The club's own id.
    pub player_id: String,
    /// The name.
    pub player: String,
    erased: i64,
    charged: i64,
}

impl Candidate {
    /// Whether what is personal of them was erased.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        self.erased != 0
    }

    /// Whether they have a charge of this title.
    #[must_use]
    pub const fn is_charged(&self) -> bool {
        self.charged != 0
    }
}

/// Which players are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// These.
    Players(Vec<PlayerId>),
    /// Those that a search by these words finds: at most `search::MOST`.
    Words(Vec<String>),
    /// Everybody.
    All,
}

/// The players who are meant, at most `limit` and one more; of those that a search finds, `search::MOST`.
///
/// # Errors
/// A [`StoreError`].
pub async fn candidates<D: Database>(
    database: &D,
    whom: &Whom,
    title: &str,
    limit: usize,
) -> Result<Vec<Candidate>, StoreError> {
    let limit = limit as i64 + 1;
    let all = || statement(CANDIDATES, [title.into(), limit.into()]);
    let read = match whom {
        Whom::Players(players) => {
            let players = json::to_string(players);
            statement(CANDIDATES_OF, [title.into(), limit.into(), players.into()])
        }
        Whom::Words(words) => search::parameter(words).map_or_else(all, |words| {
            statement(
                CANDIDATES_BY_WORDS,
                [title.into(), search::MOST.into(), words],
            )
        }),
        Whom::All => all(),
    };
    decode_all(&query(database, read).await?)
}

#[derive(Deserialize)]
struct Usual {
    currency: Currency,
}

/// The currency that a form begins with: the newest charge's.
///
/// # Errors
/// A [`StoreError`].
pub async fn usual_currency<D: Database>(database: &D) -> Result<Option<Currency>, StoreError> {
    let rows = query(database, statement(USUAL_CURRENCY, [])).await?;
    let usual: Option<Usual> = rows.first().map(Row::decode).transpose()?;
    Ok(usual.map(|usual| usual.currency))
}

/// Charges these players, and records the act. `false`: one of them is charged by now or was erased, and nothing was done.
///
/// # Errors
/// A [`StoreError`]: nothing was done, or the database's answer was lost. The same again charges nobody twice.
pub async fn charge<D: Database>(
    database: &D,
    players: &[PlayerId],
    title: &str,
    money: Money,
    due_on: Option<&str>,
    act: &Act,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    debug_assert!(Kind::Custom.has_period(title));
    let players = json::to_string(players);
    let expect = statement(EXPECT, [players.as_str().into(), title.into()]);
    let currency = String::from(money.currency);
    let charge = [
        players.into(),
        title.into(),
        money.minor.into(),
        currency.into(),
        due_on.into(),
        now.0.into(),
    ];
    let statements = vec![
        expect,
        statement(CHARGE, charge),
        audit::recording(act, now),
    ];
    Ok(transaction(database, statements).await?.is_some())
}
