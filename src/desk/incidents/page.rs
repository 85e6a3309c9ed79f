//! Incidents: what a person must look at, what it means, and what to do.

use maud::{Markup, html};

use crate::{
    desk::{
        charges::page::dashboard_of,
        incidents::queries::{Filter, Listed, Page},
    },
    domain::{id::Mode, incident::IncidentKind, time::Zone},
};

/// The page.
#[must_use]
pub fn page(filter: Filter, page: &Page, mode: Mode, zone: &Zone<'_>) -> Markup {
    let is_open = !filter.resolved;
    html! {
        div.actions {
            a.button.quiet href="/admin/incidents" aria-current=[is_open.then_some("page")] { "Open" }
            a.button.quiet href="/admin/incidents?state=resolved" aria-current=[(!is_open).then_some("page")] { "Resolved" }
        }
        @if page.incidents.is_empty() {
            div.card { p { @if is_open { "Nothing waits for you." } @else { "No incident has been resolved yet." } } }
        }
        @for incident in &page.incidents { (card(incident, mode, zone)) }
        @if let Some(next) = page.next {
            @let state = if is_open { "open" } else { "resolved" };
            p { a.button href={ "/admin/incidents?state=" (state) "&after=" (next) } { "Older incidents" } }
        }
    }
}

fn card(incident: &Listed, mode: Mode, zone: &Zone<'_>) -> Markup {
    let is_open = incident.resolved_at.is_none();
    html! {
        div.card {
            h2 { (name(&incident.kind)) " " span class=(if is_open { "state bad" } else { "state good" }) { (incident.state()) } }
            (facts(incident, mode, zone))
            @if is_open {
                div.actions {
                    @if incident.refundable().is_some() {
                        a.button href={ "/admin/incidents/" (incident.id) "/refund" } { "Refund it" }
                    }
                    a.button.quiet href={ "/admin/incidents/" (incident.id) "/resolve" } { "Resolve" }
                }
            }
        }
    }
}

fn facts(incident: &Listed, mode: Mode, zone: &Zone<'_>) -> Markup {
    html! {
        @if !incident.detail.is_empty() { p { (incident.detail) } }
        p { strong { "What to do: " } (advice(&incident.kind)) }
        dl {
            dt { "Since" } dd { (zone.minute(incident.opened_at)) }
            @if let Some(at) = incident.due_by { dt { "Answer by" } dd { strong { (zone.minute(at)) } } }
            @if let Some(money) = incident.money() { dt { "Amount" } dd { (money) } }
            @if let Some(owed) = incident.owed() { dt { "Owed" } dd { (owed) } }
            @if let Some(charge) = incident.charge {
                dt { "Charge" }
                dd { a href={ "/admin/charges/" (charge) } { (incident.player.as_deref().unwrap_or("see it")) } }
            }
            @if let Some(intent) = &incident.payment_intent {
                dt { "At Stripe" } dd { (dashboard_of(intent, mode)) }
            }
            @if let Some(at) = incident.resolved_at {
                dt { "Resolved" } dd { (zone.minute(at)) ": " (incident.resolution.as_deref().unwrap_or_default()) }
            }
        }
    }
}

/// The name of a kind of incident.
#[must_use]
pub fn name(kind: &str) -> &str {
    match IncidentKind::parse(kind) {
        Some(kind) => kind.title(),
        None => kind,
    }
}

fn advice(kind: &str) -> &'static str {
    IncidentKind::parse(kind).map_or("See what it says.", IncidentKind::advice)
}

/// Whether an incident is to be resolved.
#[must_use]
pub fn resolve(incident: &Listed, zone: &Zone<'_>) -> Markup {
    html! {
        div.card.narrow {
            h2 { (name(&incident.kind)) }
            p { "Since " (zone.minute(incident.opened_at)) ". Resolving it changes no money: it only says that you have looked at it." }
            @if let Some(at) = incident.due_by { p { "It can be answered in Stripe's dashboard until " (zone.minute(at)) "." } }
            p { (advice(&incident.kind)) }
            form method="post" action={ "/admin/incidents/" (incident.id) "/resolve" } {
                div.field {
                    label for="note" { "What was done about it" }
                    input id="note" name="note" type="text" maxlength="500";
                }
                div.actions {
                    button type="submit" { "Resolve the incident" }
                    a.button.quiet href="/admin/incidents" { "Back" }
                }
            }
        }
    }
}

/// Whether the payment of an incident is to be refunded.
#[must_use]
pub fn refund(incident: &Listed, zone: &Zone<'_>) -> Markup {
    html! {
        div.card.narrow {
            h2 { (name(&incident.kind)) }
            p { "Since " (zone.minute(incident.opened_at)) "." }
            @if let Some(money) = incident.money() {
                p { (money) " go back to the payer. The other payment of the charge stays." }
            }
            form method="post" action={ "/admin/incidents/" (incident.id) "/refund" } {
                div.actions {
                    button.danger type="submit" { "Refund it" }
                    a.button.quiet href="/admin/incidents" { "Back" }
                }
            }
        }
    }
}
