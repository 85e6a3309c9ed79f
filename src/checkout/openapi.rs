//! `/openapi.json`: all routes that programs may use, in OpenAPI 3.1. It says nothing of anybody.

use super::handler::Handler;
use crate::http::{
    handler::Route,
    log_context::LogContext,
    request::RequestHead,
    response::{self, ContentKind},
};

/// The description, written by hand. A test holds it against the routes.
pub const DESCRIPTION: &str = include_str!("../../assets/openapi.json");

/// The description; without its bytes if only the head is asked for.
#[must_use]
pub fn route(head: &RequestHead<'_>) -> Route<Handler> {
    let response = response::public(ContentKind::Description, DESCRIPTION).for_method(head.method);
    Route::Answered(response, LogContext::of("openapi"))
}
