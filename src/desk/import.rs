//! `POST /admin/import`: a CSV file of what is owed becomes charges and links. For a program, the body is the file. A
//! browser sends the form of `GET /admin/import`. If the columns are not named as ours, a page asks what they are. Then it sees
//! the dry run line by line, and sends the same file again.
//!
//! Each page carries the file's text to the next one in a hidden field of its form. So no file is kept anywhere between two
//! requests, nothing of it stands in a URL, and it works without script.

pub mod columns_page;
pub mod form;
pub mod page;
pub mod refused_page;

use serde::Serialize;

use super::routes::Resource;
use crate::{
    billing::import::{
        self, Change, Imported, Report,
        column::{Column, Columns},
        file::Encoding,
        options::Options,
        rejected::{Reason, Rejected, Wrong},
        rows::A_DAY,
        sheet::{MOST_COLUMNS, Reading, Sheet},
    },
    desk::{
        charges::list_page,
        import::{
            columns_page::Mapping,
            form::{Choices, Kept},
            page::{Row, Summary},
            refused_page::{BadLine, BadValue},
        },
        layout::Tab,
        request::Desk,
    },
    domain::{
        charge::Kind,
        error::StoreError,
        money::{Currency, Money},
    },
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
        let body = form::form(choices(options));
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

/// The contents of a form.
struct Upload<'a> {
    csv: &'a [u8],
    /// It is a file as it lay on a disk, and no text of a page.
    is_file: bool,
    options: Options,
    /// The meaning of each column; none before somebody was asked.
    columns: Vec<Option<Column>>,
    /// The currency of lines that name none, as it was typed.
    currency: Option<&'a str>,
    /// The header for which `columns` were chosen, if the file may be another one by now.
    header: Option<&'a str>,
}

impl Upload<'_> {
    /// Whether the columns were chosen for another file's header: nobody has said what this one's are.
    fn is_of_another(&self, sheet: &Sheet<'_>) -> bool {
        let header = self.header.unwrap_or_default();
        !header.is_empty() && header != header_of(sheet)
    }
}

/// A header as a form sends it on.
fn header_of(sheet: &Sheet<'_>) -> String {
    let names = sheet.names().join(", ");
    names.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads the form. Which of its fields is wrong, and why, as a sentence.
fn read<'a>(content_type: &str, body: &'a [u8], options: Options) -> Result<Upload<'a>, String> {
    let boundary = multipart::boundary(content_type).unwrap_or_default();
    let parts = multipart::parts(boundary, body).map_err(|error| format!("The body {error}."))?;
    let mut upload = Upload {
        csv: b"",
        is_file: false,
        options,
        columns: Vec::new(),
        currency: None,
        header: None,
    };
    for multipart::Part { name, value } in parts {
        let option = match name {
            // What was left empty is sent, too.
            "file" | "csv" if value.is_empty() => continue,
            "file" | "csv" if upload.csv.is_empty() => {
                (upload.csv, upload.is_file) = (value, name == "file");
                continue;
            }
            "file" | "csv" => {
                return Err("Choose a file or paste its lines, not both.".to_owned());
            }
            "column" => {
                let name = std::str::from_utf8(value).ok();
                let column = name.and_then(Column::parse);
                if column.is_none() && !value.is_empty() {
                    return Err("The form names a column that is not known here.".to_owned());
                }
                upload.columns.push(column);
                continue;
            }
            "currency" => {
                upload.currency = Some(std::str::from_utf8(value).unwrap_or_default().trim());
                continue;
            }
            "header" => {
                upload.header = Some(std::str::from_utf8(value).unwrap_or_default());
                continue;
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
    let mut upload = match read(&desk.request.content_type, &body, options) {
        Ok(upload) => upload,
        Err(why) => return desk.bad_request(&why),
    };
    let options = upload.options;
    let sheet = match Sheet::open(upload.csv) {
        Ok(sheet) => sheet,
        Err(rejected) => return refused(desk, &[*rejected], options),
    };
    if upload.is_of_another(&sheet) {
        upload.columns.clear();
    }
    // In UTF-8 it may be longer than it came.
    if sheet.encoding != Encoding::Utf8 && sheet.text().len() > BODY_LIMIT {
        return desk.problem(413, "too_large", TOO_LARGE.0, TOO_LARGE.1);
    }
    let reading = match reading(desk, &upload, &sheet) {
        Ok(reading) => reading,
        Err(asked) => return *asked,
    };
    let (config, operator) = (&desk.site.config, desk.operator());
    let imported =
        import::import_as(config, desk.services, &sheet, &reading, options, operator).await;
    let (lines, has_outdated) = match imported {
        Ok(Imported::Report {
            lines,
            has_outdated,
        }) => (lines, has_outdated),
        Ok(Imported::Rejected(lines)) => {
            // A token opens somebody's page: no page shows one again.
            let has_tokens = reading.columns.places().any(|it| it == Some(Column::Token));
            let csv = if has_tokens { b"" } else { sheet.text() };
            let kept = Kept {
                header: &header_of(&sheet),
                columns: &upload.columns,
                currency: &reading.currency.shown(),
                csv: &String::from_utf8_lossy(csv),
                choices: choices(options),
            };
            return bad_lines(desk, &lines, Some((&sheet, &reading)), &kept);
        }
        Err(error) => return desk.failed(error),
    };
    let rows: Vec<_> = lines.iter().map(row).collect();
    let summary = summary(&lines);
    if options.dry_run {
        // Every value of it was read as UTF-8.
        let csv = String::from_utf8_lossy(sheet.text());
        let kept = Kept {
            csv: &csv,
            header: "",
            columns: &upload.columns,
            currency: &reading.currency.shown(),
            choices: choices(options),
        };
        let said = if upload.columns.is_empty() {
            upload.is_file.then(|| read_as(&sheet))
        } else {
            left_out(&sheet, &reading)
        };
        let body = page::dry_run(&rows, summary, &kept, said.as_deref());
        return desk.page(200, "dry_run", "What would be imported", Tab::Import, &body);
    }
    let body = page::done(&rows, summary, &links(&lines));
    let handled = desk.page(200, "imported", "Imported", Tab::Import, &body);
    handled.then(after(desk, has_outdated))
}

/// How a file was read, as a sentence.
fn read_as(sheet: &Sheet<'_>) -> String {
    let doubt = match sheet.encoding {
        Encoding::Utf8 | Encoding::Utf16 => "",
        Encoding::Windows1252 => {
            " If letters look wrong here, save it as “CSV UTF-8” and send it again."
        }
    };
    format!(
        "The file was read as {}, its columns separated by {}.{doubt}",
        sheet.encoding, sheet.delimiter
    )
}

/// Which columns are left out, as a sentence.
fn left_out(sheet: &Sheet<'_>, reading: &Reading) -> Option<String> {
    let columns = reading.columns.places().zip(sheet.names());
    let names = columns.filter(|(column, _)| column.is_none());
    let names: Vec<_> = names
        .map(|(_, name)| name)
        .filter(|name| !name.is_empty())
        .collect();
    (!names.is_empty()).then(|| format!("Left out of the file: {}.", names.join(", ")))
}

/// How the lines are to be read: as the header says in our names, or as somebody has chosen. The page that asks, if neither is so.
fn reading<S: Services>(
    desk: &Desk<'_, S>,
    upload: &Upload<'_>,
    sheet: &Sheet<'_>,
) -> Result<Reading, Box<Handled>> {
    let options = upload.options;
    let refuse = |rejected: &[Rejected]| Err(Box::new(refused(desk, rejected, options)));
    if upload.columns.is_empty() {
        let reason = match sheet.columns() {
            Ok(columns) => {
                let currency = Currency::USD;
                return Ok(Reading { columns, currency });
            }
            Err(reason) => reason,
        };
        if sheet.width() > MOST_COLUMNS {
            return refuse(&[of_header(Reason::TooManyColumns(MOST_COLUMNS))]);
        }
        // Nobody can say of one column that it is two.
        if sheet.width() < 2 {
            return refuse(&[of_header(reason)]);
        }
        let unreadable = sheet.unreadable();
        if !unreadable.is_empty() {
            return refuse(&unreadable);
        }
        return Err(Box::new(ask(desk, upload, sheet, None)));
    }
    if upload.columns.len() != sheet.width() {
        let why = "The form says of another number of columns what they are than the file has.";
        let handled = desk.bad_request(why);
        return Err(Box::new(handled));
    }
    let columns = Columns::chosen(upload.columns.clone())
        .map_err(|reason| columns_page::unchosen(&reason))
        .map_err(|why| Box::new(ask(desk, upload, sheet, Some(&why))))?;
    let code = upload.currency.unwrap_or_default();
    let currency = Currency::parse_supported(code);
    let why = "The currency must be a three-letter code that Stripe charges in, such as EUR.";
    let currency = currency.ok_or_else(|| Box::new(ask(desk, upload, sheet, Some(why))))?;
    Ok(Reading { columns, currency })
}

fn of_header(reason: Reason) -> Rejected {
    Rejected::of_file(1, reason)
}

/// Asks what the columns of a file are.
fn ask<S: Services>(
    desk: &Desk<'_, S>,
    upload: &Upload<'_>,
    sheet: &Sheet<'_>,
    problem: Option<&str>,
) -> Handled {
    let (places, guessed) = sheet.places();
    let guesses: Vec<_> = places.iter().map(|place| place.guess).collect();
    let is_first = upload.columns.is_empty();
    let guessed = guessed.unwrap_or(Currency::USD).shown();
    let csv = String::from_utf8_lossy(sheet.text());
    let mapping = Mapping {
        places: &places,
        is_dry_run: upload.options.dry_run,
        read_as: (is_first && upload.is_file).then(|| read_as(sheet)),
        problem,
        kept: Kept {
            csv: &csv,
            header: "",
            columns: if is_first { &guesses } else { &upload.columns },
            currency: upload.currency.unwrap_or(&guessed),
            choices: choices(upload.options),
        },
    };
    let (status, code) = match problem {
        None => (200, "columns"),
        Some(_) => (422, "bad_columns"),
    };
    let body = columns_page::columns(&mapping);
    desk.page(status, code, "What the columns are", Tab::Import, &body)
}

/// 422: a file that cannot be read as lines.
fn refused<S: Services>(desk: &Desk<'_, S>, rejected: &[Rejected], options: Options) -> Handled {
    let choices = choices(options);
    if let [Rejected { wrong, .. }] = rejected
        && matches!(wrong.reason, Reason::NotCsv(_))
    {
        let body = refused_page::no_table(&wrong.to_string(), choices);
        return desk.page(422, "no_table", "Nothing was imported", Tab::Import, &body);
    }
    bad_lines(desk, rejected, None, &Kept::nothing(choices))
}

/// 422: what is wrong with the lines of a file, its columns called as in the file.
fn bad_lines<S: Services>(
    desk: &Desk<'_, S>,
    rejected: &[Rejected],
    read: Option<(&Sheet<'_>, &Reading)>,
    kept: &Kept<'_>,
) -> Handled {
    let names: Vec<_> = read.map_or_else(Vec::new, |(sheet, reading)| {
        reading.columns.places().zip(sheet.names()).collect()
    });
    let named = |column: &'static str| {
        let of = |(at, name): &(Option<Column>, String)| {
            (at.map(Column::as_str) == Some(column)).then(|| name.clone())
        };
        names
            .iter()
            .find_map(of)
            .unwrap_or_else(|| column.to_owned())
    };
    let mut lines: Vec<BadLine> = Vec::new();
    for Rejected {
        line,
        wrong: Wrong { column, reason },
        player,
        value,
    } in rejected
    {
        let wrong = BadValue {
            column: column.map(&named).unwrap_or_default(),
            value: value.clone(),
            reason: reason.to_string(),
        };
        match lines.last_mut().filter(|last| last.line == *line) {
            Some(last) => last.wrong.push(wrong),
            None => lines.push(BadLine {
                line: *line,
                player: player.clone(),
                wrong: vec![wrong],
            }),
        }
    }
    let body = refused_page::rejected(&lines, kept);
    desk.page(422, "bad_lines", "Nothing was imported", Tab::Import, &body)
}

/// The links that were made or brought, for a mail merge: empty if there are none.
fn links(lines: &[Report]) -> String {
    const COLUMNS: [&str; 9] = [
        "player_id",
        "player",
        "email",
        "kind",
        "period",
        "amount",
        "currency",
        "link",
        "note",
    ];
    let rows: Vec<_> = lines
        .iter()
        .filter(|line| !line.link.is_empty())
        .map(|line| {
            let Report { money, kind, .. } = line;
            [
                line.player_id.clone(),
                line.player.clone(),
                line.email.clone(),
                kind.map_or("", Kind::as_str).to_owned(),
                line.period.clone(),
                money.map(Money::major).unwrap_or_default(),
                money.map(|money| money.currency.into()).unwrap_or_default(),
                line.link.clone(),
                line.note.clone(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    csv::table(COLUMNS, rows.into_iter())
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
        Change::Amount(before) => format!("another amount, it was {before}"),
        Change::Kept(_) => "the charge stays as it is".to_owned(),
        Change::NewPlayer => "new player".to_owned(),
        Change::Player => "other data of the player".to_owned(),
        Change::Same => "nothing new".to_owned(),
    };
    let fee = line.monthly_fee.map(|fee| format!("monthly fee {fee}"));
    // "updated" says less than what stands before it, and that no charge is made is said once for all.
    let said = ["updated", import::ONLY_THE_PLAYER];
    let notes = line.note.split("; ").filter(|note| !said.contains(note));
    let notes = fee.as_deref().into_iter().chain(notes);
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
    errors: Vec<BadLineJson<'a>>,
}

#[derive(Serialize)]
struct BadLineJson<'a> {
    line: u64,
    column: Option<&'static str>,
    reason: String,
    player: &'a str,
    value: &'a str,
}

fn rejection(site: &Site, lines: &[Rejected], media: Media) -> Response {
    match media {
        Media::Json => {
            let errors = lines.iter().map(|rejected| BadLineJson {
                line: rejected.line,
                column: rejected.wrong.column,
                reason: rejected.wrong.to_string(),
                player: &rejected.player,
                value: &rejected.value,
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
