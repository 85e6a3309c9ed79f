//! The first checks of a call: its key, its API version, and that its body is a form.

use crate::account::{Caller, Owner};
use crate::config::Config;
use crate::error::ApiError;
use crate::form::Form;
use crate::version::Version;
use crate::wire::Request;

/// Owner secret key it is (Stripe docs, "Authentication"): a bearer token, or the user name of Basic.
/// The key's mode says whose objects it sees (Stripe docs, "API keys"). A live key is refused
/// unless the account is configured as live.
pub(crate) fn authorize(request: &Request, config: &Config) -> Result<Caller, ApiError> {
    let Some(key) = request.header("Authorization").and_then(secret_key) else {
        return Err(ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization \
             header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ));
    };
    let rest = key.strip_prefix("sk_").or(key.strip_prefix("rk_"));
    let livemode = rest.is_some_and(|rest| rest.starts_with("live_"));
    let owner = if config.other_account_keys.contains(&key) {
        Owner::Other
    } else {
        Owner::First
    };
    if livemode && owner == Owner::First && !config.livemode {
        return Err(ApiError::unauthorized(
            "This is a fake Stripe in test mode: never send it a live key.",
        ));
    }
    let is_taken = match owner {
        Owner::First => config.api_key.as_ref().is_none_or(|only| *only == key),
        Owner::Other => true,
    };
    if rest.is_none_or(str::is_empty) || !is_taken {
        return Err(ApiError::unauthorized("Invalid API Key provided."));
    }
    Ok(Caller { owner, livemode })
}

/// The version that a call is answered in: that of `Stripe-Version`, else the account's own (Stripe
/// docs, "Versioning").
pub(crate) fn version(request: &Request, default: Version) -> Result<Version, ApiError> {
    match request.header("Stripe-Version") {
        None => Ok(default),
        Some(name) => Version::parse(name)
            .ok_or_else(|| ApiError::invalid(format!("Invalid Stripe API version: {name}"))),
    }
}

/// Decodes the query and the body together.
pub(crate) fn decode(request: &Request) -> Result<Form, ApiError> {
    let kind = request.header("Content-Type").unwrap_or_default();
    let is_form = kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded");
    if !is_form && !request.body.is_empty() {
        let message = format!("Invalid request: the body is '{kind}' and must be a form.");
        return Err(ApiError::invalid(message));
    }
    let malformed = |why| ApiError::invalid(format!("Invalid request: {why}."));
    let mut form = Form::decode(request.target().1.as_bytes()).map_err(malformed)?;
    form.extend(&request.body).map_err(malformed)?;
    Ok(form)
}

fn secret_key(authorization: &str) -> Option<String> {
    let (scheme, value) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Some(value.trim().to_owned())
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(base64(value.trim())?).ok()?;
        Some(decoded.split(':').next()?.to_owned())
    } else {
        None
    }
}

/// Decodes base64 with or without its padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}
