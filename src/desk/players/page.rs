//! Players: the list, all that is known about one, and whether that is to be erased.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::{
    desk::{
        charges::list_page,
        count::count,
        emails::page as emails,
        form::{self, Errors, Input},
        players::{
            draft::Draft,
            queries::{Filter, Known, Page, Player},
        },
        table::{self, Column, heard},
    },
    domain::{
        id::PlayerId,
        language::Language,
        money::{Currency, Money},
        time::Zone,
    },
};

const PLAYERS: [Column; 6] = [
    Column::ticks("Choose"),
    Column::name("Player"),
    Column::long("Payer"),
    Column::text("Language"),
    Column::number("Monthly fee"),
    Column::when("Since"),
];

/// The list.
#[must_use]
pub fn list(filter: &Filter, page: &Page, zone: &Zone<'_>) -> Markup {
    let rows = page.players.iter().map(|player| {
        let name = format!("Choose: {}, {}", player.name, player.player_id);
        [
            html! { @if player.erased_at.is_none() { (table::tick("players", player.id.0, &name)) } },
            html! {
                a href={ "/admin/players/" (player.id) } { (player.name) }
                " " span.soft { (player.player_id) }
            },
            html! { (player.email.as_deref().unwrap_or_default()) },
            html! { (player.language.as_deref().map(name_of_language).unwrap_or_default()) },
            html! { @if let Some(fee) = player.monthly_fee() { (fee) } },
            html! { (zone.date(player.created_at)) },
        ]
    });
    html! {
        form.filters method="get" action="/admin/players" role="search" {
            div {
                label for="q" { "Name, id or address" }
                input id="q" name="q" type="search" value=(filter.text);
            }
            button type="submit" { "Show" }
        }
        div.actions {
            a.button href="/admin/players/new" { "Add a player" }
            @if !page.players.is_empty() {
                a.button.quiet href={ "/admin/charges/new" @if !filter.words.is_empty() { "?" (query(&filter.text)) } } {
                    (charge_all(filter, page))
                }
            }
        }
        @if page.players.is_empty() {
            div.card {
                @if filter.words.is_empty() {
                    p { "There are no players yet. " a href="/admin/import" { "Import a file of who owes what" } "." }
                } @else {
                    p { "No player is called that. " a href="/admin/players" { "Show all" } }
                }
            }
        } @else {
            @if !filter.words.is_empty() { p.totals { (how_many(page)) } }
            form method="get" action="/admin/charges/new" {
                (table::tick_all("players"))
                (table::table("Players, the newest first", &PLAYERS, rows))
                fieldset.actions.ticked {
                    legend { "With those ticked" }
                    button.quiet type="submit" { "Add a charge" }
                }
            }
            @if let Some(next) = page.next {
                p { a.button href=(self::next(&filter.text, next.0)) { "Older players" } }
            }
        }
    }
}

/// `12 players`, or `the first 50 players` if the list goes on.
fn how_many(page: &Page) -> String {
    let players = count(page.players.len(), "player", "players");
    match page.next {
        None => players,
        Some(_) => format!("the first {players}; the search finds more"),
    }
}

/// The button that charges all whom the list has, with their number if it is known.
fn charge_all(filter: &Filter, page: &Page) -> String {
    let is_all = filter.after.is_none() && page.next.is_none();
    match (filter.words.is_empty(), is_all) {
        (_, true) if page.players.len() == 1 => "Charge that player".to_owned(),
        (true, true) => format!("Charge all {}", page.players.len()),
        (true, false) => "Charge all of them".to_owned(),
        (false, true) => format!("Charge those {}", page.players.len()),
        (false, false) => "Charge those".to_owned(),
    }
}

/// The name of a language; a tag that is none of ours as it is.
fn name_of_language(tag: &str) -> &str {
    Language::parse(tag).map_or(tag, |language| language.name())
}

fn query(words: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", words).finish()
}

/// The same list, further on.
fn next(text: &str, after: i64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !text.is_empty() {
        query.append_pair("q", text);
    }
    query.append_pair("after", &after.to_string());
    format!("/admin/players?{}", query.finish())
}

/// All that is known about a player.
#[must_use]
pub fn player(known: &Known, emails: &BTreeSet<&str>, zone: &Zone<'_>) -> Markup {
    let player = &known.player;
    html! {
        @if let Some(at) = player.erased_at {
            div.note.warn {
                p { "What was personal was erased on " (zone.date(at)) ". Amounts, ids and dates stay for the books." }
            }
        }
        div.card {
            dl {
                dt { "Name" } dd { (player.name) }
                dt { "The club's id" } dd { (player.player_id) }
                dt { "Payer" } dd { (player.email.as_deref().unwrap_or("no address is known")) }
                @if let Some(at) = player.email_refused_at { dt { "Stripe refuses it" } dd { "since " (zone.date(at)) } }
                dt { "Language" } dd { (player.language.as_deref().map_or("the club's", name_of_language)) }
                dt { "Monthly fee" }
                dd { @if let Some(fee) = player.monthly_fee() { (fee) } @else { "none is known" } }
                dt { "Since" } dd { (zone.minute(player.created_at)) }
                dt { "Changed" } dd { (zone.minute(player.updated_at)) }
                @if !emails.is_empty() {
                    dt { "Addresses" }
                    dd { @for (place, email) in emails.iter().enumerate() { @if place > 0 { ", " } (email) } }
                }
                @if !known.words.is_empty() { dt { "Found by" } dd { (known.words.join(" ")) } }
            }
        }
        div.actions {
            a.button.quiet href={ "/admin/players/" (player.id) "/year" } { "Payments of a year" }
        }
        @if player.erased_at.is_none() { (fee(player)) }
        (charges_of(known))
        (orders_of(known, zone))
        (links_of(known, zone))
        (emails::of_player(&known.emails, zone))
        @if !known.incidents.is_empty() {
            h2 { "Incidents" }
            ul {
                @for noted in &known.incidents {
                    li {
                        (zone.minute(noted.opened_at)) ": " (noted.kind.replace('_', " ")) ". " (noted.detail)
                        @if let Some(resolution) = &noted.resolution { " Resolved: " (resolution) }
                    }
                }
            }
        }
        @if player.erased_at.is_none() {
            div.actions {
                a.button href={ "/admin/players/" (player.id) "/edit" } { "Change name, address or language" }
                a.button.quiet href={ "/admin/charges/new?players=" (player.id) } { "Add a charge" }
                a.button.quiet href={ "/admin/players/" (player.id) "/erase" } { "Erase what is personal" }
            }
        }
    }
}

/// The form of a player: a new one, if there is no id. `seen` is the state that it shows.
#[must_use]
pub fn edit(id: Option<PlayerId>, draft: &Draft, errors: &Errors, seen: &str) -> Markup {
    let text = |name, label| Input::text(name, label, draft.get(name));
    let action = match id {
        Some(id) => format!("/admin/players/{id}/edit"),
        None => "/admin/players/new".to_owned(),
    };
    let language = draft.get("language");
    html! {
        (form::came_back(errors))
        div.card.narrow {
            form method="post" action=(action) {
                (Input { is_required: true, ..text("player", "Name") }.field(errors))
                @if id.is_none() {
                    (Input {
                        hint: "The number or word by which the club knows the player, if it has one. It stays.",
                        is_short: true,
                        ..text("player_id", "The club's id")
                    }.field(errors))
                } @else {
                    input type="hidden" name="seen" value=(seen);
                }
                (Input {
                    kind: "email",
                    hint: "Whom links, reminders and receipts go to.",
                    ..text("email", "Email of whoever pays")
                }.field(errors))
                div.field {
                    label for="language" { "Language" }
                    select id="language" name="language" {
                        option value="" selected[language.is_empty()] { "the club's" }
                        @for of in Language::ALL {
                            option value=(of.as_str()) selected[language == of.as_str()] { (of.name()) }
                        }
                    }
                }
                (Input {
                    mode: "decimal",
                    is_short: true,
                    hint: "Each month that is opened from now on charges it. Empty: none is known.",
                    ..text("monthly_fee", "Monthly fee")
                }.field(errors))
                (Input { is_short: true, ..text("currency", "Currency, such as usd") }.field(errors))
                div.actions {
                    button type="submit" { @if id.is_some() { "Save" } @else { "Add the player" } }
                    a.button.quiet href={ "/admin/players" @if let Some(id) = id { "/" (id) } } { "Back" }
                }
            }
        }
    }
}

/// Somebody else has changed the player since the form was shown.
#[must_use]
pub fn changed_meanwhile(player: &Player) -> Markup {
    html! {
        div.note.bad role="alert" {
            p { strong { "Nothing was changed." } " Since you opened the form, somebody else has changed this player." }
        }
        p { a.button href={ "/admin/players/" (player.id) "/edit" } { "Open the form again" } }
    }
}

/// The form that changes the monthly fee.
#[must_use]
pub fn fee(player: &Player) -> Markup {
    let fee = player.monthly_fee();
    let amount = fee.map(Money::major).unwrap_or_default();
    let currency = fee.map_or(Currency::USD, |fee| fee.currency);
    html! {
        div.card.narrow {
            form method="post" action={ "/admin/players/" (player.id) "/fee" } {
                div.field {
                    label for="monthly_fee" { "Monthly fee" }
                    p.hint id="fee-hint" {
                        "Each month that is opened from now on charges it. What is charged already stays: change the amount there. "
                        "With 0, or left empty, nothing is charged."
                    }
                    input.short id="monthly_fee" name="monthly_fee" type="text" inputmode="decimal" value=(amount)
                        aria-describedby="fee-hint";
                }
                div.field {
                    label for="currency" { "Currency" }
                    input.short id="currency" name="currency" type="text" maxlength="3" value=(currency.shown());
                }
                div.actions { button type="submit" { "Change the fee" } }
            }
        }
    }
}

const CHARGES: [Column; 5] = [
    Column::name("For"),
    Column::text("State"),
    Column::when("Due"),
    Column::number("Amount"),
    Column::text("Why closed"),
];

fn charges_of(known: &Known) -> Markup {
    let rows = known.charges.iter().map(|owed| {
        let charge = &owed.charge;
        [
            html! { a href={ "/admin/charges/" (charge.id) } { (list_page::title(charge)) } },
            list_page::state_of(charge),
            html! { (list_page::due(charge)) },
            html! { (charge.money()) },
            html! { (owed.close_reason.as_deref().unwrap_or_default()) },
        ]
    });
    html! {
        h2 { "Charges" }
        @if known.charges.is_empty() { p.soft { "None." } } @else {
            (table::table("The newest first", &CHARGES, rows))
        }
    }
}

const ORDERS: [Column; 6] = [
    Column::name("Order"),
    Column::when("When"),
    Column::long("Told to Stripe"),
    Column::long("At Stripe"),
    Column::text("Note"),
    Column::number("Amount"),
];

fn orders_of(known: &Known, zone: &Zone<'_>) -> Markup {
    let rows = known.orders.iter().map(|held| {
        let order = &held.order;
        let at_stripe = order.payment_intent.as_deref().or(order.session.as_deref());
        [
            html! { (order.id) " " (order.status) },
            html! {
                "started " (zone.minute(order.created_at))
                @if let Some(at) = order.paid_at { br; "paid " (zone.minute(at)) }
            },
            // Of an offline payment Stripe was told nothing.
            html! {
                @match &order.offline_method {
                    Some(method) => { span.soft { "nothing: " (method) } }
                    None => { (held.product_name) " " (held.customer_email.as_deref().unwrap_or_default()) }
                }
            },
            html! { @if let Some(id) = at_stripe { code { (id) } } },
            html! { (order.note.as_deref().unwrap_or_default()) },
            html! {
                (order.taken().unwrap_or_else(|| order.money()))
                @if order.refunded().minor > 0 { br; span.soft { (order.refunded()) " refunded" } }
                @if order.taken().is_some() {
                    br;
                    a.screen href={ "/admin/orders/" (order.id) "/receipt" } { "Receipt" (heard(&format!("of order {}", order.id))) }
                }
            },
        ]
    });
    html! {
        h2 { "Orders" }
        @if known.orders.is_empty() { p.soft { "None." } } @else {
            (table::table("The newest first", &ORDERS, rows))
        }
    }
}

const LINKS: [Column; 4] = [
    Column::name("Link"),
    Column::text("Charge"),
    Column::when("Made"),
    Column::when("Last order by it"),
];

fn links_of(known: &Known, zone: &Zone<'_>) -> Markup {
    let rows = known.links.iter().map(|leading| {
        let link = &leading.link;
        [
            html! { (link.id) },
            html! { (leading.charge) },
            html! { (zone.minute(link.created_at)) },
            html! { @if let Some(at) = link.used_at { (zone.minute(at)) } },
        ]
    });
    html! {
        h2 { "Links" }
        @if known.links.is_empty() { p.soft { "None." } } @else {
            (table::table("The newest first", &LINKS, rows))
            p.soft { "Only the fingerprint of a link is kept, so the links themselves are not known." }
        }
    }
}

/// Whether a player is to be erased.
#[must_use]
pub fn erase(known: &Known) -> Markup {
    let player = &known.player;
    let is_pending = known
        .orders
        .iter()
        .any(|held| held.order.status == "pending");
    html! {
        div.card.narrow {
            p {
                "The name, the address, the language, the monthly fee and all notes about " strong { (player.name) }
                " (" (player.player_id) ") are erased. This cannot be undone."
            }
            p { "Amounts, ids and dates stay: the books need them. What is owed stays owed; close it first if it is not." }
            p { "Stripe keeps records of its own. Erase the customer's data there too, if you are asked to." }
            @if is_pending {
                p {
                    strong { "A parent may be paying right now." }
                    " The payment page is ended at Stripe first. If they were faster, nothing is erased, and you are told."
                }
            }
            form method="post" action={ "/admin/players/" (player.id) "/erase" } {
                div.actions {
                    button.danger type="submit" { "Erase what is personal" }
                    a.button.quiet href={ "/admin/players/" (player.id) } { "Back" }
                }
            }
        }
    }
}
