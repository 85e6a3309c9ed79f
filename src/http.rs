//! HTTP without a Worker: a [`request::RequestHead`] comes in, a [`response::Response`] goes out. [`auth`] says who asks, and
//! what the router and its handlers share is in [`handler`].

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

pub mod auth;
pub mod content;
pub mod cors;
pub mod csv;
pub mod fields;
pub mod handler;
pub mod log_context;
pub mod multipart;
pub mod negotiate;
pub mod recent;
pub mod request;
pub mod response;
pub mod site;
