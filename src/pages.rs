//! Pages for people: phone first, one obvious button at most, no script, nothing fetched from
//! elsewhere. The club's name stands on every one of them, and whom to ask.
//!
//! Everything that a configuration decides is made once, when an isolate starts: the style in the
//! club's colour, the images, and the one page that machines and the unsure get.

pub mod answer;
pub mod contact;
mod icon;
mod images;
mod link;
mod style;

use std::rc::Rc;

use crate::domain::color::Color;
use crate::{
    config::{Config, DEFAULT_CLUB_COLOR},
    domain::payment::Waiting,
    encode::html,
    pages::answer::{Answer, AnswerText},
};
use icon::Icon;
use style::Style;

const ICONS: &str = "<link rel=\"icon\" type=\"image/png\" sizes=\"180x180\" href=\"/icon.png\">\
    <link rel=\"apple-touch-icon\" href=\"/icon.png\">";

/// What every page of one configuration shares, made once.
pub struct Pages {
    club: String,
    contact: String,
    frame: Frame,
    /// The constant page that machines and the unsure get.
    pub link_page: Rc<str>,
    /// What a preview of a link shows.
    pub link_image: Rc<[u8]>,
    /// What a browser's tab and a phone's home screen show.
    pub icon: Rc<[u8]>,
    /// `Content-Security-Policy`.
    pub security_policy: Rc<str>,
}

impl Pages {
    /// Prepares what does not change from visit to visit.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let style = Style::new(config.club_color);
        let mut pages = Self {
            club: html(&config.policy.club_name),
            contact: contact::linked(&config.club_contact),
            security_policy: security_policy(&style, config).into(),
            frame: Frame::new(config.club_color, style),
            link_page: "".into(),
            link_image: images::recolored(images::LINK, config.club_color),
            icon: images::recolored(images::ICON, config.club_color),
        };
        pages.link_page = pages
            .document(
                &link::title(&pages.club),
                &link::head(&pages.club, &html(&config.policy.public_origin)),
                &link::body(&pages.club),
            )
            .into();
        pages
    }

    /// The page of an answer.
    #[must_use]
    pub fn page(&self, answer: &Answer, text: &AnswerText) -> String {
        let body = format!(
            "{}<h1>{}</h1><p>{}</p>{}",
            Icon::of(answer).svg(),
            html(text.title),
            html(&text.detail),
            action(answer)
        );
        self.document(&format!("{} · {}", html(text.title), self.club), "", &body)
    }

    fn document(&self, title: &str, head: &str, card: &str) -> String {
        let Self { club, contact, .. } = self;
        self.frame.document(
            title,
            &format!("{head}{ICONS}"),
            &format!(
                "<header><p>{club}</p></header><main><div class=\"card\">{card}</div></main>\
                 <footer><p>Questions? {contact}</p></footer>"
            ),
        )
    }
}

/// A page for when there is no configuration to make one from.
pub struct Bare {
    /// The page.
    pub html: String,
    /// `Content-Security-Policy`.
    pub security_policy: String,
}

impl Bare {
    /// Tells the parent that it is not their fault, and the operator what to set.
    #[must_use]
    pub fn new(title: &str, wrong: &[String]) -> Self {
        let style = Style::new(DEFAULT_CLUB_COLOR);
        let security_policy = format!(
            "default-src 'none'; style-src {}; base-uri 'none'; frame-ancestors 'none'",
            style.source
        );
        let title = html(title);
        let lines: String = wrong
            .iter()
            .map(|line| format!("<li>{}</li>", html(line)))
            .collect();
        let body = format!(
            "<main><div class=\"card\">{}<h1>{title}</h1>\
             <p>You cannot pay here yet, and no money was taken. Please tell whoever sent you the link.</p>\
             <p>For whoever runs this service, what is to be set:</p><ul>{lines}</ul></div></main>",
            Icon::Notice.svg()
        );
        Self {
            html: Frame::new(DEFAULT_CLUB_COLOR, style).document(&title, "", &body),
            security_policy,
        }
    }
}

/// What stands around the body of every document.
struct Frame {
    club_color: Color,
    css: String,
}

impl Frame {
    fn new(club_color: Color, Style { css, .. }: Style) -> Self {
        Self { club_color, css }
    }

    fn document(&self, title: &str, head: &str, body: &str) -> String {
        let Self { club_color, css } = self;
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\">{head}\
             <meta name=\"theme-color\" content=\"{club_color}\">\
             <style>{css}</style></head><body>{body}</body></html>"
        )
    }
}

/// Whether a URL that Stripe gave is one to show: a page on the web, or of a Stripe on this machine.
fn leads_out(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://localhost:")
}

/// What a person can do on the page of an answer, where there is something.
fn action(answer: &Answer) -> String {
    match answer {
        // A POST to the URL that this page stands at: it works whatever brought the person here.
        Answer::TryAgain { .. } | Answer::ClickedTooOften | Answer::Paused => {
            link::button("Try again")
        }
        Answer::Processing {
            waiting: Waiting::Payer { url: Some(url) },
            ..
        } if leads_out(url) => format!(
            "<p><a class=\"button\" href=\"{}\" rel=\"noreferrer\">Finish the payment</a></p>",
            html(url)
        ),
        Answer::Prefetch => link::button("Continue to payment"),
        Answer::AlreadyPaid {
            receipt_url: Some(url),
            ..
        } if leads_out(url) => format!(
            "<p><a class=\"button\" href=\"{}\" rel=\"noreferrer\">Show the receipt</a></p>",
            html(url)
        ),
        Answer::AlreadyPaid { .. }
        | Answer::Pay { .. }
        | Answer::UnknownLink
        | Answer::Gone(_)
        | Answer::NothingToPay
        | Answer::Refunded { .. }
        | Answer::Processing { .. }
        | Answer::ThankYou { .. }
        | Answer::Confirming
        | Answer::NotPaid
        | Answer::NoSuchPage
        | Answer::MethodNotAllowed { .. }
        | Answer::TooLarge
        | Answer::TooManyTries
        | Answer::ReturnedTooOften
        | Answer::HttpsOnly
        | Answer::Misconfigured(_) => String::new(),
    }
}

/// A form's redirect is held against `form-action` too (CSP Level 3, "form-action"), so the hosts that
/// a POST leads on to must stand there.
fn security_policy(style: &Style, config: &Config) -> String {
    let hosts: String = config
        .policy
        .rules
        .hosts
        .origins()
        .map(|origin| format!(" {origin}"))
        .collect();
    format!(
        "default-src 'none'; style-src {}; img-src 'self'; form-action 'self'{hosts}; \
         base-uri 'none'; frame-ancestors 'none'",
        style.source
    )
}
