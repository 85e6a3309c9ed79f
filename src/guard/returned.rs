//! A person who comes back from Stripe Checkout: their order is brought into line at once, so that nobody
//! waits for a webhook.

use super::{acts::mark_paid, policy::Policy, session};
use crate::{
    domain::{
        change::{Committed, Lookup},
        error::GuardError,
        id::SessionId,
        money::Money,
        order::{Cause, OrderState},
        payment::{SessionState, Waiting},
    },
    ports::Ports,
};

/// What a person who comes back is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    /// The money was taken.
    Paid {
        /// How much, if it is known.
        money: Option<Money>,
    },
    /// A delayed payment is on its way.
    Processing(Waiting),
    /// The session took no money.
    NotPaid,
    /// Nothing can be said yet: the session is not in the database, for example, or its order is canceled.
    Unknown,
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
    match order.state {
        OrderState::Paid { .. } => {
            let money = Some(order.money);
            return Ok(Returned::Paid { money });
        }
        OrderState::Refunded { .. } | OrderState::Canceled => return Ok(Returned::Unknown),
        OrderState::Pending { .. } => {}
    }
    let Some(found) = session::retrieve(ports, policy, &order, id).await? else {
        return Ok(Returned::Unknown);
    };
    match found.state {
        SessionState::Paid(payment) => {
            let money = payment.money;
            let commit = mark_paid(&order, payment, Cause::Return, ports.now());
            // If somebody else was faster, they have seen the same payment.
            let (Committed::Done | Committed::Conflict) = ports.commit(&commit).await?;
            Ok(Returned::Paid { money })
        }
        SessionState::Processing(waiting) => Ok(Returned::Processing(waiting)),
        SessionState::Open { .. } | SessionState::Expired | SessionState::Failed => {
            Ok(Returned::NotPaid)
        }
    }
}
