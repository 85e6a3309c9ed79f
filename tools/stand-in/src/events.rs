//! Events and their delivery (Stripe docs, "Event object" and "Receive Stripe events").
//!
//! An event keeps its object as it was at that moment. Each is delivered until an endpoint answers
//! 2xx or the attempts are used up; what is not delivered answers to `delivery_success=false`.

use serde_json::{Value, json};

use crate::ids::{EventId, RequestId, Row};
use crate::version::{Version, shaped};

/// The pauses between attempts, in milliseconds. Stripe spreads its attempts over three days.
const PAUSES_MS: [i64; 9] = [
    1000, 2000, 4000, 8000, 15_000, 30_000, 60_000, 60_000, 60_000,
];

/// The types of event that the stand-in sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// The payer went through Checkout; the money may still be clearing.
    SessionCompleted,
    /// A bank debit cleared.
    SessionAsyncPaymentSucceeded,
    /// A bank debit failed.
    SessionAsyncPaymentFailed,
    /// A session expired, by its clock or by a call.
    SessionExpired,
    /// The money of a payment intent arrived.
    PaymentIntentSucceeded,
    /// The money of a payment intent did not arrive.
    PaymentIntentPaymentFailed,
    /// The money of a charge arrived.
    ChargeSucceeded,
    /// A charge was refunded, in part or whole.
    ChargeRefunded,
    /// A refund was made.
    RefundCreated,
    /// A refund came back.
    RefundFailed,
    /// A payer disputes a charge.
    ChargeDisputeCreated,
    /// A dispute was won or lost.
    ChargeDisputeClosed,
}

impl EventType {
    /// The event's `type`.
    pub fn name(self) -> &'static str {
        match self {
            EventType::SessionCompleted => "checkout.session.completed",
            EventType::SessionAsyncPaymentSucceeded => "checkout.session.async_payment_succeeded",
            EventType::SessionAsyncPaymentFailed => "checkout.session.async_payment_failed",
            EventType::SessionExpired => "checkout.session.expired",
            EventType::PaymentIntentSucceeded => "payment_intent.succeeded",
            EventType::PaymentIntentPaymentFailed => "payment_intent.payment_failed",
            EventType::ChargeSucceeded => "charge.succeeded",
            EventType::ChargeRefunded => "charge.refunded",
            EventType::RefundCreated => "refund.created",
            EventType::RefundFailed => "refund.failed",
            EventType::ChargeDisputeCreated => "charge.dispute.created",
            EventType::ChargeDisputeClosed => "charge.dispute.closed",
        }
    }
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// `evt_...`.
    pub id: EventId,
    /// What happened.
    pub kind: EventType,
    /// Unix seconds.
    pub created: i64,
    /// The object as it was then, in the newest shape.
    pub object: Value,
    /// How far its delivery is.
    pub delivery: Delivery,
    /// The account's version when it happened.
    pub version: Version,
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
    /// No endpoint wants it.
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
    /// What `delivery_success=true` asks for.
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
}

/// A webhook that is to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The event's id; `Stripe::webhook_answered` takes it.
    pub event_id: EventId,
    /// The body, byte for byte as it is signed and sent.
    pub payload: Vec<u8>,
}

impl Event {
    /// The event as `GET /v1/events` has it: in the version in which it was created, whatever the
    /// call names (API reference, "List all events").
    pub fn json(&self) -> Value {
        self.json_in(self.version)
    }

    /// The event in a version.
    pub fn json_in(&self, version: Version) -> Value {
        let cause = self.cause.as_ref();
        json!({
            "id": self.id.as_ref(),
            "object": "event",
            "api_version": version.name(),
            "created": self.created,
            "data": { "object": shaped(self.object.clone(), version) },
            "livemode": false,
            "pending_webhooks": u8::from(!self.delivery.is_success()),
            "request": {
                "id": cause.map(|cause| cause.request.as_ref()),
                "idempotency_key": cause.and_then(|cause| cause.idempotency_key.as_deref()),
            },
            "type": self.kind.name(),
        })
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
