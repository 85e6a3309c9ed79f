//! The import: the form with the file, the question what its columns are, what the dry run found line by line, and the links
//! that an import made.

use maud::{Markup, html};

use crate::{
    billing::import::{column::Column, rejected::Reason, sheet::Place},
    desk::{
        count::count,
        layout,
        saved::{self, Table},
        table,
    },
    domain::{language::Language, money::Money},
    http::csv,
};

/// How many wrong lines a page shows. All of them are in its file.
const SHOWN: usize = 10;
/// How many wrong values that file has at most: it goes to the browser and back.
const MOST_SAVED: usize = 10_000;

/// The choices of the form, besides the file.
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
    /// The charge's title: `Monthly fee, May 2026`; empty if the line is about the player alone.
    pub title: String,
    /// The line's amount, if it has one.
    pub money: Option<Money>,
    /// The outcome for the line, in words.
    pub what: String,
    /// The link, or empty.
    pub link: &'a str,
}

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

/// The data that a page sends on to the next one.
pub struct Kept<'a> {
    /// The file's text.
    pub csv: &'a str,
    /// The meaning of each of its columns; none if its header says it.
    pub columns: &'a [Option<Column>],
    /// The currency of lines that name none.
    pub currency: &'a str,
    /// The other choices of the form.
    pub choices: Choices,
}

/// How many bytes of a file a page shows to be corrected there.
const LONGEST_SHOWN: usize = 200_000;

/// The data of a file that was refused, for the next try.
pub struct Again<'a> {
    /// Its header, for which the columns were chosen.
    pub header: &'a str,
    /// The meaning of each of its columns; none if its header says it.
    pub columns: &'a [Option<Column>],
    /// The currency of lines that name none.
    pub currency: &'a str,
    /// Its text; empty if it is none.
    pub csv: &'a str,
    /// The other choices of the form.
    pub choices: Choices,
}

impl Again<'_> {
    /// Of a file of which nothing can be kept.
    #[must_use]
    pub const fn nothing(choices: Choices) -> Self {
        Self {
            header: "",
            columns: &[],
            currency: "",
            csv: "",
            choices,
        }
    }
}

/// The question what the columns of a file are.
pub struct Mapping<'a> {
    /// The columns.
    pub places: &'a [Place],
    /// Nothing is to be changed yet.
    pub is_dry_run: bool,
    /// How the file was read, as a sentence.
    pub read_as: Option<String>,
    /// The fault of the answer that was given.
    pub problem: Option<&'a str>,
    /// The choices so far, and the file.
    pub kept: Kept<'a>,
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
            (file(&Again::nothing(choices)))
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
fn file(again: &Again<'_>) -> Markup {
    let choices = again.choices;
    html! {
        form method="post" action="/admin/import" enctype="multipart/form-data" data-progress {
            (said_of_columns(again))
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

/// What was said of the columns, if anything was.
fn said_of_columns(again: &Again<'_>) -> Markup {
    html! {
        @if !again.columns.is_empty() {
            input type="hidden" name="header" value=(again.header);
            (columns_sent(again.columns, again.currency))
        }
    }
}

fn columns_sent(columns: &[Option<Column>], currency: &str) -> Markup {
    html! {
        @for column in columns { input type="hidden" name="column" value=(column.map_or("", Column::as_str)); }
        input type="hidden" name="currency" value=(currency);
    }
}

/// The lines of a file that was refused, to be corrected in the page.
fn lines_again(again: &Again<'_>) -> Markup {
    html! {
        form method="post" action="/admin/import" enctype="multipart/form-data" data-progress {
            (said_of_columns(again))
            input type="hidden" name="dry_run" value="1";
            (kept_choices(again.choices))
            div.field {
                label for="lines" { "The lines, to correct here" }
                textarea id="lines" name="csv" rows="12" spellcheck="false" { "\n" (again.csv) }
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

/// How a spreadsheet's own file becomes a CSV file, in the words of the programs' menus.
fn how_to_save() -> Markup {
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

/// The meaning of a column, in a few words.
const fn meaning(column: Column) -> &'static str {
    match column {
        Column::PlayerId => "club's own id",
        Column::Player => "player's name",
        Column::FirstName => "first name",
        Column::LastName => "last name",
        Column::Amount => "amount, owed once",
        Column::MonthlyFee => "monthly fee",
        Column::Email => "payer's email",
        Column::Language => "language",
        Column::Currency => "currency",
        Column::Kind => "what for (kind)",
        Column::Period => "month (2026-05)",
        Column::Token => "token of a link",
        Column::OrderId => "order's id",
        Column::OrderStatus => "order's status",
        Column::OrderCreatedAt => "order made at",
        Column::StripeSessionId => "session at Stripe",
        Column::CheckoutUrl => "payment page",
    }
}

/// In the order in which they are offered.
const OFFERED: [Column; 12] = [
    Column::PlayerId,
    Column::Player,
    Column::FirstName,
    Column::LastName,
    Column::Amount,
    Column::MonthlyFee,
    Column::Email,
    Column::Language,
    Column::Currency,
    Column::Kind,
    Column::Period,
    Column::Token,
];
/// The same, where an old system's orders are taken over.
const OFFERED_OF_ORDERS: [Column; 5] = [
    Column::OrderId,
    Column::OrderStatus,
    Column::OrderCreatedAt,
    Column::StripeSessionId,
    Column::CheckoutUrl,
];

/// Why a choice of columns cannot be read, as a sentence.
#[must_use]
pub fn unchosen(reason: &Reason) -> String {
    let named = |name: &str| Column::parse(name).map_or("", meaning);
    if let Reason::MissingColumn("player_id") = reason {
        "Choose which column is the “club's own id”. Each player needs one, so that a name that is written in another way makes no \
         second player."
            .to_owned()
    } else if let Reason::MissingColumn(name) = reason {
        format!(
            "Choose which column is the “{}”, or which are its parts.",
            named(name)
        )
    } else if let Reason::RepeatedColumn(name) = reason {
        format!(
            "More than one column is the “{}”. Choose one, and leave the others out.",
            named(name)
        )
    } else {
        format!("The columns cannot be read: {reason}.")
    }
}

/// The question what each column of a file is, with some of its values and a guess.
#[must_use]
pub fn columns(mapping: &Mapping<'_>) -> Markup {
    let Mapping {
        places,
        is_dry_run,
        read_as,
        problem,
        kept,
    } = mapping;
    html! {
        @if let Some(problem) = problem {
            div.note.bad role="alert" { p { strong { "Nothing was changed." } " " (problem) } }
        } @else {
            div.card {
                p {
                    strong { "The columns are not all named as ours are." } " Look through what each of them is. "
                    "Nothing was changed so far."
                }
                @if let Some(read_as) = read_as { p.soft { (read_as) } }
            }
        }
        form method="post" action="/admin/import" enctype="multipart/form-data" data-progress {
            input type="hidden" name="csv" value=(kept.csv);
            @if *is_dry_run { input type="hidden" name="dry_run" value="1"; }
            (kept_choices(kept.choices))
            div.grid {
                @for (number, (place, chosen)) in places.iter().zip(kept.columns).enumerate() {
                    (column(number + 1, place, *chosen, kept.choices))
                }
            }
            div.card.narrow {
                label for="currency" { "Currency" }
                p.hint id="currency-hint" { "Of every line that names none: USD, EUR, …" }
                input.short id="currency" name="currency" type="text" required maxlength="3" autocapitalize="characters"
                    aria-describedby="currency-hint" value=(kept.currency);
            }
            (progress())
            div.actions {
                button type="submit" { "Go on with these columns" }
                a.button.quiet href="/admin/import" { "Another file" }
            }
        }
    }
}

fn column(number: usize, place: &Place, chosen: Option<Column>, choices: Choices) -> Markup {
    let orders: &[Column] = if choices.carry_orders {
        &OFFERED_OF_ORDERS
    } else {
        &[]
    };
    html! {
        div.card {
            label for={ "column-" (number) } {
                @if place.name.is_empty() { "Column " (number) ", without a name" } @else { (place.name) }
            }
            p.hint id={ "samples-" (number) } {
                @if place.samples.is_empty() { "nothing stands in it" } @else { (place.samples.join(" · ")) }
            }
            select id={ "column-" (number) } name="column" aria-describedby={ "samples-" (number) " owed-" (number) } {
                option value="" { "leave out" }
                @for of in OFFERED.iter().chain(orders) {
                    option value=(of.as_str()) selected[chosen == Some(*of)] { (meaning(*of)) }
                }
            }
            p.hint id={ "owed-" (number) } {
                @if matches!(chosen, Some(Column::Amount | Column::MonthlyFee)) {
                    "An amount is owed once, now; a monthly fee each month that is opened."
                }
            }
        }
    }
}

fn kept_choices(choices: Choices) -> Markup {
    html! {
        @if choices.carry_orders { input type="hidden" name="carry_orders" value="1"; }
        @if choices.allow_short_tokens { input type="hidden" name="allow_short_tokens" value="1"; }
    }
}

/// Why a file is no table, how it becomes one, and the form for the next try.
#[must_use]
pub fn no_table(reason: &str, choices: Choices) -> Markup {
    html! {
        div.note.bad role="alert" { p { strong { "This cannot be read: " (reason) "." } " Nothing was changed." } }
        h2 { "How to save it as CSV" }
        div.card { (how_to_save()) }
        div.card.narrow { (file(&Again::nothing(choices))) }
    }
}

/// The faults of a file, line by line, and the form for the next try.
#[must_use]
pub fn rejected(lines: &[BadLine], again: &Again<'_>) -> Markup {
    let is_shown = !again.csv.is_empty() && again.csv.len() <= LONGEST_SHOWN;
    let wrong: usize = lines.iter().map(|line| line.wrong.len()).sum();
    html! {
        div.note.bad role="alert" {
            p {
                strong { (count(wrong, "thing is", "things are")) " wrong with the file." }
                " Nothing was changed. "
                @if is_shown { "Correct the lines here and send them, or send a corrected file." }
                @else { "Correct the lines and send the whole file again." }
                @if !again.columns.is_empty() { " What the columns are need not be said again." }
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
        @if is_shown { div.card { (lines_again(again)) } }
        div.card.narrow { (file(again)) }
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
                @if !kept.columns.is_empty() {
                    (columns_sent(kept.columns, kept.currency))
                }
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
