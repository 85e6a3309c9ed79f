//! A payment that nobody expected: it lands on a canceled order, or its money comes back after a refund or a lost
//! dispute. It is never dropped: it becomes the charge's payment if nothing else was paid, and an incident otherwise.

use super::{
    payment::{mark_paid, paying, payment_incident, recording},
    policy::Policy,
    refund_request, refunds,
    session::{self, Ended},
};
use crate::{
    domain::{
        act::{Act, about_charge},
        change::{Commit, Committed, Lookup, RefundsHere, RequestChange, Transition},
        error::GuardError,
        id::{PaymentIntentId, RequestId},
        incident::{IncidentChange, IncidentKind},
        money::Money,
        operator::OperatorName,
        order::{CancelReason, Cause, Order, OrderState, Taken},
        payment::{AUTO_REFUND, Payment, RefundRequest},
    },
    json,
    ports::Ports,
};

/// The place of such a payment, and the transaction that gives it.
pub(crate) enum Placed {
    /// It is the charge's payment.
    Adopted(Commit),
    /// Another payment is, or may become it.
    Duplicate(Commit),
}

impl Placed {
    /// One word for it, as it stands in `stripe_events`.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Adopted(_) => "adopted",
            Self::Duplicate(_) => IncidentKind::DuplicatePayment.as_str(),
        }
    }

    /// The transaction.
    pub(crate) fn commit(self) -> Commit {
        match self {
            Self::Adopted(commit) | Self::Duplicate(commit) => commit,
        }
    }
}

/// Decides what becomes of a payment of a canceled order, or of a refunded one whose money came back. That order
/// becomes the charge's paid order, unless the charge is paid already. If another order is pending, its session is
/// ended at Stripe first, so that it cannot be paid as well.
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
                let canceled = Transition::Canceled(CancelReason::PaidElsewhere);
                Ok(adopt(order, payment, commit.moving(&other, canceled)))
            }
            Ended::Paid(its) => {
                let paid = mark_paid(&other, its, commit.cause, commit.at);
                let mut commit = commit;
                commit.moves.extend(paid.moves);
                commit.incidents.extend(paid.incidents);
                Ok(duplicate(order, payment, commit))
            }
            // Which of the two payments counts depends on the bank. If it refuses, the transaction that
            // cancels the other order gives the place to this one.
            Ended::Processing(_) => Ok(duplicate(order, payment, commit)),
        },
    }
}

fn adopt(order: &Order, payment: &Payment, commit: Commit) -> Placed {
    Placed::Adopted(match order.state {
        OrderState::Canceled | OrderState::Pending { .. } => paying(commit, order, payment.clone()),
        // The transaction counts what went back, and gives the place that is free to what was kept.
        OrderState::Refunded { .. } | OrderState::Paid { .. } => {
            commit.moving(order, Transition::Refunds)
        }
    })
}

fn duplicate(order: &Order, payment: &Payment, commit: Commit) -> Placed {
    let kind = IncidentKind::DuplicatePayment;
    let detail = "Another payment for the same charge was taken, or is at work at a bank.";
    let incident = payment_incident(kind, order, payment, detail.to_owned());
    let commit = match order.state {
        OrderState::Canceled | OrderState::Pending { .. } => {
            recording(commit, order, payment.clone())
        }
        OrderState::Refunded { .. } | OrderState::Paid { .. } => {
            commit.moving(order, Transition::Refunds)
        }
    };
    Placed::Duplicate(commit.with(IncidentChange::Open(incident)))
}

/// When a refund that is begun here is asked for at Stripe. Its request is written in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundEnds {
    /// At once.
    Now,
    /// By the cron's next run: this one has too little of its budget left.
    InTheNextRun,
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
    end: RefundEnds,
) -> Result<(), GuardError> {
    match place(ports, policy, order, payment, commit).await? {
        Placed::Adopted(commit) => {
            ports.commit(&commit).await?;
        }
        // A duplicate is recorded already. It is written only if the other order changes too.
        Placed::Duplicate(commit) if commit.moves.len() > 1 => {
            ports.commit(&commit).await?;
        }
        Placed::Duplicate(_) => {
            if let Some(intent) = payment
                .payment_intent
                .as_ref()
                .filter(|_| policy.auto_refund)
            {
                refund_duplicate(ports, intent, end).await?;
            }
        }
    }
    Ok(())
}

/// The same by an order, for which an event has brought money back: at once, rather than in the cron's next run.
///
/// # Errors
/// A [`GuardError`]: the cron looks again.
pub(crate) async fn review_of<P: Ports>(
    ports: &P,
    policy: &Policy,
    payment: &PaymentIntentId,
) -> Result<(), GuardError> {
    let Some(order) = ports.find(&of_payment(payment)).await?.order else {
        return Ok(());
    };
    match order.recorded() {
        Some(recorded) if is_waiting(&order, payment) => {
            let commit = Commit::new(Cause::Webhook, ports.now());
            review(ports, policy, &order, &recorded, commit, RefundEnds::Now).await
        }
        Some(_) | None => Ok(()),
    }
}

fn of_payment(payment: &PaymentIntentId) -> Lookup {
    Lookup {
        payment_intent: Some(payment.clone()),
        ..Lookup::default()
    }
}

/// Whether a payment is the club's, and its order has no place.
fn is_waiting(order: &Order, payment: &PaymentIntentId) -> bool {
    let has_no_place = match order.state {
        OrderState::Canceled | OrderState::Refunded { .. } => true,
        OrderState::Pending { .. } | OrderState::Paid { .. } => false,
    };
    has_no_place
        && order
            .payment
            .as_ref()
            .is_some_and(|taken| taken.payment_intent.as_ref() == Some(payment) && !taken.is_gone())
}

/// Refunds a duplicate payment if the charge's other payment still stands. The database is read again for
/// that, and Stripe is asked again. So never both payments go back. The request is written first, so whoever is
/// interrupted leaves it to the cron, and two who decide so at once make one refund.
///
/// # Errors
/// A [`GuardError`]: the cron tries again.
pub(crate) async fn refund_duplicate<P: Ports>(
    ports: &P,
    payment: &PaymentIntentId,
    end: RefundEnds,
) -> Result<(), GuardError> {
    let Some(order) = ports.find(&of_payment(payment)).await?.order else {
        return Ok(());
    };
    let Some(taken) = order
        .payment
        .as_ref()
        .filter(|_| is_waiting(&order, payment))
    else {
        return Ok(());
    };
    let Some(counted) = ports.live_order(order.charge).await? else {
        return Ok(());
    };
    if counted.id == order.id {
        // This has become the payment that counts.
        return Ok(());
    }
    // If a refund of either is at work, or one came to nothing, a person decides: the incident stays open.
    let RefundsHere {
        open,
        has_failed_alone,
        ..
    } = ports.refunds_here(payment).await?;
    if open.is_some() || has_failed_alone {
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
    let request = of_duplicate(ports, &order, payment, taken);
    let now = request.at;
    let mut commit = Commit::new(Cause::Reconcile, now);
    commit.request = Some(RequestChange::Open {
        request: request.clone(),
        version: order.version,
    });
    commit.act = by_itself(&order, request.money);
    if ports.commit(&commit).await? == Committed::Conflict {
        return Ok(());
    }
    match end {
        RefundEnds::Now => {
            let commit = Commit::new(Cause::Reconcile, now).by(AUTO_REFUND);
            refund_request::ask(ports, &order, &request, commit).await?;
        }
        RefundEnds::InTheNextRun => {}
    }
    Ok(())
}

fn of_duplicate<P: Ports>(
    ports: &P,
    order: &Order,
    payment: &PaymentIntentId,
    taken: &Taken,
) -> RefundRequest {
    RefundRequest {
        id: RequestId::new(&ports.random_bytes()),
        order: order.id,
        payment: payment.clone(),
        money: Money {
            minor: taken.minor - taken.refunded_minor,
            ..order.money
        },
        actor: AUTO_REFUND.to_owned(),
        at: ports.now(),
    }
}

/// The entry in the audit log: a refund has one, whoever asks for it.
fn by_itself(order: &Order, money: Money) -> Option<Act> {
    Some(Act {
        operator: OperatorName::parse(AUTO_REFUND)?,
        act: "refund",
        about: about_charge(order.charge),
        detail: json::to_string(&serde_json::json!({
            "order": order.id, "amount": money.major(), "currency": money.currency,
        })),
    })
}
