//! Explains what a person's click would get now, from the decision table itself, and does nothing.

use serde::Serialize;

use super::decide::{Decision, Gone, Rules, decide};
use crate::domain::{
    checkout::Checkout,
    order::{CancelReason, Order, OrderState},
    payment::Waiting,
    time::UnixMillis,
};

/// The answer that a click would get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The row of the decision table.
    pub row: u8,
    /// The HTTP status. If Stripe has to be asked first, the one that follows if its session is open or expired.
    pub status: u16,
    /// The decision, in a word.
    pub decision: &'static str,
    /// Why, a sentence each.
    pub because: Vec<String>,
}

/// Explains it. `shown` writes a time for whoever reads it.
#[must_use]
pub fn explain(
    checkout: &Checkout,
    now: UnixMillis,
    rules: &Rules,
    paused: bool,
    shown: &dyn Fn(UnixMillis) -> String,
) -> Explained {
    let mut because = Vec::new();
    if paused {
        because.push("PAUSED is on: every click is told to come back later.".to_owned());
        return Explained {
            row: 0,
            status: 503,
            decision: "paused",
            because,
        };
    }
    let Checkout { charge, order, .. } = checkout;
    because.push(if charge.closed {
        "The charge is closed.".to_owned()
    } else if charge.money.minor == 0 {
        "Nothing is to be paid for the charge: its amount is 0.".to_owned()
    } else {
        format!("The charge is over {}, and not closed.", charge.money)
    });
    because.push(match order {
        None => "No order of it is pending or paid.".to_owned(),
        Some(order) => about(order, now, shown),
    });
    let (row, status, decision, why) = match decide(checkout, now, rules) {
        Decision::Gone(Gone::Expired) => (5, 410, "link_expired", "The link's time is over.".to_owned()),
        Decision::Gone(Gone::Revoked) => (5, 410, "link_revoked", "The link was revoked.".to_owned()),
        Decision::Gone(Gone::Closed) => (
            5,
            410,
            "charge_closed",
            "What is closed cannot be paid: the page says whom to ask.".to_owned(),
        ),
        Decision::NothingToPay => (6, 200, "nothing_to_pay", "An amount of 0 needs no payment.".to_owned()),
        Decision::Paid { .. } => (
            7,
            409,
            "already_paid",
            "What is paid cannot be paid again: the page says when and how much.".to_owned(),
        ),
        Decision::Refunded { .. } => (
            7,
            409,
            "refunded",
            "The money went back. Nobody can pay again until the charge is reopened.".to_owned(),
        ),
        Decision::Redirect { .. } => (
            8,
            307,
            "pay",
            "The order is fresh and has a payment page: the click leads there.".to_owned(),
        ),
        Decision::Processing {
            waiting: Waiting::Bank,
            ..
        } => (
            13,
            409,
            "processing",
            "The payment page is finished with, and a bank is at work: the page says so.".to_owned(),
        ),
        Decision::Processing {
            waiting: Waiting::Payer { .. },
            ..
        } => (
            13,
            409,
            "action_required",
            "The payment page is finished with, and the payer has one more step to do: the page says which.".to_owned(),
        ),
        Decision::Confirm(_) => (
            9,
            307,
            "pay",
            "Where the order is paid is not known yet: Stripe is asked, and the click leads there.".to_owned(),
        ),
        Decision::Finish(_) => (
            9,
            307,
            "pay",
            "The order has no payment page yet. Another click is at work on it; this one waits for it, or finishes it."
                .to_owned(),
        ),
        Decision::Claim => (
            10,
            307,
            "pay",
            "A new order is made with a payment page, and the click leads there.".to_owned(),
        ),
        Decision::Pause { until } => (
            10,
            503,
            "try_again",
            format!(
                "Stripe refused the last payment pages of this charge, so none is made before {}.",
                shown(until)
            ),
        ),
        Decision::Replace(_, reason) => (11, 307, "pay", replaced(reason)),
    };
    because.push(why);
    Explained {
        row,
        status,
        decision,
        because,
    }
}

fn about(order: &Order, now: UnixMillis, shown: &dyn Fn(UnixMillis) -> String) -> String {
    let (id, money) = (order.id, order.money);
    let age = now.since(order.created_at);
    match &order.state {
        OrderState::Pending {
            waiting: Some(_), ..
        } => format!(
            "Order {id} over {money} has been pending for {age}, and its payment page is finished with."
        ),
        OrderState::Pending { url: Some(_), .. } => {
            format!("Order {id} over {money} has been pending for {age}, with a payment page.")
        }
        OrderState::Pending { url: None, .. } => {
            format!("Order {id} over {money} has been pending for {age}, without a payment page.")
        }
        OrderState::Paid { at, .. } => {
            format!("Order {id} over {money} was paid on {}.", shown(*at))
        }
        OrderState::Canceled => format!("Order {id} is canceled."),
        OrderState::Refunded {
            at,
            by_dispute: false,
        } => {
            format!("The payment of order {id} was refunded on {}.", shown(*at))
        }
        OrderState::Refunded {
            at,
            by_dispute: true,
        } => {
            format!(
                "The payer's bank took the payment of order {id} back on {}.",
                shown(*at)
            )
        }
    }
}

fn replaced(reason: CancelReason) -> String {
    let why = match reason {
        CancelReason::Stale => "It is too old",
        CancelReason::AmountChanged => "The amount has changed since",
        CancelReason::UnusableUrl => "It has no payment page that people are sent to",
        CancelReason::ChargeClosed
        | CancelReason::Expired
        | CancelReason::PaymentFailed
        | CancelReason::StripeError
        | CancelReason::PaidElsewhere
        | CancelReason::Operator
        | CancelReason::GivenUp => "It cannot be used any more",
    };
    format!(
        "{why}: its payment page is ended at Stripe, and a new one is made. If Stripe says that it is paid, or that a \
         bank is at work, the click is told so (409)."
    )
}
