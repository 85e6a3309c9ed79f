//! The parts of a request from which it is classified.

/// A request as far as the classification needs it; all borrowed.
///
/// At the edge every header costs a crossing from JavaScript to wasm, so `classify_user_agent` takes only the
/// method and the User-Agent and settles most machines; the fields below stand in the order in which
/// `Preliminary::finish` reads them.
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
    /// `request.cf.verifiedBotCategory`; absent and empty mean the same.
    pub verified_bot_category: Option<&'a str>,
    /// `Sec-CH-UA`, where headless Chrome names itself even behind a borrowed User-Agent.
    pub sec_ch_ua: Option<&'a str>,
    /// `request.cf.asn`.
    pub asn: Option<u32>,
    /// `request.cf.botManagement.score`, 1 (a machine) to 99 (a person).
    pub bot_score: Option<u8>,
    /// `Accept-Language`.
    pub accept_language: Option<&'a str>,
    /// `Sec-Fetch-Mode`.
    pub sec_fetch_mode: Option<&'a str>,
    /// The link was opened over https or on localhost: elsewhere browsers send no `Sec-Fetch-*`.
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
