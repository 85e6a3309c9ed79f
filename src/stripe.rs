//! Stripe's REST API: forms, objects, events, signatures, and the client with its retries.
//!
//! Stripe's official SDKs do not run here, and the Rust ones are larger than the rest of the Worker. So the
//! few calls that are needed are written here, with serde. The tests compare them with Stripe's own SDK.

pub mod client;
pub mod event;
mod expandable;
pub mod form;
pub mod inspect;
pub mod object;
pub mod signature;
pub mod version;

pub use client::{Answer, NoAnswer, Request, Transport};
pub use version::API_VERSION;
