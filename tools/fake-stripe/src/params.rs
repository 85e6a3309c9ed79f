//! What each endpoint takes: a table of names and types, and the check of a form against it.
//!
//! Stripe refuses a parameter that it does not know, wherever it is nested, and this is what a
//! client's tests most need to be told. So the tables name every documented parameter, also those
//! that the fake Stripe then ignores. A checked form is a typed tree: nothing behind this module parses
//! a number or asks whether a text is an URL.

mod check;
mod create;
mod methods;

use std::collections::BTreeMap;

use crate::version::Version;
pub(crate) use check::{check, missing};
pub(crate) use create::CREATE;

/// The parameters of a hash or an endpoint.
pub(crate) type Params = &'static [(&'static str, Kind)];

/// The type of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// At most so many characters, and not empty.
    Text(usize),
    Url,
    Email,
    Int,
    /// A non-negative amount in minor units.
    Cents,
    Decimal,
    Bool,
    /// Unix seconds.
    Time,
    /// A currency's three lower-case letters.
    Currency,
    /// A country's two upper-case letters.
    Country,
    /// One of these words.
    One(&'static [&'static str]),
    Hash(Params),
    List(&'static Kind),
    /// At most 50 keys of 40 characters with values of 500 (Stripe docs, "Metadata").
    Metadata,
    /// Unix seconds, or a hash of `gt`, `gte`, `lt`, `lte`.
    TimeRange,
    /// Taken and not looked into.
    Anything,
    /// Required within its hash.
    Must(&'static Kind),
    /// Known before that version only.
    Before(Version, &'static Kind),
    /// An empty string unsets it.
    OrEmpty(&'static Kind),
}

/// A checked form: parameters by name, each with a value of its type.
pub(crate) type Args = BTreeMap<String, Arg>;

/// A checked value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arg {
    Text(String),
    Int(i64),
    Bool(bool),
    Hash(Args),
    List(Vec<Arg>),
}

/// Reading a checked form by name. A name that is absent, or of another type, is `None`.
pub(crate) trait Read {
    fn text(&self, name: &str) -> Option<&str>;
    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }
    fn int(&self, name: &str) -> Option<i64>;
    fn flag(&self, name: &str) -> Option<bool>;
    fn hash(&self, name: &str) -> Option<&Args>;
    fn list(&self, name: &str) -> &[Arg];
    /// A list of texts.
    fn texts(&self, name: &str) -> Vec<&str> {
        self.list(name).iter().filter_map(Arg::as_text).collect()
    }
    /// A hash of texts, such as metadata.
    fn pairs(&self, name: &str) -> BTreeMap<String, String>;
}

impl Read for Args {
    fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Arg::Int(number) => Some(*number),
            Arg::Text(_) | Arg::Bool(_) | Arg::Hash(_) | Arg::List(_) => None,
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Arg::Bool(flag) => Some(*flag),
            Arg::Text(_) | Arg::Int(_) | Arg::Hash(_) | Arg::List(_) => None,
        }
    }

    fn hash(&self, name: &str) -> Option<&Args> {
        self.get(name)?.as_hash()
    }

    fn list(&self, name: &str) -> &[Arg] {
        match self.get(name) {
            Some(Arg::List(list)) => list,
            Some(Arg::Text(_) | Arg::Int(_) | Arg::Bool(_) | Arg::Hash(_)) | None => &[],
        }
    }

    fn pairs(&self, name: &str) -> BTreeMap<String, String> {
        let pairs = self.hash(name).into_iter().flatten();
        pairs
            .filter_map(|(k, v)| Some((k.clone(), v.as_text()?.to_owned())))
            .collect()
    }
}

impl Arg {
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Arg::Text(text) => Some(text),
            Arg::Int(_) | Arg::Bool(_) | Arg::Hash(_) | Arg::List(_) => None,
        }
    }

    pub fn as_hash(&self) -> Option<&Args> {
        match self {
            Arg::Hash(hash) => Some(hash),
            Arg::Text(_) | Arg::Int(_) | Arg::Bool(_) | Arg::List(_) => None,
        }
    }
}

const TEXT: Kind = Kind::Text(5000);
const INTERVALS: &[&str] = &["day", "month", "week", "year"];
const EXPAND: (&str, Kind) = ("expand", Kind::List(&TEXT));
const LIMIT: (&str, Kind) = ("limit", Kind::Int);
const AFTER: (&str, Kind) = ("starting_after", TEXT);
const BEFORE: (&str, Kind) = ("ending_before", TEXT);

/// An endpoint that takes nothing but `expand`.
pub(crate) const ONLY_EXPAND: Params = &[EXPAND];

/// `GET /v1/checkout/sessions`.
pub(crate) const LIST_SESSIONS: Params = &[
    AFTER,
    BEFORE,
    ("created", Kind::TimeRange),
    ("customer", TEXT),
    ("customer_account", TEXT),
    ("customer_details", Kind::Hash(&[("email", Kind::Email)])),
    EXPAND,
    LIMIT,
    ("payment_intent", TEXT),
    ("payment_link", TEXT),
    ("status", Kind::One(&["complete", "expired", "open"])),
    ("subscription", TEXT),
];

/// `GET /v1/checkout/sessions/:id/line_items`.
pub(crate) const LIST_PLAIN: Params = &[AFTER, BEFORE, EXPAND, LIMIT];

/// `GET /v1/events`.
pub(crate) const LIST_EVENTS: Params = &[
    AFTER,
    BEFORE,
    ("created", Kind::TimeRange),
    ("delivery_success", Kind::Bool),
    EXPAND,
    LIMIT,
    ("type", TEXT),
    ("types", Kind::List(&TEXT)),
];

/// `GET /v1/charges`.
pub(crate) const LIST_CHARGES: Params = &[
    AFTER,
    BEFORE,
    ("created", Kind::TimeRange),
    ("customer", TEXT),
    EXPAND,
    LIMIT,
    ("payment_intent", TEXT),
    ("transfer_group", TEXT),
];

/// `GET /v1/refunds`.
pub(crate) const LIST_REFUNDS: Params = &[
    AFTER,
    BEFORE,
    ("charge", TEXT),
    ("created", Kind::TimeRange),
    EXPAND,
    LIMIT,
    ("payment_intent", TEXT),
];

/// `GET /v1/disputes`.
pub(crate) const LIST_DISPUTES: Params = LIST_REFUNDS;

/// `POST /v1/refunds/:id`.
pub(crate) const UPDATE_REFUND: Params = &[EXPAND, ("metadata", Kind::OrEmpty(&Kind::Metadata))];

/// `POST /v1/webhook_endpoints`.
pub(crate) const CREATE_WEBHOOK_ENDPOINT: Params = &[
    ("api_version", TEXT),
    ("connect", Kind::Bool),
    ("description", Kind::OrEmpty(&TEXT)),
    ("enabled_events", Kind::Must(&Kind::List(&TEXT))),
    EXPAND,
    ("metadata", Kind::OrEmpty(&Kind::Metadata)),
    ("url", Kind::Must(&Kind::Url)),
];

/// `POST /v1/webhook_endpoints/:id`.
pub(crate) const UPDATE_WEBHOOK_ENDPOINT: Params = &[
    ("description", Kind::OrEmpty(&TEXT)),
    ("disabled", Kind::Bool),
    ("enabled_events", Kind::List(&TEXT)),
    EXPAND,
    ("metadata", Kind::OrEmpty(&Kind::Metadata)),
    ("url", Kind::Url),
];

/// `POST /v1/refunds`.
pub(crate) const CREATE_REFUND: Params = &[
    ("amount", Kind::Int),
    ("charge", TEXT),
    ("currency", Kind::Currency),
    ("customer", TEXT),
    EXPAND,
    ("instructions_email", TEXT),
    ("metadata", Kind::OrEmpty(&Kind::Metadata)),
    ("origin", Kind::One(&["customer_balance"])),
    ("payment_intent", TEXT),
    (
        "reason",
        Kind::One(&["duplicate", "fraudulent", "requested_by_customer"]),
    ),
    ("refund_application_fee", Kind::Bool),
    ("reverse_transfer", Kind::Bool),
];
