//! The delivery of events to webhook endpoints, up to the socket.

use crate::emit::receivers;
use crate::events::{Delivery, Event, Webhook};
use crate::signing::sign;
use crate::stripe::Stripe;
use crate::webhook_endpoint::WebhookEndpoint;

impl Stripe {
    /// The webhook endpoints, oldest first.
    pub fn webhook_endpoints(&self) -> impl Iterator<Item = &WebhookEndpoint> {
        self.account.endpoints.iter()
    }

    /// Disables or enables all webhook endpoints. While they are disabled no webhook goes out: an
    /// event that happens then counts as delivered and is never sent later, and one whose attempt
    /// falls into that time is given up (Stripe docs, "Receive Stripe events in your webhook
    /// endpoint", "Automatic retries").
    pub fn set_webhooks_enabled(&mut self, enabled: bool) {
        for endpoint in &mut self.account.endpoints {
            endpoint.enabled = enabled;
        }
    }

    /// Disables or enables one webhook endpoint. Returns whether there is one of that id.
    pub fn set_webhook_endpoint_enabled(&mut self, id: &str, enabled: bool) -> bool {
        let endpoint = self.account.endpoints.iter_mut().find(|e| *e.id == *id);
        endpoint.map(|e| e.enabled = enabled).is_some()
    }

    /// Whether any webhook endpoint is enabled.
    pub fn webhooks_enabled(&self) -> bool {
        self.account.endpoints.iter().any(|e| e.enabled)
    }

    /// The webhooks that are due, each counted as sent. Who sends them reports what came of it with
    /// [`Stripe::webhook_answered`]; an event without a report stays undelivered and is not sent
    /// again. What is due for an endpoint that is disabled or deleted is dropped.
    pub fn take_webhooks(&mut self, now_ms: i64) -> Vec<Webhook> {
        let now_ms = self.tick(now_ms);
        if self.webhook_mode.paused {
            return Vec::new();
        }
        let copies = 1 + usize::from(self.webhook_mode.extra_copies);
        let account_version = self.config.account_version;
        let endpoints = &self.account.endpoints;
        let mut due = Vec::new();
        for event in self.account.events.iter_mut() {
            for (id, attempts) in event.due(now_ms) {
                let endpoint = endpoints.iter().find(|e| e.id == id && e.enabled);
                let Some(endpoint) = endpoint else {
                    event.drop_delivery(&id);
                    continue;
                };
                let version = endpoint.api_version.unwrap_or(account_version);
                let webhook = Webhook {
                    event_id: event.id.clone(),
                    payload: format!("{:#}", event.json_in(version)).into_bytes(),
                    endpoint: id.clone(),
                    url: endpoint.url.clone(),
                };
                let attempts = attempts + 1;
                event.set_delivery(id, Delivery::Sent { attempts });
                due.extend(std::iter::repeat_n(webhook, copies));
            }
        }
        if self.webhook_mode.reordered {
            self.dice.shuffle(&mut due);
        }
        due
    }

    /// The `Stripe-Signature` header of a webhook that is sent at `t` (unix seconds), made with its
    /// endpoint's secret; `None` if that endpoint is gone.
    pub fn sign_webhook(&self, webhook: &Webhook, t: i64) -> Option<String> {
        let mut endpoints = self.account.endpoints.iter();
        let endpoint = endpoints.find(|e| e.id == webhook.endpoint)?;
        Some(sign(&endpoint.secret.0, &webhook.payload, t))
    }

    /// Reports whether an event's webhooks were answered with 2xx, by all endpoints alike. If not,
    /// they become due again after a pause that grows, until the attempts are used up.
    pub fn webhook_answered(&mut self, event_id: &str, delivered: bool, now_ms: i64) {
        let now_ms = now_ms + self.clock_offset_ms();
        if let Some(event) = self.account.events.get_mut(event_id) {
            for id in event.endpoints() {
                event.answered(&id, delivered, now_ms);
            }
        }
    }

    /// Reports whether one endpoint answered a webhook with 2xx.
    pub fn webhook_answered_by(&mut self, webhook: &Webhook, delivered: bool, now_ms: i64) {
        let now_ms = now_ms + self.clock_offset_ms();
        if let Some(event) = self.account.events.get_mut(&webhook.event_id) {
            event.answered(&webhook.endpoint, delivered, now_ms);
        }
    }

    /// Makes an event due again, delivered or not, as the dashboard's button does; without an id,
    /// all events. It goes to each enabled endpoint that wants its type, also if it happened while
    /// that endpoint was disabled. Returns how many events are due.
    pub fn redeliver(&mut self, event_id: Option<&str>, now_ms: i64) -> usize {
        let at_ms = self.tick(now_ms);
        let account_version = self.config.account_version;
        let endpoints = &self.account.endpoints;
        let wanted = |event: &&mut Event| event_id.is_none_or(|id| id == event.id.as_ref());
        let mut count = 0;
        for event in self.account.events.iter_mut().filter(wanted) {
            let to = receivers(endpoints, event.kind, account_version);
            count += usize::from(!to.is_empty());
            for id in to {
                event.set_delivery(id, Delivery::Due { at_ms, attempts: 0 });
            }
        }
        count
    }
}
