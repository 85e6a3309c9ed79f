//! Who is believed at the webhook endpoint.

pub mod signature;
