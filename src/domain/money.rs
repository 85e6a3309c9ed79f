//! Money: an integer number of minor units, and a currency from Stripe's list.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An ISO 4217 code in lower case, as Stripe writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The currencies that Stripe charges in (Stripe docs, "Supported currencies", "Supported presentment currencies").
const SUPPORTED: &str = "\
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf \
    clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr \
    ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur \
    mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr \
    sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg \
    xof xpf yer zar zmw";

/// Amounts are whole units (Stripe docs, "Supported currencies", "Zero-decimal currencies").
const ZERO_DECIMAL: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";

/// Amounts are thousandths whose last digit is 0 (the same, "Three-decimal currencies").
const THREE_DECIMAL: &str = "bhd jod kwd omr tnd";

/// Amounts are hundredths, but only whole units can be charged (the same, "Special cases").
const WHOLE_UNITS: &str = "isk ugx";

impl Currency {
    /// United States dollars.
    pub const USD: Self = Self(*b"usd");

    /// Reads a three-letter code, in either case. Stripe need not know it.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(bytes.map(|b| b.to_ascii_lowercase())))
    }

    /// The same of one that Stripe charges in.
    #[must_use]
    pub fn parse_supported(code: &str) -> Option<Self> {
        Self::parse(code).filter(|currency| currency.is_supported())
    }

    /// The code in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// The code in capitals, as people write it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.as_str().to_ascii_uppercase()
    }

    fn is_in(self, list: &str) -> bool {
        list.split_ascii_whitespace()
            .any(|code| code == self.as_str())
    }

    /// Whether Stripe charges in it.
    #[must_use]
    pub fn is_supported(self) -> bool {
        self.is_in(SUPPORTED)
    }

    /// How many decimals an amount has. With 2 of them, a major unit is 100 minor units.
    #[must_use]
    pub fn decimals(self) -> u32 {
        if self.is_in(ZERO_DECIMAL) {
            0
        } else if self.is_in(THREE_DECIMAL) {
            3
        } else {
            2
        }
    }

    /// The minor units that every amount must be a multiple of.
    #[must_use]
    pub fn step(self) -> i64 {
        if self.is_in(THREE_DECIMAL) {
            10
        } else if self.is_in(WHOLE_UNITS) {
            100
        } else {
            1
        }
    }

    /// The least that Stripe charges, in minor units (Stripe docs, "Supported currencies", "Minimum and
    /// maximum charge amounts"). For a currency that the page does not list, Stripe's minimum is an
    /// equivalent that changes from day to day. Then this is 0.50 with two decimals, 0.100 with three and 1 without
    /// any, which refuses what is plainly too small.
    #[must_use]
    pub fn minimum(self) -> i64 {
        match self.as_str() {
            "aed" | "myr" | "pln" | "ron" => 200,
            "bgn" => 100,
            "czk" => 1_500,
            "dkk" => 250,
            "gbp" => 30,
            "hkd" => 400,
            "huf" => 17_500,
            "jpy" => 50,
            "mxn" | "thb" => 1_000,
            "nok" | "sek" => 300,
            _ => match self.decimals() {
                0 => 1,
                3 => 100,
                _ => self.step().max(50),
            },
        }
    }

    /// An example of how an amount of this currency is written.
    fn example(self) -> i64 {
        135 * 10_i64.pow(self.decimals())
    }

    /// The most that Stripe charges, in minor units: eight digits (Stripe's API reference, "Create a
    /// PaymentIntent", `amount`), and twelve of rupiahs (Stripe docs, "Supported currencies", "Minimum and
    /// maximum charge amounts").
    #[must_use]
    pub fn maximum(self) -> i64 {
        let digits = if self.as_str() == "idr" { 12 } else { 8 };
        10_i64.pow(digits) - self.step()
    }
}

impl TryFrom<String> for Currency {
    type Error = &'static str;
    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code).ok_or("not a currency code")
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units: cents, for a currency with two decimals.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Reads an amount in major units, as [`Money::major`] writes it; decimals that are zeros may be left
    /// out. It must be 0, or an amount that Stripe charges.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, BadAmount> {
        let money = Self::read(text, currency)?;
        if money.minor > 0 && money.minor < currency.minimum() {
            let minor = currency.minimum();
            return Err(BadAmount::TooSmall(Self { minor, currency }));
        }
        Ok(money)
    }

    /// The same without a least amount: a refund may be small.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str, currency: Currency) -> Result<Self, BadAmount> {
        let of = |minor| Self { minor, currency };
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let width = currency.decimals() as usize;
        let extra = decimals.bytes().skip(width).any(|digit| digit != b'0');
        if !is_number(whole) || !is_number(decimals) || extra {
            return Err(BadAmount::Format(of(currency.example())));
        }
        let decimals: String = decimals.chars().chain("000".chars()).take(width).collect();
        let minor = format!("{whole}{decimals}").parse().unwrap_or(i64::MAX);
        if minor > currency.maximum() {
            return Err(BadAmount::TooLarge(of(currency.maximum())));
        }
        if minor % currency.step() != 0 {
            return Err(BadAmount::Step(of(currency.step())));
        }
        Ok(of(minor))
    }

    /// The amount in major units, with as many decimals as the currency has: `135.00`, `500`, `1.230`.
    #[must_use]
    pub fn major(self) -> String {
        let decimals = self.currency.decimals();
        if decimals == 0 {
            return self.minor.to_string();
        }
        let unit = 10_u64.pow(decimals);
        let (sign, minor) = (
            if self.minor < 0 { "-" } else { "" },
            self.minor.unsigned_abs(),
        );
        let width = decimals as usize;
        format!("{sign}{}.{:0width$}", minor / unit, minor % unit)
    }

    /// As people read it beside another amount that has the currency: `7,120.00`.
    #[must_use]
    pub fn grouped(self) -> String {
        let major = self.major();
        let digits = major.strip_prefix('-').unwrap_or(&major);
        let units = digits.split('.').next().unwrap_or_default();
        let mut grouped = major[..major.len() - digits.len()].to_owned();
        for (place, digit) in units.char_indices() {
            if place > 0 && (units.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped + &digits[units.len()..]
    }
}

/// As people read it: `7,120.00 USD`. Programs get [`Money::major`].
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.grouped(), self.currency.shown())
    }
}

/// Why a text is no amount of a currency.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadAmount {
    /// Not written as digits, a point, and as many decimals as the currency has. With a correct example.
    #[error("must be like {}", .0.major())]
    Format(Money),
    /// More than Stripe charges.
    #[error("is more than {0}, the most that Stripe charges")]
    TooLarge(Money),
    /// Less than Stripe charges.
    #[error("is less than {0}, the least that Stripe charges")]
    TooSmall(Money),
    /// Between two amounts that Stripe charges.
    #[error("must be a multiple of {0}")]
    Step(Money),
    /// It can be read in two ways.
    #[error("must be like {thousands} or {decimals}: it can mean either")]
    Ambiguous {
        /// The one, as it is to be written.
        thousands: String,
        /// The other.
        decimals: String,
    },
    /// It has another currency beside it.
    #[error("is in {}, and an amount in {} is asked for", .is.shown(), .asked.shown())]
    OtherCurrency {
        /// The one that stands there.
        is: Currency,
        /// The one that is asked for.
        asked: Currency,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        let currency = Currency::parse(code).unwrap_or(Currency::USD);
        Money { minor, currency }
    }

    #[test]
    fn money_reads_as_people_write_it() {
        assert_eq!(money(13_500, "usd").to_string(), "135.00 USD");
        assert_eq!(money(5, "usd").to_string(), "0.05 USD");
        assert_eq!(money(500, "jpy").to_string(), "500 JPY");
        assert_eq!(money(1_230, "kwd").to_string(), "1.230 KWD");
        assert_eq!(money(-50, "eur").to_string(), "-0.50 EUR");
        assert_eq!(money(712_000, "usd").to_string(), "7,120.00 USD");
        assert_eq!(money(-100_000, "usd").to_string(), "-1,000.00 USD");
        assert_eq!(money(123_456_789, "usd").to_string(), "1,234,567.89 USD");
        assert_eq!(money(15_000, "jpy").to_string(), "15,000 JPY");
        assert_eq!(money(1_234_500, "kwd").to_string(), "1,234.500 KWD");
        assert_eq!(money(712_000, "usd").major(), "7120.00");
    }

    #[test]
    fn a_currency_is_three_letters_of_stripes_list() {
        assert_eq!(
            Currency::parse("EUR").map(String::from).as_deref(),
            Some("eur")
        );
        assert!(Currency::parse("us").is_none() && Currency::parse("us1").is_none());
        let supported = |code: &str| Currency::parse(code).is_some_and(Currency::is_supported);
        assert!(supported("usd") && supported("kwd") && !supported("usx") && !supported("all "));
    }

    #[test]
    fn an_amount_is_read_by_its_currencys_decimals() {
        for row in [
            "usd|135.00|13500",
            "usd|135|13500",
            "usd|135.5|13550",
            "usd|135.500|13550",
            "usd|0|0",
            "usd|0.00|0",
            "usd|0.50|50",
            "usd|999999.99|99999999",
            "jpy|500|500",
            "jpy|500.00|500",
            "kwd|1.230|1230",
            "kwd|1.23|1230",
            "isk|700|70000",
            "idr|1500000|150000000",
            "usd||must be like 135.00",
            "usd|.50|must be like 135.00",
            "usd|5.|must be like 135.00",
            "usd|-5|must be like 135.00",
            "usd|1,50|must be like 135.00",
            "usd|1.005|must be like 135.00",
            "usd|1e3|must be like 135.00",
            "jpy|500.5|must be like 135",
            "kwd|1.2345|must be like 135.000",
            "usd|0.49|is less than 0.50 USD, the least that Stripe charges",
            "gbp|0.29|is less than 0.30 GBP, the least that Stripe charges",
            "kwd|0.090|is less than 0.100 KWD, the least that Stripe charges",
            "ugx|0.50|must be a multiple of 1.00 UGX",
            "usd|1000000|is more than 999,999.99 USD, the most that Stripe charges",
            "usd|99999999999999999999|is more than 999,999.99 USD, the most that Stripe charges",
            "kwd|1.234|must be a multiple of 0.010 KWD",
            "isk|700.50|must be a multiple of 1.00 ISK",
        ] {
            let (code, rest) = row.split_once('|').unwrap_or_default();
            let (text, expected) = rest.split_once('|').unwrap_or_default();
            let read = match Money::parse(text, money(0, code).currency) {
                Ok(read) => read.minor.to_string(),
                Err(why) => why.to_string(),
            };
            assert_eq!(read, expected, "{row}");
        }
    }

    #[test]
    fn what_is_read_is_written_and_read_again_in_every_currency() {
        for code in SUPPORTED.split_ascii_whitespace() {
            let currency = money(0, code).currency;
            let (least, most) = (currency.minimum(), currency.maximum());
            assert_eq!(
                (least % currency.step(), most % currency.step()),
                (0, 0),
                "{code}"
            );
            // A walk over the whole range: every digit and every length comes by.
            let (mut minor, mut count) = (least, 0);
            while minor <= most {
                let written = Money { minor, currency }.major();
                let read = Money::parse(&written, currency);
                assert_eq!(read.map(|read| read.minor), Ok(minor), "{written} {code}");
                minor += (minor / currency.step() / 37).max(1) * currency.step();
                count += 1;
            }
            assert!(count > 100, "{code}");
            for minor in [0, most] {
                let written = Money { minor, currency }.major();
                assert_eq!(
                    Money::parse(&written, currency).map(|read| read.minor),
                    Ok(minor)
                );
            }
        }
    }

    #[test]
    fn every_currency_of_a_special_list_is_supported() {
        for list in [ZERO_DECIMAL, THREE_DECIMAL, WHOLE_UNITS] {
            for code in list.split_ascii_whitespace() {
                assert!(money(1, code).currency.is_supported(), "{code}");
            }
        }
    }
}
