//! The credentials that a request brings along to show whose it is.

use crate::http::request::RequestHead;

/// The credentials that show that a request is an operator's. Has no `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The `Authorization` header.
    pub authorization: String,
    /// The `Cookie` header.
    pub cookie: String,
    /// The request was made by one of our own pages, or is one that changes nothing.
    pub is_same_origin: bool,
}

impl Credentials {
    /// Those of a request.
    #[must_use]
    pub fn of(head: &RequestHead<'_>) -> Self {
        Self {
            authorization: head.header("authorization").unwrap_or_default(),
            cookie: head.header("cookie").unwrap_or_default(),
            is_same_origin: is_same_origin(head),
        }
    }

    /// The secret of `Authorization: Bearer`, if there is one.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let secret = self.authorization.strip_prefix("Bearer ")?.trim();
        Some(secret).filter(|secret| !secret.is_empty())
    }
}

/// A browser says of each POST which site's page made it: by `Sec-Fetch-Site`, or else by `Origin`, which is the whole of
/// scheme, host and port (Fetch Metadata; RFC 6454, "Comparing Origins"). What says neither is no form of ours.
fn is_same_origin(head: &RequestHead<'_>) -> bool {
    if matches!(head.method, "GET" | "HEAD") {
        return true;
    }
    if let Some(site) = head.header("sec-fetch-site") {
        return site == "same-origin";
    }
    let (theirs, ours) = (head.header("origin"), head.headers.origin());
    theirs
        .zip(ours)
        .is_some_and(|(theirs, ours)| theirs.eq_ignore_ascii_case(&ours))
}
