//! Which endpoint a call asks for.

use crate::params::{self, Params};

/// The endpoint that a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /v1/checkout/sessions`.
    CreateSession,
    /// `GET /v1/checkout/sessions`.
    ListSessions,
    /// `GET /v1/checkout/sessions/:id`.
    RetrieveSession,
    /// `GET /v1/checkout/sessions/:id/line_items`.
    ListLineItems,
    /// `POST /v1/checkout/sessions/:id/expire`.
    ExpireSession,
    /// `GET /v1/events`.
    ListEvents,
    /// `GET /v1/events/:id`.
    RetrieveEvent,
    /// `GET /v1/payment_intents/:id`.
    RetrievePaymentIntent,
    /// `GET /v1/charges`.
    ListCharges,
    /// `GET /v1/charges/:id`.
    RetrieveCharge,
    /// `POST /v1/refunds`.
    CreateRefund,
    /// `GET /v1/refunds`.
    ListRefunds,
    /// `GET /v1/refunds/:id`.
    RetrieveRefund,
    /// `POST /v1/refunds/:id`.
    UpdateRefund,
    /// `POST /v1/refunds/:id/cancel`.
    CancelRefund,
    /// `GET /v1/disputes`.
    ListDisputes,
    /// `GET /v1/disputes/:id`.
    RetrieveDispute,
    /// `GET /v1/account`.
    RetrieveAccount,
    /// `GET /v1/balance`.
    RetrieveBalance,
    /// `GET /v1/webhook_endpoints`.
    ListWebhookEndpoints,
    /// `POST /v1/webhook_endpoints`.
    CreateWebhookEndpoint,
    /// `GET /v1/webhook_endpoints/:id`.
    RetrieveWebhookEndpoint,
    /// `POST /v1/webhook_endpoints/:id`.
    UpdateWebhookEndpoint,
    /// `DELETE /v1/webhook_endpoints/:id`.
    DeleteWebhookEndpoint,
}

/// An endpoint and the id in its path, empty if it has none.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub endpoint: Endpoint,
    pub id: String,
}

impl Route {
    /// The endpoint at a path without its query.
    pub fn find(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
        let (endpoint, id) = match (method, parts.as_slice()) {
            ("POST", ["checkout", "sessions"]) => (Endpoint::CreateSession, ""),
            ("GET", ["checkout", "sessions"]) => (Endpoint::ListSessions, ""),
            ("GET", ["checkout", "sessions", id]) => (Endpoint::RetrieveSession, *id),
            ("GET", ["checkout", "sessions", id, "line_items"]) => (Endpoint::ListLineItems, *id),
            ("POST", ["checkout", "sessions", id, "expire"]) => (Endpoint::ExpireSession, *id),
            ("GET", ["events"]) => (Endpoint::ListEvents, ""),
            ("GET", ["events", id]) => (Endpoint::RetrieveEvent, *id),
            ("GET", ["payment_intents", id]) => (Endpoint::RetrievePaymentIntent, *id),
            ("GET", ["charges"]) => (Endpoint::ListCharges, ""),
            ("GET", ["charges", id]) => (Endpoint::RetrieveCharge, *id),
            ("POST", ["refunds"]) => (Endpoint::CreateRefund, ""),
            ("GET", ["refunds"]) => (Endpoint::ListRefunds, ""),
            ("GET", ["refunds", id]) => (Endpoint::RetrieveRefund, *id),
            ("POST", ["refunds", id]) => (Endpoint::UpdateRefund, *id),
            ("POST", ["refunds", id, "cancel"]) => (Endpoint::CancelRefund, *id),
            ("GET", ["disputes"]) => (Endpoint::ListDisputes, ""),
            ("GET", ["disputes", id]) => (Endpoint::RetrieveDispute, *id),
            ("GET", ["account"]) => (Endpoint::RetrieveAccount, ""),
            ("GET", ["balance"]) => (Endpoint::RetrieveBalance, ""),
            ("GET", ["webhook_endpoints"]) => (Endpoint::ListWebhookEndpoints, ""),
            ("POST", ["webhook_endpoints"]) => (Endpoint::CreateWebhookEndpoint, ""),
            ("GET", ["webhook_endpoints", id]) => (Endpoint::RetrieveWebhookEndpoint, *id),
            ("POST", ["webhook_endpoints", id]) => (Endpoint::UpdateWebhookEndpoint, *id),
            ("DELETE", ["webhook_endpoints", id]) => (Endpoint::DeleteWebhookEndpoint, *id),
            _ => return None,
        };
        Some(Self {
            endpoint,
            id: id.to_owned(),
        })
    }
}

impl Endpoint {
    /// The parameters that the endpoint takes.
    pub(crate) fn params(self) -> Params {
        match self {
            Endpoint::CreateSession => params::CREATE,
            Endpoint::ListSessions => params::LIST_SESSIONS,
            Endpoint::ListLineItems | Endpoint::ListWebhookEndpoints => params::LIST_PLAIN,
            Endpoint::ListDisputes => params::LIST_DISPUTES,
            Endpoint::UpdateRefund => params::UPDATE_REFUND,
            Endpoint::CreateWebhookEndpoint => params::CREATE_WEBHOOK_ENDPOINT,
            Endpoint::UpdateWebhookEndpoint => params::UPDATE_WEBHOOK_ENDPOINT,
            Endpoint::DeleteWebhookEndpoint => &[],
            Endpoint::ListEvents => params::LIST_EVENTS,
            Endpoint::ListCharges => params::LIST_CHARGES,
            Endpoint::CreateRefund => params::CREATE_REFUND,
            Endpoint::ListRefunds => params::LIST_REFUNDS,
            Endpoint::RetrieveSession
            | Endpoint::ExpireSession
            | Endpoint::RetrieveEvent
            | Endpoint::RetrievePaymentIntent
            | Endpoint::RetrieveCharge
            | Endpoint::RetrieveRefund
            | Endpoint::CancelRefund
            | Endpoint::RetrieveDispute
            | Endpoint::RetrieveAccount
            | Endpoint::RetrieveBalance
            | Endpoint::RetrieveWebhookEndpoint => params::ONLY_EXPAND,
        }
    }

    /// Whether its answer is a session.
    pub(crate) fn answers_session(self) -> bool {
        match self.scope() {
            Scope::Create | Scope::Expire => true,
            Scope::Retrieve => self == Endpoint::RetrieveSession,
            Scope::Any
            | Scope::List
            | Scope::Events
            | Scope::Refunds
            | Scope::CreateRefund
            | Scope::Payments
            | Scope::Disputes
            | Scope::Account
            | Scope::WebhookEndpoints => false,
        }
    }

    /// Whether a fault that names this group can hit it.
    pub(crate) fn is_in(self, scope: Scope) -> bool {
        let its = self.scope();
        its == scope
            || scope == Scope::Any
            || (scope == Scope::Refunds && its == Scope::CreateRefund)
    }

    /// The smallest group of endpoints that it is in.
    pub fn scope(self) -> Scope {
        match self {
            Endpoint::CreateSession => Scope::Create,
            Endpoint::ListSessions => Scope::List,
            Endpoint::RetrieveSession | Endpoint::ListLineItems => Scope::Retrieve,
            Endpoint::ExpireSession => Scope::Expire,
            Endpoint::ListEvents | Endpoint::RetrieveEvent => Scope::Events,
            Endpoint::CreateRefund => Scope::CreateRefund,
            Endpoint::ListRefunds
            | Endpoint::RetrieveRefund
            | Endpoint::UpdateRefund
            | Endpoint::CancelRefund => Scope::Refunds,
            Endpoint::ListDisputes | Endpoint::RetrieveDispute => Scope::Disputes,
            Endpoint::RetrieveAccount | Endpoint::RetrieveBalance => Scope::Account,
            Endpoint::ListWebhookEndpoints
            | Endpoint::CreateWebhookEndpoint
            | Endpoint::RetrieveWebhookEndpoint
            | Endpoint::UpdateWebhookEndpoint
            | Endpoint::DeleteWebhookEndpoint => Scope::WebhookEndpoints,
            Endpoint::RetrievePaymentIntent | Endpoint::ListCharges | Endpoint::RetrieveCharge => {
                Scope::Payments
            }
        }
    }
}

/// A group of endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every endpoint.
    Any,
    /// `POST /v1/checkout/sessions`.
    Create,
    /// `GET /v1/checkout/sessions/:id` and its line items.
    Retrieve,
    /// `GET /v1/checkout/sessions`.
    List,
    /// `POST /v1/checkout/sessions/:id/expire`.
    Expire,
    /// `GET /v1/events` and `/v1/events/:id`.
    Events,
    /// `/v1/refunds`, to create one as well.
    Refunds,
    /// `POST /v1/refunds`.
    CreateRefund,
    /// `/v1/payment_intents/:id` and `/v1/charges`.
    Payments,
    /// `GET /v1/disputes`.
    Disputes,
    /// `GET /v1/account` and `/v1/balance`.
    Account,
    /// `/v1/webhook_endpoints`.
    WebhookEndpoints,
}

impl Scope {
    /// All of them, with the names that the control API uses.
    pub const ALL: [(Scope, &'static str); 12] = [
        (Scope::Any, "any"),
        (Scope::Create, "create"),
        (Scope::Retrieve, "retrieve"),
        (Scope::List, "list"),
        (Scope::Expire, "expire"),
        (Scope::Events, "events"),
        (Scope::Refunds, "refunds"),
        (Scope::CreateRefund, "create_refund"),
        (Scope::Payments, "payments"),
        (Scope::Disputes, "disputes"),
        (Scope::Account, "account"),
        (Scope::WebhookEndpoints, "webhook_endpoints"),
    ];
}
