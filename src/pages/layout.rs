//! The parts that all pages share: the document, the club's name above the card, the contact below it, and buttons.

use maud::{DOCTYPE, Markup, PreEscaped, display, html};

use super::{contact, style::Style};
use crate::{
    domain::{color::Color, language::Language, path},
    languages::words::Words,
};

/// The layout that the pages of one club share.
pub struct Layout {
    /// The club's name, as text.
    pub club_name: String,
    /// The style sheet of every page.
    pub style: Style,
    contact: Markup,
}

impl Layout {
    /// For a club with this name, contact and colour.
    pub fn new(club_name: &str, club_contact: &str, club_color: Color) -> Self {
        Self {
            club_name: club_name.to_owned(),
            style: Style::new(club_color),
            contact: contact::linked(club_contact),
        }
    }

    /// A page with `card` as its content, in the language of `words`. `head` goes into its `<head>`.
    pub fn page(&self, words: &Words, title: &str, head: &Markup, card: &Markup) -> String {
        let head = html! {
            (head)
            link rel="icon" type="image/png" sizes="180x180" href=(path::ICON);
            link rel="apple-touch-icon" href=(path::ICON);
        };
        let body = html! {
            header { p { (self.club_name) } }
            main { div.card { (card) } }
            footer { p { (words.pages.questions) " " (self.contact) } }
        };
        document(&self.style, words.language, title, &head, &body)
    }
}

/// A whole document.
pub fn document(
    style: &Style,
    language: Language,
    title: &str,
    head: &Markup,
    body: &Markup,
) -> String {
    let document = html! {
        (DOCTYPE)
        html lang=(language.as_str()) {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                (head)
                meta name="theme-color" content=(display(style.club));
                // Not escaped: the security policy has the hash of exactly this text.
                style { (PreEscaped(&style.css)) }
            }
            body { (body) }
        }
    };
    document.into_string()
}

/// A button that goes on to the payment. A form without an action posts to the page's own URL, so the
/// page does not contain the token.
pub fn button(label: &str) -> Markup {
    html! {
        form method="post" { button type="submit" { (label) } }
    }
}

/// A button that goes on to the payment from another page than the link's.
pub fn button_to(action: &str, label: &str) -> Markup {
    html! {
        form method="post" action=(action) { button type="submit" { (label) } }
    }
}

/// A link to one of Stripe's pages that looks like a button.
pub fn link_button(url: &str, label: &str) -> Markup {
    html! {
        p { a.button href=(url) rel="noreferrer" { (label) } }
    }
}
