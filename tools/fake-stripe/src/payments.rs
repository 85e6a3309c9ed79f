//! Payment intents, charges, refunds and disputes: the objects behind a completed session.
//!
//! Each renders itself in the newest shape, with every member that Stripe's schema calls required or
//! always present. Members that are always null here are named once in a list.

mod charge;
mod dispute;
mod failure;
mod intent;
mod refund;

pub use charge::{Charge, ChargeStatus};
pub use dispute::{Dispute, DisputeStatus, Stage};
pub use intent::{IntentStatus, NextAction, PaymentIntent, Voucher};
pub use refund::{Refund, RefundFailure, RefundStatus};

pub(crate) use failure::PaymentFailure;
