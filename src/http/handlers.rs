//! One file a route: what the router decides of it at once, and its handler.

pub mod checkout;
pub mod health;
pub mod image;
pub mod returned;
pub mod webhook;
