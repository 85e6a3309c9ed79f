//! What operators ask for, one file a resource. [`resource`] reads the path, [`login`] says who is an operator, and
//! [`desk`] is what the handlers share: none of them can be reached without one.

pub mod acts;
pub mod audit;
pub mod charges;
pub mod credentials;
pub mod dashboard;
pub mod desk;
pub mod explain;
pub mod export;
pub mod fields;
pub mod health;
pub mod import;
pub mod incidents;
pub mod login;
pub mod messages;
pub mod periods;
pub mod players;
pub mod reconcile;
pub mod resource;
pub mod session;

use crate::{
    domain::language::Language,
    http::{
        handler::{Accepted, Handled, Handler, Route, Services},
        log_context::LogContext,
        negotiate::{Media, csv_or_json},
        request::{Body, RequestHead},
        response::{self, ContentKind},
        site::Site,
    },
    pages::{
        admin::{script, style},
        answer::Answer,
    },
};
use credentials::Credentials;
use desk::Desk;
use resource::{Found, Resource};

/// How many bytes of a form are read.
const FORM_LIMIT: usize = 64 * 1024;

/// Finds what a path asks for, and refuses what is wrong whoever sends it.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route {
    let file = match head.path {
        style::PATH => Some((ContentKind::Css, style::CSS, "style")),
        script::PATH => Some((ContentKind::Script, script::JS, "script")),
        _ => None,
    };
    if let Some((kind, text, code)) = file {
        let response = response::public(kind, text).for_method(head.method);
        return Route::Answered(response, LogContext::of(code));
    }
    let Found { resource, allow } = match resource::find(head.path, head.query) {
        Ok(Some(found)) => found,
        Ok(None) => return answer(site, head, &Answer::NoSuchPage),
        Err(bad) => {
            let code = "bad_parameter";
            let detail = bad.to_string();
            let response = response::problem(site, 400, code, "Nothing was done", &detail);
            return Route::Answered(response, LogContext::of(code));
        }
    };
    if !allow.split(", ").any(|method| method == head.method) {
        return answer(site, head, &Answer::MethodNotAllowed { allow });
    }
    let is_post = head.method == "POST";
    let content_type = head.header("content-type").unwrap_or_default();
    let (media, limit) = if is_post && matches!(resource, Resource::Import(_)) {
        let accept = head.header("accept");
        if import::is_upload(&content_type, accept.as_deref()) {
            (Media::Html, import::UPLOAD_LIMIT)
        } else if let Some(refused) = import::refuse_kind(site, &content_type) {
            return refused;
        } else {
            (csv_or_json(accept.as_deref()), import::BODY_LIMIT)
        }
    } else {
        (head.media(), if is_post { FORM_LIMIT } else { 0 })
    };
    if head.is_longer_than(limit) && is_post {
        if matches!(resource, Resource::Import(_)) && media != Media::Html {
            return Route::Answered(import::too_large(site), LogContext::of("too_large"));
        }
        return answer(site, head, &Answer::TooLarge);
    }
    let question_mark = if head.query.is_empty() { "" } else { "?" };
    let request = Accepted {
        media,
        is_post,
        credentials: Credentials::of(head),
        target: format!("{}{question_mark}{}", head.path, head.query),
        content_type,
        body_limit: limit,
        ..Accepted::default()
    };
    Route::Handler(Handler::Admin(resource), request)
}

/// An answer that needs no handler. All of the desk is in English.
fn answer(site: &Site, head: &RequestHead<'_>, answer: &Answer) -> Route {
    Route::answer_in(site, Language::En, head, answer, LogContext::default())
}

/// Lets operators in: all but the log-in is theirs alone.
pub async fn admit<S: Services>(
    site: &Site,
    resource: &Resource,
    request: &mut Accepted,
    services: &S,
) -> Option<Handled> {
    if *resource == Resource::LogIn {
        return None;
    }
    login::admit(site, request, services).await
}

/// Has the resource's handler answer.
pub async fn handle<S: Services>(
    site: &Site,
    resource: Resource,
    request: Accepted,
    body: Body,
    services: &S,
) -> Handled {
    if resource == Resource::LogIn {
        return if request.is_post {
            login::log_in(site, request, body, services).await
        } else {
            login::show(site, &request)
        };
    }
    let Some(operator) = request.log.operator.clone() else {
        return login::refuse(site, &request);
    };
    let desk = Desk {
        site,
        services,
        operator,
        request,
    };
    let reply = match resource {
        // Answered above.
        Resource::LogIn => Ok(login::show(site, &desk.request)),
        Resource::LogOut => Ok(login::log_out(site, &desk.request)),
        Resource::Dashboard => Ok(dashboard::show(&desk).await),
        Resource::Health => Ok(health::show(&desk).await),
        Resource::Charges(filter) => Ok(charges::list(&desk, filter).await),
        Resource::Charge(id) => charges::show(&desk, id).await,
        Resource::Act(id, act) => acts::on_charge(&desk, id, act, &body).await,
        Resource::Revoke(id) => acts::revoke(&desk, id, &body).await,
        Resource::Refund(id) => acts::refund(&desk, id, &body).await,
        Resource::Explain => explain::handle(&desk, &body).await,
        Resource::Incidents(filter) => Ok(incidents::list(&desk, filter).await),
        Resource::Resolve(id) => incidents::resolve(&desk, id, &body).await,
        Resource::RefundIncident(id) => incidents::refund(&desk, id, &body).await,
        Resource::Audit(after) => Ok(audit::list(&desk, after).await),
        Resource::Import(options) => Ok(import::handle(&desk, options, body).await),
        Resource::ExportCharges(after) => Ok(export::charges(&desk, after).await),
        Resource::ExportPayments(after) => Ok(export::payments(&desk, after).await),
        Resource::Players(filter) => Ok(players::list(&desk, filter).await),
        Resource::Player(id) => players::show(&desk, id).await,
        Resource::Fee(id) => players::fee(&desk, id, &body).await,
        Resource::Erase(id) => players::erase(&desk, id, &body).await,
        Resource::Periods(asked) => periods::handle(&desk, asked, &body).await,
        Resource::Messages(_) if desk.request.is_post => messages::queue(&desk, &body).await,
        Resource::Messages(filter) => Ok(messages::list(&desk, filter).await),
        Resource::Preview(template, selection) => {
            messages::preview(&desk, template, selection).await
        }
        Resource::MessageLinks => messages::links(&desk, &body).await,
        Resource::Message(id, act) => messages::act_on(&desk, id, act, &body).await,
        Resource::Reconcile => Ok(reconcile::handle(desk, body).await),
    };
    reply.unwrap_or_else(|early| *early)
}
