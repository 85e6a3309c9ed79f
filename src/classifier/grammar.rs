//! Whether a User-Agent has the form of a real browser's.
//!
//! A browser gives a platform, an engine and a product that fit together. On a desktop every word of it
//! is known: browsers there come from few makers, and a word that none of them writes is most often a
//! machine's name behind a borrowed browser. On phones, televisions and in apps makers write what they
//! like, so unknown words pass there unless they hold a machine's stem. What fits no form is `Unsure`,
//! never a machine: only a machine's own word makes one.

use super::meaning::Facts;
use super::scan::{Findings, Version};
use super::verdict::Reason;

/// Chrome below this is on hardly any person's desktop, and on many a scanner's (2016).
const OLDEST_DESKTOP_CHROME: u32 = 50;

/// Internet Explorer 9 sends no list of what is installed (Microsoft docs "User-agent strings"); where it
/// shows a page as an earlier version does, it calls itself that version and lists.
const FIRST_TERSE_EXPLORER: u32 = 9;

/// Opera's name, its version, a platform, and its language or level of encryption.
const OPERAS_WORDS: u32 = 4;

const DESKTOP: Facts = Facts::WINDOWS.and(Facts::MAC).and(Facts::UNIX);
/// On these a television's word is somebody's name; the Xbox runs Windows and counts as handheld.
const NO_TELEVISIONS: Facts = Facts::WINDOWS.and(Facts::MAC);
const HANDHELD: Facts = Facts::ANDROID.and(Facts::IOS).and(Facts::HANDSET);
const SMALL: Facts = HANDHELD.and(Facts::TELEVISION);

/// What the User-Agent's words amount to.
pub(super) fn read(found: &Findings) -> Reason {
    if let Some(reason) = found.machine {
        return reason;
    }
    if found.words == 0 {
        return Reason::NoUserAgent;
    }
    if found.ends_in_mozilla || (found.words <= 2 && found.first.any(Facts::MOZILLA)) {
        return Reason::BareMozilla;
    }
    if !is_browser(found) {
        return without_browser(found);
    }
    if found.hints + found.contacts > 0 {
        return Reason::Hint;
    }
    if found.odd_khtml > 0 {
        return Reason::UnknownProduct;
    }
    on_its_platform(found)
}

/// A machine names itself outside of any browser by less than beside one.
fn without_browser(found: &Findings) -> Reason {
    let anything = DESKTOP
        .and(SMALL)
        .and(Facts::ENGINE)
        .and(Facts::PRODUCT)
        .and(Facts::SELF_STYLED);
    let is_a_phones = found.facts.any(Facts::ANDROID) && found.facts.any(Facts::ENGINE);
    // A platform and an engine want only the product's name, which may be too new or too old.
    let lacks_a_name = found.facts.any(DESKTOP.and(SMALL)) && found.facts.any(Facts::ENGINE);
    if found.facts.any(Facts::MAIL) {
        Reason::MailProgram
    } else if found.contacts > 0 && !lacks_a_name {
        Reason::Contact
    } else if found.hints > 0 && !is_a_phones {
        Reason::MachineWord
    } else if found.facts.any(Facts::COMPATIBLE) && !found.facts.any(anything) {
        Reason::CompatibleOnly
    } else {
        Reason::NotABrowser
    }
}

fn is_browser(found: &Findings) -> bool {
    let facts = found.facts;
    if found.first.any(Facts::MOZILLA) {
        // A console says what it is and no more.
        let console =
            facts.any(Facts::TELEVISION) && !facts.any(Facts::COMPATIBLE.and(NO_TELEVISIONS));
        return console || is_complete(facts);
    }
    // A phone or a television may say its own name first, and with a version.
    let behind_a_device = facts.any(SMALL) && !found.bare_in_front;
    begins_as_a_browser(found) || (behind_a_device && is_complete(facts))
}

/// Platform, engine and product.
fn is_complete(facts: Facts) -> bool {
    let shown = Facts::PRODUCT
        .and(Facts::IOS)
        .and(Facts::MAC)
        .and(Facts::TELEVISION)
        .and(Facts::HANDSET);
    let phone_of_firefox = facts.any(Facts::MOBILE) && facts.any(Facts::FIREFOX);
    let platform = facts.any(DESKTOP.and(SMALL)) || phone_of_firefox;
    platform && facts.any(Facts::ENGINE) && facts.any(shown)
}

/// The forms that begin with a name of their own.
fn begins_as_a_browser(found: &Findings) -> bool {
    let facts = found.facts;
    let somewhere = DESKTOP.and(SMALL).and(Facts::ENGINE);
    if facts.any(Facts::WAP) || (found.first.any(Facts::LEADS) && facts.any(somewhere)) {
        return true;
    }
    if found.first.any(Facts::OPERA) {
        let is_known = found.odd_products == 0 || facts.any(somewhere);
        return found.words >= OPERAS_WORDS && is_known;
    }
    // An app's own requests begin with its name; its window's begin as the system's browser does.
    found.first.any(Facts::HANDSET) || (found.first.any(Facts::APP) && facts.any(Facts::ENGINE))
}

fn on_its_platform(found: &Findings) -> Reason {
    let facts = found.facts;
    if facts.any(Facts::MAIL) && !is_off_the_desktop(found) {
        return Reason::MailProgram;
    }
    if facts.any(Facts::APP) {
        return Reason::Browser;
    }
    if is_off_the_desktop(found) {
        return off_the_desktop(found);
    }
    // Up to version 8 Internet Explorer's comment listed whatever was installed.
    let lists_programs = facts.any(Facts::MSIE) && found.explorer.major < FIRST_TERSE_EXPLORER;
    let odd_words = if lists_programs { 0 } else { found.odd_words };
    let is_chrome = found.chrome.parts == 4 && found.chrome.major >= OLDEST_DESKTOP_CHROME;
    let forks = if is_chrome { found.odd_forks } else { 0 };
    if found.odd_products - forks + odd_words > 0 {
        return Reason::UnknownProduct;
    }
    if found.chrome != Version::default() {
        if found.chrome.parts != 4 {
            return Reason::OddVersion;
        }
        if found.chrome.major < OLDEST_DESKTOP_CHROME {
            return Reason::AncientBrowser;
        }
    }
    Reason::Browser
}

fn is_off_the_desktop(found: &Findings) -> bool {
    let facts = found.facts;
    let device = if facts.any(NO_TELEVISIONS) {
        HANDHELD
    } else {
        SMALL
    };
    !facts.any(DESKTOP) || facts.any(device) || found.first.any(Facts::LEADS)
}

/// Apps write what they like behind a web view, which gives itself away by `wv` or `Version/4.0`; behind
/// a browser of its own a word without a version is most often a machine's.
fn off_the_desktop(found: &Findings) -> Reason {
    let free = Facts::WINDOW
        .and(Facts::VERSION)
        .and(Facts::TELEVISION)
        .and(Facts::HANDSET);
    let own_browser = found.facts.any(Facts::ANDROID) && !found.facts.any(free);
    if own_browser && found.chrome.parts == 4 && found.odd_bare_products > 0 {
        return Reason::UnknownProduct;
    }
    Reason::Browser
}

/// Whether this browser sends `Sec-Fetch-*` to a secure address (MDN "Sec-Fetch-Mode", compatibility).
pub(super) fn sends_fetch_metadata(found: &Findings) -> bool {
    let safari =
        found.facts.any(Facts::SAFARI) && !found.facts.any(Facts::CHROME.and(Facts::ANDROID));
    found.chrome.major >= 80
        || found.firefox.major >= 90
        || (safari && (found.safari.major, found.safari.minor) >= (16, 4))
}
