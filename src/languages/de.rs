//! German.

use super::{
    format::{Format, SymbolFirst},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in German.
pub const WORDS: Words = Words {
    language: Language::De,
    format: Format {
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        date: "{day}. {month} {year}",
        first_of_month: "1",
        decimal_mark: ",",
        group_mark: ".",
        grouped_from: 4,
        symbol_first: SymbolFirst::Never,
    },
};
