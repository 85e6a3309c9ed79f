//! Times and lengths of time.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta};
use serde::{Deserialize, Serialize};

/// A time, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// A length of time, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// That many seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1_000)
    }

    /// That many minutes.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes * 60_000)
    }
}

/// As people say it: `1 minute`, `84 minutes`, `5 hours`, `6 months`. What is negative counts as nothing.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MINUTE: i64 = 60;
        const HOUR: i64 = 60 * MINUTE;
        const DAY: i64 = 24 * HOUR;
        const MONTH: i64 = 30 * DAY;
        const YEAR: i64 = 365 * DAY;
        let seconds = self.0.max(0) / 1_000;
        let (number, unit) = match seconds {
            ..MINUTE => (seconds, "second"),
            _ if seconds < 2 * HOUR => (seconds / MINUTE, "minute"),
            _ if seconds < 2 * DAY => (seconds / HOUR, "hour"),
            _ if seconds < 2 * MONTH => (seconds / DAY, "day"),
            _ if seconds < 2 * YEAR => (seconds / MONTH, "month"),
            _ => (seconds / YEAR, "year"),
        };
        let s = if number == 1 { "" } else { "s" };
        write!(f, "{number} {unit}{s}")
    }
}

impl UnixMillis {
    /// The time since `earlier`; negative if `earlier` is in fact later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// How many seconds are left until midnight in UTC: from 1 to 86,400.
    #[must_use]
    pub const fn seconds_of_the_day_left(self) -> i64 {
        86_400 - self.0.div_euclid(1000).rem_euclid(86_400)
    }

    /// This time moved on by `length`.
    #[must_use]
    pub const fn plus(self, length: Millis) -> Self {
        Self(self.0.saturating_add(length.0))
    }

    /// This time moved back by `length`.
    #[must_use]
    pub const fn minus(self, length: Millis) -> Self {
        Self(self.0.saturating_sub(length.0))
    }

    /// Whole seconds since the Unix epoch, as Stripe counts time.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads what [`rfc_3339`] writes.
    #[must_use]
    pub fn of_rfc_3339(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self(time.timestamp_millis()))
    }

    /// The time of so many seconds since the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}

/// A time as programs read it, in whole seconds of UTC (RFC 3339): `2026-11-25T14:03:00Z`.
#[must_use]
pub fn rfc_3339(at: UnixMillis) -> String {
    DateTime::from_timestamp_millis(at.0).map_or_else(String::new, |time| {
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}

/// The club's time zone, for whoever reads a page or a table.
#[derive(Clone, Copy)]
pub struct Zone<'a> {
    /// Its name in the IANA time zone database.
    pub name: &'a str,
    /// How far its clocks are ahead of UTC at a time.
    pub offset: &'a dyn Fn(UnixMillis) -> Millis,
}

impl Zone<'_> {
    fn local(&self, at: UnixMillis) -> NaiveDateTime {
        let utc = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
        utc.naive_utc() + TimeDelta::milliseconds((self.offset)(at).0)
    }

    /// The day at a time.
    #[must_use]
    pub fn day(&self, at: UnixMillis) -> NaiveDate {
        self.local(at).date()
    }

    /// `25 Nov 2026`
    #[must_use]
    pub fn date(&self, at: UnixMillis) -> String {
        self.local(at).format("%-d %b %Y").to_string()
    }

    /// `25 Nov 2026, 14:03`
    #[must_use]
    pub fn minute(&self, at: UnixMillis) -> String {
        self.local(at).format("%-d %b %Y, %H:%M").to_string()
    }

    /// Noon of a day that is written as `2026-11-25`.
    #[must_use]
    pub fn noon(&self, day: &str) -> Option<UnixMillis> {
        let noon = self::day(day)?
            .and_hms_opt(12, 0, 0)?
            .and_utc()
            .timestamp_millis();
        // No zone changes its clocks at noon.
        Some(UnixMillis(noon).minus((self.offset)(UnixMillis(noon))))
    }

    /// `2026-11-25`
    #[must_use]
    pub fn iso_date(&self, at: UnixMillis) -> String {
        self.day(at).format("%Y-%m-%d").to_string()
    }

    /// The day so many days later, as `2026-11-25`.
    #[must_use]
    pub fn iso_date_after(&self, at: UnixMillis, days: u64) -> String {
        let day = self.day(at);
        let later = day.checked_add_days(Days::new(days)).unwrap_or(day);
        later.format("%Y-%m-%d").to_string()
    }

    /// The day so many days before, as `2026-11-25`.
    #[must_use]
    pub fn iso_date_before(&self, at: UnixMillis, days: u64) -> String {
        let day = self.day(at);
        let before = day.checked_sub_days(Days::new(days)).unwrap_or(day);
        before.format("%Y-%m-%d").to_string()
    }

    /// `2026-11`
    #[must_use]
    pub fn month(&self, at: UnixMillis) -> String {
        self.day(at).format("%Y-%m").to_string()
    }

    /// When a month such as `2026-11` begins.
    #[must_use]
    pub fn month_begins(&self, month: &str) -> Option<UnixMillis> {
        let midnight = self::day(&format!("{month}-01"))?.and_hms_opt(0, 0, 0)?;
        let midnight = UnixMillis(midnight.and_utc().timestamp_millis());
        let about = midnight.minus((self.offset)(midnight));
        // The clocks may have changed in these hours.
        Some(midnight.minus((self.offset)(about)))
    }

    /// The day of its month, from 1.
    #[must_use]
    pub fn day_of_month(&self, at: UnixMillis) -> u32 {
        self.day(at).day()
    }
}

/// The day that is written as `2026-11-25`; a zero may be missing.
#[must_use]
pub fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// A day that is written as `2026-11-25`, as a time's day is shown: `25 Nov 2026`. Anything else stays as it is.
#[must_use]
pub fn shown_day(text: &str) -> String {
    day(text).map_or_else(
        || text.to_owned(),
        |day| day.format("%-d %b %Y").to_string(),
    )
}

/// A month that is written as `2026-11`: `Nov 2026`. Anything else stays as it is.
#[must_use]
pub fn shown_month(text: &str) -> String {
    day(&format!("{text}-01"))
        .map_or_else(|| text.to_owned(), |day| day.format("%b %Y").to_string())
}

/// Whether a text is a day, such as `2026-11-25`.
#[must_use]
pub fn is_day(text: &str) -> bool {
    day(text).is_some_and(|day| day.format("%Y-%m-%d").to_string() == text && text.len() == 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_said_as_people_say_it() {
        for (minutes, said) in [
            (-1, "0 seconds"),
            (1, "1 minute"),
            (2, "2 minutes"),
            (59, "59 minutes"),
            (84, "84 minutes"),
            (2 * 60, "2 hours"),
            (47 * 60, "47 hours"),
            (2 * 24 * 60, "2 days"),
            (59 * 24 * 60, "59 days"),
            (272_929, "6 months"),
            (365 * 24 * 60, "12 months"),
            (800 * 24 * 60, "2 years"),
        ] {
            assert_eq!(Millis::minutes(minutes).to_string(), said, "{minutes}");
        }
        assert_eq!(Millis::seconds(1).to_string(), "1 second");
        assert_eq!(Millis::seconds(59).to_string(), "59 seconds");
    }

    #[test]
    fn days_and_months_are_shown_in_one_form() {
        for (day, shown) in [("2026-11-05", "5 Nov 2026"), ("", ""), ("soon", "soon")] {
            assert_eq!(shown_day(day), shown);
        }
        for (month, shown) in [("2026-05", "May 2026"), ("", ""), ("2026-13", "2026-13")] {
            assert_eq!(shown_month(month), shown);
        }
    }
}
