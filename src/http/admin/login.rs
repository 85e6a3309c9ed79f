//! Who is an operator: by a session cookie, by a secret, or by Cloudflare Access.

use super::{
    fields::Fields,
    session::{self, Session},
};
use crate::{
    domain::{
        act::Act,
        error::StoreError,
        limit::{Allowance, Limit},
        operator::{Operator, OperatorName},
    },
    http::{
        handler::{Accepted, DAY_LIMIT, Handled, Services},
        negotiate::Media,
        request::Body,
        response::{self, Response},
        site::Site,
    },
    json,
    pages::{admin::login, answer::Answer},
    store::operators,
};

const TRY_AGAIN: &str = "Try again in a moment";
/// What a log-in and a log-out are about, in the audit log.
const ABOUT: &str = "desk";

/// Lets an operator in and names them in the log context, or refuses. `by_address` counts secrets.
///
/// Who brings nothing along has guessed nothing, and is refused uncounted. A cookie is not counted either: its signature
/// is as long as a digest, and a page of the desk asks for several things at once.
pub async fn admit<S: Services>(
    site: &Site,
    request: &mut Accepted,
    by_address: Limit,
    services: &S,
) -> Option<Handled> {
    let operator = if let Some(secret) = request.credentials.bearer() {
        match identify(site, request, by_address, secret, services).await {
            Ok(operator) => Some(operator.name.clone()),
            Err(Unidentified::Wrong) => None,
            Err(Unidentified::Refused(refused)) => return Some(*refused),
        }
    } else if let Some(name) = of_access(site, services).await {
        request.has_access = true;
        Some(name)
    } else {
        match of_session(site, request, services).await {
            Ok(name) => name,
            Err(failed) => return Some(*failed),
        }
    };
    request.log.operator = operator;
    if request.log.operator.is_none() {
        return Some(refuse(site, request));
    }
    let is_forged = request.credentials.bearer().is_none() && !request.credentials.is_same_origin;
    is_forged.then(|| cross_site(site, request))
}

/// Why a secret names nobody.
enum Unidentified {
    /// It is nobody's.
    Wrong,
    /// It was not compared, or there were too many wrong ones.
    Refused(Box<Handled>),
}

/// The operator whose secret this is.
///
/// The limit by address is asked before the comparison, and counts right secrets too: it must not tell one from a guess. The
/// total is asked afterwards, about wrong ones alone, so that nobody with a right one is shut out by what others guess.
async fn identify<'a, S: Services>(
    site: &'a Site,
    request: &Accepted,
    by_address: Limit,
    secret: &str,
    services: &S,
) -> Result<&'a Operator, Unidentified> {
    let within = |allowance| match allowance {
        Allowance::Allowed => Ok(()),
        Allowance::Refused => {
            let refused = Handled::answer(site, request, &Answer::TooManyTries);
            Err(Unidentified::Refused(Box::new(refused)))
        }
        Allowance::Unavailable => {
            let refused = unavailable(site, request);
            Err(Unidentified::Refused(Box::new(refused)))
        }
    };
    within(services.allows(by_address).await)?;
    match site.config.operators.identify(secret) {
        Some(operator) => Ok(operator),
        None => {
            within(services.allows(Limit::AdminTotal).await)?;
            Err(Unidentified::Wrong)
        }
    }
}

/// Whom Cloudflare Access names, if the configuration asks for it: with the audience of the desk's own application, and
/// with an address, which a service token has not.
async fn of_access<S: Services>(site: &Site, services: &S) -> Option<OperatorName> {
    let access = site.config.access.as_ref()?;
    let audience = services.access_audience()?;
    if !access.is_audience(&audience) {
        return None;
    }
    access.operator(&services.access_email().await?)
}

/// Whom the cookie names, if they have not logged out since. Its session is used by this.
async fn of_session<S: Services>(
    site: &Site,
    request: &mut Accepted,
    services: &S,
) -> Result<Option<OperatorName>, Box<Handled>> {
    let (cookie, now) = (&request.credentials.cookie, services.now());
    let Some((operator, session)) = Session::read(cookie, &site.config.operators, now) else {
        return Ok(None);
    };
    match operators::not_before(services, &operator.name).await {
        Ok(not_before) if session.began < not_before => Ok(None),
        Ok(_) => {
            request.session = Some(session);
            request.renewal = Some(session.used(operator, now));
            Ok(Some(operator.name.clone()))
        }
        Err(error) => {
            let detail = "Whether you are still logged in could not be read. Please try again.";
            Err(Box::new(failed(site, request, detail, error)))
        }
    }
}

/// For a visitor who is no operator: the log-in page, or 401 for a program. The log tells wrong secrets from visitors who
/// brought none along.
#[must_use]
pub fn refuse(site: &Site, request: &Accepted) -> Handled {
    let code = if request.credentials.bearer().is_some() {
        "unauthorized"
    } else {
        "not_logged_in"
    };
    if is_person(request) {
        let response = form(site, 401, &request.target, None);
        return Handled::new(response, request.log.clone(), code);
    }
    let detail = "Send the header Authorization: Bearer with an operator's secret.";
    let response = response::problem(site, 401, "unauthorized", "Not authorized", detail);
    let response = response.with("www-authenticate", "Bearer");
    Handled::new(response, request.log.clone(), code)
}

/// 403: a page of another site sent the form.
fn cross_site(site: &Site, request: &Accepted) -> Handled {
    let detail = "This was not sent by a page of this site, so nothing was done.";
    said(site, request, 403, ("cross_site", "Refused"), detail)
}

/// 503: no secret is compared uncounted.
fn unavailable(site: &Site, request: &Accepted) -> Handled {
    let detail = "Log-ins cannot be counted at the moment, so nobody is let in. /healthz says what is missing.";
    let code = ("limiter_unavailable", TRY_AGAIN);
    let handled = said(site, request, 503, code, detail);
    retry_after(handled, "60")
}

/// 503: the database did not answer.
fn failed(site: &Site, request: &Accepted, detail: &str, error: StoreError) -> Handled {
    let (code, detail, seconds) = match error {
        StoreError::Failed(_) => (("try_again", TRY_AGAIN), detail, "5"),
        StoreError::QuotaExceeded => (("day_limit", DAY_LIMIT.0), DAY_LIMIT.1, "3600"),
    };
    retry_after(said(site, request, 503, code, detail), seconds).because(error)
}

fn retry_after(handled: Handled, seconds: &str) -> Handled {
    let response = handled.response.with("retry-after", seconds);
    Handled {
        response,
        ..handled
    }
}

/// A refusal: a page for a person, problem details for a program.
fn said(
    site: &Site,
    request: &Accepted,
    status: u16,
    (code, title): (&'static str, &str),
    detail: &str,
) -> Handled {
    let response = if is_person(request) {
        let page = login::problem(&site.config.policy.club_name, title, detail);
        response::desk(site, status, page)
    } else {
        response::problem(site, status, code, title, detail)
    };
    Handled::new(response, request.log.clone(), code)
}

fn is_person(request: &Accepted) -> bool {
    request.media == Media::Html && request.credentials.bearer().is_none()
}

fn form(site: &Site, status: u16, next: &str, wrong: Option<&str>) -> Response {
    let page = login::page(&site.config.policy.club_name, next, wrong);
    response::desk(site, status, page)
}

/// `GET /admin/login`
#[must_use]
pub fn show(site: &Site, request: &Accepted) -> Handled {
    let response = form(site, 200, "/admin", None);
    Handled::new(response, request.log.clone(), "login_page")
}

/// `POST /admin/login`: a secret becomes a session.
pub async fn log_in<S: Services>(
    site: &Site,
    mut request: Accepted,
    body: Body,
    services: &S,
) -> Handled {
    if !request.credentials.is_same_origin {
        return cross_site(site, &request);
    }
    let fields = match Fields::read(&request.content_type, &body) {
        Ok(fields) => fields,
        Err(bad) => return bad.refused(site, &request),
    };
    let next = safe(fields.text("next"));
    let again = |request: Accepted, code, why| {
        let response = form(site, 401, next, Some(why));
        Handled::new(response, request.log, code)
    };
    let Some(secret) = fields.text("secret") else {
        return again(request, "not_logged_in", "Please type your secret.");
    };
    let operator = match identify(site, &request, Limit::AdminAddress, secret, services).await {
        Ok(operator) => operator,
        Err(Unidentified::Wrong) => {
            let why = "This is nobody's secret. Please try again.";
            return again(request, "unauthorized", why);
        }
        Err(Unidentified::Refused(refused)) => return *refused,
    };
    request.log.operator = Some(operator.name.clone());
    let (act, now) = (act(&operator.name, "log_in"), services.now());
    let began = match operators::log_in(services, &act, now).await {
        Ok(began) => began,
        Err(error) => {
            request.log.operator = None;
            let detail =
                "The log-in could not be written down, so you are not logged in. Please try again.";
            return failed(site, &request, detail, error);
        }
    };
    let cookie = Session::begin(began).used(operator, now);
    let response = response::see_other(site, next).with("set-cookie", cookie);
    Handled::new(response, request.log, "logged_in")
}

/// `POST /admin/logout`: ends all sessions of the operator, on the server too.
pub async fn log_out<S: Services>(
    site: &Site,
    operator: &OperatorName,
    request: &Accepted,
    services: &S,
) -> Handled {
    let began = request.session.map(|session| session.began);
    let act = act(operator, "log_out");
    if let Err(error) = operators::log_out(services, &act, began, services.now()).await {
        let detail =
            "The log-out could not be written down, so you are still logged in. Please try again.";
        return failed(site, request, detail, error);
    }
    let response = response::see_other(site, "/admin/login").with("set-cookie", session::end());
    Handled::new(response, request.log.clone(), "logged_out")
}

fn act(operator: &OperatorName, act: &'static str) -> Act {
    Act {
        operator: operator.clone(),
        act,
        about: ABOUT.to_owned(),
        detail: json::to_string(&serde_json::json!({})),
    }
}

/// Where to go after the log-in: a page of the desk, whatever the form says.
fn safe(next: Option<&str>) -> &str {
    let is_ours = |next: &&str| {
        (*next == "/admin" || next.starts_with("/admin/") || next.starts_with("/admin?"))
            && next.bytes().all(|byte| byte.is_ascii_graphic())
    };
    next.filter(is_ours).unwrap_or("/admin")
}
