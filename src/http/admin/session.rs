//! A browser's session: a signed cookie that names an operator for 12 hours.
//!
//! Nothing is stored. The signature's key is the operator's own secret, so a session is void as soon as its
//! entry of `ADMIN_TOKEN` is gone or has another secret.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    domain::{
        operator::{Operator, OperatorName, Operators},
        secret::Secret,
        time::{Millis, UnixMillis},
    },
    encode::hex,
};

/// The cookie's name. A browser takes a `__Host-` cookie only over https or from localhost, for all paths of
/// this host and no other (RFC 6265bis, "The __Host- Prefix").
const NAME: &str = "__Host-operator";
/// How long a session lasts.
pub const LIFETIME: Millis = Millis::minutes(12 * 60);

/// The `Set-Cookie` of a session that begins now.
#[must_use]
pub fn begin(operator: &Operator, now: UnixMillis) -> String {
    let ends = now.plus(LIFETIME);
    let (name, signature) = (operator.name.as_str(), signature(operator, ends));
    let seconds = LIFETIME.0 / 1000;
    format!(
        "{NAME}={name}.{}.{}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict",
        ends.0,
        signature.reveal()
    )
}

/// The `Set-Cookie` that ends a session.
#[must_use]
pub fn end() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict")
}

/// Whom a `Cookie` header names, if the session is signed, has not ended, and its operator is still one.
#[must_use]
pub fn operator<'a>(
    cookies: &str,
    operators: &'a Operators,
    now: UnixMillis,
) -> Option<&'a OperatorName> {
    let mut values = cookies
        .split(';')
        .filter_map(|cookie| cookie.trim().split_once('='));
    let (_, value) = values.find(|(name, _)| *name == NAME)?;
    let (name, rest) = value.split_once('.')?;
    let (ends, given) = rest.split_once('.')?;
    let ends = UnixMillis(ends.parse().ok()?);
    let operator = operators.get(name)?;
    let is_signed = signature(operator, ends).is(given);
    (is_signed && now < ends && ends <= now.plus(LIFETIME)).then_some(&operator.name)
}

/// HMAC-SHA256 of who and until when, in hex; compared as a secret is.
fn signature(operator: &Operator, ends: UnixMillis) -> Secret {
    let key = operator.secret.reveal().as_bytes();
    // HMAC takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!());
    mac.update(format!("session of an operator\n{}\n{}", operator.name, ends.0).as_bytes());
    Secret::new(hex(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn operators(list: &str) -> Operators {
        Operators::parse(list).unwrap_or_else(|why| unreachable!("{why}"))
    }

    fn cookie(operators: &Operators, name: &str) -> String {
        let operator = operators.get(name).unwrap_or_else(|| unreachable!());
        let set = begin(operator, NOW);
        set.split(';').next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_session_names_its_operator_until_it_ends() {
        let all = operators(
            "treasurer:0123456789abcdef0123456789abcdef,other:fedcba9876543210fedcba9876543210",
        );
        let cookie = cookie(&all, "treasurer");
        let named = |cookies: &str, now| operator(cookies, &all, now).map(OperatorName::as_str);
        assert_eq!(named(&cookie, NOW), Some("treasurer"));
        assert_eq!(
            named(&format!("a=b; {cookie}; c=d"), NOW),
            Some("treasurer")
        );
        assert_eq!(
            named(&cookie, NOW.plus(Millis(LIFETIME.0 - 1))),
            Some("treasurer")
        );
        assert_eq!(named(&cookie, NOW.plus(LIFETIME)), None);
    }

    #[test]
    fn a_session_is_void_once_its_entry_is_gone_or_something_in_it_was_changed() {
        let all = operators("treasurer:0123456789abcdef0123456789abcdef");
        let cookie = cookie(&all, "treasurer");
        for (list, what) in [
            (
                "treasurer:another-secret-of-32-characters!",
                "another secret",
            ),
            ("other:0123456789abcdef0123456789abcdef", "another name"),
        ] {
            assert!(operator(&cookie, &operators(list), NOW).is_none(), "{what}");
        }
        let two = operators(
            "treasurer:0123456789abcdef0123456789abcdef,other:fedcba9876543210fedcba9876543210",
        );
        for changed in [
            cookie.replace("treasurer", "other"),
            cookie.replace(
                &NOW.plus(LIFETIME).0.to_string(),
                &(NOW.plus(LIFETIME).0 - 1).to_string(),
            ),
            cookie[..cookie.len() - 1].to_owned(),
            format!("{}g", &cookie[..cookie.len() - 1]),
            format!("{NAME}="),
            String::new(),
        ] {
            assert!(operator(&changed, &two, NOW).is_none(), "{changed}");
        }
    }
}
