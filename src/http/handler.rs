//! The interface between the router and its handlers: where a request goes, and what comes of it.

use chrono::NaiveDate;

use crate::{
    alerts::answers::{Answered, Happened},
    classifier::Classification,
    domain::{error::GuardError, id::OrderId, language::Locale, time::UnixMillis},
    guard::after::FollowUp,
    http::{
        auth::credentials::Credentials,
        log_context::LogContext,
        negotiate::Media,
        request::RequestHead,
        response::{self, Constant, Response},
        site::Site,
    },
    pages::answer::Answer,
    ports::{Calendar, Identity, Inspect, Mailer, Ports},
    store::Database,
};

/// Everything that a handler may need.
pub trait Services: Ports + Inspect + Database + Calendar + Identity + Mailer {}
impl<T: Ports + Inspect + Database + Calendar + Identity + Mailer> Services for T {}

/// Where a request goes.
pub enum Route<H> {
    /// It is answered without any service, with the same answer as everybody's.
    Constant(Constant, Classification),
    /// It is answered without any service.
    Answered(Response, LogContext),
    /// This handler answers it.
    Handler(H, Accepted),
}

/// A request that a handler answers.
#[derive(Default)]
pub struct Accepted {
    /// The media type that is wanted.
    pub media: Media,
    /// The language of the answer. The desk's is English.
    pub locale: Locale,
    /// For the log.
    pub log: LogContext,
    /// The method is POST.
    pub is_post: bool,
    /// The credentials that show whose it is, on routes for operators.
    pub credentials: Credentials,
    /// Its path and query, on operators' routes: where a log-in leads back to.
    pub target: String,
    /// The `Content-Type` header, on operators' routes.
    pub content_type: String,
    /// How many bytes of the body to read; 0 for none.
    pub body_limit: usize,
}

/// The answer to an operator while D1 refuses everything: the title and the detail.
pub const DAY_LIMIT: (&str, &str) = (
    "Not before midnight UTC",
    "D1's free plan has so many rows to read and to write in a day, and they are used up: nothing can be seen or done here until midnight UTC, and nobody can pay. Nothing was changed. The Workers Paid plan has no such limit.",
);

/// The result of a handler's work on a request.
pub struct Handled {
    /// The response.
    pub response: Response,
    /// To be done after it has been sent.
    pub then: Option<FollowUp>,
    /// For the log.
    pub log: LogContext,
    /// For the log, if something failed.
    pub error: Option<GuardError>,
    /// For the alerts.
    pub happened: Option<Happened>,
}

impl Handled {
    /// A response and its code, with nothing to do after it.
    #[must_use]
    pub fn new(response: Response, log: LogContext, code: &'static str) -> Self {
        Self {
            response,
            then: None,
            log: log.with_code(code),
            error: None,
            happened: None,
        }
    }

    /// An answer to a person.
    #[must_use]
    pub fn answer(site: &Site, request: &Accepted, answer: &Answer) -> Self {
        let Accepted {
            media,
            locale,
            is_post,
            ..
        } = *request;
        let response = response::answer(site, answer, media, locale, is_post);
        Self::new(response, request.log.clone(), answer.code())
    }

    /// 503 for an operator: the same request may be sent again, and `detail` says what was not done.
    #[must_use]
    pub fn try_again(site: &Site, log: LogContext, detail: &str) -> Self {
        let (code, title) = ("try_again", "Try again in a moment");
        let response = response::problem(site, 503, code, title, detail);
        Self::new(response.with("retry-after", "5"), log, code)
    }

    /// Adds what is to be done after the response.
    #[must_use]
    pub fn then(self, then: Option<FollowUp>) -> Self {
        Self { then, ..self }
    }

    /// Has it counted as the answer to a click.
    #[must_use]
    pub fn counted(self) -> Self {
        let order = self.log.order.map(OrderId);
        let (status, code) = (self.response.status, self.log.code);
        let answered = Answered::new(status, code, order, self.error.as_ref());
        self.showing(Happened::Answer(answered))
    }

    /// Adds what it shows to the alerts.
    #[must_use]
    pub fn showing(self, happened: Happened) -> Self {
        Self {
            happened: Some(happened),
            ..self
        }
    }

    /// Adds what failed.
    #[must_use]
    pub fn because(self, error: impl Into<GuardError>) -> Self {
        Self {
            error: Some(error.into()),
            ..self
        }
    }
}

impl<H> Route<H> {
    /// The same, the handler one of more.
    pub fn map<G>(self, of: impl FnOnce(H) -> G) -> Route<G> {
        match self {
            Self::Constant(constant, classification) => Route::Constant(constant, classification),
            Self::Answered(response, log) => Route::Answered(response, log),
            Self::Handler(handler, accepted) => Route::Handler(of(handler), accepted),
        }
    }

    /// An answer that needs no handler, in the visitor's language.
    #[must_use]
    pub fn answer(site: &Site, head: &RequestHead<'_>, answer: &Answer, log: LogContext) -> Self {
        Self::answer_in(site, site.locale(head), head, answer, log)
    }

    /// The same in another language.
    #[must_use]
    pub fn answer_in(
        site: &Site,
        locale: impl Into<Locale>,
        head: &RequestHead<'_>,
        answer: &Answer,
        log: LogContext,
    ) -> Self {
        let is_post = head.method == "POST";
        let response = response::answer(site, answer, head.media(), locale.into(), is_post);
        Self::Answered(
            response.for_method(head.method),
            log.with_code(answer.code()),
        )
    }

    /// 405.
    #[must_use]
    pub fn not_allowed(site: &Site, head: &RequestHead<'_>, allow: &'static str) -> Self {
        let answer = Answer::MethodNotAllowed { allow };
        Self::answer(site, head, &answer, LogContext::default())
    }
}

/// The club's day at a time.
pub fn day<S: Calendar>(site: &Site, services: &S, at: UnixMillis) -> NaiveDate {
    services.in_zone(&site.config.club.timezone, |zone| zone.day(at))
}
