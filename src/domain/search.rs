//! How players are found by what somebody types.

/// How many characters of a word count.
const LONGEST: usize = 40;
/// How many words of a name, or of what was typed, count.
const MOST: usize = 12;

/// The words of a text, in lower case, each once. What is no letter and no digit parts two words, so that an address
/// is found by its parts, too.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let word: String = word.to_lowercase().chars().take(LONGEST).collect();
        if !word.is_empty() && !words.contains(&word) && words.len() < MOST {
            words.push(word);
        }
    }
    words
}

/// The words that a player is found by: of the name, and of the club's own id.
#[must_use]
pub fn words_of_player(name: &str, player_id: &str) -> Vec<String> {
    let mut found = words(name);
    for word in words(player_id) {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_words() {
        for (text, expected) in [
            ("Player 25", vec!["player", "25"]),
            ("O'Brien-Éva, É. ", vec!["o", "brien", "éva", "é"]),
            ("payer@club.example", vec!["payer", "club", "example"]),
            ("a A a", vec!["a"]),
            (" -- ", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }
}
