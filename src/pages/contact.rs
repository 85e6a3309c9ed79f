//! Whom to ask, so that a tap is enough: email addresses and a telephone number become links.

use crate::encode::html;

/// A contact as HTML.
#[must_use]
pub fn linked(text: &str) -> String {
    if is_telephone(text) {
        let number: String = text
            .chars()
            .filter(|character| character.is_ascii_digit() || *character == '+')
            .collect();
        return format!("<a href=\"tel:{number}\">{}</a>", html(text));
    }
    let words: Vec<String> = text.split(' ').map(word).collect();
    words.join(" ")
}

/// A word, with what is an address in it as a link and the punctuation around that left out.
fn word(word: &str) -> String {
    let outside = [' ', '.', ',', ';', ':', '(', ')', '<', '>'];
    let core = word.trim_matches(outside);
    match core.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') => {
            let (before, after) = word.split_once(core).unwrap_or_default();
            let core = html(core);
            let link = format!("<a href=\"mailto:{core}\">{core}</a>");
            format!("{}{link}{}", html(before), html(after))
        }
        _ => html(word),
    }
}

fn is_telephone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 5
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-() ./".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_links() {
        for (text, expected) in [
            (
                "treasurer@club.example",
                "<a href=\"mailto:treasurer@club.example\">treasurer@club.example</a>",
            ),
            (
                "Ann (ann@club.example), or ring.",
                "Ann (<a href=\"mailto:ann@club.example\">ann@club.example</a>), or ring.",
            ),
            (
                "+1 (555) 010-0199",
                "<a href=\"tel:+15550100199\">+1 (555) 010-0199</a>",
            ),
            (
                "Ask the coach @ training <3",
                "Ask the coach @ training &lt;3",
            ),
            (
                "\"><b>@x.y",
                "<a href=\"mailto:&quot;&gt;&lt;b&gt;@x.y\">&quot;&gt;&lt;b&gt;@x.y</a>",
            ),
            ("Room 12", "Room 12"),
        ] {
            assert_eq!(linked(text), expected);
        }
    }
}
