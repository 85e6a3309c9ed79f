//! The query parameters of the list of players.

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
            ("q", value) => {
                filter.words = search::words(value);
                value.clone_into(&mut filter.text);
            }
            ("after", value) => filter.after = Some(PlayerId(id(value).ok_or(BAD_AFTER)?)),
            _ => return Ok(Parameter::Unknown),
        }
        Ok(Parameter::Known)
    })
}

/// Which year of a player's payments, if the query says one.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn year(query: &str) -> Result<Option<i32>, BadQuery> {
    const BAD_YEAR: BadQuery = BadQuery::Value("year", "a year, such as 2026");
    read(query, |year, name, value| match name {
        "year" => {
            let number = value
                .parse()
                .ok()
                .filter(|year| (2000..2100).contains(year));
            *year = Some(number.ok_or(BAD_YEAR)?);
            Ok(Parameter::Known)
        }
        _ => Ok(Parameter::Unknown),
    })
}
