//! A file that somebody sends: what its bytes mean, how its lines are parted, and what its columns may be.

use std::{borrow::Cow, fmt};

use super::{
    column::{Column, Columns},
    file::{self, Encoding},
    names::{self, Shown},
    record::{Record, Records},
    rejected::{Reason, Rejected, shown},
};
use crate::domain::money::Currency;

/// How many columns a file may have of which somebody chooses what they are.
pub const MOST_COLUMNS: usize = 64;
/// How many lines are looked at for what stands in a column, and how many values are shown of it.
const LINES: usize = 200;
const SAMPLES: usize = 3;
const LONGEST_SAMPLE: usize = 40;

/// The delimiter between the fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`, as spreadsheets write it where numbers have a decimal comma.
    Semicolon,
    /// A tab, as it is in cells that are copied from a spreadsheet.
    Tab,
}

impl Delimiter {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    /// The one that the header row has most of, outside of quotes.
    fn of_header(text: &[u8]) -> Self {
        let mut counts = [0_usize; Self::ALL.len()];
        let (mut is_quoted, mut is_begun) = (false, false);
        for byte in text {
            match byte {
                b'"' => is_quoted = !is_quoted,
                b'\r' | b'\n' if is_begun && !is_quoted => break,
                b'\r' | b'\n' => continue,
                _ => {}
            }
            is_begun = true;
            let at = Self::ALL.iter().position(|it| it.byte() == *byte);
            if let Some(at) = at.filter(|_| !is_quoted) {
                counts[at] += 1;
            }
        }
        let [commas, semicolons, tabs] = counts;
        if commas >= semicolons && commas >= tabs {
            Self::Comma
        } else if semicolons >= tabs {
            Self::Semicolon
        } else {
            Self::Tab
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Comma => "commas",
            Self::Semicolon => "semicolons",
            Self::Tab => "tabs",
        })
    }
}

/// How the lines of a file are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The columns, by their places in a line.
    pub columns: Columns,
    /// The currency of a line that names none.
    pub currency: Currency,
}

/// A column of a file, for whoever says what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name in the header, cut to what helps to recognize it.
    pub name: String,
    /// Some of what stands in it, cut as well.
    pub samples: Vec<String>,
    /// The guess of its meaning.
    pub guess: Option<Column>,
}

/// A file whose header was found.
pub struct Sheet<'a> {
    file: &'a [u8],
    text: Cow<'a, [u8]>,
    /// How its characters are written.
    pub encoding: Encoding,
    /// The delimiter of its fields.
    pub delimiter: Delimiter,
    /// Where the header begins: at which byte of the text, and on which line.
    begins: (usize, u64),
    header: Record,
}

impl<'a> Sheet<'a> {
    /// Finds the header of a file.
    ///
    /// # Errors
    /// Why it has none.
    pub fn open(file: &'a [u8]) -> Result<Self, Box<Rejected>> {
        let (text, encoding) = file::decode(file)?;
        let (begins, delimiter) = match said(&text) {
            Some((length, delimiter)) => ((length, 2), delimiter),
            None => ((0, 1), Delimiter::of_header(&text)),
        };
        let header = Records::new(&text[begins.0..], delimiter.byte(), begins.1).next();
        let header = header.ok_or_else(|| Box::new(Rejected::of_file(1, Reason::EmptyFile)))?;
        Ok(Self {
            file,
            text,
            encoding,
            delimiter,
            begins,
            header,
        })
    }

    /// Its bytes as they were sent.
    #[must_use]
    pub const fn file(&self) -> &[u8] {
        self.file
    }

    /// Its text in UTF-8, but for bytes that are none in a file that seemed to be.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// How many columns its header has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.header.len()
    }

    /// Its columns as the header says in our names.
    ///
    /// # Errors
    /// What the header says instead, or lacks.
    pub fn columns(&self) -> Result<Columns, Reason> {
        Columns::named(&self.header)
    }

    /// The names of the columns in the header, cut to what helps to recognize them.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let names = self.header.fields().map(text);
        names.map(|name| shown(&name, LONGEST_SAMPLE)).collect()
    }

    /// Its columns and what they seem to be, and the currency that its amounts name.
    #[must_use]
    pub fn places(&self) -> (Vec<Place>, Option<Currency>) {
        let names: Vec<String> = self.header.fields().map(text).collect();
        let mut samples: Vec<Vec<String>> = vec![Vec::new(); names.len()];
        for record in self.records().take(LINES) {
            for (samples, field) in samples.iter_mut().zip(record.fields()) {
                let value = text(field);
                if samples.len() < SAMPLES && !value.is_empty() && !samples.contains(&value) {
                    samples.push(value);
                }
            }
        }
        let columns: Vec<_> = names
            .iter()
            .zip(&samples)
            .map(|(name, samples)| Shown { name, samples })
            .collect();
        let guesses = names::guess(&columns);
        let currency = names::currency_of(&columns, &guesses);
        let places = columns.iter().zip(guesses).map(|(column, guess)| Place {
            name: shown(column.name, LONGEST_SAMPLE),
            samples: column
                .samples
                .iter()
                .map(|value| shown(value, LONGEST_SAMPLE))
                .collect(),
            guess,
        });
        (places.collect(), currency)
    }

    /// The lines that no page can show and send back: with what is not UTF-8, or a zero byte.
    #[must_use]
    pub fn unreadable(&self) -> Vec<Rejected> {
        let lines = self.text.split(|byte| *byte == b'\n').zip(1..);
        lines
            .filter_map(|(line, number)| {
                if std::str::from_utf8(line).is_err() {
                    Some(Rejected::of_file(number, Reason::NotUtf8))
                } else if line.contains(&0) {
                    Some(Rejected::of_file(number, Reason::ControlCharacter))
                } else {
                    None
                }
            })
            .collect()
    }

    /// The lines below the header.
    pub(super) fn records(&self) -> Records<'_> {
        let (byte, line) = self.begins;
        let mut records = Records::new(&self.text[byte..], self.delimiter.byte(), line);
        records.next();
        records
    }
}

/// The text of a field.
fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).trim().to_owned()
}

/// The line `sep=;` above the header, by which Excel is told what parts the fields: its length, and what it says.
fn said(text: &[u8]) -> Option<(usize, Delimiter)> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    let line = text[..end].strip_suffix(b"\r").unwrap_or(&text[..end]);
    let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] = line else {
        return None;
    };
    let delimiter = Delimiter::ALL
        .into_iter()
        .find(|it| it.byte() == *delimiter)?;
    Some((end + 1, delimiter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(file: &str) -> Sheet<'_> {
        Sheet::open(file.as_bytes()).unwrap_or_else(|why| panic!("{why:?}"))
    }

    #[test]
    fn what_parts_the_fields_is_found_in_the_header() {
        for (file, expected) in [
            ("player_id,player\n1;2;3;4", Delimiter::Comma),
            ("player_id;player,amount;x", Delimiter::Semicolon),
            ("a,b;c", Delimiter::Comma),
            ("player_id\tplayer\n", Delimiter::Tab),
            ("\r\n\n\"Name, first; last\"\tID\n", Delimiter::Tab),
            ("\"a;\n;\"\"b;\";c,d,e", Delimiter::Comma),
            ("sep=;\r\na,b,c;d\n", Delimiter::Semicolon),
            ("SEP=,\na;b;c", Delimiter::Comma),
            ("player", Delimiter::Comma),
        ] {
            assert_eq!(open(file).delimiter, expected, "{file:?}");
        }
        assert_eq!(
            Sheet::open(b"\n\r\n").err(),
            Some(Box::new(Rejected::of_file(1, Reason::EmptyFile)))
        );
    }

    #[test]
    fn lines_are_counted_as_in_the_file() {
        let lines =
            |file: &str| -> Vec<u64> { open(file).records().map(|record| record.line).collect() };
        assert_eq!(lines("a,b\n1,2\n\n3,4\n"), [2, 4]);
        assert_eq!(lines("sep=;\r\na;b\r\n1;2\r\n3;4\r\n"), [3, 4]);
    }

    #[test]
    fn a_column_is_shown_with_some_of_its_values() {
        let file = "Nr;Name;Beitrag;Notiz\n7;Player 7;25,00 €;\n8;Player 8;25,00 €;x\n\n9;Player 9;30,00 €;\n10;Player 10;30,00 €;\n";
        let (places, currency) = open(file).places();
        let shown: Vec<_> = places
            .iter()
            .map(|place| (place.name.as_str(), place.samples.join("|"), place.guess))
            .collect();
        let samples = |text: &str| text.to_owned();
        assert_eq!(
            shown,
            [
                ("Nr", samples("7|8|9"), Some(Column::PlayerId)),
                (
                    "Name",
                    samples("Player 7|Player 8|Player 9"),
                    Some(Column::Player)
                ),
                ("Beitrag", samples("25,00 €|30,00 €"), Some(Column::Amount)),
                ("Notiz", samples("x"), None),
            ]
        );
        assert_eq!(currency.map(|it| it.shown()).as_deref(), Some("EUR"));
    }

    #[test]
    fn what_cannot_be_sent_back_is_named() {
        let lines = |file: &[u8]| -> Vec<(u64, Reason)> {
            let sheet = Sheet::open(file).unwrap_or_else(|why| panic!("{why:?}"));
            let lines = sheet.unreadable().into_iter();
            lines.map(|it| (it.line, it.wrong.reason)).collect()
        };
        assert_eq!(lines("a,é\nü,b\n".as_bytes()), Vec::<(u64, Reason)>::new());
        assert_eq!(
            lines(b"a,\xc3\xa9\n\xc3\xbc,\xc3\n1,\0\n"),
            [(2, Reason::NotUtf8), (3, Reason::ControlCharacter)]
        );
    }
}
