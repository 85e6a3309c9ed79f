//! The question what the columns of a file are.

use maud::{Markup, html};

use super::form::{Choices, Kept, kept_choices, progress};
use crate::billing::import::{column::Column, rejected::Reason, sheet::Place};

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
