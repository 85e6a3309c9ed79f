//! The order of the checks.

use super::verdict::{Classification, Reason, Verdict};
use super::visit::Visit;
use super::{grammar, scan, signals};

/// What method and User-Agent alone say; see [`classify_user_agent`].
#[derive(Clone, Copy, Debug)]
pub struct Preliminary {
    reason: Reason,
    sends_fetch_metadata: bool,
}

/// Looks at the method and the User-Agent, which settle most machines.
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
    /// The classification, where no further header can change it.
    pub fn conclusive(&self) -> Option<Classification> {
        match self.reason.verdict() {
            Verdict::Machine => Some(self.reason.into()),
            Verdict::Person | Verdict::Prefetch | Verdict::Unsure => None,
        }
    }

    /// The classification, from the rest of the request; its method and User-Agent are not read again.
    pub fn finish(&self, visit: &Visit<'_>) -> Classification {
        if let Some(classification) = self.conclusive() {
            return classification;
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

/// Classifies a visit.
pub fn classify(visit: &Visit<'_>) -> Classification {
    classify_user_agent(visit.method, visit.user_agent).finish(visit)
}
