//! One attempt to pay a charge.
//!
//! A row of `orders` decodes into an [`Order`], and its status into an [`OrderState`] that holds just
//! what that state has. Code that matches on it need not ask which columns happen to be filled.

use serde::{Deserialize, Serialize};

use super::{
    charge::{ChargeName, Owed},
    id::{Attempt, ChargeId, InstallationId, OrderId, PaymentIntentId, SessionId},
    money::Money,
    payment::{Payment, Waiting},
    time::{Millis, UnixMillis},
};

/// The cause of a change of an order; written to its audit row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A person's visit.
    Click,
    /// A person's return from Stripe Checkout.
    Return,
    /// An event that Stripe delivered.
    Webhook,
    /// The cron.
    Reconcile,
    /// Reading Stripe's sessions after the database was restored.
    Restore,
    /// A payer's bank took the money back.
    DisputeLost,
    /// An operator.
    Operator,
}

impl Cause {
    /// As it stands in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Return => "return",
            Self::Webhook => "webhook",
            Self::Reconcile => "reconcile",
            Self::Restore => "restore",
            Self::DisputeLost => "dispute_lost",
            Self::Operator => "operator",
        }
    }
}

/// Why an order was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// Not paid within the time, and replaced by a fresh one.
    Stale,
    /// The charge's amount or currency has changed since.
    AmountChanged,
    /// The charge was closed.
    ChargeClosed,
    /// It has no URL that we send people to.
    UnusableUrl,
    /// Its session expired at Stripe.
    Expired,
    /// Its bank debit failed.
    PaymentFailed,
    /// Stripe answered its create call with an error that a retry does not change.
    StripeError,
    /// Another order of the charge turned out to be paid.
    PaidElsewhere,
    /// An operator canceled it, or recorded another payment.
    Operator,
    /// An operator gave its payment page up, which Stripe does not know, after its time.
    GivenUp,
}

impl CancelReason {
    /// As it stands in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::AmountChanged => "amount_changed",
            Self::ChargeClosed => "charge_closed",
            Self::UnusableUrl => "unusable_url",
            Self::Expired => "expired",
            Self::PaymentFailed => "payment_failed",
            Self::StripeError => "stripe_error",
            Self::PaidElsewhere => "paid_elsewhere",
            Self::Operator => "operator",
            Self::GivenUp => "given_up",
        }
    }
}

/// Where an order came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Claimed here.
    Guard,
    /// Carried over from an old system. Stripe can be asked only about a session id that came along, and need
    /// not know it.
    Import,
    /// Made anew from Stripe's session, after the database was restored to a point before its claim.
    Stripe,
}

/// An order's status, with the data of that status.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Waiting for its payment.
    Pending {
        /// Stripe's URL at which a person pays; `None` until it is stored.
        url: Option<String>,
        /// Whom its money waits for, if an event or Stripe has said that its session is complete.
        waiting: Option<Waiting>,
    },
    /// Paid.
    Paid {
        /// When, as Stripe says.
        at: UnixMillis,
        /// Stripe's receipt page.
        receipt_url: Option<String>,
    },
    /// Given up. A payment that landed on it all the same is in [`Order::payment`].
    Canceled,
    /// Paid, and the money went back.
    Refunded {
        /// When it went back.
        at: UnixMillis,
        /// The payer's bank took it.
        by_dispute: bool,
    },
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The charge it pays.
    pub charge: ChargeId,
    /// Its name at Stripe.
    pub attempt: Attempt,
    /// The name of this database at Stripe.
    pub installation: InstallationId,
    /// How much.
    pub money: Money,
    /// When it was claimed, or created in the old system.
    pub created_at: UnixMillis,
    /// Where it came from.
    pub origin: Origin,
    /// It was paid without Stripe: cash, a check, a transfer.
    pub is_offline: bool,
    /// Its status and that status's data.
    pub state: OrderState,
    /// Stripe's session for it, whatever the status.
    pub session: Option<SessionId>,
    /// The payment that Stripe took for it, whatever the status.
    pub payment: Option<Taken>,
    /// The version that a write must name to win the compare-and-set.
    pub version: i64,
    /// How often the cron has looked at it without a result.
    pub checks: i64,
    /// The other parameters of its create call, frozen at the claim.
    pub terms: Terms,
    /// The amount owed for its charge now.
    pub owed: Owed,
}

/// A payment as an order's row records it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Taken {
    /// Absent for a session that needed none.
    pub payment_intent: Option<PaymentIntentId>,
    /// Minor units that were taken.
    pub minor: i64,
    /// Minor units that went back so far.
    pub refunded_minor: i64,
}

impl Taken {
    /// Whether all of it went back.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.refunded_minor >= self.minor
    }
}

/// The parameters of an order's create call that do not follow from its other columns.
///
/// Frozen when the order is claimed: Stripe refuses an Idempotency-Key that comes back with other
/// parameters (Stripe's API reference, "Idempotent requests").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Terms {
    /// The name of the thing paid for, on the payment page.
    pub product_name: String,
    /// Prefilled on the payment page.
    pub customer_email: Option<String>,
    /// The origin of the pages that Stripe leads back to.
    pub return_origin: String,
    /// When the session ends by itself.
    pub session_expires_at: UnixMillis,
    /// Its charge's name, for the metadata; read only if the order is pending without a session.
    pub charge_name: Option<ChargeName>,
}

impl Order {
    /// Whether its create call can be replayed.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        match self.origin {
            Origin::Guard => true,
            Origin::Import | Origin::Stripe => false,
        }
    }

    /// Whether Stripe need not know its session. Only an imported session id may be from anywhere, and only as long as Stripe has
    /// said nothing about it: neither its URL, nor that it is complete, nor its payment.
    #[must_use]
    pub const fn may_be_unknown(&self) -> bool {
        let was_seen = match &self.state {
            OrderState::Pending { url, waiting } => url.is_some() || waiting.is_some(),
            OrderState::Paid { .. } | OrderState::Canceled | OrderState::Refunded { .. } => {
                self.payment.is_some()
            }
        };
        match self.origin {
            Origin::Import => !was_seen,
            Origin::Guard | Origin::Stripe => false,
        }
    }

    /// From when on nobody can pay in its session any more, whatever account it is of. A session that was not made here
    /// may live for a day (Stripe's API reference, "Create a Checkout Session", `expires_at`).
    #[must_use]
    pub const fn ends_by_itself(&self) -> UnixMillis {
        match self.origin {
            Origin::Guard => self.terms.session_expires_at.plus(Millis::minutes(1)),
            Origin::Import | Origin::Stripe => self.created_at.plus(Millis::minutes(24 * 60 + 1)),
        }
    }

    /// Why the charge is no longer what the order was claimed for; `None` if it still is.
    #[must_use]
    pub fn is_outdated(&self) -> Option<CancelReason> {
        if self.owed.closed {
            Some(CancelReason::ChargeClosed)
        } else if self.owed.money != self.money {
            Some(CancelReason::AmountChanged)
        } else {
            None
        }
    }

    /// How much of its payment has gone back.
    #[must_use]
    pub fn refunded(&self) -> Money {
        let taken = self.payment.as_ref();
        Money {
            minor: taken.map_or(0, |taken| taken.refunded_minor),
            ..self.money
        }
    }

    /// The payment that its row records, in the form in which Stripe reports one.
    #[must_use]
    pub fn recorded(&self) -> Option<Payment> {
        let taken = self.payment.as_ref()?;
        Some(Payment {
            session: self.session.clone()?,
            payment_intent: taken.payment_intent.clone(),
            money: Some(Money {
                minor: taken.minor,
                ..self.money
            }),
            at: None,
            details: None,
        })
    }
}
