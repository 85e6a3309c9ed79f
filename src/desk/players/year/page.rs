//! A payer's year and a payer's receipt, made to be printed: the style sheet leaves out what can be pressed.

use maud::{Markup, html};

use super::sum::Sum;
use crate::{
    desk::{
        charges::list_page,
        layout,
        players::queries::{Paid, Player, Receipt},
        table::{self, Column},
    },
    domain::time::{UnixMillis, Zone},
};

/// The club that was paid.
pub struct Club<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whom to ask.
    pub contact: &'a str,
}

/// The payments for a player in a year.
pub struct Year<'a> {
    /// The player.
    pub player: &'a Player,
    /// The year.
    pub year: i32,
    /// The one that it is now.
    pub this_year: i32,
    /// The oldest first.
    pub payments: &'a [Paid],
    /// By currency.
    pub sums: &'a [Sum],
}

const COLUMNS: [Column; 6] = [
    Column::when("Paid on"),
    Column::name("For"),
    Column::text("How"),
    Column::number("Paid"),
    Column::number("Refunded"),
    Column::number("Kept"),
];

/// The page of a year.
#[must_use]
pub fn year(club: &Club<'_>, shown: &Year<'_>, zone: &Zone<'_>, now: UnixMillis) -> Markup {
    let &Year {
        player,
        year,
        this_year,
        payments,
        sums,
    } = shown;
    let rows = payments.iter().map(|Paid { charge, payment }| {
        [
            html! { (zone.date(payment.paid_at)) },
            html! {
                (list_page::title(charge)) " "
                a.soft href={ "/admin/orders/" (payment.id) "/receipt" } aria-label={ "Receipt " (payment.id) ", " (list_page::title(charge)) } {
                    "receipt " (payment.id)
                }
            },
            html! { (how(&payment.method)) },
            html! { (payment.gross()) },
            html! { @if payment.refunded().minor > 0 { (payment.refunded()) } },
            html! { (payment.net()) },
        ]
    });
    let sums = sums.iter().map(|sum| {
        [
            html! {},
            html! { "Together, in " (sum.currency.shown()) },
            html! {},
            html! { (sum.gross()) },
            html! { @if sum.refunded().minor > 0 { (sum.refunded()) } },
            html! { (sum.net()) },
        ]
    });
    let of = |year: i32| format!("/admin/players/{}/year?year={year}", player.id);
    html! {
        (who(club, &player.name, &player.player_id, player.email.as_deref()))
        @if payments.is_empty() {
            p { "Nothing was paid in " (year) "." }
        } @else {
            (table::with_sums(&format!("Payments of {year}, the oldest first"), &COLUMNS, rows, sums))
        }
        (made(zone, now))
        div.actions {
            (layout::print_button())
            a.button.quiet href=(of(year - 1)) { "The year " (year - 1) }
            @if year < this_year { a.button.quiet href=(of(year + 1)) { "The year " (year + 1) } }
            a.button.quiet href={ "/admin/players/" (player.id) } { "Back to " (player.name) }
        }
    }
}

/// The page of a receipt.
#[must_use]
pub fn receipt(club: &Club<'_>, receipt: &Receipt, zone: &Zone<'_>, now: UnixMillis) -> Markup {
    let Receipt {
        paid: Paid { charge, payment },
        email,
        player,
    } = receipt;
    html! {
        (who(club, &charge.player, &charge.player_id, email.as_deref()))
        div.card {
            p.number { (payment.gross()) }
            dl {
                dt { "For" } dd { (list_page::title(charge)) }
                dt { "Paid on" } dd { (zone.date(payment.paid_at)) }
                dt { "How" } dd { (how(&payment.method)) }
                @if payment.waived().minor > 0 { dt { "Waived" } dd { (payment.waived()) ": it need not be paid" } }
                @if payment.refunded().minor > 0 {
                    dt { "Refunded" } dd { (payment.refunded()) @if let Some(at) = payment.refunded_at { ", " (zone.date(at)) } }
                    dt { "Kept" } dd { (payment.net()) }
                }
                dt { "Reference" } dd { (payment.id) }
            }
        }
        (made(zone, now))
        div.actions {
            (layout::print_button())
            a.button.quiet href={ "/admin/charges/" (charge.id) } { "Charge of " (charge.player) }
            a.button.quiet href={ "/admin/players/" (player) } { "Back to " (charge.player) }
        }
    }
}

fn who(club: &Club<'_>, player: &str, player_id: &str, email: Option<&str>) -> Markup {
    html! {
        div.card {
            dl {
                dt { "Paid to" } dd { (club.name) @if !club.contact.is_empty() { br; span.soft { (club.contact) } } }
                dt { "For" } dd { (player) " " span.soft { (player_id) } }
                @if let Some(email) = email { dt { "Paid by" } dd { (email) } }
            }
        }
    }
}

fn made(zone: &Zone<'_>, now: UnixMillis) -> Markup {
    html! { p.soft { "Made on " (zone.date(now)) ". Days are of " (zone.name) "." } }
}

/// How something was paid, in words.
fn how(method: &str) -> &str {
    match method {
        "checkout" => "online, through Stripe",
        other => other,
    }
}
