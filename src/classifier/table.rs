//! The names of `names.rs` as one table, laid out while the crate compiles.
//!
//! Names of the same first letter and the same length lie side by side in one byte array, each behind
//! its group's number. So a look-up adds up a few counts and compares a handful of names of the word's
//! own length; there are no hashes, no pointers and no padding for the wasm module to carry. A name that
//! is twice in the tables, not in lower case or longer than [`LONGEST`] does not compile.

use super::byte::LOWER;
use super::meaning::Mark;
use super::names::GROUPS;

/// The longest name that the tables may hold; longer words are found by their head.
pub(super) const LONGEST: usize = 31;

/// The mark of a word, whatever its case, if it is a name.
pub(super) fn find(word: &[u8]) -> Option<Mark> {
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
    Some(MARKS[usize::from(entry[0])])
}

/// One row a letter, and one for every other first byte.
const ROW_COUNT: usize = 27;

static NAMES: [u8; total_bytes()] = names();
/// Where the names of each row and length begin, and where the last ones end.
static BEGINS: [u16; ROW_COUNT * (LONGEST + 1) + 1] = begins();
/// The groups' marks alone, so that their text is not carried twice.
static MARKS: [Mark; GROUPS.len()] = marks();

const fn row_of(lower: u8) -> usize {
    if lower.is_ascii_lowercase() {
        (lower - b'a') as usize
    } else {
        ROW_COUNT - 1
    }
}

const fn marks() -> [Mark; GROUPS.len()] {
    let mut marks = [GROUPS[0].mark; GROUPS.len()];
    let mut group = 0;
    while group < GROUPS.len() {
        marks[group] = GROUPS[group].mark;
        group += 1;
    }
    marks
}

/// Walks the words of a group: the next word's start and end, from `at` on.
const fn next_word(text: &[u8], mut at: usize) -> Option<(usize, usize)> {
    while at < text.len() && text[at].is_ascii_whitespace() {
        at += 1;
    }
    let start = at;
    while at < text.len() && !text[at].is_ascii_whitespace() {
        assert!(!text[at].is_ascii_uppercase(), "names are in lower case");
        at += 1;
    }
    assert!(at - start <= LONGEST, "a name is too long to be found");
    if start == at { None } else { Some((start, at)) }
}

const fn begins() -> [u16; ROW_COUNT * (LONGEST + 1) + 1] {
    let mut begins = [0; ROW_COUNT * (LONGEST + 1) + 1];
    let mut group = 0;
    while group < GROUPS.len() {
        let text = GROUPS[group].names.as_bytes();
        let mut at = 0;
        while let Some((start, end)) = next_word(text, at) {
            let length = end - start;
            begins[row_of(text[start]) * (LONGEST + 1) + length + 1] += length as u16 + 1;
            at = end;
        }
        group += 1;
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
    let mut group = 0;
    while group < GROUPS.len() {
        let text = GROUPS[group].names.as_bytes();
        let mut at = 0;
        while let Some((start, end)) = next_word(text, at) {
            let length = end - start;
            let bucket = row_of(text[start]) * (LONGEST + 1) + length;
            let mut earlier = BEGINS[bucket] as usize;
            while earlier < free[bucket] as usize {
                assert!(
                    !same(&all, earlier + 1, text, start, length),
                    "a name is in the tables twice"
                );
                earlier += length + 1;
            }
            free[bucket] += length as u16 + 1;
            all[earlier] = group as u8;
            at = start;
            while at < end {
                all[earlier + 1 + at - start] = text[at];
                at += 1;
            }
        }
        group += 1;
    }
    all
}

const fn same(one: &[u8], from: usize, other: &[u8], start: usize, length: usize) -> bool {
    let mut at = 0;
    while at < length {
        if one[from + at] != other[start + at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::stems;

    #[test]
    fn every_name_is_found_with_its_groups_mark() {
        for group in GROUPS {
            for name in group.names.split_whitespace() {
                assert_eq!(find(name.as_bytes()), Some(group.mark), "{name}");
                assert_eq!(
                    find(name.to_uppercase().as_bytes()),
                    Some(group.mark),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn groups_are_sorted_so_that_a_reader_finds_a_name() {
        for group in GROUPS {
            assert!(
                group.names.split_whitespace().is_sorted(),
                "{}",
                group.names
            );
        }
    }

    #[test]
    fn no_machines_name_is_hidden_by_a_stem_that_settles() {
        for group in GROUPS
            .iter()
            .filter(|group| !matches!(group.mark, Mark::Browser(_)))
        {
            for name in group.names.split_whitespace() {
                assert!(!stems::settles(name), "{name} needs no entry");
            }
        }
    }

    #[test]
    fn no_name_is_hidden_by_its_own_head() {
        for group in GROUPS {
            for name in group.names.split_whitespace() {
                let letters = name.bytes().take_while(u8::is_ascii_lowercase).count();
                let joined = name
                    .as_bytes()
                    .get(letters + 1)
                    .is_some_and(u8::is_ascii_alphabetic);
                let by_head = !joined || matches!(group.mark, Mark::Machine(_));
                if (3..name.len()).contains(&letters) && by_head {
                    let head = find(&name.as_bytes()[..letters]);
                    assert_ne!(
                        head,
                        Some(group.mark),
                        "{name} is found by its head already"
                    );
                }
            }
        }
    }
}
