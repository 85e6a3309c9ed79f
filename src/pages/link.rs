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
use crate::domain::path;

const DESCRIPTION: &str = "See the amount and pay securely with Stripe.";
const IMAGE_ALT: &str = "A payment card with a padlock";

/// The page. `origin` is the Worker's own, without a slash at its end.
pub fn page(layout: &Layout, origin: &str) -> String {
    let club_name = &layout.club_name;
    let title = format!("Payment to {club_name}");
    let card = html! {
        (Icon::Card)
        h1 { "Your payment to " (club_name) }
        p { "One more tap takes you to the secure payment page at Stripe. You see the amount there before you pay." }
        (button("Continue to payment"))
    };
    layout.page(&title, &preview(&title, club_name, origin), &card)
}

/// The tags that previews are made from (The Open Graph protocol; X docs, "Summary Card with Large
/// Image"). Preview bots do not resolve relative URLs, so the image's URL is absolute.
fn preview(title: &str, club_name: &str, origin: &str) -> Markup {
    let image = format!("{origin}{}", path::LINK_IMAGE);
    html! {
        meta name="description" content=(DESCRIPTION);
        meta property="og:title" content=(title);
        meta property="og:description" content=(DESCRIPTION);
        meta property="og:site_name" content=(club_name);
        meta property="og:type" content="website";
        meta property="og:locale" content="en_US";
        meta property="og:image" content=(image);
        meta property="og:image:type" content="image/png";
        meta property="og:image:width" content="1200";
        meta property="og:image:height" content="630";
        meta property="og:image:alt" content=(IMAGE_ALT);
        meta name="twitter:card" content="summary_large_image";
        meta name="twitter:title" content=(title);
        meta name="twitter:description" content=(DESCRIPTION);
        meta name="twitter:image" content=(image);
        meta name="twitter:image:alt" content=(IMAGE_ALT);
    }
}
