//! The routes for operators, one file a resource. [`login`] says who is an operator.

pub mod import;
pub mod login;
pub mod reconcile;
