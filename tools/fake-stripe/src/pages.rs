//! The pages for people: the payer's page of a session, and the index with buttons for other actions.
//!
//! Plain HTML, phone first, no script: each button is a form. The first line of each page says that it
//! is not Stripe's.

mod action;
mod checkout;
mod display_status;
mod index;
mod layout;

pub(crate) use action::{action, action_of};
pub(crate) use checkout::checkout;
pub(crate) use index::index;
pub(crate) use layout::message;
