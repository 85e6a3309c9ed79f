//! Names from before the domain had a file a subject.

pub use crate::domain::error::GuardError;
