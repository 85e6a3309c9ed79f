//! The words of the database and of Stripe as types. No I/O, no HTTP, no SQL.

pub mod act;
pub mod activity;
pub mod amount;
pub mod change;
pub mod charge;
pub mod checkout;
pub mod color;
pub mod email;
pub mod error;
pub mod event;
pub mod health;
pub mod id;
pub mod incident;
pub mod language;
pub mod limit;
pub mod mail;
pub mod money;
pub mod month;
pub mod operator;
pub mod order;
pub mod path;
pub mod payment;
pub mod search;
pub mod secret;
pub mod time;
pub mod token;
