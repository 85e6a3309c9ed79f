//! The names that the classifier knows: machines, and the vocabulary of browsers.
//!
//! A name is one word of a User-Agent in lower case, as it stands between blanks, slashes, semicolons,
//! colons, commas and brackets; `-`, `_`, `.`, `@`, `!` and `%` belong to it. A longer word is also known
//! by its letters up to the first other sign ("larbin_2.6.2" by "larbin"), so versions need no lines.
//! Names that hold a strong stem of `stems.txt` or end in "bot" need no line either, and a test refuses
//! them. To add a machine, put its word under the heading that fits in `machines.txt`.

use super::list::{self, Entry, File, file};
use super::meaning::{Facts, Meaning};
use super::verdict::Reason;

const FILES: &[File] = &[
    file!("machines.txt"),
    file!("platforms.txt"),
    file!("browsers.txt"),
    file!("apps.txt"),
    file!("words.txt"),
];

/// The headings of the files, and what the names below them say.
pub(super) const HEADINGS: [(&str, Meaning); 44] = [
    ("preview-bot", Meaning::Machine(Reason::PreviewBot)),
    ("scanner", Meaning::Machine(Reason::Scanner)),
    ("automation", Meaning::Machine(Reason::Automation)),
    ("crawler", Meaning::Machine(Reason::Crawler)),
    ("client", Meaning::Machine(Reason::Client)),
    ("leading-preview-bot", Meaning::Leading(Reason::PreviewBot)),
    ("leading-client", Meaning::Leading(Reason::Client)),
    ("leading-crawler", Meaning::Leading(Reason::Crawler)),
    ("mozilla", Meaning::Browser(Facts::MOZILLA)),
    ("compatible", Meaning::Browser(Facts::COMPATIBLE)),
    ("windows", Meaning::Browser(Facts::WINDOWS)),
    ("mac", Meaning::Browser(Facts::MAC)),
    ("unix", Meaning::Browser(Facts::UNIX)),
    ("android", Meaning::Browser(Facts::ANDROID.and(Facts::FREE))),
    ("ios", Meaning::Browser(Facts::IOS)),
    ("television", Meaning::Browser(Facts::TELEVISION)),
    (
        "xbox",
        Meaning::Browser(Facts::TELEVISION.and(Facts::HANDSET)),
    ),
    (
        "television-standard",
        Meaning::Browser(Facts::TELEVISION.and(Facts::LEADS)),
    ),
    ("mobile", Meaning::Browser(Facts::MOBILE)),
    ("handset", Meaning::Browser(Facts::HANDSET)),
    ("engine", Meaning::Browser(Facts::ENGINE)),
    ("khtml", Meaning::Browser(Facts::KHTML.and(Facts::ENGINE))),
    (
        "explorer",
        Meaning::Browser(
            Facts::MSIE
                .and(Facts::EXPLORER)
                .and(Facts::ENGINE)
                .and(Facts::PRODUCT),
        ),
    ),
    (
        "trident",
        Meaning::Browser(
            Facts::TRIDENT
                .and(Facts::EXPLORER)
                .and(Facts::ENGINE)
                .and(Facts::PRODUCT),
        ),
    ),
    (
        "mail-program",
        Meaning::Browser(Facts::MAIL.and(Facts::PRODUCT)),
    ),
    ("office", Meaning::Browser(Facts::MAIL)),
    (
        "chrome",
        Meaning::Browser(Facts::CHROME.and(Facts::PRODUCT)),
    ),
    (
        "firefox",
        Meaning::Browser(Facts::FIREFOX.and(Facts::PRODUCT)),
    ),
    (
        "version",
        Meaning::Browser(Facts::VERSION.and(Facts::PRODUCT)),
    ),
    (
        "safari",
        Meaning::Browser(Facts::SAFARI.and(Facts::PRODUCT)),
    ),
    ("app", Meaning::Browser(Facts::APP.and(Facts::PRODUCT))),
    (
        "facebook",
        Meaning::Browser(
            Facts::APP
                .and(Facts::PRODUCT)
                .and(Facts::LEADS)
                .and(Facts::HANDSET),
        ),
    ),
    (
        "web-view",
        Meaning::Browser(Facts::APP.and(Facts::PRODUCT).and(Facts::ENGINE)),
    ),
    (
        "leading-browser",
        Meaning::Browser(Facts::LEADS.and(Facts::PRODUCT)),
    ),
    (
        "opera",
        Meaning::Browser(Facts::OPERA.and(Facts::LEADS).and(Facts::PRODUCT)),
    ),
    ("browser", Meaning::Browser(Facts::PRODUCT)),
    (
        "headset",
        Meaning::Browser(Facts::PRODUCT.and(Facts::HANDSET)),
    ),
    ("word", Meaning::Browser(Facts::KNOWN)),
    ("wap", Meaning::Browser(Facts::WAP.and(Facts::HANDSET))),
    ("edition", Meaning::Browser(Facts::FREE)),
    (
        "window",
        Meaning::Browser(Facts::WINDOW.and(Facts::ANDROID)),
    ),
    ("build", Meaning::Browser(Facts::BUILD)),
    (
        "text-browser",
        Meaning::Browser(Facts::LEADS.and(Facts::PRODUCT).and(Facts::ENGINE)),
    ),
    (
        "carrier",
        Meaning::Browser(Facts::LEADS.and(Facts::HANDSET)),
    ),
];

/// All names, in the order of the files.
pub(super) const ENTRIES: &[Entry] = &list::entries::<{ list::count(FILES) }>(FILES, &texts());

const fn texts() -> [&'static str; HEADINGS.len()] {
    let mut texts = [""; HEADINGS.len()];
    let mut at = 0;
    while at < texts.len() {
        texts[at] = HEADINGS[at].0;
        at += 1;
    }
    texts
}
