//! Checkout Sessions: their state, and the object that Stripe returns.
//!
//! A status carries what led to it: a complete session names its payment, so none can be complete
//! without one or open with one. `payment_status` is not stored, it follows from the payment.

mod create;
mod object;
mod status;

pub use object::Session;
pub use status::{Completion, PaymentStatus, Status};

pub(crate) use create::{New, expires_at};
