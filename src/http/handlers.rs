//! One file a route: what the router decides at once, and the handler.

pub mod canceled;
pub mod checkout;
pub mod health;
pub mod image;
pub mod openapi;
pub mod returned;
pub mod sessions;
pub mod webhook;
