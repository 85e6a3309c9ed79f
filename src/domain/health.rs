//! The desk's report on the installation's health: one check a thing that payments depend on.

use serde::{Deserialize, Serialize};

use super::time::UnixMillis;

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Payments work, and somebody should look at it.
    Warn,
    /// Payments do not work, or nobody would know.
    Bad,
}

/// The finding about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A stable word for programs.
    pub name: &'static str,
    /// Its name for people.
    #[serde(skip)]
    pub title: &'static str,
    /// How well it is.
    pub status: Level,
    /// The finding, in a sentence.
    pub detail: String,
    /// Advice; `None` if nothing is to be done.
    pub advice: Option<String>,
    /// As long as it is so, nobody can pay.
    #[serde(skip)]
    pub stops_payments: bool,
}

/// The worst of all checks.
#[must_use]
pub fn worst(checks: &[Check]) -> Level {
    checks
        .iter()
        .map(|check| check.status)
        .max()
        .unwrap_or(Level::Ok)
}

/// The signs of webhooks and of reconcile in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signs {
    /// The event that was recorded last, by a webhook or by reconcile.
    pub event: Option<LastEvent>,
    /// When a run of reconcile ended last.
    pub ran_at: Option<UnixMillis>,
    /// The orders that the cron is to look at.
    pub due: Due,
    /// The window of Stripe's events that it is still reading.
    pub reading: Option<Reading>,
}

/// The event that was recorded last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct LastEvent {
    /// When it was recorded.
    pub received_at: UnixMillis,
    /// When it happened at Stripe.
    pub created_at: UnixMillis,
}

/// A window of Stripe's events that the cron has not read to its end: from the newest event back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Reading {
    /// Where the window begins.
    pub since: UnixMillis,
    /// Where it ends, and when the cron began to read it.
    pub until: UnixMillis,
    /// Everything after it has been read.
    pub reached: UnixMillis,
}

impl Reading {
    /// The pause between two runs of the cron.
    const INTERVAL: i64 = 300_000;

    /// How many more runs it takes if what is left has as many events a minute as what was read; `None` if nothing can be
    /// said yet.
    #[must_use]
    pub const fn runs_left(&self, now: UnixMillis) -> Option<i64> {
        let (read, left) = (
            self.until.since(self.reached).0,
            self.reached.since(self.since).0,
        );
        if read <= 0 {
            return None;
        }
        let ran = now.since(self.until).0 / Self::INTERVAL + 1;
        let runs = ran.saturating_mul(left) / read;
        Some(if runs < 1 { 1 } else { runs })
    }
}

/// The orders that the cron is to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Due {
    /// How many, counted up to [`Due::MOST`].
    pub count: i64,
    /// Since when the first of them waits.
    pub since: Option<UnixMillis>,
}

impl Due {
    /// So many are counted at most.
    pub const MOST: i64 = 100;
}

/// A webhook endpoint at Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// Where its events go.
    pub url: String,
    /// Whether it gets any.
    pub is_enabled: bool,
    /// The types of event that it gets; `*` for all.
    pub events: Vec<String>,
    /// The version of its events; `None` for the account's.
    pub api_version: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_takes_as_long_as_what_was_read() {
        const MINUTE: i64 = 60_000;
        // A window of 100 minutes, of which so many are read after so many minutes.
        let left = |read: i64, after: i64| {
            let reading = Reading {
                since: UnixMillis(0),
                until: UnixMillis(100 * MINUTE),
                reached: UnixMillis((100 - read) * MINUTE),
            };
            reading.runs_left(UnixMillis((100 + after) * MINUTE))
        };
        assert_eq!(left(0, 1), None);
        assert_eq!(left(20, 1), Some(4));
        assert_eq!(left(20, 6), Some(8));
        assert_eq!(left(99, 1), Some(1));
    }
}
