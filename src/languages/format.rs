//! How a language writes amounts and days (Unicode CLDR, as the `Intl` of browsers has it). A dollar of the United States
//! is `$`, as on the club's own papers, where CLDR would write `US$` or `USD`; in Brazil everybody writes `US$`.

use chrono::{Datelike, NaiveDate};

use crate::domain::money::Money;

/// A space at which no line breaks.
const NO_BREAK: &str = "\u{a0}";

/// How a language writes amounts and days.
pub struct Format {
    /// The months, in the form that a date takes.
    pub months: [&'static str; 12],
    /// A date, with `{day}`, `{month}` and `{year}`.
    pub date: &'static str,
    /// The day of a month's first: `1er` in French.
    pub first_of_month: &'static str,
    /// Between units and decimals.
    pub decimal_mark: &'static str,
    /// Between thousands.
    pub group_mark: &'static str,
    /// Thousands are marked off in numbers of at least so many digits.
    pub grouped_from: usize,
    /// Where a symbol such as `€` stands.
    pub symbol: SymbolPlace,
    /// The symbol of the dollar of the United States.
    pub dollar: &'static str,
}

/// Where a currency's symbol stands. A code such as `CHF` stands in the same place, always with a space.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SymbolPlace {
    /// Before the amount: `$1`.
    Before,
    /// Before the amount, with a space: `R$ 1`.
    BeforeWithSpace,
    /// Behind the amount, with a space: `1 €`.
    Behind,
}

/// Currencies that everybody knows by a symbol, besides the dollar. The others go by their code.
const SYMBOLS: [(&str, &str); 4] = [("eur", "€"), ("gbp", "£"), ("brl", "R$"), ("jpy", "¥")];

impl Format {
    /// An amount with its currency: `$1,350.00`, `1.350,00 €`.
    #[must_use]
    pub fn money(&self, money: Money) -> String {
        let amount = self.amount(&money.major());
        let code = money.currency.as_str();
        let symbol = match code {
            "usd" => Some(self.dollar),
            _ => SYMBOLS
                .iter()
                .find_map(|(of, symbol)| (*of == code).then_some(*symbol)),
        };
        match (self.symbol, symbol) {
            (SymbolPlace::Before, Some(symbol)) => format!("{symbol}{amount}"),
            (SymbolPlace::BeforeWithSpace, Some(symbol)) => format!("{symbol}{NO_BREAK}{amount}"),
            (SymbolPlace::Behind, Some(symbol)) => format!("{amount}{NO_BREAK}{symbol}"),
            (SymbolPlace::Before | SymbolPlace::BeforeWithSpace, None) => {
                format!("{}{NO_BREAK}{amount}", code.to_ascii_uppercase())
            }
            (SymbolPlace::Behind, None) => {
                format!("{amount}{NO_BREAK}{}", code.to_ascii_uppercase())
            }
        }
    }

    /// An amount as [`Money::major`] writes it, with this language's marks.
    fn amount(&self, major: &str) -> String {
        let (units, decimals) = major.split_once('.').unwrap_or((major, ""));
        let mut amount = String::new();
        for (place, digit) in units.char_indices() {
            let left = units.len() - place;
            if place > 0 && left.is_multiple_of(3) && units.len() >= self.grouped_from {
                amount.push_str(self.group_mark);
            }
            amount.push(digit);
        }
        if !decimals.is_empty() {
            amount.push_str(self.decimal_mark);
            amount.push_str(decimals);
        }
        amount
    }

    /// A day, written out.
    #[must_use]
    pub fn date(&self, day: NaiveDate) -> String {
        let month = self.months[day.month0() as usize];
        let number = match day.day() {
            1 => self.first_of_month.to_owned(),
            number => number.to_string(),
        };
        self.date
            .replace("{day}", &number)
            .replace("{month}", month)
            .replace("{year}", &day.year().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            language::{Language, Locale},
            money::Currency,
        },
        languages::{words, words_of},
    };

    fn written(tag: &str, minor: i64, code: &str) -> String {
        let locale = Locale::parse(tag).unwrap_or_else(|| unreachable!("{tag}"));
        let currency = Currency::parse(code).unwrap_or(Currency::USD);
        words_of(locale).format.money(Money { minor, currency })
    }

    #[test]
    fn an_amount_is_written_as_the_language_writes_it() {
        for row in [
            "en|15000|usd|$150.00",
            "en|123450|usd|$1,234.50",
            "en|123456789|eur|€1,234,567.89",
            "en|1234|jpy|¥1,234",
            "en|1234500|kwd|KWD~1,234.500",
            "es|15000|usd|150,00~$",
            "es|123450|eur|1234,50~€",
            "es|1234550|eur|12.345,50~€",
            "es-MX|13000|usd|$130.00",
            "es-US|123450|eur|€1,234.50",
            "es-419|123450|mxn|MXN~1,234.50",
            "es-AR|15000|usd|150,00~$",
            "pt|16000|usd|US$~160,00",
            "pt-PT|123450|eur|€~1.234,50",
            "pt|123450|chf|CHF~1.234,50",
            "pt|123450|brl|R$~1.234,50",
            "fr|15000|usd|150,00~$",
            "fr|123450|eur|1\u{202f}234,50~€",
            "fr|1234|jpy|1\u{202f}234~¥",
            "de|15000|usd|150,00~$",
            "de|123450|chf|1.234,50~CHF",
            "de|50|gbp|0,50~£",
        ] {
            let cells: Vec<_> = row.split('|').collect();
            let minor = cells[1].parse().unwrap_or_default();
            let expected = cells[3].replace('~', NO_BREAK);
            assert_eq!(written(cells[0], minor, cells[2]), expected, "{row}");
        }
    }

    #[test]
    fn a_day_is_written_out() {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap_or_default();
        for (language, expected) in [
            (Language::En, "November 25, 2026"),
            (Language::Es, "25 de noviembre de 2026"),
            (Language::Pt, "25 de novembro de 2026"),
            (Language::Fr, "25 novembre 2026"),
            (Language::De, "25.\u{a0}November 2026"),
        ] {
            assert_eq!(words(language).format.date(day(11, 25)), expected);
        }
        assert_eq!(words(Language::Fr).format.date(day(5, 1)), "1er mai 2026");
        assert_eq!(
            words(Language::Pt).format.date(day(5, 1)),
            "1º de maio de 2026"
        );
        assert_eq!(
            words(Language::De).format.date(day(3, 1)),
            "1.\u{a0}März 2026"
        );
    }
}
