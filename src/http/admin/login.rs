//! Who is an operator: by a session cookie, by a secret, or by Cloudflare Access.

use crate::{
    domain::{
        limit::{Allowance, Limit},
        operator::OperatorName,
    },
    http::{
        admin::{fields::Fields, session},
        handler::{Accepted, Handled, Services},
        negotiate::Media,
        request::Body,
        response::{self, Response},
        site::Site,
    },
    pages::{admin::login, answer::Answer},
};

/// Lets an operator in and names them in the log context, or refuses.
pub async fn admit<S: Services>(
    site: &Site,
    request: &mut Accepted,
    services: &S,
) -> Option<Handled> {
    let operators = &site.config.operators;
    if let Some(secret) = request.credentials.bearer() {
        // The limits come first: they must count the guess that would be right as well.
        if let Some(refused) = count(site, request, services).await {
            return Some(refused);
        }
        request.log.operator = operators.identify(secret).cloned();
    } else if let Some(name) = services.access_identity().await {
        request.log.operator = Some(name);
        request.has_access = true;
    } else {
        let cookie = &request.credentials.cookie;
        request.log.operator = session::operator(cookie, operators, services.now()).cloned();
    }
    if request.log.operator.is_none() {
        if request.credentials.cookie.is_empty() && request.credentials.bearer().is_none() {
            // Nobody guesses here, but who comes without anything is counted all the same.
            if let Some(refused) = count(site, request, services).await {
                return Some(refused);
            }
        }
        return Some(refuse(site, request));
    }
    let is_forged = request.credentials.bearer().is_none() && !request.credentials.is_same_origin;
    is_forged.then(|| cross_site(site, request))
}

/// Counts a log-in, by address and in all.
async fn count<S: Services>(site: &Site, request: &Accepted, services: &S) -> Option<Handled> {
    let mut allowance = services.allows(Limit::AdminAddress).await;
    if allowance == Allowance::Allowed {
        allowance = services.allows(Limit::AdminTotal).await;
    }
    match allowance {
        Allowance::Allowed => None,
        Allowance::Refused => Some(Handled::answer(site, request, &Answer::TooManyTries)),
        Allowance::Unavailable => Some(unavailable(site, request)),
    }
}

/// For a visitor who is no operator: the log-in page, or 401 for a program.
#[must_use]
pub fn refuse(site: &Site, request: &Accepted) -> Handled {
    if request.media == Media::Html && request.credentials.bearer().is_none() {
        let response = form(site, 401, &request.target, None);
        return Handled::new(response, request.log.clone(), "unauthorized");
    }
    let detail = "Send the header Authorization: Bearer with an operator's secret.";
    let response = response::problem(site, 401, "unauthorized", "Not authorized", detail);
    let response = response.with("www-authenticate", "Bearer");
    Handled::new(response, request.log.clone(), "unauthorized")
}

/// 403: a page of another site sent the form.
fn cross_site(site: &Site, request: &Accepted) -> Handled {
    let code = "cross_site";
    let detail = "This was not sent by a page of this site, so nothing was done.";
    let response = response::problem(site, 403, code, "Refused", detail);
    Handled::new(response, request.log.clone(), code)
}

/// 503: nobody gets in uncounted.
fn unavailable(site: &Site, request: &Accepted) -> Handled {
    let code = "limiter_unavailable";
    let detail = "Log-ins cannot be counted at the moment, so nobody is let in. /healthz says what is missing.";
    let response = response::problem(site, 503, code, "Try again in a moment", detail);
    let response = response.with("retry-after", "60");
    Handled::new(response, request.log.clone(), code)
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
    if let Some(refused) = count(site, &request, services).await {
        return refused;
    }
    let fields = match Fields::read(&request.content_type, &body) {
        Ok(fields) => fields,
        Err(bad) => return bad.refused(site, &request),
    };
    let secret = fields.text("secret").unwrap_or_default();
    let operators = &site.config.operators;
    let name: Option<&OperatorName> = operators.identify(secret.trim());
    let Some(operator) = name.and_then(|name| operators.get(name.as_str())) else {
        let next = safe(fields.text("next"));
        let response = form(
            site,
            401,
            next,
            Some("This is nobody's secret. Please try again."),
        );
        return Handled::new(response, request.log, "unauthorized");
    };
    request.log.operator = Some(operator.name.clone());
    let response = response::see_other(site, safe(fields.text("next")));
    let response = response.with("set-cookie", session::begin(operator, services.now()));
    Handled::new(response, request.log, "logged_in")
}

/// `POST /admin/logout`
#[must_use]
pub fn log_out(site: &Site, request: &Accepted) -> Handled {
    let response = response::see_other(site, "/admin/login").with("set-cookie", session::end());
    Handled::new(response, request.log.clone(), "logged_out")
}

/// Where to go after the log-in: a page of the desk, whatever the form says.
fn safe(next: Option<&str>) -> &str {
    let is_ours = |next: &&str| {
        (*next == "/admin" || next.starts_with("/admin/") || next.starts_with("/admin?"))
            && next.bytes().all(|byte| byte.is_ascii_graphic())
    };
    next.filter(is_ours).unwrap_or("/admin")
}
