//! `POST /admin/import`: a CSV file of what is owed becomes charges and links.

use serde::Serialize;

use crate::{
    billing::import::{
        self, Imported, Report,
        options::{BadParameter, Options},
        rejected::Rejected,
    },
    guard::after::After,
    http::{
        admin::login,
        csv,
        handler::{Accepted, Handled, Handler, Route, Services},
        log_context::LogContext,
        negotiate::{Media, csv_or_json},
        request::{Body, RequestHead},
        response::{self, ContentKind, Problem, Response},
        site::Site,
    },
    pages::answer::Answer,
};

/// In bytes: some five thousand lines.
const BODY_LIMIT: usize = 1024 * 1024;

/// Refuses a request that is wrong, whoever sends it.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route {
    let media = csv_or_json(head.header("accept").as_deref());
    let kind = head.header("content-type").unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("multipart/") || kind.contains("json") {
        let detail = "The body must be the CSV file itself: Content-Type: text/csv.";
        let response = response::problem(site, 415, "not_csv", "Not a CSV file", detail);
        return Route::Answered(response, LogContext::of("not_csv"));
    }
    if head.is_longer_than(BODY_LIMIT) {
        return Route::answer(site, head, &Answer::TooLarge, LogContext::default());
    }
    match Options::read(head.query) {
        Ok(options) => {
            let request = Accepted {
                media,
                authorization: head.header("authorization").unwrap_or_default(),
                body_limit: BODY_LIMIT,
                ..Accepted::default()
            };
            Route::Handler(Handler::Import(options), request)
        }
        Err(bad) => Route::Answered(bad_parameter(site, &bad), LogContext::of("bad_parameter")),
    }
}

fn bad_parameter(site: &Site, bad: &BadParameter) -> Response {
    let title = "Nothing was imported";
    response::problem(site, 400, "bad_parameter", title, &bad.to_string())
}

/// Imports the file. If the amount of an open session is outdated now, the session is ended right after the
/// answer.
pub async fn handle<S: Services>(
    site: &Site,
    request: Accepted,
    options: Options,
    body: Body,
    services: &S,
) -> Handled {
    let Body::Whole(csv) = body else {
        return Handled::answer(site, &request, &Answer::TooLarge);
    };
    let Some(operator) = request.log.operator.clone() else {
        return login::refuse(site, &request);
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
