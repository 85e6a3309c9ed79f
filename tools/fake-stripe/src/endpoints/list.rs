//! Lists (Stripe docs, "Pagination"): newest first, a cursor either way, `has_more`.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::params::{Args, Read};

/// One page of a list. `ids` are of all objects that pass the filters, newest first; `known` says
/// whether a cursor names an object at all; `render` makes the object of an id.
pub(crate) fn page<'a>(
    url: &str,
    ids: &[&'a str],
    args: &Args,
    known: impl Fn(&str) -> bool,
    render: impl Fn(&'a str) -> Value,
) -> Result<Value, ApiError> {
    let limit = match args.int("limit").unwrap_or(10) {
        limit @ 1..=100 => limit as usize,
        limit => {
            let message = format!("Invalid limit: {limit} is not between 1 and 100.");
            return Err(ApiError::param("limit", message).code("parameter_invalid_integer"));
        }
    };
    let position = |param: &str| match args.text(param) {
        None => Ok(None),
        Some(id) => match ids.iter().position(|known| *known == id) {
            Some(at) => Ok(Some(at)),
            // It exists and the filters leave it out: the list is read from its end.
            None if known(id) => Ok(Some(ids.len())),
            None => Err(ApiError::missing("object", param, id)),
        },
    };
    let (start, end) = match (position("starting_after")?, position("ending_before")?) {
        (Some(_), Some(_)) => {
            let message = "You may pass only one of starting_after and ending_before.";
            return Err(ApiError::param("ending_before", message));
        }
        (Some(after), None) => (after + 1, after + 1 + limit),
        (None, Some(before)) => (before.saturating_sub(limit), before),
        (None, None) => (0, limit),
    };
    let (start, end) = (start.min(ids.len()), end.min(ids.len()));
    let more = match args.text("ending_before") {
        Some(_) => start > 0,
        None => end < ids.len(),
    };
    let data: Vec<Value> = ids[start..end].iter().map(|id| render(id)).collect();
    Ok(json!({ "object": "list", "data": data, "has_more": more, "url": url }))
}

/// Whether a time (unix seconds) lies within the `created` filter.
pub(crate) fn within(args: &Args, created: i64) -> bool {
    if let Some(at) = args.int("created") {
        return created == at;
    }
    let Some(range) = args.hash("created") else {
        return true;
    };
    range.int("gt").is_none_or(|at| created > at)
        && range.int("gte").is_none_or(|at| created >= at)
        && range.int("lt").is_none_or(|at| created < at)
        && range.int("lte").is_none_or(|at| created <= at)
}
