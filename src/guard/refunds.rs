//! Money that goes back. A refund belongs to its payment, and Stripe's list of that payment's refunds
//! decides. So the sum is right whatever the order of the events, and also after a refund has failed.

use super::{policy::Policy, session};
use crate::{
    domain::{
        change::{Commit, Lookup, RefundsOf, To},
        error::GuardError,
        id::{PaymentIntentId, SessionId},
        order::{Cause, Order},
        payment::{Refund, SessionState},
    },
    ports::Ports,
};

/// Whether any of these refunds counts as money that went back.
pub(crate) fn any_counts(refunds: &[Refund]) -> bool {
    refunds.iter().any(|refund| refund.status.counts())
}

/// Adds to a transaction what Stripe's list says about a payment's refunds.
pub(crate) async fn refreshed<P: Ports>(
    ports: &P,
    order: &Order,
    payment_intent: &PaymentIntentId,
    commit: Commit,
) -> Result<Commit, GuardError> {
    let refunds = ports.refunds(payment_intent).await?;
    Ok(written(order, payment_intent, refunds, commit))
}

/// Adds a payment's refunds to a transaction. If the order has that payment, it counts them.
pub(crate) fn written(
    order: &Order,
    payment_intent: &PaymentIntentId,
    refunds: Vec<Refund>,
    mut commit: Commit,
) -> Commit {
    commit.refunds = Some(RefundsOf {
        payment_intent: payment_intent.clone(),
        refunds,
    });
    let taken = order.payment.as_ref();
    let is_its = taken.is_some_and(|taken| taken.payment_intent.as_ref() == Some(payment_intent));
    if is_its {
        commit.moving(order, To::Refunds)
    } else {
        commit
    }
}

/// Asks Stripe for what a webhook does not say about a payment, and stores it.
///
/// # Errors
/// A [`GuardError`]: the cron asks again.
pub(crate) async fn details_of<P: Ports>(
    ports: &P,
    policy: &Policy,
    session: &SessionId,
) -> Result<(), GuardError> {
    let lookup = Lookup {
        session: Some(session.clone()),
        ..Lookup::default()
    };
    if let Some(order) = ports.find(&lookup).await?.order
        && order.payment.is_some()
    {
        let commit = detailed(ports, policy, &order, Cause::Webhook).await?;
        ports.commit(&commit).await?;
    }
    Ok(())
}

/// The transaction that stores the details of an order's payment.
pub(crate) async fn detailed<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    cause: Cause,
) -> Result<Commit, GuardError> {
    let commit = Commit::new(cause, ports.now());
    let Some(id) = &order.session else {
        return Ok(commit.moving(order, To::Checked));
    };
    let found = session::retrieve(ports, policy, order, id).await?;
    let Some(SessionState::Paid(payment)) = found.map(|session| session.state) else {
        return Ok(commit.moving(order, To::Checked));
    };
    let details = payment.details;
    let receipt_url = details.as_ref().and_then(|it| it.receipt_url.clone());
    let commit = commit.moving(order, To::Details { receipt_url });
    match payment.payment_intent {
        Some(intent) if details.is_none_or(|details| details.has_refunds) => {
            refreshed(ports, order, &intent, commit).await
        }
        Some(_) | None => Ok(commit),
    }
}
