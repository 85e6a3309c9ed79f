//! Emails to those who pay: what they are made with, and when payers are reminded.

use super::{
    club::Club,
    reader::Reader,
    variables::{REMIND_AFTER_DAYS, REMIND_AT_MOST},
};

/// When payers are reminded by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reminders {
    /// `REMIND_AFTER_DAYS`: so many days after the last email about the charge, and after the day on which it is due.
    pub after_days: i64,
    /// `REMIND_AT_MOST`: so many reminders a charge.
    pub at_most: u32,
}

/// The settings of emails to those who pay.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// The club, which asks for the money.
    pub club: Club,
    /// `PUBLIC_ORIGIN`.
    pub public_origin: String,
    /// `MAIL_FROM`.
    pub from: Option<String>,
    /// Whom an answer goes to: `CLUB_CONTACT`, if it is an address.
    pub reply_to: Option<String>,
    /// When payers are reminded by rule; never, if it is not set.
    pub reminders: Option<Reminders>,
    /// `PAUSED`: nothing goes out.
    pub paused: bool,
}

/// `None`: it is wrong.
pub(super) fn reminders(reader: &mut Reader<'_>) -> Option<Option<Reminders>> {
    let at_most = reader.number(REMIND_AT_MOST, 1..=10);
    let after_days = reader.optional_number(REMIND_AFTER_DAYS, 1..=365);
    let at_most = at_most?;
    Some(after_days?.map(|after_days| Reminders {
        after_days,
        at_most,
    }))
}
