//! The fake Stripe for the simulator: in the simulator's own process, so that a call is a function call, takes no time of
//! its own, and two runs of a seed are equal.
//!
//! What the simulator asks for and what it gets are texts, JSON where they have parts. Times are unix milliseconds, and
//! come from the simulator's clock. A call has two halves, as at Stripe: it arrives, which keeps its idempotency key, and it
//! is carried out later. Who delivers webhooks is the simulator.

use fake_stripe::{Admission, Config, Request, Response, Stripe, Ticket, Webhook};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

/// One Stripe account, the calls that are on their way, and the webhooks that were handed out.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SimulatedStripe {
    stripe: Stripe,
    tickets: Vec<Option<Ticket>>,
    webhooks: Vec<Webhook>,
}

#[wasm_bindgen]
impl SimulatedStripe {
    /// An account in which nothing has happened. `webhook_url` is where its endpoint is; `other_key` is a key of another account, which
    /// knows nothing of this one.
    #[must_use]
    #[wasm_bindgen(constructor)]
    pub fn new(
        seed: u32,
        origin: String,
        webhook_url: String,
        webhook_secret: String,
        other_key: String,
        validates_before_key: bool,
    ) -> Self {
        let config = Config {
            seed: u64::from(seed),
            origin,
            webhook_url,
            webhook_secret,
            other_account_keys: vec![other_key],
            validates_before_key,
            ..Config::default()
        };
        Self {
            stripe: Stripe::new(config),
            tickets: Vec::new(),
            webhooks: Vec::new(),
        }
    }

    /// A call arrives. `headers` is a JSON list of pairs. Answers `{"ticket": n}` if it is to be carried out, or its answer
    /// as [`SimulatedStripe::finish`] has it.
    #[must_use]
    pub fn begin(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
        now_ms: f64,
    ) -> String {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: serde_json::from_str(headers).unwrap_or_default(),
            body: body.as_bytes().to_vec(),
        };
        match self.stripe.begin(&request, now_ms as i64) {
            Admission::Answered(response) => answer(&response),
            Admission::Admitted(ticket) => {
                self.tickets.push(Some(ticket));
                json!({ "ticket": self.tickets.len() - 1 }).to_string()
            }
        }
    }

    /// A call that has arrived is carried out. Answers `{"status", "headers", "body"}`; the status is 0 if the connection is
    /// closed without an answer.
    #[must_use]
    pub fn finish(&mut self, ticket: usize, now_ms: f64) -> String {
        match self.tickets.get_mut(ticket).and_then(Option::take) {
            Some(ticket) => answer(&self.stripe.finish(ticket, now_ms as i64)),
            None => json!({ "status": 0, "headers": {}, "body": "" }).to_string(),
        }
    }

    /// The answer of a control endpoint of the fake Stripe: payers, banks, the dashboard.
    #[must_use]
    pub fn control(&mut self, method: &str, path: &str, body: &str, now_ms: f64) -> String {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.as_bytes().to_vec(),
        };
        answer(&self.stripe.control(&request, now_ms as i64))
    }

    /// The webhooks that are due, as a JSON list of `{"number", "event", "type", "url", "payload"}`.
    #[must_use]
    pub fn take_webhooks(&mut self, now_ms: f64) -> String {
        let due = self.stripe.take_webhooks(now_ms as i64);
        if due.is_empty() {
            return "[]".to_owned();
        }
        let first = self.webhooks.len();
        let list: Vec<Value> = due
            .iter()
            .enumerate()
            .map(|(at, webhook)| {
                let payload = String::from_utf8_lossy(&webhook.payload);
                json!({
                    "number": first + at,
                    "event": webhook.event_id.as_ref(),
                    "url": webhook.url,
                    "payload": payload,
                })
            })
            .collect();
        self.webhooks.extend(due);
        Value::Array(list).to_string()
    }

    /// The signature of a webhook that is sent at that unix second; empty if its endpoint is gone.
    #[must_use]
    pub fn sign(&self, number: usize, at: f64) -> String {
        let webhook = self.webhooks.get(number);
        webhook
            .and_then(|webhook| self.stripe.sign_webhook(webhook, at as i64))
            .unwrap_or_default()
    }

    /// A webhook was answered with 2xx, or will never be.
    pub fn answered(&mut self, number: usize, delivered: bool, now_ms: f64) {
        if let Some(webhook) = self.webhooks.get(number) {
            self.stripe
                .webhook_answered_by(webhook, delivered, now_ms as i64);
        }
    }

    /// Lets Stripe's clock act: sessions past their time expire.
    pub fn tick(&mut self, now_ms: f64) {
        self.stripe.tick(now_ms as i64);
    }

    /// Forgets which calls were seen: nobody reads them in a long run.
    pub fn clear_calls(&mut self) {
        self.stripe.clear_calls();
    }
}

fn answer(response: &Response) -> String {
    let headers: serde_json::Map<String, Value> = response
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), Value::from(value.as_str())))
        .collect();
    json!({
        "status": response.status,
        "headers": headers,
        "body": String::from_utf8_lossy(&response.body),
    })
    .to_string()
}
