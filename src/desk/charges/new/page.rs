//! The form of a charge for many, and who is charged by it.

use maud::{Markup, html};

use super::typed::{Typed, list_of};
use crate::{
    billing::charging::{Charging, LeftOut, Preview},
    desk::{
        count::count,
        form::{self, Errors, Input},
    },
    domain::time::shown_day,
    store::charging::Candidate,
};

/// The title of the form.
pub const TITLE: &str = "Add a charge";

/// When a list of who is charged is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Before anything is done.
    Preview,
    /// After these were charged.
    Charged,
    /// Nobody was left to charge.
    Unchanged,
    /// It is not what was shown before, and nothing was done.
    Changed,
}

/// The form.
#[must_use]
pub fn form(typed: &Typed, errors: &Errors) -> Markup {
    html! {
        (form::came_back(errors))
        div.card.narrow {
            p { "For " strong { (whom(typed)) } ". First you see who is charged." }
            form method="post" action="/admin/charges/new?dry_run=1" {
                (Input {
                    hint: "Parents read it: on the payment page, in emails, on the receipt.",
                    is_required: true,
                    ..Input::text("title", "What for", &typed.title)
                }.field(errors))
                (Input {
                    mode: "decimal",
                    is_short: true,
                    is_required: true,
                    hint: "How much each of them owes, such as 25.00 or 25,00.",
                    ..Input::text("amount", "Amount", &typed.amount)
                }.field(errors))
                (Input { is_short: true, is_required: true, ..Input::text("currency", "Currency", &typed.currency) }.field(errors))
                (Input {
                    kind: "date",
                    is_short: true,
                    hint: "Left empty, it is never overdue, and who got no email about it is not reminded by rule.",
                    ..Input::text("due_on", "Due on", &typed.due_on)
                }.field(errors))
                input type="hidden" name="players" value=(typed.players);
                input type="hidden" name="q" value=(typed.q);
                div.actions {
                    button type="submit" { "Show who is charged" }
                    a.button.quiet href="/admin/players" { "Back" }
                }
            }
        }
    }
}

fn whom(typed: &Typed) -> String {
    match (typed.players.split(' ').count(), typed.q.as_str()) {
        (_, "") if typed.players.is_empty() => "all players".to_owned(),
        (_, q) if typed.players.is_empty() => format!("the players whom a search for “{q}” finds"),
        (1, _) => "one player".to_owned(),
        (count, _) => format!("{count} players"),
    }
}

/// The players who are not charged and those who are, and the button that charges exactly these.
#[must_use]
pub fn preview(
    typed: &Typed,
    charging: &Charging,
    preview: &Preview,
    seen: &str,
    is_past: bool,
    shown: Shown,
) -> Markup {
    let charged = preview.charged.len();
    html! {
        @match shown {
            Shown::Changed => {
                div.note.bad role="alert" {
                    p { strong { "Nobody was charged." } " Since you looked, a player or a charge has changed. This is how it is now." }
                }
            }
            Shown::Preview | Shown::Charged | Shown::Unchanged => {}
        }
        @if preview.charged.is_empty() {
            div.note.warn role="status" {
                p { strong { "Nobody is left to charge" } " for “" (charging.title) "”. A charge for something else needs another title." }
            }
            p { a href=(list_of(&charging.title)) { "To the charges of this title" } }
        } @else {
            div.card {
                @if shown == Shown::Preview { p { strong { "Nobody was charged so far." } } }
                p.number { (preview.total(charging.money)) }
                p {
                    (count(charged, "player", "players")) " charged " (charging.money) @if charged != 1 { " each" }
                    @if let Some(day) = &charging.due_on { ", due on " (shown_day(day)) }
                    ". " (count(preview.left_out.len(), "player", "players")) " left out. No email is sent: that is the next step."
                }
                @if is_past {
                    div.note.warn {
                        p { strong { "That day has passed." } " The charges would be overdue at once, and reminders would say so." }
                    }
                }
                form method="post" action="/admin/charges/new" {
                    input type="hidden" name="title" value=(charging.title);
                    input type="hidden" name="amount" value=(charging.money.major());
                    input type="hidden" name="currency" value=(charging.money.currency.as_str());
                    input type="hidden" name="due_on" value=(typed.due_on);
                    input type="hidden" name="players" value=(typed.players);
                    input type="hidden" name="q" value=(typed.q);
                    input type="hidden" name="seen" value=(seen);
                    div.actions {
                        button type="submit" { "Charge " (count(charged, "player", "players")) }
                        a.button.quiet href="/admin/players" { "Back" }
                    }
                }
            }
            h2 { "Who is charged" }
            ul { @for player in &preview.charged { li { (self::player(player)) } } }
        }
        @if !preview.left_out.is_empty() {
            h2 { "Who is left out" }
            ul { @for (player, why) in &preview.left_out { li { (self::player(player)) ": " (because(*why)) } } }
        }
    }
}

const fn because(why: LeftOut) -> &'static str {
    match why {
        LeftOut::AlreadyCharged => "has a charge of this title",
        LeftOut::Erased => "erased",
    }
}

fn player(player: &Candidate) -> Markup {
    html! {
        a href={ "/admin/players/" (player.id) } { (player.player) } " " span.soft { (player.player_id) }
    }
}
