//! The values of an import's fields: what each must look like, and what is wrong where it does not.

use chrono::DateTime;

use crate::domain::{
    money::{Currency, Money},
    time::UnixMillis,
};

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

/// A currency that Stripe charges in.
pub(super) fn currency(code: &str) -> Result<Currency, String> {
    let currency = Currency::parse(code).ok_or("currency: must be a three-letter code")?;
    if !currency.is_supported() {
        return Err(format!(
            "currency: Stripe does not charge in {}",
            currency.as_str().to_ascii_uppercase()
        ));
    }
    Ok(currency)
}

/// An amount in major units, as it is written.
pub(super) fn money(text: &str, currency: Currency) -> Result<Money, String> {
    Money::parse(text, currency).map_err(|why| format!("amount: {why}"))
}
