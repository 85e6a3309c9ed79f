//! The token of a link: what proves that its bearer was sent here.
//!
//! Only its SHA-256 is kept, so that whoever reads the database cannot open a link. A token is compared
//! as a hash, by index, which leaks nothing about how much of a guess was right.

use sha2::{Digest, Sha256};

use crate::encode::{base64url, hex, percent_decode};

/// A well-formed token. Has no `Debug` or `Display`: it must not reach a log.
pub struct Token(String);

/// The SHA-256 of a token, in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(String);

/// The lengths that a token may have, in characters.
pub const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 8..=200;
/// A token with fewer characters is short. Only its length keeps a link from being guessed. The limit on
/// misses is by address, and somebody who guesses can have many addresses.
pub const SHORT: usize = 16;

impl Token {
    /// Reads a token as it was issued: 8 to 200 visible ASCII characters that survive a URL.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = TOKEN_LENGTH.contains(&text.len()) && text.bytes().all(is_token_byte);
        fits.then(|| Self(text.to_owned()))
    }

    /// Finds the one `token` of a query string. Other parameters, which mailers like to add, are
    /// ignored; a second `token` makes the whole query malformed.
    #[must_use]
    pub fn from_query(query: &str) -> Option<Self> {
        let mut tokens = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(name, _)| *name == "token")
            .map(|(_, value)| value);
        let (token, None) = (tokens.next()?, tokens.next()) else {
            return None;
        };
        Self::parse(&percent_decode(token)?)
    }

    /// Whether it is shorter than a new token may be. Existing links with a short one work all the same.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.len() < SHORT
    }

    /// A fresh token: 32 random bytes in base64url, 43 characters.
    #[must_use]
    pub fn mint(random: &[u8; 32]) -> Self {
        Self(base64url(random))
    }

    /// The hash by which the database knows it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(hex(&Sha256::digest(self.0.as_bytes())))
    }

    /// As the value of a query parameter.
    #[must_use]
    pub fn query_value(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        out
    }
}

impl TokenHash {
    /// A text in place of a hash that no token has: a real hash is longer.
    #[must_use]
    pub(crate) fn of_nobody() -> Self {
        Self("nobody".into())
    }

    /// 64 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Visible ASCII, except what has a meaning in a URL, in HTML or for a mail program.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>\\^`{|}&#%?".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Option<String> {
        Token::from_query(query).map(|token| token.0)
    }

    #[test]
    fn one_token_among_other_parameters() {
        assert_eq!(
            read("token=demo-token-26").as_deref(),
            Some("demo-token-26")
        );
        assert_eq!(
            read("utm_source=mail&token=demo-token-26&fbclid=x").as_deref(),
            Some("demo-token-26")
        );
        assert_eq!(read("token=ab%2Bcd%3D%3D==").as_deref(), Some("ab+cd===="));
    }

    #[test]
    fn malformed_tokens() {
        let long = format!("token={}", "a".repeat(201));
        for query in [
            "",
            "token",
            "token=",
            "token=short",
            "tokens=abcdefgh",
            "token=abcdefgh&token=abcdefgh",
            "token=abcd%2",
            "token=abcd%zzefgh",
            "token=abcd efgh",
            "token=abcdefg%00",
            "token=%C3%A9abcdefgh",
            "token=<script>alert",
            &long,
        ] {
            assert!(read(query).is_none(), "{query}");
        }
        assert!(read(&format!("token={}", "a".repeat(200))).is_some());
    }

    #[test]
    fn a_minted_token_is_base64url_of_its_bytes() {
        let mut random = [0_u8; 32];
        for (i, byte) in random.iter_mut().enumerate() {
            *byte = i as u8 * 7 + 3;
        }
        let token = Token::mint(&random);
        assert_eq!(token.0, "AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dw");
        assert!(Token::parse(&token.0).is_some());
        assert_eq!(token.query_value(), token.0);
    }

    #[test]
    fn a_token_of_fewer_than_16_characters_is_short() {
        let is_short = |text: &str| Token::parse(text).map(|token| token.is_short());
        for (text, short) in [
            ("1234567", None),
            ("12345678", Some(true)),
            ("123456789012345", Some(true)),
            ("1234567890123456", Some(false)),
        ] {
            assert_eq!(is_short(text), short, "{text}");
        }
        assert!(!Token::mint(&[0; 32]).is_short());
    }

    #[test]
    fn the_hash_is_sha_256() {
        // FIPS 180-2's long example message: the short one, "abc", is no token.
        let token = Token::parse("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
        assert_eq!(
            token.map(|token| token.hash().0).as_deref(),
            Some("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        );
    }

    #[test]
    fn what_a_url_would_change_is_escaped() {
        let token = Token::parse("a+b/c=d:e@f").map(|token| token.query_value());
        assert_eq!(token.as_deref(), Some("a%2Bb%2Fc%3Dd%3Ae%40f"));
    }
}
