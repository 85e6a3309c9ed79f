//! The audit log.

use maud::{Markup, html};

use crate::{
    desk::table::{self, Column},
    domain::time::Zone,
    store::audit::Page,
};

/// What was done, as a sentence says it of whoever did it.
#[must_use]
pub fn action(act: &str) -> String {
    let words = match act {
        "cancel_pending" => "canceled the pending order",
        "change_amount" => "changed the amount",
        "close" => "closed the charge",
        "erase_player" => "erased what is personal of a player",
        "import" => "imported a file",
        "mint_link" => "made a link",
        "mint_links" => "made links",
        "offline_payment" => "recorded an offline payment",
        "open_period" => "opened a month",
        "queue_emails" => "queued emails",
        "reconcile" => "reconciled with Stripe",
        "refund" => "refunded a payment",
        "reopen" => "reopened the charge",
        "resolve_incident" => "resolved an incident",
        "revoke_link" => "revoked a link",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

const COLUMNS: [Column; 5] = [
    Column::name("When"),
    Column::text("Who"),
    Column::text("What"),
    Column::text("About"),
    Column::long("Detail"),
];

/// The page.
#[must_use]
pub fn page(page: &Page, zone: &Zone<'_>) -> Markup {
    let rows = page.entries.iter().map(|entry| {
        [
            html! { (zone.minute(entry.at)) },
            html! { (entry.operator) },
            html! { (action(&entry.act)) },
            about(&entry.about),
            html! { code { (entry.detail.get()) } },
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

/// What an entry is about, with a link if it is a charge.
fn about(text: &str) -> Markup {
    match text.strip_prefix("charge ") {
        Some(id) => html! { a href={ "/admin/charges/" (id) } { (text) } },
        None => html! { (text) },
    }
}
