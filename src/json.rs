//! JSON, in and out. Errors say where a text could not be read, and never what stood there.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
pub use serde_json::value::RawValue;

/// The text is no JSON, or not of the shape that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    line: usize,
    column: usize,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unreadable JSON at line {} column {}",
            self.line, self.column
        )
    }
}

impl std::error::Error for Unreadable {}

/// serde_json's own message names what stood there.
impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// Reads one value, which must be all of the text.
///
/// # Errors
/// [`Unreadable`].
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unreadable> {
    Ok(serde_json::from_str(text)?)
}

/// Reads one value out of a part of a text that was kept as it stands.
///
/// # Errors
/// [`Unreadable`].
pub fn from_raw<T: DeserializeOwned>(raw: &RawValue) -> Result<T, Unreadable> {
    from_str(raw.get())
}

/// Writes a value of this project's own.
///
/// # Panics
/// If the value has no form in JSON, such as a map whose keys are no strings: no type here is one.
#[must_use]
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| panic!("unwritable: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_never_shows_a_value() {
        let error = from_str::<u8>(r#""payer@club.example""#).map_err(|error| error.to_string());
        assert_eq!(error, Err("unreadable JSON at line 1 column 20".to_owned()));
    }
}
