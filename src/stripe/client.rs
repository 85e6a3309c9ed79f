//! The calls that are needed, over any [`Transport`], with their retries and what every answer means.
//!
//! Which errors are tried again follows Stripe's docs ("Error handling", "Advanced error handling",
//! "Idempotent requests"). Only an answer with Stripe's shape counts as Stripe's: a proxy's 404 says nothing
//! about a session.

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

use super::{
    event, form, object,
    version::{EVENT_TYPES, OLD_REFUND_UPDATED},
};
use crate::{
    domain::{
        error::StripeError,
        event::{EventPage, SessionPage},
        id::{EventId, PaymentIntentId, SessionId},
        payment::{NewSession, Refund, RefundRequest, Session, SessionState},
        time::{Millis, UnixMillis},
    },
    guard::claim::Claim,
    ports::Stripe,
};

/// How often a call is tried again.
const RETRIES: u32 = 2;

/// How long one try may take.
const TRY_LIMIT: Millis = Millis::seconds(6);

/// The object that Stripe is asked to expand, to get a payment's receipt, time and refunds.
const EXPAND: &str = "payment_intent.latest_charge";

/// A request to Stripe, without its credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The path and the query, from `/v1/` on.
    pub path: String,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// A form to POST; `None` makes it a GET.
    pub form: Option<String>,
}

impl Request {
    pub(super) const fn get(path: String) -> Self {
        Self {
            path,
            idempotency_key: None,
            form: None,
        }
    }
}

/// Stripe's answer, as far as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Stripe-Should-Retry`.
    pub should_retry: Option<bool>,
    /// `Idempotent-Replayed: true`: this is the answer remembered under the key.
    pub replayed: bool,
    /// The body.
    pub body: String,
}

/// No answer came: a timeout or a broken connection. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NoAnswer(pub String);

/// The transport that carries requests to Stripe.
pub trait Transport {
    /// Sends one request, once, with the credentials and [`super::API_VERSION`]; gives up after the limit.
    async fn send(&self, request: &Request, limit: Millis) -> Result<Answer, NoAnswer>;

    /// Waits between two tries.
    async fn pause(&self, length: Millis);

    /// The time that is left for calls. All calls of one visit, or of one item of the cron, share one limit.
    fn time_left(&self) -> Millis;

    /// A random number below `bound`, for the jitter of pauses.
    fn random_below(&self, bound: u32) -> u32;
}

impl<T: Transport> Stripe for T {
    async fn create(&self, claim: &Claim) -> Result<NewSession, StripeError> {
        let request = Request {
            path: "/v1/checkout/sessions".to_owned(),
            idempotency_key: Some(claim.idempotency_key()),
            form: Some(form::create_session(claim.order())),
        };
        object::new_session(&call(self, &request).await?)
    }

    async fn retrieve(&self, session: &SessionId) -> Result<Session, StripeError> {
        let path = format!("/v1/checkout/sessions/{session}?expand[]={EXPAND}");
        object::session(&call(self, &Request::get(path)).await?)
    }

    async fn expire(&self, session: &SessionId) -> Result<(), StripeError> {
        let request = Request {
            path: format!("/v1/checkout/sessions/{session}/expire"),
            idempotency_key: None,
            form: Some(String::new()),
        };
        let answer = match call(self, &request).await {
            Err(StripeError::Refused(_)) => return Err(StripeError::NotOpen),
            other => other?,
        };
        match object::session(&answer)?.state {
            SessionState::Expired => Ok(()),
            SessionState::Open { .. }
            | SessionState::Paid(_)
            | SessionState::Processing(_)
            | SessionState::Failed => Err(StripeError::InvalidResponse(
                "an expired session is not expired".to_owned(),
            )),
        }
    }

    async fn refund(&self, request: &RefundRequest) -> Result<Refund, StripeError> {
        let request = Request {
            path: "/v1/refunds".to_owned(),
            idempotency_key: Some(request.idempotency_key()),
            form: Some(form::refund(request)),
        };
        object::refund(&call(self, &request).await?)
    }

    async fn session_of(&self, payment: &PaymentIntentId) -> Result<Option<Session>, StripeError> {
        let path = format!(
            "/v1/checkout/sessions?payment_intent={payment}&limit=1&expand[]=data.{EXPAND}"
        );
        let page = object::session_page(&call(self, &Request::get(path)).await?)?;
        Ok(page.sessions.into_iter().next())
    }

    async fn refunds(&self, payment: &PaymentIntentId) -> Result<Vec<Refund>, StripeError> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/v1/refunds?payment_intent={payment}&limit=100{after}");
            let (refunds, more) = object::refund_page(&call(self, &Request::get(path)).await?)?;
            all.extend(refunds);
            match all.last().filter(|_| more) {
                Some(last) => after = starting_after(Some(&last.id)),
                None => return Ok(all),
            }
        }
    }

    async fn events(
        &self,
        since: UnixMillis,
        until: UnixMillis,
        after: Option<&EventId>,
    ) -> Result<EventPage, StripeError> {
        let types = EVENT_TYPES.iter().chain([&OLD_REFUND_UPDATED]);
        let types: String = types.map(|kind| format!("&types[]={kind}")).collect();
        let (window, after) = (window(since, until), starting_after(after));
        let path = format!("/v1/events?limit=100{window}{types}{after}");
        event::page(&call(self, &Request::get(path)).await?)
    }

    async fn sessions(
        &self,
        since: UnixMillis,
        until: UnixMillis,
        after: Option<&SessionId>,
    ) -> Result<SessionPage, StripeError> {
        let (window, after) = (window(since, until), starting_after(after));
        let path = format!("/v1/checkout/sessions?limit=100{window}{after}&expand[]=data.{EXPAND}");
        object::session_page(&call(self, &Request::get(path)).await?)
    }
}

fn window(since: UnixMillis, until: UnixMillis) -> String {
    let (since, until) = (since.seconds(), until.seconds());
    format!("&created[gte]={since}&created[lte]={until}")
}

fn starting_after(id: Option<&impl std::fmt::Display>) -> String {
    id.map_or_else(String::new, |id| format!("&starting_after={id}"))
}

/// Sends a request, again if that may help, and returns the body of a 200.
async fn call<T: Transport>(transport: &T, request: &Request) -> Result<String, StripeError> {
    for attempt in 0.. {
        let left = transport.time_left();
        if left.0 <= 0 {
            break;
        }
        let answer = transport.send(request, left.min(TRY_LIMIT)).await;
        if attempt >= RETRIES || !worth_retrying(&answer) {
            return meaning(answer);
        }
        let step = 250 << attempt;
        let pause = Millis(i64::from(step + transport.random_below(step)));
        transport.pause(pause.min(transport.time_left())).await;
    }
    Err(StripeError::Unreachable("out of time".to_owned()))
}

fn worth_retrying(answer: &Result<Answer, NoAnswer>) -> bool {
    match answer {
        Err(NoAnswer(_)) => true,
        Ok(Answer {
            should_retry: Some(decided),
            ..
        }) => *decided,
        Ok(Answer { status, .. }) => matches!(status, 409 | 429 | 500..),
    }
}

/// The meaning of an answer: the body of a 200, or an error.
pub(super) fn meaning(answer: Result<Answer, NoAnswer>) -> Result<String, StripeError> {
    let answer = answer.map_err(|NoAnswer(text)| StripeError::Unreachable(text))?;
    let status = answer.status;
    if status == 200 {
        return Ok(answer.body);
    }
    let not_stripes = || format!("answered {status}, not in Stripe's shape");
    let Some(refusal) = object::refusal(&answer.body) else {
        return Err(match status {
            409 | 429 | 500.. => StripeError::Unreachable(not_stripes()),
            _ => StripeError::InvalidResponse(not_stripes()),
        });
    };
    Err(match status {
        400 | 402 if refusal.kind == "idempotency_error" => StripeError::IdempotencyMismatch,
        400 | 402 => StripeError::Refused(refusal),
        401 | 403 => StripeError::Unauthorized,
        404 => StripeError::NotFound,
        409 | 429 => StripeError::Unreachable(format!("answered {status}")),
        500.. => StripeError::ServerError {
            replayed: answer.replayed,
        },
        other => StripeError::InvalidResponse(format!("answered {other}")),
    })
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        collections::VecDeque,
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    /// Plays back answers. Its time moves on only by what is waited for.
    #[derive(Default)]
    struct Script {
        answers: RefCell<VecDeque<Result<Answer, NoAnswer>>>,
        now: Cell<i64>,
        tries: Cell<u32>,
    }

    impl Transport for Script {
        async fn send(&self, _: &Request, limit: Millis) -> Result<Answer, NoAnswer> {
            self.tries.set(self.tries.get() + 1);
            let answer = self.answers.borrow_mut().pop_front();
            answer.unwrap_or_else(|| {
                self.now.set(self.now.get() + limit.0);
                Err(NoAnswer("timeout".to_owned()))
            })
        }
        async fn pause(&self, length: Millis) {
            self.now.set(self.now.get() + length.0);
        }
        fn time_left(&self) -> Millis {
            Millis(12_000 - self.now.get())
        }
        fn random_below(&self, bound: u32) -> u32 {
            bound - 1
        }
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            should_retry: None,
            replayed: false,
            body: body.to_owned(),
        }
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("the script never waits"),
        }
    }

    fn retrieve(
        answers: Vec<Result<Answer, NoAnswer>>,
    ) -> (Result<SessionState, StripeError>, u32) {
        let script = Script {
            answers: RefCell::new(answers.into()),
            ..Script::default()
        };
        let session = run(script.retrieve(&SessionId("cs_test_1".to_owned())));
        (session.map(|session| session.state), script.tries.get())
    }

    const OPEN: &str = r#"{"id":"cs_test_1","object":"checkout.session","status":"open","payment_status":"unpaid",
        "url":"https://x/","created":1}"#;
    const ERROR: &str = r#"{"error":{"type":"invalid_request_error","message":"..."}}"#;

    fn open() -> SessionState {
        let url = Some("https://x/".to_owned());
        SessionState::Open { url }
    }

    #[test]
    fn what_is_not_stripes_says_nothing() {
        for (status, body) in [
            (404, "<html>Not Found</html>"),
            (404, "{}"),
            (400, "bad request"),
            (401, ""),
            (403, "<html>blocked</html>"),
            (200, "<html>Welcome</html>"),
            (200, r#"{"id":"cs_test_1"}"#),
        ] {
            let (state, _) = retrieve(vec![Ok(answer(status, body))]);
            assert!(
                matches!(state, Err(StripeError::InvalidResponse(_))),
                "{status} {body}: {state:?}"
            );
        }
        let gateway = || Ok(answer(502, "<html>Bad Gateway</html>"));
        let (state, _) = retrieve(vec![gateway(), gateway(), gateway()]);
        assert!(
            matches!(state, Err(StripeError::Unreachable(_))),
            "{state:?}"
        );
    }

    #[test]
    fn passing_faults_are_tried_again_and_others_are_not() {
        for passing in [
            Err(NoAnswer("reset".to_owned())),
            Ok(answer(409, ERROR)),
            Ok(answer(429, ERROR)),
            Ok(answer(503, "oops")),
            Ok(Answer {
                should_retry: Some(true),
                ..answer(400, ERROR)
            }),
        ] {
            let (state, tries) = retrieve(vec![passing.clone(), Ok(answer(200, OPEN))]);
            assert_eq!((state, tries), (Ok(open()), 2), "{passing:?}");
        }
        for (lasting, error) in [
            (answer(404, ERROR), StripeError::NotFound),
            (answer(401, ERROR), StripeError::Unauthorized),
            (
                answer(302, ERROR),
                StripeError::InvalidResponse("answered 302".to_owned()),
            ),
            (
                Answer {
                    should_retry: Some(false),
                    replayed: true,
                    ..answer(500, ERROR)
                },
                StripeError::ServerError { replayed: true },
            ),
        ] {
            assert_eq!(retrieve(vec![Ok(lasting)]), (Err(error), 1));
        }
    }

    #[test]
    fn retries_are_two_and_end_with_the_last_answer() {
        let down = || Ok(answer(500, ERROR));
        let (state, tries) = retrieve(vec![down(), down(), down(), Ok(answer(200, OPEN))]);
        assert_eq!(
            (state, tries),
            (Err(StripeError::ServerError { replayed: false }), 3)
        );
    }

    #[test]
    fn all_tries_together_keep_to_the_time_of_the_visit() {
        let script = Script::default();
        let session = run(script.retrieve(&SessionId("cs_test_1".to_owned())));
        assert!(matches!(session, Err(StripeError::Unreachable(_))));
        assert!(script.now.get() <= 12_000, "{}", script.now.get());
    }

    #[test]
    fn expiring_what_is_not_open_is_said_so() {
        let refusal =
            r#"{"error":{"type":"invalid_request_error","message":"Only open sessions"}}"#;
        let script = Script {
            answers: RefCell::new([Ok(answer(400, refusal))].into()),
            ..Script::default()
        };
        let expired = run(script.expire(&SessionId("cs_test_1".to_owned())));
        assert_eq!(expired, Err(StripeError::NotOpen));
    }
}
