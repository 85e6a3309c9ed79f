//! The objects of one account in one mode: what a secret key gives access to.

use crate::events::Event;
use crate::idempotency::Keys;
use crate::ids::Rows;
use crate::payments::{Charge, Dispute, PaymentIntent, Refund};
use crate::session::Session;
use crate::webhook_endpoints::WebhookEndpoint;

/// What one account has made in one mode.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub livemode: bool,
    pub sessions: Rows<Session>,
    pub intents: Rows<PaymentIntent>,
    pub charges: Rows<Charge>,
    pub refunds: Rows<Refund>,
    pub disputes: Rows<Dispute>,
    pub events: Rows<Event>,
    pub endpoints: Vec<WebhookEndpoint>,
    pub keys: Keys,
}
