//! The words of the books as types: ids, money, times, and an order whose state carries its data.
//!
//! A row of `orders` decodes into an [`Order`], and its status into an [`OrderState`] that holds just
//! what that state has: a paid order has the time of its payment, a canceled one its reason. Code that
//! matches on it need not ask which columns happen to be filled.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A time, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// A length of time, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// That many minutes.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes * 60_000)
    }
}

impl UnixMillis {
    /// The time since `earlier`; negative where `earlier` is in fact later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// This time moved on by `length`.
    #[must_use]
    pub const fn plus(self, length: Millis) -> Self {
        Self(self.0.saturating_add(length.0))
    }

    /// Whole seconds since the Unix epoch, as Stripe counts time.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

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

macro_rules! stripe_id {
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

stripe_id!(
    /// The id of a Stripe Checkout Session, `cs_…`.
    SessionId
);
stripe_id!(
    /// The id of a Stripe PaymentIntent, `pi_…`.
    PaymentIntentId
);
stripe_id!(
    /// The id of a Stripe Event, `evt_…`.
    EventId
);

impl SessionId {
    /// Reads an id as Stripe writes it: `cs_`, then letters, digits and underscores.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("cs_")?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        ((1..=250).contains(&rest.len()) && rest.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
}

/// An ISO 4217 code in lower case, as Stripe writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollars.
    pub const USD: Self = Self(*b"usd");

    /// Reads a three-letter code, in either case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(bytes.map(|b| b.to_ascii_lowercase())))
    }

    /// The code in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl TryFrom<String> for Currency {
    type Error = &'static str;
    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code).ok_or("not a currency code")
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount in minor units (cents) of a currency with two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units: 13500 is 135.00.
    pub minor: i64,
    /// The currency that they are units of.
    pub currency: Currency,
}

impl fmt::Display for Money {
    /// As a person reads it: `135.00 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.currency.as_str().to_ascii_uppercase();
        write!(f, "{}.{:02} {code}", self.minor / 100, self.minor % 100)
    }
}

/// Who or what moved an order; the `cause` of its audit row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A person's visit.
    Click,
    /// A person's return from Stripe Checkout.
    Return,
    /// An event that Stripe delivered.
    Webhook,
    /// The sweep.
    Sweep,
}

impl Cause {
    /// As it stands in the books.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Return => "return",
            Self::Webhook => "webhook",
            Self::Sweep => "sweep",
        }
    }
}

/// Why an order was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// Not paid within the time, and replaced by a fresh one.
    Stale,
    /// The charge's amount or currency has changed since.
    AmountChanged,
    /// Its URL leads to a host that we do not send people to.
    UnusableUrl,
    /// Its session expired at Stripe.
    Expired,
    /// Its bank debit failed.
    PaymentFailed,
    /// Stripe answered its create call with an error that it repeats.
    StripeError,
    /// Another order of the charge turned out to be paid.
    PaidElsewhere,
}

impl CancelReason {
    /// As it stands in the books.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::AmountChanged => "amount_changed",
            Self::UnusableUrl => "unusable_url",
            Self::Expired => "expired",
            Self::PaymentFailed => "payment_failed",
            Self::StripeError => "stripe_error",
            Self::PaidElsewhere => "paid_elsewhere",
        }
    }
}

/// Where an order came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Claimed here: its create call can be replayed.
    Guard,
    /// Carried over from an old system: only a session id that came along can be asked about.
    Import,
}

/// A session as far as an order knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KnownSession {
    /// Absent where an old system's URL came without its id.
    pub id: Option<SessionId>,
    /// Where a person pays.
    pub url: Option<String>,
}

/// What an order's status says, with the data of that status.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Waiting for its payment.
    Pending {
        /// `None` until Stripe's answer is stored.
        session: Option<KnownSession>,
    },
    /// Paid.
    Paid {
        /// When.
        at: UnixMillis,
        /// Stripe's receipt page.
        receipt_url: Option<String>,
    },
    /// Given up.
    Canceled {
        /// When.
        at: UnixMillis,
    },
    /// Paid, and then paid back in full.
    Refunded {
        /// When it was paid back.
        at: UnixMillis,
    },
}

/// One attempt to pay a charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// What it pays.
    pub charge: ChargeId,
    /// How much.
    pub money: Money,
    /// When it was claimed, or created in the old system.
    pub created_at: UnixMillis,
    /// Where it came from.
    pub origin: Origin,
    /// Its status and that status's data.
    pub state: OrderState,
    /// Stripe's session for it, whatever the status.
    pub session: Option<SessionId>,
    /// The payment that Stripe took for it.
    pub payment_intent: Option<PaymentIntentId>,
    /// Minor units paid back so far.
    pub refunded_minor: i64,
    /// What a write must name to win the compare-and-set.
    pub version: i64,
    /// How often the sweep has looked at it.
    pub checks: i64,
    /// What its create call says besides, frozen at the claim.
    pub terms: Terms,
}

/// The parameters of an order's create call that do not follow from its other columns.
///
/// Frozen when the order is claimed: Stripe refuses an Idempotency-Key that comes back with other
/// parameters (Stripe's API reference, "Idempotent requests").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Terms {
    /// What the payment page calls the thing paid for.
    pub product_name: String,
    /// Prefilled on the payment page.
    pub customer_email: Option<String>,
    /// The origin of the pages that Stripe leads back to.
    pub return_origin: String,
    /// When the session dies by itself.
    pub session_expires_at: UnixMillis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_people_write_it() {
        let usd = |minor| Money {
            minor,
            currency: Currency::USD,
        };
        assert_eq!(usd(13_500).to_string(), "135.00 USD");
        assert_eq!(usd(5).to_string(), "0.05 USD");
    }

    #[test]
    fn a_session_id_is_read_strictly() {
        assert!(SessionId::parse("cs_test_a1B2").is_some());
        for bad in ["", "cs_", "pi_1", "cs_1/../x", "cs_1?a", "cs_é"] {
            assert!(SessionId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_currency_is_three_letters() {
        assert_eq!(
            Currency::parse("EUR").map(String::from).as_deref(),
            Some("eur")
        );
        assert!(Currency::parse("us").is_none() && Currency::parse("us1").is_none());
    }
}
