//! Money that goes back. A refund belongs to its payment, and Stripe's list of that payment's refunds
//! decides. So the sum is right whatever the order of the events, and also after a refund has failed.

use super::{policy::Policy, session};
use crate::{
    domain::{
        change::{Commit, Committed, Lookup, RefundsOf, Transition},
        error::GuardError,
        id::{OrderId, PaymentIntentId, SessionId},
        incident::{Incident, IncidentChange, IncidentKind},
        order::{Cause, Order, OrderState},
        payment::{Refund, RefundReason, SessionState},
    },
    ports::Ports,
};

/// Whether any of these refunds counts as money that went back.
pub(crate) fn any_counts(refunds: &[Refund]) -> bool {
    refunds.iter().any(|refund| refund.status.counts())
}

/// Minor units of the refunds that count, in the order's currency.
pub(crate) fn sum(order: &Order, refunds: &[Refund]) -> i64 {
    refunds
        .iter()
        .filter(|refund| refund.status.counts() && refund.money.currency == order.money.currency)
        .map(|refund| refund.money.minor)
        .sum()
}

/// How an order is looked for by its id.
pub(crate) fn of_order(order: OrderId) -> Lookup {
    Lookup {
        order: Some(order),
        ..Lookup::default()
    }
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
    let foreign = refunds
        .iter()
        .filter(|refund| refund.status.counts() && refund.money.currency != order.money.currency);
    let told = foreign.map(|refund| IncidentChange::Open(in_another_currency(order, refund)));
    commit.incidents.extend(told);
    commit.refunds = Some(RefundsOf {
        payment_intent: payment_intent.clone(),
        refunds,
    });
    let taken = order.payment.as_ref();
    let is_its = taken.is_some_and(|taken| taken.payment_intent.as_ref() == Some(payment_intent));
    if is_its {
        commit.moving(order, Transition::Refunds)
    } else {
        commit
    }
}

/// An amount in another currency is never taken for one in the order's.
fn in_another_currency(order: &Order, refund: &Refund) -> Incident {
    let (money, owed) = (refund.money, order.money.currency.shown());
    let detail = match refund.reason {
        RefundReason::Refund => format!(
            "A refund of {money} of a payment in {owed}. It is not counted: see in Stripe's dashboard how much went back."
        ),
        RefundReason::DisputeLost => format!(
            "A dispute over {money} of a payment in {owed} was lost. The whole payment counts as gone: see in Stripe's \
             dashboard how much it was."
        ),
    };
    Incident {
        order: Some(order.id),
        charge: Some(order.charge),
        session: order.session.clone(),
        payment_intent: order
            .payment
            .as_ref()
            .and_then(|it| it.payment_intent.clone()),
        money: Some(money),
        ..Incident::new(IncidentKind::AmountMismatch, refund.id.to_string(), detail)
    }
}

/// Asks Stripe for what a webhook does not say about a payment, or about one that has yet to come, and stores it.
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
    let Some(order) = ports.find(&lookup).await?.order else {
        return Ok(());
    };
    let commit = match &order.state {
        OrderState::Pending { waiting, .. } => {
            let found = session::retrieve(ports, policy, &order, session).await?;
            match found.map(|session| session.state) {
                Some(SessionState::Processing(now)) if waiting.as_ref() != Some(&now) => {
                    Commit::new(Cause::Webhook, ports.now()).moving(&order, Transition::Waits(now))
                }
                // What else it has become has an event of its own.
                Some(
                    SessionState::Processing(_)
                    | SessionState::Open { .. }
                    | SessionState::Expired
                    | SessionState::Paid(_)
                    | SessionState::Failed,
                )
                | None => return Ok(()),
            }
        }
        OrderState::Paid { .. } | OrderState::Canceled | OrderState::Refunded { .. } => {
            if order.payment.is_none() {
                return Ok(());
            }
            detailed(ports, policy, &order, Cause::Webhook).await?
        }
    };
    ports.commit(&commit).await?;
    Ok(())
}

/// The same of an order that was paid just now. If it is not as it should be by now, it is read.
///
/// # Errors
/// A [`GuardError`]: the cron asks again.
pub(crate) async fn details_of_paid<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
) -> Result<(), GuardError> {
    let commit = detailed(ports, policy, order, Cause::Webhook).await?;
    match (ports.commit(&commit).await?, &order.session) {
        (Committed::Conflict, Some(session)) => details_of(ports, policy, session).await,
        (Committed::Done | Committed::Conflict, _) => Ok(()),
    }
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
        return Ok(commit.moving(order, Transition::Checked));
    };
    let found = session::retrieve(ports, policy, order, id).await?;
    let Some(SessionState::Paid(payment)) = found.map(|session| session.state) else {
        return Ok(commit.moving(order, Transition::Checked));
    };
    let details = payment.details;
    let receipt_url = details.as_ref().and_then(|it| it.receipt_url.clone());
    let commit = commit.moving(order, Transition::Details { receipt_url });
    match payment.payment_intent {
        Some(intent) if details.is_none_or(|details| details.has_refunds) => {
            refreshed(ports, order, &intent, commit).await
        }
        Some(_) | None => Ok(commit),
    }
}
