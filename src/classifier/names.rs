//! The names that the classifier knows: machines, and the vocabulary of browsers.
//!
//! A name is one word of a User-Agent in lower case, as it stands between blanks, slashes, semicolons,
//! colons, commas and brackets; `-`, `_`, `.`, `@`, `!` and `%` belong to it. A longer word is also known
//! by its letters up to the first other sign ("larbin_2.6.2" by "larbin"), so versions need no lines.
//! Names that hold a strong stem of `stems.txt` or end in "bot" need no line either, and a test refuses
//! them. To add a machine, put its word under the heading that fits in `machines.txt`.

use super::list::{self, Entry, File, file};
use super::meaning::{Facts, Mark};
use super::verdict::Reason;

const FILES: &[File] = &[
    file!("machines.txt"),
    file!("platforms.txt"),
    file!("browsers.txt"),
    file!("apps.txt"),
    file!("words.txt"),
];

/// The headings of the files, and what the names below them say.
pub(super) const HEADINGS: [(&str, Mark); 44] = [
    ("preview-bot", Mark::Machine(Reason::PreviewBot)),
    ("scanner", Mark::Machine(Reason::Scanner)),
    ("automation", Mark::Machine(Reason::Automation)),
    ("crawler", Mark::Machine(Reason::Crawler)),
    ("client", Mark::Machine(Reason::Client)),
    ("leading-preview-bot", Mark::Leading(Reason::PreviewBot)),
    ("leading-client", Mark::Leading(Reason::Client)),
    ("leading-crawler", Mark::Leading(Reason::Crawler)),
    ("mozilla", Mark::Browser(Facts::MOZILLA)),
    ("compatible", Mark::Browser(Facts::COMPATIBLE)),
    ("windows", Mark::Browser(Facts::WINDOWS)),
    ("mac", Mark::Browser(Facts::MAC)),
    ("unix", Mark::Browser(Facts::UNIX)),
    ("android", Mark::Browser(Facts::ANDROID.and(Facts::FREE))),
    ("ios", Mark::Browser(Facts::IOS)),
    ("television", Mark::Browser(Facts::TELEVISION)),
    ("xbox", Mark::Browser(Facts::TELEVISION.and(Facts::HANDSET))),
    (
        "television-standard",
        Mark::Browser(Facts::TELEVISION.and(Facts::LEADS)),
    ),
    ("mobile", Mark::Browser(Facts::MOBILE)),
    ("handset", Mark::Browser(Facts::HANDSET)),
    ("engine", Mark::Browser(Facts::ENGINE)),
    ("khtml", Mark::Browser(Facts::KHTML.and(Facts::ENGINE))),
    (
        "explorer",
        Mark::Browser(
            Facts::MSIE
                .and(Facts::EXPLORER)
                .and(Facts::ENGINE)
                .and(Facts::PRODUCT),
        ),
    ),
    (
        "trident",
        Mark::Browser(Facts::EXPLORER.and(Facts::ENGINE).and(Facts::PRODUCT)),
    ),
    (
        "mail-program",
        Mark::Browser(Facts::MAIL.and(Facts::PRODUCT)),
    ),
    ("office", Mark::Browser(Facts::MAIL)),
    ("chrome", Mark::Browser(Facts::CHROME.and(Facts::PRODUCT))),
    ("firefox", Mark::Browser(Facts::FIREFOX.and(Facts::PRODUCT))),
    ("version", Mark::Browser(Facts::VERSION.and(Facts::PRODUCT))),
    ("safari", Mark::Browser(Facts::SAFARI.and(Facts::PRODUCT))),
    ("app", Mark::Browser(Facts::APP.and(Facts::PRODUCT))),
    (
        "facebook",
        Mark::Browser(
            Facts::APP
                .and(Facts::PRODUCT)
                .and(Facts::LEADS)
                .and(Facts::HANDSET),
        ),
    ),
    (
        "web-view",
        Mark::Browser(Facts::APP.and(Facts::PRODUCT).and(Facts::ENGINE)),
    ),
    (
        "leading-browser",
        Mark::Browser(Facts::LEADS.and(Facts::PRODUCT)),
    ),
    (
        "opera",
        Mark::Browser(Facts::OPERA.and(Facts::LEADS).and(Facts::PRODUCT)),
    ),
    ("browser", Mark::Browser(Facts::PRODUCT)),
    ("headset", Mark::Browser(Facts::PRODUCT.and(Facts::HANDSET))),
    ("word", Mark::Browser(Facts::KNOWN)),
    ("wap", Mark::Browser(Facts::WAP.and(Facts::HANDSET))),
    ("edition", Mark::Browser(Facts::FREE)),
    ("window", Mark::Browser(Facts::WINDOW.and(Facts::ANDROID))),
    ("build", Mark::Browser(Facts::BUILD)),
    (
        "text-browser",
        Mark::Browser(Facts::LEADS.and(Facts::PRODUCT).and(Facts::ENGINE)),
    ),
    ("carrier", Mark::Browser(Facts::LEADS.and(Facts::HANDSET))),
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
