//! `GET /admin/audit`: who did what, when.

pub mod page;
pub mod queries;
pub mod sentence;

use serde::Serialize;

use crate::{
    desk::{
        audit::queries::{self as audit, Entry},
        layout::Tab,
        request::Desk,
    },
    domain::time::rfc_3339,
    http::handler::{Handled, Services},
    json::RawValue,
};

#[derive(Serialize)]
struct EntryJson<'a> {
    at: String,
    operator: &'a str,
    act: &'a str,
    about: &'a str,
    detail: &'a RawValue,
}

#[derive(Serialize)]
struct ListJson<'a> {
    entries: Vec<EntryJson<'a>>,
    next: Option<String>,
}

impl<'a> From<&'a Entry> for EntryJson<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            at: rfc_3339(entry.at),
            operator: &entry.operator,
            act: &entry.act,
            about: &entry.about,
            detail: &entry.detail,
        }
    }
}

/// A page of the log, the newest first.
pub async fn list<S: Services>(desk: &Desk<'_, S>, after: Option<i64>) -> Handled {
    let page = match audit::list(desk.services, after).await {
        Ok(page) => page,
        Err(error) => return desk.failed(error),
    };
    let json = ListJson {
        entries: page.entries.iter().map(EntryJson::from).collect(),
        next: page.next.map(|next| next.to_string()),
    };
    desk.answer("audit", &json, ("Who did what", Tab::Audit), |zone| {
        page::page(&page, zone)
    })
}
