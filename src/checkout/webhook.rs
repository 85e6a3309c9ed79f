//! `/webhooks/stripe`: Stripe delivers its events.
//!
//! The header is checked before the body is read, and the time of the signature before any hash is made.

use super::handler::Handler;
use crate::{
    alerts::answers::Happened,
    domain::{order::Cause, secret::Secret},
    guard::{
        after::FollowUp,
        events::{self, Delivered},
    },
    http::{
        handler::{Accepted, Handled, Route, Services},
        log_context::LogContext,
        request::{Body, RequestHead},
        response,
        site::Site,
    },
    stripe::{event, signature::Signature},
};

/// Stripe's deliveries are a few kilobytes.
const BODY_LIMIT: usize = 256 * 1024;
const TOO_LARGE: &str = "the body is too large";

/// Refuses a delivery that declares too large a body, or whose `Stripe-Signature` header is bad.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route<Handler> {
    let signature = Signature::parse(head.header("stripe-signature").as_deref());
    let why = match signature {
        Ok(_) if head.is_longer_than(BODY_LIMIT) => TOO_LARGE,
        Ok(signature) => {
            let request = Accepted {
                body_limit: BODY_LIMIT,
                ..Accepted::default()
            };
            return Route::Handler(Handler::Webhook(signature), request);
        }
        Err(refused) => refused.as_str(),
    };
    Route::Answered(bad_delivery(site, why), LogContext::of("bad_delivery"))
}

/// Refuses a delivery that was signed too long ago, or in the future. Its body is not read.
pub fn admit<S: Services>(
    site: &Site,
    request: &Accepted,
    signature: &Signature,
    services: &S,
) -> Option<Handled> {
    let refused = signature.in_time(services.now()).err()?;
    Some(refuse(site, request, refused.as_str()))
}

/// Verifies a delivery and carries out its event.
pub async fn handle<S: Services>(
    site: &Site,
    request: Accepted,
    signature: &Signature,
    body: Body,
    services: &S,
) -> Handled {
    let Body::Whole(body) = body else {
        return refuse(site, &request, TOO_LARGE);
    };
    let secrets = site.config.stripe.webhook_secrets.iter();
    let secrets = secrets.map(Secret::reveal);
    if let Err(why) = signature.verify(&body, secrets) {
        return refuse(site, &request, why.as_str());
    }
    let event = event::parse(&body, services.now());
    let policy = &site.config.policy;
    let received = || response::json(site, 200, &serde_json::json!({ "received": true }));
    match events::deliver(services, policy, Cause::Webhook, &event).await {
        Ok(Delivered::Recorded { effect, then }) => {
            let handled = Handled::new(received(), request.log, effect);
            handled.then(then).showing(Happened::Delivery)
        }
        Ok(Delivered::Duplicate) => {
            Handled::new(received(), request.log, "duplicate").showing(Happened::Delivery)
        }
        Err(error) => {
            let detail = "Nothing was recorded. Please deliver again.";
            let response = response::problem(site, 500, "try_again", "Not recorded", detail);
            let report = error.incident().map(Box::new).map(FollowUp::Report);
            let handled = Handled::new(response, request.log, "try_again");
            handled.then(report).because(error)
        }
    }
}

fn refuse(site: &Site, request: &Accepted, why: &str) -> Handled {
    Handled::new(bad_delivery(site, why), request.log.clone(), "bad_delivery")
}

fn bad_delivery(site: &Site, why: &str) -> response::Response {
    let detail = format!("Nothing was recorded: {why}.");
    response::problem(site, 400, "bad_delivery", "Refused", &detail)
}
