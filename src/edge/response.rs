//! Responses of the runtime.
//!
//! Every header and every text that goes from wasm to JavaScript is decoded once more, so what many
//! answers share is carried over once: the constant answers whole, and the headers of each kind.

use std::cell::OnceCell;

use wasm_bindgen::JsValue;
use worker::{
    js_sys::Uint8Array,
    web_sys::{Headers, Response, ResponseInit},
};

use crate::{
    http::{
        Site,
        reply::{Constant, Kind, Reply},
    },
    visit::Verdict,
};

/// A constant answer as the runtime takes it.
struct Made {
    body: Option<Uint8Array>,
    init: ResponseInit,
}

const ANSWERS: usize = Constant::COUNT * Verdict::COUNT;

thread_local! {
    /// By constant and verdict: `Server-Timing` names the verdict.
    static CONSTANT: [OnceCell<Made>; ANSWERS] = const { [const { OnceCell::new() }; ANSWERS] };
    /// By kind. The pages' policy does not change while an isolate lives.
    static SHARED: [OnceCell<Headers>; Kind::COUNT] =
        const { [const { OnceCell::new() }; Kind::COUNT] };
}

/// A constant answer. A verdict's first one is made, the others are what it was made from.
///
/// # Errors
/// Where the runtime refuses; it has no reason to.
pub fn constant(site: &Site, constant: Constant, verdict: Verdict) -> Result<Response, JsValue> {
    CONSTANT.with(|all| {
        let place = &all[constant as usize * Verdict::COUNT + verdict as usize];
        let made = match place.get() {
            Some(made) => made,
            None => {
                let reply = constant.reply(site);
                let made = if site.config.debug_timing {
                    make(&reply.timed(Some(verdict), 0, 0))?
                } else {
                    make(&reply)?
                };
                place.get_or_init(|| made)
            }
        };
        Response::new_with_opt_js_u8_array_and_init(made.body.as_ref(), &made.init)
    })
}

fn make(reply: &Reply) -> Result<Made, JsValue> {
    Ok(Made {
        body: bytes(reply),
        init: init(reply.status, &all_headers(reply)?),
    })
}

/// Any other answer of a configured site.
///
/// # Errors
/// Where the runtime refuses; it has no reason to.
pub fn response(reply: &Reply) -> Result<Response, JsValue> {
    let response = SHARED.with(|all| {
        let place = &all[reply.kind as usize];
        let shared = match place.get() {
            Some(shared) => shared,
            None => {
                let shared = headers(reply.kind.headers(&reply.policy))?;
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
pub fn single(reply: &Reply) -> Result<Response, JsValue> {
    send(reply, &all_headers(reply)?)
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

fn all_headers(reply: &Reply) -> Result<Headers, JsValue> {
    headers(reply.headers())
}

fn headers<'a>(all: impl IntoIterator<Item = (&'static str, &'a str)>) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in all {
        headers.set(name, value)?;
    }
    Ok(headers)
}
