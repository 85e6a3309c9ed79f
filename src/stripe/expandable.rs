//! Stripe's expandable fields.

use serde::Deserialize;

/// An object, or only its id (Stripe docs, "Expanding responses").
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    /// Its id.
    Id(String),
    /// All of it.
    Object(T),
}
