//! The query of an act on several charges: which act, and which charges.

use crate::{
    desk::{
        charges::query as charges,
        query::{BadQuery, Parameter, ids, read},
    },
    domain::id::ChargeId,
};

/// How many charges may be named.
pub const MOST: usize = 2_000;

/// An act on several charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkAct {
    /// The link is emailed.
    Link,
    /// A reminder is emailed.
    Reminder,
    /// Links are made and saved as a file.
    Links,
    /// They are closed.
    Close,
    /// They are saved as a table.
    Export,
}

impl BulkAct {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Link,
        Self::Reminder,
        Self::Links,
        Self::Close,
        Self::Export,
    ];

    /// As it stands in a query.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Reminder => "reminder",
            Self::Links => "links",
            Self::Close => "close",
            Self::Export => "export",
        }
    }

    /// The label of its button.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "Email the link",
            Self::Reminder => "Remind",
            Self::Links => "Links as CSV",
            Self::Close => "Close",
            Self::Export => "Save as CSV",
        }
    }

    /// Reads what stands in a query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == text)
    }
}

/// The contents of the query. It has no charges yet, if no box was ticked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The act.
    pub act: Option<BulkAct>,
    /// With which charges, each once.
    pub charges: Vec<ChargeId>,
    /// The list that they were ticked in, as its query.
    pub list: String,
}

/// Reads a query. A form names each charge by itself; so may others, or all in one, separated by spaces or commas.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn asked(query: &str) -> Result<Asked, BadQuery> {
    const BAD_ACT: BadQuery = BadQuery::Value("act", "link, reminder, links, close or export");
    read(query, |asked: &mut Asked, name, value| {
        match name {
            "act" => asked.act = Some(BulkAct::parse(value).ok_or(BAD_ACT)?),
            "charges" => add(&mut asked.charges, value).ok_or(BAD_CHARGES)?,
            "list" => asked.list = list(value)?,
            _ => return Ok(Parameter::Unknown),
        }
        Ok(Parameter::Known)
    })
}

const BAD_CHARGES: BadQuery = BadQuery::Value("charges", "ids of charges, at most 2000");

/// The query of a list, if it is one.
///
/// # Errors
/// What the list refuses.
pub fn list(query: &str) -> Result<String, BadQuery> {
    Ok(charges::filter(query)?.query())
}

/// Adds the ids of a text. `None` if it has others, or too many.
pub fn add(charges: &mut Vec<ChargeId>, text: &str) -> Option<()> {
    for id in ids(text)?.into_iter().map(ChargeId) {
        if !charges.contains(&id) {
            charges.push(id);
        }
    }
    (charges.len() <= MOST).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_are_named_one_by_one_or_all_in_one() {
        let expected = Asked {
            act: Some(BulkAct::Close),
            charges: vec![ChargeId(3), ChargeId(1), ChargeId(2)],
            list: "state=unpaid".to_owned(),
        };
        for charges in ["charges=3&charges=1&charges=2&charges=3", "charges=3+1,2"] {
            let query = format!("list=state%3Dunpaid%26kind%3D&act=close&{charges}");
            assert_eq!(asked(&query), Ok(expected.clone()));
        }
        assert_eq!(asked(""), Ok(Asked::default()));
        for bad in ["act=refund", "charges=x", "charges=0", "list=x%3D1", "x=1"] {
            assert!(asked(bad).is_err(), "{bad}");
        }
    }
}
