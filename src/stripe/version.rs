//! The version of Stripe's API and the types of event that this is written for.

/// The version of Stripe's API for requests, for answers and for the webhook endpoint. A delivery's body has
/// its endpoint's version, and an event in a list has the version of its creation (Stripe docs, "API
/// versioning", "Webhooks"). So events are read in the shapes of older versions too.
pub const API_VERSION: &str = "2026-10-28.endive";

/// The types of event that the webhook endpoint needs.
pub const EVENT_TYPES: [&str; 10] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
];

/// The type by which an endpoint older than 2024-10-28.acacia gets a refund that failed (Stripe changelog,
/// "Adds created, updated, and failed events for all refund types").
pub const OLD_REFUND_UPDATED: &str = "charge.refund.updated";
