//! Every answer that a person can get, with its status, its stable code and its text.
//!
//! The page and the problem details come from the same entry, so they cannot disagree.

use chrono::{DateTime, Datelike};

use crate::{
    domain::{error::GuardError, money::Money, payment::Waiting, time::UnixMillis},
    guard::{click::Outcome, decide::Gone, returned::Returned},
};

/// What a visitor is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on to the payment.
    Pay {
        /// Stripe Checkout.
        url: String,
    },
    /// There is no such link.
    UnknownLink,
    /// The link is no longer valid.
    Gone(Gone),
    /// Nothing is owed.
    NothingToPay,
    /// The charge is paid.
    AlreadyPaid {
        /// When it was paid.
        at: UnixMillis,
        /// How much.
        money: Money,
        /// Stripe's receipt page.
        receipt_url: Option<String>,
    },
    /// The payment was refunded.
    Refunded {
        /// When it was refunded.
        at: UnixMillis,
        /// How much.
        money: Money,
        /// The payer's bank took the money back.
        by_dispute: bool,
    },
    /// A delayed payment is processing.
    Processing {
        /// Whom it waits for.
        waiting: Waiting,
        /// Whether the person comes from the payment. If not, they opened the link again.
        just_paid: bool,
    },
    /// The person comes from the payment, and it is paid.
    ThankYou {
        /// How much, if it is known.
        money: Option<Money>,
    },
    /// The person comes from the payment, and it is not known yet whether it is paid.
    Confirming,
    /// The person comes from the payment and did not pay.
    NotPaid,
    /// A temporary error: try again.
    TryAgain {
        /// After how many seconds.
        seconds: i64,
    },
    /// A browser opened the link before a person clicked it.
    Prefetch,
    /// There is no page at this path.
    NoSuchPage,
    /// The path does not take this method.
    MethodNotAllowed {
        /// The `Allow` header.
        allow: &'static str,
    },
    /// The request's body is larger than the limit.
    TooLarge,
    /// Too many tries.
    TooManyTries,
    /// The page after the payment was opened too often.
    ReturnedTooOften,
    /// The link was opened too often.
    ClickedTooOften,
    /// Payments are paused.
    Paused,
    /// The request came over plain http and cannot be redirected.
    HttpsOnly,
}

/// What an answer says, to people and to programs.
pub struct AnswerText {
    /// The HTTP status.
    pub status: u16,
    /// A stable code for programs.
    pub code: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What it means for the person.
    pub detail: String,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Unknown => Self::UnknownLink,
            Outcome::Gone(why) => Self::Gone(why),
            Outcome::NothingToPay => Self::NothingToPay,
            Outcome::Paid {
                at,
                money,
                receipt_url,
                ..
            } => Self::AlreadyPaid {
                at,
                money,
                receipt_url,
            },
            Outcome::Refunded {
                at,
                money,
                by_dispute,
                ..
            } => Self::Refunded {
                at,
                money,
                by_dispute,
            },
            Outcome::Processing { waiting, .. } => Self::Processing {
                waiting,
                just_paid: false,
            },
            Outcome::TooOften => Self::ClickedTooOften,
            Outcome::Paused { wait } => Self::TryAgain {
                seconds: wait.0.div_euclid(1000) + 1,
            },
            Outcome::Pay { url, .. } => Self::Pay { url },
        }
    }
}

impl From<Returned> for Answer {
    fn from(returned: Returned) -> Self {
        match returned {
            Returned::Paid { money } => Self::ThankYou { money },
            Returned::Processing(waiting) => Self::Processing {
                waiting,
                just_paid: true,
            },
            Returned::Unknown => Self::Confirming,
            Returned::NotPaid => Self::NotPaid,
        }
    }
}

/// For a person every error is temporary. Its cause is in the log.
impl From<&GuardError> for Answer {
    fn from(_: &GuardError) -> Self {
        Self::TryAgain { seconds: 5 }
    }
}

impl Answer {
    /// Its status, code and text.
    #[must_use]
    pub fn text(&self) -> AnswerText {
        let text = |status, code, title, detail: &str| AnswerText {
            status,
            code,
            title,
            detail: detail.to_owned(),
        };
        match self {
            Self::Pay { .. } => text(
                307,
                "pay",
                "On to the payment",
                "Your browser takes you to the payment page.",
            ),
            Self::UnknownLink => text(
                404,
                "unknown_link",
                "We do not know this link",
                "Part of it may have been lost on the way. Please open the link in the email again, or copy all of it.",
            ),
            Self::Gone(why) => text(
                410,
                gone_code(*why),
                "This link is no longer valid",
                gone_detail(*why),
            ),
            Self::NothingToPay => text(
                200,
                "nothing_to_pay",
                "Nothing to pay",
                "This costs you nothing, so there is nothing for you to do.",
            ),
            Self::AlreadyPaid { at, money, .. } => AnswerText {
                status: 409,
                code: "already_paid",
                title: "Already paid",
                detail: format!(
                    "Thank you. We received {money} on {}. There is nothing left to pay here.",
                    date(*at)
                ),
            },
            Self::Refunded {
                at,
                money,
                by_dispute: true,
            } => AnswerText {
                status: 409,
                code: "refunded",
                title: "Your bank took the payment back",
                detail: format!(
                    "Your bank returned {money} to you on {}. Please ask us before you pay again.",
                    date(*at)
                ),
            },
            Self::Refunded { at, money, .. } => AnswerText {
                status: 409,
                code: "refunded",
                title: "Paid back",
                detail: format!(
                    "Your payment of {money} was paid back on {}. Please ask us before you pay again.",
                    date(*at)
                ),
            },
            Self::Processing {
                waiting: Waiting::Bank,
                just_paid: false,
            } => text(
                409,
                "processing",
                "Your bank is processing the payment",
                "Your payment is on its way. This can take a few days. Please do not pay again: we will tell you if it does not arrive.",
            ),
            Self::Processing {
                waiting: Waiting::Payer { .. },
                just_paid,
            } => text(
                if *just_paid { 200 } else { 409 },
                "action_required",
                "Your payment is not finished yet",
                "There is one more step for you: confirm your bank account, or pay the voucher. Stripe has sent you an email about it. Please do not start a second payment.",
            ),
            Self::Processing {
                waiting: Waiting::Bank,
                just_paid: true,
            } => Self::Confirming.text(),
            Self::ThankYou { money: Some(money) } => AnswerText {
                status: 200,
                code: "paid",
                title: "Thank you",
                detail: format!(
                    "We have received your payment of {money}. That is all: you can close this page."
                ),
            },
            Self::ThankYou { money: None } => text(
                200,
                "paid",
                "Thank you",
                "We have received your payment. That is all: you can close this page.",
            ),
            Self::Confirming => text(
                200,
                "confirming",
                "Thank you",
                "Your payment is being confirmed. There is nothing more for you to do. Please do not pay again.",
            ),
            Self::NotPaid => text(
                200,
                "not_paid",
                "You have not paid yet",
                "No money was taken. To pay, open the link in the email again whenever you like.",
            ),
            Self::TryAgain { .. } => text(
                503,
                "try_again",
                "Please try again in a moment",
                "Something on our side did not answer in time. No money was taken.",
            ),
            Self::Prefetch => text(
                503,
                "prefetch",
                "Ready when you are",
                "Your browser opened this link ahead of time. Press the button to go on.",
            ),
            Self::NoSuchPage => text(
                404,
                "no_such_page",
                "There is no page here",
                "Please open the link in the email again.",
            ),
            Self::MethodNotAllowed { .. } => text(
                405,
                "method_not_allowed",
                "This does not work here",
                "Please open the link in the email again.",
            ),
            Self::TooManyTries => text(
                429,
                "too_many_tries",
                "Too many tries",
                "Please wait a minute, and then open the link in the email again.",
            ),
            Self::ReturnedTooOften => text(
                429,
                "too_many_tries",
                "Please wait a minute",
                "This page was opened very often. If you have paid, your payment is not lost: please do not pay again.",
            ),
            Self::ClickedTooOften => text(
                429,
                "too_many_tries",
                "Please try again in a moment",
                "This link was opened very often just now. No money was taken.",
            ),
            Self::Paused => text(
                503,
                "paused",
                "Payments are paused for a while",
                "No money was taken. Please open the link in the email again later.",
            ),
            Self::HttpsOnly => text(
                403,
                "https_only",
                "This works over https alone",
                "Please open the link in the email again.",
            ),
            Self::TooLarge => text(
                413,
                "too_large",
                "This is too large",
                "The request's body is larger than what is read here.",
            ),
        }
    }
}

const fn gone_code(why: Gone) -> &'static str {
    match why {
        Gone::Expired => "link_expired",
        Gone::Revoked => "link_revoked",
        Gone::Closed => "charge_closed",
    }
}

const fn gone_detail(why: Gone) -> &'static str {
    match why {
        Gone::Expired => "Its time is over. Please ask us for a new one.",
        Gone::Revoked => "It was taken back. Please ask us for a new one.",
        Gone::Closed => {
            "What it was for is closed. Please ask us if you think that something is still to be paid."
        }
    }
}

/// The day in UTC as people write it: `23 November 2026`.
#[must_use]
pub fn date(at: UnixMillis) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    DateTime::from_timestamp_millis(at.0).map_or_else(String::new, |time| {
        // chrono's own formatter would add its pattern parser to the wasm.
        let month = MONTHS[time.month0() as usize];
        format!("{} {month} {}", time.day(), time.year())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_out() {
        assert_eq!(date(UnixMillis(1_795_392_000_000)), "23 November 2026");
    }
}
