//! The API of webhook endpoints.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::params::{Args, Read, missing};
use crate::stripe::Stripe;
use crate::version::Version;
use crate::webhook_endpoint::{Secret, WebhookEndpoint};

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

/// The wanted types: at least one, each a name with dots, or `*` for all.
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
