//! Bytes as text: hex, base64 and percent-encoding.

/// Bytes in lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    // Every click's token is hashed: through core::fmt this would be a twentieth of what a click costs.
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// RFC 4648 "Base 64 Encoding", with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = digits(bytes, b'+', b'/');
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// RFC 4648 "Base 64 Encoding with URL and Filename Safe Alphabet", without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    digits(bytes, b'-', b'_')
}

/// Undoes percent-encoding (RFC 3986, "Percent-Encoding"); `None` if it is none, or no UTF-8. A plus sign stays one: a
/// token has no spaces, but may be base64, and in a path it means itself.
#[must_use]
pub fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |b: Option<u8>| char::from(b?).to_digit(16);
            let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
            out.push((high * 16 + low) as u8);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

fn digits(bytes: &[u8], digit_62: u8, digit_63: u8) -> String {
    let digit = |value: u32| match value as u8 & 63 {
        value @ 0..=25 => b'A' + value,
        value @ 26..=51 => b'a' + value - 26,
        value @ 52..=61 => b'0' + value - 52,
        62 => digit_62,
        _ => digit_63,
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0_u32, |word, (i, byte)| {
            word | u32::from(*byte) << (16 - 8 * i)
        });
        for place in 0..=chunk.len() {
            text.push(char::from(digit(word >> (18 - 6 * place))));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
        assert_eq!(hex(&[0, 0x1f, 0xff]), "001fff");
    }
}
