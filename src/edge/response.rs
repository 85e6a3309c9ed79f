//! Responses of the runtime.
//!
//! Every header and every text that goes from wasm to JavaScript is decoded once more, so what many
//! answers share is carried over once: the constant answers whole, and the headers of each kind.

use std::cell::{Cell, OnceCell};

use wasm_bindgen::JsValue;
use worker::{
    js_sys::Uint8Array,
    web_sys::{Headers, Response, ResponseInit},
};

use super::runtime;
use crate::{
    classifier::Verdict,
    http::{
        response::{Constant, Kind, Response as Reply, STRICT_TRANSPORT_SECURITY},
        site::Site,
    },
};

/// Over https, and not.
const WAYS: usize = 2;
const ANSWERS: usize = Constant::COUNT * Verdict::COUNT * WAYS;

thread_local! {
    /// Which constant answers JavaScript has already.
    static KEPT: [Cell<bool>; ANSWERS] = const { [const { Cell::new(false) }; ANSWERS] };
    /// By kind, and by whether it goes over https. The pages' policy does not change while an isolate lives.
    static SHARED: [OnceCell<Headers>; Kind::COUNT * WAYS] =
        const { [const { OnceCell::new() }; Kind::COUNT * WAYS] };
}

/// By constant and verdict, for `Server-Timing` names the verdict, and by whether it goes over https.
fn number(constant: Constant, verdict: Verdict, is_https: bool) -> usize {
    (constant as usize * Verdict::COUNT + verdict as usize) * WAYS + usize::from(is_https)
}

/// The number of a constant answer that was given before.
pub fn kept(constant: Constant, verdict: Verdict, is_https: bool) -> Option<u32> {
    let number = number(constant, verdict, is_https);
    KEPT.with(|kept| kept[number].get())
        .then_some(number as u32)
}

/// A constant answer. A verdict's first one is made, the others are what it was made from.
///
/// # Errors
/// Where the runtime refuses; it has no reason to.
pub fn constant(
    site: &Site,
    constant: Constant,
    verdict: Verdict,
    is_https: bool,
) -> Result<Response, JsValue> {
    let number = number(constant, verdict, is_https);
    if kept(constant, verdict, is_https).is_none() {
        let reply = constant.reply(site);
        let reply = if site.config.debug_timing {
            reply.timed(Some(verdict), 0, 0)
        } else {
            reply
        };
        let init = init(reply.status, &all_headers(&reply, is_https)?);
        runtime::keep(number as u32, bytes(&reply).as_ref(), &init);
        KEPT.with(|kept| kept[number].set(true));
    }
    Ok(runtime::constant(number as u32))
}

/// Any other answer of a configured site.
///
/// # Errors
/// Where the runtime refuses; it has no reason to.
pub fn response(reply: &Reply, is_https: bool) -> Result<Response, JsValue> {
    let response = SHARED.with(|all| {
        let place = &all[reply.kind as usize * WAYS + usize::from(is_https)];
        let shared = match place.get() {
            Some(shared) => shared,
            None => {
                let shared = headers(reply.kind.headers(&reply.policy), is_https)?;
                place.get_or_init(|| shared)
            }
        };
        send(reply, shared)
    })?;
    let headers = response.headers();
    for (name, value) in &reply.more {
        headers.set(name, value)?;
    }
    Ok(response)
}

/// An answer that shares nothing with others.
///
/// # Errors
/// Where the runtime refuses; it has no reason to.
pub fn single(reply: &Reply, is_https: bool) -> Result<Response, JsValue> {
    send(reply, &all_headers(reply, is_https)?)
}

fn send(reply: &Reply, headers: &Headers) -> Result<Response, JsValue> {
    let init = init(reply.status, headers);
    Response::new_with_opt_js_u8_array_and_init(bytes(reply).as_ref(), &init)
}

/// The body as bytes, which are copied once: a text would be decoded here and encoded by the runtime.
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
        headers.set(name, value)?;
    }
    if is_https {
        let (name, value) = STRICT_TRANSPORT_SECURITY;
        headers.set(name, value)?;
    }
    Ok(headers)
}
