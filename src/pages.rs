//! Pages for people: phone first, at most one button, no script, nothing fetched from elsewhere.
//!
//! The templates are maud's, which escapes every value. [`answer`] says what people are told, and
//! `layout` is what all pages share. Whatever depends on the configuration alone is made once, when an
//! isolate starts: the style in the club's colour, the images, and the link page.

pub mod admin;
pub mod answer;
mod answer_page;
mod bare;
mod contact;
mod icon;
mod images;
mod layout;
mod link;
mod style;

use std::rc::Rc;

use crate::config::Config;
use answer::{Answer, AnswerText};
use layout::Layout;

pub use bare::Bare;

/// The pages of one configuration.
pub struct Pages {
    layout: Layout,
    /// The page for machines, and for visitors who may be one.
    pub link_page: Rc<str>,
    /// The image in a link's preview.
    pub link_image: Rc<[u8]>,
    /// The icon of a browser's tab and of a phone's home screen.
    pub icon: Rc<[u8]>,
    /// `Content-Security-Policy`.
    pub security_policy: Rc<str>,
    /// The same for the desk.
    pub desk_policy: Rc<str>,
}

impl Pages {
    /// Makes what does not change from visit to visit.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let Config {
            policy, club_color, ..
        } = config;
        let layout = Layout::new(&policy.club_name, &config.club_contact, *club_color);
        // The redirect of a form must match `form-action` too (CSP Level 3, "form-action"). A POST is
        // redirected to Stripe, so Stripe's hosts are listed.
        let hosts: String = policy
            .rules
            .hosts
            .origins()
            .map(|origin| format!(" {origin}"))
            .collect();
        let security_policy = format!(
            "default-src 'none'; style-src {}; img-src 'self'; form-action 'self'{hosts}; \
             base-uri 'none'; frame-ancestors 'none'",
            layout.style.source
        );
        Self {
            link_page: link::page(&layout, &policy.public_origin).into(),
            link_image: images::recolored(images::LINK, *club_color),
            icon: images::recolored(images::ICON, *club_color),
            security_policy: security_policy.into(),
            desk_policy: admin::layout::SECURITY_POLICY.into(),
            layout,
        }
    }

    /// The page of an answer.
    #[must_use]
    pub fn page(&self, answer: &Answer, text: &AnswerText) -> String {
        answer_page::page(&self.layout, answer, text)
    }
}
