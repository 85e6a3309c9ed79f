//! The names of `names.rs` as one table, laid out while the crate compiles.
//!
//! Names of the same first letter and the same length lie side by side in one byte array, each behind its
//! heading's number. So a look-up reads two offsets and compares a handful of names of the word's own length.
//! The wasm module carries no hashes, no pointers and no padding, and an isolate builds nothing when it
//! starts. A name that is twice in the lists, is no word in lower case or is longer than [`LONGEST`] does not
//! compile.

use super::byte::{self, LOWER, SEPARATOR};
use super::list::{Entry, is_same};
use super::meaning::Meaning;
use super::names::{ENTRIES, HEADINGS};

/// The longest name that the tables may hold; longer words are looked up by their head.
pub(super) const LONGEST: usize = 31;

/// The meaning of a word, whatever its case, if it is a name.
pub(super) fn find(word: &[u8]) -> Option<Meaning> {
    let length = word.len();
    if length == 0 || length > LONGEST {
        return None;
    }
    let lower = LOWER[usize::from(word[0])];
    let bucket = row_of(lower) * (LONGEST + 1) + length;
    let names = NAMES.get(usize::from(BEGINS[bucket])..usize::from(BEGINS[bucket + 1]))?;
    let last = LOWER[usize::from(word[length - 1])];
    let same = |name: &[u8]| {
        name[length] == last
            && name[1..length]
                .iter()
                .zip(word)
                .all(|(a, b)| *a == LOWER[usize::from(*b)])
    };
    let entry = names.chunks_exact(length + 1).find(|name| same(name))?;
    Some(MEANINGS[usize::from(entry[0])])
}

/// One row for each first letter, and one for every other first byte.
const ROW_COUNT: usize = 27;

/// The names, each behind its heading's number.
static NAMES: [u8; total_bytes()] = names();
/// Where the names of each row and length begin in `NAMES`, and where the last ones end.
static BEGINS: [u16; ROW_COUNT * (LONGEST + 1) + 1] = begins();
/// The headings' meanings. The headings' texts are not carried.
static MEANINGS: [Meaning; HEADINGS.len()] = meanings();

const fn row_of(lower: u8) -> usize {
    if lower.is_ascii_lowercase() {
        (lower - b'a') as usize
    } else {
        ROW_COUNT - 1
    }
}

const fn meanings() -> [Meaning; HEADINGS.len()] {
    let mut meanings = [HEADINGS[0].1; HEADINGS.len()];
    let mut heading = 0;
    while heading < HEADINGS.len() {
        meanings[heading] = HEADINGS[heading].1;
        heading += 1;
    }
    meanings
}

/// The number of a name's row and length.
const fn bucket_of(name: &[u8]) -> usize {
    row_of(name[0]) * (LONGEST + 1) + name.len()
}

/// Refuses what can never be a whole word of a User-Agent in lower case.
const fn check(entry: &Entry) {
    let name = entry.name.as_bytes();
    if name.len() > LONGEST {
        entry.refuse("a name has at most 31 bytes");
    }
    if !byte::begins_a_word(name[0]) {
        entry.refuse("no word begins with this sign");
    }
    let mut at = 0;
    while at < name.len() {
        if name[at].is_ascii_uppercase() {
            entry.refuse("a name is in lower case");
        }
        if LOWER[name[at] as usize] == SEPARATOR {
            entry.refuse("a name holds no sign that separates words");
        }
        at += 1;
    }
}

const fn begins() -> [u16; ROW_COUNT * (LONGEST + 1) + 1] {
    let mut begins = [0; ROW_COUNT * (LONGEST + 1) + 1];
    let mut at = 0;
    while at < ENTRIES.len() {
        check(&ENTRIES[at]);
        let name = ENTRIES[at].name.as_bytes();
        begins[bucket_of(name) + 1] += name.len() as u16 + 1;
        at += 1;
    }
    let mut bucket = 1;
    while bucket < begins.len() {
        begins[bucket] += begins[bucket - 1];
        bucket += 1;
    }
    begins
}

const fn total_bytes() -> usize {
    BEGINS[BEGINS.len() - 1] as usize
}

const fn names() -> [u8; total_bytes()] {
    let mut all = [0; total_bytes()];
    let mut free = BEGINS;
    let mut at = 0;
    while at < ENTRIES.len() {
        let name = ENTRIES[at].name.as_bytes();
        let bucket = bucket_of(name);
        let mut earlier = BEGINS[bucket] as usize;
        while earlier < free[bucket] as usize {
            let (_, rest) = all.split_at(earlier + 1);
            if is_same(rest.split_at(name.len()).0, name) {
                ENTRIES[at].refuse("the name is in the lists already");
            }
            earlier += name.len() + 1;
        }
        free[bucket] += name.len() as u16 + 1;
        all[earlier] = ENTRIES[at].heading as u8;
        let mut letter = 0;
        while letter < name.len() {
            all[earlier + 1 + letter] = name[letter];
            letter += 1;
        }
        at += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::{list, stems};

    fn meaning(entry: &Entry) -> Meaning {
        HEADINGS[entry.heading].1
    }

    #[test]
    fn every_name_is_found_with_its_headings_meaning() {
        for entry in ENTRIES {
            let expected = Some(meaning(entry));
            assert_eq!(find(entry.name.as_bytes()), expected, "{entry}");
            let upper = entry.name.to_uppercase();
            assert_eq!(find(upper.as_bytes()), expected, "{entry}");
        }
    }

    #[test]
    fn every_heading_has_its_names_and_stands_once() {
        for (heading, (text, _)) in HEADINGS.iter().enumerate() {
            let under = |entry: &Entry| entry.heading == heading;
            let first = ENTRIES.iter().position(under);
            let last = ENTRIES.iter().rposition(under);
            let range = first.expect(text)..=last.expect(text);
            assert!(ENTRIES[range].iter().all(under), "[{text}] stands twice");
        }
    }

    #[test]
    fn names_are_sorted_so_that_a_reader_finds_one() {
        list::assert_sorted(ENTRIES);
    }

    #[test]
    fn no_machines_name_is_hidden_by_a_strong_stem() {
        for entry in ENTRIES {
            if !matches!(meaning(entry), Meaning::Browser(_)) {
                assert!(!stems::names_a_machine(entry.name), "{entry} needs no line");
            }
        }
    }

    #[test]
    fn no_name_is_hidden_by_its_own_head() {
        for entry in ENTRIES {
            let name = entry.name;
            let letters = name.bytes().take_while(u8::is_ascii_lowercase).count();
            let joined = name
                .as_bytes()
                .get(letters + 1)
                .is_some_and(u8::is_ascii_alphabetic);
            let by_head = !joined || matches!(meaning(entry), Meaning::Machine(_));
            if (3..name.len()).contains(&letters) && by_head {
                let head = find(&name.as_bytes()[..letters]);
                assert_ne!(
                    head,
                    Some(meaning(entry)),
                    "{entry} needs no line: its head is one"
                );
            }
        }
    }
}
