//! Makes responses of the runtime.
//!
//! Each string that crosses the FFI boundary is decoded by JavaScript. So what responses share crosses once and is
//! cached: a constant answer as a whole, and the headers of each kind of response.

use std::cell::{Cell, OnceCell};

use wasm_bindgen::JsValue;
use worker::{
    js_sys::Uint8Array,
    web_sys::{Headers, Response, ResponseInit},
};

use super::runtime;
use crate::{
    app::{Calls, request::timed},
    classifier::Verdict,
    http::{
        response::{Constant, ContentKind, Response as Reply, STRICT_TRANSPORT_SECURITY},
        site::Site,
    },
};

/// With https, and without.
const SCHEMES: usize = 2;
const ANSWERS: usize = Constant::COUNT * Verdict::COUNT * SCHEMES;

thread_local! {
    /// Which constant answers `runtime.js` has cached.
    static CACHED: [Cell<bool>; ANSWERS] = const { [const { Cell::new(false) }; ANSWERS] };
    /// The headers by kind and scheme. The policy of a kind does not change while an isolate lives.
    static KIND_HEADERS: [OnceCell<Headers>; ContentKind::COUNT * SCHEMES] =
        const { [const { OnceCell::new() }; ContentKind::COUNT * SCHEMES] };
}

/// A number for each combination. The verdict is part of it because `Server-Timing` names the verdict.
fn number(constant: Constant, verdict: Verdict, is_https: bool) -> usize {
    (constant.number() * Verdict::COUNT + verdict as usize) * SCHEMES + usize::from(is_https)
}

/// The number of a constant answer, if `runtime.js` has cached it.
pub fn cached(constant: Constant, verdict: Verdict, is_https: bool) -> Option<u32> {
    let number = number(constant, verdict, is_https);
    CACHED
        .with(|cached| cached[number].get())
        .then_some(number as u32)
}

/// A constant answer. It is built on first use per verdict and scheme, then cached.
///
/// # Errors
/// If the runtime refuses. It has no reason to.
pub fn constant(
    site: &Site,
    constant: Constant,
    verdict: Verdict,
    is_https: bool,
) -> Result<Response, JsValue> {
    let number = number(constant, verdict, is_https);
    if cached(constant, verdict, is_https).is_none() {
        let reply = timed(
            site,
            constant.response(site),
            Some(verdict),
            Calls::default(),
        );
        let init = init(reply.status, &all_headers(&reply, is_https)?);
        runtime::cache_constant(number as u32, bytes(&reply).as_ref(), &init);
        CACHED.with(|cached| cached[number].set(true));
    }
    Ok(runtime::constant(number as u32))
}

/// Any other answer. Its headers start as a copy of its kind's headers.
///
/// # Errors
/// If the runtime refuses. It has no reason to.
pub fn response(reply: &Reply, is_https: bool) -> Result<Response, JsValue> {
    let response = KIND_HEADERS.with(|all| {
        let cell = &all[reply.kind as usize * SCHEMES + usize::from(is_https)];
        let shared = match cell.get() {
            Some(shared) => shared,
            None => {
                let new = headers(reply.kind.headers(&reply.policy), is_https)?;
                cell.get_or_init(|| new)
            }
        };
        send(reply, shared)
    })?;
    let headers = response.headers();
    for (name, value) in &reply.more {
        add(&headers, name, value)?;
    }
    Ok(response)
}

/// An answer without a site. It uses no cache.
///
/// # Errors
/// If the runtime refuses. It has no reason to.
pub fn single(reply: &Reply, is_https: bool) -> Result<Response, JsValue> {
    send(reply, &all_headers(reply, is_https)?)
}

fn send(reply: &Reply, headers: &Headers) -> Result<Response, JsValue> {
    let init = init(reply.status, headers);
    Response::new_with_opt_js_u8_array_and_init(bytes(reply).as_ref(), &init)
}

/// The body as bytes, which are copied once. A string would be decoded here, then encoded by the runtime.
fn bytes(reply: &Reply) -> Option<Uint8Array> {
    let body = reply.body.as_bytes();
    (!body.is_empty()).then(|| Uint8Array::from(body))
}

fn init(status: u16, headers: &Headers) -> ResponseInit {
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(headers);
    init
}

fn all_headers(reply: &Reply, is_https: bool) -> Result<Headers, JsValue> {
    headers(reply.headers(), is_https)
}

fn headers<'a>(
    all: impl IntoIterator<Item = (&'static str, &'a str)>,
    is_https: bool,
) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in all {
        add(&headers, name, value)?;
    }
    if is_https {
        let (name, value) = STRICT_TRANSPORT_SECURITY;
        headers.set(name, value)?;
    }
    Ok(headers)
}

/// A header of a response. There can be several cookies, and of everything else one.
fn add(headers: &Headers, name: &str, value: &str) -> Result<(), JsValue> {
    if name == "set-cookie" {
        headers.append(name, value)
    } else {
        headers.set(name, value)
    }
}
