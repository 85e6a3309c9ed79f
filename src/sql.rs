//! Statements of the import, and names from before the store had a file a subject.

pub mod import;

pub use crate::store::{Row, Statement, Value, checkout::CHECKOUT, health::SCHEMA_VERSION};
