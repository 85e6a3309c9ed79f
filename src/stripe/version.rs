//! Which Stripe this is written for.

/// The version of Stripe's API that requests are made and answers read in, and that the webhook endpoint
/// needs. A delivery's body follows its endpoint's version, an event in a list the version of its creation
/// (Stripe docs, "API versioning", "Webhooks"): so events are read in the shapes of older versions too.
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

/// How an endpoint older than 2024-10-28.acacia hears of a refund that failed (Stripe changelog, "Adds created,
/// updated, and failed events for all refund types").
pub const OLD_REFUND_UPDATED: &str = "charge.refund.updated";
