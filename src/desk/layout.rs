//! The frame of all pages of the desk: the bar with the pages' names, and who is logged in.

use maud::{DOCTYPE, Markup, html};

use crate::{
    desk::{confirmation::Confirmation, script, style},
    domain::path,
};

/// The pages that the bar names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// None of them.
    None,
    /// The first page.
    Dashboard,
    /// The list of charges.
    Charges,
    /// The list of players.
    Players,
    /// The months that are open.
    Months,
    /// Emails to those who pay.
    Emails,
    /// A file of what is owed.
    Import,
    /// The incidents: what a person must look at.
    Incidents,
    /// The explanation of what a link would get.
    Explain,
    /// The audit log: who did what.
    Audit,
    /// Whether everything works.
    Health,
}

/// A page of the bar, its address and its name.
type Entry = (Tab, &'static str, &'static str);

impl Tab {
    /// The pages that are wanted every day: at hand on every screen.
    const DAILY: [Entry; 5] = [
        (Self::Dashboard, "/admin", "Overview"),
        (Self::Charges, "/admin/charges", "Charges"),
        (Self::Players, "/admin/players", "Players"),
        (Self::Emails, "/admin/messages", "Emails"),
        (Self::Incidents, "/admin/incidents", "Incidents"),
    ];
    /// The rest, behind "More".
    const MORE: [Entry; 5] = [
        (Self::Months, "/admin/periods", "Months"),
        (Self::Import, "/admin/import", "Import"),
        (Self::Explain, "/admin/explain", "Explain a link"),
        (Self::Audit, "/admin/audit", "Who did what"),
        (Self::Health, "/admin/health", "Health"),
    ];
}

/// The frame of a page.
pub struct Frame<'a> {
    /// The club's name.
    pub club_name: &'a str,
    /// The operator who is logged in.
    pub operator: &'a str,
    /// Whether there is a session to end.
    pub has_log_out: bool,
    /// The result of the act before this page.
    pub done: Option<Confirmation>,
}

/// A page of the desk.
#[must_use]
pub fn page(frame: &Frame<'_>, title: &str, tab: Tab, body: &Markup) -> String {
    let bar = html! {
        a.skip href="#main" { "Skip to the content" }
        header {
            div.bar {
                p.club { (frame.club_name) }
                div.who {
                    span { (frame.operator) }
                    @if frame.has_log_out {
                        form method="post" action="/admin/logout" { button.quiet type="submit" { "Log out" } }
                    }
                }
                nav aria-label="Desk" {
                    ul {
                        @for entry in Tab::DAILY { (link(entry, tab)) }
                        li { (more(tab)) }
                    }
                }
            }
        }
        main id="main" {
            h1 { (title) }
            @if let Some(done) = frame.done {
                div.note.good role="status" tabindex="-1" autofocus { p { strong { (done.text()) } } }
            }
            (body)
        }
    };
    document(frame.club_name, title, &bar)
}

fn link((of, href, name): Entry, tab: Tab) -> Markup {
    html! { li { a href=(href) aria-current=[(of == tab).then_some("page")] { (name) } } }
}

/// The pages that are not wanted every day. One of them that is shown now is named where it is folded away.
fn more(tab: Tab) -> Markup {
    let shown = Tab::MORE.into_iter().find(|(of, ..)| *of == tab);
    html! {
        details.more {
            summary class=[shown.map(|_| "shown")] { "More" @if let Some((.., name)) = shown { ": " (name) } }
            ul { @for entry in Tab::MORE { (link(entry, tab)) } }
        }
    }
}

/// A part of a page that is folded away on a narrow screen, unless `is_open`. On a wide one it is always there.
#[must_use]
pub fn fold(is_open: bool, summary: &str, content: &Markup) -> Markup {
    html! {
        details.fold open[is_open] {
            summary { (summary) }
            (content)
        }
    }
}

/// A button that prints the page. The desk's script shows it; without, the browser's own menu prints as well.
#[must_use]
pub fn print_button() -> Markup {
    html! { button.quiet type="button" data-print hidden { "Print" } }
}

/// How many of how many, as a bar with its words: `12 of 369 paid`.
#[must_use]
pub fn progress(id: &str, words: &str, done: i64, of: i64) -> Markup {
    html! {
        div.progress {
            p id=(id) { (words) }
            progress max=(of) value=(done) aria-labelledby=(id) {}
        }
    }
}

/// A whole document.
#[must_use]
pub fn document(club_name: &str, title: &str, body: &Markup) -> String {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) " · " (club_name) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                link rel="icon" type="image/png" sizes="180x180" href=(path::ICON);
                link rel="stylesheet" href=(style::PATH);
                script defer src=(script::PATH) {}
            }
            body { (body) }
        }
    };
    document.into_string()
}

/// A page for who may be no operator: why nothing is shown, and the way in.
#[must_use]
pub fn outside(club_name: &str, title: &str, detail: &str) -> String {
    let body = html! {
        main id="main" {
            div.card.narrow {
                h1 { (title) }
                p { (detail) }
                p { a href="/admin" { "To the desk" } }
            }
        }
    };
    document(club_name, title, &body)
}

/// A sign that the sums and lists lack `changes` of what happened: so many came at once. Nothing if they lack none.
#[must_use]
pub fn unfolded(changes: u64) -> Markup {
    html! {
        @if changes > 0 {
            div.note role="status" {
                p {
                    strong { "This page is not up to date yet." } " " (changes) " changes are still to be counted in. "
                    "Each time that you reload it, and every five minutes, thousands of them are."
                }
            }
        }
    }
}

/// Why something was not done.
#[must_use]
pub fn problem(title: &str, detail: &str) -> Markup {
    html! {
        div.note.bad role="alert" {
            p { strong { (title) "." } " " (detail) }
        }
        p { a href="/admin/charges" { "To the charges" } }
    }
}
