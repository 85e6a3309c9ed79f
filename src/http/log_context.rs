//! The context of a request in the log. It holds no token, no email address, no secret and no part of a query.

use crate::{
    classifier::{Classification, Verdict},
    domain::operator::OperatorName,
};

/// Codes of answers that the log names each time, however many there are: each is about a secret that somebody tries, or about
/// a form that another site sends in an operator's name. What an operator does is always named.
const NEVER_THINNED: [&str; 4] = [
    "unauthorized",
    "cross_site",
    "too_many_tries",
    "limiter_unavailable",
];

/// The context of a request's log line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogContext {
    /// How the visit was classified; `None` for a request that is no visit to a link.
    pub classification: Option<Classification>,
    /// The answer's code.
    pub code: &'static str,
    /// The order that the answer is about.
    pub order: Option<i64>,
    /// The operator who asked; `None` for routes that are open to everybody.
    pub operator: Option<OperatorName>,
}

impl LogContext {
    /// A context with an answer's code and nothing else.
    #[must_use]
    pub fn of(code: &'static str) -> Self {
        Self {
            code,
            ..Self::default()
        }
    }

    /// The context of a visit with this classification.
    #[must_use]
    pub fn visit(classification: Classification) -> Self {
        Self {
            classification: Some(classification),
            ..Self::default()
        }
    }

    /// The same, with the answer's code.
    #[must_use]
    pub fn with_code(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    /// The verdict on the visitor, if it was a visit to a link.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.classification.map(|it| it.verdict)
    }

    /// Whether the log may leave some lines out if many answers have this code.
    #[must_use]
    pub fn may_be_thinned(&self) -> bool {
        self.operator.is_none() && !NEVER_THINNED.contains(&self.code)
    }
}
