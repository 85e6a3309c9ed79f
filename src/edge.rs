//! The Worker: the only part that exists in wasm alone. It carries requests, D1, Stripe and the clock
//! to the core and back, and decides nothing.
//!
//! `fetch` is exported by hand rather than by `#[event(fetch)]`: what the first door answers goes back
//! as a Response and not as a Promise of one, and nothing is read of a request but what is asked for.
//! `edge/entry.js` is the module that the runtime starts.

pub mod executor;
mod log;
pub mod request;
pub mod response;
mod runtime;
pub mod services;

use std::{cell::OnceCell, rc::Rc};

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{Env, js_sys, web_sys, worker_sys::Context as JsContext};

use crate::{
    config::Misconfigured,
    guard::{budget::Budget, click, reconcile},
    http::{
        self,
        handler::{Accepted, Handled, Route},
        log_context::LogContext,
        request::Body,
        site::Site,
    },
    pages::answer::Answer,
};
use request::{Incoming, Opening};
use services::Services;

type Configured = Result<Site, Misconfigured>;

thread_local! {
    /// The configuration of this isolate: bindings do not change while it lives.
    static SITE: OnceCell<Rc<Configured>> = const { OnceCell::new() };
}

fn site(env: &Env) -> Rc<Configured> {
    SITE.with(|site| {
        let made = site.get_or_init(|| {
            let made = Site::new(|name| env.var(name).ok().map(|var| var.to_string()));
            Rc::new(made.inspect_err(log::misconfigured))
        });
        Rc::clone(made)
    })
}

/// The number of the constant answer that a request gets which its opening settles, where that answer was
/// given before; -1 where [`fetch`] must be asked.
///
/// Most requests are a machine's. This is all that they cost in wasm: one string comes over, a number goes back.
#[wasm_bindgen]
#[must_use]
pub fn glance(opening: &str) -> i32 {
    let opening = Opening::read(opening);
    let Opening {
        method,
        path,
        agent,
        ..
    } = opening;
    let settled = http::glance(opening.is_secure(), method, path, agent);
    let kept = settled.and_then(|(constant, classification)| {
        let number = response::kept(constant, classification.verdict, opening.is_https())?;
        log::constant(constant, classification);
        i32::try_from(number).ok()
    });
    kept.unwrap_or(-1)
}

/// The `fetch` event, with what `runtime.js` says of the request as its opening: a Response, or a Promise of one.
///
/// # Errors
/// Never in a way that the runtime sees.
#[wasm_bindgen(js_name = fetch)]
pub fn fetch(
    request: web_sys::Request,
    opening: String,
    env: Env,
    context: JsContext,
) -> Result<JsValue, JsValue> {
    let site = site(&env);
    let incoming = Incoming::new(request, opening);
    let is_https = incoming.is_https();
    let configured = match site.as_ref() {
        Ok(configured) => configured,
        Err(wrong) => {
            let answer = Answer::Misconfigured(wrong.clone());
            return Ok(response::single(&http::response::misconfigured(&answer), is_https)?.into());
        }
    };
    match http::door(configured, &incoming.arrival()) {
        Door::Constant(constant, classification) => {
            log::constant(constant, classification);
            let verdict = classification.verdict;
            Ok(response::constant(configured, constant, verdict, is_https)?.into())
        }
        Door::Closed(reply, note) => {
            log::answered(reply.status, &note, None);
            let reply = timed(configured, reply, &note, 0, 0);
            Ok(response::response(&reply, is_https)?.into())
        }
        Door::Open(job) => {
            let site = Rc::clone(&site);
            executor::spawn(work(site, job, incoming, env, context))
        }
    }
}

/// What a request gets that was lost with its instance, which trapped while it waited. This is a new one.
///
/// # Errors
/// Never in a way that the runtime sees.
#[wasm_bindgen(js_name = again)]
pub fn again(
    request: web_sys::Request,
    opening: String,
    env: Env,
) -> Result<web_sys::Response, JsValue> {
    let site = site(&env);
    let incoming = Incoming::new(request, opening);
    let is_https = incoming.is_https();
    match site.as_ref() {
        Ok(configured) => {
            let (reply, note) = http::again(configured, &incoming.arrival());
            log::answered(reply.status, &note, None);
            response::response(&timed(configured, reply, &note, 0, 0), is_https)
        }
        Err(wrong) => {
            let answer = Answer::Misconfigured(wrong.clone());
            response::single(&http::response::misconfigured(&answer), is_https)
        }
    }
}

/// The `scheduled` event: a run of reconcile.
///
/// # Errors
/// Never in a way that the runtime sees: what could not be done, the next run tries again.
#[wasm_bindgen(js_name = scheduled)]
pub fn scheduled(_event: JsValue, env: Env, _context: JsValue) -> Result<JsValue, JsValue> {
    let site = site(&env);
    executor::spawn(async move {
        // What is wrong with the configuration is in the log already.
        if let Ok(configured) = site.as_ref() {
            let world = Services::new(Rc::clone(&site), &env, None)?;
            let policy = &configured.config.policy;
            let budget = Budget {
                subrequests: configured.config.reconcile_budget,
            };
            log::reconciled(&reconcile::reconcile(&world, policy, budget).await);
        }
        Ok(JsValue::UNDEFINED)
    })
}

async fn work(
    site: Rc<Configured>,
    mut job: Job,
    incoming: Incoming,
    env: Env,
    context: JsContext,
) -> Result<JsValue, JsValue> {
    // The first door was passed, so there is a configuration.
    let Ok(configured) = site.as_ref() else {
        return Err(JsValue::from_str("no configuration"));
    };
    let world = Services::new(Rc::clone(&site), &env, Some(incoming.request()))?;
    let done = match http::admit(configured, &mut job, &world).await {
        Some(turned_away) => turned_away,
        None => {
            let body = incoming.body(job.body_limit).await?;
            http::work(configured, job, body, &world).await
        }
    };
    let Done {
        reply,
        then,
        note,
        fault,
    } = done;
    log::answered(reply.status, &note, fault.as_ref());
    let reply = timed(
        configured,
        reply,
        &note,
        world.d1_calls(),
        world.stripe_calls(),
    );
    if let Some(then) = then {
        let after = executor::spawn(async move {
            if let Ok(configured) = site.as_ref() {
                let after = click::after(&world, &configured.config.policy, &then).await;
                if let Err(error) = after {
                    log::fault("after the answer", &error);
                }
            }
            Ok(JsValue::UNDEFINED)
        })?;
        context.wait_until(&js_sys::Promise::resolve(&after))?;
    }
    Ok(response::response(&reply, incoming.is_https())?.into())
}

fn timed(
    site: &Site,
    reply: http::response::Response,
    note: &Note,
    d1: u32,
    stripe: u32,
) -> http::response::Response {
    if site.config.debug_timing {
        reply.timed(
            note.classification.map(|classification| classification.verdict),
            d1,
            stripe,
        )
    } else {
        reply
    }
}

/// Nothing is read of a body that is not needed.
impl Body {
    const NONE: Self = Self::Whole(Vec::new());
}

/// JavaScript's clock, in unix milliseconds. In a Worker it stands still between two awaits.
fn now() -> f64 {
    js_sys::Date::now()
}
