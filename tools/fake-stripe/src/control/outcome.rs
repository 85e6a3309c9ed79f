//! The answer of a control endpoint.

use serde_json::Value;

use crate::refused::Refused;

/// The answer of a control endpoint: an object, or an error text for the test's author.
pub(super) type Outcome = Result<Value, String>;

pub(super) fn to_text(refused: Refused) -> String {
    refused.message
}
