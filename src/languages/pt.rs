//! Portuguese.

use super::{
    format::{Format, SymbolFirst},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in Portuguese.
pub const WORDS: Words = Words {
    language: Language::Pt,
    format: Format {
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        date: "{day} de {month} de {year}",
        first_of_month: "1º",
        decimal_mark: ",",
        group_mark: ".",
        grouped_from: 4,
        symbol_first: SymbolFirst::Of("brl"),
    },
};
