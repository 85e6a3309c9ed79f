//! `POST /admin/import`: a CSV file of what is owed becomes charges and links.

use serde::Serialize;

use crate::{
    billing::import::{self, Imported, Report, options::Options, rejected::Rejected},
    guard::after::After,
    http::{
        admin::desk::Desk,
        csv,
        handler::{Handled, Route, Services},
        log_context::LogContext,
        negotiate::Media,
        request::Body,
        response::{self, ContentKind, Problem, Response},
        site::Site,
    },
};

/// How many bytes of a file are read: 10,000 lines of 500.
pub const BODY_LIMIT: usize = 5_000_000;

/// 413: the file is too long.
#[must_use]
pub fn too_large(site: &Site) -> Response {
    let detail = "A file may have 10,000 lines and 5 MB. Nothing was imported: send it in parts.";
    response::problem(site, 413, "too_large", "The file is too large", detail)
}

/// Refuses a body that is no CSV file, whoever sends it.
#[must_use]
pub fn refuse_kind(site: &Site, content_type: &str) -> Option<Route> {
    let kind = content_type.to_ascii_lowercase();
    if !kind.starts_with("multipart/") && !kind.contains("json") {
        return None;
    }
    let detail = "The body must be the CSV file itself: Content-Type: text/csv.";
    let response = response::problem(site, 415, "not_csv", "Not a CSV file", detail);
    Some(Route::Answered(response, LogContext::of("not_csv")))
}

/// Imports the file. If an open session's amount became outdated, it ends right after the answer.
pub async fn handle<S: Services>(desk: Desk<'_, S>, options: Options, body: Body) -> Handled {
    let Desk {
        site,
        services,
        request,
        operator,
    } = desk;
    let Body::Whole(csv) = body else {
        return Handled::new(too_large(site), request.log, "too_large");
    };
    let media = request.media;
    match import::import(&site.config, services, &csv, options, &operator).await {
        Ok(Imported::Report {
            lines,
            has_outdated,
        }) => {
            let then = has_outdated.then_some(After::Reconcile(site.config.reconcile_budget));
            let response = report(site, &lines, media);
            Handled::new(response, request.log, "imported").then(then)
        }
        Ok(Imported::Rejected(lines)) => {
            Handled::new(rejection(site, &lines, media), request.log, "bad_lines")
        }
        Err(error) => {
            let detail = "Nothing was written. Please send the same file again.";
            Handled::try_again(site, request.log, detail).because(error)
        }
    }
}

fn report(site: &Site, lines: &[Report], media: Media) -> Response {
    match media {
        Media::Json => response::json(site, 200, &lines),
        Media::Csv | Media::Html => {
            let rows = lines
                .iter()
                .map(|line| line.fields().map(|(_, value)| value));
            let body = csv::table(Report::COLUMNS, rows);
            Response::new(site, 200, ContentKind::Csv, body)
        }
    }
}

/// Problem details with the rejected lines.
#[derive(Serialize)]
struct BadLines<'a> {
    #[serde(flatten)]
    problem: Problem<'a>,
    errors: Vec<BadLine>,
}

#[derive(Serialize)]
struct BadLine {
    line: u64,
    column: Option<&'static str>,
    reason: String,
}

fn rejection(site: &Site, lines: &[Rejected], media: Media) -> Response {
    match media {
        Media::Json => {
            let errors = lines.iter().map(|rejected| BadLine {
                line: rejected.line,
                column: rejected.wrong.column,
                reason: rejected.wrong.to_string(),
            });
            let body = BadLines {
                problem: Problem::new(
                    422,
                    "bad_lines",
                    "Nothing was imported",
                    "Mend the lines and send the whole file again.",
                ),
                errors: errors.collect(),
            };
            response::problem_details(site, 422, &body)
        }
        Media::Csv | Media::Html => {
            let rows = lines.iter().map(|rejected| {
                let column = rejected.wrong.column.unwrap_or_default();
                [
                    rejected.line.to_string(),
                    column.to_owned(),
                    rejected.wrong.to_string(),
                ]
            });
            let body = csv::table(["line", "column", "reason"], rows);
            Response::new(site, 422, ContentKind::Csv, body)
        }
    }
}
