//! The API's errors and their messages (Stripe docs, "Errors" and "Error codes").
//!
//! An error knows whether it came before or after execution began, because only the latter is saved
//! under an idempotency key (Stripe docs, "Idempotent requests"). What depends on the request alone
//! is validation; what depends on an object's state is execution.

use serde_json::{Value, json};

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub status: u16,
    pub kind: ErrorType,
    pub code: Option<&'static str>,
    pub message: String,
    pub param: Option<String>,
    /// The `Stripe-Should-Retry` header, if it is sent.
    pub should_retry: Option<bool>,
    pub phase: Phase,
    /// The id that was not found, if that is the error.
    pub missing: Option<String>,
}

/// The `type` of an error object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorType {
    InvalidRequest,
    Idempotency,
    Api,
}

/// When a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Before any endpoint ran: nothing is saved under the key.
    Validation,
    /// The endpoint ran: the answer is saved under the key.
    Execution,
}

impl ApiError {
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: ErrorType::InvalidRequest,
            code: None,
            message: message.into(),
            param: None,
            should_retry: None,
            phase: Phase::Validation,
            missing: None,
        }
    }

    pub fn param(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.into()),
            ..Self::invalid(message)
        }
    }

    /// The object of that id does not exist; `what` is its type as Stripe names it in the message.
    pub fn missing(what: &str, param: &str, id: &str) -> Self {
        Self {
            status: 404,
            missing: Some(id.to_owned()),
            ..Self::param(param, format!("No such {what}: '{id}'"))
        }
        .code("resource_missing")
        .executed()
    }

    pub fn unauthorized(message: &str) -> Self {
        Self {
            status: 401,
            ..Self::invalid(message)
        }
    }

    /// A restricted key may not do this (Stripe docs, "Restricted API keys").
    pub fn forbidden() -> Self {
        Self {
            status: 403,
            ..Self::invalid(
                "The provided key does not have the required permissions for this endpoint.",
            )
        }
    }

    /// A 400 that a test injects; an empty text is left out.
    pub fn injected(code: &'static str, param: &'static str) -> Self {
        let message = match param {
            "" => "Invalid request".to_owned(),
            param => format!("Invalid {param}"),
        };
        Self {
            code: Some(code).filter(|code| !code.is_empty()),
            param: Some(param.to_owned()).filter(|param| !param.is_empty()),
            ..Self::invalid(message)
        }
    }

    /// A refund that the account's balance cannot pay.
    pub fn refund_refused() -> Self {
        Self::invalid("Insufficient funds in your Stripe balance to refund this amount.")
            .code("insufficient_funds")
            .executed()
    }

    pub fn unknown_url(method: &str, path: &str) -> Self {
        Self {
            status: 404,
            ..Self::invalid(format!(
                "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs \
                 or we can help at https://support.stripe.com/."
            ))
        }
    }

    pub fn rate_limited() -> Self {
        Self {
            status: 429,
            ..Self::invalid("Request rate limit exceeded.")
        }
        .code("rate_limit")
    }

    /// A 500 before the endpoint acted; a retry may well succeed.
    pub fn server_error() -> Self {
        Self {
            status: 500,
            kind: ErrorType::Api,
            ..Self::invalid("An unknown error occurred")
        }
    }

    pub fn idempotency(message: String) -> Self {
        Self {
            kind: ErrorType::Idempotency,
            should_retry: Some(false),
            ..Self::invalid(message)
        }
    }

    pub fn key_in_use(key: &str) -> Self {
        Self {
            status: 409,
            should_retry: Some(true),
            ..Self::idempotency(format!(
                "There is currently another in-progress request using this Idempotent Key (that \
                 probably means you submitted twice, and the other request is still going \
                 through): {key}. Please try again later."
            ))
        }
        .code("idempotency_key_in_use")
    }

    #[must_use]
    pub fn code(self, code: &'static str) -> Self {
        Self {
            code: Some(code),
            ..self
        }
    }

    #[must_use]
    pub fn executed(self) -> Self {
        Self {
            phase: Phase::Execution,
            ..self
        }
    }

    /// The sentence that Stripe adds if the id is one of the account's other mode.
    #[must_use]
    pub fn of_other_mode(self, key_is_live: bool) -> Self {
        let (object, key) = if key_is_live {
            ("test", "live")
        } else {
            ("live", "test")
        };
        let message = format!(
            "{}; a similar object exists in {object} mode, but a {key} mode key was used to make \
             this request.",
            self.message
        );
        Self { message, ..self }
    }

    pub fn body(&self) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": match self.kind {
                ErrorType::InvalidRequest => "invalid_request_error",
                ErrorType::Idempotency => "idempotency_error",
                ErrorType::Api => "api_error",
            },
        });
        if let Some(code) = self.code {
            error["code"] = code.into();
            error["doc_url"] = doc_url(code).into();
        }
        if let Some(param) = &self.param {
            error["param"] = param.as_str().into();
        }
        json!({ "error": error })
    }
}

/// Where a code is explained.
pub(crate) fn doc_url(code: &str) -> String {
    let anchor = code.replace('_', "-");
    format!("https://stripe.com/docs/error-codes/{anchor}")
}
