//! The state of one Stripe account, and how tests look at it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::account::{Account, Whose};
use crate::call::Call;
use crate::events::{Cause, Event};
use crate::faults::{Fault, Faults, WebhookMode};
use crate::ids::{Id, SessionId};
use crate::payments::{Charge, Dispute, IntentStatus, PaymentIntent, Refund, RefundStatus};
use crate::random::Random;
use crate::session::{Completion, PaymentStatus, Session, Status};
use crate::version::Version;
use crate::webhook_endpoints::WebhookEndpoint;

/// What an account starts with.
///
/// Written as `Config { seed: 7, ..Config::default() }`: members are added to it.
#[derive(Clone, Debug)]
pub struct Config {
    /// The origin of session URLs, without a slash at its end.
    pub origin: String,
    /// The origin of the pages on which a payer does what is left to do: verifies a bank account,
    /// sees a voucher.
    pub actions_origin: String,
    /// The seed of ids and faults.
    pub seed: u64,
    /// Whether the account starts with a webhook endpoint. Without one, events count as delivered.
    pub webhooks: bool,
    /// That endpoint's URL.
    pub webhook_url: String,
    /// That endpoint's signing secret.
    pub webhook_secret: String,
    /// That endpoint's version: its webhooks have the shape of it.
    pub api_version: Version,
    /// The types of event that it wants; `*` means all.
    pub enabled_events: Vec<String>,
    /// The account's default version: of a call without `Stripe-Version`, and of every event as
    /// `GET /v1/events` lists it.
    pub account_version: Version,
    /// The one secret key that is taken of the account; `None`: any `sk_` or `rk_` of its mode.
    pub api_key: Option<String>,
    /// Whether the account is in live mode: ids start with `cs_live_`, objects and events say
    /// `livemode: true`, and calls need a live key. A test key then has objects of its own.
    pub livemode: bool,
    /// Keys of another account, which sees nothing of this one.
    pub other_account_keys: Vec<String>,
    /// Whether parameters are validated before the idempotency key is looked up, so that a replay is
    /// a 400 once its `expires_at` is less than 30 minutes ahead. Which of the two Stripe does is
    /// documented nowhere.
    pub validates_before_key: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            origin: "http://localhost:12111".into(),
            actions_origin: "https://payments.stripe.com".into(),
            seed: 1,
            webhooks: true,
            webhook_url: "http://localhost:8787/webhooks/stripe".into(),
            webhook_secret: "whsec_fake_stripe".into(),
            api_version: Version::NEWEST,
            enabled_events: vec!["*".into()],
            account_version: Version::NEWEST,
            api_key: None,
            livemode: false,
            other_account_keys: Vec::new(),
            validates_before_key: false,
        }
    }
}

/// One Stripe account, and beside it what other keys have made.
#[derive(Clone, Debug)]
pub struct Stripe {
    pub(crate) config: Config,
    /// Where ids come from; apart from `dice`, so that a fault changes no id.
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
    /// The status in which the next refund starts, where a test has named one.
    pub(crate) next_refund: Option<RefundStatus>,
}

impl Stripe {
    /// An account in which nothing has happened.
    pub fn new(config: Config) -> Self {
        let mut account = Account::new(Whose::First, config.livemode);
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

    pub(crate) fn next_id<T: Id>(&mut self) -> T {
        T::make(&mut self.ids)
    }

    /// The id of a new session; the only sort of id that tells the mode.
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
}
