//! The functions of `glue.js`.

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    js_sys::{Array, Promise},
    web_sys::{Headers, ReadableStream, Request},
    worker_sys::types::D1Database,
};

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    /// The headers of these names, a line each.
    pub fn lines(headers: &Headers, names: &Array) -> String;

    /// What the network knows of a request, a line each.
    pub fn network(request: &Request) -> String;

    /// Keeps a statement's text, and answers its number.
    pub fn learn(text: &str) -> u32;

    /// Runs statements, given as JSON; a Promise of their rows as JSON.
    pub fn run(database: &D1Database, statements: &str) -> Promise;

    /// A Promise of a body; of null, where it is longer than the limit.
    pub fn read(body: &ReadableStream, limit: u32) -> Promise;
}
