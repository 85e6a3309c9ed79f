//! How lists find players by words: those whose name or id has, for each word, one that begins with it.
//!
//! The word that the fewest players have leads the search. At most [`CANDIDATES`] of them are looked at, and
//! at most [`MOST`] are found, so that a search reads a bounded number of rows whatever is typed.

use super::row::Value;
use crate::json;

/// How many players a search may find.
pub(crate) const MOST: i64 = 200;

/// How many of those who have the rarest word are looked at: as many as `candidates_by_words` says.
pub(crate) const CANDIDATES: i64 = 1_000;

// The ids of the players who have the rarest word: the parameter is all words as a JSON array. U+10FFFF comes after every
// other character.
macro_rules! candidates_by_words {
    ($words:literal) => {
        concat!(
            "SELECT n.player_id FROM \
               (SELECT b.value AS word FROM json_each(",
            $words,
            ") b ORDER BY (SELECT count(*) FROM (SELECT 1 FROM player_words n \
                            WHERE n.word >= b.value AND n.word < b.value || char(1114111) LIMIT 500)), \
                         length(b.value) DESC LIMIT 1) rarest \
             CROSS JOIN player_words n \
             WHERE n.word >= rarest.word AND n.word < rarest.word || char(1114111) LIMIT 1000"
        )
    };
}
pub(crate) use candidates_by_words;

// The ids of the players: the parameters are all words as a JSON array, and how many players.
macro_rules! players_by_words {
    ($words:literal, $most:literal) => {
        concat!(
            "SELECT DISTINCT w.player_id FROM (",
            $crate::store::search::candidates_by_words!($words),
            ") w WHERE NOT EXISTS (SELECT 1 FROM json_each(",
            $words,
            ") j WHERE NOT EXISTS \
                (SELECT 1 FROM player_words o WHERE o.player_id = w.player_id \
                   AND substr(o.word, 1, length(j.value)) = j.value)) LIMIT ",
            $most
        )
    };
}
pub(crate) use players_by_words;

/// The words as their parameter; `None` if there are none.
pub(crate) fn parameter(words: &[String]) -> Option<Value> {
    (!words.is_empty()).then(|| json::to_string(words).into())
}
