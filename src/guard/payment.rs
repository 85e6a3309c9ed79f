//! The consequence of a payment, whoever heard of it: the order that it pays, or an incident.

use crate::domain::{
    change::{Commit, Transition},
    incident::{Incident, IncidentChange, IncidentKind},
    money::Money,
    order::{Cause, Order},
    payment::Payment,
    time::UnixMillis,
};

/// The transaction that marks an order paid.
pub(crate) fn mark_paid(order: &Order, payment: Payment, cause: Cause, at: UnixMillis) -> Commit {
    paying(Commit::new(cause, at), order, payment)
}

/// Also marks an order paid.
pub(crate) fn paying(commit: Commit, order: &Order, payment: Payment) -> Commit {
    let (commit, payment) = in_its_currency(commit, order, payment);
    commit.moving(order, Transition::Paid(payment))
}

/// Also records a payment on a canceled order, which stays canceled.
pub(crate) fn recording(commit: Commit, order: &Order, payment: Payment) -> Commit {
    let (commit, payment) = in_its_currency(commit, order, payment);
    commit.moving(order, Transition::Recorded(payment))
}

/// An amount in another currency than the order's is not taken for the order's amount. It is told. (A session is made
/// in the order's currency, and Stripe reports it so since 2025-03-31.basil. Before, it could report what the payer
/// saw: Stripe changelog, "Adds presentment details".)
fn in_its_currency(commit: Commit, order: &Order, payment: Payment) -> (Commit, Payment) {
    let foreign = payment
        .money
        .filter(|money| money.currency != order.money.currency);
    let Some(money) = foreign else {
        return (commit, payment);
    };
    let detail = format!(
        "Stripe names {money} for an order over {}. The order's amount is counted: compare it with the payment in Stripe's \
         dashboard.",
        order.money
    );
    let incident = payment_incident(IncidentKind::AmountMismatch, order, &payment, detail);
    let payment = Payment {
        money: None,
        ..payment
    };
    (commit.with(IncidentChange::Open(incident)), payment)
}

/// An incident about a payment for an order, with all that a refund needs.
pub(crate) fn payment_incident(
    kind: IncidentKind,
    order: &Order,
    payment: &Payment,
    detail: String,
) -> Incident {
    Incident {
        order: Some(order.id),
        charge: Some(order.charge),
        session: Some(payment.session.clone()),
        payment_intent: payment.payment_intent.clone(),
        money: Some(payment_money(order, payment)),
        ..Incident::new(kind, about(payment), detail)
    }
}

/// How much was taken.
fn payment_money(order: &Order, payment: &Payment) -> Money {
    payment.money.unwrap_or(order.money)
}

/// The name of a payment in incidents: its PaymentIntent's id, or else its session's.
pub(crate) fn about(payment: &Payment) -> String {
    let intent = payment.payment_intent.as_ref();
    intent.map_or_else(|| payment.session.to_string(), ToString::to_string)
}
