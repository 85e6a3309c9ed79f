//! The desk's one table. On a wide screen it is a table; on a narrow one each row is a card with its labels, so that nothing is
//! cut off and nothing scrolls sideways. It stays a table to screen readers: the roles say so where the style sheet changes how
//! its parts are displayed (WAI-ARIA 1.2, "table"). Seven columns are too many for a tablet: say two things in one cell instead.

use maud::{Markup, html};

/// A column: what it is called, and how its cells look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    name: &'static str,
    look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Name,
    Text,
    Long,
    When,
    Number,
    Ticks,
    Acts,
}

impl Column {
    const fn new(name: &'static str, look: Look) -> Self {
        Self { name, look }
    }

    /// The subject of a row: its header, and the heading of its card.
    #[must_use]
    pub const fn name(name: &'static str) -> Self {
        Self::new(name, Look::Name)
    }

    /// Words.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, Look::Text)
    }

    /// A text that may be long and has no blanks: an address, an id, a link.
    #[must_use]
    pub const fn long(name: &'static str) -> Self {
        Self::new(name, Look::Long)
    }

    /// A day or a time.
    #[must_use]
    pub const fn when(name: &'static str) -> Self {
        Self::new(name, Look::When)
    }

    /// An amount or a count.
    #[must_use]
    pub const fn number(name: &'static str) -> Self {
        Self::new(name, Look::Number)
    }

    /// A box to tick.
    #[must_use]
    pub const fn ticks(name: &'static str) -> Self {
        Self::new(name, Look::Ticks)
    }

    /// The acts on the row.
    #[must_use]
    pub const fn acts() -> Self {
        Self::new("What can be done", Look::Acts)
    }

    /// Whether its name is heard alone: what its cells are is plain to see.
    const fn is_heard_alone(self) -> bool {
        matches!(self.look, Look::Ticks | Look::Acts)
    }

    const fn class(self) -> Option<&'static str> {
        match self.look {
            Look::Name | Look::Text => None,
            Look::Long => Some("long"),
            Look::When => Some("when"),
            Look::Number => Some("money"),
            Look::Ticks => Some("ticks"),
            Look::Acts => Some("acts"),
        }
    }
}

/// A table. A cell that is empty is left out of its card.
#[must_use]
pub fn table<const N: usize>(
    caption: &str,
    columns: &[Column; N],
    rows: impl IntoIterator<Item = [Markup; N]>,
) -> Markup {
    with_sums(caption, columns, rows, [])
}

/// The same, with rows of sums below.
#[must_use]
pub fn with_sums<const N: usize>(
    caption: &str,
    columns: &[Column; N],
    rows: impl IntoIterator<Item = [Markup; N]>,
    sums: impl IntoIterator<Item = [Markup; N]>,
) -> Markup {
    let mut sums = sums.into_iter().peekable();
    html! {
        div.table {
            table role="table" {
                caption { (caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in columns {
                            th scope="col" role="columnheader" class=[column.class()] {
                                @if column.is_heard_alone() { span.heard { (column.name) } } @else { (column.name) }
                            }
                        }
                    }
                }
                tbody role="rowgroup" { @for cells in rows { (row(columns, &cells)) } }
                @if sums.peek().is_some() {
                    tfoot role="rowgroup" { @for cells in sums { (row(columns, &cells)) } }
                }
            }
        }
    }
}

fn row<const N: usize>(columns: &[Column; N], cells: &[Markup; N]) -> Markup {
    html! {
        tr role="row" {
            @for (column, cell) in columns.iter().zip(cells) {
                @match column.look {
                    Look::Name => th scope="row" role="rowheader" { (cell) },
                    Look::Ticks | Look::Acts => td role="cell" class=[column.class()] { (cell) },
                    Look::Text | Look::Long | Look::When | Look::Number => {
                        td role="cell" class=[column.class()] data-label=(column.name) { (cell) }
                    }
                }
            }
        }
    }
}

/// The box of a row by its id, and what is heard of it. `name` is the field that the boxes of a list have in common.
#[must_use]
pub fn tick(name: &str, id: i64, heard: &str) -> Markup {
    html! { label { input type="checkbox" name=(name) value=(id) aria-label=(heard); } }
}

/// The box that ticks all of that name in its form. The desk's script shows it.
#[must_use]
pub fn tick_all(name: &str) -> Markup {
    html! { label.all data-all=(name) hidden { input type="checkbox"; " Tick all on this page" } }
}

/// The rest of a link's or a button's name, which is heard and not seen: beside its row one sees what "Refund" is about.
#[must_use]
pub fn heard(rest: &str) -> Markup {
    html! { span.heard { " " (rest) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_its_columns_name_and_an_empty_one_nothing() {
        let columns = [
            Column::name("Player"),
            Column::number("Amount"),
            Column::acts(),
        ];
        let cells = [
            html! { "Player 7" },
            html! {},
            html! { a href="/7" { "See" (heard("Player 7")) } },
        ];
        let shown = table("Players", &columns, [cells]).into_string();
        for part in [
            "<caption>Players</caption>",
            "<th scope=\"row\" role=\"rowheader\">Player 7</th>",
            "<td role=\"cell\" class=\"money\" data-label=\"Amount\"></td>",
            "<span class=\"heard\">What can be done</span>",
            "See<span class=\"heard\"> Player 7</span>",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!shown.contains("tfoot"), "{shown}");
    }

    #[test]
    fn sums_stand_below() {
        let columns = [Column::name("Day"), Column::number("Amount")];
        let row = || [html! { "1" }, html! { "5.00" }];
        let shown = with_sums("Days", &columns, [row()], [row()]).into_string();
        assert!(
            shown.contains("</tbody><tfoot role=\"rowgroup\">"),
            "{shown}"
        );
    }
}
