//! The state that connections and deliveries share: the account, the log and the clock.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use crate::stripe::Stripe;

/// The account that connections and deliveries share.
#[derive(Debug)]
pub(crate) struct Shared {
    stripe: Mutex<Stripe>,
    /// Rung after every call, because it may have caused events.
    pub(crate) changed: Notify,
}

impl Shared {
    pub(crate) fn new(stripe: Stripe) -> Self {
        Self {
            stripe: Mutex::new(stripe),
            changed: Notify::new(),
        }
    }

    /// A panic elsewhere leaves state that is as good as any for a development tool.
    pub(crate) fn stripe(&self) -> MutexGuard<'_, Stripe> {
        self.stripe.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line on stdout. A reader that has gone away is no reason to stop.
pub(crate) fn log(line: &str) {
    drop(writeln!(io::stdout(), "{line}"));
}

pub(crate) fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
