//! The `Stripe-Signature` header: proof that a delivery is Stripe's, and a recent one.
//!
//! Stripe docs, "Verify webhook signatures manually": HMAC-SHA256 of `<t>.<raw body>` under the endpoint's
//! secret; there are several `v1` while a secret is rolled, and other schemes must be ignored.
//!
//! Anybody can send a delivery, so the header is checked in two steps. First its form, its time and the
//! number of its signatures are checked, before the body is read. Then the body is hashed once for each
//! secret, however many signatures there are.

use hmac::{
    Hmac, KeyInit, Mac,
    digest::{CtOutput, Output},
};
use sha2::Sha256;

use crate::domain::time::UnixMillis;

/// How far the signature's time may be from ours, in seconds, either way.
pub const TOLERANCE_SECONDS: i64 = 300;

/// How many `v1` a header may hold. Stripe sends one for each secret of an endpoint: two while one is rolled.
pub const MOST_SIGNATURES: usize = 10;

/// Why a delivery is refused. The word is for the answer and the log; it tells a forger nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// There is no such header.
    Missing,
    /// It is not of the form `t=…,v1=…`.
    Malformed,
    /// It holds more than [`MOST_SIGNATURES`].
    TooMany,
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
            Self::TooMany => "the Stripe-Signature header holds too many signatures",
            Self::OutOfTime => "the signature's timestamp is outside the tolerance",
            Self::Wrong => "no signature fits",
        }
    }
}

/// A header's time and signatures. Nothing is verified yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// `t`, in unix seconds.
    pub time: i64,
    /// `t` as it was signed, to the letter.
    time_text: String,
    /// Every `v1`.
    signatures: Vec<[u8; 32]>,
}

impl Signature {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Refused::Missing`], [`Refused::Malformed`] or [`Refused::TooMany`].
    pub fn parse(header: Option<&str>) -> Result<Self, Refused> {
        let header = header.ok_or(Refused::Missing)?;
        let (mut time_text, mut signatures) = (None, Vec::new());
        for item in header.split(',') {
            let (scheme, value) = item.trim().split_once('=').ok_or(Refused::Malformed)?;
            match scheme {
                "t" if time_text.is_some() => return Err(Refused::Malformed),
                "t" => time_text = Some(value),
                "v1" if signatures.len() == MOST_SIGNATURES => return Err(Refused::TooMany),
                "v1" => signatures.push(from_hex(value).ok_or(Refused::Malformed)?),
                _ => {}
            }
        }
        let time_text = time_text
            .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
            .ok_or(Refused::Malformed)?;
        let time = time_text.parse().map_err(|_| Refused::Malformed)?;
        if signatures.is_empty() {
            return Err(Refused::Malformed);
        }
        Ok(Self {
            time,
            time_text: time_text.to_owned(),
            signatures,
        })
    }

    /// Whether its time is near ours.
    ///
    /// # Errors
    /// [`Refused::OutOfTime`].
    pub fn in_time(&self, now: UnixMillis) -> Result<(), Refused> {
        if now.seconds().abs_diff(self.time) <= TOLERANCE_SECONDS.unsigned_abs() {
            Ok(())
        } else {
            Err(Refused::OutOfTime)
        }
    }

    /// Whether one of the secrets signed this body. Hashes the body once for each secret.
    ///
    /// # Errors
    /// [`Refused::Wrong`].
    pub fn verify<'a>(
        &self,
        body: &[u8],
        secrets: impl Iterator<Item = &'a str>,
    ) -> Result<(), Refused> {
        let mut fits = false;
        for secret in secrets {
            // An HMAC takes a key of any length.
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
                continue;
            };
            mac.update(self.time_text.as_bytes());
            mac.update(b".");
            mac.update(body);
            let made = mac.finalize();
            for signature in &self.signatures {
                // Compared in constant time and without an early exit: the time taken does not show which one
                // fits.
                fits |= made == CtOutput::new(Output::<Hmac<Sha256>>::from(*signature));
            }
        }
        if fits { Ok(()) } else { Err(Refused::Wrong) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    // Made with OpenSSL: printf '1800000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const SIGNATURE: &str = "45705be2a45ab5acdd1395cc695e9e7073125385ec24194921c401dff44176f8";

    fn check(header: &str, secrets: &str, now: i64) -> Result<(), Refused> {
        let signature = Signature::parse(Some(header))?;
        signature.in_time(UnixMillis(now * 1000))?;
        signature.verify(BODY, secrets.split(','))
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
        assert_eq!(Signature::parse(None), Err(Refused::Missing));
        assert_eq!(
            check(&good(), "whsec_other", 1_800_000_000),
            Err(Refused::Wrong)
        );
        let other_body = Signature::parse(Some(&good()))
            .and_then(|signature| signature.verify(b"{}", ["whsec_test"].into_iter()));
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

    #[test]
    fn ten_signatures_are_read_and_not_one_more() {
        let zeros = format!("v1={},", "0".repeat(64)).repeat(9);
        let ten = format!("t=1800000000,{zeros}v1={SIGNATURE}");
        assert_eq!(check(&ten, "whsec_test", 1_800_000_000), Ok(()));
        for more in [1, 1_590] {
            let more = format!(",v1={SIGNATURE}").repeat(more);
            assert_eq!(
                check(&format!("{ten}{more}"), "whsec_test", 1_800_000_000),
                Err(Refused::TooMany)
            );
        }
        // Other schemes are not read at all.
        let others = format!("{}{}", good(), ",v0=x".repeat(100));
        assert_eq!(check(&others, "whsec_test", 1_800_000_000), Ok(()));
    }

    #[test]
    fn the_time_is_told_before_anything_is_hashed() {
        let read = |time: i64| {
            Signature::parse(Some(&format!("t={time},v1={SIGNATURE}")))
                .and_then(|signature| signature.in_time(UnixMillis(1_800_000_000_999)))
        };
        for (time, verdict) in [
            (1_800_000_300, Ok(())),
            (1_799_999_700, Ok(())),
            (1_800_000_301, Err(Refused::OutOfTime)),
            (1_799_999_699, Err(Refused::OutOfTime)),
            (0, Err(Refused::OutOfTime)),
            (i64::MAX, Err(Refused::OutOfTime)),
        ] {
            assert_eq!(read(time), verdict, "{time}");
        }
    }
}
