//! Webhook endpoints: where events go, in which version, and which types.
//!
//! Which endpoints receive an event is decided when it happens: one that is disabled, does not want
//! the type, or has a version without it, never receives the event (Stripe docs, "Set up a webhook
//! endpoint with Workbench": nothing is sent later of what happened while an endpoint was disabled).

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::config::Config;
use crate::events::EventType;
use crate::ids::WebhookEndpointId;
use crate::rows::Row;
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
    /// Whether it receives events.
    pub enabled: bool,
    /// Whether it receives events of live mode.
    pub livemode: bool,
    pub(crate) secret: Secret,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
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
