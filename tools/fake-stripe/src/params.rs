//! The parameters that each endpoint takes: a table of names and types, and the check of a form against it.
//!
//! Stripe refuses a parameter that it does not know, at any depth, and a client's tests must see
//! that. So the tables name every documented parameter, also those that the fake Stripe then ignores.
//! A checked form is a typed tree: no other module parses a number or checks that a text is a URL.

mod args;
mod check;
mod create;
mod kind;
mod methods;
mod tables;

pub(crate) use args::{Arg, Args, Read};
pub(crate) use check::{check, missing};
pub(crate) use create::CREATE;
pub(crate) use kind::Params;
pub(crate) use tables::{
    CREATE_REFUND, CREATE_WEBHOOK_ENDPOINT, LIST_CHARGES, LIST_DISPUTES, LIST_EVENTS, LIST_PLAIN,
    LIST_REFUNDS, LIST_SESSIONS, ONLY_EXPAND, UPDATE_REFUND, UPDATE_WEBHOOK_ENDPOINT,
};
