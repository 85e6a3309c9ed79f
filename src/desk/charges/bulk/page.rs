//! The pages of an act on several charges: what it will do, and what it did.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::{
    desk::{
        charges::{acts::page as acts, list_page},
        count::count,
        form::Errors,
    },
    domain::id::ChargeId,
    store::charges::Listed,
};

/// How many names stand in a line.
const NAMES: usize = 50;

/// Charges that an act leaves out, with why.
pub type LeftOut<'a> = [(&'a Listed, &'static str)];

/// Which charges are closed, which are left out and why, and the form.
#[must_use]
pub fn close(chosen: &[&Listed], left_out: &LeftOut<'_>, list: &str) -> Markup {
    html! {
        div.card {
            (look(chosen, left_out))
            @if !chosen.is_empty() {
                p { "Nobody has to pay these any more. Whoever opens a link of one is told so, and whom to ask." }
                p { "If a parent is paying right now, the payment page is ended at Stripe first. If they were faster, their payment stays, and you are told." }
                form method="post" action="/admin/charges/bulk" {
                    input type="hidden" name="act" value="close";
                    (hidden(chosen.iter().map(|charge| charge.id), list))
                    (acts::reason("", &Errors::default()))
                    div.actions { button type="submit" { "Close " (count(chosen.len(), "charge", "charges")) } (back(list)) }
                }
            } @else {
                div.actions { (back(list)) }
            }
        }
    }
}

/// For which charges links are made, and the button that saves them.
#[must_use]
pub fn links(chosen: &[&Listed], left_out: &LeftOut<'_>, list: &str) -> Markup {
    let ids = ids(chosen.iter().map(|charge| charge.id));
    html! {
        div.card {
            (look(chosen, left_out))
            @if !chosen.is_empty() {
                p {
                    "A link of its own is made for each, and saved as CSV with the player, the address and the amount, for a mail merge. "
                    "The links that are there already stay valid."
                }
            }
            div.actions {
                @if !chosen.is_empty() {
                    form method="post" action="/admin/messages/links.csv" {
                        input type="hidden" name="template" value="link";
                        input type="hidden" name="charges" value=(ids);
                        button type="submit" { "Make links and save them as CSV" }
                    }
                }
                (back(list))
            }
        }
    }
}

/// How many are chosen, and how many are left out.
fn look(chosen: &[&Listed], left_out: &LeftOut<'_>) -> Markup {
    let mut reasons: BTreeMap<&str, Vec<&Listed>> = BTreeMap::new();
    for (charge, why) in left_out {
        reasons.entry(why).or_default().push(charge);
    }
    html! {
        h2 { (count(chosen.len(), "charge", "charges")) " chosen" }
        @if !chosen.is_empty() { p { (names(chosen)) } }
        @for (why, those) in &reasons {
            p { strong { (those.len()) " left out because " (why) ". " } (names(those)) }
        }
    }
}

/// The result for each charge.
pub struct Closed<'a> {
    /// Closed now.
    pub done: &'a [&'a Listed],
    /// Closed already.
    pub unchanged: &'a [&'a Listed],
    /// Not closed, and why.
    pub refused: &'a LeftOut<'a>,
    /// Not looked at yet.
    pub left: &'a [&'a Listed],
    /// Why they are to be closed.
    pub reason: &'a str,
    /// Something did not answer.
    pub has_failed: bool,
    /// The list that they were ticked in.
    pub list: &'a str,
}

/// The result, and the button that goes on with the rest.
#[must_use]
pub fn closed(closed: &Closed<'_>) -> Markup {
    let &Closed {
        done,
        unchanged,
        refused,
        left,
        reason,
        has_failed,
        list,
    } = closed;
    html! {
        div.note.good role="status" id="done" tabindex="-1" {
            p { strong { (count(done.len(), "charge", "charges")) @if done.len() == 1 { " was" } @else { " were" } " closed." } " " @if !done.is_empty() { (names(done)) } }
            @if !unchanged.is_empty() { p { (unchanged.len()) " closed already: nothing was changed." } }
        }
        @if !refused.is_empty() {
            div.note.warn role="alert" {
                p { strong { (count(refused.len(), "charge", "charges")) " left as they are:" } }
                ul { @for (charge, why) in refused { li { (name(charge)) ": " (why) } } }
            }
        }
        @if !left.is_empty() {
            div.card {
                @if has_failed {
                    p { strong { "Something did not answer in time." } " What is left can be closed in a moment: what is closed already stays so." }
                } @else {
                    p { "They are closed some at a time, so that no act takes longer than it may." }
                }
                form method="post" action="/admin/charges/bulk" {
                    input type="hidden" name="act" value="close";
                    input type="hidden" name="reason" value=(reason);
                    (hidden(left.iter().map(|charge| charge.id), list))
                    div.actions { button type="submit" { "Go on with the other " (left.len()) } }
                }
            }
        }
        div.actions { (back(list)) }
    }
}

fn hidden(charges: impl Iterator<Item = ChargeId>, list: &str) -> Markup {
    html! {
        input type="hidden" name="charges" value=(ids(charges));
        input type="hidden" name="list" value=(list);
    }
}

fn ids(charges: impl Iterator<Item = ChargeId>) -> String {
    let ids: Vec<_> = charges.map(|id| id.to_string()).collect();
    ids.join(" ")
}

fn back(list: &str) -> Markup {
    let mark = if list.is_empty() { "" } else { "?" };
    html! { a.button.quiet href={ "/admin/charges" (mark) (list) } { "Back to the list" } }
}

fn name(charge: &Listed) -> Markup {
    html! {
        a href={ "/admin/charges/" (charge.id) } aria-label=(list_page::name_of(charge)) { (charge.player) }
        ", " (list_page::title(charge)) ", " (charge.money())
    }
}

fn names(charges: &[&Listed]) -> Markup {
    html! {
        @for (place, charge) in charges.iter().take(NAMES).enumerate() {
            @if place > 0 { "; " }
            (name(charge))
        }
        @if charges.len() > NAMES { " and " (charges.len() - NAMES) " more" }
        "."
    }
}
