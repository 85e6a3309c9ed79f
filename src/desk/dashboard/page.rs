//! The desk's first page: the money, the charges, the incidents, what happened by day, and the health.

use maud::{Markup, html};

use crate::{
    desk::{
        charges::list_page,
        count::count,
        dashboard::{
            chart,
            queries::{Dashboard, MOST_INCIDENTS, Progress, Total},
        },
        health::page as health,
        incidents::page as incidents,
        layout,
        table::{self, Column},
    },
    domain::{
        activity::Day,
        health::Check,
        time::{Zone, shown_month},
    },
};

/// The contents of the page.
pub struct Shown<'a> {
    /// From the database.
    pub dashboard: &'a Dashboard,
    /// This month, as `2026-05`.
    pub month: &'a str,
    /// The amounts that are still to be paid, by currency.
    pub outstanding: &'a [Total],
    /// The activity, by day.
    pub days: &'a [Day],
    /// How everything is.
    pub checks: &'a [Check],
}

/// The page.
#[must_use]
pub fn page(shown: &Shown<'_>, zone: &Zone<'_>) -> Markup {
    let dashboard = shown.dashboard;
    html! {
        (health::stopped(shown.checks))
        (layout::unfolded(dashboard.unfolded))
        @if dashboard.is_empty() { (first_steps()) }
        div.grid {
            div.card {
                h2 { "Collected" }
                p.soft { "Paid and kept, cash included" }
                (sums(&dashboard.collected, "Nothing has been paid yet."))
                @for total in &dashboard.waived {
                    p.soft.money { (total.money) " waived beside it (" (count(total.count, "charge", "charges")) ")" }
                }
                @for total in &dashboard.surplus {
                    p.soft.money { (total.money) " of it more than was owed (" (count(total.count, "charge", "charges")) ")" }
                }
            }
            div.card {
                h2 { "Outstanding" }
                p.soft { "Still to be paid" }
                (sums(shown.outstanding, "Nobody owes anything."))
                @for total in &dashboard.overdue {
                    p.money {
                        a href="/admin/charges?overdue=1" { (list_page::overdue()) " " (total.money) }
                        " " span.soft { (count(total.count, "charge", "charges")) }
                    }
                }
            }
        }
        @if !dashboard.charges.is_empty() {
            div.card {
                @let Progress { paid, of } = dashboard.progress();
                (layout::progress("paid", &format!("{paid} of {of} charges paid"), paid, of))
                @let Progress { paid, of } = dashboard.month;
                @if of > 0 {
                    (layout::progress("paid-of-month", &format!("{}: {paid} of {of} paid", shown_month(shown.month)), paid, of))
                    p { a href={ "/admin/charges?period=" (shown.month) } { "Charges of " (shown_month(shown.month)) } }
                }
            }
            (by_state(dashboard))
        }
        (open(dashboard, zone))
        h2 { "The last 30 days" }
        (chart::chart(shown.days, zone.name))
        (health::card(shown.checks))
    }
}

fn first_steps() -> Markup {
    html! {
        div.card {
            h2 { "Begin here" }
            p { "Nothing is here yet. Import a file of who owes what: each line becomes a charge, with a link to send." }
            p { a.button href="/admin/import" { "Import a file" } }
        }
    }
}

fn sums(totals: &[Total], nothing: &str) -> Markup {
    html! {
        @for total in totals {
            p.number.money { (total.money) }
            p.soft.money { (count(total.count, "charge", "charges")) }
        }
        @if totals.is_empty() { p { (nothing) } }
    }
}

const STATES: [Column; 3] = [
    Column::name("State"),
    Column::number("Charges"),
    Column::number("Amount"),
];

fn by_state(dashboard: &Dashboard) -> Markup {
    let rows = dashboard.charges.iter().map(|(state, total)| {
        let name = list_page::all_in(*state);
        [
            html! { a href={ "/admin/charges?state=" (state.as_str()) } { (name) } },
            html! { (total.count) },
            html! { (total.money) },
        ]
    });
    table::table("Charges by state", &STATES, rows)
}

fn open(dashboard: &Dashboard, zone: &Zone<'_>) -> Markup {
    let count = dashboard.open_incidents;
    html! {
        div.card {
            @if count == 0 {
                h2 { "Incidents " span.state.good { "none" } }
                p { "Nothing waits for you." }
            } @else {
                h2 {
                    "Incidents "
                    span.state.bad { (count) @if count >= MOST_INCIDENTS { " or more" } " open" }
                }
                ul {
                    @for incident in &dashboard.incidents {
                        li {
                            strong { (incidents::name(&incident.kind)) }
                            @if let Some(money) = incident.money() { ", " (money) }
                            @if let Some(player) = &incident.player { ", " (player) }
                            " " span.soft { "since " (zone.minute(incident.opened_at)) }
                            @if let Some(at) = incident.due_by { ", answer by " (zone.minute(at)) }
                        }
                    }
                }
                p { a href="/admin/incidents" { "See them, and what to do" } }
            }
        }
    }
}
