//! How lists find players by words: those whose name, id or address has, for each word, one that it finds, as
//! [`range`] says.
//!
//! The word that the fewest players have leads the search. At most [`CANDIDATES`] of them are looked at, and
//! at most [`MOST`] are found, so that a search reads a bounded number of rows whatever is typed.

use super::row::Value;
use crate::{domain::search::range, json};

/// How many players a search may find.
pub(crate) const MOST: i64 = 200;

/// How many of those who have the rarest word are looked at: as many as `candidates_by_words` says.
pub(crate) const CANDIDATES: i64 = 1_000;

// The ids of the players who have the rarest word: the parameter is all words, as `parameter` writes them.
macro_rules! candidates_by_words {
    ($words:literal) => {
        concat!(
            "SELECT n.player_id FROM \
               (SELECT b.value ->> 0 AS from_word, b.value ->> 1 AS before_word FROM json_each(",
            $words,
            ") b ORDER BY (SELECT count(*) FROM (SELECT 1 FROM player_words n \
                            WHERE n.word >= b.value ->> 0 AND n.word < b.value ->> 1 LIMIT 500)), \
                         length(b.value) DESC LIMIT 1) rarest \
             CROSS JOIN player_words n \
             WHERE n.word >= rarest.from_word AND n.word < rarest.before_word LIMIT 1000"
        )
    };
}
pub(crate) use candidates_by_words;

// Those of the candidates `w` who have all words.
macro_rules! with_all_words {
    ($candidates:expr, $words:literal, $most:literal) => {
        concat!(
            "SELECT DISTINCT w.player_id FROM ",
            $candidates,
            " w WHERE NOT EXISTS (SELECT 1 FROM json_each(",
            $words,
            ") j WHERE NOT EXISTS \
                (SELECT 1 FROM player_words o WHERE o.player_id = w.player_id \
                   AND o.word >= j.value ->> 0 AND o.word < j.value ->> 1)) LIMIT ",
            $most
        )
    };
}
pub(crate) use with_all_words;

// The ids of the players: the parameters are all words, and how many players.
macro_rules! players_by_words {
    ($words:literal, $most:literal) => {
        $crate::store::search::with_all_words!(
            concat!(
                "(",
                $crate::store::search::candidates_by_words!($words),
                ")"
            ),
            $words,
            $most
        )
    };
}
pub(crate) use players_by_words;

/// The words as their parameter: a JSON array of `[from, before]`. `None` if there are none.
pub(crate) fn parameter(words: &[String]) -> Option<Value> {
    let ranges: Vec<_> = words.iter().map(|word| range(word)).collect();
    (!ranges.is_empty()).then(|| json::to_string(&ranges).into())
}
