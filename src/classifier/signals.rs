//! The signals of the other headers and of the network.
//!
//! Prefetch headers and a machine's signature are the sender's own word, so they decide. Everything else
//! is circumstantial and only lowers a `Person` to `Unsure`: a mail scanner may send a person's User-Agent
//! byte for byte, and a person may sit behind a company's proxy.

use super::list::{self, File, file};
use super::verdict::Reason;
use super::visit::Visit;

const NETWORK_FILES: &[File] = &[file!("networks.txt")];
/// Networks from which mail scanners open links with a person's User-Agent.
static SCANNERS_NETWORKS: [u32; list::count(NETWORK_FILES)] = networks();

const fn networks() -> [u32; list::count(NETWORK_FILES)] {
    let entries = list::entries::<{ list::count(NETWORK_FILES) }>(NETWORK_FILES, &[]);
    let mut networks = [0; list::count(NETWORK_FILES)];
    let mut at = 0;
    while at < networks.len() {
        networks[at] = entries[at].number();
        at += 1;
    }
    networks
}

/// Cloudflare calls a request with a `cf.botManagement.score` below this likely automated (Cloudflare
/// docs "Bot scores").
const LIKELY_AUTOMATED: u8 = 30;

/// The reason if a header says that nobody has clicked yet.
pub(super) fn prefetch(visit: &Visit<'_>) -> Option<Reason> {
    let headers = [
        (visit.sec_purpose, Reason::SecPurpose),
        (visit.purpose, Reason::Purpose),
        (visit.x_moz, Reason::XMoz),
        (visit.x_purpose, Reason::XPurpose),
    ];
    let (_, reason) = headers
        .into_iter()
        .find(|(value, _)| value.is_some_and(is_prefetch))?;
    Some(reason)
}

/// Only the values that browsers are known to send. The reply to a prefetch has no button, and an unknown
/// value must not keep a person from it.
fn is_prefetch(value: &str) -> bool {
    const KNOWN: [&str; 4] = ["prefetch", "prerender", "preview", "instant"];
    value
        .split([';', ',', ' '])
        .any(|word| KNOWN.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// The reason if a header, or Cloudflare, names a machine.
pub(super) fn machine(visit: &Visit<'_>) -> Option<Reason> {
    if visit
        .signature_agent
        .is_some_and(|agent| !agent.trim().is_empty())
    {
        return Some(Reason::SignatureAgent);
    }
    if visit
        .verified_bot_category
        .is_some_and(|category| !category.is_empty())
    {
        return Some(Reason::VerifiedBot);
    }
    if visit
        .sec_ch_ua
        .is_some_and(|brands| brands.contains("Headless"))
    {
        return Some(Reason::Automation);
    }
    None
}

fn is_a_scanners(network: u32) -> bool {
    SCANNERS_NETWORKS.contains(&network)
}

/// The reason to doubt that a browser's visit is a person's.
pub(super) fn doubt(visit: &Visit<'_>, sends_fetch_metadata: bool) -> Option<Reason> {
    if visit.asn.is_some_and(is_a_scanners) {
        return Some(Reason::Network);
    }
    if visit
        .bot_score
        .is_some_and(|score| score < LIKELY_AUTOMATED)
    {
        return Some(Reason::BotScore);
    }
    if visit
        .accept_language
        .is_none_or(|languages| languages.trim().is_empty())
    {
        return Some(Reason::NoLanguage);
    }
    let navigates = visit.sec_fetch_mode.map(|mode| mode == "navigate");
    let expected = visit.is_secure && sends_fetch_metadata;
    if navigates == Some(false) || (expected && navigates.is_none()) {
        return Some(Reason::NotNavigating);
    }
    None
}
