//! Tables as CSV (RFC 4180, "Common Format and MIME Type for CSV Files").

/// A header and rows.
pub fn table<const N: usize, T: AsRef<str>>(
    header: [&str; N],
    rows: impl Iterator<Item = [T; N]>,
) -> String {
    let mut text = header.join(",");
    text.push_str("\r\n");
    for row in rows {
        push(&mut text, &row);
    }
    text
}

/// A table as a file's text. Without the byte order mark Excel takes UTF-8 for the system's code page (Microsoft support, "Opening
/// CSV UTF-8 files correctly in Excel"). Our own import passes over it.
#[must_use]
pub fn file(table: &str) -> String {
    format!("\u{feff}{table}")
}

/// With which marks a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marks {
    /// Cells are parted by `,`, and an amount is `12.50`: for programs, and for spreadsheets that write amounts so.
    #[default]
    Point,
    /// Cells are parted by `;`, and an amount is `12,50`: for a spreadsheet that writes amounts so. It would take all of a row for one
    /// cell otherwise, and `12.05` for the twelfth of May (Microsoft support, "Import or export text (.txt or .csv) files").
    Comma,
}

impl Marks {
    const fn between_cells(self) -> char {
        match self {
            Self::Point => ',',
            Self::Comma => ';',
        }
    }
}

/// Adds a row to a table.
pub fn push<T: AsRef<str>>(text: &mut String, row: &[T]) {
    push_with(Marks::Point, &[], text, row);
}

/// The same with these marks. `amounts` are the places of amounts.
pub fn push_with<T: AsRef<str>>(marks: Marks, amounts: &[usize], text: &mut String, row: &[T]) {
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            text.push(marks.between_cells());
        }
        let value = value.as_ref();
        // In front of a row it stays a text: what is split at `;` would begin with it.
        if place == 0 || !is_amount(value) {
            text.push_str(&cell(value));
        } else if marks == Marks::Comma && amounts.contains(&place) {
            text.push_str(&value.replace('.', ","));
        } else {
            text.push_str(value);
        }
    }
    text.push_str("\r\n");
}

/// One cell, so that no spreadsheet runs a part of it as a formula.
///
/// Where numbers have a decimal comma, a spreadsheet splits the file at `;` instead of `,`. Quotes are no help there: to
/// that spreadsheet, `7,"Player;=1"` begins with a `7`, so its quotes hold nothing together, and `=1"` is a cell. So is what
/// stands behind a line break or a tab. Hence an apostrophe, which makes a cell a text, stands wherever either reading can
/// begin a cell that would be run: in front, and behind each of these inside.
fn cell(text: &str) -> String {
    let mut tame = String::with_capacity(text.len() + 2);
    let mut can_begin = true;
    for (at, c) in text.char_indices() {
        if can_begin && is_run(&text[at..]) {
            tame.push('\'');
        }
        can_begin = matches!(c, ';' | '\t' | '\r' | '\n');
        tame.push(c);
    }
    if tame.contains(['"', ',', ';', '\t', '\r', '\n']) {
        format!("\"{}\"", tame.replace('"', "\"\""))
    } else {
        tame
    }
}

/// Whether a cell is an amount, as the exports write them. One of less than nothing is a number to a spreadsheet too, and a
/// text in its place would be left out of a sum.
fn is_amount(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.bytes().filter(|b| *b == b'.').count() <= 1
}

/// Whether a cell that begins so would be run. Spreadsheets pass over spaces and quotes, and know the wide forms of East
/// Asian keyboards too (OWASP, "CSV Injection").
fn is_run(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '"', '\u{a0}', '\u{3000}']);
    text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

#[cfg(test)]
mod tests {
    use csv_core::{ReadFieldResult, ReaderBuilder};

    use super::*;

    #[test]
    fn a_cell_is_nothing_that_a_spreadsheet_would_run() {
        for (text, expected) in [
            ("", ""),
            ("Player 7", "Player 7"),
            ("a=1", "a=1"),
            ("'=1", "'=1"),
            ("=1", "'=1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@A1", "'@A1"),
            (" =1", "' =1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\t=1", "\"'\t'=1\""),
            ("\r=1", "\"'\r'=1\""),
            ("=A1,\"b\"", "\"'=A1,\"\"b\"\"\""),
            ("a;b", "\"a;b\""),
            ("a;=1", "\"a;'=1\""),
            ("a; \"@1", "\"a;' \"\"@1\""),
            ("a\n-1", "\"a\n'-1\""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_amount_below_nothing_is_a_number() {
        for (text, expected) in [
            ("-179.05", "-179.05"),
            ("-5", "-5"),
            ("0.10", "0.10"),
            ("-1+1", "'-1+1"),
            ("-1.2.3", "'-1.2.3"),
            ("-.5", "'-.5"),
            ("--1", "'--1"),
            ("-", "'-"),
        ] {
            let mut row = String::new();
            push(&mut row, &["7", text]);
            assert_eq!(row, format!("7,{expected}\r\n"));
        }
        let mut row = String::new();
        push(&mut row, &["-5", "7"]);
        assert_eq!(row, "'-5,7\r\n");
    }

    /// The cells of a table, as a spreadsheet splits it.
    fn cells(table: &str, delimiter: u8) -> Vec<String> {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
        let (mut rest, mut cells) = (table.as_bytes(), Vec::new());
        loop {
            let mut cell = vec![0; table.len() + 1];
            let (result, read, written) = reader.read_field(rest, &mut cell);
            rest = &rest[read..];
            match result {
                ReadFieldResult::Field { .. } => {
                    cells.push(String::from_utf8_lossy(&cell[..written]).into_owned());
                }
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull | ReadFieldResult::End => return cells,
            }
        }
    }

    #[test]
    fn no_cell_is_run_whatever_the_table_is_split_at() {
        let parts = [
            "", "x", ";", "=1", "\"", ",", "\n", "\t", " ", "@", "-2", "\r\n",
        ];
        let count = parts.len();
        for number in 0..count.pow(4) {
            let text: String = (0..4_u32)
                .map(|place| parts[number / count.pow(place) % count])
                .collect();
            let mut table = String::new();
            push(&mut table, &["7", &text, "5.00"]);
            push(&mut table, &[&text, "7", &text]);
            for delimiter in *b",;\t" {
                for cell in cells(&table, delimiter) {
                    assert!(
                        is_amount(&cell) || !is_run(&cell),
                        "{text:?} {:?} {cell:?}",
                        char::from(delimiter)
                    );
                }
            }
        }
    }
}
