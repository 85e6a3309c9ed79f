//! The actions on sessions and payments without an API call: by payers, banks, the clock.
//!
//! Each action emits the events that Stripe would, each with its object as of that moment.

mod disputes;
mod effects;
mod refunds;
mod sessions;
