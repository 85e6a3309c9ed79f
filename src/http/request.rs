//! A request as the router sees it: its head now, its body later and only if a handler needs it.

use super::negotiate::{Media, locale, page_or_json};
use crate::{
    classifier::{Classification, Visit, classify_user_agent},
    domain::language::Locale,
};

/// The data of Cloudflare's network about a request (Cloudflare docs, "Request", `cf`).
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// `asn`.
    pub asn: Option<u32>,
    /// `verifiedBotCategory`.
    pub verified_bot_category: Option<String>,
    /// `botManagement.score`.
    pub bot_score: Option<u8>,
}

/// Headers and network data, read one by one: each read is a call between JavaScript and wasm.
pub trait Headers {
    /// The host that the URL names, without a port.
    fn host(&self) -> Option<String> {
        Some(without_port(&self.header("host")?).to_owned())
    }

    /// The origin of the URL: scheme, host, and the port unless it is the scheme's own (RFC 6454, "Serializing Origins").
    fn origin(&self) -> Option<String> {
        Some(format!("https://{}", self.header("host")?))
    }

    /// The header of that lower-case name.
    fn header(&self, name: &str) -> Option<String>;

    /// The network's data.
    fn network(&self) -> Network;
}

/// A URL's host without its port (RFC 3986, "Host": the colons of an IPv6 address stand in brackets).
#[must_use]
pub fn without_port(host: &str) -> &str {
    let port = host.rfind(':').filter(|at| !host[*at..].contains(']'));
    &host[..port.unwrap_or(host.len())]
}

/// A request without its body.
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL's path.
    pub path: &'a str,
    /// The URL's query, without the question mark.
    pub query: &'a str,
    /// Whether it came over https, or to localhost.
    pub is_secure: bool,
    /// The headers, and what the network says.
    pub headers: &'a dyn Headers,
}

/// A request's body.
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// It is longer than the handler's limit.
    TooLarge,
}

impl RequestHead<'_> {
    /// Whether its method is one of an `Allow` header.
    #[must_use]
    pub fn is_allowed(&self, allow: &str) -> bool {
        allow.split(", ").any(|method| method == self.method)
    }

    /// The header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.header(name)
    }

    /// Whether a page or JSON is wanted.
    #[must_use]
    pub fn media(&self) -> Media {
        page_or_json(self.header("accept").as_deref())
    }

    /// The language that is wanted, if pages are in it.
    #[must_use]
    pub fn locale(&self) -> Option<Locale> {
        locale(self.header("accept-language").as_deref())
    }

    /// Whether `Content-Length` names more bytes than `limit`.
    #[must_use]
    pub fn is_longer_than(&self, limit: usize) -> bool {
        let length = self.header("content-length");
        length
            .and_then(|text| text.parse::<usize>().ok())
            .is_some_and(|length| length > limit)
    }

    /// Classifies who opens a link. The User-Agent is enough for most machines; the other headers are read only if it
    /// is not.
    #[must_use]
    pub fn classify(&self) -> Classification {
        let agent = self.header("user-agent");
        let first = classify_user_agent(self.method, agent.as_deref());
        if let Some(classification) = first.conclusive() {
            return classification;
        }
        let network = self.headers.network();
        let header = |name| self.header(name);
        let (sec_purpose, purpose) = (header("sec-purpose"), header("purpose"));
        let (x_moz, x_purpose) = (header("x-moz"), header("x-purpose"));
        let (signature, language) = (header("signature-agent"), header("accept-language"));
        let (mode, hints) = (header("sec-fetch-mode"), header("sec-ch-ua"));
        first.finish(&Visit {
            method: self.method,
            user_agent: agent.as_deref(),
            sec_purpose: sec_purpose.as_deref(),
            purpose: purpose.as_deref(),
            x_moz: x_moz.as_deref(),
            x_purpose: x_purpose.as_deref(),
            signature_agent: signature.as_deref(),
            verified_bot_category: network.verified_bot_category.as_deref(),
            asn: network.asn,
            bot_score: network.bot_score,
            accept_language: language.as_deref(),
            sec_fetch_mode: mode.as_deref(),
            sec_ch_ua: hints.as_deref(),
            is_secure: self.is_secure,
        })
    }
}
