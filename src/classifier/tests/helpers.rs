//! Three browsers of today, and what the tests ask of a request.

use crate::classifier::{
    classify::classify,
    verdict::{Reason, Verdict},
    visit::Visit,
};

pub const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/140.0.0.0 Safari/537.36";
pub const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";
pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";

pub fn verdict(user_agent: &str) -> Verdict {
    classify(&Visit::get(user_agent)).verdict
}

pub fn reason(visit: Visit<'_>) -> Reason {
    classify(&visit).reason
}

#[track_caller]
pub fn all(expected: Verdict, user_agents: &[&str]) {
    for agent in user_agents {
        let classification = classify(&Visit::get(agent));
        assert_eq!(
            classification.verdict,
            expected,
            "{}: {agent}",
            classification.reason.as_str()
        );
    }
}
