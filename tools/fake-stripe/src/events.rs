//! Events and how far their delivery is (API reference, "The Event object"; Stripe docs, "Receive
//! Stripe events in your webhook endpoint").
//!
//! An event keeps its object as it was at that moment. Each is delivered until an endpoint answers
//! 2xx or the attempts are used up; what is not delivered answers to `delivery_success=false`.

use serde_json::{Value, json};

use crate::ids::{EventId, RequestId, WebhookEndpointId};
use crate::rows::Row;
use crate::version::{Version, shaped};

/// The pauses between attempts, in milliseconds. Stripe spreads its attempts over three days.
const PAUSES_MS: [i64; 9] = [
    1000, 2000, 4000, 8000, 15_000, 30_000, 60_000, 60_000, 60_000,
];

/// The types of event that the fake Stripe sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// The payer went through Checkout; the payment may still be processing.
    SessionCompleted,
    /// A payment that was processing, or waited for the payer, succeeded.
    SessionAsyncPaymentSucceeded,
    /// A payment that was processing, or waited for the payer, failed.
    SessionAsyncPaymentFailed,
    /// A session expired, by its clock or by a call.
    SessionExpired,
    /// A payer still has something to do.
    PaymentIntentRequiresAction,
    /// A payment intent is processing.
    PaymentIntentProcessing,
    /// A payment intent succeeded.
    PaymentIntentSucceeded,
    /// A payment intent failed.
    PaymentIntentPaymentFailed,
    /// A charge is pending.
    ChargePending,
    /// A charge succeeded.
    ChargeSucceeded,
    /// A charge failed.
    ChargeFailed,
    /// A charge was refunded, in part or whole.
    ChargeRefunded,
    /// A refund of a charge changed: the old name of [`EventType::RefundUpdated`], still sent.
    ChargeRefundUpdated,
    /// A refund was made.
    RefundCreated,
    /// A refund changed.
    RefundUpdated,
    /// A refund came back.
    RefundFailed,
    /// A payer disputes a charge.
    ChargeDisputeCreated,
    /// A dispute changed and is open.
    ChargeDisputeUpdated,
    /// A dispute was won, was lost, or was no more than a question.
    ChargeDisputeClosed,
    /// A dispute took its amount from the account.
    ChargeDisputeFundsWithdrawn,
    /// A dispute gave its amount back to the account.
    ChargeDisputeFundsReinstated,
}

impl EventType {
    /// The event's `type`.
    pub fn name(self) -> &'static str {
        match self {
            EventType::SessionCompleted => "checkout.session.completed",
            EventType::SessionAsyncPaymentSucceeded => "checkout.session.async_payment_succeeded",
            EventType::SessionAsyncPaymentFailed => "checkout.session.async_payment_failed",
            EventType::SessionExpired => "checkout.session.expired",
            EventType::PaymentIntentRequiresAction => "payment_intent.requires_action",
            EventType::PaymentIntentProcessing => "payment_intent.processing",
            EventType::PaymentIntentSucceeded => "payment_intent.succeeded",
            EventType::PaymentIntentPaymentFailed => "payment_intent.payment_failed",
            EventType::ChargePending => "charge.pending",
            EventType::ChargeSucceeded => "charge.succeeded",
            EventType::ChargeFailed => "charge.failed",
            EventType::ChargeRefunded => "charge.refunded",
            EventType::ChargeRefundUpdated => "charge.refund.updated",
            EventType::RefundCreated => "refund.created",
            EventType::RefundUpdated => "refund.updated",
            EventType::RefundFailed => "refund.failed",
            EventType::ChargeDisputeCreated => "charge.dispute.created",
            EventType::ChargeDisputeUpdated => "charge.dispute.updated",
            EventType::ChargeDisputeClosed => "charge.dispute.closed",
            EventType::ChargeDisputeFundsWithdrawn => "charge.dispute.funds_withdrawn",
            EventType::ChargeDisputeFundsReinstated => "charge.dispute.funds_reinstated",
        }
    }

    /// The first version in which the type is sent for what happens here. The three of refunds were
    /// sent before only for refunds without a charge, and here each has one (Changelog, "Adds
    /// created, updated, and failed events for all refund types").
    pub fn since(self) -> Version {
        match self {
            EventType::RefundCreated | EventType::RefundUpdated | EventType::RefundFailed => {
                Version::V2024_10_28_ACACIA
            }
            EventType::SessionCompleted
            | EventType::SessionAsyncPaymentSucceeded
            | EventType::SessionAsyncPaymentFailed
            | EventType::SessionExpired
            | EventType::PaymentIntentRequiresAction
            | EventType::PaymentIntentProcessing
            | EventType::PaymentIntentSucceeded
            | EventType::PaymentIntentPaymentFailed
            | EventType::ChargePending
            | EventType::ChargeSucceeded
            | EventType::ChargeFailed
            | EventType::ChargeRefunded
            | EventType::ChargeRefundUpdated
            | EventType::ChargeDisputeCreated
            | EventType::ChargeDisputeUpdated
            | EventType::ChargeDisputeClosed
            | EventType::ChargeDisputeFundsWithdrawn
            | EventType::ChargeDisputeFundsReinstated => Version::OLDEST,
        }
    }
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// `evt_...`.
    pub id: EventId,
    /// Its type: what happened.
    pub kind: EventType,
    /// Unix seconds.
    pub created: i64,
    /// The object as it was then, in the newest shape.
    pub object: Value,
    /// How far its delivery is, of all endpoints the one that is furthest from its end.
    pub delivery: Delivery,
    /// The account's version when it happened.
    pub version: Version,
    /// Whether it is about real money.
    pub livemode: bool,
    /// The members that changed, as they were before.
    pub(crate) previous: Option<Value>,
    /// How far its delivery to each endpoint is.
    pub(crate) deliveries: Vec<(WebhookEndpointId, Delivery)>,
    /// The API call that caused it.
    pub(crate) cause: Option<Cause>,
}

/// The API call that caused an event.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub request: RequestId,
    pub idempotency_key: Option<String>,
}

/// How far the delivery of an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// No endpoint receives it.
    Unwanted,
    /// It goes out at that time (unix ms, Stripe's clock).
    Due {
        /// Unix ms, Stripe's clock.
        at_ms: i64,
        /// Attempts made so far.
        attempts: u8,
    },
    /// It was handed out and not yet answered.
    Sent {
        /// Attempts made so far, this one included.
        attempts: u8,
    },
    /// An endpoint answered 2xx.
    Delivered,
    /// All attempts failed.
    GivenUp,
}

impl Delivery {
    /// Whether `delivery_success=true` asks for it.
    pub fn is_success(self) -> bool {
        match self {
            Delivery::Unwanted | Delivery::Delivered => true,
            Delivery::Due { .. } | Delivery::Sent { .. } | Delivery::GivenUp => false,
        }
    }

    /// The state after an endpoint's answer, or after none came.
    pub(crate) fn answered(self, delivered: bool, now_ms: i64) -> Self {
        match self {
            _ if delivered => Delivery::Delivered,
            Delivery::Sent { attempts } => match PAUSES_MS.get(usize::from(attempts) - 1) {
                Some(pause) => Delivery::Due {
                    at_ms: now_ms + pause,
                    attempts,
                },
                None => Delivery::GivenUp,
            },
            // A copy failed; the event's other copies decide.
            Delivery::Unwanted | Delivery::Due { .. } | Delivery::Delivered | Delivery::GivenUp => {
                self
            }
        }
    }

    /// How far from its end a delivery is.
    fn distance(self) -> u8 {
        match self {
            Delivery::Unwanted => 0,
            Delivery::Delivered => 1,
            Delivery::GivenUp => 2,
            Delivery::Sent { .. } => 3,
            Delivery::Due { .. } => 4,
        }
    }
}

/// A webhook that is to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The event's id; `Stripe::webhook_answered` takes it.
    pub event_id: EventId,
    /// The body, byte for byte as it is signed and sent.
    pub payload: Vec<u8>,
    /// The endpoint that it is for.
    pub endpoint: WebhookEndpointId,
    /// That endpoint's URL.
    pub url: String,
}

impl Event {
    /// The event as `GET /v1/events` has it: in the version in which it was created, whatever the
    /// call names (API reference, "List all events").
    pub fn json(&self) -> Value {
        self.json_in(self.version)
    }

    /// The event in a version, as a webhook carries it: the body follows the endpoint's version
    /// (API reference, "The Webhook Endpoint object", `api_version`).
    pub fn json_in(&self, version: Version) -> Value {
        let cause = self.cause.as_ref();
        let mut data = json!({ "object": shaped(self.object.clone(), version) });
        if let Some(previous) = &self.previous {
            data["previous_attributes"] = previous.clone();
        }
        json!({
            "id": self.id.as_ref(),
            "object": "event",
            "api_version": version.name(),
            "created": self.created,
            "data": data,
            "livemode": self.livemode,
            "pending_webhooks": self.pending(),
            "request": {
                "id": cause.map(|cause| cause.request.as_ref()),
                "idempotency_key": cause.and_then(|cause| cause.idempotency_key.as_deref()),
            },
            "type": self.kind.name(),
        })
    }

    /// How many endpoints have not taken it yet.
    fn pending(&self) -> usize {
        let open = |(_, delivery): &&(_, Delivery)| !delivery.is_success();
        self.deliveries.iter().filter(open).count()
    }

    /// The endpoints that it is due for, with the attempts made so far.
    pub(crate) fn due(&self, now_ms: i64) -> Vec<(WebhookEndpointId, u8)> {
        let due = |(id, delivery): &(WebhookEndpointId, Delivery)| match *delivery {
            Delivery::Due { at_ms, attempts } if at_ms <= now_ms => Some((id.clone(), attempts)),
            Delivery::Due { .. }
            | Delivery::Unwanted
            | Delivery::Sent { .. }
            | Delivery::Delivered
            | Delivery::GivenUp => None,
        };
        self.deliveries.iter().filter_map(due).collect()
    }

    /// The endpoints that receive it.
    pub(crate) fn endpoints(&self) -> Vec<WebhookEndpointId> {
        self.deliveries.iter().map(|(id, _)| id.clone()).collect()
    }

    pub(crate) fn answered(&mut self, id: &WebhookEndpointId, delivered: bool, now_ms: i64) {
        if let Some((_, delivery)) = self.deliveries.iter().find(|(known, _)| known == id) {
            let delivery = delivery.answered(delivered, now_ms);
            self.set_delivery(id.clone(), delivery);
        }
    }

    pub(crate) fn set_delivery(&mut self, id: WebhookEndpointId, delivery: Delivery) {
        match self.deliveries.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => *known = delivery,
            None => self.deliveries.push((id, delivery)),
        }
        self.sum_up();
    }

    /// The endpoint does not receive it after all.
    pub(crate) fn drop_delivery(&mut self, id: &WebhookEndpointId) {
        self.deliveries.retain(|(known, _)| known != id);
        self.sum_up();
    }

    fn sum_up(&mut self) {
        let deliveries = self.deliveries.iter().map(|(_, delivery)| *delivery);
        let furthest = deliveries.max_by_key(|delivery| delivery.distance());
        self.delivery = furthest.unwrap_or(Delivery::Unwanted);
    }

    /// Whether `type` or an entry of `types[]` names this event; `charge.*` names a family.
    pub(crate) fn matches(&self, pattern: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(prefix) => self.kind.name().starts_with(prefix),
            None => self.kind.name() == pattern,
        }
    }
}

impl Row for Event {
    fn key(&self) -> &str {
        &self.id
    }
}
