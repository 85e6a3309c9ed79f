//! The routes that everybody may ask for: parents with a link, front ends and servers that want a session, Stripe with
//! its events, browsers and monitors. One file a route: what is decided at once, and the handler.

pub mod canceled;
pub mod handler;
pub mod health;
pub mod image;
pub mod link;
pub mod openapi;
pub mod returned;
pub mod sessions;
pub mod webhook;

use handler::Handler;

use crate::{
    domain::path,
    http::{
        auth::{Authenticated, Denied},
        handler::{Accepted, Handled, Route, Services},
        log_context::LogContext,
        request::{Body, RequestHead},
        site::Site,
    },
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
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    match head.path {
        path::FIRST_PAYMENT | path::PAY => link::route(site, head),
        path::SESSIONS => sessions::route(site, head),
        of_player if of_player.starts_with(path::PLAYERS) => sessions::route_of_player(site, head),
        path::SUCCESS => returned::route(site, head),
        path::CANCEL => canceled::route(site, head),
        path::WEBHOOK => only(site, head, "POST", || webhook::route(site, head)),
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

/// Refuses requests that need not be read any further, and says which operator's server asks.
///
/// # Errors
/// The answer to a request that is refused.
pub async fn admit<S: Services>(
    site: &Site,
    handler: &Handler,
    request: &mut Accepted,
    services: &S,
) -> Result<Option<Authenticated>, Box<Handled>> {
    let refused = match handler {
        Handler::Webhook(signature) => webhook::admit(site, request, signature, services),
        Handler::Returned(session) => returned::admit(site, request, session, services).await,
        Handler::SessionOfPlayer(_) => {
            return sessions::admit(site, request, services).await.map(Some);
        }
        Handler::Link(_) | Handler::SessionByToken(_) | Handler::Health => None,
    };
    match refused {
        Some(handled) => Err(Box::new(handled)),
        None => Ok(None),
    }
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
        Handler::Link(by) => link::handle(site, request, &by, services).await,
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
        Handler::Health => health::handle(site, request, services).await,
    }
}

fn only(
    site: &Site,
    head: &RequestHead<'_>,
    allow: &'static str,
    then: impl FnOnce() -> Route<Handler>,
) -> Route<Handler> {
    if head.is_allowed(allow) {
        then()
    } else {
        Route::not_allowed(site, head, allow)
    }
}
