//! Ids in Stripe's shapes, one type each so that a charge is never passed for its payment intent.
//!
//! They come from a seed and a counter: the same calls give the same ids in every run.

use std::fmt;
use std::ops::Deref;

use crate::random::Random;

/// An id that can be made from the seeded generator.
pub(crate) trait Id: AsRef<str> + Clone {
    fn make(random: &mut Random) -> Self;
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl Id for $name {
            fn make(random: &mut Random) -> Self {
                Self(format!("{}{}", $prefix, random.token($length)))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&$name> for serde_json::Value {
            fn from(id: &$name) -> Self {
                Self::from(id.0.as_str())
            }
        }
    };
}

id! {
    /// A Checkout Session's id: `cs_test_a1...`, or `cs_live_a1...`.
    SessionId, "cs_test_a1", 56
}

impl SessionId {
    /// A session's id, which shows its mode.
    pub(crate) fn in_mode(livemode: bool, random: &mut Random) -> Self {
        let id: Self = Id::make(random);
        if livemode {
            Self(id.0.replacen("cs_test_", "cs_live_", 1))
        } else {
            id
        }
    }
}

id! {
    /// A PaymentIntent's id: `pi_...`.
    PaymentIntentId, "pi_3", 23
}
id! {
    /// A charge's id: `ch_...`.
    ChargeId, "ch_3", 23
}
id! {
    /// A refund's id: `re_...`.
    RefundId, "re_3", 23
}
id! {
    /// A dispute's id: `dp_...`.
    DisputeId, "dp_1", 23
}
id! {
    /// An event's id: `evt_...`.
    EventId, "evt_1", 23
}
id! {
    /// A line item's id: `li_...`.
    LineItemId, "li_1", 23
}
id! {
    /// A webhook endpoint's id: `we_...`.
    WebhookEndpointId, "we_1", 23
}
id! {
    /// The id of one API request: `req_...`.
    RequestId, "req_", 14
}
