//! What leaves: a status, headers and a body. Every reply is made here, so that none can lack the
//! headers that keep a link's token from going anywhere else.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{Site, accept::Media, answer::Answer, content::Content};
use crate::{
    config::Misconfigured,
    error::Fault,
    import::{Imported, Rejected, Report},
    pages::Bare,
    visit::Verdict,
};

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// In lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Content,
}

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const PNG: &str = "image/png";
const CSV: &str = "text/csv; charset=utf-8; header=present";

impl Reply {
    fn new(site: &Site, status: u16, kind: &str, body: impl Into<Content>) -> Self {
        let policy = &site.pages.security_policy;
        Self::guarded(status, kind, "no-store", policy, body.into())
    }

    fn guarded(status: u16, kind: &str, cache: &str, policy: &str, body: Content) -> Self {
        let headers = vec![
            ("content-type", kind.to_owned()),
            ("cache-control", cache.to_owned()),
            ("content-security-policy", policy.to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("x-robots-tag", "noindex".to_owned()),
        ];
        Self {
            status,
            headers,
            body,
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
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

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// An HTML page.
#[must_use]
pub fn page(site: &Site, status: u16, html: impl Into<Content>) -> Reply {
    Reply::new(site, status, HTML, html)
}

/// An image, which says nothing of anybody and may be kept for a day.
#[must_use]
pub fn image(png: &Rc<[u8]>) -> Reply {
    let cache = "public, max-age=86400";
    Reply::guarded(200, PNG, cache, "default-src 'none'", png.into())
}

/// An answer in the media type that was asked for. `is_post` makes a redirect one that turns into a GET.
#[must_use]
pub fn answer(site: &Site, answer: &Answer, media: Media, is_post: bool) -> Reply {
    let words = answer.words();
    let status = if is_post && matches!(answer, Answer::Pay { .. }) {
        303
    } else {
        words.status
    };
    let reply = match media {
        Media::Json => {
            let kind = if status >= 400 { PROBLEM } else { JSON };
            Reply::new(
                site,
                status,
                kind,
                problem_body(status, words.code, words.title, &words.detail),
            )
        }
        Media::Html | Media::Csv => page(site, status, site.pages.page(answer, &words)),
    };
    match answer {
        Answer::Pay { url } => reply.with("location", url.as_str()),
        Answer::TryAgain => reply.with("retry-after", "5"),
        Answer::Prefetch => reply.with("retry-after", "1"),
        Answer::TooManyTries => reply.with("retry-after", "60"),
        Answer::MethodNotAllowed { allow } => reply.with("allow", *allow),
        Answer::UnknownLink
        | Answer::Gone(_)
        | Answer::NothingToPay
        | Answer::AlreadyPaid { .. }
        | Answer::Refunded { .. }
        | Answer::Clearing
        | Answer::ThankYou { .. }
        | Answer::Confirming
        | Answer::NotPaid
        | Answer::NoSuchPage
        | Answer::TooLarge
        | Answer::Misconfigured(_) => reply,
    }
}

/// The answer to everything while the configuration is incomplete.
#[must_use]
pub fn misconfigured(answer: &Answer) -> Reply {
    let words = answer.words();
    let wrong = if let Answer::Misconfigured(Misconfigured(lines)) = answer {
        lines.as_slice()
    } else {
        &[]
    };
    let page = Bare::new(words.title, wrong);
    let policy = &page.security_policy;
    Reply::guarded(words.status, HTML, "no-store", policy, page.html.into())
}

/// Problem details (RFC 9457) for a program.
#[must_use]
pub fn problem(site: &Site, status: u16, code: &str, title: &str, detail: &str) -> Reply {
    Reply::new(
        site,
        status,
        PROBLEM,
        problem_body(status, code, title, detail),
    )
}

/// 401 for whoever is not the operator.
#[must_use]
pub fn unauthorized(site: &Site) -> Reply {
    let detail = "Send the header Authorization: Bearer with the ADMIN_TOKEN.";
    problem(site, 401, "unauthorized", "Not authorized", detail).with("www-authenticate", "Bearer")
}

/// What Stripe gets for a delivery that is in the books.
#[must_use]
pub fn received(site: &Site) -> Reply {
    Reply::new(site, 200, JSON, json!({ "received": true }).to_string())
}

/// `/healthz`. Reaching this far means that the configuration is complete.
#[must_use]
pub fn health(site: &Site, status: u16, code: &str, schema: &str) -> Reply {
    let body = json!({
        "status": code,
        "schema": schema,
        "schema_expected": super::SCHEMA,
        "configuration": "complete",
    });
    Reply::new(site, status, JSON, body.to_string())
}

/// The answer to an import, its code for the log, and what failed.
#[must_use]
pub fn import(
    site: &Site,
    imported: Result<Imported, Fault>,
    media: Media,
) -> (Reply, &'static str, Option<Fault>) {
    match (imported, media) {
        (Err(fault), _) => {
            let detail = "Nothing was written. Please send the same file again.";
            let reply = problem(site, 503, "try_again", "Try again in a moment", detail);
            (reply.with("retry-after", "5"), "try_again", Some(fault))
        }
        (Ok(Imported::Rejected(lines)), Media::Json) => {
            let errors: Vec<Value> = lines
                .iter()
                .map(|Rejected { line, reason }| json!({ "line": line, "reason": reason }))
                .collect();
            let body = json!({
                "type": "about:blank", "status": 422, "code": "bad_lines", "title": "Nothing was imported",
                "detail": "Mend the lines and send the whole file again.", "errors": errors,
            });
            (
                Reply::new(site, 422, PROBLEM, body.to_string()),
                "bad_lines",
                None,
            )
        }
        (Ok(Imported::Rejected(lines)), Media::Csv | Media::Html) => {
            let lines = lines
                .iter()
                .map(|Rejected { line, reason }| vec![line.to_string(), reason.clone()]);
            let body = csv_text(["line", "reason"], lines);
            (Reply::new(site, 422, CSV, body), "bad_lines", None)
        }
        (Ok(Imported::Report(lines)), Media::Json) => {
            let lines: Vec<Value> = lines.iter().map(Report::to_json).collect();
            (
                Reply::new(site, 200, JSON, Value::from(lines).to_string()),
                "imported",
                None,
            )
        }
        (Ok(Imported::Report(lines)), Media::Csv | Media::Html) => {
            let body = csv_text(Report::COLUMNS, lines.iter().map(Report::to_fields));
            (Reply::new(site, 200, CSV, body), "imported", None)
        }
    }
}

fn problem_body(status: u16, code: &str, title: &str, detail: &str) -> String {
    json!({ "type": "about:blank", "status": status, "code": code, "title": title, "detail": detail }).to_string()
}

/// RFC 4180 "Common Format and MIME Type for CSV Files".
fn csv_text<const N: usize>(header: [&str; N], lines: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = header.join(",");
    text.push_str("\r\n");
    for line in lines {
        let fields: Vec<String> = line
            .into_iter()
            .map(|field| {
                if field.contains(['"', ',', '\r', '\n']) {
                    format!("\"{}\"", field.replace('"', "\"\""))
                } else {
                    field
                }
            })
            .collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}
