//! The table of routes.
//!
//! [`route`] is synchronous and touches nothing: machines, prefetches and malformed requests get their answers
//! here. Only what it accepts reaches a handler, and only handlers hold the services. So a machine cannot reach
//! the database by any path through this code.

use crate::{
    checkout::{self, link, sessions},
    classifier::{Classification, classify_user_agent},
    desk::{self, routes::Resource},
    domain::path,
    http::{
        auth::Authenticated,
        handler::{Accepted, Handled, Route, Services},
        log_context::LogContext,
        request::{Body, RequestHead},
        response::{self, Constant, Response},
        site::Site,
    },
    pages::answer::Answer,
};

/// The handler that answers a request.
pub enum Handler {
    /// It is one that everybody may ask for.
    Checkout(checkout::handler::Handler),
    /// It is an operator's.
    Desk(Resource),
}

/// Decides on everything that can be decided without a service.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    if !head.is_secure {
        return plain_http(site, head);
    }
    if is_of_the_desk(head.path) {
        desk::route(site, head).map(Handler::Desk)
    } else {
        checkout::route(site, head).map(Handler::Checkout)
    }
}

/// Refuses requests that need not be read any further, and says which operator asks. From then on the log context
/// names them.
///
/// # Errors
/// The answer to a request that is refused.
pub async fn admit<S: Services>(
    site: &Site,
    handler: &Handler,
    request: &mut Accepted,
    services: &S,
) -> Result<Option<Authenticated>, Box<Handled>> {
    let who = match handler {
        Handler::Checkout(handler) => checkout::admit(site, handler, request, services).await?,
        Handler::Desk(resource) => desk::admit(site, resource, request, services).await?,
    };
    request.log.operator = who.as_ref().map(|who| who.operator().clone());
    Ok(who)
}

/// Has the handler answer.
pub async fn handle<S: Services>(
    site: &Site,
    handler: Handler,
    request: Accepted,
    who: Option<Authenticated>,
    body: Body,
    services: &S,
) -> Handled {
    match handler {
        Handler::Checkout(handler) => {
            checkout::handle(site, handler, request, who, body, services).await
        }
        Handler::Desk(resource) => desk::handle(site, resource, request, who, body, services).await,
    }
}

/// The answer to a machine, if its method and User-Agent alone show that it is one. Most visits are like
/// that. Nothing else is needed, not even the configuration.
#[must_use]
pub fn fast_path(
    is_secure: bool,
    method: &str,
    path: &str,
    agent: Option<&str>,
) -> Option<(Constant, Classification)> {
    if !matches!(
        (is_secure, path, method),
        (
            true,
            path::FIRST_PAYMENT | path::PAY,
            "GET" | "HEAD" | "OPTIONS"
        )
    ) {
        return None;
    }
    let classification = classify_user_agent(method, agent).conclusive()?;
    Some((link::link_page(method), classification))
}

/// The answer to a request whose wasm instance broke off. Nobody knows how far it came, but it can be made
/// again. A payer who comes back is told only what is true in any case.
#[must_use]
pub fn retry(site: &Site, head: &RequestHead<'_>) -> (Response, LogContext) {
    let answer = if head.path == path::SUCCESS {
        Answer::Confirming
    } else {
        Answer::TryAgain { seconds: 5 }
    };
    let response = sessions::retry(site, head)
        .unwrap_or_else(|| response::answer(site, &answer, head.media(), site.locale(head), false));
    (response, LogContext::of(answer.code()))
}

/// Redirects a GET over plain http to https, with the same host and query, so that a link's token is not
/// lost. Everything else is refused.
fn plain_http(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    let host = head.headers.host().unwrap_or_default();
    if !matches!(head.method, "GET" | "HEAD") || host.is_empty() {
        return Route::answer(site, head, &Answer::HttpsOnly, LogContext::default());
    }
    let RequestHead { path, query, .. } = head;
    let question_mark = if query.is_empty() { "" } else { "?" };
    let location = format!("https://{host}{path}{question_mark}{query}");
    Route::Answered(response::moved(site, location), LogContext::of("to_https"))
}

/// Whether a path is that of the desk, or below it.
fn is_of_the_desk(path: &str) -> bool {
    path.strip_prefix(path::ADMIN)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
