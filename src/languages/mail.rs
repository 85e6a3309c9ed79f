//! The texts of emails to parents.
//!
//! A text has places such as `{player}`; [`super::fill::fill`] puts values there. No text needs an article or a gender of what it is
//! about: what is owed stands in a list below the sentences.

/// The texts of emails, one field a text.
pub struct MailWords {
    /// How each begins.
    pub greeting: &'static str,
    /// The fee of a month: `{month}`, `{year}`.
    pub monthly: &'static str,
    /// Subject of the first email: `{club}`, `{what}`, `{player}`, as in all subjects.
    pub link_subject: &'static str,
    /// The first email: `{player}`.
    pub link: &'static str,
    /// Subject of a reminder.
    pub reminder_subject: &'static str,
    /// A reminder: `{player}`.
    pub reminder: &'static str,
    /// The day on which it is due has not passed: `{date}`.
    pub is_due: &'static str,
    /// It has: `{date}`.
    pub was_due: &'static str,
    /// The payment and the reminder may have crossed.
    pub crossed: &'static str,
    /// Subject after a bank debit has failed.
    pub debit_failed_subject: &'static str,
    /// A bank debit has failed: `{player}`.
    pub debit_failed: &'static str,
    /// The steps that can be taken then.
    pub pay_again: &'static str,
    /// Subject of a receipt.
    pub receipt_subject: &'static str,
    /// A receipt: `{player}`.
    pub receipt: &'static str,
    /// The button: `{amount}`.
    pub pay: &'static str,
    /// Before the link's address.
    pub address: &'static str,
    /// The service that takes the money: `{club}`.
    pub stripe: &'static str,
    /// Whom to ask: `{contact}`.
    pub contact: &'static str,
    /// Before what is owed.
    pub of_what: &'static str,
    /// Before the player's name.
    pub of_player: &'static str,
    /// Before the amount.
    pub of_amount: &'static str,
    /// Before the day on which it is due.
    pub of_due: &'static str,
    /// Before the day on which it was paid.
    pub of_paid: &'static str,
    /// Before how it was paid.
    pub of_method: &'static str,
    /// Before the order's number.
    pub of_reference: &'static str,
    /// Paid in cash.
    pub cash: &'static str,
    /// Paid by check.
    pub check: &'static str,
    /// Paid by a bank transfer.
    pub transfer: &'static str,
}

#[cfg(test)]
mod tests {
    use crate::{domain::language::Language, languages::words};

    #[test]
    fn every_language_names_what_each_text_is_about() {
        for language in Language::ALL {
            let mail = &words(language).mail;
            for (text, places) in [
                (mail.monthly, &["{month}", "{year}"][..]),
                (mail.link_subject, &["{club}", "{what}", "{player}"]),
                (mail.reminder_subject, &["{club}", "{what}", "{player}"]),
                (mail.debit_failed_subject, &["{club}", "{player}"]),
                (mail.receipt_subject, &["{club}", "{player}"]),
                (mail.link, &["{player}"]),
                (mail.reminder, &["{player}"]),
                (mail.debit_failed, &["{player}"]),
                (mail.receipt, &["{player}"]),
                (mail.is_due, &["{date}"]),
                (mail.was_due, &["{date}"]),
                (mail.pay, &["{amount}"]),
                (mail.stripe, &["{club}"]),
                (mail.contact, &["{contact}"]),
            ] {
                for place in places {
                    assert!(text.contains(place), "{text}: {place}");
                }
            }
        }
    }
}
