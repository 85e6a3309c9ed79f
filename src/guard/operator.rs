//! What an operator does to a charge, to an order, to a payment.
//!
//! An operator may meet a paying parent at any moment. So whatever ends a charge's pending order ends its session at
//! Stripe first, and only then, in one transaction, cancels the order and makes the change. If the parent was faster,
//! the payment is written down instead, and the operator is told. Pressing a button twice does no more than once.

use super::{
    payment::mark_paid,
    policy::Policy,
    refunds,
    session::{self, Ended},
};
use crate::{
    domain::{
        act::{Act, ChargeChange, about_charge},
        change::{Commit, Committed, Lookup, To},
        checkout::Checkout,
        error::{GuardError, StripeError},
        id::{ChargeId, OrderId},
        money::Money,
        operator::OperatorName,
        order::{CancelReason, Cause, Order, OrderState},
        payment::{NewRefund, Part},
    },
    json,
    ports::Ports,
};

/// How often an act starts over after it lost a race.
const ROUNDS: usize = 4;

/// What is to be done with a charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Changes it.
    Change(ChargeChange),
    /// Cancels its pending order, and nothing else.
    CancelPending,
}

/// What an act came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Acted {
    /// It is done.
    Done,
    /// It was so already: nothing was changed.
    Unchanged,
    /// It cannot be done, and nothing was changed but what a payment says.
    Refused(Obstacle),
    /// There is nothing of that id.
    NotFound,
}

/// Why an act cannot be done as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// The charge is paid.
    Paid,
    /// A bank is at work on a payment for it, or its payer has one more step to do.
    Processing,
    /// It was paid and refunded: it must be reopened first.
    Refunded,
    /// It is closed: it must be reopened first.
    Closed,
    /// It has no pending order.
    NothingPending,
    /// Nothing of the order can be refunded.
    NothingToRefund,
    /// More than is left of the payment.
    TooMuch,
    /// Stripe does not refund it.
    RefusedByStripe,
}

impl What {
    const fn word(&self) -> &'static str {
        match self {
            Self::Change(ChargeChange::Amount(_)) => "change_amount",
            Self::Change(ChargeChange::Close { .. }) => "close",
            Self::Change(ChargeChange::Reopen) => "reopen",
            Self::Change(ChargeChange::Offline { .. }) => "offline_payment",
            Self::CancelPending => "cancel_pending",
        }
    }

    const fn reason(&self) -> CancelReason {
        match self {
            Self::Change(ChargeChange::Amount(_)) => CancelReason::AmountChanged,
            Self::Change(ChargeChange::Close { .. }) => CancelReason::ChargeClosed,
            Self::Change(ChargeChange::Reopen | ChargeChange::Offline { .. })
            | Self::CancelPending => CancelReason::Operator,
        }
    }

    /// What the audit log says of it: what was before, and what is now.
    fn detail(&self, before: &Checkout) -> String {
        let charge = &before.charge;
        let was = serde_json::json!({
            "amount": charge.money.major(), "currency": charge.money.currency, "closed": charge.closed,
        });
        let now = match self {
            Self::Change(ChargeChange::Amount(money)) => {
                serde_json::json!({ "amount": money.major() })
            }
            // The reason stands with the charge. It may name somebody, and the audit log forgets nothing.
            Self::Change(ChargeChange::Close { reason: _ }) => {
                serde_json::json!({ "closed": true })
            }
            Self::Change(ChargeChange::Reopen) => serde_json::json!({ "closed": false }),
            Self::Change(ChargeChange::Offline { payment, .. }) => serde_json::json!({
                "paid": payment.money.major(), "method": payment.method.as_str(), "paid_at": payment.paid_at,
            }),
            Self::CancelPending => serde_json::json!({}),
        };
        let order = before.order.as_ref().map(|order| order.id);
        json::to_string(&serde_json::json!({ "before": was, "after": now, "order": order }))
    }
}

/// What an act comes to by the charge's state alone; `None` if it is to be done.
fn rule(what: &What, standing: &Checkout) -> Option<Acted> {
    let refuse = |obstacle| Some(Acted::Refused(obstacle));
    let charge = &standing.charge;
    let state = standing.order.as_ref().map(|order| &order.state);
    match (what, state) {
        (What::CancelPending, Some(OrderState::Pending { .. })) => None,
        (What::CancelPending, Some(OrderState::Paid { .. })) => refuse(Obstacle::Paid),
        (What::CancelPending, _) => refuse(Obstacle::NothingPending),
        (What::Change(ChargeChange::Close { .. }), _) if charge.closed => Some(Acted::Unchanged),
        (What::Change(_), Some(OrderState::Paid { .. })) => refuse(Obstacle::Paid),
        (What::Change(ChargeChange::Amount(money)), _) if *money == charge.money => {
            Some(Acted::Unchanged)
        }
        (What::Change(ChargeChange::Reopen), Some(OrderState::Refunded { .. })) => None,
        (What::Change(ChargeChange::Reopen), _) if !charge.closed => Some(Acted::Unchanged),
        (What::Change(ChargeChange::Offline { .. }), Some(OrderState::Refunded { .. })) => {
            refuse(Obstacle::Refunded)
        }
        (What::Change(ChargeChange::Offline { .. }), _) if charge.closed => {
            refuse(Obstacle::Closed)
        }
        (
            What::Change(
                ChargeChange::Amount(_)
                | ChargeChange::Close { .. }
                | ChargeChange::Reopen
                | ChargeChange::Offline { .. },
            ),
            _,
        ) => None,
    }
}

/// Does it.
///
/// # Errors
/// A [`GuardError`]: nothing was changed, or only what a payment says. The act may be tried again.
pub async fn act<P: Ports>(
    ports: &P,
    policy: &Policy,
    charge: ChargeId,
    what: &What,
    operator: &OperatorName,
) -> Result<Acted, GuardError> {
    for _ in 0..ROUNDS {
        let Some(standing) = ports.standing(charge).await? else {
            return Ok(Acted::NotFound);
        };
        if let Some(acted) = rule(what, &standing) {
            return Ok(acted);
        }
        let now = ports.now();
        let mut commit = Commit::new(Cause::Operator, now);
        if let Some(order) = pending(&standing) {
            match session::end(ports, policy, order, now).await? {
                Ended::Unpayable(why) => {
                    let reason = why.unwrap_or(what.reason());
                    commit = commit.moving(order, To::Canceled(reason));
                }
                Ended::Paid(payment) => {
                    // The parent was faster. Written down now, so that the operator sees it.
                    let paid = mark_paid(order, payment, Cause::Operator, now);
                    match ports.commit(&paid).await? {
                        Committed::Done | Committed::Conflict => continue,
                    }
                }
                Ended::Processing(_) => return Ok(Acted::Refused(Obstacle::Processing)),
            }
        }
        commit.act = Some(Act {
            operator: operator.clone(),
            act: what.word(),
            about: about_charge(charge),
            detail: what.detail(&standing),
        });
        commit.charge = match what {
            What::Change(change) => Some((charge, change.clone())),
            What::CancelPending => None,
        };
        match ports.commit(&commit).await? {
            Committed::Done => return Ok(Acted::Done),
            // Somebody was faster: look again.
            Committed::Conflict => {}
        }
    }
    Err(GuardError::Busy)
}

fn pending(standing: &Checkout) -> Option<&Order> {
    let order = standing.order.as_ref()?;
    matches!(order.state, OrderState::Pending { .. }).then_some(order)
}

/// Refunds an order's payment, or a part of it: `minor` units, or all that is left.
///
/// Stripe's own list of its refunds says what is left. Two who press at once name the same refund, so it is made once.
///
/// # Errors
/// A [`GuardError`]: it may be tried again.
pub async fn refund<P: Ports>(
    ports: &P,
    order: OrderId,
    minor: Option<i64>,
    operator: &OperatorName,
) -> Result<Acted, GuardError> {
    let lookup = Lookup {
        order: Some(order),
        ..Lookup::default()
    };
    let Some(order) = ports.find(&lookup).await?.order else {
        return Ok(Acted::NotFound);
    };
    let Some(taken) = &order.payment else {
        return Ok(Acted::Refused(Obstacle::NothingToRefund));
    };
    let act = |minor: i64| Act {
        operator: operator.clone(),
        act: "refund",
        about: about_charge(order.charge),
        detail: {
            let amount = Money {
                minor,
                ..order.money
            };
            json::to_string(&serde_json::json!({ "order": order.id, "amount": amount.major() }))
        },
    };
    let mut commit = Commit::new(Cause::Operator, ports.now());
    let Some(intent) = &taken.payment_intent else {
        let left = taken.minor - taken.refunded_minor;
        let is_paid = matches!(order.state, OrderState::Paid { .. });
        let minor = match portion(minor, left) {
            Ok(minor) if order.is_offline && is_paid => minor,
            Ok(_) => return Ok(Acted::Refused(Obstacle::NothingToRefund)),
            Err(obstacle) => return Ok(Acted::Refused(obstacle)),
        };
        commit.act = Some(act(minor));
        let commit = commit.moving(&order, To::HandedBack(minor));
        return match ports.commit(&commit).await? {
            Committed::Done => Ok(Acted::Done),
            Committed::Conflict => Err(GuardError::Busy),
        };
    };
    let before = ports.refunds(intent).await?;
    let gone: i64 = before
        .iter()
        .filter(|refund| refund.status.counts())
        .map(|refund| refund.money.minor)
        .sum();
    let minor = match portion(minor, taken.minor - gone) {
        Ok(minor) => minor,
        Err(obstacle) => return Ok(Acted::Refused(obstacle)),
    };
    let refund = NewRefund {
        payment: intent.clone(),
        part: Some(Part {
            minor,
            number: before.len(),
        }),
    };
    match ports.refund(&refund).await {
        Ok(()) => {}
        Err(StripeError::Refused(_)) => {
            return Ok(Acted::Refused(Obstacle::RefusedByStripe));
        }
        Err(error) => return Err(error.into()),
    }
    // What follows is told by Stripe's events as well: a conflict means that they were faster.
    commit.act = Some(act(minor));
    let commit = refunds::refreshed(ports, &order, intent, commit).await?;
    match ports.commit(&commit).await? {
        Committed::Done => {}
        Committed::Conflict => {
            let mut only = Commit::new(Cause::Operator, ports.now());
            only.act = commit.act;
            ports.commit(&only).await?;
        }
    }
    Ok(Acted::Done)
}

/// How much is refunded, of what is left.
fn portion(minor: Option<i64>, left: i64) -> Result<i64, Obstacle> {
    match minor {
        _ if left <= 0 => Err(Obstacle::NothingToRefund),
        Some(minor) if minor > left => Err(Obstacle::TooMuch),
        Some(minor) => Ok(minor),
        None => Ok(left),
    }
}
