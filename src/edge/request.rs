//! Requests of the runtime, read with as few crossings as possible.

use std::cell::OnceCell;

use wasm_bindgen::JsValue;
use worker::{
    js_sys::{Array, Uint8Array},
    web_sys,
};

use super::{glue, promise::awaited};
use crate::http::{Arrival, Body, Lookups, Network};

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

/// A request of the runtime, with the parts that are read of every one.
pub struct Incoming {
    request: web_sys::Request,
    opening: String,
    lines: OnceCell<String>,
}

impl Incoming {
    /// Reads the method, the URL and the User-Agent.
    pub fn new(request: web_sys::Request) -> Self {
        let opening = glue::opening(&request);
        Self::opened(request, opening)
    }

    /// With what `glue.js` says of it as its opening.
    pub fn opened(request: web_sys::Request, opening: String) -> Self {
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

    /// As the core sees it. The runtime has normalized the URL, so slices will do.
    pub fn arrival(&self) -> Arrival<'_> {
        let (method, url) = opening(&self.opening);
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let name = host.split(':').next().unwrap_or_default();
        Arrival {
            method,
            path,
            query: query.split('#').next().unwrap_or_default(),
            is_secure: scheme == "https"
                || matches!(name, "localhost" | "127.0.0.1" | "[" | "[::1]"),
            lookups: self,
        }
    }

    /// Reads the body up to a limit; with a limit of 0, not at all.
    ///
    /// # Errors
    /// Where the client does not send it to its end.
    pub async fn body(&self, limit: usize) -> Result<Body, JsValue> {
        if limit == 0 {
            return Ok(Body::NONE);
        }
        let body = awaited(&glue::read(&self.request, limit as u32)).await?;
        Ok(if body.is_null() {
            Body::TooLarge
        } else {
            Body::Whole(Uint8Array::new(&body).to_vec())
        })
    }
}

impl Lookups for Incoming {
    fn header(&self, name: &str) -> Option<String> {
        if name == "user-agent" {
            return given(&self.opening, 1).map(str::to_owned);
        }
        let Some(place) = NAMES.iter().position(|known| *known == name) else {
            return self.request.headers().get(name).ok().flatten();
        };
        let lines = self
            .lines
            .get_or_init(|| JS_NAMES.with(|names| glue::lines(&self.request.headers(), names)));
        given(lines, place).map(str::to_owned)
    }

    fn network(&self) -> Network {
        let lines = glue::network(&self.request);
        Network {
            asn: given(&lines, 0).and_then(|asn| asn.parse().ok()),
            verified_bot_category: given(&lines, 1).map(str::to_owned),
            bot_score: given(&lines, 2).and_then(|score| score.parse().ok()),
        }
    }
}

/// The method and the URL of an opening.
fn opening(text: &str) -> (&str, &str) {
    let (line, _) = text.split_once('\n').unwrap_or_default();
    line.split_once(' ').unwrap_or_default()
}

/// The method, the path and the User-Agent of an opening.
pub fn glanced(text: &str) -> (&str, &str, Option<&str>) {
    let (method, url) = opening(text);
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let target = &rest[rest.find('/').unwrap_or(rest.len())..];
    let path = target.split(['?', '#']).next().unwrap_or_default();
    (method, path, given(text, 1))
}

/// A line's value; `None` where what it is of was not there.
fn given(lines: &str, place: usize) -> Option<&str> {
    lines.split('\n').nth(place)?.strip_prefix('=')
}
