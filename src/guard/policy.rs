//! What the guard depends on besides the database and Stripe: the configuration's part of it.

use super::decide::Rules;
use crate::domain::{
    change::NewOrder,
    id::{Attempt, Mode},
    order::Cause,
    time::{Millis, UnixMillis},
};

/// What the guard depends on besides the database and Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// What the table depends on.
    pub rules: Rules,
    /// How long a session lives.
    pub session_lifetime: Millis,
    /// Named on the payment page.
    pub club_name: String,
    /// Where Stripe leads back to.
    pub public_origin: String,
    /// The mode of Stripe's key.
    pub mode: Mode,
    /// The pauses after which a click looks again whether another one has stored its session.
    pub waits: &'static [Millis],
    /// Refund a second payment for a charge at once.
    pub auto_refund: bool,
}

/// The pauses of row 9: 2 seconds in all.
pub const WAITS: &[Millis] = &[Millis(150), Millis(300), Millis(600), Millis(900)];

impl Policy {
    /// An order of a click, with nothing to replace.
    pub(super) fn new_order(&self, attempt: Attempt, at: UnixMillis) -> NewOrder {
        NewOrder {
            attempt,
            instead_of: None,
            at,
            session_expires_at: at.plus(self.session_lifetime),
            next_check_at: at.plus(self.rules.stale_after),
            club_name: self.club_name.clone(),
            return_origin: self.public_origin.clone(),
            cause: Cause::Click,
        }
    }
}
