//! `/checkout/success`: Stripe leads a payer back here.

use super::handler::Handler;
use crate::{
    classifier::Verdict,
    domain::{
        id::SessionId,
        limit::{Allowance, Limit},
    },
    guard::returned::returned,
    http::{
        handler::{Accepted, Handled, Route, Services, day},
        log_context::LogContext,
        request::RequestHead,
        site::Site,
    },
    languages::words_of,
    pages::answer::Answer,
    store::charges,
};

/// A machine gets the same page as a visitor who names no session, in the club's language. Nothing is looked up for it.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    if !matches!(head.method, "GET" | "HEAD") {
        return Route::not_allowed(site, head, "GET, HEAD");
    }
    let classification = head.classify();
    let log = LogContext::visit(classification);
    let is_machine = classification.verdict == Verdict::Machine;
    let locale = if is_machine {
        site.config.club.language.into()
    } else {
        site.locale(head)
    };
    let mut pairs = head.query.split('&');
    let id = pairs.find_map(|pair| pair.strip_prefix("session_id="));
    match id.and_then(SessionId::parse) {
        Some(session) if !is_machine => {
            let request = Accepted {
                media: head.media(),
                locale,
                log,
                ..Accepted::default()
            };
            Route::Handler(Handler::Returned(session), request)
        }
        Some(_) | None => Route::answer_in(site, locale, head, &Answer::Confirming, log),
    }
}

/// Refuses a session that is asked about too often.
pub async fn admit<S: Services>(
    site: &Site,
    request: &Accepted,
    session: &SessionId,
    services: &S,
) -> Option<Handled> {
    let limit = Limit::Session(session.clone());
    (services.allows(limit).await == Allowance::Refused)
        .then(|| Handled::answer(site, request, &Answer::ReturnedTooOften))
}

/// Records the payment, if Stripe says that there is one.
pub async fn handle<S: Services>(
    site: &Site,
    request: &Accepted,
    session: &SessionId,
    services: &S,
) -> Handled {
    match returned(services, &site.config.policy, session).await {
        Ok(returned) => {
            let subject = match returned.charge() {
                Some(charge) => charges::subject(services, charge).await,
                None => Ok(None),
            };
            let (subject, error) = match subject {
                Ok(subject) => (subject, None),
                // The payment is known, so the page says less and does not fail.
                Err(error) => (None, Some(error)),
            };
            let paid_for = subject.map(|subject| words_of(request.locale).subject(&subject));
            let answer = Answer::of_return(returned, paid_for, |at| day(site, services, at));
            let handled = Handled::answer(site, request, &answer);
            match error {
                Some(error) => handled.because(error),
                None => handled,
            }
        }
        // The webhook or the cron records the payment; the payer need not know that Stripe was out of reach.
        Err(error) => Handled::answer(site, request, &Answer::Confirming).because(error),
    }
}
