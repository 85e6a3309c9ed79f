//! A payment that lands on a canceled order. It is recorded there, and never dropped: it becomes the
//! charge's payment if nothing else was paid, and an incident otherwise.

use super::{
    acts::{mark_paid, payment_incident},
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

/// Where a late payment ended, in a word, and the transaction that puts it there.
pub(crate) type Placed = (&'static str, Commit);

/// Finds the place of a payment that landed on a canceled order. It becomes the charge's paid order, unless
/// the charge is paid already. An order that is only pending ends first, at Stripe too, so that it cannot
/// be paid as well.
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
            // Which of the two counts shows when the bank has answered: if it says no, this one takes the
            // place in the same transaction.
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
    // That it is recorded is known already.
    if !is_duplicate || commit.moves.len() > 1 {
        ports.commit(&commit).await?;
        return Ok(());
    }
    match &payment.payment_intent {
        Some(intent) if policy.auto_refund => refund_duplicate(ports, intent).await,
        Some(_) | None => Ok(()),
    }
}

/// Refunds a duplicate payment, if the charge's other payment still stands: in the database, read again,
/// and at Stripe, asked again. So never both go back.
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
        // It has become the payment that counts meanwhile.
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
