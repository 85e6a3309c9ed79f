//! What an import would do, line by line, and what it did, with the links that it made.

use maud::{Markup, html};

use super::form::{Kept, kept_choices, progress, said_of_columns};
use crate::{
    desk::{count::count, saved, table},
    domain::money::Money,
};

/// A line that was read.
pub struct Row<'a> {
    /// Its number in the file.
    pub line: u64,
    /// The player's name.
    pub player: &'a str,
    /// The club's own id of the player.
    pub player_id: &'a str,
    /// The charge's title: `Monthly fee, May 2026`; empty if the line is about the player alone.
    pub title: String,
    /// The line's amount, if it has one.
    pub money: Option<Money>,
    /// The outcome for the line, in words.
    pub what: String,
    /// The link, or empty.
    pub link: &'a str,
}

/// The lines, counted.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// All of them.
    pub lines: usize,
    /// With a new charge.
    pub new: usize,
    /// With another amount than before.
    pub amounts: usize,
    /// With another amount than was paid: that one stays.
    pub kept: usize,
    /// About the player alone.
    pub players: usize,
    /// For which a link is made.
    pub links: usize,
    /// About how many rows D1 writes for all, and how many its free plan has in a day, if they are more than that.
    pub past_a_day: Option<(u32, u32)>,
}

/// The changes that a file would make, line by line, and the button that makes them with exactly these lines.
#[must_use]
pub fn dry_run(rows: &[Row<'_>], summary: Summary, kept: &Kept<'_>, said: Option<&str>) -> Markup {
    html! {
        div.card {
            p { strong { "Nothing was changed so far." } " " (sentence(summary)) }
            @if let Some(said) = said { p.soft { (said) } }
            @if let Some((rows, a_day)) = summary.past_a_day {
                p {
                    strong { "It writes about " (rows) " rows." } " D1's free plan has " (a_day) " a day, and then nobody can pay until "
                    "midnight UTC. On that plan, send the file in parts, one a day."
                }
            }
            form method="post" action="/admin/import" enctype="multipart/form-data" data-progress {
                input type="hidden" name="csv" value=(kept.csv);
                (said_of_columns(kept))
                (kept_choices(kept.choices))
                (progress())
                div.actions {
                    button type="submit" { (button(summary)) }
                    a.button.quiet href="/admin/import" { "Another file" }
                }
            }
        }
        (table::table("What each line would do", &LINES, rows.iter().map(line)))
    }
}

/// The lines that were imported, with the links: this page alone shows them.
#[must_use]
pub fn done(rows: &[Row<'_>], summary: Summary, links: &str) -> Markup {
    html! {
        div.note.good role="status" {
            p { strong { "The file was imported." } " " (sentence(summary)) }
            @if !links.is_empty() {
                p { "The links are shown here, and nowhere else again. Save them now, for your mail merge." }
            }
        }
        @if !links.is_empty() { (saved::links(links)) }
        p { a.button.quiet href="/admin/charges" { "To the charges" } }
        (table::table("What each line did", &LINKED, rows.iter().map(linked)))
    }
}

const LINES: [table::Column; 5] = [
    table::Column::text("Line"),
    table::Column::name("Player"),
    table::Column::text("For"),
    table::Column::number("Amount"),
    table::Column::text("What"),
];

fn line(row: &Row<'_>) -> [Markup; 5] {
    [
        html! { (row.line) },
        html! { (row.player) " " span.soft { (row.player_id) } },
        html! { (row.title) },
        html! { @if let Some(money) = row.money { (money) } },
        html! { (row.what) },
    ]
}

const LINKED: [table::Column; 6] = [
    LINES[0],
    LINES[1],
    LINES[2],
    LINES[3],
    LINES[4],
    table::Column::long("Link"),
];

fn linked(row: &Row<'_>) -> [Markup; 6] {
    let [number, player, title, money, what] = line(row);
    let link = html! { @if !row.link.is_empty() { code { (row.link) } } };
    [number, player, title, money, what, link]
}

/// The label of the button: `Import 60 charges`. A file may have nothing but players' data.
fn button(summary: Summary) -> String {
    let Summary {
        lines,
        new,
        amounts,
        players,
        kept: _,
        links: _,
        past_a_day: _,
    } = summary;
    match new + amounts {
        0 if players == lines => format!("Import {}", count(players, "player", "players")),
        0 => format!("Import {}", count(lines, "line", "lines")),
        charges => format!("Import {}", count(charges, "charge", "charges")),
    }
}

/// `3 lines: 2 new charges, 1 with another amount, 2 new links. 1 line is about the player alone: no amount, no charge.` What there
/// is none of is left out.
fn sentence(summary: Summary) -> String {
    let Summary {
        lines,
        new,
        amounts,
        kept,
        players,
        links,
        past_a_day: _,
    } = summary;
    let parts = [
        (new, count(new, "new charge", "new charges")),
        (amounts, format!("{amounts} with another amount")),
        (links, count(links, "new link", "new links")),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts.map(|(_, part)| part).collect();
    let colon = if parts.is_empty() { "" } else { ": " };
    let lines = count(lines, "line", "lines");
    let mut sentences = vec![format!("{lines}{colon}{}.", parts.join(", "))];
    if players > 0 {
        let lines = count(players, "line is", "lines are");
        sentences.push(format!(
            "{lines} about the player alone: no amount, no charge."
        ));
    }
    if kept > 0 {
        let charges = count(kept, "charge is", "charges are");
        sentences.push(format!("{charges} paid: the amount stays."));
    }
    sentences.join(" ")
}
