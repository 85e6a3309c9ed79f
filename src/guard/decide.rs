//! The decision table as one pure, exhaustive match: what a person's visit on a link gets, given what the
//! database says and the time.
//!
//! | row | what is found | what the visit gets |
//! |--:|---|---|
//! | 1 | a machine | 200, the link page |
//! | 2 | a browser that fetches ahead | 503, which no browser shows in place of the click |
//! | 3 | a visitor who may be a machine | 200, the link page, whose button is a person's click |
//! | 4 | a token that is malformed, or that nobody was given | 404 |
//! | 5 | a link that is over, or a charge that is closed, and it is not paid | 410 |
//! | 6 | an amount of 0 | 200, nothing to pay |
//! | 7 | a paid order, or a refunded one | 409, which says when and how much |
//! | 8 | a fresh order with a URL | 307 to it; 409 as in row 13, if an event has said that its session is complete |
//! | 9 | a fresh order without one | it is waited for, then finished under the same key: 307 |
//! | 10 | no live order | a claim and a session: 307 |
//! | 11 | a stale order, or one over another amount, and Stripe says that nobody paid | its session is ended, the order replaced: 307 |
//! | 12 | the same, and Stripe says that it is paid | it is marked paid: 409 |
//! | 13 | the same, and a bank has yet to pay, or the payer to act | 409, which says so |
//! | 14 | the same, and Stripe does not know the session that was created | 503 and an incident; nothing is canceled |
//!
//! Rows 1 to 3 are the router's, before the database is asked, and so is a malformed token; an unknown one leads to no
//! charge to decide about. Rows 5 to 11 are decided here. Rows 12 to 14 are what becomes of row 11 once Stripe was
//! asked. [`super::explain`](mod@super::explain) says the numbers to operators.
//!
//! It reads and writes nothing. If the answer depends on what Stripe says of a session, the decision is
//! to ask ([`Decision::Confirm`], [`Decision::Replace`]), and [`super::click`] goes on from there.

use super::hosts::CheckoutHosts;
use crate::domain::{
    charge::Charge,
    checkout::Checkout,
    order::{CancelReason, Order, OrderState},
    payment::Waiting,
    time::{Millis, UnixMillis},
};

/// The settings that the table depends on, besides the database and the time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// From this age on a pending order is stale.
    pub stale_after: Millis,
    /// Where a redirect may lead.
    pub hosts: CheckoutHosts,
}

/// Why a link leads nowhere any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gone {
    /// It has expired.
    Expired,
    /// Somebody revoked it.
    Revoked,
    /// Its charge is closed.
    Closed,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// The link, or its charge, is over: 410.
    Gone(Gone),
    /// The charge's amount is 0, so there is nothing to pay: 200.
    NothingToPay,
    /// It is paid: 409.
    Paid {
        /// The order.
        order: &'a Order,
        /// When it was paid.
        at: UnixMillis,
        /// Stripe's receipt page.
        receipt_url: Option<&'a str>,
    },
    /// It was paid and the money went back: 409.
    Refunded {
        /// The order.
        order: &'a Order,
        /// When it went back.
        at: UnixMillis,
        /// The payer's bank took it.
        by_dispute: bool,
    },
    /// A fresh order with a URL: the person goes there.
    Redirect {
        /// The order.
        order: &'a Order,
        /// Checked against the allowed hosts.
        url: &'a str,
    },
    /// A fresh order whose session is complete, as an event has said, and whose money has yet to come: 409.
    Processing {
        /// The order.
        order: &'a Order,
        /// Whom its money waits for.
        waiting: &'a Waiting,
    },
    /// A fresh order whose session is known but whose URL is not: ask Stripe for it.
    Confirm(&'a Order),
    /// A fresh order without a session yet: another click is working on it, or died.
    Finish(&'a Order),
    /// No live order: claim one.
    Claim,
    /// No live order, but Stripe refused the last ones: come back later.
    Pause {
        /// No session is created before then.
        until: UnixMillis,
    },
    /// A pending order that must not be used any more: end its session at Stripe, then replace it.
    Replace(&'a Order, CancelReason),
}

impl Decision<'_> {
    /// Whether Stripe must be asked before it is clear what to do with the order.
    #[must_use]
    pub const fn asks_stripe(&self) -> bool {
        match self {
            Self::Confirm(_) | Self::Finish(_) | Self::Replace(..) => true,
            Self::Gone(_)
            | Self::NothingToPay
            | Self::Paid { .. }
            | Self::Refunded { .. }
            | Self::Redirect { .. }
            | Self::Processing { .. }
            | Self::Claim
            | Self::Pause { .. } => false,
        }
    }
}

/// Decides what a visit at `now` gets.
#[must_use]
pub fn decide<'a>(checkout: &'a Checkout, now: UnixMillis, rules: &Rules) -> Decision<'a> {
    let Checkout {
        link,
        charge,
        order,
    } = checkout;
    // If the charge is paid, the page says so, even if the link is over by now.
    if let Some(order) = order
        && let OrderState::Paid { at, receipt_url } = &order.state
        && (charge.closed || charge.money.minor > 0)
    {
        let (at, receipt_url) = (*at, receipt_url.as_deref());
        return Decision::Paid {
            order,
            at,
            receipt_url,
        };
    }
    if link.revoked {
        return Decision::Gone(Gone::Revoked);
    }
    if link.expires_at.is_some_and(|at| at <= now) {
        return Decision::Gone(Gone::Expired);
    }
    if charge.closed {
        return Decision::Gone(Gone::Closed);
    }
    if charge.money.minor == 0 {
        return Decision::NothingToPay;
    }
    let Some(order) = order else {
        return claim(charge, now);
    };
    match &order.state {
        OrderState::Paid { at, receipt_url } => Decision::Paid {
            order,
            at: *at,
            receipt_url: receipt_url.as_deref(),
        },
        OrderState::Refunded { at, by_dispute } => Decision::Refunded {
            order,
            at: *at,
            by_dispute: *by_dispute,
        },
        OrderState::Canceled => claim(charge, now),
        OrderState::Pending { url, waiting } => {
            pending(order, url.as_deref(), waiting.as_ref(), charge, now, rules)
        }
    }
}

fn claim<'a>(charge: &Charge, now: UnixMillis) -> Decision<'a> {
    match charge.create_after {
        Some(until) if until > now => Decision::Pause { until },
        Some(_) | None => Decision::Claim,
    }
}

fn pending<'a>(
    order: &'a Order,
    url: Option<&'a str>,
    waiting: Option<&'a Waiting>,
    charge: &Charge,
    now: UnixMillis,
    rules: &Rules,
) -> Decision<'a> {
    if now.since(order.created_at) >= rules.stale_after {
        return Decision::Replace(order, CancelReason::Stale);
    }
    if order.money != charge.money {
        return Decision::Replace(order, CancelReason::AmountChanged);
    }
    // Nobody is led to a page that is finished with.
    if let Some(waiting) = waiting {
        return Decision::Processing { order, waiting };
    }
    match url {
        Some(url) if rules.hosts.allow(url) => Decision::Redirect { order, url },
        Some(_) => Decision::Replace(order, CancelReason::UnusableUrl),
        None if order.session.is_some() => Decision::Confirm(order),
        None if order.is_ours() => Decision::Finish(order),
        // An old system's order without a session: there is nothing to finish, and nothing to ask Stripe
        // about.
        None => Decision::Replace(order, CancelReason::UnusableUrl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        charge::Owed,
        checkout::LinkState,
        id::{Attempt, ChargeId, InstallationId, OrderId, SessionId},
        money::{Currency, Money},
        order::{Origin, Terms},
    };

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const URL: &str = "https://checkout.stripe.com/c/pay/cs_test_1";

    fn rules() -> Rules {
        let hosts = CheckoutHosts::parse("checkout.stripe.com");
        Rules {
            stale_after: Millis::minutes(30),
            hosts: hosts.unwrap_or_else(|error| unreachable!("{error}")),
        }
    }

    fn usd(minor: i64) -> Money {
        Money {
            minor,
            currency: Currency::USD,
        }
    }

    fn order(state: OrderState, age: Millis) -> Order {
        Order {
            id: OrderId(26),
            charge: ChargeId(2),
            attempt: Attempt("0".repeat(32)),
            installation: InstallationId("1".repeat(32)),
            money: usd(15_000),
            created_at: NOW.minus(age),
            origin: Origin::Guard,
            is_offline: false,
            state,
            session: None,
            payment: None,
            version: 0,
            checks: 0,
            terms: Terms {
                product_name: "First payment".to_owned(),
                customer_email: None,
                return_origin: "https://pay.example".to_owned(),
                session_expires_at: NOW,
                charge_name: None,
            },
            owed: Owed {
                money: usd(15_000),
                closed: false,
            },
        }
    }

    fn with_url(url: Option<&str>, age: Millis) -> Order {
        let url = url.map(str::to_owned);
        Order {
            session: SessionId::parse("cs_test_1"),
            ..order(OrderState::Pending { url, waiting: None }, age)
        }
    }

    fn paid() -> Order {
        let (at, receipt_url) = (NOW, None);
        order(OrderState::Paid { at, receipt_url }, Millis(0))
    }

    fn checkout(order: Option<Order>) -> Checkout {
        Checkout {
            link: LinkState {
                expires_at: None,
                revoked: false,
            },
            charge: Charge {
                id: ChargeId(2),
                money: usd(15_000),
                closed: false,
                create_after: None,
            },
            order,
        }
    }

    fn replaces(checkout: &Checkout) -> Option<CancelReason> {
        match decide(checkout, NOW, &rules()) {
            Decision::Replace(_, reason) => Some(reason),
            Decision::Gone(_)
            | Decision::NothingToPay
            | Decision::Paid { .. }
            | Decision::Refunded { .. }
            | Decision::Redirect { .. }
            | Decision::Processing { .. }
            | Decision::Confirm(_)
            | Decision::Finish(_)
            | Decision::Pause { .. }
            | Decision::Claim => None,
        }
    }

    #[test]
    fn the_half_hour_is_stale_and_a_millisecond_less_is_fresh() {
        assert_eq!(
            replaces(&checkout(Some(with_url(Some(URL), Millis::minutes(30))))),
            Some(CancelReason::Stale)
        );
        let fresh = checkout(Some(with_url(Some(URL), Millis(30 * 60_000 - 1))));
        assert!(matches!(
            decide(&fresh, NOW, &rules()),
            Decision::Redirect { url: URL, .. }
        ));
    }

    #[test]
    fn a_changed_amount_replaces_a_fresh_order() {
        let mut changed = checkout(Some(with_url(Some(URL), Millis(0))));
        changed.charge.money = usd(15_001);
        assert_eq!(replaces(&changed), Some(CancelReason::AmountChanged));
    }

    #[test]
    fn a_fresh_order_without_a_session_is_finished_and_one_without_a_url_asked_about() {
        let pending = OrderState::Pending {
            url: None,
            waiting: None,
        };
        let mut unfinished = order(pending, Millis(0));
        let at_work = checkout(Some(unfinished.clone()));
        assert!(matches!(
            decide(&at_work, NOW, &rules()),
            Decision::Finish(_)
        ));
        unfinished.origin = Origin::Import;
        let imported = checkout(Some(unfinished));
        assert_eq!(replaces(&imported), Some(CancelReason::UnusableUrl));
        let known = checkout(Some(with_url(None, Millis(0))));
        assert!(matches!(
            decide(&known, NOW, &rules()),
            Decision::Confirm(_)
        ));
    }

    #[test]
    fn a_fresh_order_whose_session_is_complete_is_not_led_to_again() {
        for waiting in [Waiting::Bank, Waiting::Payer { url: None }] {
            let (url, is_waiting) = (Some(URL.to_owned()), Some(waiting.clone()));
            let state = OrderState::Pending {
                url,
                waiting: is_waiting,
            };
            let mut complete = checkout(Some(order(state, Millis(0))));
            assert!(matches!(
                decide(&complete, NOW, &rules()),
                Decision::Processing { waiting: found, .. } if *found == waiting
            ));
            // Once it is stale, Stripe is asked: its bank may have answered.
            let later = NOW.plus(Millis::minutes(30));
            assert!(matches!(
                decide(&complete, later, &rules()),
                Decision::Replace(_, CancelReason::Stale)
            ));
            complete.charge.money = usd(1);
            assert_eq!(replaces(&complete), Some(CancelReason::AmountChanged));
        }
    }

    #[test]
    fn a_url_on_another_host_is_not_followed() {
        for url in [
            "http://checkout.stripe.com/c/pay/x",
            "https://checkout.stripe.com.evil.example/",
            "https://checkout.stripe.com@evil.example/",
            "https://checkout.stripe.com",
            "https://checkout.stripe.com/\r\nSet-Cookie: x",
            "javascript:alert(1)",
            "",
        ] {
            let evil = checkout(Some(with_url(Some(url), Millis(0))));
            assert_eq!(replaces(&evil), Some(CancelReason::UnusableUrl), "{url}");
        }
    }

    #[test]
    fn the_order_of_the_rows() {
        let refunded = OrderState::Refunded {
            at: NOW,
            by_dispute: false,
        };
        let mut all = checkout(Some(order(refunded, Millis(0))));
        assert!(matches!(
            decide(&all, NOW, &rules()),
            Decision::Refunded { .. }
        ));
        all.charge.money = usd(0);
        assert_eq!(decide(&all, NOW, &rules()), Decision::NothingToPay);
        all.charge.closed = true;
        assert_eq!(decide(&all, NOW, &rules()), Decision::Gone(Gone::Closed));
        all.link.expires_at = Some(NOW);
        assert_eq!(decide(&all, NOW, &rules()), Decision::Gone(Gone::Expired));
        all.link.revoked = true;
        assert_eq!(decide(&all, NOW, &rules()), Decision::Gone(Gone::Revoked));
    }

    #[test]
    fn who_has_paid_is_told_so_whatever_became_of_the_link() {
        let is_paid = |all: &Checkout| matches!(decide(all, NOW, &rules()), Decision::Paid { .. });
        let mut all = checkout(Some(paid()));
        assert!(is_paid(&all));
        all.link.revoked = true;
        all.link.expires_at = Some(NOW);
        assert!(is_paid(&all));
        all.charge.closed = true;
        assert!(is_paid(&all));
        all.charge.money = usd(0);
        assert!(is_paid(&all));
    }

    #[test]
    fn after_creates_that_stripe_refused_a_charge_pauses() {
        let mut paused = checkout(None);
        paused.charge.create_after = Some(NOW.plus(Millis(1)));
        let until = NOW.plus(Millis(1));
        assert_eq!(decide(&paused, NOW, &rules()), Decision::Pause { until });
        assert_eq!(decide(&paused, until, &rules()), Decision::Claim);
    }
}
