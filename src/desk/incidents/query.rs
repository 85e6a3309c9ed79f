//! The query parameters of the list of incidents.

use crate::{
    desk::{
        incidents::queries::Filter,
        query::{BAD_AFTER, BadQuery, Parameter, id, read},
    },
    domain::id::IncidentId,
};

/// The filter of a list of incidents: those that are open, if nothing else is said.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn filter(query: &str) -> Result<Filter, BadQuery> {
    read(query, |filter: &mut Filter, name, value| {
        match (name, value) {
            ("state", "open") => filter.resolved = false,
            ("state", "resolved") => filter.resolved = true,
            ("state", _) => return Err(BadQuery::Value("state", "open or resolved")),
            ("after", _) => filter.after = Some(IncidentId(id(value).ok_or(BAD_AFTER)?)),
            _ => return Ok(Parameter::Unknown),
        }
        Ok(Parameter::Known)
    })
}
