//! Names from before the domain had a file a subject.

pub use crate::domain::{
    id::{ChargeId, EventId, OrderId, PaymentIntentId, SessionId},
    money::{Currency, Money},
    order::{CancelReason, Cause, Order, OrderState, Origin, Terms},
    time::{Millis, UnixMillis},
};
