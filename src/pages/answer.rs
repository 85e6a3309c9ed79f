//! Every answer that a person can get, with its status, its stable code and its text.
//!
//! The page and the problem details come from the same entry, so they cannot disagree. The status and the code are
//! the same in every language.

use chrono::NaiveDate;

use crate::{
    domain::{
        error::{GuardError, StoreError},
        id::{Attempt, OrderId},
        money::Money,
        payment::Waiting,
        time::UnixMillis,
    },
    guard::{click::Outcome, decide::Gone, returned::Returned},
    languages::{fill::fill, pages::Said, words::Words},
};

/// The answer to a visitor.
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
    AlreadyPaid(Receipt),
    /// The payment was refunded.
    Refunded {
        /// The order.
        reference: OrderId,
        /// When it was refunded.
        on: NaiveDate,
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
        /// The purpose of the payment, in their language. Only whoever comes from the payment is told.
        paid_for: Option<String>,
    },
    /// The person comes from the payment, and it is paid.
    ThankYou(Receipt),
    /// The person comes from the payment, and it is not known yet whether it is paid.
    Confirming,
    /// The person comes from the payment and did not pay.
    NotPaid {
        /// The order whose payment a button goes on with, if it is known.
        attempt: Option<Attempt>,
    },
    /// The person has paid, and their bank turned it down later.
    PaymentFailed {
        /// The order whose charge a button has paid again.
        attempt: Attempt,
    },
    /// A temporary error: try again.
    TryAgain {
        /// After how many seconds.
        seconds: i64,
    },
    /// The database's rows for today are used up.
    DayLimit {
        /// After how many seconds the next day begins, in UTC.
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

/// A payment, as its payer is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The order: the export of payments and the desk have it as `order_id`.
    pub reference: OrderId,
    /// The purpose of the payment, in the payer's language. Only whoever comes from the payment is told.
    pub paid_for: Option<String>,
    /// How much.
    pub money: Money,
    /// How much of it has gone back, if a part has. Only whoever opens the link again is told.
    pub refunded: Option<Money>,
    /// When it was paid, a day in the club's time zone.
    pub on: NaiveDate,
    /// Stripe's receipt page.
    pub url: Option<String>,
}

/// The text of an answer, in one language.
pub struct AnswerText {
    /// The heading.
    pub title: &'static str,
    /// Its meaning for the person.
    pub detail: String,
}

impl Answer {
    /// For a person every error is temporary. Its cause is in the log. `now` says how long it lasts if it lasts until midnight
    /// UTC.
    #[must_use]
    pub const fn of_error(error: &GuardError, now: UnixMillis) -> Self {
        match error {
            GuardError::Store(StoreError::QuotaExceeded) => Self::DayLimit {
                seconds: now.seconds_of_the_day_left(),
            },
            GuardError::Store(StoreError::Failed(_))
            | GuardError::Stripe(_)
            | GuardError::Busy
            | GuardError::UnknownSession { .. }
            | GuardError::CreateRefused { .. } => Self::TryAgain { seconds: 5 },
        }
    }

    /// The answer to a click. `day` is the club's at a time.
    #[must_use]
    pub fn of_click(outcome: Outcome, day: impl Fn(UnixMillis) -> NaiveDate) -> Self {
        match outcome {
            Outcome::Unknown => Self::UnknownLink,
            Outcome::Gone(why) => Self::Gone(why),
            Outcome::NothingToPay => Self::NothingToPay,
            Outcome::Paid {
                order,
                at,
                money,
                refunded,
                receipt_url,
            } => Self::AlreadyPaid(Receipt {
                reference: order,
                paid_for: None,
                money,
                refunded: Some(refunded).filter(|refunded| refunded.minor > 0),
                on: day(at),
                url: receipt_url,
            }),
            Outcome::Refunded {
                order,
                at,
                money,
                by_dispute,
            } => Self::Refunded {
                reference: order,
                on: day(at),
                money,
                by_dispute,
            },
            Outcome::Processing { waiting, .. } => Self::Processing {
                waiting,
                just_paid: false,
                paid_for: None,
            },
            Outcome::TooOften => Self::ClickedTooOften,
            Outcome::Paused { wait } => Self::TryAgain {
                seconds: wait.0.div_euclid(1000) + 1,
            },
            Outcome::Pay { url, .. } => Self::Pay { url },
        }
    }

    /// The answer to a payer who comes back. `paid_for` says in their language what it is about, `day` is the club's at
    /// a time.
    #[must_use]
    pub fn of_return(
        returned: Returned,
        paid_for: Option<String>,
        day: impl Fn(UnixMillis) -> NaiveDate,
    ) -> Self {
        match returned {
            Returned::Paid {
                order,
                at,
                money,
                charge: _,
                receipt_url,
            } => Self::ThankYou(Receipt {
                reference: order,
                paid_for,
                money,
                refunded: None,
                on: day(at),
                url: receipt_url,
            }),
            Returned::Processing { waiting, charge: _ } => Self::Processing {
                waiting,
                just_paid: true,
                paid_for,
            },
            Returned::Unknown => Self::Confirming,
            Returned::NotPaid { attempt } => Self::NotPaid {
                attempt: Some(attempt),
            },
            Returned::Failed { attempt } => Self::PaymentFailed { attempt },
        }
    }

    /// Its HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status_and_code().0
    }

    /// Its stable code, for programs and for the log.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.status_and_code().1
    }

    const fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Self::Pay { .. } => (307, "pay"),
            Self::UnknownLink => (404, "unknown_link"),
            Self::Gone(Gone::Expired) => (410, "link_expired"),
            Self::Gone(Gone::Revoked) => (410, "link_revoked"),
            Self::Gone(Gone::Closed) => (410, "charge_closed"),
            Self::NothingToPay => (200, "nothing_to_pay"),
            Self::AlreadyPaid(_) => (409, "already_paid"),
            Self::Refunded { .. } => (409, "refunded"),
            Self::Processing {
                waiting: Waiting::Bank,
                just_paid: false,
                ..
            } => (409, "processing"),
            Self::Processing {
                waiting: Waiting::Payer { .. },
                just_paid: false,
                ..
            } => (409, "action_required"),
            Self::Processing {
                waiting: Waiting::Payer { .. },
                just_paid: true,
                ..
            } => (200, "action_required"),
            Self::Processing {
                waiting: Waiting::Bank,
                just_paid: true,
                ..
            }
            | Self::Confirming => (200, "confirming"),
            Self::ThankYou(_) => (200, "paid"),
            Self::NotPaid { .. } => (200, "not_paid"),
            Self::PaymentFailed { .. } => (200, "payment_failed"),
            Self::TryAgain { .. } => (503, "try_again"),
            Self::DayLimit { .. } => (503, "day_limit"),
            Self::Prefetch => (503, "prefetch"),
            Self::NoSuchPage => (404, "no_such_page"),
            Self::MethodNotAllowed { .. } => (405, "method_not_allowed"),
            Self::TooManyTries | Self::ReturnedTooOften | Self::ClickedTooOften => {
                (429, "too_many_tries")
            }
            Self::Paused => (503, "paused"),
            Self::HttpsOnly => (403, "https_only"),
            Self::TooLarge => (413, "too_large"),
        }
    }

    /// Its text in a language.
    #[must_use]
    pub fn text(&self, words: &Words) -> AnswerText {
        let pages = &words.pages;
        let plain = |said: &Said| AnswerText {
            title: said.title,
            detail: said.detail.to_owned(),
        };
        let with = |said: &Said, money: Money, on: Option<NaiveDate>| {
            let amount = words.format.money(money);
            let date = on.map_or_else(String::new, |on| words.format.date(on));
            let values = [("amount", amount.as_str()), ("date", date.as_str())];
            AnswerText {
                title: said.title,
                detail: fill(said.detail, &values),
            }
        };
        match self {
            Self::Pay { .. } => plain(&pages.pay),
            Self::UnknownLink => plain(&pages.unknown_link),
            Self::Gone(Gone::Expired) => plain(&pages.link_expired),
            Self::Gone(Gone::Revoked) => plain(&pages.link_revoked),
            Self::Gone(Gone::Closed) => plain(&pages.charge_closed),
            Self::NothingToPay => plain(&pages.nothing_to_pay),
            Self::AlreadyPaid(Receipt {
                money,
                refunded: None,
                on,
                ..
            }) => with(&pages.already_paid, *money, Some(*on)),
            Self::AlreadyPaid(Receipt {
                money,
                refunded: Some(refunded),
                on,
                ..
            }) => {
                let said = &pages.already_paid_part_refunded;
                let values = [
                    ("amount", words.format.money(*money)),
                    ("date", words.format.date(*on)),
                    ("refunded", words.format.money(*refunded)),
                ];
                let values = values
                    .each_ref()
                    .map(|(name, value)| (*name, value.as_str()));
                AnswerText {
                    title: said.title,
                    detail: fill(said.detail, &values),
                }
            }
            Self::Refunded {
                on,
                money,
                by_dispute,
                ..
            } => {
                let said = if *by_dispute {
                    &pages.refunded_by_bank
                } else {
                    &pages.refunded
                };
                with(said, *money, Some(*on))
            }
            Self::Processing {
                waiting: Waiting::Payer { .. },
                ..
            } => plain(&pages.action_required),
            Self::Processing {
                waiting: Waiting::Bank,
                just_paid: false,
                ..
            } => plain(&pages.processing),
            Self::Processing {
                waiting: Waiting::Bank,
                just_paid: true,
                ..
            } => plain(&pages.confirming_bank),
            Self::Confirming => plain(&pages.confirming),
            Self::ThankYou(Receipt { money, .. }) => with(&pages.thank_you, *money, None),
            Self::NotPaid { attempt: None } => plain(&pages.not_paid),
            Self::NotPaid { attempt: Some(_) } => AnswerText {
                title: pages.not_paid.title,
                detail: pages.not_paid_go_on.to_owned(),
            },
            Self::PaymentFailed { .. } => plain(&pages.payment_failed),
            Self::TryAgain { .. } => plain(&pages.try_again),
            Self::DayLimit { seconds } => {
                let hours = (seconds + 3_599).div_euclid(3_600).to_string();
                AnswerText {
                    title: pages.day_limit.title,
                    detail: fill(pages.day_limit.detail, &[("hours", &hours)]),
                }
            }
            Self::Prefetch => plain(&pages.prefetch),
            Self::NoSuchPage => plain(&pages.no_such_page),
            Self::MethodNotAllowed { .. } => plain(&pages.method_not_allowed),
            Self::TooManyTries => plain(&pages.too_many_tries),
            Self::ReturnedTooOften => plain(&pages.returned_too_often),
            Self::ClickedTooOften => plain(&pages.clicked_too_often),
            Self::Paused => plain(&pages.paused),
            Self::HttpsOnly => plain(&pages.https_only),
            Self::TooLarge => plain(&pages.too_large),
        }
    }
}
