//! The import: the form with the file, what the dry run found line by line, and the links that an import made.

use maud::{Markup, html};

use crate::{
    desk::table::{self, Column},
    domain::{language::Language, money::Money},
    encode::base64,
};

/// What the form asks besides the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choices {
    /// Tokens that a link has already are taken, though they are short.
    pub allow_short_tokens: bool,
    /// The orders of an old system are taken over.
    pub carry_orders: bool,
}

/// A line that was read.
pub struct Row<'a> {
    /// Its number in the file.
    pub line: u64,
    /// The player's name.
    pub player: &'a str,
    /// The club's own id of the player.
    pub player_id: &'a str,
    /// What is owed: `Monthly fee, May 2026`; empty if the line is about the player alone.
    pub title: String,
    /// The line's amount, if it has one.
    pub money: Option<Money>,
    /// What becomes of it, in words.
    pub what: String,
    /// The link, or empty.
    pub link: &'a str,
}

/// A line that is wrong.
pub struct BadRow {
    /// Its number in the file.
    pub line: u64,
    /// In which column; empty if it is the line, or the file.
    pub column: &'static str,
    /// Why.
    pub reason: String,
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

/// The page with the form.
#[must_use]
pub fn form(choices: Choices) -> Markup {
    html! {
        div.card.narrow {
            p { "A CSV file of who owes what. First you see what it would change, and nothing is changed." }
            (file(choices))
        }
        h2 { "What the file holds" }
        div.card {
            p {
                "A header row with the columns' names, then at most 10,000 lines and 5 MB. " code { "player_id" } " and "
                code { "player" } " are required; " code { "amount" } ", " code { "email" } ", " code { "language" }
                " (" (Language::TAGS) "), " code { "monthly_fee" } ", " code { "kind" }
                " (first_payment, monthly or custom), " code { "period" } " (2026-05), " code { "currency" } " and "
                code { "token" } " may be there. An empty cell leaves what is known."
            }
            p {
                "The same player, kind and period again changes the amount and makes no second charge and no second link. "
                "What is paid stays as it is."
            }
            p {
                "Without an amount a line is about the player alone: name, address, language, fee. "
                "No charge is made or changed. That is how to mend many fees at once."
            }
        }
    }
}

fn file(choices: Choices) -> Markup {
    html! {
        form method="post" action="/admin/import" enctype="multipart/form-data" data-progress {
            div.field {
                label for="file" { "The file" }
                input id="file" name="file" type="file" accept=".csv,text/csv";
            }
            div.field {
                label for="csv" { "Or its lines" }
                p.hint id="hint" { "With the header row, separated by commas or semicolons." }
                textarea id="csv" name="csv" rows="6" aria-describedby="hint" {}
            }
            fieldset {
                legend { "How" }
                (choice("dry_run", "Only show what it would change", true))
                (choice("carry_orders", "Take over the orders of an old system", choices.carry_orders))
                (choice("allow_short_tokens", "Take tokens of 8 to 15 characters, which can be guessed", choices.allow_short_tokens))
            }
            (progress())
            div.actions { button type="submit" { "Send the file" } }
        }
    }
}

/// How far the file is on its way. The desk's script shows it.
fn progress() -> Markup {
    html! {
        div.progress hidden {
            p id="sent" role="status" { "How far it is" }
            progress max="1" value="0" aria-labelledby="sent" {}
        }
    }
}

fn choice(name: &str, text: &str, is_checked: bool) -> Markup {
    html! {
        label { input type="checkbox" name=(name) value="1" checked[is_checked]; " " (text) }
    }
}

const WRONG: [Column; 3] = [
    Column::name("Line"),
    Column::text("Column"),
    Column::text("Why"),
];

fn wrong(bad: &BadRow) -> [Markup; 3] {
    [
        html! { (bad.line) },
        html! { (bad.column) },
        html! { (bad.reason) },
    ]
}

/// What is wrong with a file, line by line, and the form for the next try.
#[must_use]
pub fn rejected(lines: &[BadRow], choices: Choices) -> Markup {
    html! {
        div.note.bad role="alert" {
            p {
                strong { (count(lines.len(), "thing is", "things are")) " wrong with the file." }
                " Nothing was changed. Correct the lines and send the whole file again."
            }
        }
        (table::table("What is wrong", &WRONG, lines.iter().map(wrong)))
        div.card.narrow { (file(choices)) }
    }
}

/// What a file would change, line by line, and the button that does it with exactly these lines.
#[must_use]
pub fn dry_run(rows: &[Row<'_>], summary: Summary, choices: Choices, csv: &str) -> Markup {
    html! {
        div.card {
            p { strong { "Nothing was changed so far." } " " (sentence(summary)) }
            @if let Some((rows, a_day)) = summary.past_a_day {
                p {
                    strong { "It writes about " (rows) " rows." } " D1's free plan has " (a_day) " a day, and then nobody can pay until "
                    "midnight UTC. On that plan, send the file in parts, one a day."
                }
            }
            form method="post" action="/admin/import" enctype="multipart/form-data" data-progress {
                input type="hidden" name="csv" value=(csv);
                @if choices.carry_orders { input type="hidden" name="carry_orders" value="1"; }
                @if choices.allow_short_tokens { input type="hidden" name="allow_short_tokens" value="1"; }
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

/// What was imported, with the links: this page alone shows them.
#[must_use]
pub fn done(rows: &[Row<'_>], summary: Summary, csv: &str) -> Markup {
    let download = format!(
        "data:text/csv;charset=utf-8;base64,{}",
        base64(csv.as_bytes())
    );
    html! {
        div.note.good role="status" {
            p { strong { "The file was imported." } " " (sentence(summary)) }
            @if summary.links > 0 {
                p { "The links are shown here, and nowhere else again. Save them now, for your mail merge." }
            }
        }
        div.actions {
            a.button href=(download) download="links.csv" { "Save as CSV" }
            a.button.quiet href="/admin/charges" { "To the charges" }
        }
        div.field {
            label for="links" { "The same to copy" }
            textarea id="links" rows="4" readonly { "\n" (csv) }
        }
        (table::table("What each line did", &LINKED, rows.iter().map(linked)))
    }
}

const LINES: [Column; 5] = [
    Column::text("Line"),
    Column::name("Player"),
    Column::text("For"),
    Column::number("Amount"),
    Column::text("What"),
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

const LINKED: [Column; 6] = [
    LINES[0],
    LINES[1],
    LINES[2],
    LINES[3],
    LINES[4],
    Column::long("Link"),
];

fn linked(row: &Row<'_>) -> [Markup; 6] {
    let [number, player, title, money, what] = line(row);
    let link = html! { @if !row.link.is_empty() { code { (row.link) } } };
    [number, player, title, money, what, link]
}

/// What the button does: `Import 60 charges`. A file may have nothing but players' data.
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

/// `3 lines: 2 new charges, 1 with another amount, 2 new links. 1 line is about the player alone: no amount, no charge.`
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
    let mut sentences = vec![format!(
        "{}: {}, {} with another amount, {}.",
        count(lines, "line", "lines"),
        count(new, "new charge", "new charges"),
        amounts,
        count(links, "new link", "new links"),
    )];
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

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
