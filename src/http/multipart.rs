//! The body that a browser's form with a file sends: `multipart/form-data` (RFC 7578, with the syntax of RFC 2046,
//! "Common Syntax").
//!
//! The body is in memory already, and browsers write one form of it. So this reads that form alone, and refuses the
//! rest; the crates that stream (multer and the like) bring a dozen others along.

/// How many parts a body may have: one for each column of a file, and some more.
const MOST_PARTS: usize = 80;
/// How many bytes the headers of a part may have.
const LONGEST_HEAD: usize = 4_096;

/// A field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value: what was typed, or a file's bytes.
    pub value: &'a [u8],
}

/// The body is not what a browser's form sends. What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no form with a file: {0}")]
pub struct Malformed(&'static str);

/// The boundary that a `Content-Type` names; `None` if it is not `multipart/form-data`, or names none that can be.
#[must_use]
pub fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then_some(value.trim())
    })?;
    let boundary = boundary
        .strip_prefix('"')
        .and_then(|quoted| quoted.strip_suffix('"'))
        .unwrap_or(boundary);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&b);
    ((1..=70).contains(&boundary.len()) && boundary.bytes().all(plain)).then_some(boundary)
}

/// The parts of a body.
///
/// # Errors
/// [`Malformed`].
pub fn parts<'a>(boundary: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, Malformed> {
    let delimiter = format!("\r\n--{boundary}");
    // The first boundary begins the body: nothing stands before it.
    let mut rest = body
        .strip_prefix(&delimiter.as_bytes()[2..])
        .ok_or(Malformed("it does not begin with its boundary"))?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        rest = rest
            .strip_prefix(b"\r\n")
            .ok_or(Malformed("a boundary does not end its line"))?;
        if parts.len() == MOST_PARTS {
            return Err(Malformed("it has too many parts"));
        }
        let head_end = find(&rest[..rest.len().min(LONGEST_HEAD)], b"\r\n\r\n")
            .ok_or(Malformed("a part has no end of its headers"))?;
        let (head, value) = (&rest[..head_end], &rest[head_end + 4..]);
        let end = find(value, delimiter.as_bytes()).ok_or(Malformed("a part has no end"))?;
        parts.push(Part {
            name: name(head)?,
            value: &value[..end],
        });
        rest = &value[end + delimiter.len()..];
    }
}

/// The name in the `Content-Disposition` of a part's headers.
fn name(head: &[u8]) -> Result<&str, Malformed> {
    let head = std::str::from_utf8(head).map_err(|_| Malformed("a header is not UTF-8"))?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case("content-disposition")
            .then_some(value.trim())
    });
    let without = Malformed("a part has no name");
    // Browsers write the name first, and a quote in it as %22 (HTML Standard, "Multipart form data").
    let rest = disposition.ok_or(without)?;
    let rest = rest.strip_prefix("form-data;").ok_or(without)?;
    let rest = rest.trim_start().strip_prefix("name=\"").ok_or(without)?;
    rest.split_once('"').map(|(name, _)| name).ok_or(without)
}

/// Where a text begins that itself begins with `\r`.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|byte| *byte == b'\r')?;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_stands_in_the_content_type() {
        for (content_type, expected) in [
            (
                "multipart/form-data; boundary=----WebKitForm7",
                Some("----WebKitForm7"),
            ),
            ("Multipart/Form-Data;boundary=\"a b\"", None),
            (
                "multipart/form-data; charset=utf-8; Boundary=\"x'y\"",
                Some("x'y"),
            ),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/mixed; boundary=x", None),
            ("text/csv; boundary=x", None),
        ] {
            assert_eq!(boundary(content_type), expected, "{content_type}");
        }
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        assert_eq!(boundary(&long), None);
    }

    #[test]
    fn parts_are_what_a_browser_sends() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a; name=%22b.csv\"\r\n\
                    Content-Type: text/csv\r\n\r\na,b\r\n1,2\r\n--\r\n\r\n--x\r\n\
                    content-disposition: form-data; name=\"dry_run\"\r\n\r\n1\r\n--x--\r\nignored";
        let expected = [("file", "a,b\r\n1,2\r\n--\r\n"), ("dry_run", "1")];
        let expected = expected.map(|(name, value)| Part {
            name,
            value: value.as_bytes(),
        });
        assert_eq!(parts("x", body.as_bytes()), Ok(expected.to_vec()));
        assert_eq!(parts("x", b"--x--"), Ok(Vec::new()));
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        let head = "Content-Disposition: form-data; name=\"a\"";
        for (body, why) in [
            ("".to_owned(), "begin"),
            ("a\r\n--x--".to_owned(), "begin"),
            ("--x".to_owned(), "its line"),
            ("--xy\r\n".to_owned(), "its line"),
            (format!("--x\r\n{head}\r\n"), "headers"),
            (format!("--x\r\n{head}\r\n\r\nvalue"), "no end"),
            (format!("--x\r\n{head}\r\n\r\nvalue\r\n--xy"), "its line"),
            (
                "--x\r\nContent-Type: text/csv\r\n\r\n\r\n--x--".to_owned(),
                "no name",
            ),
            (
                "--x\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n\r\n--x--".to_owned(),
                "no name",
            ),
            (
                "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--x--".to_owned(),
                "no name",
            ),
            (
                format!("{}--x--", format!("--x\r\n{head}\r\n\r\n\r\n").repeat(81)),
                "too many",
            ),
            (
                format!("--x\r\n{}\r\n\r\n\r\n--x--", "a".repeat(5_000)),
                "headers",
            ),
        ] {
            let error = parts("x", body.as_bytes())
                .err()
                .map(|error| error.to_string());
            assert!(
                error.as_ref().is_some_and(|error| error.contains(why)),
                "{error:?}: {body}"
            );
        }
    }
}
