//! `/checkout/cancel`: Stripe leads a payer who did not pay back here, by the attempt of their order.
//!
//! Opening the page changes nothing and asks nothing of the database. Its button goes on with the payment: a click on
//! the charge of that order, which leads to the same session as long as that is open.

use super::handler::Handler;
use crate::{
    checkout::link,
    domain::{checkout::ChargeRef, id::Attempt},
    http::{handler::Route, log_context::LogContext, request::RequestHead, site::Site},
    pages::answer::Answer,
};

/// The page; by POST, the click.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    let mut pairs = head.query.split('&');
    let attempt = pairs.find_map(|pair| pair.strip_prefix("attempt="));
    let attempt = attempt.and_then(Attempt::parse);
    match head.method {
        "GET" | "HEAD" => {
            let answer = Answer::NotPaid { attempt };
            Route::answer(site, head, &answer, LogContext::default())
        }
        "POST" => {
            let log = LogContext::visit(head.classify());
            link::accept(site, head, log, attempt.map(ChargeRef::Attempt))
        }
        _ => Route::not_allowed(site, head, "GET, HEAD, POST"),
    }
}
