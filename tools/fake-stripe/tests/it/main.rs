//! The fake Stripe through its public interface, as a client and a test would use it.

mod account;
mod accounts;
mod control;
mod disputes;
mod events;
mod faults;
mod forms;
mod idempotency;
mod money;
mod parameters;
mod payments;
mod refunds;
mod sessions;
mod shapes;
mod signing;
mod versions;
mod waiting;
mod webhook_endpoints;
