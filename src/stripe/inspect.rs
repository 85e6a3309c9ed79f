//! The desk's questions to Stripe about the account itself: whether the key works, and which webhook endpoints there
//! are. Each is one short try: whoever waits for the page would rather hear that Stripe does not answer.

use serde::Deserialize;

use super::client::{Request, Transport, meaning};
use crate::{
    domain::{error::StripeError, health::WebhookEndpoint, time::Millis},
    json,
    ports::Inspect,
};

/// How long a try may take.
const LIMIT: Millis = Millis::seconds(4);

impl<T: Transport> Inspect for T {
    async fn try_key(&self) -> Result<(), StripeError> {
        let body = once(self, "/v1/checkout/sessions?limit=1").await?;
        list::<serde::de::IgnoredAny>(&body).map(|_| ())
    }

    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, StripeError> {
        let body = once(self, "/v1/webhook_endpoints?limit=100").await?;
        let endpoints = list::<Endpoint>(&body)?.into_iter();
        Ok(endpoints.map(WebhookEndpoint::from).collect())
    }
}

async fn once<T: Transport>(transport: &T, path: &str) -> Result<String, StripeError> {
    let limit = transport.time_left().min(LIMIT);
    if limit.0 <= 0 {
        return Err(StripeError::Unreachable("out of time".to_owned()));
    }
    let request = Request::get(path.to_owned());
    meaning(transport.send(&request, limit).await)
}

#[derive(Deserialize)]
struct List<T> {
    object: String,
    data: Vec<T>,
}

/// A webhook endpoint (Stripe's API reference, "The Webhook Endpoint object").
#[derive(Deserialize)]
struct Endpoint {
    url: String,
    status: String,
    enabled_events: Vec<String>,
    #[serde(default)]
    api_version: Option<String>,
}

impl From<Endpoint> for WebhookEndpoint {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            url: endpoint.url,
            is_enabled: endpoint.status == "enabled",
            events: endpoint.enabled_events,
            api_version: endpoint.api_version,
        }
    }
}

fn list<'de, T: Deserialize<'de>>(body: &'de str) -> Result<Vec<T>, StripeError> {
    let invalid = || StripeError::InvalidResponse("a list is none".to_owned());
    let list: List<T> = json::from_str(body).map_err(|_| invalid())?;
    (list.object == "list")
        .then_some(list.data)
        .ok_or_else(invalid)
}
