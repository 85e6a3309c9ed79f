//! What an operator's path and query ask for.

use crate::{
    billing::import::options::{BadParameter, Options},
    domain::{
        charge::{ChargeState, Kind, is_period},
        id::ChargeId,
        search,
    },
    store::charges::Filter,
};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `/admin/login`
    LogIn,
    /// `/admin/logout`
    LogOut,
    /// `/admin/charges`
    Charges(Filter),
    /// `/admin/charges/{id}`
    Charge(ChargeId),
    /// `/admin/explain`
    Explain,
    /// `/admin/import`
    Import(Options),
    /// `/admin/reconcile`
    Reconcile,
}

/// A path that means something, and the methods that it takes.
pub struct Found {
    /// What is asked for.
    pub resource: Resource,
    /// The `Allow` header.
    pub allow: &'static str,
}

/// What is wrong with a query. Nothing is done then.
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

const GET: &str = "GET, HEAD";
const POST: &str = "POST";
const BOTH: &str = "GET, HEAD, POST";

/// Reads a path below `/admin` and its query; `None` if there is nothing at that path.
///
/// # Errors
/// A parameter of the query that is unknown, or whose value means nothing here.
pub fn find(path: &str, query: &str) -> Result<Option<Found>, BadQuery> {
    let rest = path.strip_prefix("/admin").unwrap_or_default();
    let parts: Vec<&str> = rest.split('/').skip(1).collect();
    let found = |resource, allow| Ok(Some(Found { resource, allow }));
    match parts.as_slice() {
        ["login"] => found(Resource::LogIn, BOTH),
        ["logout"] => found(Resource::LogOut, POST),
        ["charges"] => found(Resource::Charges(filter(query)?), GET),
        ["charges", id] => match self::id(id) {
            Some(id) => found(Resource::Charge(ChargeId(id)), GET),
            None => Ok(None),
        },
        ["explain"] => found(Resource::Explain, BOTH),
        ["import"] => found(Resource::Import(Options::read(query)?), POST),
        ["reconcile"] => found(Resource::Reconcile, POST),
        _ => Ok(None),
    }
}

/// The id of a row, as it stands in a path.
fn id(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    is_number.then(|| text.parse().ok()).flatten()
}

const BAD_STATE: BadQuery = BadQuery::Value(
    "state",
    "unpaid, pending, processing, paid, refunded or closed",
);
const BAD_KIND: BadQuery = BadQuery::Value("kind", "first_payment, monthly or custom");
const BAD_PERIOD: BadQuery = BadQuery::Value("period", "a month, such as 2026-05");
const BAD_AFTER: BadQuery = BadQuery::Value("after", "what an answer's next says");

/// The filter of a list of charges.
fn filter(query: &str) -> Result<Filter, BadQuery> {
    let mut filter = Filter::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match name.as_ref() {
            "q" => filter.words = search::words(value),
            "state" => {
                filter.state = Some(ChargeState::parse(value).ok_or(BAD_STATE)?);
            }
            "kind" => {
                filter.kind = Some(Kind::parse(value).ok_or(BAD_KIND)?);
            }
            "period" => {
                let period = Some(value).filter(|value| is_period(value));
                filter.period = Some(period.ok_or(BAD_PERIOD)?.to_owned());
            }
            "after" => {
                filter.after = Some(ChargeId(id(value).ok_or(BAD_AFTER)?));
            }
            other => return Err(BadQuery::Unknown(other.chars().take(40).collect())),
        }
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str, query: &str) -> Option<Resource> {
        find(path, query).ok().flatten().map(|found| found.resource)
    }

    #[test]
    fn a_path_names_a_resource() {
        assert_eq!(resource("/admin/charges/12", ""), Some(Resource::Charge(ChargeId(12))));
        for nothing in [
            "/admin/charges/",
            "/admin/charges/0",
            "/admin/charges/012",
            "/admin/charges/-1",
            "/admin/charges/1x",
            "/admin/charges/99999999999999999999",
            "/admin/nothing",
            "/administrator",
        ] {
            assert_eq!(resource(nothing, ""), None, "{nothing}");
        }
    }

    #[test]
    fn a_filter_is_what_the_query_says() {
        let query = "q=Player+7&state=paid&kind=monthly&period=2026-05&after=40";
        let filter = Filter {
            words: vec!["player".to_owned(), "7".to_owned()],
            state: Some(ChargeState::Paid),
            kind: Some(Kind::Monthly),
            period: Some("2026-05".to_owned()),
            after: Some(ChargeId(40)),
        };
        assert_eq!(resource("/admin/charges", query), Some(Resource::Charges(filter)));
        // A form sends what was left empty, too.
        assert_eq!(
            resource("/admin/charges", "q=&state=&kind=&period="),
            Some(Resource::Charges(Filter::default()))
        );
        for (query, bad) in [
            ("state=open", BAD_STATE),
            ("kind=x", BAD_KIND),
            ("period=2026-13", BAD_PERIOD),
            ("after=x", BAD_AFTER),
            ("stat=paid", BadQuery::Unknown("stat".to_owned())),
        ] {
            assert_eq!(find("/admin/charges", query).err(), Some(bad), "{query}");
        }
    }
}
