//! `POST /admin/import`: a CSV file of what is owed becomes charges and links. For a program, the body is the file. A
//! browser sends the form of `GET /admin/import`, sees the dry run line by line, and sends the same file again.

pub mod page;

use serde::Serialize;

use super::routes::Resource;
use crate::{
    billing::import::{
        self, Change, Imported, Report,
        options::Options,
        rejected::{Rejected, Wrong},
        rows::A_DAY,
    },
    desk::{
        charges::list_page,
        import::page::{BadRow, Choices, Row, Summary},
        layout::Tab,
        request::Desk,
    },
    domain::error::StoreError,
    guard::after::FollowUp,
    http::{
        csv,
        handler::{Handled, Route, Services},
        log_context::LogContext,
        multipart,
        negotiate::{Media, names_a_page},
        request::Body,
        response::{self, ContentKind, Problem, Response},
        site::Site,
    },
};

/// How many bytes of a file are read: 10,000 lines of 500.
pub const BODY_LIMIT: usize = 5_000_000;
/// How many bytes of a form with a file are read. A browser sends two bytes for each line break of a field, so a file
/// that comes back from the dry run may be longer by one for each of its lines.
pub const UPLOAD_LIMIT: usize = BODY_LIMIT + 64 * 1024;

const TITLE: &str = "Import";
const TOO_LARGE: (&str, &str) = (
    "The file is too large",
    "A file may have 10,000 lines and 5 MB. Nothing was imported: send it in parts.",
);

/// 413: the file is too long.
#[must_use]
pub fn too_large(site: &Site) -> Response {
    response::problem(site, 413, "too_large", TOO_LARGE.0, TOO_LARGE.1)
}

/// Whether a browser sends its form.
#[must_use]
pub fn is_upload(content_type: &str, accept: Option<&str>) -> bool {
    multipart::boundary(content_type).is_some() && names_a_page(accept)
}

/// Refuses a body that is no CSV file, whoever sends it.
#[must_use]
pub fn refuse_kind(site: &Site, content_type: &str) -> Option<Route<Resource>> {
    let kind = content_type.to_ascii_lowercase();
    if !kind.starts_with("multipart/") && !kind.contains("json") {
        return None;
    }
    let detail = "The body must be the CSV file itself: Content-Type: text/csv.";
    let response = response::problem(site, 415, "not_csv", "Not a CSV file", detail);
    Some(Route::Answered(response, LogContext::of("not_csv")))
}

/// Shows the form, or imports what a program or the form sends.
pub async fn handle<S: Services>(desk: &Desk<'_, S>, options: Options, body: Body) -> Handled {
    if !desk.request.is_post {
        let body = page::form(choices(options));
        return desk.page(200, "import_form", TITLE, Tab::Import, &body);
    }
    match desk.request.media {
        Media::Html => upload(desk, options, body).await,
        Media::Csv | Media::Json => program(desk, options, body).await,
    }
}

/// If an open session's amount became outdated, it ends right after the answer. And a payment whose charge was missing
/// may have its place now.
fn after<S: Services>(desk: &Desk<'_, S>, has_outdated: bool) -> Option<FollowUp> {
    let budget = desk.site.config.reconcile_budget;
    Some(if has_outdated {
        FollowUp::Reconcile(budget)
    } else {
        FollowUp::Place(budget)
    })
}

async fn program<S: Services>(desk: &Desk<'_, S>, options: Options, body: Body) -> Handled {
    let Desk {
        site,
        services,
        request,
        who,
    } = desk;
    let operator = who.operator();
    let log = request.log.clone();
    let Body::Whole(csv) = body else {
        return Handled::new(too_large(site), log, "too_large");
    };
    let media = request.media;
    match import::import(&site.config, *services, &csv, options, operator).await {
        Ok(Imported::Report {
            lines,
            has_outdated,
        }) => Handled::new(report(site, &lines, media), log, "imported")
            .then(after(desk, has_outdated)),
        Ok(Imported::Rejected(lines)) => {
            Handled::new(rejection(site, &lines, media), log, "bad_lines")
        }
        Err(error @ StoreError::QuotaExceeded) => desk.failed(error),
        Err(error @ StoreError::Failed(_)) => {
            let detail = "Nothing was written. Please send the same file again.";
            Handled::try_again(site, log, detail).because(error)
        }
    }
}

/// What the form says.
struct Upload<'a> {
    csv: &'a [u8],
    options: Options,
}

/// Reads the form. Which of its fields is wrong, and why, as a sentence.
fn read<'a>(content_type: &str, body: &'a [u8], options: Options) -> Result<Upload<'a>, String> {
    let boundary = multipart::boundary(content_type).unwrap_or_default();
    let parts = multipart::parts(boundary, body).map_err(|error| format!("The body {error}."))?;
    let mut upload = Upload { csv: b"", options };
    for multipart::Part { name, value } in parts {
        let option = match name {
            // What was left empty is sent, too.
            "file" | "csv" if value.is_empty() => continue,
            "file" | "csv" if upload.csv.is_empty() => {
                upload.csv = value;
                continue;
            }
            "file" | "csv" => {
                return Err("Choose a file or paste its lines, not both.".to_owned());
            }
            "dry_run" => &mut upload.options.dry_run,
            "allow_short_tokens" => &mut upload.options.allow_short_tokens,
            "carry_orders" => &mut upload.options.carry_orders,
            _ => return Err("The form has a field that is not known here.".to_owned()),
        };
        if value != b"1" {
            return Err(format!("The field {name} must be 1, or not be there."));
        }
        *option = true;
    }
    if upload.csv.is_empty() {
        return Err("Choose a file, or paste its lines.".to_owned());
    }
    Ok(upload)
}

async fn upload<S: Services>(desk: &Desk<'_, S>, options: Options, body: Body) -> Handled {
    let Body::Whole(body) = body else {
        return desk.problem(413, "too_large", TOO_LARGE.0, TOO_LARGE.1);
    };
    let Upload { csv, options } = match read(&desk.request.content_type, &body, options) {
        Ok(upload) => upload,
        Err(why) => return desk.problem(400, "bad_request", "Nothing was done", &why),
    };
    let (config, operator) = (&desk.site.config, desk.operator());
    let (lines, has_outdated) =
        match import::import(config, desk.services, csv, options, operator).await {
            Ok(Imported::Report {
                lines,
                has_outdated,
            }) => (lines, has_outdated),
            Ok(Imported::Rejected(lines)) => {
                let bad: Vec<_> = lines.iter().map(bad_row).collect();
                let body = page::rejected(&bad, choices(options));
                return desk.page(422, "bad_lines", "Nothing was imported", Tab::Import, &body);
            }
            Err(error) => return desk.failed(error),
        };
    let rows: Vec<_> = lines.iter().map(row).collect();
    let summary = summary(&lines);
    if options.dry_run {
        // Every value of it was read as UTF-8.
        let csv = String::from_utf8_lossy(csv);
        let body = page::dry_run(&rows, summary, choices(options), &csv);
        return desk.page(200, "dry_run", "What would be imported", Tab::Import, &body);
    }
    let body = page::done(&rows, summary, &table(&lines));
    let handled = desk.page(200, "imported", "Imported", Tab::Import, &body);
    handled.then(after(desk, has_outdated))
}

const fn choices(options: Options) -> Choices {
    Choices {
        allow_short_tokens: options.allow_short_tokens,
        carry_orders: options.carry_orders,
    }
}

fn summary(lines: &[Report]) -> Summary {
    let count = |counts: fn(&Report) -> bool| lines.iter().filter(|line| counts(line)).count();
    let rows = lines.iter().map(|line| line.rows).sum();
    Summary {
        lines: lines.len(),
        new: count(|line| line.change == Change::New),
        amounts: count(|line| matches!(line.change, Change::Amount(_))),
        kept: count(|line| matches!(line.change, Change::Kept(_))),
        players: count(|line| line.kind.is_none()),
        links: count(|line| line.makes_link),
        past_a_day: (rows > A_DAY).then_some((rows, A_DAY)),
    }
}

fn row(line: &Report) -> Row<'_> {
    let change = match line.change {
        Change::New => "new charge".to_owned(),
        Change::Amount(before) => format!("amount changed, it was {before}"),
        Change::Kept(_) => "the charge stays as it is".to_owned(),
        Change::NewPlayer => "new player".to_owned(),
        Change::Player => "the player's data changed".to_owned(),
        Change::Same => "nothing changed".to_owned(),
    };
    // "updated" says less than what stands before it.
    let notes = line.note.split("; ").filter(|note| *note != "updated");
    let what = std::iter::once(change.as_str()).chain(notes.filter(|note| !note.is_empty()));
    Row {
        line: line.line,
        player: &line.player,
        player_id: &line.player_id,
        title: line
            .kind
            .map(|kind| list_page::title_of(kind, &line.period))
            .unwrap_or_default(),
        money: line.money,
        what: what.collect::<Vec<_>>().join("; "),
        link: &line.link,
    }
}

fn bad_row(rejected: &Rejected) -> BadRow {
    let Wrong { column, reason } = &rejected.wrong;
    BadRow {
        line: rejected.line,
        column: column.unwrap_or_default(),
        reason: reason.to_string(),
    }
}

fn table(lines: &[Report]) -> String {
    let rows = lines
        .iter()
        .map(|line| line.fields().map(|(_, value)| value));
    csv::table(Report::COLUMNS, rows)
}

fn report(site: &Site, lines: &[Report], media: Media) -> Response {
    match media {
        Media::Json => response::json(site, 200, &lines),
        Media::Csv | Media::Html => Response::new(site, 200, ContentKind::Csv, table(lines)),
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
                    "Correct the lines and send the whole file again.",
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
