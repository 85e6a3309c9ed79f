//! The list of charges.

use maud::{Markup, html};

use crate::{
    desk::{
        charges::{
            bulk::query::BulkAct,
            queries::{Page, Totals},
            query,
        },
        count::count,
        export::query::address,
        layout,
        table::{self, Column},
    },
    domain::{
        charge::{ChargeState, Kind, is_title},
        email::Template,
        time::{shown_day, shown_month},
    },
    http::csv::Marks,
    store::charges::{After, Filter, Listed, Sort},
};

/// The name of a kind of charge.
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

/// The name of a state where it stands for all charges in it.
#[must_use]
pub const fn all_in(state: ChargeState) -> &'static str {
    match state {
        ChargeState::Closed => "closed, or nothing to pay",
        ChargeState::Unpaid
        | ChargeState::Pending
        | ChargeState::Processing
        | ChargeState::ActionRequired
        | ChargeState::Paid
        | ChargeState::Refunded => word(state),
    }
}

/// A state as people read it.
const fn word(state: ChargeState) -> &'static str {
    match state {
        ChargeState::Unpaid => "unpaid",
        ChargeState::Pending => "pending",
        ChargeState::Processing => "a bank is at work",
        ChargeState::ActionRequired => "the payer must act",
        ChargeState::Paid => "paid",
        ChargeState::Refunded => "refunded",
        ChargeState::Closed => "closed",
    }
}

/// A state as a coloured word.
fn state(state: ChargeState) -> Markup {
    let class = match state {
        ChargeState::Unpaid
        | ChargeState::Pending
        | ChargeState::Processing
        | ChargeState::ActionRequired => "state warn",
        ChargeState::Paid => "state good",
        ChargeState::Refunded => "state bad",
        ChargeState::Closed => "state",
    };
    html! { span class=(class) { (word(state)) } }
}

/// The mark of a charge that is still to be paid after its day.
#[must_use]
pub fn overdue() -> Markup {
    html! { span.state.bad { "overdue" } }
}

/// A charge, as a link to it or a box beside it is named: `Charge of Player 25, Monthly fee, May 2026`.
#[must_use]
pub fn name_of(charge: &Listed) -> String {
    format!("Charge of {}, {}", charge.player, title(charge))
}

/// The name of an order of the list.
const fn sorted(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => "the newest first",
        Sort::Amount => "the largest amount first",
        Sort::Due => "what is due first",
        Sort::Name => "by the player's name",
    }
}

const COLUMNS: [Column; 6] = [
    Column::ticks("Choose"),
    Column::name("Player"),
    Column::text("For"),
    Column::text("State"),
    Column::when("Due"),
    Column::number("Amount"),
];

/// The page.
#[must_use]
pub fn page(filter: &Filter, page: &Page, today: &str) -> Markup {
    let caption = format!("Charges, {}", sorted(filter.sort));
    let rows = page.charges.iter().map(|charge| row(charge, today));
    html! {
        (layout::unfolded(page.unfolded))
        (saved(filter, today))
        (filters(filter))
        @if page.charges.is_empty() {
            div.card {
                @if let Some(next) = &page.next {
                    p { "None so far." }
                    p { a.button href=(self::next(filter, next)) { "Look further" } }
                } @else if filter.leaves_out() {
                    p { "No charge is like that. " a href="/admin/charges" { "Show all" } }
                } @else {
                    p { "There are no charges yet. " a href="/admin/import" { "Import a file of who owes what" } "." }
                }
            }
        } @else {
            (totals(&page.totals, filter.overdue))
            form method="get" action="/admin/charges/bulk" {
                input type="hidden" name="list" value=(filter.query());
                (table::tick_all("charges"))
                (table::table(&caption, &COLUMNS, rows))
                (with_those_ticked())
            }
            @if let Some(next) = &page.next {
                p.screen { a.button href=(self::next(filter, next)) { "More charges" } }
            }
        }
        @if !page.charges.is_empty() {
            section.ticked aria-labelledby="whole" {
                h2 id="whole" { (of_the_whole(filter, &page.totals)) }
                div.actions {
                    (emails(filter))
                    (export(filter, Marks::Point))
                }
            }
        }
        div.actions {
            a.button.quiet href="/admin/import" { "Import" }
            @if page.charges.is_empty() { (export(filter, Marks::Point)) }
            (payments(Marks::Point))
        }
        (layout::fold(false, "For Excel that writes amounts with a comma, as 12,50", &html! {
            div.actions {
                (export(filter, Marks::Comma))
                (payments(Marks::Comma))
            }
        }))
    }
}

fn row(charge: &Listed, today: &str) -> [Markup; 6] {
    [
        table::tick(
            "charges",
            charge.id.0,
            &format!("Choose: {}", name_of(charge)),
        ),
        html! {
            a href={ "/admin/charges/" (charge.id) } aria-label=(name_of(charge)) { (charge.player) }
            " " span.soft { (charge.player_id) }
        },
        html! { (title(charge)) },
        html! { (state_of(charge)) @if charge.is_overdue(today) { " " (overdue()) } },
        html! { (due(charge)) },
        html! { (charge.money()) },
    ]
}

/// The lists that are looked for most, as plain links: whoever wants another list keeps its address.
fn saved(filter: &Filter, today: &str) -> Markup {
    let month = today.get(..7).unwrap_or_default();
    let lists = [
        ("All", String::new()),
        ("Overdue", "overdue=1&sort=due".to_owned()),
        ("Unpaid", "state=unpaid".to_owned()),
        ("Pending", "state=pending".to_owned()),
        (
            "This month's fees, unpaid",
            format!("state=unpaid&kind=monthly&period={month}"),
        ),
        (
            "This month's fees, paid",
            format!("state=paid&kind=monthly&period={month}"),
        ),
    ];
    let shown = filter.query();
    html! {
        nav.lists aria-label="Lists" {
            ul {
                @for (name, list) in &lists {
                    @let is_shown = query::filter(list).is_ok_and(|list| list.query() == shown);
                    @let mark = if list.is_empty() { "" } else { "?" };
                    li { a href={ "/admin/charges" (mark) (list) } aria-current=[is_shown.then_some("page")] { (name) } }
                }
            }
        }
    }
}

fn filters(filter: &Filter) -> Markup {
    let is_open = filter.leaves_out() || filter.sort != Sort::Newest;
    html! {
        form.filters method="get" action="/admin/charges" role="search" {
            div {
                label for="q" { "Player or address" }
                input id="q" name="q" type="search" value=(filter.text);
            }
            (layout::fold(is_open, "Filter and sort", &html! { div.filters { (choices(filter)) } }))
            button type="submit" { "Show" }
        }
    }
}

fn choices(filter: &Filter) -> Markup {
    html! {
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
            @let period = filter.period.as_deref().unwrap_or_default();
            // The title of a custom charge is no month: a field for months would lose it.
            @let is_title = !period.is_empty() && !Kind::Monthly.has_period(period);
            label for="period" { @if is_title { "Title" } @else { "Month" } }
            input id="period" name="period" type=(if is_title { "text" } else { "month" }) value=(period);
        }
        div {
            label for="overdue" { "Due" }
            select id="overdue" name="overdue" {
                option value="" { "whenever" }
                option value="1" selected[filter.overdue] { "overdue" }
            }
        }
        div {
            label for="sort" { "Sorted" }
            select id="sort" name="sort" {
                @for sort in Sort::ALL {
                    option value=(sort.as_str()) selected[filter.sort == sort] { (sorted(sort)) }
                }
            }
        }
    }
}

/// The sums of all charges of the filter, those on other pages too, and how many of their like are paid.
fn totals(totals: &Totals, is_overdue: bool) -> Markup {
    let more = if totals.is_whole { "" } else { "more than " };
    html! {
        p.totals {
            @for (place, sum) in totals.sums.iter().enumerate() {
                @if place > 0 { " · " }
                (more) (count(sum.count, "charge", "charges")) ", " strong { (sum.money) }
            }
        }
        // Of what is overdue nothing is paid.
        @if totals.is_whole && totals.of > 1 && !is_overdue {
            (layout::progress("paid", &format!("{} of {} paid", totals.paid, totals.of), totals.paid, totals.of))
        }
    }
}

/// The acts on the charges that are ticked. Each leads to a page that says what will happen first.
fn with_those_ticked() -> Markup {
    html! {
        fieldset.actions.ticked {
            legend { "With those ticked" }
            @for act in BulkAct::ALL {
                button.quiet type="submit" name="act" value=(act.as_str()) { (act.name()) }
            }
        }
    }
}

/// The same list, further on.
fn next(filter: &Filter, after: &After) -> String {
    let mut query = form_urlencoded::Serializer::new(filter.query());
    query.append_pair("after", &after.to_string());
    format!("/admin/charges?{}", query.finish())
}

/// `With all 34 of this list`: those on its other pages, too.
fn of_the_whole(filter: &Filter, totals: &Totals) -> String {
    let of = if filter.leaves_out() {
        "of this list"
    } else {
        "charges"
    };
    let all: i64 = totals.sums.iter().map(|sum| sum.count).sum();
    match totals.is_whole {
        true if all > 1 => format!("With all {all} {of}, ticked or not"),
        true | false => format!("With all {of}, ticked or not"),
    }
}

/// The charges that the filter has, as a file.
fn export(filter: &Filter, marks: Marks) -> Markup {
    let query = filter.query();
    let which = if query.is_empty() { "All" } else { "These" };
    html! {
        a.button.quiet href=(address("charges", query, marks)) { (which) " charges as CSV" (with(marks)) }
    }
}

/// All payments, as a file.
fn payments(marks: Marks) -> Markup {
    html! {
        a.button.quiet href=(address("payments", String::new(), marks)) { "All payments as CSV" (with(marks)) }
    }
}

/// What a file's link says of its marks.
const fn with(marks: Marks) -> &'static str {
    match marks {
        Marks::Point => "",
        Marks::Comma => " with ;",
    }
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
