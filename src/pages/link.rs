//! The link page: the tags for previews, and one button for a person who was taken for a machine.
//!
//! It is the same for everybody and tells only what the bearer of any link may know, because everyone in
//! a chat sees a preview. It has no `og:url`: some services open that URL instead of the link that was
//! shared, and the link itself must not be in the page.

use maud::{Markup, html};

use super::{
    icon::Icon,
    layout::{Layout, button},
};
use crate::{
    domain::{language::Language, path},
    languages::{fill::fill, words::Words},
};

/// The page in a language. `origin` is the Worker's own, without a slash at its end.
pub fn page(layout: &Layout, words: &Words, origin: &str) -> String {
    let pages = &words.pages;
    let of_club = |text| fill(text, &[("club", &layout.club_name)]);
    let title = of_club(pages.link_title);
    let card = html! {
        (Icon::Card)
        h1 { (of_club(pages.link_heading)) }
        p { (pages.link_text) }
        (button(pages.continue_to_payment))
    };
    let preview = preview(words, &title, &layout.club_name, origin);
    layout.page(words, &title, &preview, &card)
}

/// The tags that previews are made from (The Open Graph protocol; X docs, "Summary Card with Large
/// Image"). Preview bots do not resolve relative URLs, so the image's URL is absolute.
fn preview(words: &Words, title: &str, club_name: &str, origin: &str) -> Markup {
    let image = format!("{origin}{}", path::LINK_IMAGE);
    let (description, image_alt) = (words.pages.link_preview, words.pages.link_image);
    html! {
        meta name="description" content=(description);
        meta property="og:title" content=(title);
        meta property="og:description" content=(description);
        meta property="og:site_name" content=(club_name);
        meta property="og:type" content="website";
        meta property="og:locale" content=(locale(words.language));
        meta property="og:image" content=(image);
        meta property="og:image:type" content="image/png";
        meta property="og:image:width" content="1200";
        meta property="og:image:height" content="630";
        meta property="og:image:alt" content=(image_alt);
        meta name="twitter:card" content="summary_large_image";
        meta name="twitter:title" content=(title);
        meta name="twitter:description" content=(description);
        meta name="twitter:image" content=(image);
        meta name="twitter:image:alt" content=(image_alt);
    }
}

/// `og:locale` has the form `language_TERRITORY` (The Open Graph protocol, "Optional Metadata"), so a language needs a
/// territory that its words do not have: the one that stands for the language elsewhere, for Portuguese the one with
/// most readers.
const fn locale(language: Language) -> &'static str {
    match language {
        Language::En => "en_US",
        Language::Es => "es_ES",
        Language::Pt => "pt_BR",
        Language::Fr => "fr_FR",
        Language::De => "de_DE",
    }
}
