//! Requests of the runtime, read with as few crossings as possible.

use wasm_bindgen::{JsCast, JsValue};
use worker::{
    js_sys::{Reflect, Uint8Array},
    wasm_bindgen_futures::JsFuture,
    web_sys,
};

use crate::http::{Arrival, Body, Lookups, Network};

/// A request of the runtime, with the parts that are read of every one.
pub struct Incoming {
    request: web_sys::Request,
    headers: web_sys::Headers,
    method: String,
    url: String,
}

impl Incoming {
    /// Reads the method and the URL.
    pub fn new(request: web_sys::Request) -> Self {
        let (headers, method, url) = (request.headers(), request.method(), request.url());
        Self {
            request,
            headers,
            method,
            url,
        }
    }

    /// As the core sees it. The runtime has normalized the URL, so slices will do.
    pub fn arrival(&self) -> Arrival<'_> {
        let (scheme, rest) = self.url.split_once("://").unwrap_or_default();
        let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let name = host.split(':').next().unwrap_or_default();
        Arrival {
            method: &self.method,
            path,
            query: query.split('#').next().unwrap_or_default(),
            is_secure: scheme == "https"
                || matches!(name, "localhost" | "127.0.0.1" | "[" | "[::1]"),
            lookups: self,
        }
    }

    /// Reads the body up to a limit; with a limit of 0, not at all.
    pub async fn body(&self, limit: usize) -> Result<Body, JsValue> {
        let Some(stream) = self.request.body().filter(|_| limit > 0) else {
            return Ok(Body::NONE);
        };
        let reader: web_sys::ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        let mut body = Vec::new();
        loop {
            let chunk = JsFuture::from(reader.read()).await?;
            if Reflect::get(&chunk, &"done".into())?.is_truthy() {
                return Ok(Body::Whole(body));
            }
            let bytes: Uint8Array = Reflect::get(&chunk, &"value".into())?.unchecked_into();
            if body.len() + bytes.length() as usize > limit {
                let _ = JsFuture::from(reader.cancel()).await;
                return Ok(Body::TooLarge);
            }
            body.extend_from_slice(&bytes.to_vec());
        }
    }
}

impl Lookups for Incoming {
    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }

    fn network(&self) -> Network {
        let member = |of: &JsValue, name: &str| {
            Reflect::get(of, &name.into())
                .ok()
                .filter(|value| !value.is_null_or_undefined())
        };
        let Some(cf) = member(&self.request, "cf") else {
            return Network::default();
        };
        let score = member(&cf, "botManagement").and_then(|of| member(&of, "score"));
        Network {
            asn: member(&cf, "asn")
                .and_then(|asn| asn.as_f64())
                .map(|asn| asn as u32),
            verified_bot_category: member(&cf, "verifiedBotCategory").and_then(|of| of.as_string()),
            bot_score: score
                .and_then(|score| score.as_f64())
                .map(|score| score as u8),
        }
    }
}
