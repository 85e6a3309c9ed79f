//! Time in whole minutes since the exploration began; only a few instants matter.

/// When it begins, in unix milliseconds: a whole minute.
const EPOCH: i64 = 1_795_000_020_000;

/// An order is stale at this age.
pub const STALE: u32 = 30;
/// A session ends at its order's age of this.
pub const LIFETIME: u32 = 65;
/// Stripe refuses a session that would live shorter than this.
pub const SHORTEST_LIFE: u32 = 30;
/// Stripe forgets an idempotency key at this age.
pub const RETENTION: u32 = 24 * 60;
/// The pause between two runs of the cron.
pub const INTERVAL: u32 = 5;

/// A minute as unix milliseconds.
pub fn millis(minute: u32) -> i64 {
    EPOCH + i64::from(minute) * 60_000
}

/// The minute of unix milliseconds, rounded up.
pub fn minute(millis: i64) -> u32 {
    u32::try_from(((millis - EPOCH).max(0) + 59_999) / 60_000).unwrap_or(u32::MAX)
}
