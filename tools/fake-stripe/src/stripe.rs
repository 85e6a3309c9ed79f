//! The state of the fake, and how tests read it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::account::{Account, Caller, Owner};
use crate::call::Call;
use crate::config::Config;
use crate::events::{Cause, Event};
use crate::faults::{Fault, Faults, WebhookMode};
use crate::ids::{Id, SessionId};
use crate::payments::{Charge, Dispute, IntentStatus, PaymentIntent, Refund, RefundStatus};
use crate::random::Random;
use crate::session::{Completion, PaymentStatus, Session, Status};
use crate::webhook_endpoint::WebhookEndpoint;

/// One Stripe account, and beside it what other keys have made.
#[derive(Clone, Debug)]
pub struct Stripe {
    pub(crate) config: Config,
    /// Generates ids. It is apart from `dice`, so that a fault changes no id.
    ids: Random,
    pub(crate) dice: Random,
    clock_offset_ms: i64,
    /// The account of the configuration; during a call, that of its caller.
    pub(crate) account: Account,
    /// The accounts of other callers; during the call of one, the first account is in its place.
    pub(crate) others: Vec<Account>,
    pub(crate) faults: Faults,
    pub(crate) webhook_mode: WebhookMode,
    pub(crate) calls: Vec<Call>,
    /// The API call being executed, for the events that it causes.
    pub(crate) cause: Option<Cause>,
    /// The status in which the next refund starts, if a test has named one.
    pub(crate) next_refund: Option<RefundStatus>,
}

impl Stripe {
    /// An account in which nothing has happened.
    pub fn new(config: Config) -> Self {
        let mut account = Account::new(Owner::First, config.livemode);
        if config.webhooks {
            // From a generator of its own, so that a run with an endpoint has the ids of one without.
            let id = Id::make(&mut Random::new(config.seed.rotate_left(32)));
            account.endpoints.push(WebhookEndpoint::first(&config, id));
        }
        Self {
            ids: Random::new(config.seed),
            dice: Random::new(!config.seed),
            config,
            clock_offset_ms: 0,
            account,
            others: Vec::new(),
            faults: Faults::default(),
            webhook_mode: WebhookMode::default(),
            calls: Vec::new(),
            cause: None,
            next_refund: None,
        }
    }

    /// Forgets everything but its configuration.
    pub fn reset(&mut self) {
        *self = Self::new(self.config.clone());
    }

    /// Restarts the generators of ids and faults. Ids of before may come again: reset too.
    pub fn set_seed(&mut self, seed: u64) {
        self.config.seed = seed;
        self.ids = Random::new(seed);
        self.dice = Random::new(!seed);
    }

    /// Sets how far Stripe's clock is ahead of the `now_ms` that callers pass, in milliseconds.
    pub fn set_clock_offset(&mut self, offset_ms: i64) {
        self.clock_offset_ms = offset_ms;
    }

    /// How far Stripe's clock is ahead, in milliseconds.
    pub fn clock_offset_ms(&self) -> i64 {
        self.clock_offset_ms
    }

    /// The calls seen under `/v1`, in the order in which they were answered. One still in flight is
    /// not among them.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Forgets the calls seen so far.
    pub fn clear_calls(&mut self) {
        self.calls.clear();
    }

    /// All sessions, oldest first. Those past their time count as expired only after the next call
    /// or [`Stripe::tick`].
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.account.sessions.iter()
    }

    /// The session of that id.
    pub fn session(&self, id: &str) -> Option<&Session> {
        self.account.sessions.get(id)
    }

    /// How many sessions of each `metadata[charge_id]` can be paid at that time (unix ms). A
    /// session without that metadata counts under the empty text.
    pub fn open_sessions_by_charge(&self, now_ms: i64) -> BTreeMap<String, usize> {
        let now_ms = now_ms + self.clock_offset_ms;
        let mut counts = BTreeMap::new();
        for session in self.account.sessions.iter().filter(|s| s.is_open(now_ms)) {
            let charge = session
                .metadata
                .get("charge_id")
                .cloned()
                .unwrap_or_default();
            *counts.entry(charge).or_default() += 1;
        }
        counts
    }

    /// The status of a session's payment, as the API says it.
    pub fn payment_status(&self, session: &Session) -> PaymentStatus {
        if session.amount_total == 0 {
            return PaymentStatus::NoPaymentRequired;
        }
        let intent = match &session.status {
            Status::Complete(Completion::By(id)) => self.account.intents.get(id),
            Status::Complete(Completion::Free) | Status::Open | Status::Expired => None,
        };
        match intent.map(|intent| intent.status) {
            Some(IntentStatus::Succeeded) => PaymentStatus::Paid,
            Some(
                IntentStatus::RequiresAction(_)
                | IntentStatus::Processing
                | IntentStatus::RequiresPaymentMethod,
            )
            | None => PaymentStatus::Unpaid,
        }
    }

    /// All payment intents, oldest first.
    pub fn payment_intents(&self) -> impl Iterator<Item = &PaymentIntent> {
        self.account.intents.iter()
    }

    /// All charges, oldest first.
    pub fn charges(&self) -> impl Iterator<Item = &Charge> {
        self.account.charges.iter()
    }

    /// All refunds, oldest first.
    pub fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.account.refunds.iter()
    }

    /// All disputes, oldest first.
    pub fn disputes(&self) -> impl Iterator<Item = &Dispute> {
        self.account.disputes.iter()
    }

    /// All events, oldest first.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.account.events.iter()
    }

    /// Adds a fault. Of several that hit a call, the first of each sort counts: one delay, one that
    /// keeps the call from acting, one that changes its answer.
    pub fn add_fault(&mut self, fault: Fault) {
        self.faults.0.push(fault);
    }

    /// The faults that can still hit.
    pub fn faults(&self) -> &[Fault] {
        &self.faults.0
    }

    /// Removes all faults, and lets webhooks out as usual.
    pub fn clear_faults(&mut self) {
        self.faults = Faults::default();
        self.webhook_mode = WebhookMode::default();
    }

    /// Says how webhooks go out from now on.
    pub fn set_webhook_mode(&mut self, mode: WebhookMode) {
        self.webhook_mode = mode;
    }

    /// How webhooks go out.
    pub fn webhook_mode(&self) -> WebhookMode {
        self.webhook_mode
    }

    pub(crate) fn next_id<T: Id>(&mut self) -> T {
        T::make(&mut self.ids)
    }

    /// The id of a new session; the only kind of id that shows the mode.
    pub(crate) fn next_session_id(&mut self) -> SessionId {
        SessionId::in_mode(self.account.livemode, &mut self.ids)
    }

    /// Letters and digits for a secret.
    pub(crate) fn token(&mut self, length: usize) -> String {
        self.ids.token(length)
    }

    pub(crate) fn session_json(&self, session: &Session) -> Value {
        session.json(self.payment_status(session))
    }

    /// Does something with the objects of a caller in place of the first account's.
    pub(crate) fn acting_for<T>(&mut self, caller: Caller, act: impl FnOnce(&mut Self) -> T) -> T {
        if self.account.is(caller) {
            return act(self);
        }
        let at = match self.others.iter().position(|other| other.is(caller)) {
            Some(at) => at,
            None => {
                let account = Account::new(caller.owner, caller.livemode);
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
        let (owner, livemode) = (self.account.owner, self.account.livemode);
        let mut others = self.others.iter();
        others.any(|other| other.owner == owner && other.livemode != livemode && other.holds(id))
    }
}
