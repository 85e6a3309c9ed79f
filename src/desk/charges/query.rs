//! The query parameters of the list of charges.

use crate::{
    desk::query::{BAD_AFTER, BadQuery, Parameter, id, read},
    domain::{
        charge::{ChargeState, Kind},
        id::ChargeId,
        search,
        time::is_day,
    },
    store::charges::{After, Filter, Sort},
};

const BAD_STATE: BadQuery = BadQuery::Value(
    "state",
    "unpaid, pending, processing, action_required, paid, refunded or closed",
);
const BAD_KIND: BadQuery = BadQuery::Value("kind", "first_payment, monthly or custom");
const BAD_PERIOD: BadQuery = BadQuery::Value(
    "period",
    "a month, such as 2026-05, or the title of a custom charge",
);
const BAD_OVERDUE: BadQuery = BadQuery::Value("overdue", "1, or left out");
const BAD_SORT: BadQuery = BadQuery::Value("sort", "newest, amount, due or name");

/// The longest name that a page may begin behind, in characters.
const LONGEST_NAME: usize = 200;

#[derive(Default)]
struct Asked {
    filter: Filter,
    after: String,
}

/// The filter of a list of charges. A form sends what was left empty, too.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn filter(query: &str) -> Result<Filter, BadQuery> {
    let Asked { mut filter, after } =
        read(query, |Asked { filter, after }: &mut Asked, name, value| {
            match (name, value.trim()) {
                ("q" | "state" | "kind" | "period" | "overdue" | "sort" | "after", "") => {}
                ("q", value) => {
                    filter.words = search::words(value);
                    value.clone_into(&mut filter.text);
                }
                ("state", value) => {
                    filter.state = Some(ChargeState::parse(value).ok_or(BAD_STATE)?)
                }
                ("kind", value) => filter.kind = Some(Kind::parse(value).ok_or(BAD_KIND)?),
                ("period", value) => {
                    let period = Some(value).filter(|value| Kind::Custom.has_period(value));
                    filter.period = Some(period.ok_or(BAD_PERIOD)?.to_owned());
                }
                ("overdue", "1") => filter.overdue = true,
                ("overdue", _) => return Err(BAD_OVERDUE),
                ("sort", value) => filter.sort = Sort::parse(value).ok_or(BAD_SORT)?,
                ("after", _) => value.clone_into(after),
                _ => return Ok(Parameter::Unknown),
            }
            Ok(Parameter::Known)
        })?;
    // What it says depends on the order, wherever that stands.
    if !after.is_empty() {
        filter.after = Some(behind(filter.sort, &after).ok_or(BAD_AFTER)?);
    }
    Ok(filter)
}

/// Where a page begins, as [`After`] writes it.
fn behind(sort: Sort, text: &str) -> Option<After> {
    let (number, key) = match sort {
        Sort::Newest => (text, ""),
        Sort::Amount | Sort::Due | Sort::Name => text.split_once('-')?,
    };
    let is_one = match sort {
        Sort::Newest => true,
        Sort::Amount => key == "0" || id(key).is_some(),
        Sort::Due => key == "~" || is_day(key),
        Sort::Name => !key.is_empty() && key.chars().count() <= LONGEST_NAME,
    };
    let id = ChargeId(id(number)?);
    is_one.then(|| After {
        id,
        key: key.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_what_the_query_says() {
        let query = "q=Player+7&state=paid&kind=monthly&period=2026-05&overdue=1&after=40";
        let all = Filter {
            text: "Player 7".to_owned(),
            words: vec!["player".to_owned(), "7".to_owned()],
            state: Some(ChargeState::Paid),
            kind: Some(Kind::Monthly),
            period: Some("2026-05".to_owned()),
            overdue: true,
            sort: Sort::Newest,
            after: Some(After {
                id: ChargeId(40),
                key: String::new(),
            }),
        };
        assert_eq!(filter(query), Ok(all));
        assert_eq!(
            filter("q=&state=&kind=&period=&overdue=&sort=&after="),
            Ok(Filter::default())
        );
        for (query, bad) in [
            ("state=open", BAD_STATE),
            ("kind=x", BAD_KIND),
            ("period=2026-13", BAD_PERIOD),
            ("overdue=yes", BAD_OVERDUE),
            ("sort=x", BAD_SORT),
            ("after=x", BAD_AFTER),
            ("after=7-500", BAD_AFTER),
            ("sort=amount&after=7", BAD_AFTER),
            ("sort=amount&after=7--5", BAD_AFTER),
            ("sort=due&after=7-2026-13-01", BAD_AFTER),
            ("sort=name&after=7-", BAD_AFTER),
            ("stat=paid", BadQuery::Unknown("stat".to_owned())),
            ("stat=", BadQuery::Unknown("stat".to_owned())),
        ] {
            assert_eq!(filter(query), Err(bad), "{query}");
        }
    }

    #[test]
    fn a_page_begins_where_the_one_before_said() {
        for (sort, after) in [
            (Sort::Newest, "7"),
            (Sort::Amount, "7-15000"),
            (Sort::Amount, "7-0"),
            (Sort::Due, "7-2026-05-31"),
            (Sort::Due, "7-~"),
            (Sort::Name, "7-Player - 7"),
        ] {
            let mut query = form_urlencoded::Serializer::new(String::new());
            // In either order.
            query.append_pair("after", after);
            query.append_pair("sort", sort.as_str());
            let read = filter(&query.finish()).unwrap_or_default();
            assert_eq!(read.sort, sort);
            assert_eq!(
                read.after.map(|after| after.to_string()).as_deref(),
                Some(after)
            );
        }
    }
}
