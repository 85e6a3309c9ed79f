//! Spanish.

use super::{
    format::{Format, SymbolFirst},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in Spanish.
pub const WORDS: Words = Words {
    language: Language::Es,
    format: Format {
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        date: "{day} de {month} de {year}",
        first_of_month: "1",
        decimal_mark: ",",
        group_mark: ".",
        grouped_from: 5,
        symbol_first: SymbolFirst::Never,
    },
};
