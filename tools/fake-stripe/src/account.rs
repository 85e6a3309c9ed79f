//! The objects of one account in one mode: what a secret key gives access to.
//!
//! A test reads and acts on the first account, in the mode that its configuration names. A key of the
//! other mode, or of another account, makes calls to objects of its own.

use crate::events::Event;
use crate::idempotency::Keys;
use crate::ids::Rows;
use crate::payments::{Charge, Dispute, PaymentIntent, Refund};
use crate::session::Session;
use crate::stripe::Stripe;
use crate::webhook_endpoints::WebhookEndpoint;

/// What one account has made in one mode.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub whose: Whose,
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
pub(crate) enum Whose {
    /// The account of the configuration.
    First,
    /// The account of `Config::other_account_keys`.
    Other,
}

/// Whose call it is, by its secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub whose: Whose,
    pub livemode: bool,
}

impl Account {
    pub fn new(whose: Whose, livemode: bool) -> Self {
        Self {
            whose,
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
        match self.whose {
            Whose::First => "acct_1000000000000001",
            Whose::Other => "acct_1000000000000002",
        }
    }

    fn is(&self, caller: Caller) -> bool {
        self.whose == caller.whose && self.livemode == caller.livemode
    }

    /// Whether any object has that id.
    fn holds(&self, id: &str) -> bool {
        self.sessions.get(id).is_some()
            || self.intents.get(id).is_some()
            || self.charges.get(id).is_some()
            || self.refunds.get(id).is_some()
            || self.disputes.get(id).is_some()
            || self.events.get(id).is_some()
    }
}

impl Stripe {
    /// Does something with the objects of a caller in place of the first account's.
    pub(crate) fn acting_for<T>(&mut self, caller: Caller, act: impl FnOnce(&mut Self) -> T) -> T {
        if self.account.is(caller) {
            return act(self);
        }
        let at = match self.others.iter().position(|other| other.is(caller)) {
            Some(at) => at,
            None => {
                let account = Account::new(caller.whose, caller.livemode);
                self.others.push(account);
                self.others.len() - 1
            }
        };
        std::mem::swap(&mut self.account, &mut self.others[at]);
        let result = act(self);
        std::mem::swap(&mut self.account, &mut self.others[at]);
        result
    }

    /// Whether the same account has an object of that id in its other mode.
    pub(crate) fn is_in_other_mode(&self, id: &str) -> bool {
        let (whose, livemode) = (self.account.whose, self.account.livemode);
        let mut others = self.others.iter();
        others.any(|other| other.whose == whose && other.livemode != livemode && other.holds(id))
    }
}
