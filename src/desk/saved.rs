//! `POST /admin/saved.csv`: a table that a page holds, as a file. A link is shown once, so it can be saved again and again from
//! the page that shows it, and from nowhere else.
//!
//! The page sends what it holds, and gets it back: a `data:` address of more than 2 MB is refused by Chromium ("Guidelines for URL
//! Display"), phones open one instead of saving it, and a script is not needed. Nothing is read from the database, and nothing
//! is kept.

use maud::{Markup, html};

use super::request::Desk;
use crate::http::{
    handler::{Handled, Services},
    multipart::{self, Part},
    request::Body,
    response,
};

/// A table that a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Links that were made just now.
    Links,
    /// The faults of a file.
    Errors,
}

impl Table {
    const ALL: [Self; 2] = [Self::Links, Self::Errors];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::Errors => "errors",
        }
    }
}

/// A button that saves a table.
#[must_use]
pub fn form(table: Table, csv: &str, button: &str) -> Markup {
    html! {
        form method="post" action="/admin/saved.csv" enctype="multipart/form-data" {
            input type="hidden" name="table" value=(table.as_str());
            input type="hidden" name="csv" value=(csv);
            div.actions { button.quiet type="submit" { (button) } }
        }
    }
}

/// The same of links that no other page will show again, with their table to copy. The desk's script asks before the page is left
/// unsaved.
#[must_use]
pub fn links(csv: &str) -> Markup {
    html! {
        form method="post" action="/admin/saved.csv" enctype="multipart/form-data" data-once {
            input type="hidden" name="table" value=(Table::Links.as_str());
            div.actions { button type="submit" { "Save as CSV" } }
            p role="status" data-saved {}
            div.field {
                label for="links" { "The same to copy" }
                textarea id="links" name="csv" rows="4" readonly { "\n" (csv) }
            }
        }
    }
}

/// The same of one link, which the page shows beside it.
#[must_use]
pub fn one_link(csv: &str) -> Markup {
    html! {
        form method="post" action="/admin/saved.csv" enctype="multipart/form-data" data-once {
            input type="hidden" name="table" value=(Table::Links.as_str());
            input type="hidden" name="csv" value=(csv);
            div.actions { button.quiet type="submit" { "Save as CSV" } }
            p role="status" data-saved {}
        }
    }
}

/// Gives a page back what it holds.
pub fn handle<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Handled {
    let Body::Whole(body) = body else {
        let (title, detail) = (
            "This is too large",
            "Nothing was done. Copy the text from the page instead.",
        );
        return desk.problem(413, "too_large", title, detail);
    };
    let Some((table, csv)) = read(&desk.request.content_type, body) else {
        let detail = "This address takes the form of the desk's own pages alone.";
        return desk.bad_request(detail);
    };
    let name = format!("{}.csv", table.as_str());
    let response = response::saved(desk.site, &name, csv);
    Handled::new(response, desk.request.log.clone(), "saved")
}

fn read<'a>(content_type: &str, body: &'a [u8]) -> Option<(Table, &'a str)> {
    let parts = multipart::parts(multipart::boundary(content_type)?, body).ok()?;
    let [
        Part {
            name: "table",
            value: table,
        },
        Part {
            name: "csv",
            value: csv,
        },
    ] = parts.as_slice()
    else {
        return None;
    };
    let table = Table::ALL
        .into_iter()
        .find(|it| it.as_str().as_bytes() == *table)?;
    Some((table, std::str::from_utf8(csv).ok()?))
}
