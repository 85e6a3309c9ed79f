//! Why an action of a payer, a bank or the dashboard is not possible.

use std::fmt;

use crate::error::ApiError;

/// An action that Stripe, or the state of an object, does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stripe's error code if it has one, such as `charge_already_refunded`.
    pub code: Option<&'static str>,
    /// For people.
    pub message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self {
            code: error.code,
            message: error.message,
        }
    }
}

impl Refused {
    pub(crate) fn because(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
        }
    }
}
