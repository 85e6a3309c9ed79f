//! The link page: what a preview bot reads, and the one button for a person who was taken for one.
//!
//! It is the same for everybody. What it says of the payment is what the bearer of any link may know:
//! a preview is shown to everyone in a chat. There is no `og:url`: some services send whoever clicks a
//! preview there instead of to the link that was shared, and the link itself must not stand here.

use super::icon::Icon;

const WHAT: &str = "See the amount and pay securely with Stripe.";

/// The title of the page and of its preview; the club's name is HTML already, here and below.
pub fn title(club: &str) -> String {
    format!("Payment to {club}")
}

/// What previews are made from (The Open Graph protocol; X docs, "Summary Card with Large Image").
/// Preview bots do not resolve relative URLs, so the image's begins with the origin.
pub fn head(club: &str, origin: &str) -> String {
    let title = title(club);
    format!(
        "<meta name=\"description\" content=\"{WHAT}\">\
         <meta property=\"og:title\" content=\"{title}\">\
         <meta property=\"og:description\" content=\"{WHAT}\">\
         <meta property=\"og:site_name\" content=\"{club}\">\
         <meta property=\"og:type\" content=\"website\">\
         <meta property=\"og:locale\" content=\"en_US\">\
         <meta property=\"og:image\" content=\"{origin}/link.png\">\
         <meta property=\"og:image:type\" content=\"image/png\">\
         <meta property=\"og:image:width\" content=\"1200\">\
         <meta property=\"og:image:height\" content=\"630\">\
         <meta property=\"og:image:alt\" content=\"A payment card with a padlock\">\
         <meta name=\"twitter:card\" content=\"summary_large_image\">\
         <meta name=\"twitter:title\" content=\"{title}\">\
         <meta name=\"twitter:description\" content=\"{WHAT}\">\
         <meta name=\"twitter:image\" content=\"{origin}/link.png\">\
         <meta name=\"twitter:image:alt\" content=\"A payment card with a padlock\">"
    )
}

/// What a person sees.
pub fn body(club: &str) -> String {
    format!(
        "{}<h1>Your payment to {club}</h1>\
         <p>One more tap takes you to the secure payment page at Stripe. You see the amount there before you pay.</p>{}",
        Icon::Card.svg(),
        button("Continue to payment")
    )
}

/// The button that goes on: a form without an action posts to the URL that it stands at, so the page
/// need not know the token.
pub fn button(label: &str) -> String {
    format!("<form method=\"post\"><button type=\"submit\">{label}</button></form>")
}
