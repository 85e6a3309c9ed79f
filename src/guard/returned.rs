//! A person who comes back from Stripe Checkout: their order is brought into line at once, so that nobody
//! waits for a webhook.

use super::{payment::mark_paid, policy::Policy, session};
use crate::{
    domain::{
        change::{Committed, Lookup},
        error::GuardError,
        id::{Attempt, ChargeId, OrderId, SessionId},
        money::Money,
        order::{Cause, Order, OrderState},
        payment::{Payment, SessionState, Waiting},
        time::UnixMillis,
    },
    ports::Ports,
};

/// The answer to a person who comes back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    /// The money was taken.
    Paid {
        /// The order.
        order: OrderId,
        /// When it was paid.
        at: UnixMillis,
        /// How much.
        money: Money,
        /// The charge it was for.
        charge: ChargeId,
        /// Stripe's receipt page, if it is known.
        receipt_url: Option<String>,
    },
    /// A delayed payment is on its way.
    Processing {
        /// Whom it waits for.
        waiting: Waiting,
        /// The charge it is for.
        charge: ChargeId,
    },
    /// The session took no money.
    NotPaid {
        /// The order, whose charge can be paid yet.
        attempt: Attempt,
    },
    /// The session's delayed payment came to nothing.
    Failed {
        /// The order, whose charge can be paid again.
        attempt: Attempt,
    },
    /// Nothing can be said yet: the session is not in the database, for example, or its payment landed on a canceled
    /// order.
    Unknown,
}

impl Returned {
    /// The charge that was paid, if that is known.
    #[must_use]
    pub const fn charge(&self) -> Option<ChargeId> {
        match self {
            Self::Paid { charge, .. } | Self::Processing { charge, .. } => Some(*charge),
            Self::NotPaid { .. } | Self::Failed { .. } | Self::Unknown => None,
        }
    }
}

/// Brings the order of a person who comes back into line with Stripe.
///
/// # Errors
/// A [`GuardError`]: the webhook or the cron does it later.
pub async fn returned<P: Ports>(
    ports: &P,
    policy: &Policy,
    id: &SessionId,
) -> Result<Returned, GuardError> {
    let lookup = Lookup {
        session: Some(id.clone()),
        ..Lookup::default()
    };
    let Some(order) = ports.find(&lookup).await?.order else {
        return Ok(Returned::Unknown);
    };
    let is_pending = match &order.state {
        OrderState::Paid { at, receipt_url } => {
            return Ok(paid(&order, *at, order.money, receipt_url.clone()));
        }
        OrderState::Refunded { .. } => return Ok(Returned::Unknown),
        OrderState::Pending { .. } => true,
        // The session says why: it expired, or its payment failed.
        OrderState::Canceled => false,
    };
    let Some(found) = session::retrieve(ports, policy, &order, id).await? else {
        return Ok(Returned::Unknown);
    };
    match found.state {
        SessionState::Paid(payment) if is_pending => record(ports, &order, payment).await,
        // The webhook, or the cron, finds out whether it counts.
        SessionState::Paid(_) => Ok(Returned::Unknown),
        SessionState::Processing(waiting) => Ok(Returned::Processing {
            waiting,
            charge: order.charge,
        }),
        SessionState::Open { .. } | SessionState::Expired => Ok(Returned::NotPaid {
            attempt: order.attempt,
        }),
        SessionState::Failed => Ok(Returned::Failed {
            attempt: order.attempt,
        }),
    }
}

async fn record<P: Ports>(
    ports: &P,
    order: &Order,
    payment: Payment,
) -> Result<Returned, GuardError> {
    let now = ports.now();
    let details = payment.details.as_ref();
    let receipt_url = details.and_then(|details| details.receipt_url.clone());
    let money = payment.money.unwrap_or(order.money);
    let returned = paid(order, payment.at.unwrap_or(now), money, receipt_url);
    let commit = mark_paid(order, payment, Cause::Return, now);
    // If somebody else was faster, they have seen the same payment.
    let (Committed::Done | Committed::Conflict) = ports.commit(&commit).await?;
    Ok(returned)
}

fn paid(order: &Order, at: UnixMillis, money: Money, receipt_url: Option<String>) -> Returned {
    Returned::Paid {
        order: order.id,
        at,
        money,
        charge: order.charge,
        receipt_url,
    }
}
