//! Stripe's REST API over any [`Transport`]: the three Checkout calls, their retries, and what every
//! answer means.
//!
//! The official SDKs do not run here and the Rust ones weigh more than the rest of the Worker, so the
//! few calls stand here on serde; the tests hold them against Stripe's own SDK. Which errors are tried
//! again follows Stripe's docs ("Error handling", "Advanced error handling", "Idempotent requests").

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

pub mod form;
pub mod object;

use crate::{
    order::{EventId, Millis, PaymentIntentId, SessionId, UnixMillis},
    ports::{EventPage, OpenSession, Session, SessionState, Stripe, StripeFault},
    settle::Claim,
    webhook::event,
};

/// The version of Stripe's API that requests are made and answers read in.
pub const API_VERSION: &str = "2023-08-16";

/// How often a call is tried again.
const RETRIES: u32 = 2;

/// How long one try may take.
const TRY_LIMIT: Millis = Millis(8_000);

/// A request to Stripe, without its credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// Below the API's base, from `/v1/` on.
    pub path: String,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// A form to POST; `None` makes it a GET.
    pub form: Option<String>,
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

/// What carries requests to Stripe.
pub trait Transport {
    /// Sends one request, once, with the credentials and [`API_VERSION`]; gives up after the limit.
    async fn send(&self, request: &Request, limit: Millis) -> Result<Answer, NoAnswer>;

    /// Waits.
    async fn pause(&self, length: Millis);

    /// What is left of the time that all calls of one visit may take together.
    fn time_left(&self) -> Millis;

    /// A random number below `bound`, for the jitter of pauses.
    fn random_below(&self, bound: u32) -> u32;
}

impl<T: Transport> Stripe for T {
    async fn create(&self, claim: &Claim) -> Result<OpenSession, StripeFault> {
        let request = Request {
            path: "/v1/checkout/sessions".to_owned(),
            idempotency_key: Some(claim.idempotency_key()),
            form: Some(form::create_session(claim.order())),
        };
        let session = object::session(&call(self, &request).await?)?;
        match session.url {
            Some(url) => Ok(OpenSession {
                id: session.id,
                url,
            }),
            None => Err(StripeFault::Nonsense(
                "a created session has no URL".to_owned(),
            )),
        }
    }

    async fn retrieve(&self, session: &SessionId) -> Result<Session, StripeFault> {
        let path = format!("/v1/checkout/sessions/{session}?expand[]=payment_intent.latest_charge");
        let request = Request {
            path,
            idempotency_key: None,
            form: None,
        };
        object::session(&call(self, &request).await?)?.describe()
    }

    async fn expire(&self, session: &SessionId) -> Result<(), StripeFault> {
        let request = Request {
            path: format!("/v1/checkout/sessions/{session}/expire"),
            idempotency_key: None,
            form: Some(String::new()),
        };
        let answer = match call(self, &request).await {
            Err(StripeFault::Refused(_)) => return Err(StripeFault::NotOpen),
            other => other?,
        };
        match object::session(&answer)?.describe()?.state {
            SessionState::Expired => Ok(()),
            SessionState::Open
            | SessionState::Paid(_)
            | SessionState::Clearing
            | SessionState::Failed => Err(StripeFault::Nonsense(
                "an expired session is not expired".to_owned(),
            )),
        }
    }

    async fn refund(&self, payment: &PaymentIntentId) -> Result<(), StripeFault> {
        let request = Request {
            path: "/v1/refunds".to_owned(),
            idempotency_key: Some(format!("refund_{payment}")),
            form: Some(form::refund(payment)),
        };
        match call(self, &request).await {
            Ok(_) => Ok(()),
            Err(StripeFault::Refused(why)) if why.contains("charge_already_refunded") => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    async fn undelivered(
        &self,
        since: UnixMillis,
        after: Option<&EventId>,
    ) -> Result<EventPage, StripeFault> {
        let after = after.map_or_else(String::new, |id| format!("&starting_after={id}"));
        let since = since.seconds();
        let path =
            format!("/v1/events?delivery_success=false&limit=100&created[gte]={since}{after}");
        let request = Request {
            path,
            idempotency_key: None,
            form: None,
        };
        event::page(&call(self, &request).await?)
    }
}

/// Sends a request until it is answered for good, and answers the body of a 200.
async fn call<T: Transport>(transport: &T, request: &Request) -> Result<String, StripeFault> {
    for attempt in 0.. {
        let left = transport.time_left();
        if left.0 <= 0 {
            break;
        }
        let answer = transport.send(request, left.min(TRY_LIMIT)).await;
        if attempt >= RETRIES || !worth_retrying(&answer) {
            return judge(answer);
        }
        let step = 250 << attempt;
        let pause = Millis(i64::from(step + transport.random_below(step)));
        transport.pause(pause.min(transport.time_left())).await;
    }
    Err(StripeFault::Unreachable("out of time".to_owned()))
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

fn judge(answer: Result<Answer, NoAnswer>) -> Result<String, StripeFault> {
    let answer = answer.map_err(|NoAnswer(text)| StripeFault::Unreachable(text))?;
    Err(match answer.status {
        200 => return Ok(answer.body),
        400 | 402 => object::refusal(&answer.body),
        401 | 403 => StripeFault::Unauthorized,
        404 => StripeFault::Unknown,
        409 | 429 => StripeFault::Unreachable(format!("answered {}", answer.status)),
        500.. => StripeFault::ServerError {
            replayed: answer.replayed,
        },
        other => StripeFault::Nonsense(format!("answered {other}")),
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

    /// Plays back answers, and counts time by what is waited for.
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
            Millis(20_000 - self.now.get())
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
    ) -> (Result<SessionState, StripeFault>, u32) {
        let script = Script {
            answers: RefCell::new(answers.into()),
            ..Script::default()
        };
        let session = run(script.retrieve(&SessionId("cs_test_1".to_owned())));
        (session.map(|session| session.state), script.tries.get())
    }

    const OPEN: &str =
        r#"{"id":"cs_test_1","status":"open","payment_status":"unpaid","url":"https://x/"}"#;

    #[test]
    fn passing_faults_are_tried_again_and_others_are_not() {
        for passing in [
            Err(NoAnswer("reset".to_owned())),
            Ok(answer(409, "{}")),
            Ok(answer(429, "{}")),
            Ok(answer(503, "oops")),
            Ok(Answer {
                should_retry: Some(true),
                ..answer(400, "{}")
            }),
        ] {
            let (state, tries) = retrieve(vec![passing.clone(), Ok(answer(200, OPEN))]);
            assert_eq!((state, tries), (Ok(SessionState::Open), 2), "{passing:?}");
        }
        for (lasting, fault) in [
            (answer(404, "{}"), StripeFault::Unknown),
            (answer(401, "{}"), StripeFault::Unauthorized),
            (
                answer(302, ""),
                StripeFault::Nonsense("answered 302".to_owned()),
            ),
            (
                Answer {
                    should_retry: Some(false),
                    replayed: true,
                    ..answer(500, "")
                },
                StripeFault::ServerError { replayed: true },
            ),
        ] {
            assert_eq!(retrieve(vec![Ok(lasting)]), (Err(fault), 1));
        }
    }

    #[test]
    fn retries_are_two_and_end_with_the_last_answer() {
        let down = || Ok(answer(500, ""));
        let (state, tries) = retrieve(vec![down(), down(), down(), Ok(answer(200, OPEN))]);
        assert_eq!(
            (state, tries),
            (Err(StripeFault::ServerError { replayed: false }), 3)
        );
    }

    #[test]
    fn all_tries_together_keep_to_the_time_of_the_visit() {
        let script = Script::default();
        let session = run(script.retrieve(&SessionId("cs_test_1".to_owned())));
        assert!(matches!(session, Err(StripeFault::Unreachable(_))));
        assert!(script.now.get() <= 20_000, "{}", script.now.get());
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
        assert_eq!(expired, Err(StripeFault::NotOpen));
    }
}
