//! The proof of holding a charge's one live place. Imports only the domain, so that the ports can name it.

use crate::domain::{
    change::NewOrder,
    checkout::Checkout,
    order::{Order, OrderState},
};

/// Proof that an order holds its charge's one live place. It has everything that the create call needs.
///
/// Only the guard makes one: for a request that has just won the compare-and-set, or for a pending order that
/// an earlier winner left without a session. Code that could create a session without one does not compile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    order: Order,
}

impl Claim {
    /// The claim of a request that has just won.
    pub(in crate::guard) fn won(checkout: &Checkout, new: &NewOrder) -> Option<Self> {
        let order = checkout.order.as_ref()?;
        (order.attempt == new.attempt)
            .then(|| Self::left_behind(order))
            .flatten()
    }

    /// The claim of a pending order without a session, whoever won it.
    pub(in crate::guard) fn left_behind(order: &Order) -> Option<Self> {
        let is_pending = match order.state {
            OrderState::Pending { .. } => true,
            OrderState::Paid { .. } | OrderState::Canceled | OrderState::Refunded { .. } => false,
        };
        (is_pending && order.is_ours() && order.session.is_none()).then(|| Self {
            order: order.clone(),
        })
    }

    /// The order that holds the place.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// The `Idempotency-Key` of its create call: a function of the order's attempt and nothing else.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("checkout_{}", self.order.attempt)
    }
}
