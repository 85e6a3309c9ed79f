//! Currencies as Stripe knows them (Stripe docs, "Supported currencies").
//!
//! An amount is an integer in the currency's minor unit: cents, or whole yen. Stripe refuses a
//! charge below a minimum that depends on the currency, and one of too many digits.

use crate::error::ApiError;

/// The largest amount of one charge, in minor units: eight digits, and twelve of rupiahs (Stripe docs, "Supported
/// currencies", "Minimum and maximum charge amounts").
fn maximum(code: &str) -> i64 {
    if code == "idr" {
        999_999_999_999
    } else {
        99_999_999
    }
}

/// Whether these three lower-case letters name a currency that Stripe takes.
pub(crate) fn is_known(code: &str) -> bool {
    code.len() == 3 && CURRENCIES.split_whitespace().any(|known| known == code)
}

/// The minimum charge in minor units; 1 if Stripe states none for the currency.
fn minimum(code: &str) -> i64 {
    MINIMUMS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(1, |(_, amount)| *amount)
}

/// Whether Stripe would take a charge of that amount.
pub(crate) fn require_chargeable(total: i64, currency: &str) -> Result<(), ApiError> {
    let minimum = minimum(currency);
    if total != 0 && total < minimum {
        let message = format!(
            "The Checkout Session's total amount due must add up to at least {} {currency}",
            format(minimum, currency)
        );
        return Err(ApiError::invalid(message).code("amount_too_small"));
    }
    let maximum = maximum(currency);
    if total > maximum {
        let message = format!(
            "The Checkout Session's total amount due must be no more than {} {currency}",
            format(maximum, currency)
        );
        return Err(ApiError::invalid(message).code("amount_too_large"));
    }
    Ok(())
}

/// Whether an amount is one that can be moved in its currency: of three decimals the last must be 0,
/// and krónur and Uganda's shillings have two decimals that must be 00 (Stripe docs, "Supported
/// currencies", "Three-decimal currencies" and "Special cases"). Which code the refusal has is
/// documented nowhere; this one is what the error codes offer.
pub(crate) fn require_payable(amount: i64, currency: &str, param: &str) -> Result<(), ApiError> {
    let step = if THREE_DECIMAL.contains(&currency) {
        10
    } else if IN_HUNDREDS.contains(&currency) {
        100
    } else {
        1
    };
    if amount % step == 0 {
        return Ok(());
    }
    let message = format!("Invalid amount: {amount} {currency} must be divisible by {step}.");
    Err(ApiError::param(param, message).code("invalid_charge_amount"))
}

/// An amount for a person to read: `$135.00`, `¥500`, `12.50 CHF`.
pub(crate) fn format(amount: i64, code: &str) -> String {
    let decimals = decimals(code);
    let unit = 10_u64.pow(decimals);
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    let mut number = grouped(amount / unit);
    if decimals > 0 {
        let width = decimals as usize;
        number.push_str(&format!(".{:0width$}", amount % unit));
    }
    match code {
        "usd" => format!("{sign}${number}"),
        "eur" => format!("{sign}€{number}"),
        "gbp" => format!("{sign}£{number}"),
        "jpy" => format!("{sign}¥{number}"),
        other => format!("{sign}{number} {}", other.to_uppercase()),
    }
}

fn decimals(code: &str) -> u32 {
    if ZERO_DECIMAL.contains(&code) {
        0
    } else if THREE_DECIMAL.contains(&code) {
        3
    } else {
        2
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Amounts of these have no decimals. (`isk` and `ugx` have none either, yet Stripe takes them as
/// if they had two.)
const ZERO_DECIMAL: &[&str] = &[
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// Two decimals, always 00.
const IN_HUNDREDS: &[&str] = &["isk", "ugx"];

const THREE_DECIMAL: &[&str] = &["bhd", "jod", "kwd", "omr", "tnd"];

/// In minor units.
const MINIMUMS: &[(&str, i64)] = &[
    ("aed", 200),
    ("aud", 50),
    ("bgn", 100),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17_500),
    ("inr", 50),
    ("jpy", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("pln", 200),
    ("ron", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("usd", 50),
];

const CURRENCIES: &str = "
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf
    gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp
    lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab
    pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs
    tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
";
