//! The records of a CSV file (RFC 4180), by the state machine of the csv crate.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The records of a file, one after the other. Any bytes make some.
pub(super) struct Records<'a> {
    reader: Reader,
    rest: &'a [u8],
}

/// A record.
pub(super) struct Record {
    /// Where it begins, counted from 1.
    pub(super) line: u64,
    text: Vec<u8>,
    /// Where each field ends in the text.
    ends: Vec<usize>,
}

impl<'a> Records<'a> {
    /// The first of them begins at that line, counted from 1.
    pub(super) fn new(csv: &'a [u8], delimiter: u8, line: u64) -> Self {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
        reader.set_line(line);
        Self { reader, rest: csv }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        // The rest of the line break before it, and empty lines: the state machine would pass over them too,
        // but counts them to the record.
        let is_break = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let (breaks, rest) = self
            .rest
            .split_at(self.rest.iter().take_while(is_break).count());
        let lines = breaks.iter().filter(|byte| **byte == b'\n').count();
        let line = self.reader.line() + lines as u64;
        self.reader.set_line(line);
        self.rest = rest;
        let (mut text, mut ends) = (vec![0; 256], vec![0; 16]);
        let (mut written, mut ended) = (0, 0);
        loop {
            let (result, bytes_read, bytes, fields) =
                self.reader
                    .read_record(self.rest, &mut text[written..], &mut ends[ended..]);
            self.rest = &self.rest[bytes_read..];
            written += bytes;
            ended += fields;
            match result {
                // No more input next time says that this was the end.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => text.resize(text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    ends.truncate(ended);
                    return Some(Record { line, text, ends });
                }
                ReadRecordResult::End => return None,
            }
        }
    }
}

impl Record {
    /// The number of its fields.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it says nothing: spreadsheets write such lines below the last one.
    pub(super) fn is_blank(&self) -> bool {
        self.text
            .iter()
            .take(self.ends.last().copied().unwrap_or(0))
            .all(u8::is_ascii_whitespace)
    }

    /// Its fields, without the quotes around them.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins
            .zip(&self.ends)
            .map(|(begin, end)| &self.text[*begin..*end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
        Records::new(csv.as_bytes(), delimiter, 1)
            .map(|record| (record.line, record.fields().map(text).collect()))
            .collect()
    }

    #[test]
    fn quotes_hold_delimiters_and_line_breaks() {
        let expected = |line, fields: &[&str]| {
            let fields = fields.iter().map(|field| (*field).to_owned()).collect();
            (line, fields)
        };
        assert_eq!(
            read("a;b\r\n\r\n\"1;\n\"\"2\"\"\";x\n;", b';'),
            [
                expected(1, &["a", "b"]),
                expected(3, &["1;\n\"2\"", "x"]),
                expected(5, &["", ""])
            ]
        );
        assert_eq!(read("", b','), []);
    }

    #[test]
    fn a_record_may_be_long_and_have_many_fields() {
        let long = "x".repeat(5_000);
        let many = vec![long.as_str(); 100].join(",");
        let records = read(&many, b',');
        assert_eq!(records, [(1, vec![long; 100])]);
    }
}
