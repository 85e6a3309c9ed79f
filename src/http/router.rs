//! The table of routes.
//!
//! [`route`] is synchronous and touches nothing: machines, prefetches and malformed requests get their answers
//! here. Only what it accepts reaches a handler, and only handlers hold the services. So a machine cannot reach
//! the database by any path through this code.

use super::{
    admin,
    auth::{Authenticated, Denied},
    handler::{Accepted, Handled, Handler, Route, Services},
    handlers::{canceled, checkout, health, image, openapi, returned, sessions, webhook},
    log_context::LogContext,
    request::{Body, RequestHead},
    response::{self, Constant, Response},
    site::Site,
};
use crate::{
    classifier::{Classification, classify_user_agent},
    domain::path,
    pages::answer::Answer,
};

/// Browsers and phones ask for these without reading a page first.
const WELL_KNOWN_ICONS: [&str; 3] = [
    "/favicon.ico",
    "/apple-touch-icon.png",
    "/apple-touch-icon-precomposed.png",
];

/// Decides on everything that can be decided without a service.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route {
    if !head.is_secure {
        return plain_http(site, head);
    }
    match head.path {
        path::FIRST_PAYMENT | path::PAY => checkout::route(site, head),
        path::SESSIONS => sessions::route(site, head),
        of_player if of_player.starts_with(path::PLAYERS) => sessions::route_of_player(site, head),
        path::SUCCESS => returned::route(site, head),
        path::CANCEL => canceled::route(site, head),
        path::WEBHOOK => only(site, head, "POST", || webhook::route(site, head)),
        desk if is_of_the_desk(desk) => admin::route(site, head),
        path::HEALTH => only(site, head, "GET, HEAD", || {
            Route::Handler(Handler::Health, Accepted::default())
        }),
        path::OPENAPI => only(site, head, "GET, HEAD", || openapi::route(head)),
        path::LINK_IMAGE => only(site, head, "GET, HEAD", || {
            image::route(head, site.pages.link_image())
        }),
        icon if icon == path::ICON || WELL_KNOWN_ICONS.contains(&icon) => {
            only(site, head, "GET, HEAD", || {
                image::route(head, site.pages.icon())
            })
        }
        _ => Route::answer(site, head, &Answer::NoSuchPage, LogContext::default()),
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
    let refused = |refused: Option<Handled>| match refused {
        Some(handled) => Err(Box::new(handled)),
        None => Ok(None),
    };
    let who = match handler {
        Handler::Webhook(signature) => refused(webhook::admit(site, request, signature, services))?,
        Handler::Returned(session) => {
            refused(returned::admit(site, request, session, services).await)?
        }
        Handler::Admin(resource) => admin::admit(site, resource, request, services).await?,
        Handler::SessionOfPlayer(_) => Some(sessions::admit(site, request, services).await?),
        Handler::Checkout(_) | Handler::SessionByToken(_) | Handler::Health => None,
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
        Handler::Checkout(by) => checkout::handle(site, request, &by, services).await,
        Handler::SessionByToken(cors) => {
            sessions::handle(site, request, &cors, &body, services).await
        }
        Handler::SessionOfPlayer(player_id) => match who {
            Some(who) => {
                sessions::handle_of_player(site, request, &who, player_id, &body, services).await
            }
            None => Denied::Nobody.problem(site, &request),
        },
        Handler::Returned(session) => returned::handle(site, &request, &session, services).await,
        Handler::Webhook(signature) => {
            webhook::handle(site, request, &signature, body, services).await
        }
        Handler::Admin(resource) => {
            admin::handle(site, resource, request, who, body, services).await
        }
        Handler::Health => health::handle(site, request, services).await,
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
    Some((checkout::link_page(method), classification))
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
fn plain_http(site: &Site, head: &RequestHead<'_>) -> Route {
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

fn only(
    site: &Site,
    head: &RequestHead<'_>,
    allow: &'static str,
    then: impl FnOnce() -> Route,
) -> Route {
    if allow.split(", ").any(|method| method == head.method) {
        then()
    } else {
        Route::not_allowed(site, head, allow)
    }
}
