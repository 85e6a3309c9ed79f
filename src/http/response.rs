//! Responses: a status, headers and a body. Every response is made here, so that none can lack the headers
//! that keep a link's token from leaking.

use std::rc::Rc;

use serde::Serialize;

use super::{content::Content, csv, negotiate::Media, site::Site};
use crate::{
    classifier::Verdict,
    config::Misconfigured,
    domain::language::{Language, Locale},
    json,
    languages::words_of,
    pages::{Bare, EMAIL_SECURITY_POLICY, answer::Answer},
};

/// Every response over https has this header too. The browser then uses only https for a year, on this host and on those
/// below it, whose plain-http pages could otherwise set cookies for it (RFC 6797, "The Need for includeSubDomains"). Over
/// http the header would have no effect.
pub const STRICT_TRANSPORT_SECURITY: (&str, &str) = (
    "strict-transport-security",
    "max-age=31536000; includeSubDomains",
);

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The kind of its content; all responses of a kind share their headers.
    pub kind: ContentKind,
    /// `Content-Security-Policy`.
    pub policy: Rc<str>,
    /// Headers that only this response has; names in lower case.
    pub more: Vec<(&'static str, String)>,
    /// The body.
    pub body: Content,
}

/// The kind of content that a response carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentKind {
    /// A page for a person.
    Html,
    /// `application/json`.
    Json,
    /// Problem details (RFC 9457).
    Problem,
    /// A table.
    Csv,
    /// An image, the same for everybody.
    Png,
    /// A style sheet, the same for everybody.
    Css,
    /// A page for an operator.
    Desk,
    /// A page for an operator that shows an email.
    Email,
    /// The description of the API, the same for everybody.
    Description,
    /// A script, the same for everybody.
    Script,
}

impl ContentKind {
    /// How many there are.
    pub const COUNT: usize = 10;

    /// `Content-Type`.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html | Self::Desk | Self::Email => "text/html; charset=utf-8",
            Self::Json | Self::Description => "application/json",
            Self::Problem => "application/problem+json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Png => "image/png",
            Self::Css => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
        }
    }

    const fn cache(self) -> &'static str {
        match self {
            Self::Html | Self::Desk | Self::Email | Self::Json | Self::Problem | Self::Csv => {
                "no-store"
            }
            Self::Png | Self::Css | Self::Script | Self::Description => "public, max-age=86400",
        }
    }

    /// The headers that all responses of this kind share, under a `Content-Security-Policy`.
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

/// A response that is the same for everybody: the Worker makes it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// The page with preview tags and one button, for machines: in the club's language, whatever they ask for. Their
    /// fast path reads no header but the User-Agent.
    LinkPage,
    /// The same for a HEAD.
    LinkPageHead,
    /// The same page for who may be a person, in their language.
    LinkPageIn(Language),
    /// The answer to a prefetch, which a browser throws away.
    Prefetch(Language),
}

impl Constant {
    /// How many there are.
    pub const COUNT: usize = 2 + 2 * Language::ALL.len();

    /// A number for each, below [`Self::COUNT`].
    #[must_use]
    pub const fn number(self) -> usize {
        match self {
            Self::LinkPage => 0,
            Self::LinkPageHead => 1,
            Self::LinkPageIn(language) => 2 + language as usize,
            Self::Prefetch(language) => 2 + Language::ALL.len() + language as usize,
        }
    }

    /// The response.
    #[must_use]
    pub fn response(self, site: &Site) -> Response {
        match self {
            Self::LinkPage => {
                let language = site.config.club.language;
                page(site, 200, site.pages.link_page(language)).in_language(language)
            }
            Self::LinkPageHead => Self::LinkPage.response(site).without_body(),
            Self::LinkPageIn(language) => {
                page(site, 200, site.pages.link_page(language)).by_language(language)
            }
            Self::Prefetch(language) => {
                answer(site, &Answer::Prefetch, Media::Html, language.into(), false)
            }
        }
    }

    /// Its code for the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::LinkPage | Self::LinkPageHead | Self::LinkPageIn(_) => "link_page",
            Self::Prefetch(_) => "prefetch",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::LinkPage | Self::LinkPageHead | Self::LinkPageIn(_) => 200,
            Self::Prefetch(_) => 503,
        }
    }
}

impl Response {
    /// With the pages' security policy.
    #[must_use]
    pub fn new(site: &Site, status: u16, kind: ContentKind, body: impl Into<Content>) -> Self {
        let policy = Rc::clone(&site.pages.security_policy);
        Self::guarded(status, kind, policy, body.into())
    }

    fn guarded(status: u16, kind: ContentKind, policy: Rc<str>, body: Content) -> Self {
        Self {
            status,
            kind,
            policy,
            more: Vec::new(),
            body,
        }
    }

    /// With another header; its name in lower case.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// Says which language it is in (RFC 9110, "Content-Language").
    #[must_use]
    fn in_language(self, language: Language) -> Self {
        self.with("content-language", language.as_str())
    }

    /// Says which language it is in, and that whoever asks chose it.
    #[must_use]
    fn by_language(self, language: Language) -> Self {
        self.in_language(language).varying_by("Accept-Language")
    }

    /// Says that it depends on a header of the request (RFC 9110, "Vary").
    #[must_use]
    pub fn varying_by(mut self, header: &str) -> Self {
        match self.more.iter_mut().find(|(name, _)| *name == "vary") {
            Some((_, headers)) => {
                headers.push_str(", ");
                headers.push_str(header);
                self
            }
            None => self.with("vary", header),
        }
    }

    /// The response for a method: HEAD gets no body.
    #[must_use]
    pub fn for_method(self, method: &str) -> Self {
        if method == "HEAD" {
            self.without_body()
        } else {
            self
        }
    }

    /// Without its body.
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
    Response::new(site, status, ContentKind::Html, html)
}

/// A page of the desk. It has a style sheet of its own, and its forms lead nowhere else.
#[must_use]
pub fn desk(site: &Site, status: u16, html: String) -> Response {
    let policy = Rc::clone(&site.pages.desk_policy);
    Response::guarded(status, ContentKind::Desk, policy, html.into())
}

/// The same of a page that shows an email.
#[must_use]
pub fn email(page: Response) -> Response {
    Response {
        kind: ContentKind::Email,
        policy: EMAIL_SECURITY_POLICY.into(),
        ..page
    }
}

/// On to another page of the desk, by GET.
#[must_use]
pub fn see_other(site: &Site, location: &str) -> Response {
    desk(site, 303, String::new()).with("location", location)
}

/// A table as a file to be saved, by the name of that file.
#[must_use]
pub fn saved(site: &Site, name: &str, table: &str) -> Response {
    let attachment = format!("attachment; filename=\"{name}\"");
    Response::new(site, 200, ContentKind::Csv, csv::file(table))
        .with("content-disposition", attachment)
}

/// A response that says nothing of anybody and may be kept for a day: an image, a style sheet, a script, the
/// description of the API.
#[must_use]
pub fn public(kind: ContentKind, body: impl Into<Content>) -> Response {
    Response::guarded(200, kind, "default-src 'none'".into(), body.into())
}

/// An answer in the media type and the language that were asked for. After a POST, a redirect turns the method into
/// GET.
#[must_use]
pub fn answer(
    site: &Site,
    answer: &Answer,
    media: Media,
    locale: Locale,
    is_post: bool,
) -> Response {
    let status = if is_post && matches!(answer, Answer::Pay { .. }) {
        303
    } else {
        answer.status()
    };
    let text = answer.text(words_of(locale));
    let response = match media {
        Media::Json => {
            let kind = if status >= 400 {
                ContentKind::Problem
            } else {
                ContentKind::Json
            };
            let problem = Problem::new(status, answer.code(), text.title, &text.detail);
            Response::new(site, status, kind, json::to_string(&problem))
                .by_language(locale.language)
        }
        // Nobody sees the body of a redirect.
        Media::Html | Media::Csv if matches!(answer, Answer::Pay { .. }) => {
            page(site, status, Content::NONE)
        }
        Media::Html | Media::Csv => {
            let html = site.pages.page(answer, &text, words_of(locale));
            page(site, status, html).by_language(locale.language)
        }
    };
    match answer {
        Answer::Pay { url } => response.with("location", url.as_str()),
        Answer::TryAgain { seconds } | Answer::DayLimit { seconds } => {
            response.with("retry-after", seconds.to_string())
        }
        Answer::Prefetch => response.with("retry-after", "1"),
        Answer::TooManyTries | Answer::ReturnedTooOften => response.with("retry-after", "60"),
        Answer::ClickedTooOften => response.with("retry-after", "10"),
        Answer::Paused => response.with("retry-after", "300"),
        Answer::MethodNotAllowed { allow } => response.with("allow", *allow),
        Answer::UnknownLink
        | Answer::Gone(_)
        | Answer::NothingToPay
        | Answer::AlreadyPaid(_)
        | Answer::Refunded { .. }
        | Answer::Processing { .. }
        | Answer::ThankYou(_)
        | Answer::Confirming
        | Answer::NotPaid { .. }
        | Answer::PaymentFailed { .. }
        | Answer::NoSuchPage
        | Answer::TooLarge
        | Answer::HttpsOnly => response,
    }
}

/// The answer to everything while the configuration is incomplete.
#[must_use]
pub fn misconfigured(Misconfigured(lines): &Misconfigured) -> Response {
    let page = Bare::new("This page is not ready yet", lines);
    let policy = page.security_policy.into();
    Response::guarded(500, ContentKind::Html, policy, page.html.into())
}

/// Problem details (RFC 9457, "Members of a Problem Details Object").
#[derive(Debug, Serialize)]
pub struct Problem<'a> {
    r#type: &'static str,
    status: u16,
    code: &'a str,
    title: &'a str,
    detail: &'a str,
}

impl<'a> Problem<'a> {
    /// For a status: a stable code, a title and what it means here.
    #[must_use]
    pub const fn new(status: u16, code: &'a str, title: &'a str, detail: &'a str) -> Self {
        Self {
            r#type: "about:blank",
            status,
            code,
            title,
            detail,
        }
    }
}

/// Problem details for a program.
#[must_use]
pub fn problem(site: &Site, status: u16, code: &str, title: &str, detail: &str) -> Response {
    problem_details(site, status, &Problem::new(status, code, title, detail))
}

/// Problem details with more members.
#[must_use]
pub fn problem_details(site: &Site, status: u16, body: &impl Serialize) -> Response {
    Response::new(site, status, ContentKind::Problem, json::to_string(body))
}

/// JSON for a program.
#[must_use]
pub fn json(site: &Site, status: u16, body: &impl Serialize) -> Response {
    Response::new(site, status, ContentKind::Json, json::to_string(body))
}

/// A redirect to the same page over https.
#[must_use]
pub fn moved(site: &Site, location: String) -> Response {
    page(site, 301, Content::NONE).with("location", location)
}
