//! The guard's decision table as one pure, exhaustive match: what a person's visit on a link gets,
//! given what the books say and the time.
//!
//! It reads and writes nothing. Where the answer depends on what Stripe says of an old session, the
//! decision is to ask ([`Decision::Replace`]), and [`crate::settle`] goes on from there.

use crate::{
    order::{CancelReason, KnownSession, Millis, Order, OrderState, UnixMillis},
    ports::{Charge, Checkout},
};

/// The hosts that a person may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CheckoutHosts {
    origins: Vec<String>,
}

/// What the table depends on besides the books and the time.
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
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// What it led to is closed.
    Closed,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// The link, or its charge, is over: 410.
    Gone(Gone),
    /// The charge is of 0: nothing to pay, 200.
    NothingToPay,
    /// It is paid: 409.
    Paid {
        /// The order.
        order: &'a Order,
        /// When.
        at: UnixMillis,
        /// Stripe's receipt page.
        receipt_url: Option<&'a str>,
    },
    /// It was paid and then paid back: 409.
    Refunded {
        /// The order.
        order: &'a Order,
        /// When it was paid back.
        at: UnixMillis,
    },
    /// A fresh order with a URL: there.
    Redirect {
        /// The order.
        order: &'a Order,
        /// Checked against the allowed hosts.
        url: &'a str,
    },
    /// A fresh order without a URL yet: finish what its claimant began.
    Finish(&'a Order),
    /// No live order: claim one.
    Claim,
    /// A pending order that must not be used any more: retire it at Stripe, then replace it.
    Replace(&'a Order, CancelReason),
}

/// Decides on what the books say at `now`.
#[must_use]
pub fn decide<'a>(checkout: &'a Checkout, now: UnixMillis, rules: &Rules) -> Decision<'a> {
    let Checkout {
        link,
        charge,
        order,
    } = checkout;
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
        return Decision::Claim;
    };
    match &order.state {
        OrderState::Paid { at, receipt_url } => Decision::Paid {
            order,
            at: *at,
            receipt_url: receipt_url.as_deref(),
        },
        OrderState::Refunded { at } => Decision::Refunded { order, at: *at },
        OrderState::Canceled { .. } => Decision::Claim,
        OrderState::Pending { session } => pending(order, session.as_ref(), charge, now, rules),
    }
}

fn pending<'a>(
    order: &'a Order,
    session: Option<&'a KnownSession>,
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
    match session.map(|session| session.url.as_deref()) {
        Some(Some(url)) if rules.hosts.allow(url) => Decision::Redirect { order, url },
        Some(_) => Decision::Replace(order, CancelReason::UnusableUrl),
        None if order.is_ours() => Decision::Finish(order),
        // An old system's order with neither session nor URL: there is nothing to finish.
        None => Decision::Replace(order, CancelReason::UnusableUrl),
    }
}

impl CheckoutHosts {
    /// Reads a comma-separated list. A bare host means `https` on its default port; an origin
    /// (`http://localhost:12111`) is for development.
    ///
    /// # Errors
    /// The entry that is neither.
    pub fn parse(list: &str) -> Result<Self, String> {
        let origins = list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(origin_of_entry)
            .collect::<Result<Vec<_>, _>>()?;
        if origins.is_empty() {
            return Err("names no host".to_owned());
        }
        Ok(Self { origins })
    }

    /// Whether a URL may be redirected to: its origin is one of ours, to the letter.
    #[must_use]
    pub fn allow(&self, url: &str) -> bool {
        // A header must hold it, and a user name before the host must not be able to hide one.
        let printable = url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        printable
            && self.origins.iter().any(|origin| {
                url.strip_prefix(origin.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            })
    }

    /// The allowed origins, for a page's Content-Security-Policy.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().map(String::as_str)
    }
}

fn origin_of_entry(entry: &str) -> Result<String, String> {
    let host = entry
        .strip_prefix("https://")
        .or_else(|| entry.strip_prefix("http://"))
        .unwrap_or(entry);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(format!("{entry:?} is neither a host nor an origin"));
    }
    Ok(if entry.contains("://") {
        entry.to_owned()
    } else {
        format!("https://{entry}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        order::{ChargeId, Currency, Money, OrderId, Origin, SessionId, Terms},
        ports::LinkState,
    };

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const URL: &str = "https://checkout.stripe.com/c/pay/cs_test_1";

    fn rules() -> Rules {
        let hosts = CheckoutHosts {
            origins: vec!["https://checkout.stripe.com".to_owned()],
        };
        Rules {
            stale_after: Millis::minutes(30),
            hosts,
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
            money: usd(15_000),
            created_at: UnixMillis(NOW.0 - age.0),
            origin: Origin::Guard,
            state,
            session: None,
            payment_intent: None,
            refunded_minor: 0,
            version: 0,
            checks: 0,
            terms: Terms {
                product_name: "First payment".to_owned(),
                customer_email: None,
                return_origin: "https://pay.example".to_owned(),
                session_expires_at: NOW,
            },
        }
    }

    fn with_url(url: Option<&str>, age: Millis) -> Order {
        let id = SessionId::parse("cs_test_1");
        let session = Some(KnownSession {
            id,
            url: url.map(str::to_owned),
        });
        order(OrderState::Pending { session }, age)
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
            | Decision::Finish(_)
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
    fn a_fresh_order_without_a_session_is_finished() {
        let unfinished = checkout(Some(order(
            OrderState::Pending { session: None },
            Millis(0),
        )));
        assert!(matches!(
            decide(&unfinished, NOW, &rules()),
            Decision::Finish(_)
        ));
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
        let paid = OrderState::Paid {
            at: NOW,
            receipt_url: None,
        };
        let mut all = checkout(Some(order(paid, Millis(0))));
        assert!(matches!(decide(&all, NOW, &rules()), Decision::Paid { .. }));
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
    fn hosts_are_read_as_hosts_or_origins() {
        let hosts = CheckoutHosts::parse("checkout.stripe.com, http://localhost:12111");
        assert!(hosts.is_ok_and(|hosts| hosts.allow("http://localhost:12111/c/pay/x")));
        for bad in ["", " , ", "checkout.stripe.com/path", "https://", "a b"] {
            assert!(CheckoutHosts::parse(bad).is_err(), "{bad}");
        }
    }
}
