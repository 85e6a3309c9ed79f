//! The features that the objects of the API have in common.

use serde_json::Value;

/// Sets members to null that the object has not got yet.
pub(crate) fn fill(object: &mut Value, always_null: &[&str]) {
    if let Some(map) = object.as_object_mut() {
        for name in always_null {
            map.entry(*name).or_insert(Value::Null);
        }
    }
}
