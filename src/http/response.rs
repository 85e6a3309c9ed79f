//! What leaves: a status, headers and a body. Every reply is made here, so that none can lack the
//! headers that keep a link's token from going anywhere else.

use std::rc::Rc;

use super::{Site, content::Content, negotiate::Media};
use crate::{
    billing::import::{Imported, Rejected, Report, options::BadParameter},
    classifier::Verdict,
    config::Misconfigured,
    domain::error::{GuardError, StoreError},
    json::{Array, Object},
    pages::Bare,
    pages::answer::Answer,
};

/// What every reply over https has besides its own headers: the browser comes over https from then on, for
/// a year (RFC 6797). Over http it would mean nothing.
pub const STRICT_TRANSPORT_SECURITY: (&str, &str) =
    ("strict-transport-security", "max-age=31536000");

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// What it is, which decides on the headers that all of a kind have.
    pub kind: Kind,
    /// `Content-Security-Policy`.
    pub policy: Rc<str>,
    /// Headers that only this reply has; names in lower case.
    pub more: Vec<(&'static str, String)>,
    /// The body.
    pub body: Content,
}

/// What a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A page for a person.
    Html,
    /// `application/json`.
    Json,
    /// Problem details (RFC 9457).
    Problem,
    /// A table.
    Csv,
    /// An image, which says nothing of anybody.
    Png,
}

impl Kind {
    /// How many there are.
    pub const COUNT: usize = 5;

    /// `Content-Type`.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
            Self::Problem => "application/problem+json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Png => "image/png",
        }
    }

    const fn cache(self) -> &'static str {
        match self {
            Self::Html | Self::Json | Self::Problem | Self::Csv => "no-store",
            Self::Png => "public, max-age=86400",
        }
    }

    /// The headers that all replies of this kind have, under a `Content-Security-Policy`.
    #[must_use]
    pub const fn headers(self, policy: &str) -> [(&'static str, &str); 6] {
        [
            ("content-type", self.media_type()),
            ("cache-control", self.cache()),
            ("content-security-policy", policy),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-robots-tag", "noindex"),
        ]
    }
}

/// A reply that is the same for everybody: an edge makes it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// The page with preview tags and one button.
    LinkPage,
    /// The same as HEAD gets it.
    LinkPageHead,
    /// The page that a browser throws away when it was not clicked yet.
    Prefetch,
}

impl Constant {
    /// How many there are.
    pub const COUNT: usize = 3;

    /// The reply.
    #[must_use]
    pub fn reply(self, site: &Site) -> Response {
        match self {
            Self::LinkPage => page(site, 200, &site.pages.link_page),
            Self::LinkPageHead => Self::LinkPage.reply(site).without_body(),
            Self::Prefetch => answer(site, &Answer::Prefetch, Media::Html, false),
        }
    }

    /// Its code for the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::LinkPage | Self::LinkPageHead => "link_page",
            Self::Prefetch => "prefetch",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::LinkPage | Self::LinkPageHead => 200,
            Self::Prefetch => 503,
        }
    }
}

impl Response {
    fn new(site: &Site, status: u16, kind: Kind, body: impl Into<Content>) -> Self {
        let policy = Rc::clone(&site.pages.security_policy);
        Self::guarded(status, kind, policy, body.into())
    }

    fn guarded(status: u16, kind: Kind, policy: Rc<str>, body: Content) -> Self {
        Self {
            status,
            kind,
            policy,
            more: Vec::new(),
            body,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// As HEAD gets it.
    #[must_use]
    pub fn without_body(self) -> Self {
        Self {
            body: Content::NONE,
            ..self
        }
    }

    /// With `Server-Timing`: the verdict, and the calls that were made before the answer.
    #[must_use]
    pub fn timed(self, verdict: Option<Verdict>, d1: u32, stripe: u32) -> Self {
        let visit = verdict.map_or(String::new(), |verdict| {
            format!("visit;desc={}, ", verdict.as_str())
        });
        self.with(
            "server-timing",
            format!("{visit}d1;desc={d1}, stripe;desc={stripe}"),
        )
    }

    /// All headers.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let more = self
            .more
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        self.kind.headers(&self.policy).into_iter().chain(more)
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// An HTML page.
#[must_use]
pub fn page(site: &Site, status: u16, html: impl Into<Content>) -> Response {
    Response::new(site, status, Kind::Html, html)
}

/// An image, which says nothing of anybody and may be kept for a day.
#[must_use]
pub fn image(png: &Rc<[u8]>) -> Response {
    Response::guarded(200, Kind::Png, "default-src 'none'".into(), png.into())
}

/// An answer in the media type that was asked for. `is_post` makes a redirect one that turns into a GET.
#[must_use]
pub fn answer(site: &Site, answer: &Answer, media: Media, is_post: bool) -> Response {
    let text = answer.text();
    let status = if is_post && matches!(answer, Answer::Pay { .. }) {
        303
    } else {
        text.status
    };
    let reply = match media {
        Media::Json => {
            let kind = if status >= 400 {
                Kind::Problem
            } else {
                Kind::Json
            };
            Response::new(
                site,
                status,
                kind,
                problem_body(status, text.code, text.title, &text.detail),
            )
        }
        // Nobody sees the body of a redirect.
        Media::Html | Media::Csv if matches!(answer, Answer::Pay { .. }) => {
            page(site, status, Content::NONE)
        }
        Media::Html | Media::Csv => page(site, status, site.pages.page(answer, &text)),
    };
    match answer {
        Answer::Pay { url } => reply.with("location", url.as_str()),
        Answer::TryAgain { seconds } => reply.with("retry-after", seconds.to_string()),
        Answer::Prefetch => reply.with("retry-after", "1"),
        Answer::TooManyTries | Answer::ReturnedTooOften => reply.with("retry-after", "60"),
        Answer::ClickedTooOften => reply.with("retry-after", "10"),
        Answer::Paused => reply.with("retry-after", "300"),
        Answer::MethodNotAllowed { allow } => reply.with("allow", *allow),
        Answer::UnknownLink
        | Answer::Gone(_)
        | Answer::NothingToPay
        | Answer::AlreadyPaid { .. }
        | Answer::Refunded { .. }
        | Answer::Processing { .. }
        | Answer::ThankYou { .. }
        | Answer::Confirming
        | Answer::NotPaid
        | Answer::NoSuchPage
        | Answer::TooLarge
        | Answer::HttpsOnly
        | Answer::Misconfigured(_) => reply,
    }
}

/// The answer to everything while the configuration is incomplete.
#[must_use]
pub fn misconfigured(answer: &Answer) -> Response {
    let text = answer.text();
    let wrong = if let Answer::Misconfigured(Misconfigured(lines)) = answer {
        lines.as_slice()
    } else {
        &[]
    };
    let page = Bare::new(text.title, wrong);
    let policy = page.security_policy.into();
    Response::guarded(text.status, Kind::Html, policy, page.html.into())
}

/// Problem details (RFC 9457) for a program.
#[must_use]
pub fn problem(site: &Site, status: u16, code: &str, title: &str, detail: &str) -> Response {
    Response::new(
        site,
        status,
        Kind::Problem,
        problem_body(status, code, title, detail),
    )
}

/// The code of [`bad_parameter`].
pub const BAD_PARAMETER: &str = "bad_parameter";

/// 400 for a query that means nothing here: nothing was done.
#[must_use]
pub fn bad_parameter(site: &Site, bad: &BadParameter) -> Response {
    let title = "Nothing was imported";
    problem(site, 400, BAD_PARAMETER, title, &bad.detail())
}

/// On to the same page over https.
#[must_use]
pub fn moved(site: &Site, location: String) -> Response {
    page(site, 301, Content::NONE).with("location", location)
}

/// JSON for a program.
#[must_use]
pub fn json(site: &Site, status: u16, body: String) -> Response {
    Response::new(site, status, Kind::Json, body)
}

/// 503 for an operator whose log-in cannot be counted: nobody is let in uncounted.
#[must_use]
pub fn limiter_unavailable(site: &Site) -> Response {
    let detail = "Log-ins cannot be counted at the moment, so nobody is let in. /healthz says what is missing.";
    let reply = problem(
        site,
        503,
        LIMITER_UNAVAILABLE,
        "Try again in a moment",
        detail,
    );
    reply.with("retry-after", "60")
}

/// The code of [`limiter_unavailable`].
pub const LIMITER_UNAVAILABLE: &str = "limiter_unavailable";

/// 401 for whoever is not the operator.
#[must_use]
pub fn unauthorized(site: &Site) -> Response {
    let detail = "Send the header Authorization: Bearer with an operator's secret.";
    problem(site, 401, "unauthorized", "Not authorized", detail).with("www-authenticate", "Bearer")
}

/// Why a delivery whose body is too large is refused.
pub const BODY_TOO_LARGE: &str = "the body is too large";

/// What the sender of a delivery that is not Stripe's gets, and why it is not.
#[must_use]
pub fn bad_delivery(site: &Site, why: &str) -> Response {
    let detail = format!("Nothing was recorded: {why}.");
    problem(site, 400, "bad_delivery", "Refused", &detail)
}

/// What Stripe gets for a delivery that is in the books.
#[must_use]
pub fn received(site: &Site) -> Response {
    Response::new(
        site,
        200,
        Kind::Json,
        Object::new().truth("received", true).end(),
    )
}

/// `/healthz`: a status, the newest migration, and the limiters that are missing. Reaching this far means that
/// the configuration is complete.
#[must_use]
pub fn health(site: &Site, status: u16, code: &str, schema: &str, missing: &[&str]) -> Response {
    let limiters = if missing.is_empty() {
        "ok".to_owned()
    } else {
        format!("missing: {}", missing.join(", "))
    };
    let body = Object::new()
        .text("status", code)
        .text("schema", schema)
        .text("schema_expected", super::SCHEMA)
        .text("configuration", "complete")
        .text("limiters", &limiters)
        .truth("paused", site.config.paused);
    Response::new(site, status, Kind::Json, body.end())
}

/// The answer to an import, its code for the log, and what failed.
#[must_use]
pub fn import(
    site: &Site,
    imported: Result<Imported, StoreError>,
    media: Media,
) -> (Response, &'static str, Option<GuardError>) {
    match (imported, media) {
        (Err(fault), _) => {
            let detail = "Nothing was written. Please send the same file again.";
            let reply = problem(site, 503, "try_again", "Try again in a moment", detail);
            (
                reply.with("retry-after", "5"),
                "try_again",
                Some(fault.into()),
            )
        }
        (Ok(Imported::Rejected(lines)), Media::Json) => {
            let errors = lines.iter().fold(Array::new(), |errors, rejected| {
                let Rejected { line, reason } = rejected;
                let error = Object::new().integer("line", line.cast_signed());
                errors.json(&error.text("reason", reason).end())
            });
            let title = "Nothing was imported";
            let detail = "Mend the lines and send the whole file again.";
            let body = problem_object(422, "bad_lines", title, detail);
            let body = body.json("errors", &errors.end()).end();
            let reply = Response::new(site, 422, Kind::Problem, body);
            (reply, "bad_lines", None)
        }
        (Ok(Imported::Rejected(lines)), Media::Csv | Media::Html) => {
            let lines = lines
                .iter()
                .map(|Rejected { line, reason }| vec![line.to_string(), reason.clone()]);
            let body = csv_text(["line", "reason"], lines);
            (Response::new(site, 422, Kind::Csv, body), "bad_lines", None)
        }
        (Ok(Imported::Report { lines, .. }), Media::Json) => {
            let body = lines
                .iter()
                .fold(Array::new(), |lines, line| lines.json(&line.to_json()));
            let reply = Response::new(site, 200, Kind::Json, body.end());
            (reply, "imported", None)
        }
        (Ok(Imported::Report { lines, .. }), Media::Csv | Media::Html) => {
            let body = csv_text(Report::COLUMNS, lines.iter().map(Report::to_fields));
            (Response::new(site, 200, Kind::Csv, body), "imported", None)
        }
    }
}

fn problem_body(status: u16, code: &str, title: &str, detail: &str) -> String {
    problem_object(status, code, title, detail).end()
}

fn problem_object(status: u16, code: &str, title: &str, detail: &str) -> Object {
    Object::new()
        .text("type", "about:blank")
        .integer("status", status.into())
        .text("code", code)
        .text("title", title)
        .text("detail", detail)
}

/// RFC 4180 "Common Format and MIME Type for CSV Files".
fn csv_text<const N: usize>(header: [&str; N], lines: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = header.join(",");
    text.push_str("\r\n");
    for line in lines {
        let fields: Vec<String> = line.into_iter().map(|field| csv_cell(&field)).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell as it is written. What begins like a formula, a spreadsheet would run: the apostrophe makes it a text.
fn csv_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if is_formula { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{mark}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{mark}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_nothing_that_a_spreadsheet_would_run() {
        for (text, cell) in [
            ("", ""),
            ("Player 7", "Player 7"),
            ("a=1", "a=1"),
            ("'=1", "'=1"),
            ("=1", "'=1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@A1", "'@A1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("=A1,\"b\"", "\"'=A1,\"\"b\"\"\""),
        ] {
            assert_eq!(csv_cell(text), cell, "{text:?}");
        }
    }
}
