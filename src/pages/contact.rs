//! The club's contact. Email addresses and a telephone number become links, so one tap is enough.

use maud::{Markup, html};

/// A contact with its links.
pub fn linked(contact: &str) -> Markup {
    if is_telephone(contact) {
        let number: String = contact
            .chars()
            .filter(|character| character.is_ascii_digit() || *character == '+')
            .collect();
        return html! { a href={ "tel:" (number) } { (contact) } };
    }
    html! {
        @for (index, word) in contact.split(' ').enumerate() {
            @if index > 0 { " " }
            (linked_word(word))
        }
    }
}

/// A word. If it is an address, the address is a link and the punctuation around it is not.
fn linked_word(word: &str) -> Markup {
    let address = word.trim_matches(['.', ',', ';', ':', '(', ')', '<', '>']);
    match address.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') => {
            let (before, after) = word.split_once(address).unwrap_or_default();
            html! { (before) a href={ "mailto:" (address) } { (address) } (after) }
        }
        _ => html! { (word) },
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
            assert_eq!(linked(text).into_string(), expected);
        }
    }
}
