//! A link, and everything that the decision table asks about it.

use super::{charge::Charge, order::Order, time::UnixMillis};

/// When a link stops leading anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkState {
    /// From then on it is expired.
    pub expires_at: Option<UnixMillis>,
    /// It was taken back.
    pub revoked: bool,
}

/// A link and all that the decision table asks about it, read at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checkout {
    /// Whether the link itself still leads anywhere.
    pub link: LinkState,
    /// What it leads to.
    pub charge: Charge,
    /// The charge's live order, else its refunded one, else `None`.
    pub order: Option<Order>,
}
