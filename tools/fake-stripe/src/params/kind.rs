//! The types of parameters, of which the tables are made.

use crate::version::Version;

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
    /// One of these values.
    One(&'static [&'static str]),
    Hash(Params),
    List(&'static Kind),
    /// At most 50 keys of 40 characters with values of 500 (Stripe docs, "Metadata").
    Metadata,
    /// Unix seconds, or a hash of `gt`, `gte`, `lt`, `lte`.
    TimeRange,
    /// Accepted and not checked.
    Anything,
    /// Required within its hash.
    Must(&'static Kind),
    /// Known before that version only.
    Before(Version, &'static Kind),
    /// An empty string unsets it.
    OrEmpty(&'static Kind),
}

/// The longest text of a parameter without a length of its own.
pub(super) const TEXT: Kind = Kind::Text(5000);
pub(super) const INTERVALS: &[&str] = &["day", "month", "week", "year"];
