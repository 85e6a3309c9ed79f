//! What an operator's path and query ask for.

use crate::{
    billing::import::options::{BadParameter, Options},
    desk::players::queries as players,
    domain::{
        charge::{ChargeState, Kind, is_period},
        id::{ChargeId, IncidentId, MessageId, OrderId, PlayerId},
        message::{MessageState, Template},
        path,
        period::Cursor,
        search,
    },
    store::{
        charges::Filter,
        incidents,
        messages::{self, MOST},
    },
};

/// What is asked for.
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
    /// `/admin/charges`
    Charges(Filter),
    /// `/admin/charges/{id}`
    Charge(ChargeId),
    /// `/admin/charges/{id}/…`
    Act(ChargeId, ChargeAct),
    /// `/admin/links/{id}/revoke`
    Revoke(i64),
    /// `/admin/orders/{id}/refund`
    Refund(OrderId),
    /// `/admin/explain`
    Explain,
    /// `/admin/incidents`
    Incidents(incidents::Filter),
    /// `/admin/incidents/{id}/resolve`
    Resolve(IncidentId),
    /// `/admin/incidents/{id}/refund`
    RefundIncident(IncidentId),
    /// `/admin/audit`, older than an entry
    Audit(Option<i64>),
    /// `/admin/import`
    Import(Options),
    /// `/admin/export/charges.csv`, newer than an id
    ExportCharges(Option<i64>),
    /// `/admin/export/payments.csv`, newer than an id
    ExportPayments(Option<i64>),
    /// `/admin/players`
    Players(players::Filter),
    /// `/admin/players/{id}`
    Player(PlayerId),
    /// `/admin/players/{id}/fee`
    Fee(PlayerId),
    /// `/admin/players/{id}/erase`
    Erase(PlayerId),
    /// `/admin/periods`
    Periods(PeriodsQuery),
    /// `/admin/messages`
    Messages(messages::Filter),
    /// `/admin/messages/preview`
    Preview(Template, Selection),
    /// `/admin/messages/links.csv`
    MessageLinks,
    /// `/admin/messages/{id}/…`
    Message(MessageId, MessageAct),
    /// `/admin/reconcile`
    Reconcile,
    /// Any other path below `/admin`: there is nothing.
    Nowhere,
}

/// What a query asks of the months.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeriodsQuery {
    /// Of the list: older than this one.
    pub after: Option<Cursor>,
    /// Of an opening: only says what it would do.
    pub dry_run: bool,
}

/// Which charges an email is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Charges(Vec<ChargeId>),
    /// Those of a list.
    Filter(Filter),
}

impl Selection {
    /// As it stands in a query, behind other parameters.
    #[must_use]
    pub fn query(&self) -> String {
        match self {
            Self::Charges(charges) => {
                let ids: Vec<_> = charges.iter().map(ToString::to_string).collect();
                format!("&charges={}", ids.join("+"))
            }
            Self::Filter(filter) => match filter.query() {
                query if query.is_empty() => query,
                query => format!("&{query}"),
            },
        }
    }
}

/// What is done with one email.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageAct {
    /// `/again`
    Again,
    /// `/cancel`
    Cancel,
}

/// What is done to a charge. By GET, a page says what will happen; by POST it is done.
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
    /// `/links`
    Links,
}

impl ChargeAct {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Amount,
        Self::Close,
        Self::Reopen,
        Self::OfflinePayment,
        Self::CancelPending,
        Self::GiveUpSession,
        Self::Links,
    ];

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
            Self::Links => "links",
        }
    }
}

/// A path that means something, and the methods that it takes.
pub struct Found {
    /// What is asked for.
    pub resource: Resource,
    /// The `Allow` header.
    pub allow: &'static str,
}

impl Found {
    const fn new(resource: Resource, allow: &'static str) -> Self {
        Self { resource, allow }
    }
}

/// What is wrong with a query. Nothing is done then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQuery {
    /// Of an import.
    #[error(transparent)]
    Import(#[from] BadParameter),
    /// There is no such parameter. Its name, cut to what helps to recognize it.
    #[error("There is no parameter {0:?} here.")]
    Unknown(String),
    /// Its value means nothing.
    #[error("The parameter {0} must be {1}.")]
    Value(&'static str, &'static str),
}

impl BadQuery {
    fn unknown(name: &str) -> Self {
        Self::Unknown(name.chars().take(40).collect())
    }
}

const GET: &str = "GET, HEAD";
const POST: &str = "POST";
const BOTH: &str = "GET, HEAD, POST";

/// Reads a path below `/admin` and its query; `None` if there is nothing at that path.
///
/// # Errors
/// A parameter of the query that is unknown, or whose value means nothing here.
pub fn find(path: &str, query: &str) -> Result<Option<Found>, BadQuery> {
    if path == path::ADMIN {
        return Ok(Some(Found::new(Resource::Dashboard, GET)));
    }
    let rest = path.strip_prefix(path::ADMIN).unwrap_or_default();
    let parts: Vec<&str> = rest.split('/').skip(1).collect();
    let found = |resource, allow| Some(Found::new(resource, allow));
    let of_row = |id: &str, resource: fn(i64) -> Resource, allow| {
        self::id(id).map(|id| Found::new(resource(id), allow))
    };
    Ok(match parts.as_slice() {
        ["health"] => found(Resource::Health, GET),
        ["login"] => found(Resource::LogIn, BOTH),
        ["logout"] => found(Resource::LogOut, POST),
        ["charges"] => found(Resource::Charges(filter(query)?), GET),
        ["charges", id] => of_row(id, |id| Resource::Charge(ChargeId(id)), GET),
        ["charges", id, act] => {
            let mut acts = ChargeAct::ALL.into_iter();
            let act = acts.find(|known| known.path() == *act);
            let ids = self::id(id).zip(act);
            ids.map(|(id, act)| Found::new(Resource::Act(ChargeId(id), act), BOTH))
        }
        ["links", id, "revoke"] => of_row(id, Resource::Revoke, BOTH),
        ["orders", id, "refund"] => of_row(id, |id| Resource::Refund(OrderId(id)), BOTH),
        ["explain"] => found(Resource::Explain, BOTH),
        ["incidents"] => found(Resource::Incidents(incident_filter(query)?), GET),
        ["incidents", id, "resolve"] => of_row(id, |id| Resource::Resolve(IncidentId(id)), BOTH),
        ["incidents", id, "refund"] => {
            of_row(id, |id| Resource::RefundIncident(IncidentId(id)), BOTH)
        }
        ["audit"] => found(Resource::Audit(after(query)?), GET),
        ["import"] => found(Resource::Import(Options::read(query)?), BOTH),
        ["export", "charges.csv"] => found(Resource::ExportCharges(after(query)?), GET),
        ["export", "payments.csv"] => found(Resource::ExportPayments(after(query)?), GET),
        ["players"] => found(Resource::Players(player_filter(query)?), GET),
        ["players", id] => of_row(id, |id| Resource::Player(PlayerId(id)), GET),
        ["players", id, "fee"] => of_row(id, |id| Resource::Fee(PlayerId(id)), BOTH),
        ["players", id, "erase"] => of_row(id, |id| Resource::Erase(PlayerId(id)), BOTH),
        ["periods"] => found(Resource::Periods(periods_query(query)?), BOTH),
        ["messages"] => found(Resource::Messages(message_filter(query)?), BOTH),
        ["messages", "preview"] => found(preview(query)?, GET),
        ["messages", "links.csv"] => found(Resource::MessageLinks, POST),
        ["messages", id, "again"] => of_row(
            id,
            |id| Resource::Message(MessageId(id), MessageAct::Again),
            BOTH,
        ),
        ["messages", id, "cancel"] => of_row(
            id,
            |id| Resource::Message(MessageId(id), MessageAct::Cancel),
            BOTH,
        ),
        ["reconcile"] => found(Resource::Reconcile, POST),
        _ => None,
    })
}

/// No row has a greater id: D1 carries 53 bits of an integer.
const GREATEST_ID: i64 = (1 << 53) - 1;

/// The id of a row, as it stands in a path.
fn id(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let id = is_number.then(|| text.parse().ok()).flatten()?;
    (id <= GREATEST_ID).then_some(id)
}

const BAD_STATE: BadQuery = BadQuery::Value(
    "state",
    "unpaid, pending, processing, action_required, paid, refunded or closed",
);
const BAD_KIND: BadQuery = BadQuery::Value("kind", "first_payment, monthly or custom");
const BAD_PERIOD: BadQuery = BadQuery::Value("period", "a month, such as 2026-05");
const BAD_OVERDUE: BadQuery = BadQuery::Value("overdue", "1, or left out");
const BAD_AFTER: BadQuery = BadQuery::Value("after", "what an answer's next says");

/// The id of a charge, if it is one.
pub(super) fn id_of(number: i64) -> Option<ChargeId> {
    (1..=GREATEST_ID)
        .contains(&number)
        .then_some(ChargeId(number))
}

/// At least one charge, and not too many.
pub(super) fn few(charges: Vec<ChargeId>) -> Option<Vec<ChargeId>> {
    (1..=MOST).contains(&charges.len()).then_some(charges)
}

/// Charges as a form names them: ids, separated by spaces or commas.
pub(super) fn ids(text: &str) -> Option<Vec<ChargeId>> {
    let parts = text.split([' ', ',']).filter(|part| !part.is_empty());
    let ids: Vec<_> = parts
        .map(|part| id(part).map(ChargeId))
        .collect::<Option<_>>()?;
    few(ids)
}

/// What an email would say, and to whom it would go: the link to all who have not paid, if nothing else is said.
fn preview(query: &str) -> Result<Resource, BadQuery> {
    const BAD_TEMPLATE: BadQuery = BadQuery::Value("template", "link or reminder");
    const BAD_CHARGES: BadQuery = BadQuery::Value("charges", "ids of charges, at most 2000");
    let (mut template, mut charges) = (Template::Link, None);
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "template" => template = Template::by_hand(&value).ok_or(BAD_TEMPLATE)?,
            "charges" => charges = Some(ids(&value).ok_or(BAD_CHARGES)?),
            "after" => return Err(BadQuery::unknown(&name)),
            _ => {
                rest.append_pair(&name, &value);
            }
        }
    }
    let filter = filter(&rest.finish())?;
    // Whoever names charges means these.
    let selection = charges.map_or(Selection::Filter(filter), Selection::Charges);
    Ok(Resource::Preview(template, selection))
}

/// The filter of a list of emails.
fn message_filter(query: &str) -> Result<messages::Filter, BadQuery> {
    const BAD_STATE: BadQuery = BadQuery::Value(
        "state",
        "queued, sending, sent, refused, unclear or canceled",
    );
    let mut filter = messages::Filter::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (name.as_ref(), value.trim()) {
            ("state", "") => {}
            ("state", value) => {
                filter.state = Some(MessageState::parse(value).ok_or(BAD_STATE)?);
            }
            ("after", value) => filter.after = Some(MessageId(id(value).ok_or(BAD_AFTER)?)),
            (other, _) => return Err(BadQuery::unknown(other)),
        }
    }
    Ok(filter)
}

/// The filter of a list of charges.
pub(super) fn filter(query: &str) -> Result<Filter, BadQuery> {
    let mut filter = Filter::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match name.as_ref() {
            "q" => filter.words = search::words(value),
            "state" => {
                filter.state = Some(ChargeState::parse(value).ok_or(BAD_STATE)?);
            }
            "kind" => {
                filter.kind = Some(Kind::parse(value).ok_or(BAD_KIND)?);
            }
            "period" => {
                let period = Some(value).filter(|value| is_period(value));
                filter.period = Some(period.ok_or(BAD_PERIOD)?.to_owned());
            }
            "overdue" if value == "1" => filter.overdue = true,
            "overdue" => return Err(BAD_OVERDUE),
            "after" => {
                filter.after = Some(ChargeId(id(value).ok_or(BAD_AFTER)?));
            }
            other => return Err(BadQuery::unknown(other)),
        }
    }
    Ok(filter)
}

/// The filter of a list of incidents: those that are open, if nothing else is said.
fn incident_filter(query: &str) -> Result<incidents::Filter, BadQuery> {
    let mut filter = incidents::Filter::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (name.as_ref(), value.as_ref()) {
            ("state", "open") => filter.resolved = false,
            ("state", "resolved") => filter.resolved = true,
            ("state", _) => return Err(BadQuery::Value("state", "open or resolved")),
            ("after", value) => {
                filter.after = Some(IncidentId(id(value).ok_or(BAD_AFTER)?));
            }
            (other, _) => return Err(BadQuery::unknown(other)),
        }
    }
    Ok(filter)
}

/// The filter of a list of players.
fn player_filter(query: &str) -> Result<players::Filter, BadQuery> {
    let mut filter = players::Filter::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (name.as_ref(), value.trim()) {
            ("q", value) => filter.words = search::words(value),
            ("after", value) => filter.after = Some(PlayerId(id(value).ok_or(BAD_AFTER)?)),
            (other, _) => return Err(BadQuery::unknown(other)),
        }
    }
    Ok(filter)
}

/// What a query asks of the months.
fn periods_query(query: &str) -> Result<PeriodsQuery, BadQuery> {
    let mut asked = PeriodsQuery::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (name.as_ref(), value.as_ref()) {
            ("after", value) => asked.after = Some(Cursor::parse(value).ok_or(BAD_AFTER)?),
            ("dry_run", "1") => asked.dry_run = true,
            ("dry_run", _) => return Err(BadQuery::Value("dry_run", "1, or left out")),
            (other, _) => return Err(BadQuery::unknown(other)),
        }
    }
    Ok(asked)
}

/// Where a page of a list begins, if the query says nothing else.
fn after(query: &str) -> Result<Option<i64>, BadQuery> {
    let mut after = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "after" => after = Some(id(&value).ok_or(BAD_AFTER)?),
            other => return Err(BadQuery::unknown(other)),
        }
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str, query: &str) -> Option<Resource> {
        find(path, query).ok().flatten().map(|found| found.resource)
    }

    #[test]
    fn a_path_names_a_resource() {
        assert_eq!(
            resource("/admin/charges/12", ""),
            Some(Resource::Charge(ChargeId(12)))
        );
        assert_eq!(resource("/admin", ""), Some(Resource::Dashboard));
        for nothing in [
            "/admin/",
            "/admin/charges/",
            "/admin/charges/0",
            "/admin/charges/012",
            "/admin/charges/-1",
            "/admin/charges/1x",
            "/admin/charges/99999999999999999999",
            "/admin/charges/9007199254740992",
            "/admin/nothing",
            "/administrator",
        ] {
            assert_eq!(resource(nothing, ""), None, "{nothing}");
        }
    }

    #[test]
    fn a_filter_is_what_the_query_says() {
        let query = "q=Player+7&state=paid&kind=monthly&period=2026-05&overdue=1&after=40";
        let filter = Filter {
            words: vec!["player".to_owned(), "7".to_owned()],
            state: Some(ChargeState::Paid),
            kind: Some(Kind::Monthly),
            period: Some("2026-05".to_owned()),
            overdue: true,
            after: Some(ChargeId(40)),
        };
        assert_eq!(
            resource("/admin/charges", query),
            Some(Resource::Charges(filter))
        );
        // A form sends what was left empty, too.
        assert_eq!(
            resource("/admin/charges", "q=&state=&kind=&period=&overdue="),
            Some(Resource::Charges(Filter::default()))
        );
        for (query, bad) in [
            ("state=open", BAD_STATE),
            ("kind=x", BAD_KIND),
            ("period=2026-13", BAD_PERIOD),
            ("overdue=yes", BAD_OVERDUE),
            ("after=x", BAD_AFTER),
            ("stat=paid", BadQuery::Unknown("stat".to_owned())),
        ] {
            assert_eq!(find("/admin/charges", query).err(), Some(bad), "{query}");
        }
    }
}
