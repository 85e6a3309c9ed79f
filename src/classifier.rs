//! Who opens a link: a person or a machine.
//!
//! The judgement is a pure function of one request. Only a request that says itself that it is a
//! machine (method, name, signature) or a prefetch is treated as one; everything else that does not
//! look like a person's browser is `Unsure` and costs a person one tap on a button. So a wrong verdict
//! never keeps a person from paying, and the order of the checks goes from what is certain to what is
//! a hint: method, User-Agent, prefetch headers, signature, grammar, network, headers.
//!
//! A POST is judged as a GET is: the button that sends it is for people, so the router treats a
//! `Machine` that posts as a person (see `docs/visits.md`).

mod grammar;
mod names;
mod scan;
mod signals;
mod stems;
mod table;
#[cfg(test)]
mod tests;
mod verdict;
mod word;

pub use verdict::{Judgement, Reason, Verdict};

/// A request as far as the judgement needs it; all borrowed.
///
/// At the edge every header costs a crossing from JavaScript to wasm, so [`first_look`] takes only the
/// method and the User-Agent and settles most machines; the fields below stand in the order in which
/// [`FirstLook::finish`] reads them.
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

/// What method and User-Agent alone say; see [`first_look`].
#[derive(Clone, Copy, Debug)]
pub struct FirstLook {
    reason: Reason,
    sends_fetch_metadata: bool,
}

/// Looks at the method and the User-Agent, which settle most machines.
pub fn first_look(method: &str, user_agent: Option<&str>) -> FirstLook {
    if !matches!(method, "GET" | "POST") {
        return FirstLook {
            reason: Reason::Method,
            sends_fetch_metadata: false,
        };
    }
    let found = scan::scan(user_agent.unwrap_or_default().as_bytes());
    FirstLook {
        reason: grammar::read(&found),
        sends_fetch_metadata: grammar::sends_fetch_metadata(&found),
    }
}

impl FirstLook {
    /// The judgement, where no further header can change it.
    pub fn settled(&self) -> Option<Judgement> {
        match self.reason.verdict() {
            Verdict::Machine => Some(self.reason.into()),
            Verdict::Person | Verdict::Prefetch | Verdict::Unsure => None,
        }
    }

    /// The judgement, from the rest of the request; its method and User-Agent are not read again.
    pub fn finish(&self, visit: &Visit<'_>) -> Judgement {
        if let Some(judgement) = self.settled() {
            return judgement;
        }
        if let Some(reason) =
            signals::ahead_of_a_click(visit).or_else(|| signals::names_a_machine(visit))
        {
            return reason.into();
        }
        if self.reason == Reason::Browser
            && let Some(reason) = signals::speaks_against(visit, self.sends_fetch_metadata)
        {
            return reason.into();
        }
        self.reason.into()
    }
}

/// Judges a visit.
pub fn judge(visit: &Visit<'_>) -> Judgement {
    first_look(visit.method, visit.user_agent).finish(visit)
}
