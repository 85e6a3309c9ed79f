//! What operators ask for, one file a resource. [`login`] says who is one.

pub mod import;
pub mod login;
pub mod reconcile;
