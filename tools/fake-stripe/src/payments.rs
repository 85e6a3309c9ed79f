//! Payment intents, charges, refunds and disputes: the objects behind a completed session.
//!
//! Each renders itself in the newest shape, with every member that Stripe's schema calls required or
//! always present. Members that are always null here are named once in a list.

mod charge;
mod dispute;
mod intent;
mod refund;

use serde_json::Value;

use crate::ids::Row;

pub use charge::{Charge, ChargeStatus};
pub use dispute::{Dispute, DisputeStatus, Stage};
pub use intent::{IntentStatus, NextAction, PaymentIntent, Voucher};
pub use refund::{Refund, RefundFailure, RefundStatus};

pub(crate) use intent::PaymentFailure;

/// Sets members to null that the object has not got yet.
pub(crate) fn fill(object: &mut Value, always_null: &[&str]) {
    if let Some(map) = object.as_object_mut() {
        for name in always_null {
            map.entry(*name).or_insert(Value::Null);
        }
    }
}

macro_rules! row {
    ($($name:ty),*) => {
        $(impl Row for $name {
            fn key(&self) -> &str {
                &self.id
            }
        })*
    };
}

row!(PaymentIntent, Charge, Refund, Dispute);
