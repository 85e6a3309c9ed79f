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

use std::rc::Rc;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{Env, js_sys, web_sys, worker_sys::Context as JsContext};

use crate::{
    app::{
        self, Calls, cron,
        router::{self, Handler},
    },
    http::{
        self,
        handler::{Accepted, Route},
    },
};
use request::{Request, RequestHead};
use services::Services;
use site::{Configured, alert_settings, isolate, site};

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
            let answer =
                app::request::timed(configured, answer, context.verdict(), Calls::default());
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
            response::response(
                &app::request::timed(configured, answer, context.verdict(), Calls::default()),
                is_https,
            )
        }
        Err(wrong) => response::single(&http::response::misconfigured(wrong), is_https),
    }
}

/// The `scheduled` event.
///
/// # Errors
/// If the runtime refuses to read the environment. What a run could not do is logged, and the next run tries again.
#[wasm_bindgen(js_name = scheduled)]
pub fn scheduled(_event: JsValue, env: Env, _context: JsValue) -> Result<JsValue, JsValue> {
    let site = site(&env);
    executor::spawn(async move {
        let services = Services::new(Rc::clone(&site), &env, None, JsValue::NULL, false)?;
        match site.as_ref() {
            Ok(configured) => {
                let budget = configured.config.reconcile_budget;
                cron::run(configured, budget, &isolate(), &services).await;
            }
            // It was logged by `site`.
            Err(wrong) => cron::misconfigured(&alert_settings(&env), wrong, &services).await,
        }
        Ok(JsValue::UNDEFINED)
    })
}

async fn handle(
    site: Rc<Configured>,
    handler: Handler,
    accepted: Accepted,
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
        let waits = !matches!(handler, Handler::Desk(_));
        Services::new(
            Rc::clone(&site),
            &env,
            request,
            context.clone().into(),
            waits,
        )?
    };
    let body = async |limit| request.body(limit).await;
    let isolate = isolate();
    let answered =
        app::request::answer(configured, &isolate, handler, accepted, body, &services).await?;
    let (answer, follow_up) = answered;
    if let Some(follow_up) = follow_up {
        let after = executor::spawn(async move {
            if let Ok(configured) = site.as_ref() {
                app::request::follow(configured, &isolate, follow_up, &services).await;
            }
            Ok(JsValue::UNDEFINED)
        })?;
        context.wait_until(&js_sys::Promise::resolve(&after))?;
    }
    Ok(response::response(&answer, request.is_https())?.into())
}
