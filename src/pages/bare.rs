//! The page for an incomplete configuration, which names no club. It is in English: what is wrong is for whoever runs
//! this service, and no language is configured.

use maud::html;

use super::{icon::Icon, layout::document, style::Style};
use crate::{config::DEFAULT_CLUB_COLOR, domain::language::Language};

/// A page with its security policy.
pub struct Bare {
    /// The page.
    pub html: String,
    /// `Content-Security-Policy`.
    pub security_policy: String,
}

impl Bare {
    /// Tells the parent that no money was taken, and the operator what to set: `wrong`, a line a setting.
    #[must_use]
    pub fn new(title: &str, wrong: &[String]) -> Self {
        let style = Style::new(DEFAULT_CLUB_COLOR);
        let body = html! {
            main {
                div.card {
                    (Icon::Notice)
                    h1 { (title) }
                    p { "You cannot pay here yet, and no money was taken. Please tell whoever sent you the link." }
                    p { "For whoever runs this service, what is to be set:" }
                    ul { @for line in wrong { li { (line) } } }
                }
            }
        };
        Self {
            html: document(&style, Language::En, title, &html! {}, &body),
            security_policy: format!(
                "default-src 'none'; style-src {}; base-uri 'none'; frame-ancestors 'none'",
                style.source
            ),
        }
    }
}
