//! One call to the API, from its request to its answer.
//!
//! A call has two halves, so that a server can hold it open between them: [`Stripe::begin`] admits
//! it and keeps its idempotency key as in flight, [`Stripe::finish`] executes it and makes the
//! answer. Whoever calls [`Stripe::handle`] gets both at once.

use serde_json::{Value, json};

use crate::account::Caller;
use crate::admit;
use crate::call::Call;
use crate::error::{ApiError, Phase};
use crate::events::Cause;
use crate::faults::{FaultKind, Plan};
use crate::form::Form;
use crate::idempotency::Saved;
use crate::params::{self, Read};
use crate::route::{Endpoint, Route};
use crate::session::expires_at;
use crate::stripe::Stripe;
use crate::version::shaped;
use crate::wire::{Request, Response};

/// The outcome of a call's first half.
#[derive(Debug)]
pub enum Admission {
    /// It has its answer.
    Answered(Response),
    /// It is to be finished, after its delay.
    Admitted(Ticket),
}

/// A call that was admitted. Its idempotency key is in flight until [`Stripe::finish`] takes it.
#[derive(Debug)]
pub struct Ticket {
    call: Box<Call>,
    caller: Caller,
    plan: Plan,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Execute(Route),
    Replay(Saved),
}

impl Ticket {
    /// How long a server holds the call open before it finishes it, in milliseconds.
    pub fn delay_ms(&self) -> u64 {
        self.plan.delay_ms
    }
}

/// Why a call gets no further than its first half.
enum Stop {
    Error(ApiError),
    /// A proxy answers in Stripe's place.
    Proxy(Response),
    /// The connection is closed.
    Drop,
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Stop::Error(error)
    }
}

impl Stripe {
    /// Answers one call to `/v1`. `now_ms` is the caller's unix ms; Stripe's clock may be ahead of
    /// it. Delays are not waited for, and a dropped answer has the status
    /// [`Response::NO_ANSWER`].
    pub fn handle(&mut self, request: &Request, now_ms: i64) -> Response {
        match self.begin(request, now_ms) {
            Admission::Answered(response) => response,
            Admission::Admitted(ticket) => self.finish(ticket, now_ms),
        }
    }

    /// Admits a call: who it is from, what it asks for, whether its idempotency key is known,
    /// whether a fault stops it.
    pub fn begin(&mut self, request: &Request, now_ms: i64) -> Admission {
        let at_ms = self.tick(now_ms);
        let call = self.record(request, at_ms);
        match admit::authorize(request, &self.config) {
            Ok(caller) => self.acting_for(caller, |stripe| {
                stripe.begin_for(caller, request, call, now_ms)
            }),
            Err(error) => Admission::Answered(self.answer(call, error.into(), None)),
        }
    }

    fn begin_for(
        &mut self,
        caller: Caller,
        request: &Request,
        mut call: Call,
        now_ms: i64,
    ) -> Admission {
        let now_ms = self.tick(now_ms);
        match self.admit(request, &mut call, now_ms) {
            Ok((step, plan)) => Admission::Admitted(Ticket {
                call: Box::new(call),
                caller,
                plan,
                step,
            }),
            Err(Stop::Error(error)) => Admission::Answered(self.answer(call, error.into(), None)),
            Err(Stop::Proxy(response)) => {
                call.status = response.status;
                self.calls.push(call);
                Admission::Answered(response)
            }
            Err(Stop::Drop) => {
                call.dropped = true;
                self.calls.push(call);
                Admission::Answered(Response::dropped())
            }
        }
    }

    /// Executes an admitted call, or sends its saved answer again.
    pub fn finish(&mut self, ticket: Ticket, now_ms: i64) -> Response {
        self.acting_for(ticket.caller, |stripe| stripe.finish_for(ticket, now_ms))
    }

    fn finish_for(&mut self, ticket: Ticket, now_ms: i64) -> Response {
        let now_ms = self.tick(now_ms);
        let Ticket {
            mut call,
            plan,
            step,
            caller: _,
        } = ticket;
        call.at_ms = now_ms;
        if plan.after.is_some() {
            call.fault = plan.after;
        }
        let answer = match step {
            Step::Replay(saved) => {
                call.replayed = true;
                Answer::from(saved)
            }
            Step::Execute(route) => self.execute_once(&call, &route, &plan, now_ms),
        };
        self.answer(*call, answer, plan.after)
    }

    fn record(&mut self, request: &Request, now_ms: i64) -> Call {
        let header = |name| request.header(name).map(str::to_owned);
        Call {
            at_ms: now_ms,
            request_id: self.next_id(),
            method: request.method.clone(),
            path: request.target().0.to_owned(),
            endpoint: None,
            idempotency_key: header("Idempotency-Key").filter(|_| request.method == "POST"),
            version: header("Stripe-Version"),
            api_version: self.config.account_version,
            form: Form::empty(),
            status: 0,
            replayed: false,
            dropped: false,
            fault: None,
        }
    }

    fn admit(
        &mut self,
        request: &Request,
        call: &mut Call,
        now_ms: i64,
    ) -> Result<(Step, Plan), Stop> {
        call.api_version = admit::version(request, self.config.account_version)?;
        let route = Route::find(&request.method, &call.path)
            .ok_or_else(|| ApiError::unknown_url(&request.method, &call.path))?;
        call.endpoint = Some(route.endpoint);
        call.form = admit::decode(request)?;
        if self.config.validates_before_key {
            self.validate(&route, call, now_ms)?;
        }
        let saved = match &call.idempotency_key {
            Some(key) => self
                .account
                .keys
                .find(key, &call.path, &call.form, now_ms)?,
            None => None,
        };
        let replay = saved.is_some();
        let plan = self.faults.draw(route.endpoint, replay, &mut self.dice);
        if let Some(fault) = plan.before {
            call.fault = Some(fault);
            return Err(stop(fault, &plan, &route));
        }
        if let (Some(key), None) = (&call.idempotency_key, &saved) {
            self.account
                .keys
                .reserve(key, &call.path, &call.form, now_ms);
        }
        Ok((saved.map_or(Step::Execute(route), Step::Replay), plan))
    }

    /// Executes a call and saves its answer under its key, if execution began.
    fn execute_once(&mut self, call: &Call, route: &Route, plan: &Plan, now_ms: i64) -> Answer {
        self.cause = Some(Cause {
            request: call.request_id.clone(),
            idempotency_key: call.idempotency_key.clone(),
        });
        let result = self.execute_planned(call, route, plan, now_ms);
        self.cause = None;
        let executed = match &result {
            Ok(_) => true,
            Err(error) => error.phase == Phase::Execution,
        };
        let mut answer = result.map_or_else(Answer::from, |object| Answer::new(200, &object));
        if executed && plan.after == Some(FaultKind::ErrorAfter) {
            answer = ApiError::server_error().into();
            // A retry would only meet the saved answer again.
            answer.should_retry = plan.should_retry.or(Some(false));
        }
        if let Some(key) = &call.idempotency_key {
            if executed {
                self.account.keys.save(key, answer.clone().saved(call));
            } else {
                self.account.keys.release(key);
            }
        }
        answer
    }

    /// Executes a call, unless a fault decides its answer. Returns the object in the call's version.
    fn execute_planned(
        &mut self,
        call: &Call,
        route: &Route,
        plan: &Plan,
        now_ms: i64,
    ) -> Result<Value, ApiError> {
        let version = call.api_version;
        let args = params::check(route.endpoint.params(), &call.form, version)?;
        if plan.after == Some(FaultKind::RefundRefused) {
            return Err(ApiError::refund_refused());
        }
        let mut object = self
            .execute(route, &args, version, now_ms)
            .map_err(|error| self.hint_at_other_mode(error))?;
        if plan.after == Some(FaultKind::NoUrl) {
            object["url"] = Value::Null;
        }
        Ok(shaped(object, version))
    }

    /// Checks a call's parameters by themselves, and those of a refund against what there is to refund.
    fn validate(&self, route: &Route, call: &Call, now_ms: i64) -> Result<(), ApiError> {
        let args = params::check(route.endpoint.params(), &call.form, call.api_version)?;
        if route.endpoint == Endpoint::CreateSession {
            expires_at(&args, now_ms / 1000)?;
        }
        if route.endpoint == Endpoint::CreateRefund {
            self.require_refundable(&self.charge_to_refund(&args)?, args.int("amount"))?;
        }
        Ok(())
    }

    /// Stripe says so if an id is one of the same account's other mode.
    fn hint_at_other_mode(&self, error: ApiError) -> ApiError {
        match &error.missing {
            Some(id) if self.is_in_other_mode(id) => error.of_other_mode(self.account.livemode),
            Some(_) | None => error,
        }
    }

    /// Records how a call was answered, and makes the response, which a fault may replace.
    fn answer(&mut self, mut call: Call, answer: Answer, spoil: Option<FaultKind>) -> Response {
        call.status = answer.status;
        call.dropped = spoil == Some(FaultKind::DropAfter);
        let response = response(&call, answer);
        self.calls.push(call);
        match spoil {
            Some(FaultKind::DropAfter) => Response::dropped(),
            Some(FaultKind::NotJson) => {
                Response::of_html(200, "<!doctype html><title>Welcome</title>".into())
            }
            Some(FaultKind::NoObject) => Response::of_json(200, &json!({ "status": "ok" })),
            Some(
                FaultKind::Delay(_)
                | FaultKind::DropBefore
                | FaultKind::RateLimit
                | FaultKind::ErrorBefore
                | FaultKind::ErrorAfter
                | FaultKind::NotFoundHtml
                | FaultKind::NotFound
                | FaultKind::Unauthorized
                | FaultKind::Forbidden
                | FaultKind::BadRequest { .. }
                | FaultKind::NoUrl
                | FaultKind::RefundRefused,
            )
            | None => response,
        }
    }
}

/// Checks what a call can be refused for by its parameters and the clock alone.
/// The response of an answer, with the headers that every answer of Stripe's has.
fn response(call: &Call, answer: Answer) -> Response {
    let mut response = Response {
        status: answer.status,
        headers: vec![
            ("Content-Type".into(), "application/json".into()),
            ("Request-Id".into(), call.request_id.to_string()),
        ],
        body: answer.body,
    };
    let mut add = |name: &str, value: &str| response.headers.push((name.into(), value.into()));
    add("Stripe-Version", call.api_version.name());
    if let Some(key) = &call.idempotency_key {
        add("Idempotency-Key", key);
    }
    if let Some(original) = &answer.original {
        add("Original-Request", original);
    }
    if call.replayed {
        add("Idempotent-Replayed", "true");
    }
    if let Some(retry) = answer.should_retry {
        add("Stripe-Should-Retry", if retry { "true" } else { "false" });
    }
    if answer.status == 401 {
        add("WWW-Authenticate", "Basic realm=\"Stripe\"");
    }
    response
}

/// The answer to a call, before the headers that every answer has.
#[derive(Clone)]
struct Answer {
    status: u16,
    body: Vec<u8>,
    should_retry: Option<bool>,
    original: Option<String>,
}

impl Answer {
    fn new(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: format!("{body:#}\n").into_bytes(),
            should_retry: None,
            original: None,
        }
    }

    fn saved(self, call: &Call) -> Saved {
        Saved {
            status: self.status,
            body: self.body,
            should_retry: self.should_retry,
            request: call.request_id.clone(),
        }
    }
}

impl From<Saved> for Answer {
    fn from(saved: Saved) -> Self {
        Self {
            status: saved.status,
            body: saved.body,
            should_retry: saved.should_retry,
            original: Some(saved.request.to_string()),
        }
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self {
            should_retry: error.should_retry,
            ..Self::new(error.status, &error.body())
        }
    }
}

/// The answer of a fault that keeps a call from acting.
fn stop(fault: FaultKind, plan: &Plan, route: &Route) -> Stop {
    let mut error = match fault {
        FaultKind::RateLimit => ApiError::rate_limited(),
        FaultKind::ErrorBefore => ApiError::server_error(),
        FaultKind::NotFound => ApiError::missing("object", "id", &route.id),
        FaultKind::Unauthorized => ApiError::unauthorized("Invalid API Key provided."),
        FaultKind::Forbidden => ApiError::forbidden(),
        FaultKind::BadRequest { code, param } => ApiError::injected(code, param),
        FaultKind::NotFoundHtml => {
            let page = "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1>\
                        <hr>proxy</body></html>";
            return Stop::Proxy(Response::of_html(404, page.into()));
        }
        FaultKind::DropBefore
        | FaultKind::DropAfter
        | FaultKind::ErrorAfter
        | FaultKind::NotJson
        | FaultKind::NoObject
        | FaultKind::NoUrl
        | FaultKind::RefundRefused
        | FaultKind::Delay(_) => return Stop::Drop,
    };
    error.should_retry = plan.should_retry;
    Stop::Error(error)
}
