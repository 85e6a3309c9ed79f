//! The Worker: the only part that is for wasm alone. It connects requests, D1, Stripe and the clock with the core,
//! and decides nothing.
//!
//! `fetch` is exported by hand and not by `#[event(fetch)]`. So an answer that need not wait is returned as a Response
//! and not as a Promise, and only what is needed is read of a request. The runtime starts `edge/entry.js`.

mod clock;
pub mod executor;
mod log;
pub mod request;
pub mod response;
mod runtime;
pub mod services;
mod site;
mod tally;

use std::rc::Rc;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{Env, js_sys, web_sys, worker_sys::Context as JsContext};

use crate::{
    alerts::{
        answers::{self, Work},
        deliver::deliver,
        quota, run,
    },
    billing::periods,
    config::{AlertSettings, Config},
    domain::error::StoreError,
    guard::{budget::Budget, follow_up::follow_up, reconcile::reconcile},
    http::{
        self,
        handler::{Accepted, Handled, Handler, Route},
        log_context::LogContext,
        router,
        site::Site,
    },
    mail::run as emails,
    ports::{Clock, Meter},
};
use request::{Request, RequestHead};
use services::Services;
use site::{Configured, alert_settings, site};

/// Classifies a request by its User-Agent. Returns the number of the constant answer in `runtime.js`, or -1 if the
/// User-Agent does not decide or the answer is not cached yet. Then [`fetch`] must be called.
///
/// Most requests are from machines. For them one string crosses the FFI boundary, and one number comes back.
#[wasm_bindgen]
#[must_use]
pub fn fast_path(head: &str) -> i32 {
    let head = RequestHead::parse(head);
    let decided = router::fast_path(head.is_secure(), head.method, head.path, head.agent);
    let cached = decided.and_then(|(constant, classification)| {
        let number = response::cached(constant, classification.verdict, head.is_https())?;
        log::constant(constant, classification);
        i32::try_from(number).ok()
    });
    cached.unwrap_or(-1)
}

/// The `fetch` event. `head` is the string that `requestHead` in `runtime.js` returns. Returns a Response, or a
/// Promise of one if the answer has to wait.
///
/// # Errors
/// If the runtime refuses to make a response. It has no reason to.
#[wasm_bindgen(js_name = fetch)]
pub fn fetch(
    request: web_sys::Request,
    head: String,
    env: Env,
    context: JsContext,
) -> Result<JsValue, JsValue> {
    let site = site(&env);
    let request = Request::new(request, head);
    let is_https = request.is_https();
    let configured = match site.as_ref() {
        Ok(configured) => configured,
        Err(wrong) => {
            return Ok(response::single(&http::response::misconfigured(wrong), is_https)?.into());
        }
    };
    match router::route(configured, &request.core_head()) {
        Route::Constant(constant, classification) => {
            log::constant(constant, classification);
            let verdict = classification.verdict;
            Ok(response::constant(configured, constant, verdict, is_https)?.into())
        }
        Route::Answered(answer, context) => {
            log::answered(answer.status, &context, None);
            let answer = timed(configured, answer, &context, 0, 0);
            Ok(response::response(&answer, is_https)?.into())
        }
        Route::Handler(handler, accepted) => {
            let site = Rc::clone(&site);
            executor::spawn(handle(site, handler, accepted, request, env, context))
        }
    }
}

/// The answer to a request that waited in an instance which trapped. It runs in the new instance.
///
/// # Errors
/// If the runtime refuses to make a response. It has no reason to.
#[wasm_bindgen(js_name = interrupted)]
pub fn interrupted(
    request: web_sys::Request,
    head: String,
    env: Env,
) -> Result<web_sys::Response, JsValue> {
    let site = site(&env);
    let request = Request::new(request, head);
    let is_https = request.is_https();
    match site.as_ref() {
        Ok(configured) => {
            let (answer, context) = router::retry(configured, &request.core_head());
            log::answered(answer.status, &context, None);
            response::response(&timed(configured, answer, &context, 0, 0), is_https)
        }
        Err(wrong) => response::single(&http::response::misconfigured(wrong), is_https),
    }
}

/// The `scheduled` event: the month's fees if they are due, a run of reconcile, then emails, then the alerts.
///
/// # Errors
/// If the runtime refuses to read the environment. What a run could not do is logged, and the next run tries again.
#[wasm_bindgen(js_name = scheduled)]
pub fn scheduled(_event: JsValue, env: Env, _context: JsValue) -> Result<JsValue, JsValue> {
    let site = site(&env);
    executor::spawn(async move {
        let services = Services::new(Rc::clone(&site), &env, None, JsValue::NULL, false)?;
        let delivered = match site.as_ref() {
            Ok(configured) => {
                let (config, began) = (&configured.config, services.now());
                let budget = config.reconcile_budget;
                log::billed(&periods::run(&services, config).await);
                let of_reconcile = run::without_reserve(budget);
                let reconciled = reconcile(&services, &config.policy, of_reconcile).await;
                log::reconciled(&reconciled);
                send_emails(&services, config, run::without_reserve(budget)).await;
                let settings = config.alerts();
                // What was counted can wait for a click, or for a run that has more of its budget left. Alerts that are due are
                // sent within that budget, below.
                let has_budget = services.spent() < of_reconcile.subrequests;
                if has_budget && let Some(work) = tally::take(services.now()) {
                    write(&services, &settings, work).await;
                }
                let after =
                    run::after_reconcile(&services, &settings, &reconciled, began, budget).await;
                if let Err(error) = &after
                    && quota::is_first_run(services.now())
                {
                    tell(&services, &settings, error).await;
                }
                after
            }
            // It was logged by `site`.
            Err(wrong) => run::misconfigured(&services, &alert_settings(&env), wrong).await,
        };
        log::alerted(&delivered);
        Ok(JsValue::UNDEFINED)
    })
}

/// Sends emails with what reconcile has left of its budget.
async fn send_emails(services: &Services, config: &Config, budget: Budget) {
    let sent = emails::run(services, &config.mail(), budget.subrequests).await;
    log::mailed(&sent);
}

async fn handle(
    site: Rc<Configured>,
    handler: Handler,
    mut accepted: Accepted,
    request: Request,
    env: Env,
    context: JsContext,
) -> Result<JsValue, JsValue> {
    // `fetch` answers already if there is no configuration.
    let Ok(configured) = site.as_ref() else {
        return Err(JsValue::from_str("no configuration"));
    };
    let services = {
        let request = Some(request.object());
        let waits = !matches!(handler, Handler::Admin(_));
        Services::new(
            Rc::clone(&site),
            &env,
            request,
            context.clone().into(),
            waits,
        )?
    };
    let handled = match router::admit(configured, &handler, &mut accepted, &services).await {
        Some(refused) => refused,
        None => {
            let body = request.body(accepted.body_limit).await?;
            router::handle(configured, handler, accepted, body, &services).await
        }
    };
    let Handled {
        response: answer,
        then,
        log: log_context,
        error,
        happened,
    } = handled;
    log::answered(answer.status, &log_context, error.as_ref());
    let (d1, stripe) = (services.d1_calls(), services.stripe_calls());
    let answer = timed(configured, answer, &log_context, d1, stripe);
    let work = happened.and_then(|happened| tally::register(happened, services.now()));
    if then.is_some() || work.is_some() {
        let after = executor::spawn(async move {
            if let Ok(Site { config, .. }) = site.as_ref() {
                if let Some(then) = then
                    && let Err(error) = follow_up(&services, &config.policy, &then).await
                {
                    log::error(&error);
                }
                if let Some(work) = work {
                    count(&services, &config.alerts(), work).await;
                }
            }
            Ok(JsValue::UNDEFINED)
        })?;
        context.wait_until(&js_sys::Promise::resolve(&after))?;
    }
    Ok(response::response(&answer, request.is_https())?.into())
}

/// Writes what was counted, and sends the alerts that are due.
async fn count(services: &Services, settings: &AlertSettings, work: Work) {
    if write(services, settings, work).await {
        let budget = services.spent().saturating_add(answers::BUDGET);
        log::alerted(&deliver(services, settings, budget).await);
    }
}

/// Writes what was counted. Whether alerts are due now.
async fn write(services: &Services, settings: &AlertSettings, work: Work) -> bool {
    match answers::carry_out(services, &work).await {
        Ok(is_due) => is_due,
        Err(error) => {
            tell(services, settings, &error).await;
            log::error(&error.into());
            tally::put_back(work);
            false
        }
    }
}

/// Tells operators directly of an error that the database cannot take.
async fn tell(services: &Services, settings: &AlertSettings, error: &StoreError) {
    if tally::may_tell(error, services.now()) {
        log::alerted(&Ok(quota::tell(services, settings).await));
    }
}

/// Adds `Server-Timing` if the configuration asks for it.
fn timed(
    site: &Site,
    answer: http::response::Response,
    context: &LogContext,
    d1: u32,
    stripe: u32,
) -> http::response::Response {
    if site.config.debug_timing {
        let verdict = context.classification.map(|it| it.verdict);
        answer.timed(verdict, d1, stripe)
    } else {
        answer
    }
}
