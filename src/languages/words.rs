//! The words that a language must have.

use super::{fill::fill, format::Format, mail::MailWords, pages::PageWords};
use crate::domain::{
    charge::{Kind, Subject, is_period},
    language::Language,
};

/// All that is said in one language.
pub struct Words {
    /// The language.
    pub language: Language,
    /// How it writes amounts and days.
    pub format: Format,
    /// The texts of the pages.
    pub pages: PageWords,
    /// The texts of emails.
    pub mail: MailWords,
}

impl Words {
    /// The purpose of a charge, as its payer calls it: `Monthly fee for May 2026`. `period` is `2026-05`, the title of
    /// a custom charge, or empty.
    #[must_use]
    pub fn what(&self, kind: Kind, period: &str) -> String {
        let product = self.pages.product(kind);
        let (year, month) = period
            .split_once('-')
            .filter(|_| is_period(period))
            .unwrap_or_default();
        let number = month.parse::<usize>().unwrap_or_default();
        let month = number
            .checked_sub(1)
            .and_then(|at| self.format.months.get(at));
        match (kind, month) {
            (Kind::Monthly, Some(month)) => {
                fill(self.mail.monthly, &[("month", month), ("year", year)])
            }
            (Kind::FirstPayment | Kind::Custom, Some(month)) => {
                format!("{product}, {month} {year}")
            }
            (Kind::Custom, None) if !period.is_empty() => period.to_owned(),
            (Kind::FirstPayment | Kind::Monthly | Kind::Custom, None) => product.to_owned(),
        }
    }

    /// The same with whom it is for.
    #[must_use]
    pub fn subject(&self, subject: &Subject) -> String {
        let what = self.what(subject.kind, &subject.period);
        match &subject.player {
            Some(player) => format!("{what}, {player}"),
            None => what,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::words;

    #[test]
    fn what_a_charge_is_for_is_said_in_the_readers_language() {
        for (language, kind, period, player, said) in [
            (
                Language::En,
                Kind::FirstPayment,
                "",
                Some("Player 25"),
                "First payment, Player 25",
            ),
            (
                Language::En,
                Kind::Monthly,
                "2026-05",
                Some("Player 25"),
                "Monthly fee for May 2026, Player 25",
            ),
            (
                Language::Es,
                Kind::Monthly,
                "2026-05",
                None,
                "Cuota mensual de mayo de 2026",
            ),
            (
                Language::Pt,
                Kind::Monthly,
                "2026-12",
                None,
                "Mensalidade de dezembro de 2026",
            ),
            (
                Language::Fr,
                Kind::Monthly,
                "2026-08",
                None,
                "Cotisation mensuelle, août 2026",
            ),
            (
                Language::De,
                Kind::Monthly,
                "2026-03",
                None,
                "Monatsbeitrag für März 2026",
            ),
            (
                Language::De,
                Kind::Custom,
                "2026-03",
                None,
                "Zahlung, März 2026",
            ),
            (Language::En, Kind::Monthly, "2026-13", None, "Monthly fee"),
        ] {
            let subject = Subject {
                kind,
                period: period.to_owned(),
                player: player.map(str::to_owned),
            };
            assert_eq!(words(language).subject(&subject), said);
        }
    }
}
