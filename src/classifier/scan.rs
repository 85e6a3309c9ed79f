//! One pass over a User-Agent: its products, comments and words (RFC 9110 "User-Agent").
//!
//! The scan reads every byte once. It copies and allocates nothing. It ends at the first word by which a
//! machine names itself, so no later word can take that back. Everything else it only counts; `grammar.rs`
//! says what the counts mean.
//!
//! Only the first [`LIMIT`] bytes are read. Real browsers stay below 600. A longer text is classified by
//! its beginning, and costs no more than any other.

use super::byte;
use super::meaning::{Facts, Meaning};
use super::verdict::Reason;
use super::word::{Stems, Word};

/// How many bytes of a User-Agent are read.
pub(super) const LIMIT: usize = 1024;

/// The features that a scan finds in a User-Agent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Features {
    /// The reason if a word names a machine.
    pub machine: Option<Reason>,
    /// The facts of the known words, all together.
    pub facts: Facts,
    /// The facts of the first word.
    pub first: Facts,
    /// How many words there are.
    pub words: u32,
    /// How many products are unknown.
    pub odd_products: u32,
    /// How many unknown products are named as a browser built on Chromium is.
    pub odd_forks: u32,
    /// How many unknown products have no version.
    pub odd_bare_products: u32,
    /// An unknown product without a version stands before the first comment, or a comma does.
    pub bare_in_front: bool,
    /// How many words in comments are unknown.
    pub odd_words: u32,
    /// How many unknown words stand in the comment of `KHTML, like Gecko`.
    pub odd_khtml: u32,
    /// An unknown product stands where the engine's name stands, before the comment that begins with `KHTML`.
    pub odd_engine: bool,
    /// A colon stands behind a desktop's name in a comment. Browsers write a semicolon there.
    pub odd_platform: bool,
    /// How many words hint at a machine: by a stem that a few apps carry too, or as a domain.
    pub hints: u32,
    /// How many web and e-mail addresses there are. Crawlers leave them for complaints, a few apps for
    /// support.
    pub contacts: u32,
    /// Chrome's version.
    pub chrome: Version,
    /// Firefox's version.
    pub firefox: Version,
    /// Safari's version, from `Version/`.
    pub safari: Version,
    /// Internet Explorer's version, from `MSIE`.
    pub explorer: Version,
    /// The version of the `Mozilla` that the text begins with.
    pub mozilla: Version,
    /// The text ends in a second `Mozilla/5.0`.
    pub ends_in_mozilla: bool,
}

/// The parts of a version that are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// How many numbers there are; 0 if there is no version.
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

/// How far a web address has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Link {
    /// In no web address.
    #[default]
    Outside,
    /// Behind `http:`.
    Scheme,
    /// Behind the address's first word.
    Within,
}

/// Where the scan stands in the User-Agent.
#[derive(Default)]
struct Scan {
    features: Features,
    /// How many comments are open.
    depth: u32,
    /// How many comments have ended.
    comments: u32,
    /// How many words of the open comment have been read.
    in_comment: u32,
    /// The open comment began with `KHTML`.
    khtml: bool,
    /// In square brackets. Facebook's app describes itself in them.
    bracket: bool,
    /// In a part that names a device: behind "Android", or in square brackets.
    device: bool,
    /// This part of the comment holds a word that could be the device's name.
    naming: bool,
    /// An earlier part of the comment holds such a word.
    is_named: bool,
    /// `Build` has been read, which ends the device's name.
    built: bool,
    /// A slash stands before the next word.
    version: bool,
    /// The facts of the last word, if it is a known one.
    named: Facts,
    /// The last word is an unknown product, and a slash follows it.
    odd: bool,
    /// The last name is an unknown product.
    behind_odd: bool,
    /// In the device's name behind an app's.
    model: bool,
    /// Where the scan stands in a web address.
    link: Link,
    /// The number of the word that is the version of a later `Mozilla`.
    later_mozilla: u32,
    /// The last word was `compatible`, in a comment that is not the first.
    claim: bool,
}

impl Scan {
    fn word(&mut self, word: &Word<'_>, next: u8) {
        self.features.words += 1;
        if self.link != Link::Outside {
            self.link_word(word);
        } else if word.is_number {
            self.number(word);
        } else if self.device && (self.depth > 0 || self.bracket) && next != b'/' {
            self.device_word(word, next);
        } else {
            self.name(word, next);
        }
        self.in_comment += 1;
        self.version = false;
    }

    /// Whether the unknown product before this version is a browser built on Chromium. Such a browser has a
    /// version of four parts, like Chromium's. Or it has one of three parts and stands where Chromium's name
    /// stands, between the engine and `Safari`. A machine that borrows a browser's text adds a name and a
    /// short version at the end.
    fn is_fork(&self, version: Version) -> bool {
        let inside =
            self.features.facts.any(Facts::KHTML) && !self.features.facts.any(Facts::SAFARI);
        version.parts == 4 || (inside && version.parts == 3)
    }

    /// Reads a word of a web address. Its words are no products, and only a strong stem in them names a
    /// machine. A browser's maker may leave an address too, so a known word right behind the scheme is read
    /// as usual.
    fn link_word(&mut self, word: &Word<'_>) {
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

    /// Counts an address. No app writes into the engine's comment, so there an address makes a machine.
    fn contact(&mut self) {
        self.features.contacts += 1;
        if self.khtml {
            self.features.machine = Some(Reason::Contact);
        }
    }

    /// Reads a word of digits and dots.
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
            self.features.odd_forks += u32::from(self.is_fork(version()));
            self.odd = false;
        } else if self.features.words == 2 && self.named.any(Facts::MOZILLA) {
            self.features.mozilla = version();
        } else if self.named.any(Facts::CHROME) {
            self.features.chrome = version();
        } else if self.named.any(Facts::FIREFOX) {
            self.features.firefox = version();
        } else if self.named.any(Facts::VERSION) {
            self.features.safari = version();
        }
    }

    /// Reads a word of what names a device. A device may be called anything ("Spider 8", "M bot 51"), so here
    /// no word makes a machine. Two things are hints: a machine's name, and a stem in a word that is not the
    /// device's name. Makers write that name once and with a capital, so a word without a capital is another
    /// one, and so is a word behind the name.
    fn device_word(&mut self, word: &Word<'_>, next: u8) {
        if self.is_named || word.text[0].is_ascii_lowercase() {
            let stems = word.stems();
            self.features.hints += u32::from(stems.strong || stems.weak);
        }
        match word.meaning() {
            Some(Meaning::Machine(_)) => self.features.hints += 1,
            Some(Meaning::Browser(facts)) if facts.any(Facts::WINDOW) => self.known(facts),
            // No device is called that, so a machine says it.
            Some(Meaning::Browser(facts)) if self.model && facts.any(Facts::COMPATIBLE) => {
                self.end_the_model();
                self.known(facts);
            }
            // Chrome writes "K" instead of every device's name.
            Some(Meaning::Browser(_)) => self.naming |= word.is(b"k"),
            Some(Meaning::Leading(_)) | None => self.naming |= word.could_be_a_name(),
        }
        self.features.contacts += u32::from(word.is_an_address());
        self.begin_a_link(word, next);
    }

    /// Whether the comment that begins here names the device first. On Android it does so behind an app's name
    /// ("Telegram-Android/11.14.1 (Fossibot F102; ..."). In an app's own window any product is an app's.
    fn begins_with_a_model(&self) -> bool {
        let facts = self.features.facts;
        let in_a_window = facts.any(Facts::WINDOW) && self.named == Facts::KNOWN;
        self.comments > 0
            && self.depth == 0
            && facts.any(Facts::ANDROID)
            && (self.named.any(Facts::APP) || in_a_window)
    }

    /// Behind the device's name words are read as usual.
    fn end_the_model(&mut self) {
        (self.model, self.device) = (false, self.bracket);
    }

    /// If this word is a scheme, a web address begins.
    fn begin_a_link(&mut self, word: &Word<'_>, next: u8) {
        if next == b':' && (word.is(b"http") || word.is(b"https")) {
            self.link = Link::Scheme;
        }
    }

    /// Reads a word that is no number, outside of addresses and devices.
    fn name(&mut self, word: &Word<'_>, next: u8) {
        let claim = std::mem::take(&mut self.claim);
        let whole = word.meaning();
        if let Some(Meaning::Browser(facts)) = whole {
            let names_a_desktop = self.depth > 0 && facts.any(Facts::DESKTOP);
            self.features.odd_platform |= names_a_desktop && next == b':';
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
            None if self.version && self.is_an_app_behind_a_number(word) => {}
            // A messenger may fetch previews under its name. Together with a browser's words it is an app.
            Some(Meaning::Leading(Reason::PreviewBot)) => self.known(Facts::KNOWN),
            Some(Meaning::Leading(_)) | None => self.unknown(word, stems, next),
        }
    }

    /// Whether the word is "bot" alone, in a comment; that counts as a hint. Some apps write a phone's model
    /// there before anything shows that it is one ("M bot 51").
    fn may_be_a_model(&mut self, word: &Word<'_>, next: u8) -> bool {
        let is_word = self.depth > 0 && next != b'/' && word.is(b"bot");
        self.features.hints += u32::from(is_word);
        is_word
    }

    /// The meaning of a word by its head. Behind the head stands a version ("midp-2.0"), a model
    /// ("SAMSUNG-SGH-A737", if the User-Agent begins with it), or another name. With another name it is a
    /// member of a machine's family ("Google-Safety", "python-requests"). But in a comment, or joined by
    /// another sign than a hyphen, an app only mentions that product ("google_ios", "java_runtime_version");
    /// that is a hint.
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

    /// Takes in an app's name that is written right behind a version.
    fn is_an_app_behind_a_number(&mut self, word: &Word<'_>) -> bool {
        let Some(Meaning::Browser(facts)) = word.meaning_behind_a_number() else {
            return false;
        };
        if facts.any(Facts::APP) {
            self.known(facts);
        }
        facts.any(Facts::APP)
    }

    /// Takes in what a known word says.
    fn known(&mut self, facts: Facts) {
        let begins_khtml = facts.any(Facts::KHTML) && self.in_comment == 0;
        let names_no_engine = !self.features.facts.any(Facts::ENGINE);
        self.features.odd_engine |= begins_khtml && self.behind_odd && names_no_engine;
        (self.odd, self.behind_odd) = (false, false);
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
        self.khtml |= begins_khtml;
        self.named = facts;
        self.features.facts = self.features.facts.and(facts);
        self.link = Link::Outside;
    }

    /// Whether a product here is an app in its own window. Its name may say what it does
    /// ("CamScanner/4.5"). On iOS such a window lacks Safari's name.
    fn names_an_app(&self, next: u8) -> bool {
        let facts = self.features.facts;
        let is_safaris = facts.any(Facts::SAFARI) || !facts.any(Facts::KHTML);
        let on_ios = facts.any(Facts::IOS) && !is_safaris && next == b'/';
        (facts.any(Facts::WINDOW) || on_ios) && self.depth == 0
    }

    /// Takes in a word that is in no table.
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
            self.behind_odd = true;
            self.odd = next == b'/';
            // A key with its value is no name.
            self.features.odd_bare_products += u32::from(!matches!(next, b'/' | b'='));
        } else {
            self.features.odd_words += 1;
        }
    }

    /// Reads a byte between words.
    fn separator(&mut self, byte: u8) {
        if self.link == Link::Within
            && !matches!(byte, b'/' | b':' | b'?' | b'=' | b'&' | b'#' | b'~')
        {
            self.link = Link::Outside;
            self.version = false;
        }
        match byte {
            b'/' => self.version = true,
            // One User-Agent behind another one, as a program passes it on.
            b',' => self.features.bare_in_front |= self.comments == 0 && self.depth == 0,
            b'(' => {
                let is_first = self.comments == 0 && self.depth == 0;
                self.features.bare_in_front |= is_first && self.features.odd_bare_products > 0;
                self.model = self.begins_with_a_model();
                self.depth += 1;
                self.in_comment = if self.depth == 1 { 0 } else { self.in_comment };
                // Behind the name of a phone or of a television a comment describes the device.
                self.device |= self.features.first.any(Facts::LEADS.and(Facts::HANDSET))
                    || self.named.any(Facts::TELEVISION)
                    || self.model;
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
                    self.model = false;
                    (self.naming, self.is_named, self.built) = (false, false, false);
                }
            }
            b';' if self.model => self.end_the_model(),
            b';' if self.device => {
                // Only the first comment names the device; in later ones an app writes what it likes.
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
