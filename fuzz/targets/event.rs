//! Whatever a delivery, a list or a session holds: read, or refused without a panic.
#![no_main]

use checkout_guard::{stripe::object, webhook::event};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let _ = event::parse(body);
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = event::page(text);
        let _ = object::session(text).and_then(|session| session.describe());
        let _ = object::refusal(text);
    }
});
