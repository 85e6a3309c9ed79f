//! The images: of a link's preview, of a browser's tab, of a phone's home screen.

use super::handler::Handler;
use std::rc::Rc;

use crate::http::{
    handler::Route,
    log_context::LogContext,
    request::RequestHead,
    response::{self, ContentKind},
};

/// The image; without its bytes if only the head is asked for.
#[must_use]
pub fn route(head: &RequestHead<'_>, image: &Rc<[u8]>) -> Route<Handler> {
    let response = response::public(ContentKind::Png, image).for_method(head.method);
    Route::Answered(response, LogContext::of("image"))
}
