//! Stripe's REST API: forms, objects, events, signatures, and the client with its retries.
//!
//! The official SDKs do not run here and the Rust ones weigh more than the rest of the Worker, so the few
//! calls stand here on serde; the tests hold them against Stripe's own SDK.

pub mod client;
pub mod event;
mod expandable;
pub mod form;
pub mod object;
pub mod signature;
pub mod version;

pub use client::{Answer, NoAnswer, Request, Transport};
pub use version::API_VERSION;
