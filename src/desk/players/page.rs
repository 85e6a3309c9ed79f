//! Players: the list, all that is known about one, and whether that is to be erased.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::{
    desk::{
        charges::list_page,
        emails::page as emails,
        form::{self, Errors, Input},
        players::{
            draft::Draft,
            queries::{Filter, Known, Page, Player},
        },
    },
    domain::{
        id::PlayerId,
        language::Language,
        money::{Currency, Money},
        time::Zone,
    },
};

/// The list.
#[must_use]
pub fn list(filter: &Filter, page: &Page, zone: &Zone<'_>) -> Markup {
    let words = filter.words.join(" ");
    html! {
        form.filters method="get" action="/admin/players" role="search" {
            div {
                label for="q" { "Name or id" }
                input id="q" name="q" type="search" value=(words);
            }
            button type="submit" { "Show" }
        }
        div.actions {
            a.button href="/admin/players/new" { "Add a player" }
            a.button.quiet href={ "/admin/charges/new" @if !words.is_empty() { "?" (query(&words)) } } {
                @if words.is_empty() { "Charge all of them" } @else { "Charge those" }
            }
        }
        @if page.players.is_empty() {
            div.card {
                @if words.is_empty() {
                    p { "There are no players yet. " a href="/admin/import" { "Import a file of who owes what" } "." }
                } @else {
                    p { "No player is called that. " a href="/admin/players" { "Show all" } }
                }
            }
        } @else {
            div.scroll {
                table {
                    caption { "Players, the newest first" }
                    thead {
                        tr {
                            th scope="col" { "Player" }
                            th scope="col" { "Payer" }
                            th scope="col" { "Language" }
                            th.money scope="col" { "Monthly fee" }
                            th scope="col" { "Since" }
                        }
                    }
                    tbody {
                        @for player in &page.players {
                            tr {
                                td {
                                    a href={ "/admin/players/" (player.id) } { (player.name) }
                                    " " span.soft { (player.player_id) }
                                }
                                td { (player.email.as_deref().unwrap_or_default()) }
                                td { (player.language.as_deref().unwrap_or_default()) }
                                td.money { @if let Some(fee) = player.monthly_fee() { (fee) } }
                                td.when { (zone.date(player.created_at)) }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = page.next {
                p { a.button href=(self::next(&words, next.0)) { "Older players" } }
            }
        }
    }
}

fn query(words: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", words).finish()
}

/// The same list, further on.
fn next(words: &str, after: i64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !words.is_empty() {
        query.append_pair("q", words);
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
                dt { "Language" } dd { (player.language.as_deref().unwrap_or("the club's")) }
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
                            option value=(of.as_str()) selected[language == of.as_str()] { (of.as_str()) }
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

fn charges_of(known: &Known) -> Markup {
    html! {
        h2 { "Charges" }
        @if known.charges.is_empty() { p.soft { "None." } } @else {
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "For" }
                            th scope="col" { "State" }
                            th scope="col" { "Due" }
                            th.money scope="col" { "Amount" }
                            th scope="col" { "Why closed" }
                        }
                    }
                    tbody {
                        @for owed in &known.charges {
                            tr {
                                td { a href={ "/admin/charges/" (owed.charge.id) } { (list_page::title(&owed.charge)) } }
                                td { (list_page::state_of(&owed.charge)) }
                                td.when { (list_page::due(&owed.charge)) }
                                td.money { (owed.charge.money()) }
                                td { (owed.close_reason.as_deref().unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn orders_of(known: &Known, zone: &Zone<'_>) -> Markup {
    html! {
        h2 { "Orders" }
        @if known.orders.is_empty() { p.soft { "None." } } @else {
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "Order" }
                            th scope="col" { "State" }
                            th scope="col" { "Started" }
                            th scope="col" { "Paid" }
                            th scope="col" { "Told to Stripe" }
                            th scope="col" { "At Stripe" }
                            th scope="col" { "Note" }
                            th.money scope="col" { "Amount" }
                            th.money scope="col" { "Refunded" }
                        }
                    }
                    tbody {
                        @for held in &known.orders {
                            @let order = &held.order;
                            tr {
                                td { (order.id) }
                                td { (order.status) }
                                td.when { (zone.minute(order.created_at)) }
                                td.when { @if let Some(at) = order.paid_at { (zone.minute(at)) } }
                                td { (held.product_name) " " (held.customer_email.as_deref().unwrap_or_default()) }
                                td { code { (order.payment_intent.as_deref().or(order.session.as_deref()).unwrap_or_default()) } }
                                td { (order.note.as_deref().unwrap_or_default()) }
                                td.money { (order.taken().unwrap_or_else(|| order.money())) }
                                td.money { @if order.refunded().minor > 0 { (order.refunded()) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn links_of(known: &Known, zone: &Zone<'_>) -> Markup {
    html! {
        h2 { "Links" }
        @if known.links.is_empty() { p.soft { "None." } } @else {
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "Link" }
                            th scope="col" { "Charge" }
                            th scope="col" { "Made" }
                            th scope="col" { "Last order by it" }
                        }
                    }
                    tbody {
                        @for leading in &known.links {
                            tr {
                                td { (leading.link.id) }
                                td { (leading.charge) }
                                td.when { (zone.minute(leading.link.created_at)) }
                                td.when { @if let Some(at) = leading.link.used_at { (zone.minute(at)) } }
                            }
                        }
                    }
                }
            }
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
