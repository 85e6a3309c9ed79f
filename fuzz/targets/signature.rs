//! No header is believed for a secret that it was not made with.
#![no_main]

use checkout_guard::stripe::signature::Signature;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (header, body) = input;
    let secrets = ["whsec_one", "whsec_two"].into_iter();
    let read = Signature::parse(Some(header));
    assert!(read.is_err() || read.is_ok_and(|read| read.verify(body, secrets).is_err()));
});
