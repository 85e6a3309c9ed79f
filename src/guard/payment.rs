//! What the guard makes of a payment, whoever heard of it: the order that it pays, or an incident.

use crate::domain::{
    change::{Commit, To},
    incident::{Incident, IncidentKind},
    money::Money,
    order::{Cause, Order},
    payment::Payment,
    time::UnixMillis,
};

/// The transaction that marks an order paid.
pub(crate) fn mark_paid(order: &Order, payment: Payment, cause: Cause, at: UnixMillis) -> Commit {
    Commit::new(cause, at).moving(order, To::Paid(payment))
}

/// An incident about a payment for an order, with all that a refund needs.
pub(crate) fn payment_incident(
    kind: IncidentKind,
    order: &Order,
    payment: &Payment,
    detail: String,
) -> Incident {
    Incident {
        kind,
        about: about(payment),
        order: Some(order.id),
        charge: Some(order.charge),
        session: Some(payment.session.clone()),
        payment_intent: payment.payment_intent.clone(),
        money: Some(payment_money(order, payment)),
        detail,
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
