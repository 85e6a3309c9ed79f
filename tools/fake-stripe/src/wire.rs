//! The HTTP messages that the fake Stripe speaks, without an HTTP library.
//!
//! The core is called in two ways: by the server binary, over a socket, and by tests, in-process.
//! Both hand it the same plain values, so a test exercises what a socket would.

/// A request as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path with its query, such as `/v1/events?limit=3`.
    pub path: String,
    /// Names compare without regard to case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// The same request with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same request with a form-encoded body.
    #[must_use]
    pub fn with_form(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with_header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The path without its query, and the query without its `?`.
    pub fn target(&self) -> (&str, &str) {
        self.path.split_once('?').unwrap_or((&self.path, ""))
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status; [`Response::NO_ANSWER`] if the connection is closed without one.
    pub status: u16,
    /// In the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl Response {
    /// The status that stands for "the connection was closed, no answer came".
    pub const NO_ANSWER: u16 = 0;

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Whether the connection is closed without an answer, as a `drop_*` fault demands. A test's
    /// transport turns this into its connection error.
    pub fn is_dropped(&self) -> bool {
        self.status == Self::NO_ANSWER
    }

    /// The body as JSON, `null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn dropped() -> Self {
        Self {
            status: Self::NO_ANSWER,
            ..Self::default()
        }
    }

    pub(crate) fn of_json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".into(), "application/json".into())],
            body: format!("{body:#}\n").into_bytes(),
        }
    }

    pub(crate) fn of_html(status: u16, body: String) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".into(), "text/html; charset=utf-8".into())],
            body: body.into_bytes(),
        }
    }

    /// 303 See Other: the browser goes there with GET.
    pub(crate) fn see_other(location: &str) -> Self {
        Self {
            status: 303,
            headers: vec![("Location".into(), location.to_owned())],
            body: Vec::new(),
        }
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.as_str())
}
