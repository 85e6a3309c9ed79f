//! The lists of `names/*.txt`, read while the crate compiles.
//!
//! A line holds one name, a heading in square brackets, or nothing; `#` begins a comment. A heading holds
//! for the names below it. A line of another form does not compile, and the compiler's message gives its
//! file and its number. The Worker carries none of the text: only the tables that are made from it.

/// A text file with a list.
#[derive(Clone, Copy)]
pub(super) struct File {
    /// Where a maintainer finds it.
    pub path: &'static str,
    /// Its content.
    pub text: &'static str,
}

/// Includes a file of `names/`.
macro_rules! file {
    ($name:literal) => {
        $crate::classifier::list::File {
            path: concat!("src/classifier/names/", $name),
            text: include_str!(concat!("names/", $name)),
        }
    };
}
pub(super) use file;

/// A name and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The name.
    pub name: &'static str,
    /// Its heading's place in the list of headings; 0 in a list without headings.
    pub heading: usize,
    /// The file's path.
    pub path: &'static str,
    /// The line's number, from 1.
    pub line: usize,
}

/// How many names the files hold.
pub(super) const fn count(files: &[File]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < files.len() {
        let mut lines = Lines::of(files[at]);
        while let Some(line) = lines.next() {
            count += matches!(line, Line::Name(_)) as usize;
        }
        at += 1;
    }
    count
}

/// The names of the files, in their order. `N` is their [`count`]; `headings` are all that may occur,
/// empty for a list without headings.
pub(super) const fn entries<const N: usize>(
    files: &'static [File],
    headings: &[&str],
) -> [Entry; N] {
    let nothing = Entry {
        name: "",
        heading: 0,
        path: "",
        line: 0,
    };
    let mut entries = [nothing; N];
    let mut filled = 0;
    let mut at = 0;
    while at < files.len() {
        let mut lines = Lines::of(files[at]);
        let mut heading = None;
        while let Some(line) = lines.next() {
            match line {
                Line::Nothing => {}
                Line::Heading(text) => heading = Some(lines.place_of(text, headings)),
                Line::Name(name) => {
                    let heading = match heading {
                        Some(heading) => heading,
                        None if headings.is_empty() => 0,
                        None => lines.refuse("a name stands before the first heading"),
                    };
                    entries[filled] = Entry {
                        name,
                        heading,
                        path: files[at].path,
                        line: lines.number,
                    };
                    filled += 1;
                }
            }
        }
        at += 1;
    }
    entries
}

/// The names of a list without headings, alone.
pub(super) const fn texts<const N: usize>(files: &'static [File]) -> [&'static str; N] {
    let entries = entries::<N>(files, &[]);
    let mut texts = [""; N];
    let mut at = 0;
    while at < N {
        texts[at] = entries[at].name;
        at += 1;
    }
    texts
}

impl Entry {
    /// The name as a number.
    pub const fn number(&self) -> u32 {
        let digits = self.name.as_bytes();
        let mut number = 0_u32;
        let mut at = 0;
        while at < digits.len() {
            if !digits[at].is_ascii_digit() || at == 9 {
                self.refuse("a number of at most nine digits is expected");
            }
            number = number * 10 + (digits[at] - b'0') as u32;
            at += 1;
        }
        number
    }

    /// Fails the build because of this entry.
    pub const fn refuse(&self, why: &str) -> ! {
        let mut message = Message::new();
        message.add(self.path.as_bytes());
        message.add(b":");
        message.add_number(self.line);
        message.add(b": ");
        message.add(why.as_bytes());
        panic!("{}", message.text())
    }
}

#[cfg(test)]
impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.name)
    }
}

/// Asserts that the names under each heading are in alphabetical order, each once.
#[cfg(test)]
pub(super) fn assert_sorted(entries: &[Entry]) {
    for pair in entries.windows(2) {
        let is_one_list = (pair[0].path, pair[0].heading) == (pair[1].path, pair[1].heading);
        let is_sorted = pair[0].name < pair[1].name;
        assert!(!is_one_list || is_sorted, "{} is out of order", pair[1]);
    }
}

enum Line {
    Nothing,
    Heading(&'static str),
    Name(&'static str),
}

struct Lines {
    file: File,
    /// Where the next line begins.
    at: usize,
    /// The number of the last line that was read.
    number: usize,
}

impl Lines {
    const fn of(file: File) -> Lines {
        Lines {
            file,
            at: 0,
            number: 0,
        }
    }

    const fn next(&mut self) -> Option<Line> {
        let text = self.file.text.as_bytes();
        if self.at == text.len() {
            return None;
        }
        self.number += 1;
        let (mut start, mut end) = (self.at, self.at);
        let mut is_comment = false;
        while self.at < text.len() && text[self.at] != b'\n' {
            let byte = text[self.at];
            self.at += 1;
            is_comment |= byte == b'#';
            if is_comment || byte.is_ascii_whitespace() {
                continue;
            }
            if start == end {
                (start, end) = (self.at - 1, self.at);
            } else if end == self.at - 1 {
                end = self.at;
            } else {
                self.refuse("a line holds one name");
            }
        }
        if self.at < text.len() {
            self.at += 1;
        }
        Some(if start == end {
            Line::Nothing
        } else if text[start] == b'[' && text[end - 1] == b']' {
            Line::Heading(self.part(start + 1, end - 1))
        } else {
            Line::Name(self.part(start, end))
        })
    }

    const fn part(&self, start: usize, end: usize) -> &'static str {
        self.file.text.split_at(end).0.split_at(start).1
    }

    const fn place_of(&self, heading: &str, headings: &[&str]) -> usize {
        let mut at = 0;
        while at < headings.len() {
            if is_same(heading.as_bytes(), headings[at].as_bytes()) {
                return at;
            }
            at += 1;
        }
        self.refuse("no such heading is known")
    }

    const fn refuse(&self, why: &str) -> ! {
        let entry = Entry {
            name: "",
            heading: 0,
            path: self.file.path,
            line: self.number,
        };
        entry.refuse(why)
    }
}

/// Whether two texts are the same.
pub(super) const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A text that is put together while the crate compiles.
struct Message {
    bytes: [u8; 160],
    length: usize,
}

impl Message {
    const fn new() -> Message {
        Message {
            bytes: [0; 160],
            length: 0,
        }
    }

    const fn add(&mut self, text: &[u8]) {
        let mut at = 0;
        while at < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[at];
            self.length += 1;
            at += 1;
        }
    }

    const fn add_number(&mut self, number: usize) {
        if number > 9 {
            self.add_number(number / 10);
        }
        self.add(&[b'0' + (number % 10) as u8]);
    }

    const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "a list has a line that cannot be read",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: [&str; 2] = ["one", "two"];

    fn read<const N: usize>(text: &'static str) -> [Entry; N] {
        let path = "names/test.txt";
        let files: &'static [File] = Vec::leak(vec![File { path, text }]);
        assert_eq!(count(files), N);
        entries(files, &HEADINGS)
    }

    #[test]
    fn a_list_has_comments_headings_and_names() {
        let list = read::<3>("# of [one]\n[two]\n\na  # is a letter\r\n b-1\n[one]\nc");
        let shown = list.map(|entry| format!("{} {}", entry.heading, entry));
        assert_eq!(
            shown,
            [
                "1 names/test.txt:4: a",
                "1 names/test.txt:5: b-1",
                "0 names/test.txt:7: c"
            ]
        );
    }

    #[test]
    #[should_panic(expected = "names/test.txt:2: a line holds one name")]
    fn two_names_in_a_line_are_refused() {
        read::<2>("[one]\na b\n");
    }

    #[test]
    #[should_panic(expected = "names/test.txt:12: no such heading is known")]
    fn an_unknown_heading_is_refused() {
        read::<1>("\n\n\n\n\n\n\n\n\n\n\n[three]\na");
    }

    #[test]
    #[should_panic(expected = "names/test.txt:1: a name stands before the first heading")]
    fn a_name_without_a_heading_is_refused() {
        read::<1>("a");
    }
}
