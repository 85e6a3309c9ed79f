//! The desk: what operators ask for. One slice a resource: its handler, its page and the queries that only it needs stand
//! together. [`routes`] reads the path, [`request`] is what the handlers share: none of them can be reached without an
//! operator. The pages work without script, from the keyboard alone, on a phone and on a desktop, in light and dark.

pub mod audit;
pub mod charges;
pub mod confirmation;
mod count;
pub mod dashboard;
pub mod emails;
pub mod explain;
pub mod export;
pub mod form;
pub mod health;
pub mod import;
pub mod incidents;
pub mod layout;
pub mod login;
pub mod months;
pub mod players;
pub mod query;
pub mod reconcile;
pub mod request;
pub mod routes;
pub mod saved;
pub mod script;
pub mod shown_link;
pub mod style;
pub mod table;

use crate::{
    desk::{
        request::Desk,
        routes::{Found, Resource},
    },
    domain::limit::Limit,
    http::{
        auth::{Authenticated, Denied, authenticate, credentials::Credentials},
        handler::{Accepted, Handled, Route, Services},
        log_context::LogContext,
        negotiate::{Media, csv_or_json},
        request::{Body, RequestHead},
        response::{self, ContentKind, Response},
        site::Site,
    },
};

/// How many bytes of a form are read.
const FORM_LIMIT: usize = 64 * 1024;

/// Finds what a path asks for, and refuses what is wrong whoever sends it.
#[must_use]
pub fn route(site: &Site, head: &RequestHead<'_>) -> Route<Resource> {
    let file = match head.path {
        style::PATH => Some((ContentKind::Css, style::CSS, "style")),
        script::PATH => Some((ContentKind::Script, script::JS, "script")),
        _ => None,
    };
    if let Some((kind, text, code)) = file {
        let response = response::public(kind, text).for_method(head.method);
        return Route::Answered(response, LogContext::of(code));
    }
    let Found { resource, allow } = match routes::find(head.path, head.query) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let is_post = head.method == "POST";
            let request = accepted(head, head.media(), is_post, String::new(), 0);
            return Route::Handler(Resource::Nowhere, request);
        }
        Err(bad) => {
            let code = "bad_parameter";
            let detail = bad.to_string();
            let response = response::problem(site, 400, code, "Nothing was done", &detail);
            return Route::Answered(response, LogContext::of(code));
        }
    };
    if !head.is_allowed(allow) {
        let detail = format!("This address takes {allow}.");
        let (code, title) = ("method_not_allowed", "This does not work here");
        let refused = refused(site, head.media(), 405, code, title, &detail);
        let refused = refused.with("allow", allow).for_method(head.method);
        return Route::Answered(refused, LogContext::of(code));
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
    } else if resource == Resource::Saved {
        (head.media(), import::UPLOAD_LIMIT)
    } else {
        (head.media(), if is_post { FORM_LIMIT } else { 0 })
    };
    if head.is_longer_than(limit) && is_post {
        if matches!(resource, Resource::Import(_)) && media != Media::Html {
            return Route::Answered(import::too_large(site), LogContext::of("too_large"));
        }
        let (code, title) = ("too_large", "This is too large");
        let detail = "What was sent is longer than what is read here. Nothing was done.";
        let refused = refused(site, media, 413, code, title, detail);
        return Route::Answered(refused, LogContext::of(code));
    }
    let request = accepted(head, media, is_post, content_type, limit);
    Route::Handler(resource, request)
}

/// The parts of the head that a handler needs.
fn accepted(
    head: &RequestHead<'_>,
    media: Media,
    is_post: bool,
    content_type: String,
    body_limit: usize,
) -> Accepted {
    let question_mark = if head.query.is_empty() { "" } else { "?" };
    Accepted {
        media,
        is_post,
        credentials: Credentials::of(head),
        target: format!("{}{question_mark}{}", head.path, head.query),
        content_type,
        body_limit,
        ..Accepted::default()
    }
}

/// A refusal to who may be no operator: problem details, or a page that says the same. All of the desk is in English.
fn refused(
    site: &Site,
    media: Media,
    status: u16,
    code: &'static str,
    title: &str,
    detail: &str,
) -> Response {
    match media {
        Media::Html => {
            let club_name = &site.config.policy.club_name;
            response::desk(site, status, layout::outside(club_name, title, detail))
        }
        Media::Json | Media::Csv => response::problem(site, status, code, title, detail),
    }
}

/// There is nothing at that address of the desk. Whoever is logged in gets the desk's bar with it.
fn nowhere<S: Services>(
    site: &Site,
    request: Accepted,
    who: Option<Authenticated>,
    services: &S,
) -> Handled {
    let code = "no_such_page";
    let title = "There is no such page on the desk";
    let detail = "A part of the address may be missing or misspelt.";
    match who {
        Some(who) => {
            let desk = Desk {
                site,
                services,
                who,
                request,
            };
            desk.problem(404, code, title, detail)
        }
        None => {
            let response = refused(site, request.media, 404, code, title, detail);
            Handled::new(response, request.log, code)
        }
    }
}

/// The operator who asks: all but the log-in is theirs alone.
///
/// # Errors
/// The answer to who is none.
pub async fn admit<S: Services>(
    site: &Site,
    resource: &Resource,
    request: &Accepted,
    services: &S,
) -> Result<Option<Authenticated>, Box<Handled>> {
    let credentials = &request.credentials;
    let is_nowhere = *resource == Resource::Nowhere;
    // Nobody is asked to log in for what is not there. A session says who asks, and nothing is counted for it.
    let has_session = !credentials.cookie.is_empty() && credentials.bearer().is_none();
    if *resource == Resource::LogIn || (is_nowhere && !has_session) {
        return Ok(None);
    }
    match authenticate(site, credentials, Limit::AdminAddress, services).await {
        Ok(who) => Ok(Some(who)),
        Err(_) if is_nowhere => Ok(None),
        Err(denied) => Err(Box::new(login::denied(site, request, denied))),
    }
}

/// Has the resource's handler answer.
pub async fn handle<S: Services>(
    site: &Site,
    resource: Resource,
    request: Accepted,
    who: Option<Authenticated>,
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
    if resource == Resource::Nowhere {
        return nowhere(site, request, who, services);
    }
    let Some(who) = who else {
        return login::denied(site, &request, Denied::Nobody);
    };
    if resource == Resource::LogOut {
        return login::log_out(site, &who, &request, services).await;
    }
    let renewal = who.renewal().map(str::to_owned);
    let desk = Desk {
        site,
        services,
        who,
        request,
    };
    let mut handled = answered(desk, resource, body).await;
    if let Some(cookie) = renewal {
        handled.response = handled.response.with("set-cookie", cookie);
    }
    handled
}

/// Has the handler of a resource of the desk answer.
async fn answered<S: Services>(desk: Desk<'_, S>, resource: Resource, body: Body) -> Handled {
    let reply = match resource {
        // Answered by `handle`.
        Resource::LogIn | Resource::LogOut | Resource::Nowhere => Ok(desk.not_found("page")),
        Resource::Dashboard => Ok(dashboard::show(&desk).await),
        Resource::Health => Ok(health::show(&desk).await),
        Resource::NewCharges(asked) => charges::new::handle(&desk, asked, &body).await,
        Resource::Charges(filter) => Ok(charges::list(&desk, filter).await),
        Resource::Bulk(asked) => charges::bulk::handle(&desk, asked, &body).await,
        Resource::Charge(id) => charges::show(&desk, id).await,
        Resource::Act(id, act) => charges::acts::on_charge(&desk, id, act, &body).await,
        Resource::MintLink(id) => charges::acts::mint_link(&desk, id, &body).await,
        Resource::Revoke(id) => charges::acts::revoke(&desk, id, &body).await,
        Resource::Refund(id) => charges::acts::refund(&desk, id, &body).await,
        Resource::Explain => explain::handle(&desk, &body).await,
        Resource::Incidents(filter) => Ok(incidents::list(&desk, filter).await),
        Resource::Resolve(id) => incidents::resolve(&desk, id, &body).await,
        Resource::RefundIncident(id) => incidents::refund(&desk, id, &body).await,
        Resource::Audit(after) => Ok(audit::list(&desk, after).await),
        Resource::Import(options) => Ok(import::handle(&desk, options, body).await),
        Resource::Saved => Ok(saved::handle(&desk, &body)),
        Resource::ExportCharges(filter, marks) => Ok(export::charges(&desk, &filter, marks).await),
        Resource::ExportPayments(after, marks) => Ok(export::payments(&desk, after, marks).await),
        Resource::NewPlayer => players::edit::add(&desk, &body).await,
        Resource::EditPlayer(id) => players::edit::edit(&desk, id, &body).await,
        Resource::Players(filter) => Ok(players::list(&desk, filter).await),
        Resource::Player(id) => players::show(&desk, id).await,
        Resource::Year(id, year) => players::year::show(&desk, id, year).await,
        Resource::Receipt(id) => players::year::receipt(&desk, id).await,
        Resource::Fee(id) => players::fee(&desk, id, &body).await,
        Resource::Erase(id) => players::erase(&desk, id, &body).await,
        Resource::TakeBack(asked) => months::take_back::handle(&desk, asked, &body).await,
        Resource::Months(asked) => months::handle(&desk, asked, &body).await,
        Resource::Emails(_) if desk.request.is_post => emails::queue(&desk, &body).await,
        Resource::Emails(filter) => Ok(emails::list(&desk, filter).await),
        Resource::Preview(template, selection) => emails::preview(&desk, template, selection).await,
        Resource::CancelEmails => emails::cancel_all(&desk, &body).await,
        Resource::EmailLinks => emails::links(&desk, &body).await,
        Resource::Email(id, act) => emails::act_on(&desk, id, act, &body).await,
        Resource::Reconcile => Ok(reconcile::handle(desk, body).await),
    };
    reply.unwrap_or_else(|early| *early)
}
