//! Emails to those who pay, as the database queues them.

use serde::{Deserialize, Serialize};

use super::mail::{NotTaken, Refusal};

/// The template of an email: what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Here is the link to pay by.
    Link,
    /// It is still to be paid.
    Reminder,
    /// An offline payment was recorded.
    OfflineReceipt,
    /// The payer's bank did not carry out a debit.
    DebitFailed,
}

impl Template {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Link,
        Self::Reminder,
        Self::OfflineReceipt,
        Self::DebitFailed,
    ];

    /// As it stands in the database, and in a query.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Reminder => "reminder",
            Self::OfflineReceipt => "offline_receipt",
            Self::DebitFailed => "debit_failed",
        }
    }

    /// Reads what stands in a query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|template| template.as_str() == text)
    }

    /// Reads one that operators queue.
    #[must_use]
    pub fn by_hand(text: &str) -> Option<Self> {
        match Self::parse(text)? {
            template @ (Self::Link | Self::Reminder) => Some(template),
            Self::OfflineReceipt | Self::DebitFailed => None,
        }
    }

    /// Whether it carries a link to pay by.
    #[must_use]
    pub const fn has_link(self) -> bool {
        match self {
            Self::Link | Self::Reminder | Self::DebitFailed => true,
            Self::OfflineReceipt => false,
        }
    }
}

/// The state of an email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailState {
    /// The cron is to send it.
    Queued,
    /// A run of the cron has claimed it.
    Sending,
    /// The email service has taken it.
    Sent,
    /// The email service has not taken it, and will not.
    Refused,
    /// Nobody knows whether the email service has taken it. It is not sent again unless an operator says so.
    Unclear,
    /// It is not to be sent any more.
    Canceled,
}

impl EmailState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Refused,
        Self::Unclear,
        Self::Canceled,
    ];

    /// As it stands in the database, and in a query.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
            Self::Canceled => "canceled",
        }
    }

    /// Reads what stands in a query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether an operator may have it sent again.
    #[must_use]
    pub const fn may_go_again(self) -> bool {
        match self {
            Self::Refused | Self::Unclear => true,
            Self::Queued | Self::Sending | Self::Sent | Self::Canceled => false,
        }
    }
}

/// Why an email is in its state, or why a charge gets none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The player has no address.
    NoEmail,
    /// The player was erased.
    Erased,
    /// The charge is paid.
    Paid,
    /// A bank is at work on its payment.
    Processing,
    /// Its payer has paid, and has something to do first: confirm two small deposits, for instance.
    ActionRequired,
    /// It was paid and refunded.
    Refunded,
    /// It need not be paid.
    Closed,
    /// The same email waits to be sent.
    Queued,
    /// The same email was sent.
    Sent,
    /// The same email may have been sent.
    Unclear,
    /// An email about the charge was sent less than a day ago.
    Recent,
    /// It waited too long.
    TooOld,
    /// An operator took it back.
    Withdrawn,
    /// Another email about the charge says more.
    Superseded,
    /// The database was restored, and forgot what was sent since.
    Restored,
    /// The run that was sending it did not live to say what came of it.
    Interrupted,
    /// See [`NotTaken::NoAnswer`].
    NoAnswer,
    /// See [`NotTaken::Failed`].
    Failed,
    /// See [`Refusal`], and all that follow.
    Suppressed,
    /// The binding or the plan does not send to the address.
    NotAllowed,
    /// The address's own server has said no.
    Undeliverable,
    /// The address or the email is malformed.
    Malformed,
    /// The service may not send for the domain of `MAIL_FROM`.
    Sender,
    /// Too many emails in a short time.
    RateLimit,
    /// Too many emails on one day.
    DailyLimit,
    /// There is no binding.
    NoBinding,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::NoEmail,
        Self::Erased,
        Self::Paid,
        Self::Processing,
        Self::ActionRequired,
        Self::Refunded,
        Self::Closed,
        Self::Queued,
        Self::Sent,
        Self::Unclear,
        Self::Recent,
        Self::TooOld,
        Self::Withdrawn,
        Self::Superseded,
        Self::Restored,
        Self::Interrupted,
        Self::NoAnswer,
        Self::Failed,
        Self::Suppressed,
        Self::NotAllowed,
        Self::Undeliverable,
        Self::Malformed,
        Self::Sender,
        Self::RateLimit,
        Self::DailyLimit,
        Self::NoBinding,
    ];

    /// As it stands in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoEmail => "no_email",
            Self::Erased => "erased",
            Self::Paid => "paid",
            Self::Processing => "processing",
            Self::ActionRequired => "action_required",
            Self::Refunded => "refunded",
            Self::Closed => "closed",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Unclear => "unclear",
            Self::Recent => "recent",
            Self::TooOld => "too_old",
            Self::Withdrawn => "withdrawn",
            Self::Superseded => "superseded",
            Self::Restored => "restored",
            Self::Interrupted => "interrupted",
            Self::NoAnswer => "no_answer",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
            Self::NotAllowed => "not_allowed",
            Self::Undeliverable => "undeliverable",
            Self::Malformed => "malformed",
            Self::Sender => "sender",
            Self::RateLimit => "rate_limit",
            Self::DailyLimit => "daily_limit",
            Self::NoBinding => "no_binding",
        }
    }

    /// Reads what stands in the database.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// In words, for operators.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoEmail => "no address is known",
            Self::Erased => "the player was erased",
            Self::Paid => "it is paid",
            Self::Processing => "a bank is processing a payment",
            Self::ActionRequired => "its payer has something to do before the payment goes on",
            Self::Refunded => "it was paid and refunded",
            Self::Closed => "nothing is to be paid for it",
            Self::Queued => "an email waits to be sent",
            Self::Sent => "the link was sent already",
            Self::Unclear => "the link may have been sent already",
            Self::Recent => "an email went out less than a day ago",
            Self::TooOld => "it could not be sent for two weeks",
            Self::Withdrawn => "an operator took it back",
            Self::Superseded => "another email about the charge went out instead",
            Self::Restored => "the database was restored: it may have gone out before",
            Self::Interrupted => "the Worker was stopped while it was being sent",
            Self::NoAnswer => "the email service did not answer in time",
            Self::Failed => "the email service failed",
            Self::Suppressed => {
                "the address has bounced before, or its owner has reported an email as spam"
            }
            Self::NotAllowed => "Cloudflare may not send to the address: see the plan",
            Self::Undeliverable => "the server of the address has said no",
            Self::Malformed => "the address is malformed",
            Self::Sender => "Cloudflare may not send for the domain of MAIL_FROM",
            Self::RateLimit => "too many emails in a short time",
            Self::DailyLimit => "too many emails on one day",
            Self::NoBinding => "the binding EMAIL is missing",
        }
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Suppressed => Self::Suppressed,
            Refusal::NotAllowed => Self::NotAllowed,
            Refusal::Undeliverable => Self::Undeliverable,
            Refusal::Malformed => Self::Malformed,
            Refusal::Sender => Self::Sender,
            Refusal::RateLimit => Self::RateLimit,
            Refusal::DailyLimit => Self::DailyLimit,
            Refusal::NoBinding => Self::NoBinding,
        }
    }
}

/// The outcome of a try to send an email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tried {
    /// The service has taken it.
    Sent,
    /// It is certain that nothing went out. It is tried again then.
    Later(Reason),
    /// It is certain that nothing went out, or ever will.
    Refused(Reason),
    /// Nobody knows whether it went out.
    Unclear(Reason),
}

impl Tried {
    /// The meaning of an answer of the service, after so many tries with it. Every [`MOST`]th ends a row of them.
    #[must_use]
    pub fn of(answer: Result<(), NotTaken>, tries: u32) -> Self {
        match answer {
            Ok(()) => Self::Sent,
            Err(NotTaken::Refused(refusal))
                if refusal.is_temporary() && !tries.is_multiple_of(MOST) =>
            {
                Self::Later(refusal.into())
            }
            Err(NotTaken::Refused(refusal)) => Self::Refused(refusal.into()),
            Err(NotTaken::NoAnswer) => Self::Unclear(Reason::NoAnswer),
            Err(NotTaken::Status(_) | NotTaken::Failed) => Self::Unclear(Reason::Failed),
        }
    }
}

/// How often an email is tried that is refused for a reason that passes.
pub const MOST: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_certain_is_never_tried_again() {
        let refused = |refusal| Err(NotTaken::Refused(refusal));
        for (answer, tries, tried) in [
            (Ok(()), 1, Tried::Sent),
            (Err(NotTaken::NoAnswer), 1, Tried::Unclear(Reason::NoAnswer)),
            (Err(NotTaken::Failed), 1, Tried::Unclear(Reason::Failed)),
            (
                Err(NotTaken::Status(500)),
                1,
                Tried::Unclear(Reason::Failed),
            ),
            (
                refused(Refusal::RateLimit),
                9,
                Tried::Later(Reason::RateLimit),
            ),
            (
                refused(Refusal::RateLimit),
                10,
                Tried::Refused(Reason::RateLimit),
            ),
            (
                refused(Refusal::RateLimit),
                11,
                Tried::Later(Reason::RateLimit),
            ),
            (
                refused(Refusal::Suppressed),
                1,
                Tried::Refused(Reason::Suppressed),
            ),
        ] {
            assert_eq!(Tried::of(answer, tries), tried);
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for template in Template::ALL {
            assert_eq!(Template::parse(template.as_str()), Some(template));
        }
        for state in EmailState::ALL {
            assert_eq!(EmailState::parse(state.as_str()), Some(state));
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
            let read: Result<Reason, _> =
                crate::json::from_str(&format!("\"{}\"", reason.as_str()));
            assert_eq!(read.ok(), Some(reason));
        }
    }
}
