//! The state of one Stripe account, and how tests look at it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::account::Account;
use crate::call::Call;
use crate::events::{Cause, Delivery, Event, EventType, Webhook};
use crate::faults::{Fault, Faults, WebhookMode};
use crate::ids::Id;
use crate::payments::{Charge, Dispute, IntentStatus, PaymentIntent, Refund};
use crate::random::Random;
use crate::session::{Completion, PaymentStatus, Session, Status};
use crate::version::Version;

/// What an account starts with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The origin of session URLs, without a slash at its end.
    pub origin: String,
    /// The seed of ids and faults.
    pub seed: u64,
    /// Whether an endpoint wants webhooks. Without one, events count as delivered.
    pub webhooks: bool,
    /// The one secret key that is taken; `None`: any `sk_` or `rk_` that is not a live key.
    pub api_key: Option<String>,
    /// The account's default version: of a call without `Stripe-Version`, and of every event as
    /// `GET /v1/events` lists it.
    pub account_version: Version,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            origin: "http://localhost:12111".into(),
            seed: 1,
            webhooks: true,
            api_key: None,
            account_version: Version::NEWEST,
        }
    }
}

/// One Stripe account in test mode.
#[derive(Clone, Debug)]
pub struct Stripe {
    pub(crate) config: Config,
    /// Where ids come from; apart from `dice`, so that a fault changes no id.
    ids: Random,
    pub(crate) dice: Random,
    clock_offset_ms: i64,
    pub(crate) account: Account,
    pub(crate) faults: Faults,
    pub(crate) webhook_mode: WebhookMode,
    pub(crate) calls: Vec<Call>,
    /// The API call being executed, for the events that it causes.
    pub(crate) cause: Option<Cause>,
}

impl Stripe {
    /// An account in which nothing has happened.
    pub fn new(config: Config) -> Self {
        Self {
            ids: Random::new(config.seed),
            dice: Random::new(!config.seed),
            config,
            clock_offset_ms: 0,
            account: Account::default(),
            faults: Faults::default(),
            webhook_mode: WebhookMode::default(),
            calls: Vec::new(),
            cause: None,
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

    /// What the API says of a session's payment.
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
            Some(IntentStatus::Processing | IntentStatus::RequiresPaymentMethod) | None => {
                PaymentStatus::Unpaid
            }
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
    /// keeps the call from acting, one that spoils its answer.
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

    /// The webhooks that are due, each counted as sent. Who sends them reports what came of it with
    /// [`Stripe::webhook_answered`]; an event without a report stays undelivered and is not sent
    /// again.
    pub fn take_webhooks(&mut self, now_ms: i64) -> Vec<Webhook> {
        let now_ms = self.tick(now_ms);
        if self.webhook_mode.paused {
            return Vec::new();
        }
        let mut due = Vec::new();
        for event in self.account.events.iter_mut() {
            if let Delivery::Due { at_ms, attempts } = event.delivery
                && at_ms <= now_ms
            {
                let webhook = Webhook {
                    event_id: event.id.clone(),
                    payload: format!("{:#}", event.json()).into_bytes(),
                };
                event.delivery = Delivery::Sent {
                    attempts: attempts + 1,
                };
                let copies = 1 + usize::from(self.webhook_mode.extra_copies);
                due.extend(std::iter::repeat_n(webhook, copies));
            }
        }
        if self.webhook_mode.reordered {
            self.dice.shuffle(&mut due);
        }
        due
    }

    /// Reports whether an endpoint answered a webhook with 2xx. If not, it becomes due again after
    /// a pause that grows, until the attempts are used up.
    pub fn webhook_answered(&mut self, event_id: &str, delivered: bool, now_ms: i64) {
        let now_ms = now_ms + self.clock_offset_ms;
        if let Some(event) = self.account.events.get_mut(event_id) {
            event.delivery = event.delivery.answered(delivered, now_ms);
        }
    }

    /// Makes an event due again, delivered or not; all events where no id is given. Returns how
    /// many: none where no endpoint wants webhooks.
    pub fn redeliver(&mut self, event_id: Option<&str>, now_ms: i64) -> usize {
        let at_ms = self.tick(now_ms);
        if !self.config.webhooks {
            return 0;
        }
        let wanted = |event: &&mut Event| event_id.is_none_or(|id| id == event.id.as_ref());
        let events = self.account.events.iter_mut().filter(wanted);
        events
            .map(|event| event.delivery = Delivery::Due { at_ms, attempts: 0 })
            .count()
    }

    pub(crate) fn next_id<T: Id>(&mut self) -> T {
        T::make(&mut self.ids)
    }

    /// Records an event; `now_ms` is Stripe's.
    pub(crate) fn emit(&mut self, kind: EventType, object: Value, now_ms: i64) {
        let event = Event {
            id: self.next_id(),
            kind,
            created: now_ms / 1000,
            version: self.config.account_version,
            object,
            delivery: if self.config.webhooks {
                Delivery::Due {
                    at_ms: now_ms,
                    attempts: 0,
                }
            } else {
                Delivery::Unwanted
            },
            cause: self.cause.clone(),
        };
        self.account.events.insert(event);
    }

    pub(crate) fn session_json(&self, session: &Session) -> Value {
        session.json(self.payment_status(session))
    }
}
