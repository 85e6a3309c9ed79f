//! The page of an answer: an icon, the text, what is to be kept, and an action if the person can do something.

use maud::{Markup, html};

use super::{
    answer::{Answer, AnswerText, Receipt},
    icon::Icon,
    layout::{Layout, button, button_to, link_button},
};
use crate::{
    domain::{id::OrderId, path, payment::Waiting},
    languages::{pages::PageWords, words::Words},
};

/// The page of an answer with this text.
pub fn page(layout: &Layout, words: &Words, answer: &Answer, text: &AnswerText) -> String {
    let title = format!("{} · {}", text.title, layout.club_name);
    let card = html! {
        (Icon::of(answer))
        h1 { (text.title) }
        p { (text.detail) }
        (facts(words, answer))
        (action(&words.pages, answer))
    };
    layout.page(words, &title, &html! {}, &card)
}

/// The facts that a payer may want to keep, besides what the text says (GOV.UK Design System, "Confirmation pages": the
/// reference, and what happens next).
fn facts(words: &Words, answer: &Answer) -> Markup {
    let pages = &words.pages;
    match answer {
        Answer::ThankYou(receipt) => html! {
            dl {
                @if let Some(paid_for) = &receipt.paid_for {
                    (fact(pages.paid_for, paid_for))
                }
                (fact(pages.paid_on, &words.format.date(receipt.on)))
                (reference(pages, receipt.reference))
            }
            p { (pages.what_next) }
        },
        Answer::Processing {
            paid_for: Some(paid_for),
            ..
        } => html! { dl { (fact(pages.paid_for, paid_for)) } },
        Answer::AlreadyPaid(Receipt { reference: id, .. })
        | Answer::Refunded { reference: id, .. } => html! { dl { (reference(pages, *id)) } },
        Answer::Pay { .. }
        | Answer::UnknownLink
        | Answer::Gone(_)
        | Answer::NothingToPay
        | Answer::Processing { .. }
        | Answer::Confirming
        | Answer::NotPaid { .. }
        | Answer::PaymentFailed { .. }
        | Answer::TryAgain { .. }
        | Answer::DayLimit { .. }
        | Answer::Prefetch
        | Answer::NoSuchPage
        | Answer::MethodNotAllowed { .. }
        | Answer::TooLarge
        | Answer::TooManyTries
        | Answer::ReturnedTooOften
        | Answer::ClickedTooOften
        | Answer::Paused
        | Answer::HttpsOnly => html! {},
    }
}

fn reference(pages: &PageWords, order: OrderId) -> Markup {
    fact(pages.reference, &order.to_string())
}

fn fact(label: &str, value: &str) -> Markup {
    html! { div { dt { (label) } dd { (value) } } }
}

/// The action that the person can take, if there is one.
fn action(pages: &PageWords, answer: &Answer) -> Markup {
    match answer {
        Answer::TryAgain { .. }
        | Answer::DayLimit { .. }
        | Answer::ClickedTooOften
        | Answer::Paused => button(pages.try_again_now),
        Answer::Prefetch => button(pages.continue_to_payment),
        Answer::NotPaid {
            attempt: Some(attempt),
        } => button_to(&path::go_on(attempt), pages.continue_to_payment),
        Answer::PaymentFailed { attempt } => button_to(&path::go_on(attempt), pages.pay_again),
        Answer::Processing {
            waiting: Waiting::Payer { url: Some(url) },
            ..
        } if may_be_linked(url) => link_button(url, pages.finish_payment),
        Answer::AlreadyPaid(Receipt { url: Some(url), .. })
        | Answer::ThankYou(Receipt { url: Some(url), .. })
            if may_be_linked(url) =>
        {
            link_button(url, pages.show_receipt)
        }
        Answer::AlreadyPaid(_)
        | Answer::Pay { .. }
        | Answer::UnknownLink
        | Answer::Gone(_)
        | Answer::NothingToPay
        | Answer::Refunded { .. }
        | Answer::Processing { .. }
        | Answer::ThankYou(_)
        | Answer::Confirming
        | Answer::NotPaid { attempt: None }
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
    use crate::{domain::language::Language, languages::words};

    #[test]
    fn a_page_links_to_the_web_alone() {
        let finish = |url: &str| {
            let waiting = Waiting::Payer {
                url: Some(url.to_owned()),
            };
            let answer = Answer::Processing {
                waiting,
                just_paid: false,
                paid_for: None,
            };
            action(&words(Language::En).pages, &answer).into_string()
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
