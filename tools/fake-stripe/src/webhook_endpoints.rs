//! Webhook endpoints: who is told of events, in which version, of which types.
//!
//! What an endpoint is told is decided when an event happens: one that is disabled, does not want
//! the type, or has a version without it, never hears of the event (Stripe docs, "Set up a webhook
//! endpoint with Workbench": nothing is sent later of what happened while an endpoint was disabled).

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::events::EventType;
use crate::ids::{Row, WebhookEndpointId};
use crate::params::{Args, Read, missing};
use crate::stripe::{Config, Stripe};
use crate::version::Version;

/// A webhook endpoint.
#[derive(Clone, Debug)]
pub struct WebhookEndpoint {
    /// `we_...`.
    pub id: WebhookEndpointId,
    /// Unix seconds.
    pub created: i64,
    /// Where its webhooks go.
    pub url: String,
    /// The types of event that it wants; `*` means all.
    pub enabled_events: Vec<String>,
    /// The version of its webhooks; `None`: the account's.
    pub api_version: Option<Version>,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Whether it is told of real money.
    pub livemode: bool,
    pub(crate) secret: Secret,
    description: Option<String>,
    metadata: BTreeMap<String, String>,
}

/// A signing secret; it does not show itself in debug output.
#[derive(Clone)]
pub(crate) struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl WebhookEndpoint {
    /// The endpoint that an account starts with.
    pub(crate) fn first(config: &Config, id: WebhookEndpointId) -> Self {
        Self {
            id,
            created: 0,
            url: config.webhook_url.clone(),
            enabled_events: config.enabled_events.clone(),
            api_version: Some(config.api_version),
            enabled: true,
            livemode: config.livemode,
            secret: Secret(config.webhook_secret.clone()),
            description: None,
            metadata: BTreeMap::new(),
        }
    }

    /// Whether its list names the type.
    pub(crate) fn selects(&self, kind: EventType) -> bool {
        let name = kind.name();
        self.enabled_events.iter().any(|e| e == "*" || e == name)
    }

    /// The object as the API returns it: without its secret (API reference, "The Webhook Endpoint
    /// object").
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id.as_ref(), "object": "webhook_endpoint",
            "api_version": self.api_version.map(Version::name), "application": null,
            "created": self.created, "description": self.description,
            "enabled_events": self.enabled_events, "livemode": self.livemode,
            "metadata": self.metadata,
            "status": if self.enabled { "enabled" } else { "disabled" }, "url": self.url,
        })
    }
}

impl Row for WebhookEndpoint {
    fn key(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// `POST /v1/webhook_endpoints`. The secret is in this answer and in no other.
    pub(crate) fn create_endpoint(&mut self, args: &Args, now_ms: i64) -> Result<Value, ApiError> {
        let api_version = match args.text("api_version") {
            None => None,
            Some(name) => Some(Version::parse(name).ok_or_else(|| {
                ApiError::param("api_version", format!("Invalid API version: {name}"))
            })?),
        };
        let secret = format!("whsec_{}", self.token(32));
        let endpoint = WebhookEndpoint {
            id: self.next_id(),
            created: now_ms / 1000,
            url: args.owned("url").unwrap_or_default(),
            enabled_events: event_types(args)?,
            api_version,
            enabled: true,
            livemode: self.account.livemode,
            secret: Secret(secret.clone()),
            description: args.owned("description"),
            metadata: args.pairs("metadata"),
        };
        let mut object = endpoint.json();
        object["secret"] = secret.into();
        self.account.endpoints.push(endpoint);
        Ok(object)
    }

    /// `POST /v1/webhook_endpoints/:id`. A version cannot be changed (API reference, "Update a
    /// webhook endpoint").
    pub(crate) fn update_endpoint(&mut self, id: &str, args: &Args) -> Result<Value, ApiError> {
        let types = match args.list("enabled_events") {
            [] => None,
            [..] => Some(event_types(args)?),
        };
        let at = self.position(id)?;
        let endpoint = &mut self.account.endpoints[at];
        if let Some(url) = args.owned("url") {
            endpoint.url = url;
        }
        if let Some(types) = types {
            endpoint.enabled_events = types;
        }
        if let Some(disabled) = args.flag("disabled") {
            endpoint.enabled = !disabled;
        }
        if args.contains_key("description") {
            endpoint.description = args.owned("description");
        }
        endpoint.metadata.extend(args.pairs("metadata"));
        Ok(endpoint.json())
    }

    /// `DELETE /v1/webhook_endpoints/:id`.
    pub(crate) fn delete_endpoint(&mut self, id: &str) -> Result<Value, ApiError> {
        let at = self.position(id)?;
        self.account.endpoints.remove(at);
        Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
    }

    /// `GET /v1/webhook_endpoints/:id`.
    pub(crate) fn retrieve_endpoint(&self, id: &str) -> Result<Value, ApiError> {
        Ok(self.account.endpoints[self.position(id)?].json())
    }

    fn position(&self, id: &str) -> Result<usize, ApiError> {
        let mut endpoints = self.account.endpoints.iter();
        endpoints
            .position(|endpoint| *endpoint.id == *id)
            .ok_or_else(|| ApiError::missing("webhook_endpoint", "webhook_endpoint", id))
    }
}

/// The wanted types: at least one, each a word with dots, or `*` for all.
fn event_types(args: &Args) -> Result<Vec<String>, ApiError> {
    let types = args.texts("enabled_events");
    if types.is_empty() {
        return Err(missing("enabled_events"));
    }
    let is_type = |text: &str| {
        text == "*"
            || (text.contains('.')
                && text
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b"._0123456789".contains(&b)))
    };
    match types.iter().position(|text| !is_type(text)) {
        Some(at) => {
            let message = format!(
                "Invalid enabled_events[{at}]: {} is no type of event",
                types[at]
            );
            Err(ApiError::param(format!("enabled_events[{at}]"), message))
        }
        None => Ok(types.into_iter().map(str::to_owned).collect()),
    }
}
