//! HTTP without a Worker: a [`request::RequestHead`] comes in, a [`response::Response`] goes out.
//!
//! [`router`] is the table of routes. A request that it does not answer by itself goes to a handler: one file
//! a route in [`handlers`], and in [`admin`] for operators. They share the types of [`handler`].

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

pub mod admin;
pub mod auth;
pub mod content;
pub mod cors;
pub mod csv;
pub mod fields;
pub mod handler;
pub mod handlers;
pub mod log_context;
pub mod multipart;
pub mod negotiate;
pub mod recent;
pub mod request;
pub mod response;
pub mod router;
pub mod site;
