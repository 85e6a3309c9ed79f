//! How much happened on each day: clicks, payment pages, payments.

use chrono::{Days, NaiveDate};

use super::time::{Millis, UnixMillis, Zone};

/// How many days are shown.
pub const DAYS: usize = 30;

/// How far back rows are read: a day more than is shown, for zones that are ahead of UTC.
pub const SPAN: Millis = Millis::minutes((DAYS as i64 + 1) * 24 * 60);

/// The counts of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When it began.
    pub at: UnixMillis,
    /// Clicks that reached the guard.
    pub clicks: i64,
    /// Sessions created at Stripe.
    pub sessions: i64,
    /// Orders paid.
    pub payments: i64,
}

/// The counts of a day of the club's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// Clicks that reached the guard.
    pub clicks: i64,
    /// Sessions created at Stripe.
    pub sessions: i64,
    /// Orders paid.
    pub payments: i64,
}

/// The last [`DAYS`] days, the oldest first, whether anything happened on them or not. An hour counts for the day
/// that it begins on.
#[must_use]
pub fn by_day(hours: &[Hour], now: UnixMillis, zone: &Zone<'_>) -> Vec<Day> {
    let today = zone.day(now);
    let days = (0..DAYS as u64).rev();
    let mut days: Vec<Day> = days
        .map(|ago| Day {
            date: today.checked_sub_days(Days::new(ago)).unwrap_or(today),
            clicks: 0,
            sessions: 0,
            payments: 0,
        })
        .collect();
    for hour in hours {
        let date = zone.day(hour.at);
        if let Some(day) = days.iter_mut().find(|day| day.date == date) {
            day.clicks += hour.clicks;
            day.sessions += hour.sessions;
            day.payments += hour.payments;
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_counts_for_the_clubs_day() {
        // 2026-11-18T08:40:00Z
        let now = UnixMillis(1_795_000_000_000 - 1_795_000_000_000 % 3_600_000);
        let hour = |ago: i64| Hour {
            at: now.minus(Millis::minutes(60 * ago)),
            clicks: 1,
            sessions: 0,
            payments: 0,
        };
        for (name, ahead, expected) in [("UTC", 0, [1, 1]), ("America/New_York", -300, [2, 0])] {
            let offset = |_| Millis::minutes(ahead);
            let zone = Zone {
                name,
                offset: &offset,
            };
            // Five hours apart; in New York both are on the same day.
            let midnight = UnixMillis(now.0 - now.0 % 86_400_000);
            let hours = [
                Hour {
                    at: midnight.minus(Millis::minutes(60)),
                    ..hour(0)
                },
                Hour {
                    at: midnight,
                    ..hour(0)
                },
            ];
            let days = by_day(&hours, midnight.plus(Millis::minutes(60)), &zone);
            assert_eq!(days.len(), DAYS);
            let last: Vec<i64> = days.iter().rev().take(2).map(|day| day.clicks).collect();
            assert_eq!(last, expected, "{name}");
        }
        let offset = |_| Millis(0);
        let zone = Zone {
            name: "UTC",
            offset: &offset,
        };
        let long_ago = by_day(&[hour(24 * 31)], now, &zone);
        assert!(long_ago.iter().all(|day| day.clicks == 0));
    }
}
