//! French.

use super::{
    format::{Format, SymbolFirst},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in French.
pub const WORDS: Words = Words {
    language: Language::Fr,
    format: Format {
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        date: "{day} {month} {year}",
        first_of_month: "1er",
        decimal_mark: ",",
        group_mark: "\u{202f}",
        grouped_from: 4,
        symbol_first: SymbolFirst::Never,
    },
};
