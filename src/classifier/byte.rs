//! Which bytes belong to a word of a User-Agent, and which separate words.
//!
//! A word is letters, digits, the signs `-`, `_`, `.`, `+`, `@`, `!` and `%`, and every byte beyond ASCII.

/// The value that [`LOWER`] has for a byte that belongs to no word.
pub(super) const SEPARATOR: u8 = 0;

/// Each byte in lower case if it belongs to a word, else [`SEPARATOR`].
pub(super) static LOWER: [u8; 256] = lower();

const fn lower() -> [u8; 256] {
    let mut table = [SEPARATOR; 256];
    let mut byte = 0;
    while byte < 256 {
        let sign = byte as u8;
        let joins = matches!(sign, b'-' | b'_' | b'.' | b'+' | b'@' | b'!' | b'%');
        if sign.is_ascii_alphanumeric() || sign >= 0x80 || joins {
            table[byte] = sign.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
}

/// Whether a word begins with this byte. No word begins with a plus, because crawlers write `+http:`.
#[inline]
pub(super) const fn begins_a_word(byte: u8) -> bool {
    LOWER[byte as usize] != SEPARATOR && byte != b'+'
}
