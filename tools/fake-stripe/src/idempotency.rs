//! Idempotency keys (Stripe docs, "Idempotent requests").
//!
//! A key is looked up before anything runs. While its first request is in flight a second one is
//! 409; afterwards the saved answer is sent again, whatever it was, for 24 hours. The key with other
//! parameters or on another endpoint is an error. A request that failed validation, was limited or
//! ran into another one saved nothing, so its key is free again.

use std::collections::HashMap;

use crate::error::ApiError;
use crate::form::Form;
use crate::ids::RequestId;

/// How long an answer is kept.
const RETENTION_MS: i64 = 24 * 60 * 60 * 1000;
const LONGEST_KEY: usize = 255;

/// The keys of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(HashMap<String, Record>);

/// An answer as it was sent the first time.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    pub status: u16,
    pub body: Vec<u8>,
    pub should_retry: Option<bool>,
    /// The request that was answered so first.
    pub request: RequestId,
}

#[derive(Clone, Debug)]
struct Record {
    path: String,
    form: Form,
    since_ms: i64,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    InFlight,
    Done(Saved),
}

impl Record {
    fn is_expired(&self, now_ms: i64) -> bool {
        match self.state {
            State::InFlight => false,
            State::Done(_) => now_ms - self.since_ms >= RETENTION_MS,
        }
    }
}

impl Keys {
    /// The saved answer for a request with this key, or `None` if it is to be executed.
    pub fn find(
        &self,
        key: &str,
        path: &str,
        form: &Form,
        now_ms: i64,
    ) -> Result<Option<Saved>, ApiError> {
        if key.chars().count() > LONGEST_KEY {
            let message = format!("Idempotency keys can be up to {LONGEST_KEY} characters long.");
            return Err(ApiError::idempotency(message));
        }
        let record = match self.0.get(key) {
            Some(record) if !record.is_expired(now_ms) => record,
            Some(_) | None => return Ok(None),
        };
        if record.path != path {
            return Err(ApiError::idempotency(format!(
                "Keys for idempotent requests can only be used for the same endpoint they were \
                 first used for ('{path}' vs '{}'). Try using a key other than '{key}' if you \
                 meant to execute a different request.",
                record.path
            )));
        }
        if record.form != *form {
            return Err(ApiError::idempotency(format!(
                "Keys for idempotent requests can only be used with the same parameters they were \
                 first used with. Try using a key other than '{key}' if you meant to execute a \
                 different request."
            )));
        }
        match &record.state {
            State::InFlight => Err(ApiError::key_in_use(key)),
            State::Done(saved) => Ok(Some(saved.clone())),
        }
    }

    /// Keeps the key as in flight.
    pub fn reserve(&mut self, key: &str, path: &str, form: &Form, now_ms: i64) {
        let record = Record {
            path: path.to_owned(),
            form: form.clone(),
            since_ms: now_ms,
            state: State::InFlight,
        };
        self.0.insert(key.to_owned(), record);
    }

    /// Keeps the answer under its key.
    pub fn save(&mut self, key: &str, saved: Saved) {
        if let Some(record) = self.0.get_mut(key) {
            record.state = State::Done(saved);
        }
    }

    /// Frees a key whose request was never executed.
    pub fn release(&mut self, key: &str) {
        self.0.remove(key);
    }
}
