//! A visit: one request on a link.
//!
//! Its classification reads nothing else, no cookie, no address and no body.

/// The parts of a request that its classification reads, all borrowed, in the order in which they are
/// read.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The request's method, in upper case as HTTP writes it.
    pub method: &'a str,
    /// `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// `Sec-Purpose`.
    pub sec_purpose: Option<&'a str>,
    /// `Purpose`.
    pub purpose: Option<&'a str>,
    /// `X-Moz`.
    pub x_moz: Option<&'a str>,
    /// `X-Purpose`.
    pub x_purpose: Option<&'a str>,
    /// `Signature-Agent`.
    pub signature_agent: Option<&'a str>,
    /// `request.cf.verifiedBotCategory`. Absent and empty mean the same.
    pub verified_bot_category: Option<&'a str>,
    /// `Sec-CH-UA`. Headless Chrome names itself in it even behind a borrowed User-Agent.
    pub sec_ch_ua: Option<&'a str>,
    /// `request.cf.asn`.
    pub asn: Option<u32>,
    /// `request.cf.botManagement.score`, 1 (a machine) to 99 (a person).
    pub bot_score: Option<u8>,
    /// `Accept-Language`.
    pub accept_language: Option<&'a str>,
    /// `Sec-Fetch-Mode`.
    pub sec_fetch_mode: Option<&'a str>,
    /// Whether the link was opened over https or on localhost. Otherwise browsers send no `Sec-Fetch-*`.
    pub is_secure: bool,
}

impl<'a> Visit<'a> {
    /// A GET over https by a browser that navigates, with this User-Agent.
    pub fn get(user_agent: &'a str) -> Self {
        Visit {
            method: "GET",
            user_agent: Some(user_agent),
            sec_purpose: None,
            purpose: None,
            x_moz: None,
            x_purpose: None,
            signature_agent: None,
            verified_bot_category: None,
            asn: None,
            bot_score: None,
            accept_language: Some("en-US,en;q=0.9"),
            sec_fetch_mode: Some("navigate"),
            sec_ch_ua: None,
            is_secure: true,
        }
    }
}
