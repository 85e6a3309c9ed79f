//! The signature of a webhook (Stripe docs, "Verify webhook signatures manually").

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The value of the `Stripe-Signature` header for a payload sent at `t` (unix seconds).
///
/// The signed text is `t`, a dot and the payload, byte for byte as it is sent.
pub fn sign(secret: &str, payload: &[u8], t: i64) -> String {
    format!("t={t},v1={}", signature(secret, payload, t))
}

fn signature(secret: &str, payload: &[u8], t: i64) -> String {
    // HMAC takes a key of any length, so this arm cannot be reached.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(t.to_string().as_bytes());
    mac.update(b".");
    mac.update(payload);
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
