//! How players are found by what somebody types: without accents, without apostrophes, in lower case, both where words are
//! stored and where they are asked for. So "nunez" finds Núñez, "mussig" Müßig and "obrien" O'Brien.
//!
//! The letters are a table of our own and no library's, because the migration that folded the words of existing rows had to
//! say the same in SQL: `migrations/0004_lists.sql`, and a test compares the two.

/// How many characters of a word count.
const LONGEST: usize = 40;
/// How many words of a name, or of what was typed, count.
const MOST: usize = 12;

/// Letters in lower case, and how they are typed by who has no key for them.
pub const FOLDED: [(&str, &str); 23] = [
    ("àáâãäåāăąạảấầẩẫậắằẳẵặ", "a"),
    ("æ", "ae"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęěẹẻẽếềểễệ", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįıỉị", "i"),
    ("ĵ", "j"),
    ("ķ", "k"),
    ("ĺļľŀł", "l"),
    ("ñńņňŋ", "n"),
    ("òóôõöøōŏőơọỏốồổỗộớờởỡợ", "o"),
    ("œ", "oe"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ß", "ss"),
    ("ţťŧț", "t"),
    ("þ", "th"),
    ("ùúûüũūŭůűųưụủứừửữự", "u"),
    ("ŵ", "w"),
    ("ýÿŷỳỵỷỹ", "y"),
    ("źżž", "z"),
];

/// Whether it marks the letter before it: an accent that is a character of its own, as some systems write them (Unicode,
/// "Combining Diacritical Marks").
const fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// Apostrophes part no words: those of keyboards, of typesetters, and of Hawaiian.
pub const APOSTROPHES: [char; 7] = ['\'', '’', '‘', 'ʼ', 'ʻ', '`', '´'];

/// How a letter in lower case is typed by who has no key for it; `None` if it is as it is.
#[must_use]
pub fn folded(letter: char) -> Option<&'static str> {
    if letter.is_ascii() {
        return None;
    }
    let mut all = FOLDED.iter();
    all.find_map(|(letters, plain)| letters.contains(letter).then_some(*plain))
}

/// A text without accents and apostrophes, in lower case.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        if is_mark(character) || APOSTROPHES.contains(&character) {
            continue;
        }
        match folded(character) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(character),
        }
    }
    plain
}

/// An email address, or the beginning of one, as it is stored.
fn address(part: &str) -> Option<String> {
    let part =
        part.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '+' | '-' | '@'));
    let at = part.find('@')?;
    // The database knows the lower case of these letters alone.
    (at > 0).then(|| part.to_ascii_lowercase())
}

fn add(words: &mut Vec<String>, text: &str) {
    for word in plain(text).split(|c: char| !c.is_alphanumeric()) {
        let word: String = word.chars().take(LONGEST).collect();
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
}

/// The words that are asked for, each once. What is no letter and no digit parts two words, but for an email address, which is
/// one.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        match address(part) {
            Some(address) if words.contains(&address) => {}
            Some(address) => words.push(address),
            None => add(&mut words, part),
        }
    }
    words.truncate(MOST);
    words
}

/// The words that a player is found by: of the name, and of the club's own id. A name with an apostrophe is found as one word
/// and by its parts. The database adds the payer's address by itself: `migrations/0004_lists.sql`.
#[must_use]
pub fn words_of_player(name: &str, player_id: &str) -> Vec<String> {
    let mut found = Vec::new();
    for text in [name, player_id] {
        let mut words = Vec::new();
        add(&mut words, text);
        if text.contains(APOSTROPHES) {
            add(&mut words, &text.replace(APOSTROPHES, " "));
        }
        words.truncate(MOST);
        for word in words {
            if !found.contains(&word) {
                found.push(word);
            }
        }
    }
    found
}

/// From which word to which, the last left out, a word finds others: those that begin with it. A number finds itself alone:
/// who asks for player 2 does not mean 20 or 203.
#[must_use]
pub fn range(word: &str) -> (&str, String) {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    // The last character comes after every other one.
    let after = if is_number { '\u{1}' } else { char::MAX };
    (word, format!("{word}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_its_words() {
        for (text, expected) in [
            ("Player 25", vec!["player", "25"]),
            ("Núñez", vec!["nunez"]),
            ("Nu\u{301}n\u{303}ez", vec!["nunez"]),
            ("MÜSSIG Müßig", vec!["mussig"]),
            ("O'Brien-Éva, É. ", vec!["obrien", "eva", "e"]),
            ("O’Brien", vec!["obrien"]),
            ("Đặng Łukasz", vec!["dang", "lukasz"]),
            ("İnci", vec!["inci"]),
            ("Мария", vec!["мария"]),
            ("<Payer@Club.example>,", vec!["payer@club.example"]),
            ("payer@", vec!["payer@"]),
            ("@club", vec!["club"]),
            ("a A a", vec!["a"]),
            (" -- ' ", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(words(&"a b c d e f g h i j k l m n ".repeat(2)).len(), MOST);
    }

    #[test]
    fn a_player_is_found_with_an_apostrophe_and_without() {
        let found = words_of_player("Player O'Brien", "d’7");
        assert_eq!(found, ["player", "obrien", "o", "brien", "d7", "d", "7"]);
    }

    #[test]
    fn a_number_finds_itself_and_a_word_what_begins_with_it() {
        let finds = |asked: &str, word: &str| {
            let (from, before) = range(asked);
            from <= word && word < before.as_str()
        };
        assert!(finds("2", "2") && !finds("2", "20") && !finds("2", "203"));
        assert!(finds("play", "player") && finds("p2", "p203") && !finds("play", "plaz"));
        assert!(finds("payer@", "payer@club.example"));
    }
}
