//! A browser's session: a signed cookie that names an operator. It ends 60 minutes after it was used last, or 12 hours
//! after it began. Each answer to it carries a new cookie.
//!
//! The signature's key is the operator's own secret, so a session is void as soon as its entry of `ADMIN_TOKEN` is gone or
//! has another secret. All that is stored is when an operator logged out, in [`crate::store::operators`].

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    domain::{
        operator::{Operator, Operators},
        secret::Secret,
        time::{Millis, UnixMillis},
    },
    encode::hex,
};

/// The cookie's name. A browser takes a `__Host-` cookie only over https or from localhost, for all paths of
/// this host and no other (RFC 6265bis, "The __Host- Prefix").
const NAME: &str = "__Host-operator";
/// How long a session lasts, however much it is used.
pub const LIFETIME: Millis = Millis::minutes(12 * 60);
/// How long it lasts without being used.
pub const IDLE: Millis = Millis::minutes(60);

/// A session of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// When its operator logged in.
    pub began: UnixMillis,
    /// When it was used last.
    pub used: UnixMillis,
}

impl Session {
    /// One that begins.
    #[must_use]
    pub const fn begin(at: UnixMillis) -> Self {
        Self {
            began: at,
            used: at,
        }
    }

    /// The operator whom a `Cookie` header names, with their session, if it is signed, has not ended, and the operator is
    /// still one.
    #[must_use]
    pub fn read<'a>(
        cookies: &str,
        operators: &'a Operators,
        now: UnixMillis,
    ) -> Option<(&'a Operator, Self)> {
        let mut values = cookies
            .split(';')
            .filter_map(|cookie| cookie.trim().split_once('='));
        let (_, value) = values.find(|(name, _)| *name == NAME)?;
        let mut parts = value.split('.');
        let (name, began, used, given) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let operator = operators.get(name)?;
        let session = Self {
            began: UnixMillis(began.parse().ok()?),
            used: UnixMillis(used.parse().ok()?),
        };
        let is_whole = parts.next().is_none() && session.signature(operator).is(given);
        let lasts = now < session.began.plus(LIFETIME) && now < session.used.plus(IDLE);
        (is_whole && lasts).then_some((operator, session))
    }

    /// The `Set-Cookie` of this session, used now.
    #[must_use]
    pub fn used(self, operator: &Operator, now: UnixMillis) -> String {
        let session = Self { used: now, ..self };
        let Self { began, used } = session;
        let name = operator.name.as_str();
        let seconds = (began.plus(LIFETIME).0 - now.0) / 1000;
        format!(
            "{NAME}={name}.{}.{}.{}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict",
            began.0,
            used.0,
            session.signature(operator).reveal()
        )
    }

    /// HMAC-SHA256 of who, since when and until when, in hex; compared as a secret is.
    fn signature(self, operator: &Operator) -> Secret {
        let key = operator.secret.reveal().as_bytes();
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!());
        let Self { began, used } = self;
        let name = operator.name.as_str();
        let text = format!("session of an operator\n{name}\n{}\n{}", began.0, used.0);
        mac.update(text.as_bytes());
        Secret::new(hex(&mac.finalize().into_bytes()))
    }
}

/// The `Set-Cookie` that has a browser forget its session.
#[must_use]
pub fn end() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const MINUTE: Millis = Millis::minutes(1);

    fn operators(list: &str) -> Operators {
        Operators::parse(list).unwrap_or_else(|why| unreachable!("{why}"))
    }

    fn two() -> Operators {
        operators(
            "treasurer:0123456789abcdef0123456789abcdef,other:fedcba9876543210fedcba9876543210",
        )
    }

    /// The cookie that a browser sends back of a `Set-Cookie`.
    fn sent(set: &str) -> String {
        set.split(';').next().unwrap_or_default().to_owned()
    }

    fn cookie(operators: &Operators, name: &str) -> String {
        let operator = operators.get(name).unwrap_or_else(|| unreachable!());
        sent(&Session::begin(NOW).used(operator, NOW))
    }

    fn named(cookies: &str, now: UnixMillis) -> Option<String> {
        let all = two();
        let read = Session::read(cookies, &all, now);
        read.map(|(operator, _)| operator.name.as_str().to_owned())
    }

    fn is_over(cookies: &str, now: UnixMillis) -> bool {
        named(cookies, now).is_none()
    }

    #[test]
    fn a_session_names_its_operator_until_it_is_not_used_for_an_hour() {
        let cookie = cookie(&two(), "treasurer");
        let treasurer = Some("treasurer".to_owned());
        assert_eq!(named(&cookie, NOW), treasurer);
        let among = format!("a=b; {cookie}; c=d");
        assert_eq!(named(&among, NOW.plus(MINUTE)), treasurer);
        assert_eq!(named(&cookie, NOW.plus(Millis(IDLE.0 - 1))), treasurer);
        assert!(is_over(&cookie, NOW.plus(IDLE)));
    }

    #[test]
    fn a_session_that_is_used_ends_after_twelve_hours() {
        let all = two();
        let (mut now, mut last) = (NOW, cookie(&all, "other"));
        while let Some((operator, session)) = Session::read(&last, &all, now) {
            assert_eq!((operator.name.as_str(), session.began), ("other", NOW));
            let set = session.used(operator, now);
            let left = (NOW.plus(LIFETIME).0 - now.0) / 1000;
            assert!(set.contains(&format!("; Max-Age={left};")), "{set}");
            last = sent(&set);
            now = now.plus(Millis::minutes(59));
        }
        assert!(now >= NOW.plus(LIFETIME) && now.0 < NOW.plus(LIFETIME).0 + IDLE.0);
        assert!(!is_over(&last, NOW.plus(Millis(LIFETIME.0 - 1))));
    }

    #[test]
    fn a_session_is_void_once_its_entry_is_gone_or_something_in_it_was_changed() {
        let cookie = cookie(&two(), "treasurer");
        for (list, what) in [
            (
                "treasurer:another-secret-of-32-characters!",
                "another secret",
            ),
            ("other:0123456789abcdef0123456789abcdef", "another name"),
        ] {
            assert!(
                Session::read(&cookie, &operators(list), NOW).is_none(),
                "{what}"
            );
        }
        let now = NOW.0.to_string();
        let later = (NOW.0 + 1).to_string();
        for changed in [
            cookie.replace("treasurer", "other"),
            // When it began, and when it was used.
            cookie.replacen(&now, &later, 1),
            cookie.replace(&format!(".{now}.{now}."), &format!(".{now}.{later}.")),
            cookie.replace(&format!(".{now}.{now}."), &format!(".{now}.")),
            cookie[..cookie.len() - 1].to_owned(),
            format!("{}g", &cookie[..cookie.len() - 1]),
            format!("{cookie}.1"),
            format!("{NAME}="),
            String::new(),
        ] {
            assert!(is_over(&changed, NOW), "{changed}");
        }
        assert!(!is_over(&cookie, NOW));
    }
}
