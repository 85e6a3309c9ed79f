//! One word of a User-Agent, and what can be said of it alone.
//!
//! Most words of a browser are versions or in the tables. So a word is first read to its end, and searched
//! for stems only if neither explains it.

use super::byte::{LOWER, SEPARATOR};
use super::list::{self, File, file};
use super::meaning::Meaning;
use super::stems::{self, Strength};
use super::table;

/// A word, read once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word<'a> {
    /// The word as it stands.
    pub text: &'a [u8],
    /// It has only digits and dots.
    pub is_number: bool,
    /// How many letters stand before the first other sign: the length of the word's head.
    head: usize,
    /// Where the last dot stands; 0 if there is none.
    dot: usize,
    /// Where the last `@` stands; 0 if there is none.
    at: usize,
}

/// The stems in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stems {
    /// It holds a stem that only machines carry.
    pub strong: bool,
    /// It holds a stem that some apps carry too.
    pub weak: bool,
    /// It holds "bot" with letters behind it ("Botswana").
    pub bot_within: bool,
    /// Its letters end in "bot" or "bots", but not in the name of a maker of phones, CUBOT or FOSSiBOT.
    pub bot: bool,
}

impl<'a> Word<'a> {
    /// Reads the word that a text begins with.
    #[inline]
    pub fn read(text: &'a [u8]) -> Word<'a> {
        let mut word = Word::default();
        let mut length = 0;
        let mut only_digits = true;
        for &byte in text {
            let lower = LOWER[usize::from(byte)];
            if lower.is_ascii_lowercase() {
                only_digits = false;
            } else if lower == SEPARATOR {
                break;
            } else {
                if word.head == 0 {
                    word.head = length;
                }
                match lower {
                    b'.' => word.dot = length,
                    b'0'..=b'9' => {}
                    b'@' => (word.at, only_digits) = (length, false),
                    _ => only_digits = false,
                }
            }
            length += 1;
        }
        Word {
            text: &text[..length],
            is_number: only_digits,
            ..word
        }
    }

    /// The meaning of the whole word.
    pub fn meaning(&self) -> Option<Meaning> {
        table::find(self.text)
    }

    /// The meaning of the word's head.
    pub fn meaning_of_head(&self) -> Option<Meaning> {
        if self.head < 3 {
            None
        } else {
            table::find(&self.text[..self.head])
        }
    }

    /// Whether another name is joined to the head, and not a version ("Google-Safety").
    pub fn is_of_a_family(&self) -> bool {
        let rest = &self.text[self.head..];
        matches!(rest, [b'-' | b'_' | b'.', next, ..] if next.is_ascii_alphabetic())
    }

    /// The meaning of what follows a number in the same word: some apps write their name right behind the
    /// version of Safari ("537.36Snapchat").
    pub fn meaning_behind_a_number(&self) -> Option<Meaning> {
        let is_name = |byte: &u8| byte.is_ascii_alphabetic();
        let begins = self.text.iter().position(is_name).filter(|&at| at > 0)?;
        let rest = Word::read(&self.text[begins..]);
        rest.meaning().or_else(|| rest.meaning_of_head())
    }

    /// Whether a hyphen stands behind the head.
    pub fn is_hyphened(&self) -> bool {
        self.text.get(self.head) == Some(&b'-')
    }

    /// The stems in the word.
    pub fn stems(&self) -> Stems {
        let mut stems = Stems::default();
        let mut run = 0_u64;
        for (at, &byte) in self.text.iter().enumerate() {
            let lower = LOWER[usize::from(byte)];
            run = if lower.is_ascii_lowercase() {
                run << 8 | u64::from(lower)
            } else {
                0
            };
            match stems::at_end_of(run) {
                None => {}
                Some(Strength::Strong) => stems.strong = true,
                Some(Strength::Weak) => stems.weak = true,
                Some(Strength::Bot) => {
                    let rest = &self.text[at + 1..];
                    let plural = rest
                        .first()
                        .is_some_and(|next| next.eq_ignore_ascii_case(&b's'));
                    let after = rest.get(usize::from(plural));
                    let ends = !after.is_some_and(u8::is_ascii_alphabetic);
                    let is_a_makers = run & 0xff_ffff_ffff == CUBOT || run == FOSSIBOT;
                    stems.bot |= ends && !is_a_makers;
                    stems.bot_within |= !ends;
                }
            }
        }
        stems
    }

    /// Whether the word is this one, given in lower case.
    pub fn is(&self, other: &[u8]) -> bool {
        self.text.eq_ignore_ascii_case(other)
    }

    /// Whether the word begins with this, given in lower case.
    pub fn has_prefix(&self, prefix: &[u8]) -> bool {
        self.text
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }

    /// Whether the word is a web address without its scheme, or an e-mail address. An e-mail address ends in
    /// letters; an app may join its number and its version with an `@` ("600000@shop_android_7.35.0").
    pub fn is_an_address(&self) -> bool {
        let ends_in_letters = || {
            self.text[self.dot + 1..]
                .iter()
                .all(u8::is_ascii_alphabetic)
        };
        let is_mail = self.at > 0 && self.dot > self.at && ends_in_letters();
        is_mail || self.has_prefix(b"www.")
    }

    /// Whether the word is a domain. A version may end in a country ("4.3.1.US"), and an app's package is a
    /// domain backwards ("com.phone.app"). Neither counts as a domain.
    pub fn is_domain(&self) -> bool {
        let top = &self.text[self.dot + 1..];
        self.dot > 1
            && self.text[..self.dot].iter().any(u8::is_ascii_alphabetic)
            && !self.has_prefix(b"com.")
            && TOP_DOMAINS
                .iter()
                .any(|domain| top.eq_ignore_ascii_case(domain.as_bytes()))
    }

    /// Whether the word ends in "browser", as small makers' browsers do.
    pub fn is_some_browser(&self) -> bool {
        let end = self.text.len().saturating_sub(b"browser".len());
        self.text[end..].eq_ignore_ascii_case(b"browser")
    }

    /// Whether the word is four to eight capitals or digits. Makers of Windows machines put such a tag into
    /// their Internet Explorer ("MDDSJS", "ENUSWOL").
    pub fn is_a_makers_tag(&self) -> bool {
        let is_capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        (4..=8).contains(&self.text.len()) && self.text.iter().all(is_capital)
    }

    /// Whether the word has more than two signs, begins with a letter and is no language tag ("de-DE",
    /// "pt_BR").
    pub fn could_be_a_name(&self) -> bool {
        let is_locale = self.text.len() == 5 && matches!(self.text[2], b'-' | b'_');
        self.text.len() > 2 && self.text[0].is_ascii_alphabetic() && !is_locale
    }
}

/// "cubot", as letters of a run.
const CUBOT: u64 = 0x63_7562_6f74;
/// "fossibot", as letters of a run.
const FOSSIBOT: u64 = 0x666f_7373_6962_6f74;

const DOMAIN_FILES: &[File] = &[file!("top_domains.txt")];
/// The domains under which crawlers' operators live.
static TOP_DOMAINS: [&str; list::count(DOMAIN_FILES)] = list::texts(DOMAIN_FILES);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_domains_are_sorted() {
        list::assert_sorted(&list::entries::<{ list::count(DOMAIN_FILES) }>(
            DOMAIN_FILES,
            &[],
        ));
    }
}
