//! The recording of events, and which webhook endpoints receive them.

use serde_json::Value;

use crate::events::{Delivery, Event, EventType};
use crate::ids::WebhookEndpointId;
use crate::stripe::Stripe;
use crate::version::Version;
use crate::webhook_endpoint::WebhookEndpoint;

impl Stripe {
    /// Records an event; `now_ms` is Stripe's.
    pub(crate) fn emit(&mut self, kind: EventType, object: Value, now_ms: i64) {
        self.emit_change(kind, object, None, now_ms);
    }

    /// Records an event with the members that changed, as they were before (API reference, "The
    /// Event object", `previous_attributes`: in events of type `*.updated` only).
    ///
    /// A type that a version added is recorded if the account's version has it, or the version of an
    /// endpoint that would receive it. (What an older account lists is documented nowhere.)
    pub(crate) fn emit_change(
        &mut self,
        kind: EventType,
        object: Value,
        previous: Option<Value>,
        now_ms: i64,
    ) {
        let version = self.config.account_version;
        let to = receivers(&self.account.endpoints, kind, version);
        if version < kind.since() && to.is_empty() {
            return;
        }
        let mut event = Event {
            id: self.next_id(),
            kind,
            created: now_ms / 1000,
            version,
            object,
            previous,
            delivery: Delivery::Unwanted,
            deliveries: Vec::new(),
            livemode: self.account.livemode,
            cause: self.cause.clone(),
        };
        for id in to {
            let at_ms = now_ms;
            event.set_delivery(id, Delivery::Due { at_ms, attempts: 0 });
        }
        self.account.events.insert(event);
    }
}

/// The endpoints that receive an event of that type.
pub(crate) fn receivers(
    endpoints: &[WebhookEndpoint],
    kind: EventType,
    account_version: Version,
) -> Vec<WebhookEndpointId> {
    let receives = |endpoint: &&WebhookEndpoint| {
        let version = endpoint.api_version.unwrap_or(account_version);
        endpoint.enabled && endpoint.selects(kind) && version >= kind.since()
    };
    endpoints
        .iter()
        .filter(receives)
        .map(|e| e.id.clone())
        .collect()
}
