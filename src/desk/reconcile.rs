//! `POST /admin/reconcile`: reads again everything that Stripe has since a moment. It is for use after a
//! restore.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use crate::{
    desk::request::Desk,
    domain::{
        act::Act,
        error::GuardError,
        operator::OperatorName,
        time::{UnixMillis, rfc_3339},
    },
    guard::{
        budget::Reconciled,
        reconcile::reconcile,
        restore::{restore, was_begun},
    },
    http::{
        handler::{Handled, Services},
        request::Body,
        response,
        site::Site,
    },
    json,
    pages::answer::Answer,
    store::{audit, emails::queue},
};

/// The request's body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    since: String,
}

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Not the object that is expected.
    #[error("the body must be JSON like {{\"since\": \"2026-11-20T08:00:00Z\"}}")]
    Shape,
    /// Not a time.
    #[error("since must be a time like 2026-11-20T08:00:00Z (RFC 3339)")]
    Time,
    /// A time that lies ahead.
    #[error("since lies in the future")]
    Future,
}

/// Reads the body: the moment to begin at.
fn since(body: &[u8], now: UnixMillis) -> Result<UnixMillis, BadRequest> {
    let text = std::str::from_utf8(body).map_err(|_| BadRequest::Shape)?;
    let Asked { since } = json::from_str(text).map_err(|_| BadRequest::Shape)?;
    let time = DateTime::parse_from_rfc3339(&since).map_err(|_| BadRequest::Time)?;
    let since = UnixMillis(time.timestamp_millis());
    if since > now {
        return Err(BadRequest::Future);
    }
    Ok(since)
}

/// Does as much as one run may do. The cron goes on with the rest.
pub async fn handle<S: Services>(desk: Desk<'_, S>, body: Body) -> Handled {
    let Desk {
        site,
        services,
        request,
        who,
    } = desk;
    let operator = who.operator();
    let Body::Whole(body) = body else {
        return Handled::answer(site, &request, &Answer::TooLarge);
    };
    let since = match since(&body, services.now()) {
        Ok(since) => since,
        Err(why) => {
            let (code, title) = ("bad_request", "Nothing was done");
            let response = response::problem(site, 400, code, title, &why.to_string());
            return Handled::new(response, request.log, code);
        }
    };
    match run(site, services, operator, since).await {
        Ok(done) => {
            let response = response::json(site, 200, &Report::new(since, &done));
            let handled = Handled::new(response, request.log, "reconciled");
            match done.errors.into_iter().next() {
                Some(error) => handled.because(error),
                None => handled,
            }
        }
        Err(error) => {
            let detail = "Nothing was started. Please ask again.";
            Handled::try_again(site, request.log, detail).because(error)
        }
    }
}

async fn run<S: Services>(
    site: &Site,
    services: &S,
    operator: &OperatorName,
    since: UnixMillis,
) -> Result<Reconciled, GuardError> {
    let act = Act {
        operator: operator.clone(),
        act: "reconcile",
        about: "stripe".to_owned(),
        detail: json::to_string(&serde_json::json!({ "since": rfc_3339(since) })),
    };
    audit::record(services, &act, services.now()).await?;
    // Emails that wait were queued before the restore only if it is asked for the first time.
    if !was_begun(services, since).await? {
        queue::restored(services, services.now()).await?;
    }
    let (policy, budget) = (&site.config.policy, site.config.reconcile_budget);
    restore(services, policy, since).await?;
    Ok(reconcile(services, policy, budget).await)
}

/// The answer.
#[derive(Serialize)]
struct Report {
    since: String,
    done: bool,
    sessions: u32,
    events: u32,
    orders: u32,
    moved: u32,
    errors: usize,
}

impl Report {
    fn new(since: UnixMillis, run: &Reconciled) -> Self {
        Self {
            since: rfc_3339(since),
            done: run.is_done,
            sessions: run.sessions,
            events: run.events,
            orders: run.orders,
            moved: run.moved,
            errors: run.errors.len(),
        }
    }
}
