//! The ports, implemented with the runtime: D1, Stripe over `fetch`, the clock, rate limiters, randomness.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use serde::{Serialize, Serializer, ser::SerializeSeq};
use wasm_bindgen::{JsCast, JsValue};
use worker::{
    Env, js_sys, web_sys,
    worker_sys::types::{D1Database, RateLimiter},
};

use super::{clock, executor::wait, log, runtime, site::Configured};
use crate::{
    app::{Calls, Entry, Runtime},
    domain::{
        error::StoreError,
        limit::{Allowance, BINDINGS, Limit},
        mail::{Mail, NotTaken, Refusal},
        time::{Millis, UnixMillis},
    },
    json,
    ports::{self, Calendar, Clock, Hook, Identity, Mailer, Meter, Random},
    store::{Database, DatabaseError, Row, Statement, Value},
    stripe::{API_VERSION, Answer, NoAnswer, Request, Transport},
};

/// How long all calls to Stripe of one request, or of one item of a cron run, may take together.
const STRIPE_LIMIT: Millis = Millis::seconds(12);
/// How long each call to D1 may take while a parent, a front end or Stripe waits. A person should see a page before they
/// think that nothing happens.
const D1_LIMIT: Millis = Millis::seconds(8);
/// The same of a run of the cron or an operator's request, which may have much to write. D1 itself ends a statement after 30 s
/// (Cloudflare docs, "D1", "Limits").
const D1_LIMIT_OF_WORK: Millis = Millis::seconds(32);
/// How long an alert or an email may take to be taken, in milliseconds.
const ALERT_LIMIT: u32 = 10_000;
/// The binding that emails are sent by.
const EMAIL: &str = "EMAIL";

/// The ports of one request.
pub struct Services {
    site: Rc<Configured>,
    d1: D1Database,
    /// Ends calls to D1 that take too long.
    watch: JsValue,
    env: Env,
    request: Option<web_sys::Request>,
    /// The request's context.
    context: JsValue,
    /// When the request came, or the item of the cron run began, in unix milliseconds.
    started: Cell<f64>,
    d1_calls: Cell<u32>,
    stripe_calls: Cell<u32>,
    statements: Cell<u32>,
    /// Alerts and emails sent.
    sent: Cell<u32>,
}

impl Services {
    /// The ports of a request that came now, or of a cron run if there is no request. `context` is the runtime's.
    /// `somebody_waits` says whether calls to D1 must be short.
    ///
    /// # Errors
    /// If the environment cannot be read.
    pub fn new(
        site: Rc<Configured>,
        env: &Env,
        request: Option<web_sys::Request>,
        context: JsValue,
        somebody_waits: bool,
    ) -> Result<Self, JsValue> {
        let d1 = js_sys::Reflect::get(env, &"DB".into())?.unchecked_into();
        let (d1_calls, stripe_calls) = (Cell::new(0), Cell::new(0));
        let limit = if somebody_waits {
            D1_LIMIT
        } else {
            D1_LIMIT_OF_WORK
        };
        Ok(Self {
            site,
            d1,
            watch: runtime::new_watch(limit.0 as f64),
            env: env.clone(),
            request,
            context,
            started: Cell::new(clock::now()),
            d1_calls,
            stripe_calls,
            statements: Cell::new(0),
            sent: Cell::new(0),
        })
    }

    async fn run(&self, statements: &[Statement]) -> Result<String, JsValue> {
        let statements: Vec<_> = statements.iter().map(Numbered).collect();
        let text = json::to_string(&statements);
        let rows = wait(&runtime::run_statements(&self.d1, &text, &self.watch)).await?;
        Ok(rows.as_string().unwrap_or_default())
    }
}

/// A statement as `runtime.js` reads it: its number there, then its parameters.
struct Numbered<'a>(&'a Statement);

impl Serialize for Numbered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Statement { sql, parameters } = self.0;
        let mut list = serializer.serialize_seq(Some(1 + parameters.len()))?;
        list.serialize_element(&statement_number(sql))?;
        for value in parameters {
            match value {
                Value::Null => list.serialize_element(&()),
                Value::Integer(integer) => list.serialize_element(integer),
                Value::Text(text) => list.serialize_element(text),
            }?;
        }
        list.end()
    }
}

thread_local! {
    /// The statements that are registered with `runtime.js`, with their numbers there.
    static REGISTERED: RefCell<Vec<(&'static str, u32)>> = const { RefCell::new(Vec::new()) };
}

/// Registers a statement on first use, so that its text crosses the FFI boundary once.
fn statement_number(sql: &'static str) -> u32 {
    REGISTERED.with_borrow_mut(|registered| {
        // The texts are constants of one module: the same address is the same text.
        let known = registered.iter().find(|(text, _)| std::ptr::eq(*text, sql));
        if let Some((_, number)) = known {
            return *number;
        }
        let number = runtime::register_statement(sql);
        registered.push((sql, number));
        number
    })
}

impl Database for Services {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.d1_calls.set(self.d1_calls.get() + 1);
        let count = u32::try_from(statements.len()).unwrap_or(u32::MAX);
        self.statements.set(self.statements.get() + count);
        let rows = self
            .run(&statements)
            .await
            .map_err(|error| DatabaseError::from_message(&message(&error)))?;
        if let Some(text) = rows.strip_prefix('=') {
            // The last statement returned one text, the others returned nothing.
            let mut results = vec![Vec::new(); statements.len().saturating_sub(1)];
            results.push(vec![Row(vec![Value::Text(text.to_owned())])]);
            return Ok(results);
        }
        json::from_str(&rows).map_err(|_| {
            DatabaseError::Failed(StoreError::Failed("D1 answered what is no rows".to_owned()))
        })
    }
}

impl Runtime for Services {
    fn calls(&self) -> Calls {
        Calls {
            d1: self.d1_calls.get(),
            stripe: self.stripe_calls.get(),
        }
    }

    fn log(&self, entry: Entry<'_>) {
        log::entry(entry);
    }
}

impl Transport for Services {
    async fn send(&self, request: &Request, limit: Millis) -> Result<Answer, NoAnswer> {
        self.stripe_calls.set(self.stripe_calls.get() + 1);
        self.fetch(request, limit)
            .await
            .map_err(|error| NoAnswer(format!("no answer: {}", message(&error))))
    }

    async fn pause(&self, length: Millis) {
        // A timer does not fail.
        let _ = wait(&runtime::sleep(length.0.max(0) as f64)).await;
    }

    fn time_left(&self) -> Millis {
        Millis(STRIPE_LIMIT.0 - (clock::now() - self.started.get()) as i64)
    }

    fn random_below(&self, bound: u32) -> u32 {
        (js_sys::Math::random() * f64::from(bound)) as u32
    }
}

impl Services {
    /// Uses the runtime's own types: the worker crate's Request and Fetch would add their conversions of every
    /// Cloudflare property.
    async fn fetch(&self, request: &Request, limit: Millis) -> Result<Answer, JsValue> {
        let Ok(site) = self.site.as_ref() else {
            return Err("no configuration".into());
        };
        let init = web_sys::RequestInit::new();
        // The credentials go to the configured host only.
        init.set_redirect(web_sys::RequestRedirect::Manual);
        let limit = u32::try_from(limit.0).unwrap_or(0);
        init.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(limit)));
        if let Some(form) = &request.form {
            init.set_method("POST");
            init.set_body(&form.as_str().into());
        }
        let headers = web_sys::Headers::new()?;
        let key = site.config.stripe.secret_key.reveal();
        headers.set("authorization", &format!("Bearer {key}"))?;
        headers.set("stripe-version", API_VERSION)?;
        if let Some(key) = &request.idempotency_key {
            headers.set("idempotency-key", key)?;
        }
        if request.form.is_some() {
            headers.set("content-type", "application/x-www-form-urlencoded")?;
        }
        init.set_headers(&headers);
        let url = format!("{}{}", site.config.stripe.api_base, request.path);
        let scope = js_sys::global().unchecked_into::<web_sys::WorkerGlobalScope>();
        let response = wait(&scope.fetch_with_str_and_init(&url, &init)).await?;
        let response: web_sys::Response = response.unchecked_into();
        let header = |name| response.headers().get(name).ok().flatten();
        let should_retry = header("stripe-should-retry").map(|value| value == "true");
        let replayed = header("idempotent-replayed").is_some_and(|value| value == "true");
        let body = wait(&response.text()?)
            .await?
            .as_string()
            .unwrap_or_default();
        Ok(Answer {
            status: response.status(),
            should_retry,
            replayed,
            body,
        })
    }
}

impl Clock for Services {
    fn now(&self) -> UnixMillis {
        UnixMillis(clock::now() as i64)
    }

    async fn sleep(&self, length: Millis) {
        self.pause(length).await;
    }
}

impl Meter for Services {
    fn spent(&self) -> u32 {
        self.stripe_calls.get() + self.statements.get() + self.sent.get()
    }

    fn begin_item(&self) {
        self.started.set(clock::now());
    }
}

impl ports::RateLimiter for Services {
    async fn allows(&self, limit: Limit) -> Allowance {
        let address =
            |request: &web_sys::Request| request.headers().get("cf-connecting-ip").ok()?;
        let address = self.request.as_ref().and_then(address);
        let Some(key) = limit.key(address.as_deref()) else {
            return Allowance::Allowed;
        };
        match self.within(limit.binding(), &key).await {
            Ok(true) => Allowance::Allowed,
            Ok(false) => Allowance::Refused,
            Err(why) => {
                log::limiter_unavailable(limit.binding(), &message(&why));
                Allowance::Unavailable
            }
        }
    }

    fn missing(&self) -> Vec<&'static str> {
        let is_missing = |binding: &&str| {
            let limiter = js_sys::Reflect::get(&self.env, &(*binding).into());
            !limiter.is_ok_and(|limiter| limiter.is_object())
        };
        BINDINGS.into_iter().filter(is_missing).collect()
    }
}

impl Services {
    /// Whether the limiter allows it. Cloudflare docs, "Rate limiting": `limit({ key })` returns `{ success }`.
    async fn within(&self, binding: &str, who: &str) -> Result<bool, JsValue> {
        let limiter = js_sys::Reflect::get(&self.env, &binding.into())?;
        let limiter = limiter
            .dyn_into::<js_sys::Object>()
            .map_err(|_| js_sys::Error::new("there is no such binding"))?;
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"key".into(), &who.into())?;
        let outcome = limiter.unchecked_into::<RateLimiter>().limit(options)?;
        let outcome = wait(&outcome).await?;
        Ok(js_sys::Reflect::get(&outcome, &"success".into())?.is_truthy())
    }
}

impl Mailer for Services {
    fn is_bound(&self) -> bool {
        self.email_binding().is_some()
    }

    async fn send_mail(&self, mail: &Mail) -> Result<(), NotTaken> {
        let missing = NotTaken::Refused(Refusal::NoBinding);
        let binding = self.email_binding().ok_or(missing)?;
        self.sent.set(self.sent.get() + 1);
        let message = json::to_string(&Message::from(mail));
        let sending = runtime::send_email(&binding, &message, f64::from(ALERT_LIMIT));
        wait(&sending).await.map_err(|error| not_taken(&error))?;
        Ok(())
    }
}

impl Hook for Services {
    async fn post(&self, url: &str, key: &str, json: &str) -> Result<(), NotTaken> {
        self.sent.set(self.sent.get() + 1);
        let posted = post(url, key, json).await;
        let status = posted.map_err(|error| not_taken(&error))?;
        if (200..300).contains(&status) {
            Ok(())
        } else {
            Err(NotTaken::Status(status))
        }
    }
}

impl Services {
    fn email_binding(&self) -> Option<JsValue> {
        let binding = js_sys::Reflect::get(&self.env, &EMAIL.into()).ok();
        binding.filter(JsValue::is_object)
    }
}

/// Posts JSON, and returns the answer's status. The answer's body is not read: nothing follows from it.
async fn post(url: &str, key: &str, json: &str) -> Result<u16, JsValue> {
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&json.into());
    // Elsewhere nobody has asked for alerts.
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(ALERT_LIMIT)));
    let headers = web_sys::Headers::new()?;
    headers.set("content-type", "application/json")?;
    headers.set("idempotency-key", key)?;
    init.set_headers(&headers);
    let scope = js_sys::global().unchecked_into::<web_sys::WorkerGlobalScope>();
    let response = wait(&scope.fetch_with_str_and_init(url, &init)).await?;
    let response: web_sys::Response = response.unchecked_into();
    if let Some(body) = response.body() {
        // A body that nobody reads keeps its connection.
        let _ = wait(&body.cancel()).await;
    }
    Ok(response.status())
}

/// An email as the binding takes it (Cloudflare docs, "Workers API" of the Email Service, `EmailMessageBuilder`).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    from: Sender<'a>,
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<&'a str>,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
}

#[derive(Serialize)]
struct Sender<'a> {
    email: &'a str,
    name: &'a str,
}

impl<'a> From<&'a Mail> for Message<'a> {
    fn from(mail: &'a Mail) -> Self {
        Self {
            from: Sender {
                email: &mail.from,
                name: &mail.from_name,
            },
            to: &mail.to,
            reply_to: mail.reply_to.as_deref(),
            subject: &mail.subject,
            text: &mail.text,
            html: &mail.html,
        }
    }
}

/// Why a message was not taken. The email service rejects with an error that has a `code`; what has none is a
/// connection that broke off, or the time limit.
fn not_taken(error: &JsValue) -> NotTaken {
    let code = js_sys::Reflect::get(error, &"code".into());
    match code.ok().and_then(|code| code.as_string()) {
        Some(code) => Refusal::of_code(&code).map_or(NotTaken::Failed, NotTaken::Refused),
        None => NotTaken::NoAnswer,
    }
}

impl Calendar for Services {
    fn utc_offset(&self, zone: &str, at: UnixMillis) -> Option<Millis> {
        let minutes = runtime::utc_offset(zone, at.0 as f64);
        minutes.is_finite().then(|| Millis::minutes(minutes as i64))
    }
}

impl Identity for Services {
    fn access_audience(&self) -> Option<String> {
        runtime::access_audience(&self.context)
    }

    async fn access_email(&self) -> Option<String> {
        // If Access cannot be asked, nobody is let in by it.
        let email = wait(&runtime::access_email(&self.context)).await.ok()?;
        email.as_string()
    }
}

impl Random for Services {
    fn random_bytes(&self) -> [u8; 32] {
        random_bytes()
    }
}

/// 32 bytes of cryptographic randomness from the runtime.
///
/// # Panics
/// If the runtime has none: no token is better than a token that can be guessed.
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

/// The message of an exception.
fn message(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "a failure without a message".to_owned(),
        |error| String::from(error.message()),
    )
}
