//! A request of the runtime, read with as few FFI calls as possible.

use std::cell::OnceCell;

use wasm_bindgen::JsValue;
use worker::{
    js_sys::{Array, Uint8Array},
    web_sys,
};

use super::{executor::wait, runtime};
use crate::http::request::{self, Body, Headers, Network};

/// The headers that the classifier needs if the User-Agent does not decide: all are read in one FFI call.
const NAMES: [&str; 9] = [
    "sec-purpose",
    "purpose",
    "x-moz",
    "x-purpose",
    "signature-agent",
    "accept-language",
    "sec-fetch-mode",
    "sec-ch-ua",
    "accept",
];

thread_local! {
    static JS_NAMES: Array = NAMES.iter().map(|name| JsValue::from_str(name)).collect();
}

/// The head of a request, parsed: the parts that `runtime.js` reads of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL's scheme.
    pub scheme: &'a str,
    /// The URL's host, with its port if it has one.
    pub host: &'a str,
    /// The URL's path.
    pub path: &'a str,
    /// The URL's query, without its question mark.
    pub query: &'a str,
    /// The User-Agent.
    pub agent: Option<&'a str>,
}

impl<'a> RequestHead<'a> {
    /// Parses the string that `requestHead` returns. The runtime has normalized the URL, so slicing is enough.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let (method, rest) = text.split_once(' ').unwrap_or_default();
        let url = rest.split(['\n', '#']).next().unwrap_or_default();
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            scheme,
            host,
            path,
            query,
            agent: line_value(text, 1),
        }
    }

    /// The host without its port.
    #[must_use]
    pub fn host_name(&self) -> &'a str {
        request::without_port(self.host)
    }

    /// The URL's origin. The runtime has left out a port that is the scheme's own.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }

    /// Whether the request came over https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Whether the request came over https, or to localhost.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.is_https() || matches!(self.host_name(), "localhost" | "127.0.0.1" | "[::1]")
    }
}

/// A request of the runtime, with its head as one string.
pub struct Request {
    request: web_sys::Request,
    head: String,
    /// The values of `NAMES`, a line each; read on first use.
    lines: OnceCell<String>,
}

impl Request {
    /// `head` is the string that `requestHead` in `runtime.js` returns.
    pub fn new(request: web_sys::Request, head: String) -> Self {
        Self {
            request,
            head,
            lines: OnceCell::new(),
        }
    }

    /// The parsed head.
    #[must_use]
    pub fn head(&self) -> RequestHead<'_> {
        RequestHead::parse(&self.head)
    }

    /// The runtime's request object.
    pub fn object(&self) -> web_sys::Request {
        Clone::clone(&self.request)
    }

    /// The request as `http` takes it.
    pub fn core_head(&self) -> request::RequestHead<'_> {
        let head = self.head();
        request::RequestHead {
            method: head.method,
            path: head.path,
            query: head.query,
            is_secure: head.is_secure(),
            headers: self,
        }
    }

    /// Whether the request came over https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.head().is_https()
    }

    /// Reads the body up to a limit in bytes. With a limit of 0 it reads nothing.
    ///
    /// # Errors
    /// If the client does not send the whole body.
    pub async fn body(&self, limit: usize) -> Result<Body, JsValue> {
        if limit == 0 {
            return Ok(Body::Whole(Vec::new()));
        }
        let body = wait(&runtime::read_body(&self.request, limit as u32)).await?;
        Ok(if body.is_null() {
            Body::TooLarge
        } else {
            Body::Whole(Uint8Array::new(&body).to_vec())
        })
    }
}

impl Headers for Request {
    fn host(&self) -> Option<String> {
        Some(self.head().host_name().to_owned())
    }

    fn origin(&self) -> Option<String> {
        Some(self.head().origin())
    }

    fn header(&self, name: &str) -> Option<String> {
        if name == "user-agent" {
            return self.head().agent.map(str::to_owned);
        }
        let Some(place) = NAMES.iter().position(|known| *known == name) else {
            return self.request.headers().get(name).ok().flatten();
        };
        let lines = self.lines.get_or_init(|| {
            JS_NAMES.with(|names| runtime::header_lines(&self.request.headers(), names))
        });
        line_value(lines, place).map(str::to_owned)
    }

    fn network(&self) -> Network {
        let lines = runtime::network_lines(&self.request);
        Network {
            asn: line_value(&lines, 0).and_then(|asn| asn.parse().ok()),
            verified_bot_category: line_value(&lines, 1).map(str::to_owned),
            bot_score: line_value(&lines, 2).and_then(|score| score.parse().ok()),
        }
    }
}

/// The value on a line that `runtime.js` wrote; `None` if there was no value.
fn line_value(lines: &str, place: usize) -> Option<&str> {
    lines.split('\n').nth(place)?.strip_prefix('=')
}
