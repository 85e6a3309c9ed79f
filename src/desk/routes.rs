//! The table of the desk's routes. The router reads it, and so does the test that `assets/openapi.json` describes every route
//! and no other.

use super::{
    charges::{
        bulk::query as bulk,
        new::{self as new_charges},
        query as charges,
    },
    emails::{queries::Filter as EmailFilter, query as emails},
    export::query as export,
    incidents::{queries::Filter as IncidentFilter, query as incidents},
    months::{query as months, take_back},
    players::{queries::Filter as PlayerFilter, query as players},
    query::{self, BadQuery},
};
use crate::{
    billing::import::options::Options,
    domain::{
        email::Template,
        id::{ChargeId, EmailId, IncidentId, OrderId, PlayerId},
        path,
    },
    http::csv::Marks,
    store,
};

/// The resource that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `/admin`
    Dashboard,
    /// `/admin/health`
    Health,
    /// `/admin/login`
    LogIn,
    /// `/admin/logout`
    LogOut,
    /// `/admin/charges/new`
    NewCharges(new_charges::Asked),
    /// `/admin/charges`
    Charges(store::charges::Filter),
    /// `/admin/charges/bulk`
    Bulk(bulk::Asked),
    /// `/admin/charges/{id}`
    Charge(ChargeId),
    /// `/admin/charges/{id}/…`
    Act(ChargeId, ChargeAct),
    /// `/admin/charges/{id}/links`
    MintLink(ChargeId),
    /// `/admin/links/{id}/revoke`
    Revoke(i64),
    /// `/admin/orders/{id}/refund`
    Refund(OrderId),
    /// `/admin/explain`
    Explain,
    /// `/admin/incidents`
    Incidents(IncidentFilter),
    /// `/admin/incidents/{id}/resolve`
    Resolve(IncidentId),
    /// `/admin/incidents/{id}/refund`
    RefundIncident(IncidentId),
    /// `/admin/audit`, older than an entry
    Audit(Option<i64>),
    /// `/admin/import`
    Import(Options),
    /// `/admin/saved.csv`
    Saved,
    /// `/admin/export/charges.csv`, those of a list, newer than an id
    ExportCharges(store::charges::Filter, Marks),
    /// `/admin/export/payments.csv`, newer than an id
    ExportPayments(Option<i64>, Marks),
    /// `/admin/players`
    Players(PlayerFilter),
    /// `/admin/players/{id}`
    Player(PlayerId),
    /// `/admin/players/{id}/year`, which year
    Year(PlayerId, Option<i32>),
    /// `/admin/orders/{id}/receipt`
    Receipt(OrderId),
    /// `/admin/players/new`
    NewPlayer,
    /// `/admin/players/{id}/edit`
    EditPlayer(PlayerId),
    /// `/admin/players/{id}/fee`
    Fee(PlayerId),
    /// `/admin/players/{id}/erase`
    Erase(PlayerId),
    /// `/admin/periods`
    Months(months::Asked),
    /// `/admin/periods/take-back`
    TakeBack(take_back::Asked),
    /// `/admin/messages`
    Emails(EmailFilter),
    /// `/admin/messages/preview`
    Preview(Template, emails::Selection),
    /// `/admin/messages/cancel`
    CancelEmails,
    /// `/admin/messages/links.csv`
    EmailLinks,
    /// `/admin/messages/{id}/…`
    Email(EmailId, EmailAct),
    /// `/admin/reconcile`
    Reconcile,
    /// Any other path below `/admin`: there is nothing.
    Nowhere,
}

/// An act on one email.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailAct {
    /// `/again`
    Again,
    /// `/cancel`
    Cancel,
}

/// An act on a charge. By GET, a page says what will happen; by POST it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeAct {
    /// `/amount`
    Amount,
    /// `/close`
    Close,
    /// `/reopen`
    Reopen,
    /// `/offline-payment`
    OfflinePayment,
    /// `/cancel-pending`
    CancelPending,
    /// `/give-up-session`
    GiveUpSession,
}

impl ChargeAct {
    /// The last part of its path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::OfflinePayment => "offline-payment",
            Self::CancelPending => "cancel-pending",
            Self::GiveUpSession => "give-up-session",
        }
    }
}

/// A route of the desk.
pub struct DeskRoute {
    /// Its path below `/admin`. `{id}` stands for the id of a row.
    pub path: &'static str,
    /// The `Allow` header.
    pub allow: &'static str,
    /// Whether programs use it, so that `assets/openapi.json` describes it.
    pub is_described: bool,
    /// The resource that is asked for, by the id (0 if the path has none) and the query.
    read: fn(i64, &str) -> Result<Resource, BadQuery>,
}

type Read = fn(i64, &str) -> Result<Resource, BadQuery>;

const fn route(path: &'static str, allow: &'static str, read: Read) -> DeskRoute {
    DeskRoute {
        path,
        allow,
        is_described: true,
        read,
    }
}

const fn get(path: &'static str, read: Read) -> DeskRoute {
    route(path, "GET, HEAD", read)
}

const fn post(path: &'static str, read: Read) -> DeskRoute {
    route(path, "POST", read)
}

/// By GET a page says what will happen, by POST it is done.
const fn act(path: &'static str, read: Read) -> DeskRoute {
    route(path, "GET, HEAD, POST", read)
}

/// For people alone.
const fn for_people(route: DeskRoute) -> DeskRoute {
    DeskRoute {
        is_described: false,
        ..route
    }
}

/// All of them.
pub const ROUTES: &[DeskRoute] = &[
    get("", |_, _| Ok(Resource::Dashboard)),
    get("/health", |_, _| Ok(Resource::Health)),
    for_people(act("/login", |_, _| Ok(Resource::LogIn))),
    for_people(post("/logout", |_, _| Ok(Resource::LogOut))),
    get("/charges", |_, query| {
        Ok(Resource::Charges(charges::filter(query)?))
    }),
    act("/charges/bulk", |_, query| {
        Ok(Resource::Bulk(bulk::asked(query)?))
    }),
    act("/charges/new", |_, query| {
        Ok(Resource::NewCharges(new_charges::asked(query)?))
    }),
    get("/charges/{id}", |id, _| Ok(Resource::Charge(ChargeId(id)))),
    act("/charges/{id}/amount", |id, _| {
        of_charge(id, ChargeAct::Amount)
    }),
    act("/charges/{id}/close", |id, _| {
        of_charge(id, ChargeAct::Close)
    }),
    act("/charges/{id}/reopen", |id, _| {
        of_charge(id, ChargeAct::Reopen)
    }),
    act("/charges/{id}/offline-payment", |id, _| {
        of_charge(id, ChargeAct::OfflinePayment)
    }),
    act("/charges/{id}/cancel-pending", |id, _| {
        of_charge(id, ChargeAct::CancelPending)
    }),
    act("/charges/{id}/give-up-session", |id, _| {
        of_charge(id, ChargeAct::GiveUpSession)
    }),
    act("/charges/{id}/links", |id, _| {
        Ok(Resource::MintLink(ChargeId(id)))
    }),
    act("/links/{id}/revoke", |id, _| Ok(Resource::Revoke(id))),
    act("/orders/{id}/refund", |id, _| {
        Ok(Resource::Refund(OrderId(id)))
    }),
    get("/orders/{id}/receipt", |id, _| {
        Ok(Resource::Receipt(OrderId(id)))
    }),
    act("/explain", |_, _| Ok(Resource::Explain)),
    get("/incidents", |_, query| {
        Ok(Resource::Incidents(incidents::filter(query)?))
    }),
    act("/incidents/{id}/resolve", |id, _| {
        Ok(Resource::Resolve(IncidentId(id)))
    }),
    act("/incidents/{id}/refund", |id, _| {
        Ok(Resource::RefundIncident(IncidentId(id)))
    }),
    get("/audit", |_, query| {
        Ok(Resource::Audit(query::after(query)?))
    }),
    act("/import", |_, query| {
        Ok(Resource::Import(Options::read(query)?))
    }),
    for_people(post("/saved.csv", |_, _| Ok(Resource::Saved))),
    get("/export/charges.csv", |_, query| {
        let (marks, query) = export::marks(query)?;
        Ok(Resource::ExportCharges(charges::filter(&query)?, marks))
    }),
    get("/export/payments.csv", |_, query| {
        let (marks, query) = export::marks(query)?;
        Ok(Resource::ExportPayments(query::after(&query)?, marks))
    }),
    act("/players/new", |_, _| Ok(Resource::NewPlayer)),
    get("/players", |_, query| {
        Ok(Resource::Players(players::filter(query)?))
    }),
    get("/players/{id}", |id, _| Ok(Resource::Player(PlayerId(id)))),
    get("/players/{id}/year", |id, query| {
        Ok(Resource::Year(PlayerId(id), players::year(query)?))
    }),
    act("/players/{id}/edit", |id, _| {
        Ok(Resource::EditPlayer(PlayerId(id)))
    }),
    act("/players/{id}/fee", |id, _| Ok(Resource::Fee(PlayerId(id)))),
    act("/players/{id}/erase", |id, _| {
        Ok(Resource::Erase(PlayerId(id)))
    }),
    act("/periods/take-back", |_, query| {
        Ok(Resource::TakeBack(take_back::asked(query)?))
    }),
    act("/periods", |_, query| {
        Ok(Resource::Months(months::Asked::read(query)?))
    }),
    act("/messages", |_, query| {
        Ok(Resource::Emails(emails::filter(query)?))
    }),
    get("/messages/preview", |_, query| {
        let (template, selection) = emails::preview(query)?;
        Ok(Resource::Preview(template, selection))
    }),
    post("/messages/links.csv", |_, _| Ok(Resource::EmailLinks)),
    act("/messages/cancel", |_, _| Ok(Resource::CancelEmails)),
    act("/messages/{id}/again", |id, _| {
        Ok(Resource::Email(EmailId(id), EmailAct::Again))
    }),
    act("/messages/{id}/cancel", |id, _| {
        Ok(Resource::Email(EmailId(id), EmailAct::Cancel))
    }),
    post("/reconcile", |_, _| Ok(Resource::Reconcile)),
];

#[allow(
    clippy::unnecessary_wraps,
    reason = "what every route of the table returns"
)]
const fn of_charge(id: i64, act: ChargeAct) -> Result<Resource, BadQuery> {
    Ok(Resource::Act(ChargeId(id), act))
}

/// A path that means something, and the methods that it takes.
pub struct Found {
    /// The resource that is asked for.
    pub resource: Resource,
    /// The `Allow` header.
    pub allow: &'static str,
}

/// Reads a path below `/admin` and its query; `None` if there is nothing at that path.
///
/// # Errors
/// A parameter of the query that is unknown, or whose value means nothing here.
pub fn find(path: &str, query: &str) -> Result<Option<Found>, BadQuery> {
    let Some(rest) = path.strip_prefix(path::ADMIN) else {
        return Ok(None);
    };
    let matched = ROUTES
        .iter()
        .find_map(|route| Some((route, id_in(route.path, rest)?)));
    let Some((route, id)) = matched else {
        return Ok(None);
    };
    Ok(Some(Found {
        resource: (route.read)(id, query)?,
        allow: route.allow,
    }))
}

/// The id in a path, 0 if its route has none; `None` if it is not that route's path.
fn id_in(route: &str, path: &str) -> Option<i64> {
    let Some((before, after)) = route.split_once("{id}") else {
        return (route == path).then_some(0);
    };
    query::id(path.strip_prefix(before)?.strip_suffix(after)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str) -> Option<Resource> {
        find(path, "").ok().flatten().map(|found| found.resource)
    }

    #[test]
    fn a_form_of_an_act_is_sent_to_its_route() {
        let acts = ROUTES
            .iter()
            .filter_map(|route| match (route.read)(12, "") {
                Ok(Resource::Act(_, act)) => Some(act),
                _ => None,
            });
        let acts: Vec<_> = acts.collect();
        assert_eq!(acts.len(), 6);
        for act in acts {
            let path = format!("/admin/charges/12/{}", act.path());
            assert_eq!(resource(&path), Some(Resource::Act(ChargeId(12), act)));
        }
    }

    #[test]
    fn a_path_names_a_resource() {
        assert_eq!(
            resource("/admin/charges/12"),
            Some(Resource::Charge(ChargeId(12)))
        );
        assert_eq!(
            resource("/admin/charges/12/close"),
            Some(Resource::Act(ChargeId(12), ChargeAct::Close))
        );
        assert_eq!(resource("/admin"), Some(Resource::Dashboard));
        for nothing in [
            "/admin/",
            "/admin/charges/",
            "/admin/charges/0",
            "/admin/charges/012",
            "/admin/charges/-1",
            "/admin/charges/1x",
            "/admin/charges/1/2",
            "/admin/charges//close",
            "/admin/charges/99999999999999999999",
            "/admin/charges/9007199254740992",
            "/admin/nothing",
            "/administrator",
        ] {
            assert_eq!(resource(nothing), None, "{nothing}");
        }
    }
}
