//! The query parameters of the months.

use crate::{
    desk::query::{BAD_AFTER, BadQuery, Parameter, read},
    domain::month::Cursor,
};

/// The contents of a query about the months.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Of the list: older than this one.
    pub after: Option<Cursor>,
    /// Of an opening: only says what it would do.
    pub dry_run: bool,
}

impl Asked {
    /// Reads a query.
    ///
    /// # Errors
    /// A parameter that is unknown, or whose value means nothing.
    pub fn read(query: &str) -> Result<Self, BadQuery> {
        read(query, |asked: &mut Self, name, value| {
            match (name, value) {
                ("after", _) => asked.after = Some(Cursor::parse(value).ok_or(BAD_AFTER)?),
                ("dry_run", "1") => asked.dry_run = true,
                ("dry_run", _) => return Err(BadQuery::Value("dry_run", "1, or left out")),
                _ => return Ok(Parameter::Unknown),
            }
            Ok(Parameter::Known)
        })
    }
}
