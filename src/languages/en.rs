//! English.

use super::{
    format::{Format, SymbolFirst},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in English.
pub const WORDS: Words = Words {
    language: Language::En,
    format: Format {
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        date: "{month} {day}, {year}",
        first_of_month: "1",
        decimal_mark: ".",
        group_mark: ",",
        grouped_from: 4,
        symbol_first: SymbolFirst::Always,
    },
};
