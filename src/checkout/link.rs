//! `/checkout/first-payment` and `/checkout/pay`: somebody or something opens a link.

use super::handler::Handler;
use crate::{
    classifier::Verdict,
    config::Confirm,
    domain::{
        checkout::ChargeRef,
        limit::{Allowance, Limit},
        token::Token,
    },
    guard::{
        after::FollowUp,
        click::{Clicked, Outcome, click},
    },
    http::{
        handler::{Accepted, Handled, Route, Services, day},
        log_context::LogContext,
        negotiate::Media,
        request::RequestHead,
        response::Constant,
        site::Site,
    },
    pages::answer::Answer,
};

/// The button sends an empty form; nothing of a body is read.
const BODY_LIMIT: usize = 16 * 1024;

/// The page that a machine gets, in the club's language.
#[must_use]
pub fn link_page(method: &str) -> Constant {
    if method == "HEAD" {
        Constant::LinkPageHead
    } else {
        Constant::LinkPage
    }
}

/// Rows 1 to 3 of the decision table, and the malformed tokens of row 4.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    let is_post = match head.method {
        "GET" | "HEAD" | "OPTIONS" => false,
        "POST" => true,
        _ => return Route::not_allowed(site, head, "GET, HEAD, POST, OPTIONS"),
    };
    let classification = head.classify();
    let log = LogContext::visit(classification);
    let confirm = site.config.confirm;
    let constant = match classification.verdict {
        // Whoever presses the button gets through: a wrong verdict must never keep a person from paying.
        _ if is_post => None,
        Verdict::Machine => Some(link_page(head.method)),
        Verdict::Prefetch if head.media() == Media::Json => {
            return Route::answer(site, head, &Answer::Prefetch, log);
        }
        Verdict::Prefetch => Some(Constant::Prefetch(site.locale(head).language)),
        Verdict::Unsure if confirm == Confirm::Never => None,
        Verdict::Person if confirm != Confirm::Always => None,
        Verdict::Unsure | Verdict::Person => Some(Constant::LinkPageIn(site.locale(head).language)),
    };
    match constant {
        Some(constant) => Route::Constant(constant, classification),
        None => {
            let token = Token::from_query(head.query);
            accept(
                site,
                head,
                log,
                token.map(|token| ChargeRef::Link(token.hash())),
            )
        }
    }
}

/// A person's click, unless payments are paused. `by` is `None` if nothing can be named so.
#[must_use]
pub fn accept(
    site: &Site,
    head: &RequestHead<'_>,
    log: LogContext,
    by: Option<ChargeRef>,
) -> Route<Handler> {
    if site.config.paused {
        return Route::answer(site, head, &Answer::Paused, log);
    }
    let is_post = head.method == "POST";
    if is_post && head.is_longer_than(BODY_LIMIT) {
        return Route::answer(site, head, &Answer::TooLarge, log);
    }
    match by {
        Some(by) => {
            let request = Accepted {
                media: head.media(),
                locale: site.locale(head),
                log,
                is_post,
                ..Accepted::default()
            };
            Route::Handler(Handler::Link(by), request)
        }
        None => Route::answer(site, head, &Answer::UnknownLink, log),
    }
}

/// A person's click.
pub async fn handle<S: Services>(
    site: &Site,
    request: Accepted,
    by: &ChargeRef,
    services: &S,
) -> Handled {
    clicked(site, request, by, services, |request, outcome| {
        let answer = Answer::of_click(outcome, |at| day(site, services, at));
        Handled::answer(site, request, &answer)
    })
    .await
}

/// A click, whoever makes it: the guard decides, and `respond` says what came of it. The answer is counted for the
/// alerts.
pub async fn clicked<S: Services>(
    site: &Site,
    mut request: Accepted,
    by: &ChargeRef,
    services: &S,
    respond: impl FnOnce(&Accepted, Outcome) -> Handled,
) -> Handled {
    let Clicked { outcome, then } = match click(services, &site.config.policy, by).await {
        Ok(clicked) => clicked,
        Err(error) => {
            let report = error.incident().map(Box::new).map(FollowUp::Report);
            let handled =
                Handled::answer(site, &request, &Answer::of_error(&error, services.now()));
            return handled.then(report).because(error).counted();
        }
    };
    if outcome == Outcome::Unknown
        && is_guess(by)
        && services.allows(Limit::UnknownTokens).await == Allowance::Refused
    {
        return Handled::answer(site, &request, &Answer::TooManyTries).counted();
    }
    request.log.order = outcome.order().map(|order| order.0);
    respond(&request, outcome).then(then).counted()
}

/// Whether somebody may be guessing. Who names a player is an operator, and was counted as one.
const fn is_guess(by: &ChargeRef) -> bool {
    match by {
        ChargeRef::Link(_) | ChargeRef::Attempt(_) => true,
        ChargeRef::Player(_) => false,
    }
}
