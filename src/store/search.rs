//! How lists find players by words: those whose name or id has, for each word, one that begins with it.

use super::row::Value;
use crate::json;

/// How many players a search may find.
pub(super) const MOST: i64 = 200;

// The ids of the players: the parameters are the first word, what no word that begins with it comes after, all words as
// a JSON array, and how many players.
macro_rules! players_by_words {
    ($first:literal, $end:literal, $words:literal, $most:literal) => {
        concat!(
            "SELECT DISTINCT w.player_id FROM player_words w WHERE w.word >= ",
            $first,
            " AND w.word < ",
            $end,
            " AND NOT EXISTS (SELECT 1 FROM json_each(",
            $words,
            ") j WHERE NOT EXISTS \
                (SELECT 1 FROM player_words o WHERE o.player_id = w.player_id \
                   AND substr(o.word, 1, length(j.value)) = j.value)) LIMIT ",
            $most
        )
    };
}
pub(super) use players_by_words;

/// The first three of its parameters; `None` if there are no words. The longest word finds the fewest players.
pub(super) fn parameters(words: &[String]) -> Option<[Value; 3]> {
    let first = words.iter().max_by_key(|word| word.len())?;
    // No character comes after this one.
    let end = format!("{first}\u{10FFFF}");
    Some([
        first.as_str().into(),
        end.into(),
        json::to_string(words).into(),
    ])
}
