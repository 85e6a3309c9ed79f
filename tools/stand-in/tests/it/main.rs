//! The stand-in through its public interface, as a client and a test would use it.

mod account;
mod control;
mod events;
mod faults;
mod forms;
mod idempotency;
mod parameters;
mod payments;
mod sessions;
mod signing;
mod versions;
mod webhook_endpoints;
