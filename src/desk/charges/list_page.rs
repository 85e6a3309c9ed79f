//! The list of charges.

use maud::{Markup, html};

use crate::{
    desk::layout,
    domain::{
        charge::{ChargeState, Kind, is_title},
        email::Template,
        time::{shown_day, shown_month},
    },
    store::charges::{Filter, Listed, Page},
};

/// What a kind of charge is called.
#[must_use]
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::FirstPayment => "First payment",
        Kind::Monthly => "Monthly fee",
        Kind::Custom => "Payment",
    }
}

/// A charge in a few words: `Monthly fee, May 2026`.
#[must_use]
pub fn title(charge: &Listed) -> String {
    title_of(charge.kind, &charge.period)
}

/// The same of a kind and a period, which may be empty.
#[must_use]
pub fn title_of(of: Kind, period: &str) -> String {
    match of {
        Kind::Custom if is_title(period) => period.to_owned(),
        Kind::FirstPayment | Kind::Monthly | Kind::Custom => {
            let comma = if period.is_empty() { "" } else { ", " };
            format!("{}{comma}{}", kind(of), shown_month(period))
        }
    }
}

/// On which day a charge is due, if it is on one.
#[must_use]
pub fn due(charge: &Listed) -> String {
    charge.due_on.as_deref().map(shown_day).unwrap_or_default()
}

/// A charge's state as a coloured word. What is of 0 need not be paid, and nobody has closed it.
#[must_use]
pub fn state_of(charge: &Listed) -> Markup {
    if charge.money().minor == 0 && charge.state == ChargeState::Closed {
        return html! { span.state { "nothing to pay" } };
    }
    state(charge.state)
}

/// What a state is called where it stands for all charges in it.
#[must_use]
pub const fn all_in(state: ChargeState) -> &'static str {
    match state {
        ChargeState::Closed => "closed, or nothing to pay",
        ChargeState::ActionRequired => "the payer must act",
        ChargeState::Unpaid
        | ChargeState::Pending
        | ChargeState::Processing
        | ChargeState::Paid
        | ChargeState::Refunded => state.as_str(),
    }
}

/// A state as a coloured word.
fn state(state: ChargeState) -> Markup {
    let (class, word) = match state {
        ChargeState::Unpaid => ("state warn", "unpaid"),
        ChargeState::Pending => ("state warn", "pending"),
        ChargeState::Processing => ("state warn", "a bank is at work"),
        ChargeState::ActionRequired => ("state warn", "the payer must act"),
        ChargeState::Paid => ("state good", "paid"),
        ChargeState::Refunded => ("state bad", "refunded"),
        ChargeState::Closed => ("state", "closed"),
    };
    html! { span class=(class) { (word) } }
}

/// The mark of a charge that is still to be paid after its day.
#[must_use]
pub fn overdue() -> Markup {
    html! { span.state.bad { "overdue" } }
}

/// The page.
#[must_use]
pub fn page(filter: &Filter, page: &Page, today: &str) -> Markup {
    let words = filter.words.join(" ");
    let is_filtered = *filter != Filter::default();
    html! {
        (layout::unfolded(page.unfolded))
        div.actions {
            a.button.quiet href="/admin/import" { "Import" }
            a.button.quiet href="/admin/export/charges.csv" { "All charges as CSV" }
            a.button.quiet href="/admin/export/payments.csv" { "All payments as CSV" }
            @if !page.charges.is_empty() { (emails(filter)) }
        }
        form.filters method="get" action="/admin/charges" role="search" {
            div {
                label for="q" { "Player" }
                input id="q" name="q" type="search" value=(words);
            }
            div {
                label for="state" { "State" }
                select id="state" name="state" {
                    option value="" { "all" }
                    @for state in ChargeState::ALL {
                        option value=(state.as_str()) selected[filter.state == Some(state)] { (all_in(state)) }
                    }
                }
            }
            div {
                label for="kind" { "Kind" }
                select id="kind" name="kind" {
                    option value="" { "all" }
                    @for of in Kind::ALL {
                        option value=(of.as_str()) selected[filter.kind == Some(of)] { (kind(of)) }
                    }
                }
            }
            div {
                label for="period" { "Month" }
                input id="period" name="period" type="month" value=(filter.period.as_deref().unwrap_or_default());
            }
            div {
                label for="overdue" { "Due" }
                select id="overdue" name="overdue" {
                    option value="" { "whenever" }
                    option value="1" selected[filter.overdue] { "overdue" }
                }
            }
            button type="submit" { "Show" }
        }
        @if page.charges.is_empty() {
            div.card {
                @if let Some(next) = page.next {
                    p { "None so far." }
                    p { a.button href=(self::next(filter, next.0)) { "Look further back" } }
                } @else if is_filtered {
                    p { "No charge is like that. " a href="/admin/charges" { "Show all" } }
                } @else {
                    p { "There are no charges yet. " a href="/admin/import" { "Import a file of who owes what" } "." }
                }
            }
        } @else {
            div.scroll {
                table {
                    caption { "Charges, the newest first" }
                    thead {
                        tr {
                            th scope="col" { "Player" }
                            th.wide scope="col" { "For" }
                            th scope="col" { "State" }
                            th.wide scope="col" { "Due" }
                            th.money scope="col" { "Amount" }
                        }
                    }
                    tbody {
                        @for charge in &page.charges {
                            tr {
                                td {
                                    a href={ "/admin/charges/" (charge.id) } { (charge.player) }
                                    " " span.soft { (charge.player_id) }
                                    span.soft.phone { (title(charge)) }
                                }
                                td.wide { (title(charge)) }
                                td { (state_of(charge)) @if charge.is_overdue(today) { " " (overdue()) } }
                                td.when.wide { (due(charge)) }
                                td.money { (charge.money()) }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = page.next {
                p { a.button href=(self::next(filter, next.0)) { "Older charges" } }
            }
        }
    }
}

/// The same list, further on.
fn next(filter: &Filter, after: i64) -> String {
    let query = filter.query();
    let and = if query.is_empty() { "" } else { "&" };
    format!("/admin/charges?{query}{and}after={after}")
}

/// Emails to those who have not paid, of the charges that the filter has.
fn emails(filter: &Filter) -> Markup {
    let query = filter.query();
    let and = if query.is_empty() { "" } else { "&" };
    html! {
        @for (template, name) in [(Template::Link, "Send links to these"), (Template::Reminder, "Remind these")] {
            a.button.quiet href={ "/admin/messages/preview?template=" (template.as_str()) (and) (query) } { (name) }
        }
    }
}
