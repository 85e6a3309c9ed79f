//! Billing: what is owed, and how it gets into the database.

pub mod charging;
pub mod import;
pub mod months;
