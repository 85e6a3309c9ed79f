//! The words that parents read, one file a language.
//!
//! [`words::Words`] has a field for each text, so a language that lacks one does not compile. What people write
//! differently from country to country (amounts, days) is a language's [`format::Format`].

mod de;
mod en;
mod es;
pub mod fill;
pub mod format;
mod fr;
pub mod mail;
pub mod pages;
mod pt;
pub mod words;

use crate::domain::language::{Language, Locale};
use words::Words;

/// The words of a language.
#[must_use]
pub const fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::Es => &es::WORDS,
        Language::Pt => &pt::WORDS,
        Language::Fr => &fr::WORDS,
        Language::De => &de::WORDS,
    }
}

/// The words of a language, with amounts as a visitor's region writes them.
#[must_use]
pub const fn words_of(locale: Locale) -> &'static Words {
    if locale.is_spanish_with_a_point {
        &es::WORDS_WITH_A_POINT
    } else {
        words(locale.language)
    }
}
