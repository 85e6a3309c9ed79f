//! An operator's acts on a charge, an order, a payment.
//!
//! An operator may meet a paying parent at any moment. So whatever ends a charge's pending order ends its session at
//! Stripe first, and only then, in one transaction, cancels the order and makes the change. If the parent was faster,
//! the payment is written down instead, and the operator is told. Pressing a button twice does no more than once. The
//! charge must also be what was read: an offline payment of less or more than is owed asks again if the amount has changed.

use std::cmp::Ordering;

use super::{
    payment::mark_paid,
    policy::Policy,
    refund_request::{self, Asked},
    refunds,
    session::{self, Ended},
};
use crate::{
    domain::{
        act::{Act, ChargeChange, OfflinePayment, Rest, about_charge},
        change::{ChargeMove, Commit, Committed, RequestChange, Transition},
        charge::Owed,
        checkout::Checkout,
        error::GuardError,
        id::{ChargeId, OrderId, RequestId},
        incident::{IncidentChange, IncidentKind},
        money::Money,
        operator::OperatorName,
        order::{CancelReason, Cause, Order, OrderState, Taken},
        payment::{RefundRequest, SessionState},
    },
    json,
    ports::Ports,
};

/// How often an act starts over after it lost a race.
const ROUNDS: usize = 4;

/// An act on a charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Changes it.
    Change(ChargeChange),
    /// Cancels its pending order, and nothing else.
    CancelPending,
    /// Cancels its pending order though Stripe does not know its session: the account or the mode is gone for good. Only
    /// once the session's time is over.
    GiveUpSession,
}

/// The outcome of an act.
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
    /// More than this, which is left of the payment.
    TooMuch(Money),
    /// Stripe does not refund it.
    RefusedByStripe,
    /// Its payment page may still be open: it cannot be given up yet.
    TooEarly,
    /// It is not what is owed now, and the operator has not said of that amount what becomes of the rest.
    NotTheAmount {
        /// The amount paid offline.
        paid: Money,
        /// The amount owed now.
        owed: Money,
    },
    /// The operator's word about the rest does not fit what is owed now.
    RestDoesNotFit {
        /// Their word about it.
        rest: Rest,
        /// The amount paid offline.
        paid: Money,
        /// The amount owed now.
        owed: Money,
    },
}

impl Command {
    const fn word(&self) -> &'static str {
        match self {
            Self::Change(ChargeChange::Amount(_)) => "change_amount",
            Self::Change(ChargeChange::Close { .. }) => "close",
            Self::Change(ChargeChange::Reopen) => "reopen",
            Self::Change(ChargeChange::Offline { .. }) => "offline_payment",
            Self::CancelPending => "cancel_pending",
            Self::GiveUpSession => "give_up_session",
        }
    }

    const fn reason(&self) -> CancelReason {
        match self {
            Self::Change(ChargeChange::Amount(_)) => CancelReason::AmountChanged,
            Self::Change(ChargeChange::Close { .. }) => CancelReason::ChargeClosed,
            Self::Change(ChargeChange::Reopen | ChargeChange::Offline { .. })
            | Self::CancelPending
            | Self::GiveUpSession => CancelReason::Operator,
        }
    }

    /// The detail for the audit log: what was before, and what is now.
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
            Self::Change(ChargeChange::Offline { payment, .. }) => {
                let mut after = serde_json::json!({
                    "paid": payment.money.major(), "method": payment.method.as_str(), "paid_at": payment.paid_at,
                });
                let rest = Money {
                    minor: (charge.money.minor - payment.money.minor).abs(),
                    ..charge.money
                };
                match payment.rest {
                    Some(Rest::Waived) => after["waived"] = rest.major().into(),
                    Some(Rest::Kept) => after["surplus"] = rest.major().into(),
                    None => {}
                }
                after
            }
            Self::CancelPending | Self::GiveUpSession => serde_json::json!({}),
        };
        let order = before.order.as_ref().map(|order| order.id);
        json::to_string(&serde_json::json!({ "before": was, "after": now, "order": order }))
    }
}

/// The outcome of an act by the charge's state alone; `None` if it is to be done.
fn rule(what: &Command, standing: &Checkout) -> Option<Acted> {
    let refuse = |obstacle| Some(Acted::Refused(obstacle));
    let charge = &standing.charge;
    let state = standing.order.as_ref().map(|order| &order.state);
    match (what, state) {
        (Command::CancelPending | Command::GiveUpSession, Some(OrderState::Pending { .. })) => None,
        (Command::CancelPending | Command::GiveUpSession, Some(OrderState::Paid { .. })) => {
            refuse(Obstacle::Paid)
        }
        (Command::CancelPending | Command::GiveUpSession, _) => refuse(Obstacle::NothingPending),
        (Command::Change(ChargeChange::Close { .. }), _) if charge.closed => Some(Acted::Unchanged),
        (Command::Change(_), Some(OrderState::Paid { .. })) => refuse(Obstacle::Paid),
        (Command::Change(ChargeChange::Amount(money)), _) if *money == charge.money => {
            Some(Acted::Unchanged)
        }
        (Command::Change(ChargeChange::Reopen), Some(OrderState::Refunded { .. })) => None,
        (Command::Change(ChargeChange::Reopen), _) if !charge.closed => Some(Acted::Unchanged),
        (Command::Change(ChargeChange::Offline { .. }), Some(OrderState::Refunded { .. })) => {
            refuse(Obstacle::Refunded)
        }
        (Command::Change(ChargeChange::Offline { .. }), _) if charge.closed => {
            refuse(Obstacle::Closed)
        }
        (Command::Change(ChargeChange::Offline { payment, .. }), _) => {
            unsettled(payment, charge.money).map(Acted::Refused)
        }
        (
            Command::Change(
                ChargeChange::Amount(_) | ChargeChange::Close { .. } | ChargeChange::Reopen,
            ),
            _,
        ) => None,
    }
}

/// Why an offline payment cannot be recorded against what is owed; `None` if it is that amount, or if the operator has said of
/// just that amount what becomes of the rest.
fn unsettled(payment: &OfflinePayment, owed: Money) -> Option<Obstacle> {
    let OfflinePayment {
        money: paid,
        rest,
        seen,
        ..
    } = *payment;
    let is_of_this_amount = paid.currency == owed.currency && seen.is_none_or(|seen| seen == owed);
    match (paid.minor.cmp(&owed.minor), rest) {
        (Ordering::Equal, None) if paid.currency == owed.currency => None,
        (Ordering::Less, Some(Rest::Waived)) | (Ordering::Greater, Some(Rest::Kept))
            if is_of_this_amount =>
        {
            None
        }
        (Ordering::Equal, Some(rest))
        | (Ordering::Less, Some(rest @ Rest::Kept))
        | (Ordering::Greater, Some(rest @ Rest::Waived)) => {
            Some(Obstacle::RestDoesNotFit { rest, paid, owed })
        }
        (Ordering::Equal | Ordering::Less | Ordering::Greater, None)
        | (Ordering::Less, Some(Rest::Waived))
        | (Ordering::Greater, Some(Rest::Kept)) => Some(Obstacle::NotTheAmount { paid, owed }),
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
    what: &Command,
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
            let ended = match session::end(ports, policy, order, now).await {
                Err(GuardError::UnknownSession { session, .. })
                    if *what == Command::GiveUpSession =>
                {
                    if now < order.ends_by_itself() {
                        return Ok(Acted::Refused(Obstacle::TooEarly));
                    }
                    commit = commit.with(IncidentChange::Resolve {
                        kind: IncidentKind::UnknownSession,
                        about: session.to_string(),
                        resolution: "an operator gave it up",
                    });
                    Ended::Unpayable(Some(CancelReason::GivenUp))
                }
                ended => ended?,
            };
            match ended {
                Ended::Unpayable(why) => {
                    let reason = why.unwrap_or(what.reason());
                    commit = commit.moving(order, Transition::Canceled(reason));
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
        let mut commit = commit.acting(Act {
            operator: operator.clone(),
            act: what.word(),
            about: about_charge(charge),
            detail: what.detail(&standing),
        });
        commit.charge = match what {
            Command::Change(change) => Some(ChargeMove {
                charge,
                was: Owed {
                    money: standing.charge.money,
                    closed: standing.charge.closed,
                },
                to: change.clone(),
            }),
            Command::CancelPending | Command::GiveUpSession => None,
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

/// An operator's request for a refund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RefundAsked {
    /// So many minor units; `None` for all that is left.
    pub minor: Option<i64>,
    /// Minor units that had gone back when the operator looked, if they say so.
    pub seen: Option<i64>,
}

/// The outcome of a request for a refund.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refunded {
    /// It is made.
    Done,
    /// It cannot be made, and nothing was changed.
    Refused(Obstacle),
    /// Another sum has gone back by now than the operator saw. Nothing was changed.
    Changed,
    /// Another refund of the payment was asked for, and Stripe has not answered yet. Nothing was changed.
    InProgress(Box<RefundRequest>),
    /// It was asked for, or may have been, and nobody knows yet what became of it. The cron finishes it.
    Unclear(GuardError),
    /// There is no such order.
    NotFound,
}

/// Refunds an order's payment, or a part of it.
///
/// The request is written before Stripe hears of it, together with its entry in the audit log. Stripe's own list of the
/// payment's refunds says what is left, and the order's version sees to it that this is still so when the request is
/// written. So two who press at once, or one who presses twice, ask for one refund.
///
/// # Errors
/// A [`GuardError`]: nothing was changed.
pub async fn refund<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: OrderId,
    asked: RefundAsked,
    operator: &OperatorName,
) -> Result<Refunded, GuardError> {
    for _ in 0..ROUNDS {
        let Some(order) = ports.find(&refunds::of_order(order)).await?.order else {
            return Ok(Refunded::NotFound);
        };
        let Some(taken) = &order.payment else {
            return Ok(Refunded::Refused(Obstacle::NothingToRefund));
        };
        let Some(intent) = &taken.payment_intent else {
            if identify(ports, policy, &order).await? {
                continue;
            }
            match hand_back(ports, &order, taken, asked, operator).await? {
                Some(refunded) => return Ok(refunded),
                None => continue,
            }
        };
        let here = ports.refunds_here(intent).await?;
        if let Some(open) = here.open {
            return Ok(Refunded::InProgress(Box::new(open)));
        }
        let listed = ports.refunds(intent).await?;
        if refunds::sum(&order, &listed) != here.refunded_minor {
            // Stripe knows more than the database: that is written first, so that the operator sees it.
            let commit = Commit::new(Cause::Operator, ports.now());
            let commit = refunds::written(&order, intent, listed, commit);
            match ports.commit(&commit).await? {
                Committed::Done | Committed::Conflict => continue,
            }
        }
        let minor = match portion(&order, asked, taken) {
            Ok(minor) => minor,
            Err(refunded) => return Ok(refunded),
        };
        let money = Money {
            minor,
            ..order.money
        };
        let request = RefundRequest {
            id: RequestId::new(&ports.random_bytes()),
            order: order.id,
            payment: intent.clone(),
            money,
            actor: operator.as_str().to_owned(),
            at: ports.now(),
        };
        let mut commit =
            Commit::new(Cause::Operator, request.at).acting(refunding(&order, money, operator));
        commit.request = Some(RequestChange::Open {
            request: request.clone(),
            version: order.version,
        });
        match ports.commit(&commit).await {
            Ok(Committed::Done) => {}
            Ok(Committed::Conflict) => continue,
            // It may be written all the same.
            Err(error) => return Ok(Refunded::Unclear(error.into())),
        }
        let commit = Commit::new(Cause::Operator, request.at).by(operator.as_str());
        return Ok(
            match refund_request::ask(ports, &order, &request, commit).await {
                Ok(Asked::Made) => Refunded::Done,
                Ok(Asked::Refused(refusal)) if refusal.code == "charge_already_refunded" => {
                    Refunded::Refused(Obstacle::NothingToRefund)
                }
                Ok(Asked::Refused(_)) => Refunded::Refused(Obstacle::RefusedByStripe),
                Ok(Asked::Open | Asked::NotMade) => Refunded::Unclear(GuardError::Busy),
                Err(error) => Refunded::Unclear(error),
            },
        );
    }
    Err(GuardError::Busy)
}

/// Finds out at Stripe by which payment an order of an old system was paid. Returns whether it is known now.
async fn identify<P: Ports>(ports: &P, policy: &Policy, order: &Order) -> Result<bool, GuardError> {
    let Some(session) = order.session.as_ref().filter(|_| !order.is_offline) else {
        return Ok(false);
    };
    let found = session::retrieve(ports, policy, order, session).await?;
    match found.map(|session| session.state) {
        Some(SessionState::Paid(payment)) if payment.payment_intent.is_some() => {
            let commit = Commit::new(Cause::Operator, ports.now());
            ports
                .commit(&commit.moving(order, Transition::Identified(payment)))
                .await?;
            Ok(true)
        }
        Some(
            SessionState::Paid(_)
            | SessionState::Open { .. }
            | SessionState::Expired
            | SessionState::Processing(_)
            | SessionState::Failed,
        )
        | None => Ok(false),
    }
}

/// Records that an offline payment was handed back. `None` if somebody else was faster.
async fn hand_back<P: Ports>(
    ports: &P,
    order: &Order,
    taken: &Taken,
    asked: RefundAsked,
    operator: &OperatorName,
) -> Result<Option<Refunded>, GuardError> {
    if !order.is_offline || !matches!(order.state, OrderState::Paid { .. }) {
        return Ok(Some(Refunded::Refused(Obstacle::NothingToRefund)));
    }
    let minor = match portion(order, asked, taken) {
        Ok(minor) => minor,
        Err(refunded) => return Ok(Some(refunded)),
    };
    let money = Money {
        minor,
        ..order.money
    };
    let commit = Commit::new(Cause::Operator, ports.now())
        .moving(order, Transition::HandedBack(minor))
        .acting(refunding(order, money, operator));
    Ok(match ports.commit(&commit).await {
        Ok(Committed::Done) => Some(Refunded::Done),
        Ok(Committed::Conflict) => None,
        Err(error) => Some(Refunded::Unclear(error.into())),
    })
}

fn refunding(order: &Order, money: Money, operator: &OperatorName) -> Act {
    Act {
        operator: operator.clone(),
        act: "refund",
        about: about_charge(order.charge),
        detail: json::to_string(&serde_json::json!({
            "order": order.id, "amount": money.major(), "currency": money.currency,
        })),
    }
}

/// How much is refunded, of what is left.
fn portion(order: &Order, asked: RefundAsked, taken: &Taken) -> Result<i64, Refunded> {
    let left = taken.minor - taken.refunded_minor;
    if asked.seen.is_some_and(|seen| seen != taken.refunded_minor) {
        return Err(Refunded::Changed);
    }
    match asked.minor {
        _ if left <= 0 => Err(Refunded::Refused(Obstacle::NothingToRefund)),
        Some(minor) if minor > left => Err(Refunded::Refused(Obstacle::TooMuch(Money {
            minor: left,
            ..order.money
        }))),
        Some(minor) => Ok(minor),
        None => Ok(left),
    }
}
