//! One word of a User-Agent, and all that can be said of it alone.
//!
//! A word is letters, digits and the signs that names hold; every other byte separates. Most words of a
//! browser are versions or in the tables, so a word is read for its end first, and for stems only where
//! neither explains it.

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
    /// Digits and dots only.
    pub is_number: bool,
    /// How many letters stand before the first other sign.
    head: usize,
    /// Where the last dot and the last `@` stand; at 0 they name nothing.
    dot: usize,
    at: usize,
}

/// The stems in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stems {
    /// One that only machines carry.
    pub strong: bool,
    /// One that some apps carry too.
    pub weak: bool,
    /// "bot" within a longer word ("Botswana").
    pub bot_within: bool,
    /// Letters that end in "bot" or "bots"; CUBOT makes phones.
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

    /// What the tables say of the whole word.
    pub fn meaning(&self) -> Option<Meaning> {
        table::find(self.text)
    }

    /// What the tables say of its letters up to the first other sign.
    pub fn meaning_of_head(&self) -> Option<Meaning> {
        if self.head < 3 {
            None
        } else {
            table::find(&self.text[..self.head])
        }
    }

    /// A hyphen and another name stand behind the head, not a version.
    pub fn is_of_a_family(&self) -> bool {
        let rest = &self.text[self.head..];
        matches!(rest, [b'-' | b'_' | b'.', next, ..] if next.is_ascii_alphabetic())
    }

    /// A hyphen stands behind the head.
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
                    stems.bot |= ends && run & 0xff_ffff_ffff != CUBOT;
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

    /// A web address without its scheme, or an e-mail address: a name, an `@`, and a domain that ends in
    /// letters. An app may join its number and its version so ("600000@shop_android_7.35.0").
    pub fn is_an_address(&self) -> bool {
        let ends_in_letters = || {
            self.text[self.dot + 1..]
                .iter()
                .all(u8::is_ascii_alphabetic)
        };
        let is_mail = self.at > 0 && self.dot > self.at && ends_in_letters();
        is_mail || self.has_prefix(b"www.")
    }

    /// A name with a dot and a top-level domain behind it. A version may end in a country ("4.3.1.US"),
    /// and an app's package is a domain backwards ("com.phone.app").
    pub fn is_domain(&self) -> bool {
        let top = &self.text[self.dot + 1..];
        self.dot > 1
            && self.text[..self.dot].iter().any(u8::is_ascii_alphabetic)
            && !self.has_prefix(b"com.")
            && TOP_DOMAINS
                .iter()
                .any(|domain| top.eq_ignore_ascii_case(domain.as_bytes()))
    }

    /// Calls itself a browser, as small makers' do.
    pub fn is_some_browser(&self) -> bool {
        let end = self.text.len().saturating_sub(b"browser".len());
        self.text[end..].eq_ignore_ascii_case(b"browser")
    }

    /// Four to eight capitals, by which makers of Windows machines mark Internet Explorer ("MDDSJS",
    /// "ENUSWOL").
    pub fn is_a_makers_tag(&self) -> bool {
        let is_capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        (4..=8).contains(&self.text.len()) && self.text.iter().all(is_capital)
    }

    /// Begins with a letter and is no language tag ("de-DE", "pt_BR", "en").
    pub fn could_be_a_name(&self) -> bool {
        let is_locale = self.text.len() == 5 && matches!(self.text[2], b'-' | b'_');
        self.text.len() > 2 && self.text[0].is_ascii_alphabetic() && !is_locale
    }
}

/// The letters of the phone maker's name.
const CUBOT: u64 = 0x63_7562_6f74;

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
