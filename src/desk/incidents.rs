//! `GET /admin/incidents`, and how one is resolved or its payment refunded.

pub mod page;
pub mod queries;
pub mod query;

use serde::Serialize;

use crate::{
    desk::{
        charges::acts,
        confirmation::Confirmation,
        incidents::queries::{self as incidents, Filter, Listed},
        layout::Tab,
        request::{Desk, Reply},
    },
    domain::{
        act::Act,
        id::{ChargeId, IncidentId, OrderId},
        time::rfc_3339,
    },
    guard::operator::RefundAsked,
    http::{
        handler::{Handled, Services},
        request::Body,
    },
    json,
};

/// An incident in JSON. Amounts are in major units.
#[derive(Serialize)]
pub struct IncidentJson<'a> {
    id: IncidentId,
    kind: &'a str,
    state: &'static str,
    charge_id: Option<ChargeId>,
    order_id: Option<OrderId>,
    player: Option<&'a str>,
    amount: Option<String>,
    currency: Option<String>,
    owed: Option<String>,
    owed_currency: Option<String>,
    payment_intent_id: Option<&'a str>,
    due_by: Option<String>,
    detail: &'a str,
    opened_at: String,
    resolved_at: Option<String>,
    resolution: Option<&'a str>,
}

impl<'a> From<&'a Listed> for IncidentJson<'a> {
    fn from(incident: &'a Listed) -> Self {
        Self {
            id: incident.id,
            kind: &incident.kind,
            state: incident.state(),
            charge_id: incident.charge,
            order_id: incident.order,
            player: incident.player.as_deref(),
            amount: incident.money().map(|money| money.major()),
            currency: incident.money().map(|money| money.currency.into()),
            owed: incident.owed().map(|money| money.major()),
            owed_currency: incident.owed().map(|money| money.currency.into()),
            payment_intent_id: incident.payment_intent.as_deref(),
            due_by: incident.due_by.map(rfc_3339),
            detail: &incident.detail,
            opened_at: rfc_3339(incident.opened_at),
            resolved_at: incident.resolved_at.map(rfc_3339),
            resolution: incident.resolution.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct ListJson<'a> {
    incidents: Vec<IncidentJson<'a>>,
    next: Option<String>,
}

/// A page of the list: those that are open, or those that are over.
pub async fn list<S: Services>(desk: &Desk<'_, S>, filter: Filter) -> Handled {
    let page = match incidents::list(desk.services, filter).await {
        Ok(page) => page,
        Err(error) => return desk.failed(error),
    };
    let json = ListJson {
        incidents: page.incidents.iter().map(IncidentJson::from).collect(),
        next: page.next.map(|next| next.to_string()),
    };
    desk.answer("incidents", &json, ("Incidents", Tab::Incidents), |zone| {
        page::page(filter, &page, desk.site.config.policy.mode, zone)
    })
}

#[derive(Serialize)]
struct Changed<'a> {
    changed: bool,
    incident: IncidentJson<'a>,
}

/// Resolves an incident: an operator has looked at it.
pub async fn resolve<S: Services>(desk: &Desk<'_, S>, id: IncidentId, body: &Body) -> Reply {
    let incident = desk.found(incidents::find(desk.services, id).await, "incident")?;
    if !desk.request.is_post {
        let page = desk.in_zone(|zone| page::resolve(&incident, zone));
        return Ok(desk.page(200, "confirm", "Resolve an incident", Tab::Incidents, &page));
    }
    let fields = desk.fields(body, &["note"])?;
    let note = match fields.note("note") {
        Ok(note) => note.unwrap_or("resolved by an operator"),
        Err(why) => return Ok(desk.bad_request(&why)),
    };
    let act = Act {
        operator: desk.operator().clone(),
        act: "resolve_incident",
        about: format!("incident {id}"),
        detail: json::to_string(&serde_json::json!({ "kind": incident.kind })),
    };
    let now = desk.services.now();
    match incidents::resolve_by_hand(desk.services, id, note, &act, now).await {
        Ok(changed) => answer(desk, id, Confirmation::IncidentResolved, changed).await,
        Err(error) => Ok(desk.failed(error)),
    }
}

/// Refunds the payment that an incident is about. For a duplicate payment, that ends it.
pub async fn refund<S: Services>(desk: &Desk<'_, S>, id: IncidentId, body: &Body) -> Reply {
    let incident = desk.found(incidents::find(desk.services, id).await, "incident")?;
    let Some(order) = incident.refundable() else {
        let why = "This incident is resolved, or it is about no payment that can be refunded.";
        return Ok(desk.problem(409, "nothing_to_refund", "There is nothing to refund", why));
    };
    if !desk.request.is_post {
        let page = desk.in_zone(|zone| page::refund(&incident, zone));
        let title = "Refund a duplicate payment";
        return Ok(desk.page(200, "confirm", title, Tab::Incidents, &page));
    }
    desk.fields(body, &[])?;
    acts::make_refund(desk, order, RefundAsked::default()).await?;
    answer(desk, id, Confirmation::Refunded, true).await
}

async fn answer<S: Services>(
    desk: &Desk<'_, S>,
    id: IncidentId,
    done: Confirmation,
    changed: bool,
) -> Reply {
    if desk.wants_page() {
        let done = if changed {
            done
        } else {
            Confirmation::Unchanged
        };
        return Ok(desk.done(done, "done", "/admin/incidents"));
    }
    let incident = desk.found(incidents::find(desk.services, id).await, "incident")?;
    let incident = (&incident).into();
    Ok(desk.json("done", &Changed { changed, incident }))
}
