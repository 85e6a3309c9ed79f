//! The club: its name, its contact, its looks, its language and its days.

use super::{
    reader::Reader,
    variables::{CLUB_COLOR, CLUB_CONTACT, CLUB_LANGUAGE, CLUB_NAME, CLUB_TIMEZONE},
};
use crate::domain::{color::Color, language::Language};

/// The club's colour if `CLUB_COLOR` names none.
pub const DEFAULT_CLUB_COLOR: Color = Color::new(0x0b5c8a);

/// The club, which asks for the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Club {
    /// `CLUB_NAME`.
    pub name: String,
    /// `CLUB_CONTACT`: whom a parent asks; an address, a telephone number or a sentence.
    pub contact: String,
    /// `CLUB_COLOR`: of the pages and of a link's preview.
    pub color: Color,
    /// `CLUB_LANGUAGE`: of whoever does not say theirs.
    pub language: Language,
    /// `CLUB_TIMEZONE`: where the club's days begin; a name of the IANA time zone database.
    pub timezone: String,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Club> {
    let name = reader.text(CLUB_NAME);
    let contact = reader.text(CLUB_CONTACT);
    let why = "must be a colour as #rrggbb, such as #0b5c8a";
    let color = reader.parsed(CLUB_COLOR, why, Color::parse);
    let why = format!("must be {}", Language::TAGS);
    let language = reader.parsed(CLUB_LANGUAGE, &why, Language::parse);
    let why = "must be the name of a time zone, such as America/New_York";
    let timezone = reader.parsed(CLUB_TIMEZONE, why, timezone);
    Some(Club {
        name: name?,
        contact: contact?,
        color: color?,
        language: language?,
        timezone: timezone?,
    })
}

/// A name as the IANA time zone database has them; whether it has this one is not known here.
fn timezone(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+-".contains(&b);
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic()) && part.bytes().all(plain)
    };
    let fits = text.len() <= 64 && text.split('/').count() <= 3 && text.split('/').all(part);
    fits.then(|| text.to_owned())
}
