//! `/checkout/sessions` and `/checkout/players/{player_id}/sessions`: a program asks for the session in which a charge is
//! paid. A front end has a link's token. A server has the club's id of the player, and an operator's secret.
//!
//! It is a person's click in all but its form. Who asks twice gets the same session.

use chrono::NaiveDate;
use serde::Serialize;

use super::handler::Handler;
use crate::{
    checkout::link,
    domain::{
        charge::{ChargeName, Kind},
        checkout::ChargeRef,
        id::OrderId,
        limit::Limit,
        path,
        time::{UnixMillis, rfc_3339},
        token::Token,
    },
    encode::percent_decode,
    guard::click::Outcome,
    http::{
        auth::{Authenticated, authenticate, credentials::Credentials},
        cors::Cors,
        fields::{BadBody, Fields},
        handler::{Accepted, Handled, Route, Services, day},
        log_context::LogContext,
        negotiate::{Media, is_type},
        request::{Body, RequestHead},
        response::{self, Response},
        site::Site,
    },
    pages::answer::Answer,
};

/// The bodies are a few members.
const BODY_LIMIT: usize = 16 * 1024;

/// A session to pay in.
#[derive(Serialize)]
struct Session<'a> {
    order_id: OrderId,
    status: &'static str,
    url: &'a str,
    expires_at: String,
}

/// `/checkout/sessions`, with the preflight of pages of other sites.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    let cors = Cors::of(site, head);
    if head.method == "OPTIONS" {
        return Route::Answered(cors.preflight(site), LogContext::of("preflight"));
    }
    match refuse(site, head, "POST, OPTIONS") {
        Some((response, log)) => Route::Answered(cors.on(response), log),
        None => Route::Handler(Handler::SessionByToken(cors), accepted(site, head)),
    }
}

/// `/checkout/players/{player_id}/sessions`.
#[must_use]
pub fn route_of_player(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    let Some(player_id) = player_id(head.path) else {
        return Route::answer(site, head, &Answer::NoSuchPage, LogContext::default());
    };
    match refuse(site, head, "POST") {
        Some((response, log)) => Route::Answered(response, log),
        None => {
            let request = Accepted {
                credentials: Credentials::of(head),
                ..accepted(site, head)
            };
            Route::Handler(Handler::SessionOfPlayer(player_id), request)
        }
    }
}

/// The answer to a request whose wasm instance broke off; `None` if it was none for a session.
#[must_use]
pub fn retry(site: &Site, head: &RequestHead<'_>) -> Option<Response> {
    let answer = || {
        let again = Answer::TryAgain { seconds: 5 };
        response::answer(site, &again, Media::Json, site.locale(head), true)
    };
    if head.path == path::SESSIONS {
        return Some(Cors::of(site, head).on(answer()));
    }
    player_id(head.path).map(|_| answer())
}

fn player_id(path: &str) -> Option<String> {
    let rest = path.strip_prefix(path::PLAYERS)?;
    let player_id = rest.strip_suffix("/sessions")?;
    percent_decode(player_id).filter(|_| !player_id.is_empty() && !player_id.contains('/'))
}

fn accepted(site: &Site, head: &RequestHead<'_>) -> Accepted {
    Accepted {
        media: Media::Json,
        locale: site.locale(head),
        is_post: true,
        body_limit: BODY_LIMIT,
        ..Accepted::default()
    }
}

/// Refuses what is wrong whoever sends it. A program gets problem details, whatever it accepts.
fn refuse(
    site: &Site,
    head: &RequestHead<'_>,
    allow: &'static str,
) -> Option<(Response, LogContext)> {
    let answer = if head.method != "POST" {
        Answer::MethodNotAllowed { allow }
    } else if site.config.paused {
        Answer::Paused
    } else if head.is_longer_than(BODY_LIMIT) {
        Answer::TooLarge
    } else if !is_type(
        &head.header("content-type").unwrap_or_default(),
        "application/json",
    ) {
        let code = "not_json";
        let detail = "Send JSON, with the header Content-Type: application/json.";
        let response = response::problem(site, 415, code, "Nothing was done", detail);
        return Some((response, LogContext::of(code)));
    } else {
        return None;
    };
    let locale = site.locale(head);
    let response = response::answer(site, &answer, Media::Json, locale, true);
    let log = LogContext::of(answer.code());
    Some((response.for_method(head.method), log))
}

/// The operator whose server asks, as the desk knows them, with a limit of its own.
///
/// # Errors
/// The answer to who is none.
pub async fn admit<S: Services>(
    site: &Site,
    request: &Accepted,
    services: &S,
) -> Result<Authenticated, Box<Handled>> {
    let credentials = &request.credentials;
    authenticate(site, credentials, Limit::ServerAddress, services)
        .await
        .map_err(|denied| Box::new(denied.problem(site, request)))
}

/// The session of a link.
pub async fn handle<S: Services>(
    site: &Site,
    request: Accepted,
    cors: &Cors,
    body: &Body,
    services: &S,
) -> Handled {
    let handled = match token(body) {
        Ok(Some(token)) => create(site, request, &ChargeRef::Link(token.hash()), services).await,
        Ok(None) => Handled::answer(site, &request, &Answer::UnknownLink),
        Err(bad) => bad.refused(site, &request),
    };
    Handled {
        response: cors.on(handled.response),
        ..handled
    }
}

/// The session of a player's charge.
pub async fn handle_of_player<S: Services>(
    site: &Site,
    request: Accepted,
    _: &Authenticated,
    player_id: String,
    body: &Body,
    services: &S,
) -> Handled {
    match charge(body) {
        Ok((kind, period)) => {
            let by = ChargeRef::Player(ChargeName {
                player_id,
                kind,
                period,
            });
            create(site, request, &by, services).await
        }
        Err(bad) => bad.refused(site, &request),
    }
}

/// `{"token": "..."}`; `None` if no link can have this token.
fn token(body: &Body) -> Result<Option<Token>, BadBody> {
    let fields = Fields::of_texts(body, &["token"])?;
    let token = fields.given("token").ok_or(BadBody::Missing("token"))?;
    Ok(Token::parse(token))
}

/// `{"kind": "...", "period": "..."}`; neither is required.
fn charge(body: &Body) -> Result<(Kind, String), BadBody> {
    let fields = Fields::of_texts(body, &["kind", "period"])?;
    let kind = match fields.given("kind") {
        None => Kind::FirstPayment,
        Some(kind) => Kind::parse(kind).ok_or(BadBody::Value(
            "kind that is none of first_payment, monthly, custom",
        ))?,
    };
    let period = fields.given("period").unwrap_or_default();
    if !kind.has_period(period) {
        return Err(BadBody::Value("period that is no month such as 2026-05"));
    }
    Ok((kind, period.to_owned()))
}

/// Has the guard find or create the session.
async fn create<S: Services>(
    site: &Site,
    request: Accepted,
    by: &ChargeRef,
    services: &S,
) -> Handled {
    link::clicked(site, request, by, services, |request, outcome| {
        respond(site, request, by, outcome, |at| day(site, services, at))
    })
    .await
}

/// Answers a program. What a person gets as a page, it gets as problem details: with the same status and code, but
/// where a page is good news. A program that asked for a session and gets none is told so by the status.
fn respond(
    site: &Site,
    request: &Accepted,
    by: &ChargeRef,
    outcome: Outcome,
    day: impl Fn(UnixMillis) -> NaiveDate,
) -> Handled {
    let problem = |status, code, title, detail| {
        let response = response::problem(site, status, code, title, detail);
        Handled::new(response, request.log.clone(), code)
    };
    match (outcome, by) {
        (
            Outcome::Pay {
                order,
                url,
                expires_at,
            },
            _,
        ) => {
            let session = Session {
                order_id: order,
                status: "pending",
                url: &url,
                expires_at: rfc_3339(expires_at),
            };
            let response = response::json(site, 200, &session);
            Handled::new(response, request.log.clone(), "pay")
        }
        (Outcome::NothingToPay, _) => problem(
            409,
            "nothing_to_pay",
            "Nothing to pay",
            "This costs nothing, so there is no payment page.",
        ),
        (Outcome::Unknown, ChargeRef::Player(_) | ChargeRef::Attempt(_)) => problem(
            404,
            "unknown_charge",
            "There is no such charge",
            "No charge of this kind and period was ever made for this player.",
        ),
        (
            outcome @ (Outcome::Unknown
            | Outcome::Gone(_)
            | Outcome::Paid { .. }
            | Outcome::Refunded { .. }
            | Outcome::Processing { .. }
            | Outcome::TooOften
            | Outcome::Paused { .. }),
            ChargeRef::Link(_) | ChargeRef::Player(_) | ChargeRef::Attempt(_),
        ) => Handled::answer(site, request, &Answer::of_click(outcome, day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_stands_in_the_path() {
        let read = |path: &str| player_id(path);
        assert_eq!(read("/checkout/players/25/sessions").as_deref(), Some("25"));
        let encoded = "/checkout/players/U%2F12%20%C3%A9+1/sessions";
        assert_eq!(read(encoded).as_deref(), Some("U/12 é+1"));
        for none in [
            "/checkout/players//sessions",
            "/checkout/players/sessions",
            "/checkout/players/25",
            "/checkout/players/25/7/sessions",
            "/checkout/players/%/sessions",
            "/checkout/players/%ff/sessions",
            "/checkout/player/25/sessions",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
