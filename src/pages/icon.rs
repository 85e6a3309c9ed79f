//! The icon above a heading. It repeats what the heading says, so screen readers skip it.

use maud::{Markup, PreEscaped, Render, html};

use super::answer::Answer;
use crate::domain::payment::Waiting;

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// On to the payment.
    Card,
    /// All is well.
    Check,
    /// It takes time.
    Clock,
    /// Something to know.
    Notice,
}

impl Icon {
    /// The icon of an answer.
    pub fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Pay { .. } | Answer::Prefetch => Self::Card,
            Answer::NothingToPay | Answer::AlreadyPaid(_) | Answer::ThankYou(_) => Self::Check,
            Answer::Processing {
                waiting: Waiting::Payer { .. },
                ..
            } => Self::Notice,
            Answer::Processing { .. }
            | Answer::Confirming
            | Answer::TryAgain { .. }
            | Answer::DayLimit { .. }
            | Answer::ClickedTooOften
            | Answer::Paused
            | Answer::ReturnedTooOften => Self::Clock,
            Answer::UnknownLink
            | Answer::Gone(_)
            | Answer::Refunded { .. }
            | Answer::NotPaid { .. }
            | Answer::PaymentFailed { .. }
            | Answer::NoSuchPage
            | Answer::MethodNotAllowed { .. }
            | Answer::TooLarge
            | Answer::TooManyTries
            | Answer::HttpsOnly => Self::Notice,
        }
    }
}

impl Render for Icon {
    fn render(&self) -> Markup {
        // As text, because maud writes no `/>`: its `<path>` would stay open, or need a `</path>`.
        let shapes = PreEscaped(match self {
            Self::Card => {
                r#"<rect x="2" y="4.5" width="20" height="15" rx="2.5"/><path d="M2 9.5h20M6 15h4"/>"#
            }
            Self::Check => r#"<circle cx="12" cy="12" r="10"/><path d="M7.5 12.5l3 3 6-6.5"/>"#,
            Self::Clock => r#"<circle cx="12" cy="12" r="10"/><path d="M12 6.5V12l3.5 2.5"/>"#,
            Self::Notice => r#"<circle cx="12" cy="12" r="10"/><path d="M12 11v5.5M12 7.5v.01"/>"#,
        });
        html! { svg viewBox="0 0 24 24" aria-hidden="true" { (shapes) } }
    }
}
