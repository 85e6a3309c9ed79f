//! Limits on how often something may be tried: what is limited, by which binding, and whose tries count
//! together.
//!
//! Visits to a link that exists are never limited by address: all phones of a mobile carrier may share one.
//! The length of its token keeps a link from being guessed.

use std::net::IpAddr;

use super::id::{ChargeId, SessionId};
use crate::encode::hex;

/// A limit on tries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Visits with an unknown token, by address.
    UnknownTokens,
    /// Log-ins, and requests to the desk with a secret, by address: right ones and wrong ones.
    AdminAddress,
    /// The same of servers that ask for sessions. It is apart, so that a server and the people behind the same address
    /// take nothing from each other.
    ServerAddress,
    /// Wrong secrets, wherever they came from. A right one is never counted here, and never asks: what others guess
    /// shuts nobody out.
    AdminTotal,
    /// Clicks that would reach Stripe, by charge: a storm of clicks on one link must not use up the account's
    /// rate limit at Stripe.
    Charge(ChargeId),
    /// The page to which Stripe sends payers back, by session.
    Session(SessionId),
}

/// A limiter's answer to a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Allowance {
    /// It is within the limit.
    Allowed,
    /// There were too many.
    Refused,
    /// The limiter could not be asked: its binding is missing, or it failed. Then visitors are let through,
    /// and log-ins are refused.
    Unavailable,
}

/// The names of all bindings, as `wrangler.toml` has them.
pub const BINDINGS: [&str; 6] = [
    "UNKNOWN_TOKENS",
    "ADMIN_REQUESTS",
    "SERVER_REQUESTS",
    "ADMIN_LOGINS_TOTAL",
    "CHARGE_CLICKS",
    "SUCCESS_PAGE",
];

impl Limit {
    /// The binding that counts it.
    #[must_use]
    pub const fn binding(&self) -> &'static str {
        match self {
            Self::UnknownTokens => "UNKNOWN_TOKENS",
            Self::AdminAddress => "ADMIN_REQUESTS",
            Self::ServerAddress => "SERVER_REQUESTS",
            Self::AdminTotal => "ADMIN_LOGINS_TOTAL",
            Self::Charge(_) => "CHARGE_CLICKS",
            Self::Session(_) => "SUCCESS_PAGE",
        }
    }

    /// Tries with the same key count together. `address` is the client's (`CF-Connecting-IP`). `None` on a
    /// developer's machine, where nobody is limited.
    #[must_use]
    pub fn key(&self, address: Option<&str>) -> Option<String> {
        let network = Network::of(address);
        if network == Network::Local {
            return None;
        }
        Some(match self {
            Self::UnknownTokens | Self::AdminAddress | Self::ServerAddress => network.key(),
            Self::AdminTotal => "all".to_owned(),
            Self::Charge(charge) => charge.to_string(),
            Self::Session(session) => session.0.clone(),
        })
    }
}

/// The part of a client's address that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Network {
    /// This machine.
    Local,
    /// An address of IPv4.
    V4([u8; 4]),
    /// The first 64 bits of an IPv6 address. A provider's customer has at least one such network (RFC 6177,
    /// "IPv6 Address Assignment to End Sites"), and can use another address of it for each try.
    V6([u8; 8]),
    /// No valid address. Cloudflare always gives one, so these tries may all count together.
    Unknown,
}

impl Network {
    fn of(address: Option<&str>) -> Self {
        let address = address.and_then(|text| text.trim().parse::<IpAddr>().ok());
        match address.map(|address| address.to_canonical()) {
            None => Self::Unknown,
            Some(address) if address.is_loopback() => Self::Local,
            Some(IpAddr::V4(address)) => Self::V4(address.octets()),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }

    fn key(self) -> String {
        match self {
            Self::Local | Self::Unknown => "unknown".to_owned(),
            Self::V4(octets) => octets.map(|octet| octet.to_string()).join("."),
            Self::V6(network) => hex(&network),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_address(address: &str) -> Option<String> {
        Limit::UnknownTokens.key(Some(address))
    }

    #[test]
    fn an_address_of_ipv4_counts_by_itself() {
        for (address, key) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7 ", "203.0.113.7"),
            // The same address, as IPv6 writes it (RFC 4291, "IPv4-Mapped IPv6 Address").
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::FFFF:cb00:7107", "203.0.113.7"),
            ("0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"),
        ] {
            assert_eq!(by_address(address).as_deref(), Some(key), "{address}");
        }
        assert_ne!(by_address("203.0.113.7"), by_address("203.0.113.8"));
    }

    #[test]
    fn an_address_of_ipv6_counts_with_its_64() {
        for (address, key) in [
            ("2001:db8:1:2:3:4:5:6", "20010db800010002"),
            (
                "2001:0db8:0001:0002:ffff:ffff:ffff:ffff",
                "20010db800010002",
            ),
            ("2001:DB8:1:2::", "20010db800010002"),
            ("2001:db8::1", "20010db800000000"),
            (
                "2001:0db8:0000:0000:0000:0000:0000:0002",
                "20010db800000000",
            ),
            ("2001:db8:0:1::1", "20010db800000001"),
            ("fe80::1", "fe80000000000000"),
            ("::2", "0000000000000000"),
        ] {
            assert_eq!(by_address(address).as_deref(), Some(key), "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_limited_together() {
        for garbage in [
            "",
            "unknown",
            "203.0.113",
            "203.0.113.256",
            "203.0.113.7:443",
            "[2001:db8::1]",
            "2001:db8::1%eth0",
            "2001:db8:1:2:3:4:5:6:7",
            "127.0.0.1, 203.0.113.7",
            "localhost",
        ] {
            assert_eq!(by_address(garbage).as_deref(), Some("unknown"), "{garbage}");
        }
        assert_eq!(Limit::AdminAddress.key(None).as_deref(), Some("unknown"));
    }

    #[test]
    fn nobody_is_limited_on_a_developers_machine() {
        let limits = [
            Limit::UnknownTokens,
            Limit::AdminAddress,
            Limit::ServerAddress,
            Limit::AdminTotal,
            Limit::Charge(ChargeId(7)),
            Limit::Session(SessionId("cs_test_1".to_owned())),
        ];
        for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            for limit in &limits {
                assert_eq!(limit.key(Some(address)), None, "{address} {limit:?}");
            }
        }
    }

    #[test]
    fn what_is_not_limited_by_address_counts_wherever_it_comes_from() {
        for (limit, key) in [
            (Limit::AdminTotal, "all"),
            (Limit::Charge(ChargeId(7)), "7"),
            (
                Limit::Session(SessionId("cs_test_1".to_owned())),
                "cs_test_1",
            ),
        ] {
            for address in [Some("203.0.113.7"), Some("2001:db8::1"), Some("?"), None] {
                assert_eq!(limit.key(address).as_deref(), Some(key));
            }
        }
    }

    #[test]
    fn each_limit_has_a_binding_of_its_own_in_the_configuration() {
        let limits = [
            Limit::UnknownTokens,
            Limit::AdminAddress,
            Limit::ServerAddress,
            Limit::AdminTotal,
            Limit::Charge(ChargeId(7)),
            Limit::Session(SessionId(String::new())),
        ];
        let bindings = limits.map(|limit| limit.binding());
        assert_eq!(bindings, BINDINGS);
        let configured = include_str!("../../wrangler.toml");
        for binding in BINDINGS {
            let named = format!("[[ratelimits]]\nname = \"{binding}\"\n");
            assert!(configured.contains(&named), "{binding}");
        }
    }
}
