//! The functions of `runtime.js`.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    js_sys::{Array, Promise, Uint8Array},
    web_sys::{Headers, Request, Response, ResponseInit},
    worker_sys::types::D1Database,
};

#[wasm_bindgen(module = "/src/edge/runtime.js")]
extern "C" {
    /// Keeps what a constant answer is made from.
    pub fn keep(number: u32, body: Option<&Uint8Array>, init: &ResponseInit);

    /// Such an answer.
    pub fn constant(number: u32) -> Response;

    /// The headers of these names, a line each.
    pub fn lines(headers: &Headers, names: &Array) -> String;

    /// What the network knows of a request, a line each.
    pub fn network(request: &Request) -> String;

    /// Keeps a statement's text, and answers its number.
    pub fn learn(text: &str) -> u32;

    /// Runs statements, given as JSON; a Promise of their rows as JSON.
    pub fn run(database: &D1Database, statements: &str) -> Promise;

    /// Calls back with the ticket, whether the promise was kept, and what came.
    pub fn tell(promise: &Promise, ticket: u32, settled: &JsValue);

    /// A Promise of what a task comes to.
    pub fn promise(task: u32) -> Promise;

    /// Settles such a Promise.
    pub fn settle(task: u32, is_kept: bool, value: &JsValue);

    /// Gives such a Promise up.
    pub fn forget(task: u32);

    /// A Promise of so many milliseconds' end.
    pub fn pause(milliseconds: f64) -> Promise;

    /// A Promise of a request's body; of null, where it is longer than the limit.
    pub fn read(request: &Request, limit: u32) -> Promise;
}
