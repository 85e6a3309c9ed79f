//! A payment that lands on a canceled order. It is recorded there, and never dropped: it becomes the
//! charge's payment if nothing else was paid, and an incident otherwise.

use super::{
    payment::{mark_paid, payment_incident},
    policy::Policy,
    refunds,
    session::{self, Ended},
};
use crate::{
    domain::{
        change::{Commit, Lookup, To},
        error::{GuardError, StripeError},
        id::PaymentIntentId,
        incident::{IncidentChange, IncidentKind},
        order::{CancelReason, Cause, Order, OrderState},
        payment::{NewRefund, Payment},
    },
    ports::Ports,
};

/// One word for what becomes of a late payment, and the transaction that does it.
pub(crate) type Placed = (&'static str, Commit);

/// Decides what becomes of a payment that landed on a canceled order. That order becomes the charge's paid
/// order, unless the charge is paid already. If another order is pending, its session is ended at Stripe
/// first, so that it cannot be paid as well.
pub(crate) async fn place<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    payment: &Payment,
    commit: Commit,
) -> Result<Placed, GuardError> {
    let Some(other) = ports.live_order(order.charge).await? else {
        return Ok(adopt(order, payment, commit));
    };
    match &other.state {
        OrderState::Canceled | OrderState::Refunded { .. } => Ok(adopt(order, payment, commit)),
        OrderState::Paid { .. } => Ok(duplicate(order, payment, commit)),
        OrderState::Pending { .. } => match session::end(ports, policy, &other, commit.at).await? {
            Ended::Unpayable(_) => {
                let canceled = To::Canceled(CancelReason::PaidElsewhere);
                Ok(adopt(order, payment, commit.moving(&other, canceled)))
            }
            Ended::Paid(its) => {
                let paid = mark_paid(&other, its, commit.cause, commit.at);
                let mut commit = commit;
                commit.moves.extend(paid.moves);
                Ok(duplicate(order, payment, commit))
            }
            // Which of the two payments counts depends on the bank. If it refuses, the transaction that
            // cancels the other order gives the place to this one.
            Ended::Processing(_) => Ok(duplicate(order, payment, commit)),
        },
    }
}

fn adopt(order: &Order, payment: &Payment, commit: Commit) -> Placed {
    ("adopted", commit.moving(order, To::Paid(payment.clone())))
}

fn duplicate(order: &Order, payment: &Payment, commit: Commit) -> Placed {
    let kind = IncidentKind::DuplicatePayment;
    let detail = "Another payment for the same charge was taken, or is at work at a bank.";
    let incident = payment_incident(kind, order, payment, detail.to_owned());
    let commit = commit
        .moving(order, To::Recorded(payment.clone()))
        .with(IncidentChange::Open(incident));
    (kind.as_str(), commit)
}

/// Looks again at a payment that waits for its place or its refund.
///
/// # Errors
/// A [`GuardError`]: the next run looks again.
pub(crate) async fn review<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    payment: &Payment,
    commit: Commit,
) -> Result<(), GuardError> {
    let (word, commit) = place(ports, policy, order, payment, commit).await?;
    let is_duplicate = word == IncidentKind::DuplicatePayment.as_str();
    // A duplicate is recorded already. It is written only if the other order changes too.
    if !is_duplicate || commit.moves.len() > 1 {
        ports.commit(&commit).await?;
        return Ok(());
    }
    match &payment.payment_intent {
        Some(intent) if policy.auto_refund => refund_duplicate(ports, intent).await,
        Some(_) | None => Ok(()),
    }
}

/// Refunds a duplicate payment if the charge's other payment still stands. The database is read again for
/// that, and Stripe is asked again. So never both payments go back.
///
/// # Errors
/// A [`GuardError`]: the cron tries again.
pub(crate) async fn refund_duplicate<P: Ports>(
    ports: &P,
    payment: &PaymentIntentId,
) -> Result<(), GuardError> {
    let lookup = Lookup {
        payment_intent: Some(payment.clone()),
        ..Lookup::default()
    };
    let Some(order) = ports.find(&lookup).await?.order else {
        return Ok(());
    };
    let is_waiting = order.state == OrderState::Canceled
        && order.payment.as_ref().is_some_and(|taken| {
            taken.payment_intent.as_ref() == Some(payment) && !taken.is_gone()
        });
    if !is_waiting {
        return Ok(());
    }
    let Some(counted) = ports.live_order(order.charge).await? else {
        return Ok(());
    };
    if counted.id == order.id {
        // This has become the payment that counts.
        return Ok(());
    }
    let stands = match &counted.state {
        OrderState::Paid { .. } => match counted.payment.and_then(|taken| taken.payment_intent) {
            Some(intent) => !refunds::any_counts(&ports.refunds(&intent).await?),
            None => true,
        },
        OrderState::Pending { .. } | OrderState::Canceled | OrderState::Refunded { .. } => false,
    };
    if !stands {
        return Ok(());
    }
    let refund = NewRefund {
        payment: payment.clone(),
        part: None,
    };
    match ports.refund(&refund).await {
        // What is refused (a disputed payment, say) waits for a person: the incident stays open.
        Ok(()) | Err(StripeError::Refused(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let commit = Commit::new(Cause::Reconcile, ports.now());
    let commit = refunds::refreshed(ports, &order, payment, commit).await?;
    ports.commit(&commit).await?;
    Ok(())
}
