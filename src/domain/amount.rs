//! Amounts as people and spreadsheets write them: with a decimal comma, with marks between the thousands, with the currency beside them.
//!
//! An amount that can be read in two ways is refused, and the reason says how to write it. Whether `1.234` is a thousand or
//! one and a bit, only whoever wrote it knows.

use std::borrow::Cow;

use crate::domain::money::{BadAmount, Currency, Money};

/// The signs that stand for one currency each. `$` stands for many.
const SIGNS: [(&str, &str); 11] = [
    ("€", "eur"),
    ("£", "gbp"),
    ("¥", "jpy"),
    ("us$", "usd"),
    ("r$", "brl"),
    ("fr.", "chf"),
    ("zł", "pln"),
    ("kč", "czk"),
    ("₹", "inr"),
    ("₪", "ils"),
    ("₺", "try"),
];
/// Where an amount has `$` beside it. (Unicode CLDR, "Currency symbols": the narrow ones.)
const DOLLARS: &str = "usd cad aud nzd mxn ars clp cop sgd hkd twd bbd bsd bzd fjd jmd ttd xcd";

/// The currency that a text has beside an amount or in a header: `€`, `EUR`; `None` if there is none, or if it can be several.
/// A code in small letters may be a word.
#[must_use]
pub fn currency_in(text: &str) -> Option<Currency> {
    let words = text.split(|c: char| c.is_whitespace() || "()[],.;:/0123456789-".contains(c));
    words
        .filter(|word| !word.is_empty())
        .filter(|word| word.len() != 3 || *word == word.to_uppercase())
        .find_map(|word| currency_of(&word.to_lowercase()))
}

/// The currency of a sign or a code, in lower case.
fn currency_of(sign: &str) -> Option<Currency> {
    let code = match sign {
        "euro" | "euros" => "eur",
        _ => SIGNS
            .iter()
            .find_map(|(of, code)| (*of == sign).then_some(*code))
            .unwrap_or(sign),
    };
    Currency::parse_supported(code)
}

/// An amount in major units as [`Money::parse`] and [`Money::read`] read it. What is none stays as it is: their error shows
/// how an amount is written.
///
/// # Errors
/// It can be read in two ways, or it names another currency.
pub fn normalized(text: &str, currency: Currency) -> Result<Cow<'_, str>, BadAmount> {
    let number = without_sign(text, currency)?;
    let digits = digits(number, currency)?;
    Ok(digits.map_or(Cow::Borrowed(text), Cow::Owned))
}

/// Reads an amount in major units that is to be charged.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, currency: Currency) -> Result<Money, BadAmount> {
    Money::parse(&normalized(text, currency)?, currency)
}

/// An amount without the currency that stands before or behind it. What is no currency stays.
fn without_sign(text: &str, currency: Currency) -> Result<&str, BadAmount> {
    let is_of_number = |c: char| c.is_ascii_digit();
    let Some((begin, end)) = text.find(is_of_number).zip(text.rfind(is_of_number)) else {
        return Ok(text);
    };
    let (before, number, behind) = (&text[..begin], &text[begin..=end], &text[end + 1..]);
    let sign = match (before.trim(), behind.trim()) {
        ("", "") => return Ok(text),
        (sign, "") | ("", sign) => sign.to_lowercase(),
        (_, _) => return Ok(text),
    };
    let is_dollar = sign == "$" && DOLLARS.split(' ').any(|code| code == currency.as_str());
    match currency_of(&sign) {
        _ if is_dollar => Ok(number),
        Some(of) if of == currency => Ok(number),
        Some(of) => Err(BadAmount::OtherCurrency {
            is: of,
            asked: currency,
        }),
        None => Ok(text),
    }
}

/// The marks between thousands that are no decimal marks: French, Swiss.
const GROUP_MARKS: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];

/// A number with a decimal point at most; `None` if it is none.
fn digits(number: &str, currency: Currency) -> Result<Option<String>, BadAmount> {
    let is_mark = |c: char| matches!(c, '.' | ',') || GROUP_MARKS.contains(&c);
    let marks: Vec<char> = number.chars().filter(|c| is_mark(*c)).collect();
    let parts: Vec<&str> = number.split(is_mark).collect();
    let is_digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !parts.iter().all(is_digits) {
        return Ok(None);
    }
    // Whether parts are thousands: `1`, `234`, `567`.
    let is_grouped = |parts: &[&str]| match parts {
        [first, rest @ ..] => {
            first.len() <= 3
                && (rest.is_empty() || !first.starts_with('0'))
                && rest.iter().all(|part| part.len() == 3)
        }
        [] => false,
    };
    let decimal = |whole: &[&str], decimals: &str| format!("{}.{decimals}", whole.concat());
    Ok(match (marks.as_slice(), parts.as_slice()) {
        ([], _) => Some(parts.concat()),
        // As every amount here is written: a point before three decimals is meant so where the currency has three.
        (['.'], [whole, decimals]) if currency.decimals() == 3 => Some(decimal(&[whole], decimals)),
        (['.' | ','], [whole, decimals]) if is_grouped(&parts) => {
            return Err(ambiguous(whole, decimals, currency));
        }
        (['.' | ','], [whole, decimals]) => Some(decimal(&[whole], decimals)),
        ([marks @ .., last @ ('.' | ',')], [whole @ .., decimals])
            if marks.iter().all(|mark| *mark == marks[0] && mark != last) && is_grouped(whole) =>
        {
            Some(decimal(whole, decimals))
        }
        ([first, rest @ ..], _) if rest.iter().all(|mark| mark == first) && is_grouped(&parts) => {
            Some(parts.concat())
        }
        (_, _) => None,
    })
}

/// The two amounts that it can be: without a mark, and with a decimal point.
fn ambiguous(whole: &str, decimals: &str, currency: Currency) -> BadAmount {
    let places = currency.decimals() as usize;
    let with = |decimals: &str| {
        let decimals = &decimals[..places.min(decimals.len())];
        let point = if decimals.is_empty() { "" } else { "." };
        format!("{point}{decimals}")
    };
    BadAmount::Ambiguous {
        thousands: format!("{whole}{decimals}{}", with("000")),
        decimals: format!("{whole}{}", with(decimals)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, code: &str) -> Result<String, String> {
        let currency = Currency::parse(code).unwrap_or(Currency::USD);
        parse(text, currency)
            .map(Money::major)
            .map_err(|reason| reason.to_string())
    }

    #[test]
    fn an_amount_that_can_mean_one_thing_is_read() {
        for (text, code, expected) in [
            ("135", "usd", "135.00"),
            ("135.5", "usd", "135.50"),
            ("25,00", "eur", "25.00"),
            ("25,5", "eur", "25.50"),
            ("0,500", "eur", "0.50"),
            ("0.500", "eur", "0.50"),
            ("1.234,50", "eur", "1234.50"),
            ("1,234.50", "usd", "1234.50"),
            ("1.234,500", "eur", "1234.50"),
            ("1234,5", "eur", "1234.50"),
            ("12.345,00", "eur", "12345.00"),
            ("1.234.567", "jpy", "1234567"),
            ("1 234,50", "eur", "1234.50"),
            ("1\u{202f}234,50\u{a0}€", "eur", "1234.50"),
            ("1 234", "eur", "1234.00"),
            ("1'234.50", "chf", "1234.50"),
            ("CHF 1’234.50", "chf", "1234.50"),
            ("25,00 €", "eur", "25.00"),
            ("€25.00", "eur", "25.00"),
            ("25 EUR", "eur", "25.00"),
            ("$25.00", "usd", "25.00"),
            ("R$ 25,00", "brl", "25.00"),
            ("1.230", "kwd", "1.230"),
            ("1,50", "kwd", "1.500"),
            ("500", "jpy", "500"),
        ] {
            assert_eq!(read(text, code), Ok(expected.to_owned()), "{text} {code}");
        }
    }

    #[test]
    fn an_amount_that_can_mean_two_things_is_refused_and_says_how_to_write_it() {
        for (text, code, thousands, decimals) in [
            ("1.234", "usd", "1234.00", "1.23"),
            ("1,234", "usd", "1234.00", "1.23"),
            ("1.000", "eur", "1000.00", "1.00"),
            ("135,000", "eur", "135000.00", "135.00"),
            ("25,000 €", "eur", "25000.00", "25.00"),
            ("1,234", "kwd", "1234.000", "1.234"),
            ("1.000", "jpy", "1000", "1"),
        ] {
            let expected = format!("must be like {thousands} or {decimals}: it can mean either");
            assert_eq!(read(text, code), Err(expected), "{text} {code}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "x",
            "",
            "-1.00",
            "1e3",
            ".5",
            "5.",
            ",50",
            "1..5",
            "1,2,3",
            "1.23.456",
            "1.234,56.7",
            "01.234.567",
            "1,234 567.00",
            "5 5",
            "$ 5 $",
            "5 apples",
            "٣.00",
            "1.234.56",
            "1,005.0,5",
        ] {
            assert_eq!(
                read(text, "usd"),
                Err("must be like 135.00".to_owned()),
                "{text}"
            );
        }
        let other = "is in EUR, and an amount in USD is asked for";
        assert_eq!(read("25,00 €", "usd"), Err(other.to_owned()));
        assert_eq!(read("EUR 25", "usd"), Err(other.to_owned()));
        assert_eq!(read("$25", "eur"), Err("must be like 135.00".to_owned()));
    }

    #[test]
    fn a_header_or_an_amount_names_its_currency() {
        for (text, code) in [
            ("Beitrag (EUR)", Some("eur")),
            ("Betrag in €", Some("eur")),
            ("25,00 £", Some("gbp")),
            ("€25", Some("eur")),
            ("Cuota", None),
            ("$25", None),
            ("Fee per month", None),
            ("Fee for all", None),
        ] {
            let found = currency_in(text);
            assert_eq!(found.as_ref().map(Currency::as_str), code, "{text}");
        }
    }
}
