//! The audit log.

use maud::{Markup, html};

use crate::{domain::time::Zone, store::audit::Page};

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
                            th scope="col" { "When" }
                            th scope="col" { "Who" }
                            th scope="col" { "What" }
                            th scope="col" { "About" }
                            th scope="col" { "Detail" }
                        }
                    }
                    tbody {
                        @for entry in &page.entries {
                            tr {
                                td.when { (zone.minute(entry.at)) }
                                td { (entry.operator) }
                                td { (entry.act.replace('_', " ")) }
                                td { (about(&entry.about)) }
                                td { code { (entry.detail.get()) } }
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

/// What an entry is about, with a link if it is a charge.
fn about(text: &str) -> Markup {
    match text.strip_prefix("charge ") {
        Some(id) => html! { a href={ "/admin/charges/" (id) } { (text) } },
        None => html! { (text) },
    }
}
