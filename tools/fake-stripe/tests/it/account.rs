//! An account with a clock that the test holds, and the requests that a client would send.

use fake_stripe::{Config, Request, Response, Stripe, encode};
use serde_json::Value;

/// When every test begins, in unix ms.
pub const START_MS: i64 = 1_750_000_000_000;
pub const MINUTE_MS: i64 = 60 * 1000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const SESSIONS: &str = "/v1/checkout/sessions";

pub struct Account {
    pub stripe: Stripe,
    pub now_ms: i64,
}

impl Account {
    /// Neither is a delivery due, nor will one be later.
    pub fn assert_nothing_is_due(&mut self) {
        let later = self.now_ms + 1_000_000;
        assert!(self.stripe.take_webhooks(later).is_empty());
    }

    pub fn new() -> Self {
        Self::seeded(1)
    }

    pub fn seeded(seed: u64) -> Self {
        Self::with(Config {
            seed,
            ..Config::default()
        })
    }

    pub fn with(config: Config) -> Self {
        Self {
            stripe: Stripe::new(config),
            now_ms: START_MS,
        }
    }

    pub fn get(&mut self, path: &str) -> Response {
        self.send(Request::new("GET", path))
    }

    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        self.send(Request::new("POST", path).with_form(encode(form)))
    }

    pub fn post_with_key(&mut self, path: &str, key: &str, form: &[(&str, &str)]) -> Response {
        let request = Request::new("POST", path).with_form(encode(form));
        self.send(request.with_header("Idempotency-Key", key))
    }

    pub fn send(&mut self, request: Request) -> Response {
        self.stripe.handle(&authorized(request), self.now_ms)
    }

    /// Sends a request with that secret key.
    pub fn send_as(&mut self, key: &str, request: Request) -> Response {
        let request = request.with_header("Authorization", &format!("Bearer {key}"));
        self.stripe.handle(&request, self.now_ms)
    }

    /// The objects of a list, from its first page to its last, which has to end.
    pub fn all(&mut self, path: &str) -> Vec<Value> {
        let mut objects: Vec<Value> = Vec::new();
        for _ in 0..100 {
            let join = if path.contains('?') { '&' } else { '?' };
            let after = match objects.last() {
                Some(last) => format!("{join}starting_after={}", id(last)),
                None => String::new(),
            };
            let page = self.get(&format!("{path}{after}")).json();
            objects.extend(page["data"].as_array().unwrap().clone());
            if page["has_more"] == false {
                return objects;
            }
        }
        panic!("{path} has no end")
    }

    /// The id of a new open session over 135.00 USD.
    pub fn session(&mut self) -> String {
        id(&self.post(SESSIONS, &valid()).json())
    }

    /// The id of a new open session in that currency.
    pub fn session_in(&mut self, currency: &str) -> String {
        let form = valid_but("line_items[0][price_data][currency]", currency);
        id(&self.post(SESSIONS, &form).json())
    }

    /// The id of the payment intent of a new paid session.
    pub fn paid(&mut self) -> String {
        let session = self.session();
        let intent = self.stripe.pay(&session, self.now_ms).unwrap();
        intent.unwrap().to_string()
    }

    pub fn retrieve(&mut self, session: &str) -> Value {
        self.get(&format!("{SESSIONS}/{session}")).json()
    }

    /// The types of all events, oldest first.
    pub fn event_types(&self) -> Vec<&'static str> {
        self.stripe
            .events()
            .map(|event| event.kind.name())
            .collect()
    }
}

pub fn authorized(request: Request) -> Request {
    request.with_header("Authorization", "Bearer sk_test_1")
}

/// The parameters of a session as the product creates it.
pub fn valid() -> Vec<(&'static str, &'static str)> {
    vec![
        ("mode", "payment"),
        ("client_reference_id", "7"),
        ("customer_email", "parent@example.com"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "13500"),
        (
            "line_items[0][price_data][product_data][name]",
            "First payment: Player 25",
        ),
        ("line_items[0][quantity]", "1"),
        ("metadata[charge_id]", "25"),
        ("payment_intent_data[metadata][charge_id]", "25"),
        (
            "success_url",
            "https://club.test/paid?s={CHECKOUT_SESSION_ID}",
        ),
        ("cancel_url", "https://club.test/back"),
    ]
}

/// The valid parameters with one of them set, or left out if the value is empty.
pub fn valid_but<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<(&str, &str)> = valid();
    form.retain(|(known, _)| *known != name);
    if !value.is_empty() {
        form.push((name, value));
    }
    form
}

pub fn id(object: &Value) -> String {
    object["id"]
        .as_str()
        .expect("an object with an id")
        .to_owned()
}

/// `(status, code, param)` of an error.
pub fn error(response: &Response) -> (u16, String, String) {
    let body = response.json();
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    (response.status, text("code"), text("param"))
}
