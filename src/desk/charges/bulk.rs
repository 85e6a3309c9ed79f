//! `GET` and `POST /admin/charges/bulk`: several charges at once. By GET a page says which are taken and which are left out; by
//! POST they are closed, each by the guard's own act, so that each obeys what a single one does. Emails and links have their own
//! pages, which a GET leads to; a table of the charges is answered at once.

pub mod page;
pub mod query;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use query::{Asked, BulkAct};

use crate::{
    desk::{
        charges::{ChargeJson, queries},
        export,
        layout::Tab,
        request::{Desk, Reply},
    },
    domain::{act::ChargeChange, charge::ChargeState, error::GuardError, id::ChargeId},
    guard::operator::{self, Acted, Command, Obstacle},
    http::{
        fields::Fields,
        handler::{Handled, Services},
        negotiate::is_type,
        request::Body,
    },
    json,
    store::charges::Listed,
};

const TITLE: &str = "Several charges";
/// About how many subrequests closing one charge needs at most: it is read, its session is ended at Stripe, it is committed.
const OF_ONE: u32 = 8;

/// Why an act leaves a charge out: what it says, and its code for programs.
type Why = (&'static str, &'static str);

/// Why it is left out, as it stands; `None` if it is taken.
const fn left_out(act: BulkAct, state: ChargeState) -> Option<Why> {
    match (act, state) {
        (BulkAct::Export, _) => None,
        (_, ChargeState::Unpaid | ChargeState::Pending) => None,
        (_, ChargeState::Paid) => Some(("paid", "already_paid")),
        (_, ChargeState::Closed) => Some(("closed already, or nothing to pay", "closed")),
        (_, ChargeState::Processing) => Some(("a bank is at work", "processing")),
        (_, ChargeState::ActionRequired) => Some(("the payer must act", "processing")),
        (BulkAct::Close, ChargeState::Refunded) => None,
        (BulkAct::Link | BulkAct::Reminder | BulkAct::Links, ChargeState::Refunded) => {
            Some(("refunded", "refunded"))
        }
    }
}

/// Why the guard refused.
const fn refused(obstacle: Obstacle) -> Why {
    match obstacle {
        Obstacle::Paid => ("it was paid meanwhile", "already_paid"),
        Obstacle::Processing => ("a bank is at work on a payment", "processing"),
        Obstacle::Refunded => ("it was refunded", "refunded"),
        Obstacle::Closed => ("it is closed", "closed"),
        Obstacle::NothingPending
        | Obstacle::NothingToRefund
        | Obstacle::TooMuch(_)
        | Obstacle::RefusedByStripe
        | Obstacle::TooEarly
        | Obstacle::NotTheAmount { .. }
        | Obstacle::RestDoesNotFit { .. } => ("it cannot be closed now: see its page", "refused"),
    }
}

#[derive(Serialize)]
struct LeftOutJson<'a> {
    #[serde(flatten)]
    charge: ChargeJson<'a>,
    code: &'static str,
}

#[derive(Serialize)]
struct LookJson<'a> {
    act: &'static str,
    chosen: Vec<ChargeJson<'a>>,
    left_out: Vec<LeftOutJson<'a>>,
}

/// Several charges: what will be done by GET, by POST they are closed.
pub async fn handle<S: Services>(desk: &Desk<'_, S>, asked: Asked, body: &Body) -> Reply {
    if desk.request.is_post {
        return close(desk, body).await;
    }
    let Asked { act, charges, list } = asked;
    let Some(act) = act else {
        let why = "act is missing: link, reminder, links, close or export.";
        return Err(bad(desk, why));
    };
    if charges.is_empty() {
        return Err(bad(desk, "Tick the charges that it is about first."));
    }
    if let BulkAct::Link | BulkAct::Reminder = act {
        let ids: Vec<_> = charges.iter().map(ToString::to_string).collect();
        let template = act.as_str();
        let page = format!(
            "/admin/messages/preview?template={template}&charges={}",
            ids.join("+")
        );
        return Ok(desk.see_other("preview", &page));
    }
    if act == BulkAct::Export {
        return Ok(export::chosen(desk, &charges).await);
    }
    let found = found(desk, &charges).await?;
    let chosen: Vec<_> = found
        .iter()
        .filter(|charge| left_out(act, charge.state).is_none())
        .collect();
    let left: Vec<_> = found
        .iter()
        .filter_map(|charge| Some((charge, left_out(act, charge.state)?)))
        .collect();
    let json = LookJson {
        act: act.as_str(),
        chosen: chosen.iter().map(|charge| (*charge).into()).collect(),
        left_out: left
            .iter()
            .map(|(charge, (_, code))| LeftOutJson {
                charge: (*charge).into(),
                code,
            })
            .collect(),
    };
    let title = match act {
        BulkAct::Close => "Close several charges",
        BulkAct::Links => "Make links for several charges",
        BulkAct::Link | BulkAct::Reminder | BulkAct::Export => TITLE,
    };
    let left: Vec<_> = left
        .iter()
        .map(|(charge, (why, _))| (*charge, *why))
        .collect();
    Ok(
        desk.answer("bulk", &json, (title, Tab::Charges), |_| match act {
            BulkAct::Links => page::links(&chosen, &left, &list),
            BulkAct::Link | BulkAct::Reminder | BulkAct::Close | BulkAct::Export => {
                page::close(&chosen, &left, &list)
            }
        }),
    )
}

fn bad<S: Services>(desk: &Desk<'_, S>, why: &str) -> Box<Handled> {
    Box::new(desk.bad_request(why))
}

/// The charges that are named: all of them must be there.
async fn found<S: Services>(
    desk: &Desk<'_, S>,
    charges: &[ChargeId],
) -> Result<Vec<Listed>, Box<Handled>> {
    let found = queries::chosen(desk.services, charges).await;
    let found = found.map_err(|error| Box::new(desk.failed(error)))?;
    desk.all_found(charges, found.iter().map(|charge| charge.id))?;
    Ok(found)
}

/// The object that a program sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    act: String,
    charges: Vec<i64>,
    reason: Option<String>,
}

/// The charges that are to be closed, the reason, and the list that they were ticked in.
struct Closing {
    charges: Vec<ChargeId>,
    reason: String,
    list: String,
}

fn closing<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Result<Closing, Box<Handled>> {
    let is_json = is_type(&desk.request.content_type, "application/json");
    let (fields, charges) = match body {
        Body::Whole(bytes) if is_json => {
            let text = String::from_utf8_lossy(bytes);
            let sent: Sent = json::from_str(&text)
                .map_err(|error| bad(desk, &format!("The body is {error}.")))?;
            let ids: Vec<_> = sent.charges.iter().map(ToString::to_string).collect();
            let members = [("act", Some(sent.act)), ("reason", sent.reason)];
            (Fields::of(members), ids.join(" "))
        }
        Body::Whole(_) | Body::TooLarge => {
            let fields = desk.fields(body, &["act", "charges", "reason", "list"])?;
            let charges = fields.text("charges").unwrap_or_default().to_owned();
            (fields, charges)
        }
    };
    if fields.text("act") != Some(BulkAct::Close.as_str()) {
        return Err(bad(
            desk,
            "act must be close: emails and links have requests of their own.",
        ));
    }
    let mut ids = Vec::new();
    let read = query::add(&mut ids, &charges).filter(|()| !ids.is_empty());
    let why = "charges must be a list of at least one and at most 2000 ids of charges.";
    read.ok_or_else(|| bad(desk, why))?;
    let reason = fields.note("reason").map_err(|why| bad(desk, &why))?;
    let why = "reason is missing: say why nothing is to be paid.";
    let reason = reason.ok_or_else(|| bad(desk, why))?.to_owned();
    let list = query::list(fields.given("list").unwrap_or_default());
    Ok(Closing {
        charges: ids,
        reason,
        list: list.map_err(|why| bad(desk, &why.to_string()))?,
    })
}

#[derive(Serialize)]
struct RefusedJson {
    charge_id: ChargeId,
    code: &'static str,
}

#[derive(Serialize)]
struct ClosedJson {
    done: Vec<ChargeId>,
    unchanged: Vec<ChargeId>,
    refused: Vec<RefusedJson>,
    left: Vec<ChargeId>,
}

/// The result for each charge.
#[derive(Default)]
struct Outcome {
    done: Vec<ChargeId>,
    unchanged: Vec<ChargeId>,
    refused: Vec<(ChargeId, Why)>,
    left: Vec<ChargeId>,
    /// The error that ended it early. The charge that it is about is among those that are left.
    error: Option<GuardError>,
}

/// Closes as many as a request may, one after the other.
async fn close<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Reply {
    let closing = closing(desk, body)?;
    let found = found(desk, &closing.charges).await?;
    let outcome = close_all(desk, &closing).await;
    if let (Some(error), true) = (&outcome.error, outcome.done.is_empty()) {
        return Ok(desk.failed(error.clone()));
    }
    if !desk.wants_page() {
        let refused = outcome.refused.iter();
        let json = ClosedJson {
            refused: refused
                .map(|(charge_id, (_, code))| RefusedJson {
                    charge_id: *charge_id,
                    code,
                })
                .collect(),
            done: outcome.done,
            unchanged: outcome.unchanged,
            left: outcome.left,
        };
        return Ok(desk.json("closed", &json));
    }
    let by_id: BTreeMap<_, _> = found.iter().map(|charge| (charge.id, charge)).collect();
    let those = |ids: &[ChargeId]| -> Vec<&Listed> {
        ids.iter().filter_map(|id| by_id.get(id).copied()).collect()
    };
    let refused = outcome.refused.iter();
    let refused: Vec<_> = refused
        .filter_map(|(id, (why, _))| Some((*by_id.get(id)?, *why)))
        .collect();
    let page = page::closed(&page::Closed {
        done: &those(&outcome.done),
        unchanged: &those(&outcome.unchanged),
        refused: &refused,
        left: &those(&outcome.left),
        reason: &closing.reason,
        has_failed: outcome.error.is_some(),
        list: &closing.list,
    });
    let handled = desk.page(200, "closed", "Close several charges", Tab::Charges, &page);
    Ok(match outcome.error {
        Some(error) => handled.because(error),
        None => handled,
    })
}

async fn close_all<S: Services>(desk: &Desk<'_, S>, closing: &Closing) -> Outcome {
    let site = desk.site;
    let at_once = site.config.reconcile_budget.subrequests / OF_ONE;
    let at_once = usize::try_from(at_once).unwrap_or(usize::MAX).max(1);
    let mut outcome = Outcome::default();
    for (place, id) in closing.charges.iter().enumerate() {
        if place >= at_once {
            outcome.left = closing.charges[place..].to_vec();
            break;
        }
        let what = Command::Change(ChargeChange::Close {
            reason: closing.reason.clone(),
        });
        let policy = &site.config.policy;
        match operator::act(desk.services, policy, *id, &what, desk.operator()).await {
            Ok(Acted::Done) => outcome.done.push(*id),
            Ok(Acted::Unchanged) => outcome.unchanged.push(*id),
            Ok(Acted::Refused(obstacle)) => outcome.refused.push((*id, refused(obstacle))),
            // Charges are never deleted, and it was there before.
            Ok(Acted::NotFound) => outcome
                .refused
                .push((*id, ("there is no such charge", "not_found"))),
            Err(error) => {
                outcome.left = closing.charges[place..].to_vec();
                outcome.error = Some(error);
                break;
            }
        }
    }
    outcome
}
