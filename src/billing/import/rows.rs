//! How many rows D1 writes for a line: its free plan refuses everything when a day's are used up.
//!
//! Measured, not reckoned: `tests/edge/rows.test.mjs` holds that a line with a new player, charge and link is no more than
//! these together. Each index that a row is written to counts (Cloudflare docs, "D1", "Pricing").

/// The rows that D1's free plan writes in a day (Cloudflare docs, "D1", "Limits").
pub const A_DAY: u32 = 100_000;

/// With the words that a player is found by, and the address.
const PLAYER: u32 = 10;
const CHARGE: u32 = 6;
const LINK: u32 = 3;

/// About how many rows a line writes that makes or changes these.
pub(super) const fn of_line(player: bool, charge: bool, link: bool) -> u32 {
    (if player { PLAYER } else { 0 })
        + (if charge { CHARGE } else { 0 })
        + (if link { LINK } else { 0 })
}

/// The note of the line at which a day's rows are used up.
pub(super) fn note() -> String {
    format!(
        "D1's free plan writes {A_DAY} rows a day: this file needs more from this line on, so send the rest tomorrow, unless the account has the paid plan"
    )
}
