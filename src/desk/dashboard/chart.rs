//! What happened by day, as bars, and as a table for those who cannot see them.

use maud::{Markup, html};

use crate::domain::activity::Day;

const WIDTH: i64 = 720;
const HEIGHT: i64 = 180;
/// What the numbers of the left edge need.
const LEFT: i64 = 40;
const TOP: i64 = 10;
/// Where the bars stand.
const GROUND: i64 = HEIGHT - 22;
/// The space of a day, and of one bar in it.
const DAY: i64 = 22;
const BAR: i64 = 6;

/// What is counted: how it is called, the class of its bars, how many.
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
                // It scrolls in its own box on a narrow screen, by keys too.
                div.scroll tabindex="0" role="region" aria-label="Numbers by day" { (table(days, zone)) }
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

fn bars(days: &[Day], top: i64) -> Markup {
    let height = |count: i64| (GROUND - TOP) * count / top;
    html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img"
            aria-label="Clicks, payment pages and payments by day. The table below has the same numbers." {
            @for count in [0, top / 2, top] {
                @let y = GROUND - height(count);
                line x1=(LEFT) x2=(WIDTH) y1=(y) y2=(y) {}
                text x=(LEFT - 6) y=(y + 4) text-anchor="end" { (count) }
            }
            @for (index, day) in (0..).zip(days) {
                @let x = LEFT + 8 + DAY * index;
                @for (number, (_, class, of)) in (0..).zip(SERIES) {
                    @let count = of(day);
                    @if count > 0 {
                        @let tall = height(count).max(2);
                        rect class=(class) x=(x + BAR * number) y=(GROUND - tall) width=(BAR - 1) height=(tall) {}
                    }
                }
                @if (days.len() as i64 - 1 - index) % 7 == 0 {
                    text x=(x + BAR + BAR / 2) y=(HEIGHT - 6) text-anchor="middle" { (day.date.format("%-d %b")) }
                }
            }
        }
    }
}

fn table(days: &[Day], zone: &str) -> Markup {
    html! {
        table {
            caption { "By day of " (zone) ", the newest first" }
            thead {
                tr {
                    th scope="col" { "Day" }
                    @for (name, ..) in SERIES { th.money scope="col" { (name) } }
                }
            }
            tbody {
                @for day in days.iter().rev() {
                    tr {
                        th scope="row" { (day.date.format("%-d %b %Y")) }
                        @for (.., of) in SERIES { td.money { (of(day)) } }
                    }
                }
            }
        }
    }
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
