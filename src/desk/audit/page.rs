//! The audit log.

use maud::{Markup, html};

use crate::{
    desk::audit::sentence,
    domain::time::{UnixMillis, Zone},
    store::audit::{Entry, Page},
};

/// The page.
#[must_use]
pub fn page(page: &Page, zone: &Zone<'_>) -> Markup {
    html! {
        @if page.entries.is_empty() {
            div.card { p { "No operator has done anything yet." } }
        } @else {
            div.scroll {
                table {
                    caption { "The newest first" }
                    thead {
                        tr {
                            th.wide scope="col" { "When" }
                            th.wide scope="col" { "Who" }
                            th scope="col" { "What" }
                        }
                    }
                    tbody {
                        @for entry in &page.entries {
                            tr {
                                td.when.wide { (zone.minute(entry.at)) }
                                td.wide { (entry.operator) }
                                td {
                                    span.soft.phone { (zone.minute(entry.at)) ", " (entry.operator) }
                                    (what(entry, zone))
                                }
                            }
                        }
                    }
                }
            }
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
