//! What the query of the list of charges may say.

use crate::{
    desk::query::{BAD_AFTER, BadQuery, Parameter, id, read},
    domain::{
        charge::{ChargeState, Kind},
        id::ChargeId,
        search,
    },
    store::charges::Filter,
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

/// The filter of a list of charges. A form sends what was left empty, too.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn filter(query: &str) -> Result<Filter, BadQuery> {
    read(query, |filter: &mut Filter, name, value| {
        match (name, value.trim()) {
            ("q" | "state" | "kind" | "period" | "overdue" | "after", "") => {}
            ("q", value) => filter.words = search::words(value),
            ("state", value) => filter.state = Some(ChargeState::parse(value).ok_or(BAD_STATE)?),
            ("kind", value) => filter.kind = Some(Kind::parse(value).ok_or(BAD_KIND)?),
            ("period", value) => {
                let period = Some(value).filter(|value| Kind::Custom.has_period(value));
                filter.period = Some(period.ok_or(BAD_PERIOD)?.to_owned());
            }
            ("overdue", "1") => filter.overdue = true,
            ("overdue", _) => return Err(BAD_OVERDUE),
            ("after", value) => filter.after = Some(ChargeId(id(value).ok_or(BAD_AFTER)?)),
            _ => return Ok(Parameter::Unknown),
        }
        Ok(Parameter::Known)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_what_the_query_says() {
        let query = "q=Player+7&state=paid&kind=monthly&period=2026-05&overdue=1&after=40";
        let all = Filter {
            words: vec!["player".to_owned(), "7".to_owned()],
            state: Some(ChargeState::Paid),
            kind: Some(Kind::Monthly),
            period: Some("2026-05".to_owned()),
            overdue: true,
            after: Some(ChargeId(40)),
        };
        assert_eq!(filter(query), Ok(all));
        assert_eq!(
            filter("q=&state=&kind=&period=&overdue="),
            Ok(Filter::default())
        );
        for (query, bad) in [
            ("state=open", BAD_STATE),
            ("kind=x", BAD_KIND),
            ("period=2026-13", BAD_PERIOD),
            ("overdue=yes", BAD_OVERDUE),
            ("after=x", BAD_AFTER),
            ("stat=paid", BadQuery::Unknown("stat".to_owned())),
            ("stat=", BadQuery::Unknown("stat".to_owned())),
        ] {
            assert_eq!(filter(query), Err(bad), "{query}");
        }
    }
}
