//! The values of an import's fields: what each must look like, and what is wrong where it does not.

use chrono::DateTime;

use crate::order::{Currency, Money, UnixMillis};

/// A time in the past (RFC 3339).
pub(super) fn created_at(text: Option<&str>, now: UnixMillis) -> Result<UnixMillis, String> {
    let text = text.ok_or("order_created_at: is missing")?;
    let time = DateTime::parse_from_rfc3339(text)
        .map_err(|_| "order_created_at: must be like 2026-05-31T18:00:00Z")?;
    let time = UnixMillis(time.timestamp_millis());
    if time > now {
        return Err("order_created_at: lies in the future".to_owned());
    }
    Ok(time)
}

/// A month, `2026-05`.
pub(super) fn period(text: &str) -> Result<String, String> {
    let fits = match text.as_bytes() {
        [y @ .., b'-', m1, m2] if y.len() == 4 => {
            y.iter().all(u8::is_ascii_digit)
                && matches!((m1, m2), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'))
        }
        _ => false,
    };
    fits.then(|| text.to_owned())
        .ok_or_else(|| "period: must be like 2026-05".to_owned())
}

/// A shape that Stripe accepts as `customer_email`; whether it is read by anybody is not known here.
pub(super) fn email(text: &str) -> Result<String, String> {
    let (local, domain) = text.rsplit_once('@').unwrap_or_default();
    let plain = |b: u8| b.is_ascii_graphic() && !b"<>()[],;:\\\"@".contains(&b);
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let fits = (1..=64).contains(&local.len())
        && text.len() <= 254
        && local.bytes().all(plain)
        && domain.contains('.')
        && domain.split('.').all(label);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "email: is not an address".to_owned())
}

/// A currency with two decimals (Stripe docs, "Supported currencies", "Zero-decimal currencies" and
/// "Three-decimal currencies").
pub(super) fn currency(code: &str) -> Result<Currency, String> {
    const OTHER_DECIMALS: [&str; 24] = [
        "bhd", "bif", "clp", "djf", "gnf", "huf", "isk", "jod", "jpy", "kmf", "krw", "kwd", "mga",
        "omr", "pyg", "rwf", "tnd", "twd", "ugx", "vnd", "vuv", "xaf", "xof", "xpf",
    ];
    let currency = Currency::parse(code).ok_or("currency: must be a three-letter code")?;
    if OTHER_DECIMALS.contains(&currency.as_str()) {
        return Err(format!(
            "currency: {} is not supported: its amounts do not have two decimals",
            currency.as_str()
        ));
    }
    Ok(currency)
}

/// The least that Stripe charges, in minor units (Stripe docs, "Minimum and maximum charge amounts").
fn minimum(currency: Currency) -> i64 {
    match currency.as_str() {
        "aed" | "myr" | "pln" | "ron" => 200,
        "bgn" => 100,
        "czk" => 1_500,
        "dkk" => 250,
        "gbp" => 30,
        "hkd" => 400,
        "mxn" | "thb" => 1_000,
        "nok" | "sek" => 300,
        _ => 50,
    }
}

/// An amount in major units, as it is written, in minor units.
pub(super) fn minor_units(text: &str, currency: Currency) -> Result<i64, String> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let plain = (1..=6).contains(&whole.len()) && digits(whole) && digits(decimals);
    let cents = match (plain, decimals.len()) {
        (true, 1) => format!("{whole}{decimals}0"),
        (true, 2) => format!("{whole}{decimals}"),
        _ => return Err("amount: must be like 135.00, up to 999999.99".to_owned()),
    };
    let minor = cents
        .parse()
        .map_err(|_| "amount: must be like 135.00".to_owned())?;
    let least = minimum(currency);
    if minor > 0 && minor < least {
        let least = Money {
            minor: least,
            currency,
        };
        return Err(format!(
            "amount: is less than {least}, the least that Stripe charges"
        ));
    }
    Ok(minor)
}
