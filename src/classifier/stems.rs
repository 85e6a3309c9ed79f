//! Stems: parts of words by which machines name themselves, such as "crawl" or "fetch".
//!
//! New machines appear every week, and most name themselves by what they do. So stems catch what no list of
//! names can hold. `names/stems.txt` has two kinds. A strong stem is in no product of any known browser or
//! app, so it makes a machine. A weak stem is in a few apps' names too, so it makes a machine only without a
//! browser around it. With a complete browser around it the visit is `Unsure`.
//!
//! Stems do not count in a device's name, which may be anything ("CUBOT NOTE S", "M bot 51").

use super::list::{self, Entry, File, file};

/// How much a stem says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    /// Only machines carry it.
    Strong,
    /// Some apps carry it too.
    Weak,
    /// "bot". What it says depends on what stands around it.
    Bot,
}

const FILES: &[File] = &[file!("stems.txt")];
const HEADINGS: [(&str, Strength); 2] = [("strong", Strength::Strong), ("weak", Strength::Weak)];
const LISTED: &[Entry] =
    &list::entries::<{ list::count(FILES) }>(FILES, &[HEADINGS[0].0, HEADINGS[1].0]);

const BOT: &str = "bot";

const STEMS: usize = LISTED.len() + 1;

#[derive(Clone, Copy)]
struct Stem {
    letters: u64,
    strength: Strength,
}

impl Stem {
    /// Whether a run of letters ends in the stem.
    const fn ends(self, run: u64) -> bool {
        run & (u64::MAX >> (self.letters.leading_zeros() & !7)) == self.letters
    }
}

/// All stems in the order of their last letter.
static ORDERED: [Stem; STEMS] = ordered();
/// Where the stems of each last letter begin in `ORDERED`.
static BEGINS: [u8; 33] = begins();
/// The set of all stems' last three letters. Most runs of letters end in no stem, and this test alone
/// shows it.
static ENDINGS: [u64; 16] = endings();

/// The strength of the stem in which a run of letters ends. `run` holds its last eight letters, the last
/// one in the lowest byte.
#[inline]
pub(super) fn at_end_of(run: u64) -> Option<Strength> {
    let bit = bit_of(run);
    if ENDINGS[bit / 64] >> (bit % 64) & 1 == 0 {
        None
    } else {
        looked_up(run)
    }
}

#[cold]
fn looked_up(run: u64) -> Option<Strength> {
    let last = run as usize & 31;
    let candidates = &ORDERED[usize::from(BEGINS[last])..usize::from(BEGINS[last + 1])];
    candidates
        .iter()
        .find(|stem| stem.ends(run))
        .map(|stem| stem.strength)
}

/// The bit for the last three letters of a run.
const fn bit_of(run: u64) -> usize {
    (run as u32 & 0xff_ffff).wrapping_mul(0x9E37_79B1) as usize >> 22 & 1023
}

const fn pack(text: &str, strength: Strength) -> Stem {
    let bytes = text.as_bytes();
    let mut letters = 0;
    let mut at = 0;
    while at < bytes.len() {
        letters = letters << 8 | bytes[at] as u64;
        at += 1;
    }
    Stem { letters, strength }
}

const fn stem(at: usize) -> Stem {
    if at == LISTED.len() {
        return pack(BOT, Strength::Bot);
    }
    let entry = &LISTED[at];
    check(entry);
    pack(entry.name, HEADINGS[entry.heading].1)
}

/// Refuses what [`at_end_of`] could not find.
const fn check(entry: &Entry) {
    let letters = entry.name.as_bytes();
    if letters.len() < 3 || letters.len() > 8 {
        entry.refuse("a stem has three to eight letters");
    }
    let mut at = 0;
    while at < letters.len() {
        if !letters[at].is_ascii_lowercase() {
            entry.refuse("a stem has only letters in lower case");
        }
        at += 1;
    }
}

const fn last(stem: Stem) -> usize {
    stem.letters as usize & 31
}

const fn ordered() -> [Stem; STEMS] {
    let mut all = [stem(0); STEMS];
    let mut filled = 0;
    let mut letter = 0;
    while letter < 32 {
        let mut at = 0;
        while at < STEMS {
            if last(stem(at)) == letter {
                all[filled] = stem(at);
                filled += 1;
            }
            at += 1;
        }
        letter += 1;
    }
    all
}

const fn begins() -> [u8; 33] {
    let mut begins = [0; 33];
    let mut at = 0;
    while at < STEMS {
        let mut letter = last(ORDERED[at]) + 1;
        while letter < 33 {
            begins[letter] += 1;
            letter += 1;
        }
        at += 1;
    }
    begins
}

const fn endings() -> [u64; 16] {
    let mut endings = [0; 16];
    let mut at = 0;
    while at < STEMS {
        let bit = bit_of(stem(at).letters);
        endings[bit / 64] |= 1 << (bit % 64);
        at += 1;
    }
    endings
}

/// Whether a word holds a strong stem or ends in "bot". Such a name needs no line in the lists.
#[cfg(test)]
pub(super) fn names_a_machine(word: &str) -> bool {
    let mut run = 0;
    for byte in word.bytes() {
        run = if byte.is_ascii_lowercase() {
            run << 8 | u64::from(byte)
        } else {
            0
        };
        if at_end_of(run) == Some(Strength::Strong) {
            return true;
        }
    }
    word.ends_with("bot") || word.ends_with("bots")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strength(word: &str) -> Option<Strength> {
        at_end_of(word.bytes().fold(0, |run, byte| run << 8 | u64::from(byte)))
    }

    #[test]
    fn every_stem_is_found_inside_a_longer_word() {
        for entry in LISTED {
            let (stem, expected) = (entry.name, HEADINGS[entry.heading].1);
            assert_eq!(strength(&format!("qx{stem}")), Some(expected), "{entry}");
            assert_eq!(strength(&format!("{stem}q")), None, "{entry}");
        }
    }

    #[test]
    fn no_stem_hides_another() {
        for one in LISTED {
            for other in LISTED {
                assert!(
                    one.name == other.name || !one.name.contains(other.name),
                    "{one} never decides beside {other}"
                );
            }
        }
        list::assert_sorted(LISTED);
    }
}
