//! API versions: which exist, and what an object looked like in each.
//!
//! Stripe keeps an object in one shape and renders it in the version that a call, an event or an
//! endpoint names (Stripe docs, "Versioning"). So does this crate: objects are made in the newest
//! shape, and [`shaped`] undoes one breaking change after the other. Additions are left in: Stripe
//! adds members to old versions too (Stripe docs, "Backward-compatible changes").

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

/// A version of Stripe's API, ordered by its date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(&'static str);

/// A text that names no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVersion(pub String);

/// The versions that are taken, oldest first: those that a release of Stripe's library for Node.js
/// pinned (its CHANGELOG). Older ones have a payment intent in an open session, which is not
/// modeled.
const KNOWN: &[&str] = &[
    "2022-08-01",
    "2022-11-15",
    "2023-08-16",
    "2023-10-16",
    "2024-04-10",
    "2024-06-20",
    "2024-09-30.acacia",
    "2024-10-28.acacia",
    "2024-11-20.acacia",
    "2024-12-18.acacia",
    "2025-01-27.acacia",
    "2025-02-24.acacia",
    "2025-03-31.basil",
    "2025-04-30.basil",
    "2025-05-28.basil",
    "2025-06-30.basil",
    "2025-07-30.basil",
    "2025-08-27.basil",
    "2025-09-30.clover",
    "2025-10-29.clover",
    "2025-11-17.clover",
    "2025-12-15.clover",
    "2026-01-28.clover",
    "2026-02-25.clover",
    "2026-03-25.dahlia",
    "2026-04-22.dahlia",
    "2026-05-27.dahlia",
    "2026-06-24.dahlia",
    "2026-07-29.dahlia",
    "2026-08-26.dahlia",
    "2026-09-30.endive",
    "2026-10-28.endive",
];

impl Version {
    /// The oldest version that is modeled.
    pub const OLDEST: Self = Self("2022-08-01");
    /// The newest version, and every default.
    pub const NEWEST: Self = Self("2026-10-28.endive");
    /// The version of many an older integration. There a failed refund of a charge emits
    /// `charge.refund.updated` alone.
    pub const V2023_08_16: Self = Self("2023-08-16");
    /// The first version with `refund.created`, `refund.updated` and `refund.failed` for all refunds
    /// (Changelog, "Adds created, updated, and failed events for all refund types").
    pub const V2024_10_28_ACACIA: Self = Self("2024-10-28.acacia");

    /// `capture_method` of new intents is `automatic_async` (Changelog, 2024-04-10).
    const ASYNC_CAPTURE: Self = Self("2024-04-10");
    /// `invoice` left charges and intents; `shipping_details` left sessions (Changelog, basil).
    const BASIL: Self = Self("2025-03-31.basil");
    /// New names of `ui_mode` (Changelog, "Updates available Checkout Session UI modes").
    pub(crate) const UI_MODES: Self = Self("2026-03-25.dahlia");
    /// `line_items[].dynamic_tax_rates` is gone.
    pub(crate) const NO_DYNAMIC_TAX_RATES: Self = Self("2026-07-29.dahlia");
    /// `payment_method_types` is gone from the parameters (Changelog, "Removes the payment method
    /// types parameter from Checkout Sessions").
    pub(crate) const NO_METHOD_TYPES: Self = Self("2026-09-30.endive");

    /// The version of that name, such as `2023-08-16` or `2026-10-28.endive`.
    pub fn parse(text: &str) -> Option<Self> {
        KNOWN.iter().find(|known| **known == text).map(|n| Self(n))
    }

    /// All versions, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|name| Self(name))
    }

    /// The name, as `Stripe-Version` carries it.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no version of the API", self.0)
    }
}

impl std::error::Error for UnknownVersion {}

/// An object of the newest shape, and all objects within it, as that version has them.
pub(crate) fn shaped(mut value: Value, version: Version) -> Value {
    reshape(&mut value, version);
    value
}

fn reshape(value: &mut Value, version: Version) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(|e| reshape(e, version)),
        Value::Object(map) => reshape_object(map, version),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn reshape_object(map: &mut Map<String, Value>, version: Version) {
    match map.get("object").and_then(Value::as_str) {
        // An event keeps the shape that it was created in, whatever version a call names.
        Some("event") => return,
        Some("checkout.session") => reshape_session(map, version),
        Some("payment_intent") => reshape_intent(map, version),
        Some("charge") => reshape_charge(map, version),
        Some(_) | None => {}
    }
    map.values_mut().for_each(|part| reshape(part, version));
}

fn reshape_session(map: &mut Map<String, Value>, version: Version) {
    if version < Version::UI_MODES
        && let Some(mode) = map.get("ui_mode").and_then(Value::as_str)
    {
        let old = old_ui_mode(mode).into();
        map.insert("ui_mode".into(), old);
    }
    if version < Version::BASIL {
        map.insert("shipping_details".into(), Value::Null);
    }
}

fn reshape_intent(map: &mut Map<String, Value>, version: Version) {
    if version < Version::BASIL {
        map.insert("invoice".into(), Value::Null);
    }
    if version < Version::ASYNC_CAPTURE {
        map.insert("capture_method".into(), "automatic".into());
    }
}

fn reshape_charge(map: &mut Map<String, Value>, version: Version) {
    if version < Version::BASIL {
        map.insert("invoice".into(), Value::Null);
    }
}

fn old_ui_mode(mode: &str) -> &str {
    match mode {
        "hosted_page" => "hosted",
        "embedded_page" => "embedded",
        "elements" => "custom",
        other => other,
    }
}
