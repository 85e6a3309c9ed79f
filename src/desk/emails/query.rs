//! The query parameters of the emails: which of them a list has, and which charges an email is about.

use crate::{
    desk::{
        charges::query as charges,
        emails::{queries, selection::MOST},
        query::{self, BAD_AFTER, BadQuery, GREATEST_ID, Parameter, id, read},
    },
    domain::{
        email::{EmailState, Template},
        id::{ChargeId, EmailId},
    },
    store::charges::Filter,
};

/// Which charges an email is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Charges(Vec<ChargeId>),
    /// Those of a list.
    Filter(Filter),
}

impl Selection {
    /// As it stands in a query, behind other parameters.
    #[must_use]
    pub fn query(&self) -> String {
        match self {
            Self::Charges(charges) => {
                let ids: Vec<_> = charges.iter().map(ToString::to_string).collect();
                format!("&charges={}", ids.join("+"))
            }
            Self::Filter(filter) => match filter.query() {
                query if query.is_empty() => query,
                query => format!("&{query}"),
            },
        }
    }
}

/// The id of a charge, if it is one.
pub(in crate::desk) fn id_of(number: i64) -> Option<ChargeId> {
    (1..=GREATEST_ID)
        .contains(&number)
        .then_some(ChargeId(number))
}

/// At least one charge, and not too many.
pub(in crate::desk) fn few(charges: Vec<ChargeId>) -> Option<Vec<ChargeId>> {
    (1..=MOST).contains(&charges.len()).then_some(charges)
}

/// Charges as a form names them: ids, separated by spaces or commas.
pub(in crate::desk) fn ids(text: &str) -> Option<Vec<ChargeId>> {
    few(query::ids(text)?.into_iter().map(ChargeId).collect())
}

/// The email, and the charges that it is about: the link to all who have not paid, if nothing else is said.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn preview(query: &str) -> Result<(Template, Selection), BadQuery> {
    const BAD_TEMPLATE: BadQuery = BadQuery::Value("template", "link or reminder");
    const BAD_CHARGES: BadQuery = BadQuery::Value("charges", "ids of charges, at most 2000");
    let (mut template, mut charges) = (Template::Link, None);
    let mut rest = form_urlencoded::Serializer::new(String::new());
    // What is not about the email is the list's filter.
    read(query, |(): &mut (), name, value| {
        match name {
            "template" => template = Template::by_hand(value).ok_or(BAD_TEMPLATE)?,
            "charges" => charges = Some(ids(value).ok_or(BAD_CHARGES)?),
            "after" => return Ok(Parameter::Unknown),
            _ => {
                rest.append_pair(name, value);
            }
        }
        Ok(Parameter::Known)
    })?;
    let filter = charges::filter(&rest.finish())?;
    // Whoever names charges means these.
    let selection = charges.map_or(Selection::Filter(filter), Selection::Charges);
    Ok((template, selection))
}

/// The filter of a list of emails.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn filter(query: &str) -> Result<queries::Filter, BadQuery> {
    const BAD_STATE: BadQuery = BadQuery::Value(
        "state",
        "queued, sending, sent, refused, unclear or canceled",
    );
    read(query, |filter: &mut queries::Filter, name, value| {
        match (name, value.trim()) {
            ("state", "") => {}
            ("state", value) => filter.state = Some(EmailState::parse(value).ok_or(BAD_STATE)?),
            ("after", value) => filter.after = Some(EmailId(id(value).ok_or(BAD_AFTER)?)),
            _ => return Ok(Parameter::Unknown),
        }
        Ok(Parameter::Known)
    })
}
