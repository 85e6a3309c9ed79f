//! The reading of a file's bytes: a text, in one of the encodings that spreadsheets write, or no text at all.
//!
//! The standard library reads UTF-16, and Windows-1252 is a table of 32 characters. encoding_rs would do both, but
//! its decoder is one type for some forty encodings, so the tables of all of them come along. Why a spreadsheet's own
//! file is not read: "Size" in `docs/performance.md`.

use std::{borrow::Cow, fmt};

use super::rejected::{FileKind, Reason, Rejected};

/// How a file's characters are written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, either byte first: what Excel calls "Unicode Text".
    Utf16,
    /// Windows-1252: what Excel calls "CSV" in the western half of Europe and in the Americas.
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// The kind of a file by the bytes that it begins with, if it is no text (PKWARE, "APPNOTE.TXT", "Local file header";
/// Microsoft, "[MS-CFB]", "Compound File Header"; ISO 32000-2, "File header").
fn kind_of(file: &[u8]) -> Option<FileKind> {
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        Some(FileKind::Spreadsheet)
    } else if file.starts_with(b"%PDF-") {
        Some(FileKind::Pdf)
    } else {
        None
    }
}

/// A file's text in UTF-8, without a byte order mark, and how it was written. What was taken for UTF-8 may have bytes
/// that are none: each stands in a line, which is refused.
pub(super) fn decode(file: &[u8]) -> Result<(Cow<'_, [u8]>, Encoding), Box<Rejected>> {
    if let Some(kind) = kind_of(file) {
        return Err(Box::new(Rejected::of_file(1, Reason::NotCsv(kind))));
    }
    if let Some(text) = file.strip_prefix(b"\xef\xbb\xbf") {
        return Ok((text.into(), Encoding::Utf8));
    }
    if let Some(text) = file.strip_prefix(b"\xff\xfe") {
        return utf_16(text, u16::from_le_bytes);
    }
    if let Some(text) = file.strip_prefix(b"\xfe\xff") {
        return utf_16(text, u16::from_be_bytes);
    }
    // Half of the bytes of a header in Latin letters are zeros then.
    let begin = &file[..file.len().min(200)];
    let zeros = |place: usize| {
        let is_zero = |pair: &&[u8]| pair[place] == 0 && pair[1 - place] != 0;
        begin.chunks_exact(2).filter(is_zero).count()
    };
    let half = begin.len() / 4;
    if zeros(1) > half {
        return utf_16(file, u16::from_le_bytes);
    }
    if zeros(0) > half {
        return utf_16(file, u16::from_be_bytes);
    }
    if std::str::from_utf8(file).is_ok() || is_damaged_utf_8(file) {
        return Ok((file.into(), Encoding::Utf8));
    }
    let text: String = file.iter().map(|byte| windows_1252(*byte)).collect();
    Ok((text.into_bytes().into(), Encoding::Windows1252))
}

fn utf_16<'a>(
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
) -> Result<(Cow<'a, [u8]>, Encoding), Box<Rejected>> {
    let pairs = bytes.chunks_exact(2);
    let is_cut = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut line = 1;
    for c in char::decode_utf16(units) {
        let c = c.map_err(|_| not_utf_16(line))?;
        line += u64::from(c == '\n');
        text.push(c);
    }
    if is_cut {
        return Err(not_utf_16(line));
    }
    Ok((text.into_bytes().into(), Encoding::Utf16))
}

fn not_utf_16(line: u64) -> Box<Rejected> {
    Box::new(Rejected::of_file(line, Reason::NotUtf16))
}

/// Whether a file that is not UTF-8 was it once: most of what is not ASCII is whole UTF-8. In Windows-1252 that takes
/// a letter with an accent and a sign such as `©` behind it, again and again.
fn is_damaged_utf_8(file: &[u8]) -> bool {
    let (mut whole, mut broken) = (0, 0);
    for chunk in file.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken
}

/// The character of a byte (WHATWG, "Encoding Standard", "index windows-1252"). A byte that means nothing there is a
/// control character, and no value may have one.
const fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}',
        '\u{2021}', '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}',
        '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}',
        '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}',
        '\u{178}',
    ];
    match byte {
        0x80..=0x9f => FROM_80[(byte - 0x80) as usize],
        _ => byte as char,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Nº;Nombre;Cuota\r\n7;Núñez Müßig;25,00 €\r\n";

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn read(file: &[u8]) -> Result<(String, Encoding), Box<Rejected>> {
        let (text, encoding) = decode(file)?;
        Ok((String::from_utf8_lossy(&text).into_owned(), encoding))
    }

    #[test]
    fn a_text_is_the_same_in_every_encoding() {
        let windows: Vec<u8> = TEXT
            .chars()
            .map(|c| if c == '€' { 0x80 } else { c as u8 })
            .collect();
        for (file, encoding) in [
            (TEXT.as_bytes().to_vec(), Encoding::Utf8),
            (format!("\u{feff}{TEXT}").into_bytes(), Encoding::Utf8),
            (
                utf_16(&format!("\u{feff}{TEXT}"), u16::to_le_bytes),
                Encoding::Utf16,
            ),
            (
                utf_16(&format!("\u{feff}{TEXT}"), u16::to_be_bytes),
                Encoding::Utf16,
            ),
            (utf_16(TEXT, u16::to_le_bytes), Encoding::Utf16),
            (utf_16(TEXT, u16::to_be_bytes), Encoding::Utf16),
            (windows, Encoding::Windows1252),
        ] {
            assert_eq!(read(&file), Ok((TEXT.to_owned(), encoding)), "{file:x?}");
        }
    }

    #[test]
    fn each_byte_of_windows_1252_is_a_character_of_its_own() {
        let mut all: Vec<char> = (0..=255).map(windows_1252).collect();
        assert_eq!((all[0x41], all[0x80], all[0x92]), ('A', '€', '’'));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 256);
    }

    #[test]
    fn utf_8_with_a_broken_letter_is_no_other_encoding() {
        let file = b"player_id,player\n7,N\xc3\xba\xc3\xb1ez\n8,M\xc3\n";
        let (text, encoding) = decode(file).unwrap_or_else(|why| panic!("{why:?}"));
        assert_eq!((&*text, encoding), (&file[..], Encoding::Utf8));
    }

    #[test]
    fn what_is_no_text_says_what_it_is() {
        let at = |line, reason| Err(Box::new(Rejected::of_file(line, reason)));
        for (file, expected) in [
            (
                &b"PK\x03\x04\x14\0"[..],
                at(1, Reason::NotCsv(FileKind::Spreadsheet)),
            ),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                at(1, Reason::NotCsv(FileKind::Spreadsheet)),
            ),
            (b"%PDF-1.7", at(1, Reason::NotCsv(FileKind::Pdf))),
            (b"\xff\xfea\0\n\0b", at(2, Reason::NotUtf16)),
            (b"\xfe\xff\0\n\xd8\0\0a", at(2, Reason::NotUtf16)),
        ] {
            assert_eq!(read(file), expected, "{file:x?}");
        }
    }
}
