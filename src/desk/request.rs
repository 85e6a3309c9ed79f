//! The common part of the desk's handlers: who asks, and how an answer is given as a page or as JSON.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use maud::Markup;
use serde::Serialize;

use crate::{
    desk::{
        confirmation::Confirmation,
        layout::{self, Tab},
    },
    domain::{
        checkout::Checkout,
        error::{GuardError, StoreError},
        id::ChargeId,
        operator::OperatorName,
        time::{Millis, UnixMillis, Zone, rfc_3339},
    },
    guard::explain::{Explained, explain},
    http::{
        auth::Authenticated,
        fields::Fields,
        handler::{Accepted, DAY_LIMIT, Handled, Services},
        negotiate::Media,
        request::Body,
        response,
        site::Site,
    },
    mail,
};

const DAY: Millis = Millis::minutes(24 * 60);

/// Problem details with more members.
#[derive(Serialize)]
struct With<'a, T> {
    #[serde(flatten)]
    problem: response::Problem<'a>,
    #[serde(flatten)]
    members: &'a T,
}

/// A handler's answer. `Err` is one too, that ended the handler early.
pub type Reply = Result<Handled, Box<Handled>>;

/// An operator's request.
pub struct Desk<'a, S> {
    /// The configuration.
    pub site: &'a Site,
    /// The services.
    pub services: &'a S,
    /// The caller, authenticated: nobody else gets here.
    pub who: Authenticated,
    /// The rest of the request.
    pub request: Accepted,
}

impl<S: Services> Desk<'_, S> {
    /// The name of who asks.
    #[must_use]
    pub const fn operator(&self) -> &OperatorName {
        self.who.operator()
    }

    /// An answer as a page or as JSON, whichever is wanted. The page is made with the club's time zone.
    pub fn answer(
        &self,
        code: &'static str,
        json: &impl Serialize,
        (title, tab): (&str, Tab),
        page: impl FnOnce(&Zone<'_>) -> Markup,
    ) -> Handled {
        if self.wants_page() {
            self.page(200, code, title, tab, &self.in_zone(page))
        } else {
            self.json(code, json)
        }
    }

    /// Whether a page is wanted, rather than JSON.
    #[must_use]
    pub fn wants_page(&self) -> bool {
        match self.request.media {
            Media::Html | Media::Csv => true,
            Media::Json => false,
        }
    }

    /// An answer for a program.
    pub fn json(&self, code: &'static str, json: &impl Serialize) -> Handled {
        self.handled(response::json(self.site, 200, json), code)
    }

    /// A page of the desk.
    #[must_use]
    pub fn page(
        &self,
        status: u16,
        code: &'static str,
        title: &str,
        tab: Tab,
        body: &Markup,
    ) -> Handled {
        let frame = layout::Frame {
            club_name: &self.site.config.policy.club_name,
            operator: self.operator().as_str(),
            has_log_out: !self.who.is_by_access(),
            done: Confirmation::read(&self.request.credentials.cookie).filter(|_| status == 200),
        };
        let page = layout::page(&frame, title, tab, body);
        let mut response = response::desk(self.site, status, page);
        if frame.done.is_some() {
            response = response.with("set-cookie", Confirmation::shown());
        }
        self.handled(response, code)
    }

    /// Makes something with the club's time zone. The runtime is asked twice for each day, not for each time: if the
    /// offset is the same at both ends of a day, it is so in between.
    pub fn in_zone<T>(&self, make: impl FnOnce(&Zone<'_>) -> T) -> T {
        let name = self.site.config.club.timezone.as_str();
        self.services.in_zone(name, |Zone { offset: ask, .. }| {
            let days: RefCell<BTreeMap<i64, Option<Millis>>> = RefCell::default();
            let offset = |at: UnixMillis| {
                let day = at.0.div_euclid(DAY.0);
                let begins = UnixMillis(day.saturating_mul(DAY.0));
                let mut days = days.borrow_mut();
                let constant = days.entry(day).or_insert_with(|| {
                    let first = ask(begins);
                    (first == ask(begins.plus(DAY))).then_some(first)
                });
                constant.unwrap_or_else(|| ask(at))
            };
            make(&Zone {
                name,
                offset: &offset,
            })
        })
    }

    /// The club's day, as `2026-05-31`.
    #[must_use]
    pub fn today(&self) -> String {
        self.in_zone(|zone| zone.iso_date(self.services.now()))
    }

    /// The setting or binding that is missing so that emails to those who pay can be sent.
    #[must_use]
    pub fn mail_missing(&self) -> Option<&'static str> {
        mail::run::missing(&self.site.config.mail(), self.services)
    }

    /// Explains what a click would get now. On a page, times are the club's.
    pub fn explain(&self, checkout: &Checkout) -> Explained {
        let config = &self.site.config;
        let (now, rules) = (self.services.now(), &config.policy.rules);
        let is_page = self.wants_page();
        self.in_zone(|zone| {
            let shown = |at| {
                if is_page {
                    zone.minute(at)
                } else {
                    rfc_3339(at)
                }
            };
            explain(checkout, now, rules, config.paused, &shown)
        })
    }

    /// On to a page of the desk, which says what was done.
    #[must_use]
    pub fn done(&self, done: Confirmation, code: &'static str, location: &str) -> Handled {
        let handled = self.see_other(code, location);
        let response = handled.response.with("set-cookie", done.cookie());
        Handled {
            response,
            ..handled
        }
    }

    /// On to a page of the desk.
    #[must_use]
    pub fn see_other(&self, code: &'static str, location: &str) -> Handled {
        self.handled(response::see_other(self.site, location), code)
    }

    /// A refusal: problem details, or a page that says the same.
    #[must_use]
    pub fn problem(&self, status: u16, code: &'static str, title: &str, detail: &str) -> Handled {
        if self.wants_page() {
            let body = layout::problem(title, detail);
            return self.page(status, code, title, Tab::None, &body);
        }
        let response = response::problem(self.site, status, code, title, detail);
        self.handled(response, code)
    }

    /// 400: what was sent cannot be taken, and why, as a sentence.
    #[must_use]
    pub fn bad_request(&self, why: &str) -> Handled {
        self.problem(400, "bad_request", "Nothing was done", why)
    }

    /// As [`Self::problem`]; a program gets more members.
    pub fn problem_with(
        &self,
        status: u16,
        code: &'static str,
        title: &str,
        detail: &str,
        members: &impl Serialize,
    ) -> Handled {
        if self.wants_page() {
            return self.problem(status, code, title, detail);
        }
        let problem = With {
            problem: response::Problem::new(status, code, title, detail),
            members,
        };
        self.handled(response::problem_details(self.site, status, &problem), code)
    }

    /// 404.
    #[must_use]
    pub fn not_found(&self, what: &str) -> Handled {
        let title = format!("There is no such {what}");
        self.problem(
            404,
            "not_found",
            &title,
            "It may be that a part of the address is missing.",
        )
    }

    /// 503. A read may be tried again. Of an act nobody knows whether it was done.
    #[must_use]
    pub fn failed(&self, error: impl Into<GuardError>) -> Handled {
        let error = error.into();
        if error == GuardError::Store(StoreError::QuotaExceeded) {
            return self.day_limit().because(error);
        }
        let detail = if self.request.is_post {
            "Something did not answer in time, so it is not known whether that was done. Look before you do it again."
        } else {
            "Something did not answer in time. Nothing was changed. Please try again."
        };
        let handled = self.problem(503, "try_again", "Try again in a moment", detail);
        let response = handled.response.with("retry-after", "5");
        Handled {
            response,
            error: Some(error),
            then: None,
            log: handled.log,
            happened: None,
        }
    }

    /// 503: the database refuses everything for the rest of the day.
    fn day_limit(&self) -> Handled {
        let handled = self.problem(503, "day_limit", DAY_LIMIT.0, DAY_LIMIT.1);
        let seconds = self.services.now().seconds_of_the_day_left();
        let response = handled.response.with("retry-after", seconds.to_string());
        Handled {
            response,
            ..handled
        }
    }

    /// The fields of a form or a JSON object, if it has no fields but these.
    ///
    /// # Errors
    /// The answer, if it cannot be read.
    pub fn fields(&self, body: &Body, names: &[&str]) -> Result<Fields, Box<Handled>> {
        Fields::read(&self.request.content_type, body)
            .and_then(|fields| fields.only(names))
            .map_err(|bad| Box::new(bad.refused(self.site, &self.request)))
    }

    /// The result of a read: something, nothing (404) or an error (503).
    ///
    /// # Errors
    /// The answer, if there is nothing to show.
    pub fn found<T>(
        &self,
        read: Result<Option<T>, StoreError>,
        what: &str,
    ) -> Result<T, Box<Handled>> {
        match read {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(Box::new(self.not_found(what))),
            Err(error) => Err(Box::new(self.failed(error))),
        }
    }

    /// 404, if one of the charges that are named is not among those that were found.
    ///
    /// # Errors
    /// That answer.
    pub fn all_found(
        &self,
        named: &[ChargeId],
        found: impl IntoIterator<Item = ChargeId>,
    ) -> Result<(), Box<Handled>> {
        let found: BTreeSet<_> = found.into_iter().collect();
        match named.iter().find(|charge| !found.contains(charge)) {
            None => Ok(()),
            Some(unknown) => {
                let title = format!("There is no charge {unknown}");
                let problem = self.problem(404, "not_found", &title, "Nothing was done.");
                Err(Box::new(problem))
            }
        }
    }

    fn handled(&self, response: response::Response, code: &'static str) -> Handled {
        Handled::new(response, self.request.log.clone(), code)
    }
}
