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

/// Adds a row to a table.
pub fn push<T: AsRef<str>>(text: &mut String, row: &[T]) {
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&cell(value.as_ref()));
    }
    text.push_str("\r\n");
}

/// One cell. If a spreadsheet would run it as a formula, an apostrophe in front makes it a text.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if is_formula { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{apostrophe}{text}")
    }
}

#[cfg(test)]
mod tests {
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
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("=A1,\"b\"", "\"'=A1,\"\"b\"\"\""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
