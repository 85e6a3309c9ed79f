//! What operators ask for, one file a resource.

pub mod reconcile;
