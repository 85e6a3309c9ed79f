//! `GET /admin/charges` and `GET /admin/charges/{id}`.

pub mod acts;
pub mod bulk;
pub mod detail;
pub mod list_page;
pub mod new;
pub mod page;
pub mod queries;
pub mod query;

use serde::Serialize;

use crate::{
    desk::{
        charges::{
            detail::{LinkOf, MOST_LINKS, OrderOf, TimelineEntry},
            queries::{Sum, Totals},
        },
        layout::Tab,
        request::{Desk, Reply},
    },
    domain::{
        charge::{ChargeState, Kind},
        checkout::{Checkout, LinkState},
        id::{ChargeId, IncidentId, OrderId},
        money::Money,
        time::{UnixMillis, Zone, rfc_3339},
    },
    guard::explain::Explained,
    http::handler::{Handled, Services},
    store::{
        charges::{Filter, Listed},
        checkout,
    },
};

/// A charge in JSON. Amounts are in major units.
#[derive(Serialize)]
pub struct ChargeJson<'a> {
    id: ChargeId,
    player_id: &'a str,
    player: &'a str,
    kind: Kind,
    period: &'a str,
    amount: String,
    currency: String,
    state: ChargeState,
    due_on: Option<&'a str>,
}

impl<'a> From<&'a Listed> for ChargeJson<'a> {
    fn from(charge: &'a Listed) -> Self {
        let Money { currency, .. } = charge.money();
        Self {
            id: charge.id,
            player_id: &charge.player_id,
            player: &charge.player,
            kind: charge.kind,
            period: &charge.period,
            amount: charge.money().major(),
            currency: currency.into(),
            state: charge.state,
            due_on: charge.due_on.as_deref(),
        }
    }
}

/// The totals of all charges of a filter, in JSON.
#[derive(Serialize)]
struct TotalsJson {
    is_whole: bool,
    sums: Vec<SumJson>,
    paid: i64,
    of: i64,
}

#[derive(Serialize)]
struct SumJson {
    amount: String,
    currency: String,
    count: i64,
}

impl From<&Totals> for TotalsJson {
    fn from(totals: &Totals) -> Self {
        let sum = |sum: &Sum| SumJson {
            amount: sum.money.major(),
            currency: sum.money.currency.into(),
            count: sum.count,
        };
        Self {
            is_whole: totals.is_whole,
            sums: totals.sums.iter().map(sum).collect(),
            paid: totals.paid,
            of: totals.of,
        }
    }
}

#[derive(Serialize)]
struct ListJson<'a> {
    charges: Vec<ChargeJson<'a>>,
    next: Option<String>,
    totals: TotalsJson,
    unfolded: u64,
}

/// A page of the list.
pub async fn list<S: Services>(desk: &Desk<'_, S>, filter: Filter) -> Handled {
    let today = desk.today();
    let page = match queries::list(desk.services, &filter, &today).await {
        Ok(page) => page,
        Err(error) => return desk.failed(error),
    };
    let json = ListJson {
        charges: page.charges.iter().map(ChargeJson::from).collect(),
        next: page.next.as_ref().map(ToString::to_string),
        totals: (&page.totals).into(),
        unfolded: page.unfolded,
    };
    desk.answer("charges", &json, ("Charges", Tab::Charges), |_| {
        list_page::page(&filter, &page, &today)
    })
}

#[derive(Serialize)]
pub(super) struct OrderJson<'a> {
    id: OrderId,
    status: &'a str,
    method: &'a str,
    offline_method: Option<&'a str>,
    note: Option<&'a str>,
    amount: String,
    currency: String,
    paid: Option<String>,
    refunded: String,
    waived: String,
    surplus: String,
    refund_requested: Option<RequestJson<'a>>,
    stripe_session_id: Option<&'a str>,
    payment_intent_id: Option<&'a str>,
    receipt_url: Option<&'a str>,
    link_id: Option<i64>,
    created_at: String,
    paid_at: Option<String>,
    canceled_at: Option<String>,
    cancel_reason: Option<&'a str>,
    refunded_at: Option<String>,
}

#[derive(Serialize)]
struct RequestJson<'a> {
    amount: Option<String>,
    operator: &'a str,
    at: String,
}

fn time(at: Option<UnixMillis>) -> Option<String> {
    at.map(rfc_3339)
}

impl<'a> From<&'a OrderOf> for OrderJson<'a> {
    fn from(order: &'a OrderOf) -> Self {
        Self {
            id: order.id,
            status: &order.status,
            method: &order.method,
            offline_method: order.offline_method.as_deref(),
            note: order.note.as_deref(),
            amount: order.money().major(),
            currency: order.money().currency.into(),
            paid: order.taken().map(Money::major),
            refunded: order.refunded().major(),
            waived: order.waived().major(),
            surplus: order.surplus().major(),
            refund_requested: order.request.as_ref().map(|request| RequestJson {
                amount: order.requested().map(Money::major),
                operator: &request.actor,
                at: rfc_3339(request.at),
            }),
            stripe_session_id: order.session.as_deref(),
            payment_intent_id: order.payment_intent.as_deref(),
            receipt_url: order.receipt_url.as_deref(),
            link_id: order.link,
            created_at: rfc_3339(order.created_at),
            paid_at: time(order.paid_at),
            canceled_at: time(order.canceled_at),
            cancel_reason: order.cancel_reason.as_deref(),
            refunded_at: time(order.refunded_at),
        }
    }
}

#[derive(Serialize)]
pub(super) struct LinkJson {
    id: i64,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    orders: i64,
    used_at: Option<String>,
}

impl From<&LinkOf> for LinkJson {
    fn from(link: &LinkOf) -> Self {
        Self {
            id: link.id,
            created_at: rfc_3339(link.created_at),
            expires_at: time(link.expires_at),
            revoked_at: time(link.revoked_at),
            orders: link.orders,
            used_at: time(link.used_at),
        }
    }
}

#[derive(Serialize)]
struct HappenedJson<'a> {
    at: String,
    entry: &'a str,
    what: &'a str,
    text: String,
    order_id: Option<OrderId>,
    operator: Option<&'a str>,
}

impl<'a> HappenedJson<'a> {
    fn new(entry: &'a TimelineEntry, zone: &Zone<'_>) -> Self {
        let day = |at: UnixMillis| zone.iso_date(at);
        Self {
            at: rfc_3339(entry.at),
            entry: &entry.entry,
            what: &entry.what,
            text: page::sentence(entry, &day),
            order_id: entry.order,
            operator: entry.who.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct DetailJson<'a> {
    charge: ChargeJson<'a>,
    explain: &'a Explained,
    orders: Vec<OrderJson<'a>>,
    links: Vec<LinkJson>,
    timeline: Vec<HappenedJson<'a>>,
    dispute: Option<DisputeJson>,
}

/// An open dispute about the charge's payment.
#[derive(Serialize)]
struct DisputeJson {
    incident_id: IncidentId,
    due_by: Option<String>,
}

/// A click comes by a link: if none is valid any more, it gets what the newest one gets.
fn by_links(checkout: &mut Checkout, links: &[LinkOf], now: UnixMillis) {
    let is_any_valid = links.iter().any(|link| link.is_valid(now));
    // Of more links only these were read, and an older one may be valid.
    let newest = links
        .first()
        .filter(|_| !is_any_valid && links.len() < MOST_LINKS);
    if let Some(newest) = newest {
        checkout.link = LinkState {
            expires_at: newest.expires_at,
            revoked: newest.revoked_at.is_some(),
        };
    }
}

/// A charge with all that happened to it, and what a click would get now.
pub async fn show<S: Services>(desk: &Desk<'_, S>, id: ChargeId) -> Reply {
    let detail = detail::detail(desk.services, id).await;
    let detail = desk.found(detail, "charge")?;
    let checkout = checkout::peek(desk.services, id).await;
    let mut checkout = desk.found(checkout, "charge")?;
    let now = desk.services.now();
    by_links(&mut checkout, &detail.links, now);
    let mut explained = desk.explain(&checkout);
    let hint = match explained.decision {
        "link_expired" | "link_revoked" => Some(
            "No link to the charge is valid any more. Make a new one, if it is still to be paid.",
        ),
        "pay" if detail.links.is_empty() => {
            Some("No link leads to the charge yet. Make one: this is what a click on it gets.")
        }
        _ => None,
    };
    explained.because.extend(hint.map(str::to_owned));
    let json = DetailJson {
        charge: (&detail.charge).into(),
        explain: &explained,
        orders: detail.orders.iter().map(OrderJson::from).collect(),
        links: detail.links.iter().map(LinkJson::from).collect(),
        timeline: desk.in_zone(|zone| {
            let entries = detail.timeline.iter();
            entries
                .map(|entry| HappenedJson::new(entry, zone))
                .collect()
        }),
        dispute: detail.more.dispute.map(|dispute| DisputeJson {
            incident_id: dispute.incident,
            due_by: time(dispute.due_by),
        }),
    };
    let title = format!(
        "{} · {}",
        detail.charge.player,
        list_page::title(&detail.charge)
    );
    Ok(
        desk.answer("charge", &json, (&title, Tab::Charges), |zone| {
            let mode = desk.site.config.policy.mode;
            page::page(&detail, &explained, mode, zone, now)
        }),
    )
}
