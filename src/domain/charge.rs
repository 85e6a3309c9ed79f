//! What is owed once, and the link that leads there.

use super::{
    id::{Attempt, ChargeId, InstallationId},
    money::Money,
    order::Order,
    time::UnixMillis,
};

/// An amount owed once; not Stripe's Charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// How much is owed now; an order froze what was owed when it was claimed.
    pub money: Money,
    /// No longer to be paid.
    pub closed: bool,
    /// No session is created before then: Stripe refused the last ones.
    pub create_after: Option<UnixMillis>,
}

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

/// What a charge is to be paid with next, as it was when an order of it was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owed {
    /// How much.
    pub money: Money,
    /// Nothing any more: the charge is closed.
    pub closed: bool,
}

impl Owed {
    /// The amount that a payment should have now.
    #[must_use]
    pub const fn now(&self) -> Money {
        if self.closed {
            Money {
                minor: 0,
                ..self.money
            }
        } else {
            self.money
        }
    }
}

/// Who made a Stripe object, from its metadata: written by our create call and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The database.
    pub installation: InstallationId,
    /// The order.
    pub attempt: Attempt,
    /// The charge.
    pub charge: ChargeId,
}
