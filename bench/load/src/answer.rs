//! Reads HTTP/1.1 answers, as far as a load generator must understand them.

use std::io::{Error, ErrorKind, Read};

/// The parts of an answer that are kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The body's length in bytes.
    pub length: usize,
    /// The server closes the connection after it.
    pub closes: bool,
}

/// A connection with what was read of it beyond the last answer.
pub struct Reader<S> {
    stream: S,
    buffer: Vec<u8>,
}

enum Length {
    Known(usize),
    Chunked,
}

impl<S: Read> Reader<S> {
    /// Of a connection on which nothing was read yet.
    pub fn new(stream: S) -> Self {
        let buffer = Vec::with_capacity(64 * 1024);
        Self { stream, buffer }
    }

    /// The connection, to write to.
    pub fn inner(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Reads one answer to a request that was no HEAD.
    ///
    /// # Errors
    /// The connection's, or what is not HTTP.
    pub fn answer(&mut self) -> std::io::Result<Answer> {
        let end = self.find(b"\r\n\r\n", 0)? + 4;
        let (mut answer, length) = head(&self.buffer[..end])?;
        let rest = match length {
            Length::Known(length) => {
                answer.length = length;
                self.fill(end + length)?;
                end + length
            }
            Length::Chunked => self.chunks(end, &mut answer)?,
        };
        self.buffer.drain(..rest);
        Ok(answer)
    }

    /// The end of the chunks that begin at `at` (RFC 9112, "Chunked Transfer Coding").
    fn chunks(&mut self, mut at: usize, answer: &mut Answer) -> std::io::Result<usize> {
        loop {
            let line = self.find(b"\r\n", at)?;
            let digits = str::from_utf8(&self.buffer[at..line]).unwrap_or_default();
            let length = usize::from_str_radix(digits.split(';').next().unwrap_or_default(), 16)
                .map_err(|_| invalid("a chunk has no length"))?;
            at = line + 2 + length + 2;
            self.fill(at)?;
            if length == 0 {
                return Ok(at);
            }
            answer.length += length;
        }
    }

    /// The position of these bytes; reads on until they are there.
    fn find(&mut self, what: &[u8], from: usize) -> std::io::Result<usize> {
        let mut searched = from;
        loop {
            let found = self.buffer[searched..]
                .windows(what.len())
                .position(|window| window == what);
            if let Some(position) = found {
                return Ok(searched + position);
            }
            searched = from.max((self.buffer.len() + 1).saturating_sub(what.len()));
            self.more()?;
        }
    }

    fn fill(&mut self, length: usize) -> std::io::Result<()> {
        while self.buffer.len() < length {
            self.more()?;
        }
        Ok(())
    }

    fn more(&mut self) -> std::io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            count => {
                self.buffer.extend_from_slice(&bytes[..count]);
                Ok(())
            }
        }
    }
}

/// The status line and the headers that matter.
fn head(bytes: &[u8]) -> std::io::Result<(Answer, Length)> {
    let text = str::from_utf8(bytes).map_err(|_| invalid("a head is no text"))?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .ok_or_else(|| invalid("there is no status"))?;
    let mut answer = Answer {
        status,
        location: None,
        length: 0,
        closes: false,
    };
    let mut length = Length::Known(0);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            let known = value.parse().map_err(|_| invalid("a length is none"))?;
            length = Length::Known(known);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            length = Length::Chunked;
        } else if name.eq_ignore_ascii_case("location") {
            answer.location = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("connection") {
            answer.closes = value.eq_ignore_ascii_case("close");
        }
    }
    Ok((answer, length))
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a byte at a time: the hardest way that a network can cut an answer.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let (first, rest) = self.0.split_at(self.0.len().min(1));
            into[..first.len()].copy_from_slice(first);
            self.0 = rest;
            Ok(first.len())
        }
    }

    #[test]
    fn answers_follow_each_other_on_a_connection() {
        let bytes = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://x/\r\ncontent-length: 3\r\n\r\nabc\
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n\
            HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
        let mut reader = Reader::new(Drops(bytes));
        let read = (0..3).map(|_| reader.answer().ok()).collect::<Vec<_>>();
        let answer = |status, location: Option<&str>, length, closes| {
            Some(Answer {
                status,
                location: location.map(str::to_owned),
                length,
                closes,
            })
        };
        let expected = [
            answer(307, Some("http://x/"), 3, false),
            answer(200, None, 19, false),
            answer(204, None, 0, true),
        ];
        assert_eq!(read, expected);
        assert!(reader.answer().is_err());
    }
}
