//! What the query of the list of players may say.

use super::queries::Filter;
use crate::{
    desk::query::{BAD_AFTER, BadQuery, Parameter, id, read},
    domain::{id::PlayerId, search},
};

/// The filter of a list of players.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn filter(query: &str) -> Result<Filter, BadQuery> {
    read(query, |filter: &mut Filter, name, value| {
        match (name, value.trim()) {
            ("q", value) => filter.words = search::words(value),
            ("after", value) => filter.after = Some(PlayerId(id(value).ok_or(BAD_AFTER)?)),
            _ => return Ok(Parameter::Unknown),
        }
        Ok(Parameter::Known)
    })
}
