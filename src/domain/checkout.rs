//! The charge that a click names, and everything that the decision table asks about it.

use super::{
    charge::{Charge, ChargeName},
    id::Attempt,
    order::Order,
    time::UnixMillis,
    token::TokenHash,
};

/// How a click names its charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChargeRef {
    /// By a link. It must be neither revoked nor expired.
    Link(TokenHash),
    /// By what is unique of a charge. No link is asked about.
    Player(ChargeName),
    /// By one of its orders, whatever became of it. No link is asked about: only who was led to the order's session
    /// knows its attempt.
    Attempt(Attempt),
}

/// When a link stops leading anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkState {
    /// From then on it is expired.
    pub expires_at: Option<UnixMillis>,
    /// It was taken back.
    pub revoked: bool,
}

/// A charge and all that the decision table asks about it, read at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checkout {
    /// Whether the link still leads anywhere. If no link is asked about, it is as one that is valid.
    pub link: LinkState,
    /// The charge.
    pub charge: Charge,
    /// The charge's live order, else its refunded one, else `None`.
    pub order: Option<Order>,
}
