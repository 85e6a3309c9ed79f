//! Whether a User-Agent has the form of a real browser's.
//!
//! A browser names a platform, an engine and a product that fit together. Few makers write browsers for
//! desktops, so all of their words are known. An unknown word there is most often a machine's name behind
//! a borrowed browser. On phones, on televisions and in apps makers write what they like, so unknown words
//! pass unless they hold a machine's stem.
//!
//! A User-Agent that fits no form is `Unsure`, never a machine's: only a machine's own word makes it one.

use super::meaning::Facts;
use super::scan::{Features, Version};
use super::verdict::Reason;

/// Below this version (2016) a Chrome on a desktop is more often a scanner's than a person's.
const OLDEST_DESKTOP_CHROME: u32 = 50;

/// Below this version of `Mozilla` (1997) a browser for desktops is older than any that opens a page of today.
const OLDEST_MOZILLA: u32 = 4;

/// From this version on Internet Explorer does not list what is installed (Microsoft docs "User-agent
/// strings"). If it shows a page as an earlier version does, it calls itself that version and lists the
/// programs too.
const FIRST_TERSE_EXPLORER: u32 = 9;

/// The words that Opera has at least: its name, its version, a platform, and its language or level of
/// encryption.
const OPERAS_WORDS: u32 = 4;

const DESKTOP: Facts = Facts::DESKTOP;
/// On these systems a television's word means something else. The Xbox runs Windows, and counts as handheld.
const NO_TELEVISIONS: Facts = Facts::WINDOWS.and(Facts::MAC);
const HANDHELD: Facts = Facts::ANDROID.and(Facts::IOS).and(Facts::HANDSET);
const SMALL: Facts = HANDHELD.and(Facts::TELEVISION);

/// The reason that follows from the features of a User-Agent.
pub(super) fn read(features: &Features) -> Reason {
    if let Some(reason) = features.machine {
        return reason;
    }
    if features.words == 0 {
        return Reason::NoUserAgent;
    }
    if features.ends_in_mozilla || (features.words <= 2 && features.first.any(Facts::MOZILLA)) {
        return Reason::BareMozilla;
    }
    if !is_browser(features) {
        return without_browser(features);
    }
    if features.hints + features.contacts > 0 {
        return Reason::Hint;
    }
    if features.odd_khtml > 0 || features.odd_engine {
        return Reason::UnknownProduct;
    }
    on_its_platform(features)
}

/// The reason for a User-Agent without a browser's form. Here weaker words show a machine than in a browser's
/// User-Agent.
fn without_browser(features: &Features) -> Reason {
    let anything = DESKTOP
        .and(SMALL)
        .and(Facts::ENGINE)
        .and(Facts::PRODUCT)
        .and(Facts::SELF_STYLED);
    let is_a_phones = features.facts.any(Facts::ANDROID) && features.facts.any(Facts::ENGINE);
    // Only the product is missing; its name may be too new or too old to be known.
    let lacks_a_name = features.facts.any(DESKTOP.and(SMALL)) && features.facts.any(Facts::ENGINE);
    if features.facts.any(Facts::MAIL) {
        Reason::MailProgram
    } else if features.contacts > 0 && !lacks_a_name {
        Reason::Contact
    } else if features.hints > 0 && !is_a_phones {
        Reason::MachineWord
    } else if features.facts.any(Facts::COMPATIBLE) && !features.facts.any(anything) {
        Reason::CompatibleOnly
    } else {
        Reason::NotABrowser
    }
}

/// Whether this is a browser's form.
fn is_browser(features: &Features) -> bool {
    let facts = features.facts;
    if features.first.any(Facts::MOZILLA) {
        // A console names itself and nothing more.
        let console =
            facts.any(Facts::TELEVISION) && !facts.any(Facts::COMPATIBLE.and(NO_TELEVISIONS));
        return console || is_complete(facts);
    }
    // A phone or a television may put its own name first, with a version.
    let behind_a_device = facts.any(SMALL) && !features.bare_in_front;
    begins_as_a_browser(features) || (behind_a_device && is_complete(facts))
}

/// Whether platform, engine and product are there.
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

/// Whether this is one of the browser forms that do not begin with `Mozilla`.
fn begins_as_a_browser(features: &Features) -> bool {
    let facts = features.facts;
    let somewhere = DESKTOP.and(SMALL).and(Facts::ENGINE);
    if facts.any(Facts::WAP) || (features.first.any(Facts::LEADS) && facts.any(somewhere)) {
        return true;
    }
    if features.first.any(Facts::OPERA) {
        let is_known = features.odd_products == 0 || facts.any(somewhere);
        return features.words >= OPERAS_WORDS && is_known;
    }
    // An app's own requests begin with its name and have no engine. A page in its window is requested by
    // the system's browser, which names one.
    features.first.any(Facts::HANDSET)
        || (features.first.any(Facts::APP) && facts.any(Facts::ENGINE))
}

/// The reason for a browser's form, by what its platform allows.
fn on_its_platform(features: &Features) -> Reason {
    let facts = features.facts;
    if facts.any(Facts::MAIL) && !is_off_the_desktop(features) {
        return Reason::MailProgram;
    }
    if facts.any(Facts::APP) {
        return Reason::Browser;
    }
    if is_off_the_desktop(features) {
        return off_the_desktop(features);
    }
    // Internet Explorer's comment lists whatever is installed, so its words need not be known.
    let lists_programs = facts.any(Facts::MSIE) && features.explorer.major < FIRST_TERSE_EXPLORER;
    let odd_words = if lists_programs {
        0
    } else {
        features.odd_words
    };
    let is_chrome = features.chrome.parts == 4 && features.chrome.major >= OLDEST_DESKTOP_CHROME;
    let forks = if is_chrome { features.odd_forks } else { 0 };
    if features.odd_products - forks + odd_words > 0 || features.odd_platform {
        return Reason::UnknownProduct;
    }
    // Every Internet Explorer since version 8 names its engine (Microsoft docs "User-agent strings"). Opera had
    // another one when it called itself Internet Explorer.
    let is_old_explorer = facts.any(Facts::MSIE) && !facts.any(Facts::TRIDENT.and(Facts::OPERA));
    let is_old_mozilla = features.mozilla.parts > 0 && features.mozilla.major < OLDEST_MOZILLA;
    if is_old_explorer || is_old_mozilla {
        return Reason::AncientBrowser;
    }
    if features.chrome != Version::default() {
        if features.chrome.parts != 4 {
            return Reason::OddVersion;
        }
        if features.chrome.major < OLDEST_DESKTOP_CHROME {
            return Reason::AncientBrowser;
        }
    }
    Reason::Browser
}

/// Whether the browser runs on a phone, on a television or in a car.
fn is_off_the_desktop(features: &Features) -> bool {
    let facts = features.facts;
    let device = if facts.any(NO_TELEVISIONS) {
        HANDHELD
    } else {
        SMALL
    };
    !facts.any(DESKTOP) || facts.any(device) || features.first.any(Facts::LEADS)
}

/// The reason for a browser's form off the desktop. In an app's window, which shows as `wv` or
/// `Version/4.0`, any words may follow. Behind a phone's own browser a word without a version is most often
/// a machine's.
fn off_the_desktop(features: &Features) -> Reason {
    let free = Facts::WINDOW
        .and(Facts::VERSION)
        .and(Facts::TELEVISION)
        .and(Facts::HANDSET);
    let own_browser = features.facts.any(Facts::ANDROID) && !features.facts.any(free);
    if own_browser && features.chrome.parts == 4 && features.odd_bare_products > 0 {
        return Reason::UnknownProduct;
    }
    Reason::Browser
}

/// Whether this browser sends `Sec-Fetch-*` to a secure address (MDN "Sec-Fetch-Mode", compatibility).
pub(super) fn sends_fetch_metadata(features: &Features) -> bool {
    let safari =
        features.facts.any(Facts::SAFARI) && !features.facts.any(Facts::CHROME.and(Facts::ANDROID));
    features.chrome.major >= 80
        || features.firefox.major >= 90
        || (safari && (features.safari.major, features.safari.minor) >= (16, 4))
}
