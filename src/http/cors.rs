//! Whose pages may read an answer (Fetch standard, "CORS protocol").
//!
//! This keeps no request out: who has a link's token may pay by it, from wherever they ask. It only says to a browser
//! which pages of other sites may read what comes back. No cookie counts here, so credentials are never allowed.

use super::{
    request::RequestHead,
    response::{ContentKind, Response},
    site::Site,
};

/// How long a browser may remember the answer to its preflight, in seconds.
const REMEMBERED: &str = "600";

/// The page that asks, if it is of one of `ALLOWED_ORIGINS`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors(Option<String>);

impl Cors {
    /// That of a request.
    #[must_use]
    pub fn of(site: &Site, head: &RequestHead<'_>) -> Self {
        let allowed = &site.config.allowed_origins;
        let is_allowed = |origin: &String| allowed.iter().any(|it| it.eq_ignore_ascii_case(origin));
        Self(head.header("origin").filter(is_allowed))
    }

    /// Adds what a browser needs. A page of any other origin gets no header that lets it read.
    #[must_use]
    pub fn on(&self, response: Response) -> Response {
        let response = response.varying_by("Origin");
        match &self.0 {
            Some(origin) => response
                .with("access-control-allow-origin", origin.as_str())
                .with("access-control-expose-headers", "Retry-After"),
            None => response,
        }
    }

    /// The answer to a browser that asks first whether it may send JSON.
    #[must_use]
    pub fn preflight(&self, site: &Site) -> Response {
        let response =
            Response::new(site, 204, ContentKind::Json, "").with("allow", "POST, OPTIONS");
        let response = self.on(response);
        if self.0.is_none() {
            return response;
        }
        response
            .with("access-control-allow-methods", "POST")
            .with("access-control-allow-headers", "Content-Type")
            .with("access-control-max-age", REMEMBERED)
    }
}
