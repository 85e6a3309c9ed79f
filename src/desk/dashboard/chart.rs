//! The activity by day, as bars, and as a table for those who cannot see them.

use maud::{Markup, html};

use crate::{
    desk::table::{self, Column},
    domain::activity::Day,
};

/// In pixels of the style sheet, as it gives them to the chart.
const HEIGHT: i64 = 180;
const TOP: i64 = 10;
/// Where the bars stand.
const GROUND: i64 = HEIGHT - 22;
/// How wide the chart is. What lies across is a part of it, so that nothing is scaled on a narrow screen.
const WHOLE: i64 = 100_000;

/// A series of counts: its name, the class of its bars, how many on a day.
type Series = (&'static str, &'static str, fn(&Day) -> i64);

const SERIES: [Series; 3] = [
    ("Clicks", "clicks", |day| day.clicks),
    ("Payment pages", "sessions", |day| day.sessions),
    ("Payments", "payments", |day| day.payments),
];

/// The bars and the table.
#[must_use]
pub fn chart(days: &[Day], zone: &str) -> Markup {
    let most = days.iter().flat_map(|day| SERIES.map(|(.., of)| of(day)));
    let most = most.max().unwrap_or_default();
    html! {
        div.card {
            @if most == 0 {
                p { "Nobody has opened a link yet. Clicks of people, payment pages and payments will stand here, day by day." }
            } @else {
                p {
                    "From left to right in each day: "
                    @for (index, (name, class, _)) in SERIES.iter().enumerate() {
                        @if index > 0 { ", " }
                        svg.key viewBox="0 0 10 10" aria-hidden="true" {
                            rect class=(class) width="10" height="10" {}
                        }
                        " " (name.to_lowercase())
                    }
                    ". Preview bots are not counted."
                }
                (bars(days, round(most)))
            }
            details {
                summary { "The same as a table" }
                (by_day(days, zone))
            }
        }
    }
}

/// The number at the top: 2, 4 or 10 with zeros after it, so that half of it is a number too.
fn round(most: i64) -> i64 {
    let mut power = 1;
    loop {
        for step in [2, 4, 10] {
            if step * power >= most {
                return step * power;
            }
        }
        power *= 10;
    }
}

/// A part of the chart's width: `3.333%`.
fn across(part: i64) -> String {
    format!("{}.{:03}%", part / 1_000, part % 1_000)
}

fn bars(days: &[Day], top: i64) -> Markup {
    let height = |count: i64| (GROUND - TOP) * count / top;
    let count = i64::try_from(days.len()).unwrap_or(1).max(1);
    let (day, lines) = (WHOLE / count, [0, top / 2, top]);
    // Three bars and a space.
    let bar = day * 3 / 11;
    html! {
        div.chart role="img"
            aria-label="Clicks, payment pages and payments by day. The table below has the same numbers." {
            svg aria-hidden="true" {
                @for count in lines {
                    text x="80%" y=(GROUND - height(count) + 4) text-anchor="end" { (count) }
                }
            }
            svg aria-hidden="true" {
                @for count in lines {
                    @let y = GROUND - height(count);
                    line x1="0" x2="100%" y1=(y) y2=(y) {}
                }
                @for (index, of) in (0..).zip(days) {
                    @let x = day * index;
                    @for (number, (_, class, counted)) in (0..).zip(SERIES) {
                        @let count = counted(of);
                        @if count > 0 {
                            @let tall = height(count).max(2);
                            rect class=(class) x=(across(x + bar * number)) y=(GROUND - tall)
                                width=(across(bar * 5 / 6)) height=(tall) {}
                        }
                    }
                    @if (count - 1 - index) % 7 == 0 {
                        text x=(across(x + day / 2)) y=(HEIGHT - 6) text-anchor="middle" { (of.date.format("%-d %b")) }
                    }
                }
            }
        }
    }
}

const COLUMNS: [Column; 4] = [
    Column::name("Day"),
    Column::number(SERIES[0].0),
    Column::number(SERIES[1].0),
    Column::number(SERIES[2].0),
];

fn by_day(days: &[Day], zone: &str) -> Markup {
    let caption = format!("By day of {zone}, the newest first");
    let row = |day: &Day| {
        let counts = SERIES.map(|(.., of)| html! { (of(day)) });
        let [clicks, sessions, payments] = counts;
        [
            html! { (day.date.format("%-d %b %Y")) },
            clicks,
            sessions,
            payments,
        ]
    };
    table::table(&caption, &COLUMNS, days.iter().rev().map(row))
}

#[cfg(test)]
mod tests {
    use super::round;

    #[test]
    fn the_top_is_a_round_number_that_fits() {
        for (most, top) in [
            (1, 2),
            (2, 2),
            (3, 4),
            (5, 10),
            (11, 20),
            (21, 40),
            (41, 100),
            (999, 1_000),
        ] {
            assert_eq!(round(most), top);
        }
    }
}
