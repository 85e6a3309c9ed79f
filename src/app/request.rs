//! A request that a handler answers: it is admitted, its body is read, it is handled, and after the answer comes what may
//! follow it.

use super::{Calls, Entry, Isolate, Runtime};
use crate::{
    alerts::{
        answers::{self, Happened, Work},
        deliver::deliver,
    },
    app::router::{self, Handler},
    classifier::Verdict,
    domain::time::UnixMillis,
    guard::{after::FollowUp, follow_up::follow_up},
    http::{
        handler::{Accepted, Handled},
        request::Body,
        response::Response,
        site::Site,
    },
};

/// The work that is left to do once the answer is on its way.
#[derive(Debug)]
pub struct AfterAnswer {
    /// For the guard.
    guard: Option<FollowUp>,
    /// For the alerts.
    alerts: Option<Work>,
}

impl AfterAnswer {
    /// For the guard, and for the alerts; `None` if there is nothing to do for either.
    #[must_use]
    pub fn of(
        isolate: &Isolate,
        guard: Option<FollowUp>,
        happened: Option<Happened>,
        now: UnixMillis,
    ) -> Option<Self> {
        let register = |happened| isolate.tally.borrow_mut().register(happened, now);
        let alerts = happened.and_then(register);
        let is_done = guard.is_none() && alerts.is_none();
        (!is_done).then_some(Self { guard, alerts })
    }
}

/// Answers a request. `body` reads so many bytes of its body, and is called only if the request is admitted.
///
/// # Errors
/// The error of `body`.
pub async fn answer<R: Runtime, E>(
    site: &Site,
    isolate: &Isolate,
    handler: Handler,
    mut accepted: Accepted,
    body: impl AsyncFnOnce(usize) -> Result<Body, E>,
    runtime: &R,
) -> Result<(Response, Option<AfterAnswer>), E> {
    let handled = match router::admit(site, &handler, &mut accepted, runtime).await {
        Err(refused) => *refused,
        Ok(who) => {
            let body = body(accepted.body_limit).await?;
            router::handle(site, handler, accepted, who, body, runtime).await
        }
    };
    let Handled {
        response,
        then: guard,
        log: context,
        error,
        happened,
    } = handled;
    runtime.log(Entry::Answered {
        status: response.status,
        context: &context,
        error: error.as_ref(),
    });
    let response = timed(site, response, context.verdict(), runtime.calls());
    let follow_up = AfterAnswer::of(isolate, guard, happened, runtime.now());
    Ok((response, follow_up))
}

/// Does what follows an answer. An error is logged: the cron does what could not be done.
pub async fn follow<R: Runtime>(site: &Site, isolate: &Isolate, work: AfterAnswer, runtime: &R) {
    let AfterAnswer { guard, alerts } = work;
    if let Some(guard) = guard
        && let Err(error) = follow_up(runtime, &site.config.policy, &guard).await
    {
        runtime.log(Entry::Failed(&error));
    }
    if let Some(alerts) = alerts {
        count(site, isolate, alerts, runtime).await;
    }
}

/// Writes what was counted, and sends the alerts that are due.
async fn count<R: Runtime>(site: &Site, isolate: &Isolate, work: Work, runtime: &R) {
    let settings = site.config.alerts.clone();
    if isolate.write(runtime, &settings, work).await
        && let Some(budget) = answers::budget(runtime.spent())
    {
        let delivered = deliver(runtime, &settings, budget).await;
        runtime.log(Entry::Alerted(&delivered));
    }
}

/// Adds `Server-Timing` if the configuration asks for it.
#[must_use]
pub fn timed(site: &Site, response: Response, verdict: Option<Verdict>, calls: Calls) -> Response {
    if site.config.debug_timing {
        response.timed(verdict, calls.d1, calls.stripe)
    } else {
        response
    }
}
