//! The log-in and the log-out, and what an operator who is not logged in is shown.

pub mod page;

use crate::{
    domain::{act::Act, limit::Limit, operator::OperatorName},
    http::{
        auth::{
            Authenticated, Denied, identify,
            session::{self, Session},
        },
        fields::Fields,
        handler::{Accepted, Handled, Services},
        negotiate::Media,
        request::Body,
        response::{self, Response},
        site::Site,
    },
    json,
    store::operators,
};

/// The note for an operator who sends a form and is logged out by then.
const ENDED: &str = "Your session had ended, so nothing was done. Log in again: what you typed comes back in this tab.";
/// The subject of a log-in and a log-out, in the audit log.
const ABOUT: &str = "desk";

/// For a visitor who is let in as no operator: the log-in page or another one for a person, problem details for a program.
#[must_use]
pub fn denied(site: &Site, request: &Accepted, denied: Denied) -> Handled {
    let is_person = request.media == Media::Html && request.credentials.bearer().is_none();
    if !is_person {
        return denied.problem(site, request);
    }
    denied.answer(site, request, |refusal| {
        if refusal.status == 401 {
            let ended = request.is_post.then_some(ENDED);
            return form(site, 401, &request.target, ended);
        }
        let club_name = &site.config.policy.club_name;
        let page = page::problem(club_name, refusal.title, refusal.detail);
        response::desk(site, refusal.status, page)
    })
}

fn form(site: &Site, status: u16, next: &str, wrong: Option<&str>) -> Response {
    let page = page::page(&site.config.policy.club_name, next, wrong);
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
        return denied(site, &request, Denied::CrossSite(None));
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
    let operator = match identify(site, Limit::AdminAddress, secret, services).await {
        Ok(operator) => operator,
        Err(Denied::WrongSecret) => {
            let why = "This is nobody's secret. Please try again.";
            return again(request, "unauthorized", why);
        }
        Err(why) => return denied(site, &request, why),
    };
    let (act, now) = (act(&operator.name, "log_in"), services.now());
    let began = match operators::log_in(services, &act, now).await {
        Ok(began) => began,
        Err(error) => {
            let detail =
                "The log-in could not be written down, so you are not logged in. Please try again.";
            return denied(site, &request, Denied::Failed(error, detail));
        }
    };
    request.log.operator = Some(operator.name.clone());
    let cookie = Session::begin(began).used(operator, now);
    let response = response::see_other(site, next).with("set-cookie", cookie);
    Handled::new(response, request.log, "logged_in")
}

/// `POST /admin/logout`: ends all sessions of the operator, on the server too.
pub async fn log_out<S: Services>(
    site: &Site,
    who: &Authenticated,
    request: &Accepted,
    services: &S,
) -> Handled {
    let began = who.session().map(|session| session.began);
    let act = act(who.operator(), "log_out");
    if let Err(error) = operators::log_out(services, &act, began, services.now()).await {
        let detail =
            "The log-out could not be written down, so you are still logged in. Please try again.";
        return denied(site, request, Denied::Failed(error, detail));
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
