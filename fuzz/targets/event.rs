//! Whatever a delivery, a list or a session holds: read, or refused without a panic.
#![no_main]

use checkout_guard::{
    domain::time::UnixMillis,
    stripe::{event, object},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let _ = event::parse(body, UnixMillis(1_795_000_000_000));
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = event::page(text);
        let _ = object::session(text);
        let _ = object::new_session(text);
        let _ = object::session_page(text);
        let _ = object::refund_page(text);
        let _ = object::refusal(text);
    }
});
