//! The values of an import's fields: what each must look like.

use chrono::DateTime;

use super::rejected::{Reason, Wrong};
use crate::domain::{
    amount,
    charge::Kind,
    id::SessionId,
    language::Language,
    mail::{Misleading, misleading},
    money::{BadAmount, Currency, Money},
    time::UnixMillis,
};

/// A time in the past (RFC 3339).
pub(super) fn created_at(text: Option<&str>, now: UnixMillis) -> Result<UnixMillis, Wrong> {
    let wrong = |reason: Reason| reason.in_column("order_created_at");
    let text = text.ok_or(wrong(Reason::Missing))?;
    let time = DateTime::parse_from_rfc3339(text)
        .map_err(|_| wrong(Reason::MustBe("like 2026-05-31T18:00:00Z")))?;
    let time = UnixMillis(time.timestamp_millis());
    if time > now {
        return Err(wrong(Reason::InFuture));
    }
    Ok(time)
}

/// A month, `2026-05`; of a custom charge, its title.
pub(super) fn period(kind: Kind, text: &str) -> Result<String, Wrong> {
    let must_be = match kind {
        Kind::FirstPayment | Kind::Monthly => "like 2026-05",
        Kind::Custom => "like 2026-05, or a title of 2 to 60 characters that leads nowhere",
    };
    kind.has_period(text)
        .then(|| text.to_owned())
        .ok_or(Reason::MustBe(must_be).in_column("period"))
}

/// A name as it may stand in emails to whoever pays: it leads nowhere, and shows what it says.
pub(super) fn name(text: &str) -> Result<(), Wrong> {
    match misleading(text) {
        None => Ok(()),
        Some(Misleading::WebAddress) => Err(Reason::WebAddress.in_column("player")),
        Some(Misleading::Direction) => Err(Reason::Direction.in_column("player")),
    }
}

/// A shape that Stripe accepts as `customer_email`; whether it is read by anybody is not known here.
pub(super) fn email(text: &str) -> Result<String, Wrong> {
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
        .ok_or(Reason::NoAddress.in_column("email"))
}

/// A currency that Stripe charges in.
pub(super) fn currency(code: &str) -> Result<Currency, Wrong> {
    let wrong = |reason: Reason| reason.in_column("currency");
    let currency =
        Currency::parse(code).ok_or_else(|| wrong(Reason::MustBe("a three-letter code")))?;
    if !currency.is_supported() {
        let code = currency.as_str().to_ascii_uppercase();
        return Err(wrong(Reason::Currency(code)));
    }
    Ok(currency)
}

/// An amount in major units, as a spreadsheet writes it.
pub(super) fn money(text: &str, currency: Currency, column: &'static str) -> Result<Money, Wrong> {
    amount::parse(text, currency).map_err(|why| {
        let reason = match why {
            BadAmount::OtherCurrency { is, asked } => Reason::OtherCurrency { is, line: asked },
            why @ (BadAmount::Format(_)
            | BadAmount::TooLarge(_)
            | BadAmount::TooSmall(_)
            | BadAmount::Step(_)
            | BadAmount::Ambiguous { .. }) => Reason::Amount(why),
        };
        reason.in_column(column)
    })
}

/// A language that pages can be in.
pub(super) fn language(text: &str) -> Result<&'static str, Wrong> {
    Language::parse(&text.to_ascii_lowercase())
        .map(Language::as_str)
        .ok_or(Reason::MustBe(Language::TAGS).in_column("language"))
}

/// An old system's id of an order, which the order keeps.
pub(super) fn order_id(text: &str) -> Result<i64, Wrong> {
    let id = text.parse::<i64>().ok();
    id.filter(|id| (1..=1 << 52).contains(id))
        .ok_or(Reason::MustBe("a positive whole number").in_column("order_id"))
}

/// A session's id.
pub(super) fn session(text: &str) -> Result<SessionId, Wrong> {
    let wrong = Reason::MustBe("like cs_…").in_column("stripe_session_id");
    SessionId::parse(text).ok_or(wrong)
}

/// The id of the session that a URL of Stripe's leads to.
pub(super) fn session_in_url(url: &str) -> Result<SessionId, Wrong> {
    let wrong = |reason: Reason| reason.in_column("checkout_url");
    let is_web = url.starts_with("https://") || url.starts_with("http://localhost");
    let fits = is_web && url.len() <= 2_000 && url.bytes().all(|b| b.is_ascii_graphic());
    if !fits {
        return Err(wrong(Reason::MustBe("an https URL")));
    }
    SessionId::in_url(url).ok_or_else(|| wrong(Reason::NoSessionInUrl))
}
