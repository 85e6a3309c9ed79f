//! The functions of `runtime.js`.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    js_sys::{Array, Promise, Uint8Array},
    web_sys::{Headers, Request, Response, ResponseInit},
    worker_sys::types::D1Database,
};

#[wasm_bindgen(module = "/src/edge/runtime.js")]
extern "C" {
    /// Caches what a constant answer is made from, by number.
    #[wasm_bindgen(js_name = cacheConstant)]
    pub fn cache_constant(number: u32, body: Option<&Uint8Array>, init: &ResponseInit);

    /// Makes a response from the cached constant answer of that number.
    pub fn constant(number: u32) -> Response;

    /// A variable or a secret; nothing if it is not set.
    pub fn variable(env: &JsValue, name: &str) -> Option<String>;

    /// The headers of these names, a line each.
    #[wasm_bindgen(js_name = headerLines)]
    pub fn header_lines(headers: &Headers, names: &Array) -> String;

    /// The facts that Cloudflare knows about the client's network, a line each.
    #[wasm_bindgen(js_name = networkLines)]
    pub fn network_lines(request: &Request) -> String;

    /// Registers a statement's text, and returns its number.
    #[wasm_bindgen(js_name = registerStatement)]
    pub fn register_statement(text: &str) -> u32;

    /// A watch over the waits of one request: each ends after so many milliseconds.
    #[wasm_bindgen(js_name = newWatch)]
    pub fn new_watch(limit: f64) -> JsValue;

    /// Runs statements, given as JSON; a Promise of their rows as JSON. It is rejected when the watch ends the wait, though the
    /// statements may still be carried out.
    #[wasm_bindgen(js_name = runStatements)]
    pub fn run_statements(database: &D1Database, statements: &str, watch: &JsValue) -> Promise;

    /// Calls back when the promise is settled: with the ticket, whether it is fulfilled, and its value or error.
    #[wasm_bindgen(js_name = onSettled)]
    pub fn on_settled(promise: &Promise, ticket: u32, callback: &JsValue);

    /// A Promise of a task's output.
    pub fn promise(task: u32) -> Promise;

    /// Resolves the Promise of that task.
    pub fn resolve(task: u32, value: &JsValue);

    /// Rejects the Promise of that task.
    pub fn reject(task: u32, error: &JsValue);

    /// Discards the Promise of that task without settling it.
    pub fn discard(task: u32);

    /// A Promise that resolves after so many milliseconds.
    pub fn sleep(milliseconds: f64) -> Promise;

    /// The audience of the token that Cloudflare Access let through; nothing if Access does not stand in front.
    #[wasm_bindgen(js_name = accessAudience)]
    pub fn access_audience(context: &JsValue) -> Option<String>;

    /// A Promise of the address of whom Cloudflare Access let through; of null if it names none.
    #[wasm_bindgen(js_name = accessEmail)]
    pub fn access_email(context: &JsValue) -> Promise;

    /// How many minutes a time zone's clocks are ahead of UTC at a time; NaN for a zone that is not known.
    #[wasm_bindgen(js_name = utcOffset)]
    pub fn utc_offset(zone: &str, at: f64) -> f64;

    /// A Promise that resolves once the email service has taken an email, given as JSON, and is rejected if it does not within so many
    /// milliseconds.
    #[wasm_bindgen(js_name = sendEmail)]
    pub fn send_email(binding: &JsValue, mail: &str, limit: f64) -> Promise;

    /// A Promise of a request's body; of null if the body is longer than the limit in bytes.
    #[wasm_bindgen(js_name = readBody)]
    pub fn read_body(request: &Request, limit: u32) -> Promise;
}
