//! The order of the checks: method, User-Agent, prefetch headers, signature, then circumstances.
//!
//! At the edge every header costs a call from wasm into JavaScript. So [`classify_user_agent`] takes only
//! the method and the User-Agent, and that is conclusive for most machines.
//! [`Preliminary::finish`] takes the rest of the request.

use super::verdict::{Classification, Reason, Verdict};
use super::visit::Visit;
use super::{grammar, scan, signals};

/// A preliminary classification: what the method and the User-Agent say.
#[derive(Clone, Copy, Debug)]
pub struct Preliminary {
    reason: Reason,
    sends_fetch_metadata: bool,
}

/// Classifies by the method and the User-Agent alone.
pub fn classify_user_agent(method: &str, user_agent: Option<&str>) -> Preliminary {
    if !matches!(method, "GET" | "POST") {
        return Preliminary {
            reason: Reason::Method,
            sends_fetch_metadata: false,
        };
    }
    let features = scan::scan(user_agent.unwrap_or_default().as_bytes());
    Preliminary {
        reason: grammar::read(&features),
        sends_fetch_metadata: grammar::sends_fetch_metadata(&features),
    }
}

impl Preliminary {
    /// The classification, if no header can change it any more.
    pub fn conclusive(&self) -> Option<Classification> {
        match self.reason.verdict() {
            Verdict::Machine => Some(self.reason.into()),
            Verdict::Person | Verdict::Prefetch | Verdict::Unsure => None,
        }
    }

    /// The classification by the whole request. The visit's method and User-Agent are not read again.
    pub fn finish(&self, visit: &Visit<'_>) -> Classification {
        if let Some(conclusive) = self.conclusive() {
            return conclusive;
        }
        if let Some(reason) = signals::prefetch(visit).or_else(|| signals::machine(visit)) {
            return reason.into();
        }
        if self.reason == Reason::Browser
            && let Some(reason) = signals::doubt(visit, self.sends_fetch_metadata)
        {
            return reason.into();
        }
        self.reason.into()
    }
}

/// Classifies a visit by the whole request.
pub fn classify(visit: &Visit<'_>) -> Classification {
    classify_user_agent(visit.method, visit.user_agent).finish(visit)
}
