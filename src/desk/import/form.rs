//! The form with a file, and what its pages send on from one to the next.

use maud::{Markup, html};

use crate::{billing::import::column::Column, desk::layout, domain::language::Language};

/// The choices of the form, besides the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choices {
    /// Tokens that a link has already are taken, though they are short.
    pub allow_short_tokens: bool,
    /// The orders of an old system are taken over.
    pub carry_orders: bool,
}

/// The data that a page sends on to the next one.
pub struct Kept<'a> {
    /// The file's text; empty if it does not go on.
    pub csv: &'a str,
    /// Its header, if another file may follow, for which the columns were not chosen; else empty.
    pub header: &'a str,
    /// The meaning of each of its columns; none if its header says it.
    pub columns: &'a [Option<Column>],
    /// The currency of lines that name none.
    pub currency: &'a str,
    /// The other choices of the form.
    pub choices: Choices,
}

impl Kept<'_> {
    /// Nothing of a file.
    #[must_use]
    pub const fn nothing(choices: Choices) -> Self {
        Self {
            csv: "",
            header: "",
            columns: &[],
            currency: "",
            choices,
        }
    }
}

/// The page with the form.
#[must_use]
pub fn form(choices: Choices) -> Markup {
    html! {
        div.card.narrow {
            p { "A CSV file of who owes what. First you see what it would change, and nothing is changed." }
            (file(&Kept::nothing(choices)))
        }
        details.card {
            summary { "How an Excel file, a Google sheet or a Numbers table becomes a CSV file" }
            (how_to_save())
        }
        h2 { "What the file holds" }
        div.card {
            p {
                "A header row with the columns' names, then at most 10,000 lines and 5 MB. If the columns have other names, such as "
                "“Name” or “Beitrag”, a page asks what they are, and what is not needed is left out."
            }
            p {
                code { "player_id" } " and "
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

/// The form with a file. What was said of the columns of the one before is sent with it.
pub(super) fn file(kept: &Kept<'_>) -> Markup {
    let choices = kept.choices;
    html! {
        form method="post" action="/admin/import" enctype="multipart/form-data" data-progress {
            (said_of_columns(kept))
            div.field {
                label for="file" { "The file" }
                // Those that cannot be read can be chosen too: the answer says what to do with them.
                input id="file" name="file" type="file" accept=".csv,.tsv,.txt,.xlsx,.xls,.ods,text/csv,text/plain";
            }
            div.field {
                label for="csv" { "Or its lines" }
                p.hint id="hint" { "With the header row, separated by commas or semicolons, or as cells that are copied from a spreadsheet." }
                textarea id="csv" name="csv" rows="6" aria-describedby="hint" {}
            }
            fieldset {
                legend { "How" }
                (choice("dry_run", "Only show what it would change", true))
            }
            (layout::fold(choices.carry_orders || choices.allow_short_tokens, "For a file of another payment system", &html! {
                fieldset {
                    (choice("carry_orders", "Take over its orders", choices.carry_orders))
                    (choice("allow_short_tokens", "Take its links' tokens of 8 to 15 characters, which can be guessed", choices.allow_short_tokens))
                }
            }))
            (progress())
            div.actions { button type="submit" { "Send the file" } }
        }
    }
}

/// How far the file is on its way. The desk's script shows it.
pub(super) fn progress() -> Markup {
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

/// What was said of the columns, if anything was.
pub(super) fn said_of_columns(kept: &Kept<'_>) -> Markup {
    html! {
        @if !kept.columns.is_empty() {
            @if !kept.header.is_empty() { input type="hidden" name="header" value=(kept.header); }
            @for column in kept.columns { input type="hidden" name="column" value=(column.map_or("", Column::as_str)); }
            input type="hidden" name="currency" value=(kept.currency);
        }
    }
}

pub(super) fn kept_choices(choices: Choices) -> Markup {
    html! {
        @if choices.carry_orders { input type="hidden" name="carry_orders" value="1"; }
        @if choices.allow_short_tokens { input type="hidden" name="allow_short_tokens" value="1"; }
    }
}

/// How a spreadsheet's own file becomes a CSV file, in the words of the programs' menus.
pub(super) fn how_to_save() -> Markup {
    html! {
        dl {
            dt { "Excel" }
            dd { "File, Save As (or Save a Copy), and as the type “CSV UTF-8 (Comma delimited)”." }
            dt { "LibreOffice Calc" }
            dd { "File, Save As, and as the type “Text CSV”." }
            dt { "Google Sheets" }
            dd { "File, Download, “Comma-separated values (.csv)”." }
            dt { "Numbers" }
            dd { "File, Export To, “CSV…”. On a phone: the three dots, Export, CSV." }
        }
        p { "Each saves the sheet that is open, and no other. Or select the cells, the header row too, copy them, and paste them under “Or its lines”." }
    }
}
