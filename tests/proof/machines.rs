//! Invariant 5: a machine's visit leaves the database and Stripe as they were.
//!
//! It does not get as far as the exploration: without a job there is nothing that could call a port.

use checkout_guard::{
    app::router,
    http::{
        handler::Route,
        request::{Headers, Network, RequestHead},
        site::Site,
    },
};

use crate::database;

/// Visitors that name themselves as machines, and those that do nothing that a person does.
const MACHINES: [(&str, &str); 7] = [
    ("GET", "facebookexternalhit/1.1 Facebot Twitterbot/1.0"),
    ("GET", "WhatsApp/2.23.20.0"),
    (
        "GET",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ),
    ("GET", "curl/8.5.0"),
    ("GET", ""),
    (
        "HEAD",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    ),
    (
        "OPTIONS",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    ),
];

struct OnlyAgent(&'static str);

impl Headers for OnlyAgent {
    fn header(&self, name: &str) -> Option<String> {
        let value = match name {
            "user-agent" => self.0,
            "accept" => "text/html,*/*;q=0.8",
            "accept-language" => "en-US,en;q=0.9",
            "sec-fetch-mode" => "navigate",
            "sec-fetch-dest" => "document",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn network(&self) -> Network {
        Network::default()
    }
}

/// The first machine that is let through to a handler.
pub fn leak() -> Option<&'static str> {
    let site = Site::new(|name| configured(name).map(str::to_owned));
    let site = site.unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let query = format!("token={}", database::token(1));
    let is_let_through = |(method, agent): &(&'static str, &'static str)| {
        let headers = OnlyAgent(agent);
        let arrival = RequestHead {
            method,
            path: "/checkout/first-payment",
            query: &query,
            is_secure: true,
            headers: &headers,
        };
        matches!(router::route(&site, &arrival), Route::Handler(..))
    };
    MACHINES
        .into_iter()
        .find(is_let_through)
        .map(|(_, agent)| agent)
}

fn configured(name: &str) -> Option<&'static str> {
    Some(match name {
        "CLUB_NAME" => "Example Youth Club",
        "CLUB_CONTACT" => "treasurer@club.example",
        "PUBLIC_ORIGIN" => "https://pay.club.example",
        "STRIPE_SECRET_KEY" => "sk_test_of_the_proof",
        "STRIPE_WEBHOOK_SECRET" => "whsec_of_the_proof",
        "ADMIN_TOKEN" => "proof:secret-of-the-operator-of-the-proof",
        _ => return None,
    })
}
