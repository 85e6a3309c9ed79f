//! The parameters of a query: one reader for all pages of the desk. Each slice says which parameters its page takes.

use crate::billing::import::options::BadParameter;

/// The fault of a query. Nothing is done then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQuery {
    /// Of an import.
    #[error(transparent)]
    Import(#[from] BadParameter),
    /// There is no such parameter. Its name, cut to what helps to recognize it.
    #[error("There is no parameter {0:?} here.")]
    Unknown(String),
    /// Its value means nothing.
    #[error("The parameter {0} must be {1}.")]
    Value(&'static str, &'static str),
}

/// Where a page of a list begins is said by the page before it.
pub const BAD_AFTER: BadQuery = BadQuery::Value("after", "what an answer's next says");

/// The kind of a parameter: the page has it, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// One of the page's.
    Known,
    /// The page has none of that name.
    Unknown,
}

/// Reads a query. `take` is called with each name and value.
///
/// # Errors
/// The first parameter that is unknown, or whose value means nothing.
pub fn read<T: Default>(
    query: &str,
    mut take: impl FnMut(&mut T, &str, &str) -> Result<Parameter, BadQuery>,
) -> Result<T, BadQuery> {
    let mut asked = T::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match take(&mut asked, &name, &value)? {
            Parameter::Known => {}
            Parameter::Unknown => return Err(BadQuery::Unknown(name.chars().take(40).collect())),
        }
    }
    Ok(asked)
}

/// Where a page of a list begins, if its query says nothing else.
///
/// # Errors
/// What [`read`] refuses.
pub fn after(query: &str) -> Result<Option<i64>, BadQuery> {
    read(query, |after, name, value| match name {
        "after" => {
            *after = Some(id(value).ok_or(BAD_AFTER)?);
            Ok(Parameter::Known)
        }
        _ => Ok(Parameter::Unknown),
    })
}

/// The ids of rows, as a form names several: separated by spaces or commas.
#[must_use]
pub fn ids(text: &str) -> Option<Vec<i64>> {
    let parts = text.split([' ', ',']).filter(|part| !part.is_empty());
    parts.map(id).collect()
}

/// No row has a greater id: D1 carries 53 bits of an integer.
pub const GREATEST_ID: i64 = (1 << 53) - 1;

/// The id of a row, as it stands in a path or a query.
#[must_use]
pub fn id(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let id = is_number.then(|| text.parse().ok()).flatten()?;
    (id <= GREATEST_ID).then_some(id)
}
