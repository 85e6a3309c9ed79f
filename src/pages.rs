//! Pages for people: phone first, at most one button, no script, nothing fetched from elsewhere.
//!
//! The templates are maud's, which escapes every value. [`answer`] says what people are told, and
//! `layout` is what all pages share, [`crate::languages`] has the words. Whatever depends on the configuration alone is
//! made once: the style in the club's colour when an isolate starts, an image and a language's link page when it is
//! first asked for.

pub mod answer;
mod answer_page;
mod bare;
mod contact;
mod icon;
mod images;
mod layout;
mod link;
mod style;

use std::{cell::OnceCell, rc::Rc};

use crate::{
    config::Config,
    domain::{color::Color, language::Language},
    languages::{words, words::Words},
};
use answer::{Answer, AnswerText};
use layout::Layout;

pub use bare::Bare;

/// `Content-Security-Policy` of the desk's pages: their own style sheet and script, and forms that stay here.
const DESK_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `Content-Security-Policy` of a page that shows an email in a frame: the styles stand in the email's elements, as mail programs want it.
pub const EMAIL_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; \
     script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The pages of one configuration.
pub struct Pages {
    layout: Layout,
    origin: String,
    /// The link page in each language, made when somebody first reads it.
    link_pages: [OnceCell<Rc<str>>; Language::ALL.len()],
    club_color: Color,
    link_image: OnceCell<Rc<[u8]>>,
    icon: OnceCell<Rc<[u8]>>,
    /// `Content-Security-Policy`.
    pub security_policy: Rc<str>,
    /// The same for the desk.
    pub desk_policy: Rc<str>,
}

impl Pages {
    /// Makes what does not change from visit to visit.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let Config { policy, club, .. } = config;
        let layout = Layout::new(&club.name, &club.contact, club.color);
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
            origin: policy.public_origin.clone(),
            link_pages: Default::default(),
            club_color: club.color,
            link_image: OnceCell::new(),
            icon: OnceCell::new(),
            security_policy: security_policy.into(),
            desk_policy: DESK_SECURITY_POLICY.into(),
            layout,
        }
    }

    /// The page for machines, and for visitors who may be one.
    #[must_use]
    pub fn link_page(&self, language: Language) -> &Rc<str> {
        self.link_pages[language as usize]
            .get_or_init(|| link::page(&self.layout, words(language), &self.origin).into())
    }

    /// The image in a link's preview.
    #[must_use]
    pub fn link_image(&self) -> &Rc<[u8]> {
        self.link_image
            .get_or_init(|| images::recolored(images::LINK, self.club_color))
    }

    /// The icon of a browser's tab and of a phone's home screen.
    #[must_use]
    pub fn icon(&self) -> &Rc<[u8]> {
        self.icon
            .get_or_init(|| images::recolored(images::ICON, self.club_color))
    }

    /// The page of an answer in the words of a language, which its text is in too.
    #[must_use]
    pub fn page(&self, answer: &Answer, text: &AnswerText, words: &Words) -> String {
        answer_page::page(&self.layout, words, answer, text)
    }
}
