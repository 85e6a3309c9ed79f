//! Signatures against values computed elsewhere.

use fake_stripe::sign;

/// Computed with `printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test`.
#[test]
fn a_signature_is_the_hmac_of_time_dot_payload() {
    assert_eq!(
        sign("whsec_test", br#"{"id":"evt_1"}"#, 1_700_000_000),
        "t=1700000000,v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
    );
}

#[test]
fn every_byte_counts() {
    let signature = sign("whsec_test", b"payload", 1);
    assert_ne!(signature, sign("whsec_tesT", b"payload", 1));
    assert_ne!(signature, sign("whsec_test", b"payload ", 1));
    assert_ne!(signature[4..], sign("whsec_test", b"payload", 2)[4..]);
    // A key longer than the hash's block is hashed first.
    assert_eq!(
        sign(&"k".repeat(200), b"payload", 1).len(),
        "t=1,v1=".len() + 64
    );
}
