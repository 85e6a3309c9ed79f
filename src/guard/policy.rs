//! The part of the configuration that the guard depends on.

use super::decide::Rules;
use crate::domain::{
    change::NewOrder,
    id::{Attempt, KeyMark, Mode},
    language::Language,
    order::Cause,
    time::{Millis, UnixMillis},
};

/// The settings of the guard: all that it depends on, apart from the database and Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// The settings of the decision table.
    pub rules: Rules,
    /// How long a session lives.
    pub session_lifetime: Millis,
    /// Named on the payment page.
    pub club_name: String,
    /// The language of the product's name on the payment page, unless the player has one.
    pub club_language: Language,
    /// The origin to which Stripe sends payers back.
    pub public_origin: String,
    /// The mode of Stripe's key.
    pub mode: Mode,
    /// Which key of Stripe's it is.
    pub key: KeyMark,
    /// A click that waits for another click's session pauses so long between its looks.
    pub waits: &'static [Millis],
    /// Refund a second payment for a charge at once.
    pub auto_refund: bool,
}

/// The pauses of row 9: 2 seconds in all.
pub const WAITS: &[Millis] = &[Millis(150), Millis(300), Millis(600), Millis(900)];

impl Policy {
    /// A click's request for the live place. It replaces no order.
    pub(super) fn new_order(&self, attempt: Attempt, at: UnixMillis) -> NewOrder {
        NewOrder {
            attempt,
            instead_of: None,
            at,
            session_expires_at: at.plus(self.session_lifetime),
            next_check_at: at.plus(self.rules.stale_after),
            club_name: self.club_name.clone(),
            club_language: self.club_language,
            return_origin: self.public_origin.clone(),
            cause: Cause::Click,
        }
    }
}
