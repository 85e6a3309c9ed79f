//! Requests of the runtime, read with as few crossings as possible.

use std::cell::OnceCell;

use wasm_bindgen::JsValue;
use worker::{
    js_sys::{Array, Uint8Array},
    web_sys,
};

use super::{executor::awaited, runtime};
use crate::http::request::{Body, Headers, Network, RequestHead};

/// What is read of a visit that its User-Agent does not settle: all of it in one crossing.
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

/// What `runtime.js` reads of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL's scheme.
    pub scheme: &'a str,
    /// The URL's host, with its port where it has one.
    pub host: &'a str,
    /// The URL's path.
    pub path: &'a str,
    /// The URL's query, without its question mark.
    pub query: &'a str,
    /// The User-Agent.
    pub agent: Option<&'a str>,
}

impl<'a> Opening<'a> {
    /// Reads one. The runtime has normalized the URL, so slices will do.
    #[must_use]
    pub fn read(text: &'a str) -> Self {
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
            agent: given(text, 1),
        }
    }

    /// The host without its port.
    #[must_use]
    pub fn host_name(&self) -> &'a str {
        let port = self
            .host
            .rfind(':')
            .filter(|at| !self.host[*at..].contains(']'));
        &self.host[..port.unwrap_or(self.host.len())]
    }

    /// It came over https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// It came over https, or to this machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.is_https() || matches!(self.host_name(), "localhost" | "127.0.0.1" | "[::1]")
    }
}

/// A request of the runtime, with the parts that are read of every one.
pub struct Incoming {
    request: web_sys::Request,
    opening: String,
    lines: OnceCell<String>,
}

impl Incoming {
    /// With what `runtime.js` says of it as its opening.
    pub fn new(request: web_sys::Request, opening: String) -> Self {
        Self {
            request,
            opening,
            lines: OnceCell::new(),
        }
    }

    /// The runtime's own request.
    pub fn request(&self) -> web_sys::Request {
        Clone::clone(&self.request)
    }

    /// As the core sees it.
    pub fn arrival(&self) -> Arrival<'_> {
        let opening = Opening::read(&self.opening);
        let Opening {
            method,
            path,
            query,
            ..
        } = opening;
        Arrival {
            method,
            path,
            query,
            is_secure: opening.is_secure(),
            lookups: self,
        }
    }

    /// It came over https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        Opening::read(&self.opening).is_https()
    }

    /// Reads the body up to a limit; with a limit of 0, not at all.
    ///
    /// # Errors
    /// Where the client does not send it to its end.
    pub async fn body(&self, limit: usize) -> Result<Body, JsValue> {
        if limit == 0 {
            return Ok(Body::NONE);
        }
        let body = awaited(&runtime::read(&self.request, limit as u32)).await?;
        Ok(if body.is_null() {
            Body::TooLarge
        } else {
            Body::Whole(Uint8Array::new(&body).to_vec())
        })
    }
}

impl Lookups for Incoming {
    fn host(&self) -> Option<String> {
        Some(Opening::read(&self.opening).host_name().to_owned())
    }

    fn header(&self, name: &str) -> Option<String> {
        if name == "user-agent" {
            return Opening::read(&self.opening).agent.map(str::to_owned);
        }
        let Some(place) = NAMES.iter().position(|known| *known == name) else {
            return self.request.headers().get(name).ok().flatten();
        };
        let lines = self
            .lines
            .get_or_init(|| JS_NAMES.with(|names| runtime::lines(&self.request.headers(), names)));
        given(lines, place).map(str::to_owned)
    }

    fn network(&self) -> Network {
        let lines = runtime::network(&self.request);
        Network {
            asn: given(&lines, 0).and_then(|asn| asn.parse().ok()),
            verified_bot_category: given(&lines, 1).map(str::to_owned),
            bot_score: given(&lines, 2).and_then(|score| score.parse().ok()),
        }
    }
}

/// A line's value; `None` where what it is of was not there.
fn given(lines: &str, place: usize) -> Option<&str> {
    lines.split('\n').nth(place)?.strip_prefix('=')
}
