//! The audit log.

use maud::{Markup, html};

use crate::{
    desk::{
        audit::{
            queries::{Entry, Page},
            sentence,
        },
        table::{self, Column},
    },
    domain::time::{UnixMillis, Zone},
};

const COLUMNS: [Column; 3] = [
    Column::name("When"),
    Column::text("Who"),
    Column::long("What"),
];

/// The page.
#[must_use]
pub fn page(page: &Page, zone: &Zone<'_>) -> Markup {
    let rows = page.entries.iter().map(|entry| {
        [
            html! { (zone.minute(entry.at)) },
            html! { (entry.operator) },
            what(entry, zone),
        ]
    });
    html! {
        @if page.entries.is_empty() {
            div.card { p { "No operator has done anything yet." } }
        } @else {
            (table::table("The newest first", &COLUMNS, rows))
            @if let Some(next) = page.next {
                p { a.button href={ "/admin/audit?after=" (next) } { "Older entries" } }
            }
        }
    }
}

/// The entry in words, and as it is written behind them.
fn what(entry: &Entry, zone: &Zone<'_>) -> Markup {
    let day = |at: UnixMillis| zone.date(at);
    html! {
        (sentence::of_entry(entry, &day))
        details {
            summary { "As it is written" }
            p { code { (entry.act) ", " (entry.about) ", " (entry.detail.get()) } }
        }
    }
}
