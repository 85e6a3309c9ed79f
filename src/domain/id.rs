//! Ids: of our rows, and of Stripe's objects.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

row_id!(
    /// The id of a row of `charges`.
    ChargeId
);
row_id!(
    /// The id of a row of `orders`; also Stripe's `client_reference_id`.
    OrderId
);

row_id!(
    /// The id of a row of `incidents`.
    IncidentId
);
row_id!(
    /// The id of a row of `messages`: an email to whoever pays.
    EmailId
);
row_id!(
    /// The id of a row of `players`; not the club's own id of the player.
    PlayerId
);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

text_id!(
    /// The id of a Stripe Checkout Session, `cs_…`.
    SessionId
);
text_id!(
    /// The id of a Stripe PaymentIntent, `pi_…`.
    PaymentIntentId
);
text_id!(
    /// The id of a Stripe Event, `evt_…`.
    EventId
);
text_id!(
    /// The id of a Stripe Refund, `re_…`, or of a Dispute that was lost, `dp_…`.
    RefundId
);
text_id!(
    /// The random name of this database, made by its first migration. Two databases on one Stripe
    /// account tell their events apart by it.
    InstallationId
);
text_id!(
    /// 128 random bits in hex that name an order at Stripe: in its `Idempotency-Key` and its metadata. After
    /// the database was restored, an order's id can be used a second time. An attempt cannot.
    Attempt
);

text_id!(
    /// 128 random bits in hex that name a refund that was asked for here: in its `Idempotency-Key` and its metadata at
    /// Stripe.
    RequestId
);

/// One of Stripe's two modes. Their objects, keys and events never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// No money moves.
    Test,
    /// Money moves.
    Live,
}

impl Mode {
    /// As people and logs call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// The mode of an object whose `livemode` is this.
    #[must_use]
    pub const fn of_livemode(livemode: bool) -> Self {
        if livemode { Self::Live } else { Self::Test }
    }
}

/// Tells one of Stripe's secret keys from another: the beginning of its SHA-256. From it nobody can find the key, which is
/// random and long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyMark(pub u64);

impl KeyMark {
    /// The mark of a key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        let digest = Sha256::digest(key.as_bytes());
        let first = digest.first_chunk::<8>();
        Self(first.map_or(0, |bytes| u64::from_be_bytes(*bytes)))
    }
}

impl SessionId {
    /// Reads an id as Stripe writes it: `cs_`, then letters, digits and underscores.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("cs_")?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        ((1..=250).contains(&rest.len()) && rest.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// Finds the id in the URL of a payment page: `https://checkout.stripe.com/c/pay/cs_live_…#fid…`.
    #[must_use]
    pub fn in_url(url: &str) -> Option<Self> {
        let path = url.split(['?', '#']).next()?;
        path.split('/').skip(3).find_map(Self::parse)
    }

    /// The mode that its prefix names; `None` for an id of neither form.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        if self.0.starts_with("cs_live_") {
            Some(Mode::Live)
        } else if self.0.starts_with("cs_test_") {
            Some(Mode::Test)
        } else {
            None
        }
    }
}

impl RequestId {
    /// From random bytes; the first 16 are used.
    #[must_use]
    pub fn new(random: &[u8; 32]) -> Self {
        let (half, _) = random.split_at(16);
        Self(crate::encode::hex(half))
    }
}

impl Attempt {
    /// The length of its text.
    pub const LENGTH: usize = 32;

    /// From random bytes; the first 16 are used.
    #[must_use]
    pub fn new(random: &[u8; 32]) -> Self {
        let (half, _) = random.split_at(16);
        Self(crate::encode::hex(half))
    }

    /// Reads an attempt as [`Self::new`] writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == Self::LENGTH && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_is_read_strictly() {
        assert!(SessionId::parse("cs_test_a1B2").is_some());
        for bad in ["", "cs_", "pi_1", "cs_1/../x", "cs_1?a", "cs_é"] {
            assert!(SessionId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_attempt_is_read_strictly() {
        let attempt = Attempt::new(&[0x5a; 32]);
        assert_eq!(Attempt::parse(&attempt.0), Some(attempt));
        for bad in [
            "",
            "5a",
            &"5A".repeat(16),
            &"5a".repeat(17),
            &"zz".repeat(16),
        ] {
            assert!(Attempt::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_payment_pages_url_names_its_session() {
        let found = |url: &str| SessionId::in_url(url).map(|id| id.0);
        let id = Some("cs_live_a1".to_owned());
        assert_eq!(
            found("https://checkout.stripe.com/c/pay/cs_live_a1#fidkdWxOYHw"),
            id
        );
        assert_eq!(
            found("https://pay.club.example/c/pay/cs_live_a1?x=cs_test_2"),
            id
        );
        for none in [
            "https://checkout.stripe.com/c/pay/",
            "https://cs_live_a1/",
            "https://checkout.stripe.com/#/cs_live_a1",
            "",
        ] {
            assert_eq!(found(none), None, "{none}");
        }
    }

    #[test]
    fn the_mode_stands_in_the_id() {
        let mode = |id: &str| SessionId(id.to_owned()).mode();
        assert_eq!(mode("cs_test_1"), Some(Mode::Test));
        assert_eq!(mode("cs_live_1"), Some(Mode::Live));
        assert_eq!(mode("cs_1"), None);
    }
}
