//! The desk: who is let in.

use super::{
    reader::Reader,
    variables::{ACCESS_AUD, ACCESS_OPERATORS, ADMIN_TOKEN},
};
use crate::domain::operator::{AccessOperators, Operators};

/// The operators who are let in to `/admin`.
#[derive(Clone)]
pub struct Desk {
    /// `ADMIN_TOKEN`.
    pub operators: Operators,
    /// `ACCESS_AUD` and `ACCESS_OPERATORS`: whom Cloudflare Access may name; nobody if it is not set.
    pub access: Option<AccessOperators>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Desk> {
    let operators = operators(reader);
    let access = access(reader);
    Some(Desk {
        operators: operators?,
        access: access?,
    })
}

fn operators(reader: &mut Reader<'_>) -> Option<Operators> {
    let list = reader.text(ADMIN_TOKEN)?;
    Operators::parse(&list)
        .inspect_err(|why| reader.wrong(ADMIN_TOKEN, why))
        .ok()
}

/// `None`: it is wrong.
fn access(reader: &mut Reader<'_>) -> Option<Option<AccessOperators>> {
    let emails = reader.given(ACCESS_OPERATORS);
    let Some(audience) = reader.given(ACCESS_AUD) else {
        // Who names people means to let them in; without an audience nobody would be.
        if emails.is_some() {
            reader.wrong(ACCESS_OPERATORS, "needs ACCESS_AUD");
        }
        return Some(None);
    };
    if !audience.bytes().all(|b| b.is_ascii_graphic() && b != b',') {
        let why = "must be one audience tag of an Access application";
        reader.wrong(ACCESS_AUD, why);
    }
    AccessOperators::parse(&audience, emails.as_deref())
        .inspect_err(|why| reader.wrong(ACCESS_OPERATORS, why))
        .ok()
        .map(Some)
}
