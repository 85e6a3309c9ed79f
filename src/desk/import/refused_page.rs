//! A file that was refused: what is wrong with it line by line, its lines to be corrected, and the form for the next try.

use maud::{Markup, html};

use super::form::{Choices, Kept, file, how_to_save, kept_choices, progress, said_of_columns};
use crate::{
    desk::{
        count::count,
        saved::{self, Table},
        table,
    },
    http::csv,
};

/// How many wrong lines a page shows. All of them are in its file.
const SHOWN: usize = 10;

/// How many wrong values that file has at most: it goes to the browser and back.
const MOST_SAVED: usize = 10_000;

/// How many bytes of a file a page shows to be corrected there.
const LONGEST_SHOWN: usize = 200_000;

/// A line that is wrong.
pub struct BadLine {
    /// Its number in the file.
    pub line: u64,
    /// Whom it is about; empty if it does not say.
    pub player: String,
    /// All that is wrong with it.
    pub wrong: Vec<BadValue>,
}

/// A value that is wrong.
pub struct BadValue {
    /// In which column; empty if it is the line, or the file.
    pub column: String,
    /// The value as it stands there.
    pub value: String,
    /// Why.
    pub reason: String,
}

/// The lines of a file that was refused, to be corrected in the page.
fn lines_again(kept: &Kept<'_>) -> Markup {
    html! {
        form method="post" action="/admin/import" enctype="multipart/form-data" data-progress {
            (said_of_columns(kept))
            input type="hidden" name="dry_run" value="1";
            (kept_choices(kept.choices))
            div.field {
                label for="lines" { "The lines, to correct here" }
                textarea id="lines" name="csv" rows="12" spellcheck="false" { "\n" (kept.csv) }
            }
            (progress())
            div.actions { button type="submit" { "Send these lines" } }
        }
    }
}

const WRONG: [table::Column; 3] = [
    table::Column::name("Player"),
    table::Column::text("Line"),
    table::Column::text("What is wrong"),
];

/// Why a file is no table, how it becomes one, and the form for the next try.
#[must_use]
pub fn no_table(reason: &str, choices: Choices) -> Markup {
    html! {
        div.note.bad role="alert" { p { strong { "This cannot be read: " (reason) "." } " Nothing was changed." } }
        h2 { "How to save it as CSV" }
        div.card { (how_to_save()) }
        div.card.narrow { (file(&Kept::nothing(choices))) }
    }
}

/// The faults of a file, line by line, and the form for the next try.
#[must_use]
pub fn rejected(lines: &[BadLine], kept: &Kept<'_>) -> Markup {
    let is_shown = !kept.csv.is_empty() && kept.csv.len() <= LONGEST_SHOWN;
    let wrong: usize = lines.iter().map(|line| line.wrong.len()).sum();
    html! {
        div.note.bad role="alert" {
            p {
                strong { (count(wrong, "thing is", "things are")) " wrong with the file." }
                " Nothing was changed. "
                @if is_shown { "Correct the lines here and send them, or send a corrected file." }
                @else { "Correct the lines and send the whole file kept." }
                @if !kept.columns.is_empty() { " What the columns are need not be said kept." }
            }
        }
        @let caption = if lines.len() > SHOWN {
            format!("What is wrong with the first {SHOWN} of {} lines", lines.len())
        } else {
            "What is wrong".to_owned()
        };
        (table::table(&caption, &WRONG, lines.iter().take(SHOWN).map(|bad| [
            html! { @if bad.player.is_empty() { "Line " (bad.line) } @else { (bad.player) } },
            html! { (bad.line) },
            html! { @for wrong in &bad.wrong { div { (what(wrong)) } } },
        ])))
        @if lines.len() > SHOWN { (saved::form(Table::Errors, &errors(lines), "Save all that is wrong as CSV")) }
        @if is_shown { div.card { (lines_again(kept)) } }
        div.card.narrow { (file(kept)) }
    }
}

/// `amount “x”: must be like 135.00`
fn what(wrong: &BadValue) -> Markup {
    html! {
        @if !wrong.column.is_empty() {
            strong { (wrong.column) } @if !wrong.value.is_empty() { " “" (wrong.value) "”" } ": "
        }
        (wrong.reason)
    }
}

/// All that is wrong, as a table.
fn errors(lines: &[BadLine]) -> String {
    let rows = lines.iter().flat_map(|bad| {
        bad.wrong.iter().map(|wrong| {
            let BadValue {
                column,
                value,
                reason,
            } = wrong;
            [
                bad.line.to_string(),
                column.clone(),
                value.clone(),
                reason.clone(),
            ]
        })
    });
    csv::table(["line", "column", "value", "reason"], rows.take(MOST_SAVED))
}
