//! The ports, as the runtime has them: D1, Stripe over `fetch`, the clock, randomness.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::{JsCast, JsValue};
use worker::{
    Delay, Env, Fetch, Headers, Method, RequestInit, RequestRedirect,
    js_sys::{self, Array, JSON},
    wasm_bindgen_futures::JsFuture,
    web_sys,
    worker_sys::types::{D1Database, D1PreparedStatement, D1Result},
};

use super::{Configured, now};
use crate::{
    http::Random,
    order::{Millis, UnixMillis},
    ports::{Clock, StoreFault},
    sql::{Row, Statement, Value},
    store::{Database, DatabaseFault},
    stripe::{API_VERSION, Answer, NoAnswer, Request, Transport},
};

/// How long all calls to Stripe of one request may take together.
const STRIPE_LIMIT: Millis = Millis(25_000);

/// The ports of one request.
pub struct World {
    site: Rc<Configured>,
    d1: D1Database,
    started: f64,
    d1_calls: Cell<u32>,
    stripe_calls: Cell<u32>,
}

impl World {
    /// The ports of a request that came now.
    pub fn new(site: Rc<Configured>, env: &Env) -> Result<Self, JsValue> {
        let d1 = js_sys::Reflect::get(env, &"DB".into())?.unchecked_into();
        let (d1_calls, stripe_calls) = (Cell::new(0), Cell::new(0));
        Ok(Self {
            site,
            d1,
            started: now(),
            d1_calls,
            stripe_calls,
        })
    }

    /// Calls to D1 so far.
    pub fn d1_calls(&self) -> u32 {
        self.d1_calls.get()
    }

    /// Calls to Stripe so far.
    pub fn stripe_calls(&self) -> u32 {
        self.stripe_calls.get()
    }

    async fn run(&self, statements: &[Statement]) -> Result<String, JsValue> {
        let prepared = statements
            .iter()
            .map(|statement| prepare(&self.d1, statement))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = if let [single] = prepared.as_slice() {
            Array::of1(&JsFuture::from(single.raw()?).await?)
        } else {
            let results = JsFuture::from(self.d1.batch(prepared.iter().collect())?).await?;
            let results: Array = results.unchecked_into();
            results
                .iter()
                .map(|result| {
                    Ok(result
                        .unchecked_into::<D1Result>()
                        .results()?
                        .unwrap_or_default())
                })
                .collect::<Result<Array, JsValue>>()?
        };
        // One crossing for all rows.
        Ok(JSON::stringify(&rows)?.into())
    }
}

fn prepare(d1: &D1Database, statement: &Statement) -> Result<D1PreparedStatement, JsValue> {
    let parameters: Array = statement
        .parameters
        .iter()
        .map(|value| match value {
            Value::Null => JsValue::NULL,
            Value::Integer(integer) => JsValue::from_f64(*integer as f64),
            Value::Text(text) => JsValue::from_str(text),
        })
        .collect();
    d1.prepare(statement.sql)?.bind(parameters)
}

impl Database for World {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseFault> {
        self.d1_calls.set(self.d1_calls.get() + 1);
        let rows = self
            .run(&statements)
            .await
            .map_err(|error| DatabaseFault::from_message(&message(&error)))?;
        serde_json::from_str(&rows)
            .map_err(|_| DatabaseFault::Fault(StoreFault("D1 answered what is no rows".to_owned())))
    }
}

impl Transport for World {
    async fn send(&self, request: &Request, limit: Millis) -> Result<Answer, NoAnswer> {
        self.stripe_calls.set(self.stripe_calls.get() + 1);
        self.fetch(request, limit)
            .await
            .map_err(|error| NoAnswer(format!("no answer: {error}")))
    }

    async fn pause(&self, length: Millis) {
        Delay::from(std::time::Duration::from_millis(
            length.0.max(0).unsigned_abs(),
        ))
        .await;
    }

    fn time_left(&self) -> Millis {
        Millis(STRIPE_LIMIT.0 - (now() - self.started) as i64)
    }

    fn random_below(&self, bound: u32) -> u32 {
        (js_sys::Math::random() * f64::from(bound)) as u32
    }
}

impl World {
    async fn fetch(&self, request: &Request, limit: Millis) -> Result<Answer, worker::Error> {
        let Ok(site) = self.site.as_ref() else {
            return Err("no configuration".into());
        };
        let headers = Headers::new();
        let key = site.config.stripe_secret_key.reveal();
        headers.set("authorization", &format!("Bearer {key}"))?;
        headers.set("stripe-version", API_VERSION)?;
        if let Some(key) = &request.idempotency_key {
            headers.set("idempotency-key", key)?;
        }
        let mut init = RequestInit::new();
        // The credentials go nowhere but to the configured host.
        init.with_redirect(RequestRedirect::Manual);
        if let Some(form) = &request.form {
            headers.set("content-type", "application/x-www-form-urlencoded")?;
            init.with_method(Method::Post)
                .with_body(Some(form.as_str().into()));
        }
        init.with_headers(headers);
        let url = format!("{}{}", site.config.stripe_api_base, request.path);
        let signal = web_sys::AbortSignal::timeout_with_u32(u32::try_from(limit.0).unwrap_or(0));
        let outgoing = worker::Request::new_with_init(&url, &init)?;
        let mut response = Fetch::Request(outgoing)
            .send_with_signal(&signal.into())
            .await?;
        let header = |name| response.headers().get(name).ok().flatten();
        let should_retry = header("stripe-should-retry").map(|value| value == "true");
        let replayed = header("idempotent-replayed").is_some_and(|value| value == "true");
        let status = response.status_code();
        Ok(Answer {
            status,
            should_retry,
            replayed,
            body: response.text().await?,
        })
    }
}

impl Clock for World {
    fn now(&self) -> UnixMillis {
        UnixMillis(now() as i64)
    }
}

impl Random for World {
    fn token_bytes(&self) -> [u8; 32] {
        random_bytes()
    }
}

/// 32 bytes of the runtime's cryptographic randomness.
///
/// # Panics
/// Where the runtime has none: no token is better than a guessable one.
#[must_use]
pub fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    let crypto = js_sys::global()
        .unchecked_into::<web_sys::WorkerGlobalScope>()
        .crypto();
    let filled = crypto.and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    assert!(
        filled.is_ok() && bytes != [0; 32],
        "the runtime gave no randomness"
    );
    bytes
}

/// An exception's message.
fn message(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "D1 failed without a message".to_owned(),
        |error| String::from(error.message()),
    )
}
