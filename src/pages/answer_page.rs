//! The page of an answer: an icon, the text, and an action if the person can do something.

use maud::{Markup, html};

use super::{
    answer::{Answer, AnswerText},
    icon::Icon,
    layout::{Layout, button, link_button},
};
use crate::domain::payment::Waiting;

/// The page of an answer with this text.
pub fn page(layout: &Layout, answer: &Answer, text: &AnswerText) -> String {
    let title = format!("{} · {}", text.title, layout.club_name);
    let card = html! {
        (Icon::of(answer))
        h1 { (text.title) }
        p { (text.detail) }
        (action(answer))
    };
    layout.page(&title, &html! {}, &card)
}

/// What the person can do, if there is something.
fn action(answer: &Answer) -> Markup {
    match answer {
        Answer::TryAgain { .. } | Answer::ClickedTooOften | Answer::Paused => button("Try again"),
        Answer::Prefetch => button("Continue to payment"),
        Answer::Processing {
            waiting: Waiting::Payer { url: Some(url) },
            ..
        } if may_be_linked(url) => link_button(url, "Finish the payment"),
        Answer::AlreadyPaid {
            receipt_url: Some(url),
            ..
        } if may_be_linked(url) => link_button(url, "Show the receipt"),
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
        | Answer::HttpsOnly => html! {},
    }
}

/// Whether a page may link to a URL that Stripe gave: https, or the fake Stripe on this machine.
fn may_be_linked(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://localhost:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_links_to_the_web_alone() {
        let finish = |url: &str| {
            let waiting = Waiting::Payer {
                url: Some(url.to_owned()),
            };
            let just_paid = false;
            action(&Answer::Processing { waiting, just_paid }).into_string()
        };
        for (url, href) in [
            (
                "https://pay.stripe.com/a?b=c&d=e",
                "https://pay.stripe.com/a?b=c&amp;d=e",
            ),
            ("http://localhost:12111/a", "http://localhost:12111/a"),
            ("https://\"><b>", "https://&quot;&gt;&lt;b&gt;"),
        ] {
            let expected = format!(
                "<p><a class=\"button\" href=\"{href}\" rel=\"noreferrer\">Finish the payment</a></p>"
            );
            assert_eq!(finish(url), expected);
        }
        for url in [
            "",
            "javascript:alert(1)",
            "http://pay.stripe.com/a",
            "//a",
            "/a",
        ] {
            assert_eq!(finish(url), "", "{url}");
        }
    }
}
