//! The pages for people: the payer's page of a session, and the index with buttons for the rest.
//!
//! Plain HTML, phone first, no script: each button is a form. The payer's page says what it is in
//! its first line, so that nobody takes it for Stripe's.

mod action;
mod checkout;
mod display_status;
mod index;
mod layout;

pub(crate) use action::{action, action_of};
pub(crate) use checkout::checkout;
pub(crate) use index::index;
pub(crate) use layout::message;
