//! The objects of one account in one mode: what a secret key gives access to.
//!
//! A test reads and acts on the first account, in the mode that its configuration names. A key of the
//! other mode, or of another account, makes calls to objects of its own.

use crate::events::Event;
use crate::idempotency::Keys;
use crate::payments::{Charge, Dispute, PaymentIntent, Refund};
use crate::rows::Rows;
use crate::session::Session;
use crate::webhook_endpoint::WebhookEndpoint;

/// The objects that one account has made in one mode.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub owner: Owner,
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

/// The accounts that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The account of the configuration.
    First,
    /// The account of `Config::other_account_keys`.
    Other,
}

/// Owner call it is, by its secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub owner: Owner,
    pub livemode: bool,
}

impl Account {
    pub fn new(owner: Owner, livemode: bool) -> Self {
        Self {
            owner,
            livemode,
            sessions: Rows::default(),
            intents: Rows::default(),
            charges: Rows::default(),
            refunds: Rows::default(),
            disputes: Rows::default(),
            events: Rows::default(),
            endpoints: Vec::new(),
            keys: Keys::default(),
        }
    }

    /// The account's id.
    pub fn id(&self) -> &'static str {
        match self.owner {
            Owner::First => "acct_1000000000000001",
            Owner::Other => "acct_1000000000000002",
        }
    }

    /// Whether the caller sees these objects.
    pub fn is(&self, caller: Caller) -> bool {
        self.owner == caller.owner && self.livemode == caller.livemode
    }

    /// Whether any object has that id.
    pub fn holds(&self, id: &str) -> bool {
        self.sessions.get(id).is_some()
            || self.intents.get(id).is_some()
            || self.charges.get(id).is_some()
            || self.refunds.get(id).is_some()
            || self.disputes.get(id).is_some()
            || self.events.get(id).is_some()
    }
}
