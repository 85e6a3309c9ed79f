//! One pass over a User-Agent: products, comments and words as RFC 9110 "User-Agent" has them.
//!
//! The scan reads and checks every byte once, copies nothing and allocates nothing. It ends at
//! the first word by which a machine names itself, so nothing that follows such a word can take it back.
//! Everything else it only counts; what the counts mean is `grammar.rs`'s matter.
//!
//! Only the first [`LIMIT`] bytes are looked at. Real browsers stay below 600; a longer text that is a
//! browser's up to there is classified as that browser, and costs no more than any other.

use super::byte;
use super::meaning::{Facts, Meaning};
use super::verdict::Reason;
use super::word::{Stems, Word};

/// How many bytes of a User-Agent are looked at.
pub(super) const LIMIT: usize = 1024;

/// What a User-Agent says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Features {
    /// The word by which a machine named itself.
    pub machine: Option<Reason>,
    /// All that is known of the words.
    pub facts: Facts,
    /// What is known of the first word.
    pub first: Facts,
    /// Words in all.
    pub words: u32,
    /// Products that no browser is known to have.
    pub odd_products: u32,
    /// Those of them that are versioned and placed as a maker of a browser does it.
    pub odd_forks: u32,
    /// Those of them without a version.
    pub odd_bare_products: u32,
    /// One of these stands before the first comment.
    pub bare_in_front: bool,
    /// Words in comments that no browser is known to have.
    pub odd_words: u32,
    /// Words beside `KHTML, like Gecko` in that comment.
    pub odd_khtml: u32,
    /// Parts of words that machines carry and a few apps too; web addresses without a scheme.
    pub hints: u32,
    /// Web and e-mail addresses, as crawlers leave them for complaints and a few apps for support.
    pub contacts: u32,
    /// Chrome's version and its number of parts.
    pub chrome: Version,
    /// Firefox's version.
    pub firefox: Version,
    /// Safari's version, from `Version/`.
    pub safari: Version,
    /// Internet Explorer's version, from `MSIE`.
    pub explorer: Version,
    /// The text ends in a second `Mozilla/5.0`.
    pub ends_in_mozilla: bool,
}

/// A version as far as it is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// How many numbers there are; 0 where something else stands.
    pub parts: u32,
}

/// Scans a User-Agent.
pub(super) fn scan(agent: &[u8]) -> Features {
    let agent = &agent[..agent.len().min(LIMIT)];
    let mut scan = Scan::default();
    let mut at = 0;
    while at < agent.len() {
        if byte::begins_a_word(agent[at]) {
            let word = Word::read(&agent[at..]);
            at += word.text.len();
            scan.word(&word, agent.get(at).copied().unwrap_or(b' '));
            if scan.features.machine.is_some() {
                return scan.features;
            }
        } else {
            scan.separator(agent[at]);
            at += 1;
        }
    }
    scan.features.ends_in_mozilla =
        scan.later_mozilla == scan.features.words && scan.features.words > 2;
    scan.features.contacts += u32::from(scan.link == Link::Scheme);
    scan.features
}

/// Where in a web address the scan stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Link {
    /// In none.
    #[default]
    Outside,
    /// Behind `http:`.
    Scheme,
    /// Behind its first word.
    Within,
}

/// Where in the User-Agent the scan stands.
#[derive(Default)]
struct Scan {
    features: Features,
    depth: u32,
    /// Comments that are behind, and words of the one at hand.
    comments: u32,
    in_comment: u32,
    /// This comment began with KHTML.
    khtml: bool,
    /// Within square brackets, where Facebook's app describes itself.
    bracket: bool,
    /// Inside what names a device: what follows "Android", or brackets.
    device: bool,
    /// This part of the comment holds a word that could be the device's name; the parts behind hold one.
    naming: bool,
    is_named: bool,
    /// Android's build stands behind the device's name.
    built: bool,
    /// The next word follows a slash.
    version: bool,
    /// The facts of the word before the slash.
    named: Facts,
    /// The word before the slash is a product that no browser is known to have.
    odd: bool,
    /// A web address.
    link: Link,
    /// The number of the version of a later `Mozilla`.
    later_mozilla: u32,
    /// The last word was `compatible`, in a comment behind the first.
    claim: bool,
}

impl Scan {
    fn word(&mut self, word: &Word<'_>, next: u8) {
        self.features.words += 1;
        if self.link != Link::Outside {
            self.of_a_link(word);
        } else if word.is_number {
            self.number(word);
        } else if self.device && (self.depth > 0 || self.bracket) && next != b'/' {
            self.of_a_device(word, next);
        } else {
            self.name(word, next);
        }
        self.in_comment += 1;
        self.version = false;
    }

    /// Whoever builds a browser on Chromium gives it a version in Chromium's four parts, or has it say its
    /// name where Chromium says its own, between the engine and `Safari`. Who borrows a browser's text adds
    /// a name and a short version at the end.
    fn of_a_fork(&self, version: Version) -> bool {
        let inside =
            self.features.facts.any(Facts::KHTML) && !self.features.facts.any(Facts::SAFARI);
        version.parts == 4 || (inside && version.parts == 3)
    }

    /// An address is its owner's: what it holds is no product, and no machine's name unless it is a word
    /// that only machines carry. A maker of browsers may leave one too.
    fn of_a_link(&mut self, word: &Word<'_>) {
        if self.link == Link::Scheme {
            if let Some(Meaning::Browser(facts)) = word.meaning() {
                return self.known(facts);
            }
            self.contact();
            self.link = Link::Within;
        }
        let stems = word.stems();
        if stems.strong || stems.bot {
            self.features.machine = Some(Reason::MachineWord);
        }
    }

    /// No app writes into the engine's own comment.
    fn contact(&mut self) {
        self.features.contacts += 1;
        if self.khtml {
            self.features.machine = Some(Reason::Contact);
        }
    }

    fn number(&mut self, word: &Word<'_>) {
        if self.named.any(Facts::MSIE) {
            self.features.explorer = Version::parse(word.text);
            self.named = Facts::KNOWN;
        }
        if !self.version {
            return;
        }
        let version = || Version::parse(word.text);
        if self.odd {
            self.features.odd_forks += u32::from(self.of_a_fork(version()));
            self.odd = false;
        } else if self.named.any(Facts::CHROME) {
            self.features.chrome = version();
        } else if self.named.any(Facts::FIREFOX) {
            self.features.firefox = version();
        } else if self.named.any(Facts::VERSION) {
            self.features.safari = version();
        }
    }

    /// A device may be called anything ("Spider 8", "M bot 51") but what a machine is called. Makers write
    /// its name with a capital, and once.
    fn of_a_device(&mut self, word: &Word<'_>, next: u8) {
        if self.is_named || word.text[0].is_ascii_lowercase() {
            let stems = word.stems();
            self.features.hints += u32::from(stems.strong || stems.weak);
        }
        match word.meaning() {
            Some(Meaning::Machine(_)) => self.features.hints += 1,
            Some(Meaning::Browser(facts)) if facts.any(Facts::WINDOW) => self.known(facts),
            // What Chrome says instead of any device's name.
            Some(Meaning::Browser(_)) => self.naming |= word.is(b"k"),
            Some(Meaning::Leading(_)) | None => self.naming |= word.could_be_a_name(),
        }
        self.features.contacts += u32::from(word.is_an_address());
        self.begin_a_link(word, next);
    }

    fn begin_a_link(&mut self, word: &Word<'_>, next: u8) {
        if next == b':' && (word.is(b"http") || word.is(b"https")) {
            self.link = Link::Scheme;
        }
    }

    fn name(&mut self, word: &Word<'_>, next: u8) {
        let claim = std::mem::take(&mut self.claim);
        let whole = word.meaning();
        if let Some(Meaning::Browser(facts)) = whole {
            return self.known(facts);
        }
        if claim {
            self.features.machine = Some(Reason::MachineWord);
            return;
        }
        let stems = word.stems();
        if stems.strong || (stems.bot && !self.may_be_a_model(word, next)) {
            self.features.machine = Some(Reason::MachineWord);
            return;
        }
        match whole.or_else(|| self.by_its_head(word)) {
            Some(Meaning::Machine(reason)) => self.features.machine = Some(reason),
            Some(Meaning::Leading(reason)) if self.features.words == 1 => {
                self.features.machine = Some(reason)
            }
            Some(Meaning::Browser(facts)) => {
                self.features.hints += u32::from(stems.weak);
                self.known(facts);
            }
            // A messenger that fetches previews under its name is an app beside a browser's words.
            Some(Meaning::Leading(Reason::PreviewBot)) => self.known(Facts::KNOWN),
            Some(Meaning::Leading(_)) | None => self.unknown(word, stems, next),
        }
    }

    /// "bot" as a word of its own within a comment: some apps write the phone's model there before
    /// anything shows that it is one ("M bot 51").
    fn may_be_a_model(&mut self, word: &Word<'_>, next: u8) -> bool {
        let is_word = self.depth > 0 && next != b'/' && word.is(b"bot");
        self.features.hints += u32::from(is_word);
        is_word
    }

    /// A name with a version or a model behind it ("midp-2.0", "SAMSUNG-SGH-A737" where it leads), or a
    /// member of a machine's family ("Google-Safety", "python-requests"). In a comment, or joined otherwise
    /// than by a hyphen, an app speaks of another product so ("google_ios", "java_runtime_version").
    fn by_its_head(&mut self, word: &Word<'_>) -> Option<Meaning> {
        let meaning = word.meaning_of_head()?;
        if !word.is_of_a_family() {
            return Some(meaning);
        }
        let leads = self.features.words == 1;
        match meaning {
            Meaning::Machine(_) => Some(meaning),
            Meaning::Leading(reason @ (Reason::Client | Reason::Crawler)) => {
                let names_itself = leads || (self.depth == 0 && word.is_hyphened());
                self.features.hints += u32::from(!names_itself);
                names_itself.then_some(Meaning::Machine(reason))
            }
            Meaning::Browser(_) if leads => Some(meaning),
            Meaning::Leading(_) | Meaning::Browser(_) => None,
        }
    }

    fn known(&mut self, facts: Facts) {
        self.odd = false;
        if self.features.words == 1 {
            self.features.first = facts;
        } else if facts.any(Facts::MOZILLA) && self.depth == 0 {
            self.later_mozilla = self.features.words + 1;
        }
        self.claim =
            facts.any(Facts::COMPATIBLE) && self.comments > 0 && !self.device && self.depth == 1;
        self.built |= facts.any(Facts::BUILD);
        if facts.any(Facts::FREE) {
            self.device = true;
        } else if facts.any(Facts::ENGINE) {
            self.device = self.bracket;
        }
        self.khtml |= facts.any(Facts::KHTML) && self.in_comment == 0;
        self.named = facts;
        self.features.facts = self.features.facts.and(facts);
        self.link = Link::Outside;
    }

    /// In its own window an app is called after what it does too ("CamScanner/4.5"). On iOS such a window
    /// lacks Safari's name.
    fn names_an_app(&self, next: u8) -> bool {
        let facts = self.features.facts;
        let is_safaris = facts.any(Facts::SAFARI) || !facts.any(Facts::KHTML);
        let on_ios = facts.any(Facts::IOS) && !is_safaris && next == b'/';
        (facts.any(Facts::WINDOW) || on_ios) && self.depth == 0
    }

    /// A word that is in no table.
    fn unknown(&mut self, word: &Word<'_>, stems: Stems, next: u8) {
        self.named = Facts::KNOWN;
        self.odd = false;
        if word.is_an_address() {
            return self.contact();
        }
        // No app writes into the engine's own comment.
        if self.khtml && stems.weak {
            self.features.machine = Some(Reason::MachineWord);
            return;
        }
        self.begin_a_link(word, next);
        if self.link == Link::Scheme {
            return;
        }
        if self.device {
            self.features.hints += u32::from(stems.weak);
            return;
        }
        let weak = stems.weak && !self.names_an_app(next);
        self.features.hints += u32::from(weak || stems.bot_within || word.is_domain());
        let in_explorers_comment = self.depth > 0 && self.features.facts.any(Facts::EXPLORER);
        let of_a_maker = in_explorers_comment && word.is_a_makers_tag();
        if self.version || of_a_maker || !word.could_be_a_name() {
            return;
        }
        if word.is_some_browser() {
            self.features.facts = self.features.facts.and(Facts::SELF_STYLED);
            return;
        }
        if self.khtml {
            self.features.odd_khtml += 1;
        } else if self.depth == 0 {
            self.features.odd_products += 1;
            self.odd = next == b'/';
            // A key with a value names nobody.
            self.features.odd_bare_products += u32::from(!matches!(next, b'/' | b'='));
        } else {
            self.features.odd_words += 1;
        }
    }

    fn separator(&mut self, byte: u8) {
        if self.link == Link::Within
            && !matches!(byte, b'/' | b':' | b'?' | b'=' | b'&' | b'#' | b'~')
        {
            self.link = Link::Outside;
            self.version = false;
        }
        match byte {
            b'/' => self.version = true,
            b'(' => {
                let is_first = self.comments == 0 && self.depth == 0;
                self.features.bare_in_front |= is_first && self.features.odd_bare_products > 0;
                self.depth += 1;
                self.in_comment = if self.depth == 1 { 0 } else { self.in_comment };
                // A television's standard describes the set in brackets.
                self.device |= self.features.first.any(Facts::LEADS.and(Facts::HANDSET))
                    || self.named.any(Facts::TELEVISION);
            }
            b')' => {
                if self.claim {
                    self.features.machine = Some(Reason::MachineWord);
                }
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.comments += 1;
                    self.khtml = false;
                    self.device = false;
                    (self.naming, self.is_named, self.built) = (false, false, false);
                }
            }
            b';' if self.device => {
                // Behind the first comment an app writes what it likes.
                self.is_named |= self.naming && self.comments == 0;
                if self.built {
                    (self.device, self.built) = (self.bracket, false);
                }
            }
            b'[' => (self.bracket, self.device) = (true, true),
            b']' => (self.bracket, self.device) = (false, false),
            _ => {}
        }
    }
}

impl Version {
    fn parse(text: &[u8]) -> Version {
        let mut numbers = [0_u32; 2];
        let mut parts = 1;
        for &byte in text {
            if byte == b'.' {
                parts += 1;
            } else if let Some(number) = numbers.get_mut(parts - 1) {
                *number = number
                    .saturating_mul(10)
                    .saturating_add(u32::from(byte.wrapping_sub(b'0')));
            }
        }
        Version {
            major: numbers[0],
            minor: numbers[1],
            parts: parts as u32,
        }
    }
}
