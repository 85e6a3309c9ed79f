//! The `Stripe-Signature` header: proof that a delivery is Stripe's, and a recent one.
//!
//! Stripe docs, "Verify webhook signatures manually": HMAC-SHA256 of `<t>.<raw body>` under the
//! endpoint's secret; several `v1` while a secret is rolled, other schemes to be ignored.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::order::UnixMillis;

/// How far the signature's time may be from ours, in seconds, either way.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Why a delivery is refused. The word is for the answer and the log; it tells a forger nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// There is no such header.
    Missing,
    /// It is not of the form `t=…,v1=…`.
    Malformed,
    /// Its time is too long ago, or too far ahead.
    OutOfTime,
    /// No `v1` fits any of the secrets.
    Wrong,
}

impl Refused {
    /// A stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "the Stripe-Signature header is missing",
            Self::Malformed => "the Stripe-Signature header is malformed",
            Self::OutOfTime => "the signature's timestamp is outside the tolerance",
            Self::Wrong => "no signature fits",
        }
    }
}

/// Checks a delivery's signature against every secret.
///
/// # Errors
/// Why it is refused.
pub fn verify<'a>(
    header: Option<&str>,
    body: &[u8],
    secrets: impl Iterator<Item = &'a str>,
    now: UnixMillis,
) -> Result<(), Refused> {
    let (time, signatures) = parse(header.ok_or(Refused::Missing)?).ok_or(Refused::Malformed)?;
    let seconds: i64 = time.parse().map_err(|_| Refused::Malformed)?;
    let mut fits = false;
    for secret in secrets {
        for signature in &signatures {
            // No early way out: the time taken says nothing about which one fits.
            fits |= is_signed(secret, time, body, signature);
        }
    }
    let age = now.seconds().saturating_sub(seconds);
    match (fits, age.checked_abs()) {
        (false, _) => Err(Refused::Wrong),
        (true, Some(0..=TOLERANCE_SECONDS)) => Ok(()),
        (true, _) => Err(Refused::OutOfTime),
    }
}

/// The time as it was signed, to the letter, and every `v1` as bytes.
fn parse(header: &str) -> Option<(&str, Vec<[u8; 32]>)> {
    let mut time = None;
    let mut signatures = Vec::new();
    for item in header.split(',') {
        let (scheme, value) = item.trim().split_once('=')?;
        match scheme {
            "t" if time.is_some() => return None,
            "t" => time = Some(value),
            "v1" => signatures.push(from_hex(value)?),
            _ => {}
        }
    }
    let time = time.filter(|time| !time.is_empty() && time.bytes().all(|b| b.is_ascii_digit()))?;
    (!signatures.is_empty()).then_some((time, signatures))
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = (digit(0)? * 16 + digit(1)?) as u8;
    }
    Some(bytes)
}

fn is_signed(secret: &str, time: &str, body: &[u8], signature: &[u8; 32]) -> bool {
    // An HMAC takes a key of any length.
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).is_ok_and(|mut mac| {
        mac.update(time.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac.verify_slice(signature).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with OpenSSL: printf '1800000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const SIGNATURE: &str = "45705be2a45ab5acdd1395cc695e9e7073125385ec24194921c401dff44176f8";
    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn check(header: &str, secrets: &str, now: i64) -> Result<(), Refused> {
        verify(
            Some(header),
            BODY,
            secrets.split(','),
            UnixMillis(now * 1000),
        )
    }

    fn good() -> String {
        format!("t=1800000000,v1={SIGNATURE}")
    }

    #[test]
    fn a_real_vector_fits() {
        assert_eq!(check(&good(), "whsec_test", 1_800_000_000), Ok(()));
    }

    #[test]
    fn secrets_can_be_rolled_and_schemes_added() {
        assert_eq!(
            check(&good(), "whsec_new,whsec_test", 1_800_000_000),
            Ok(())
        );
        let zeros = "0".repeat(64);
        let several = format!("t=1800000000,v0=abc,v1={zeros},v1={SIGNATURE}");
        assert_eq!(check(&several, "whsec_test", 1_800_000_000), Ok(()));
    }

    #[test]
    fn five_minutes_either_way() {
        for (now, verdict) in [
            (1_800_000_300, Ok(())),
            (1_799_999_700, Ok(())),
            (1_800_000_301, Err(Refused::OutOfTime)),
            (1_799_999_699, Err(Refused::OutOfTime)),
        ] {
            assert_eq!(check(&good(), "whsec_test", now), verdict, "{now}");
        }
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(
            verify(None, BODY, ["whsec_test"].into_iter(), NOW),
            Err(Refused::Missing)
        );
        assert_eq!(
            check(&good(), "whsec_other", 1_800_000_000),
            Err(Refused::Wrong)
        );
        let other_body = verify(Some(&good()), b"{}", ["whsec_test"].into_iter(), NOW);
        assert_eq!(other_body, Err(Refused::Wrong));
        let other_time = format!("t=1800000001,v1={SIGNATURE}");
        assert_eq!(
            check(&other_time, "whsec_test", 1_800_000_000),
            Err(Refused::Wrong)
        );
        for malformed in [
            "",
            "t=",
            "t=1800000000",
            "v1=00",
            &format!("v1={SIGNATURE}"),
            "t=x,v1=00",
            "t=1,v1=zz",
            &format!("t=-1,v1={SIGNATURE}"),
            &format!("t=1,t=2,v1={SIGNATURE}"),
            &format!("t=99999999999999999999,v1={SIGNATURE}"),
        ] {
            assert_eq!(
                check(malformed, "whsec_test", 1_800_000_000),
                Err(Refused::Malformed),
                "{malformed}"
            );
        }
    }
}
