//! No header is believed for a secret that it was not made with.
#![no_main]

use checkout_guard::{order::UnixMillis, webhook::signature};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (header, body) = input;
    let secrets = ["whsec_one", "whsec_two"].into_iter();
    let now = UnixMillis(1_800_000_000_000);
    assert!(signature::verify(Some(header), body, secrets, now).is_err());
});
