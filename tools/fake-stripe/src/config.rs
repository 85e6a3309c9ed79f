//! The configuration that an account starts with.

use crate::version::Version;

/// The configuration that an account starts with.
///
/// Written as `Config { seed: 7, ..Config::default() }`: members are added to it.
#[derive(Clone, Debug)]
pub struct Config {
    /// The origin of session URLs, without a slash at its end.
    pub origin: String,
    /// The origin of the pages for a payer's next action: to verify a bank account, to see a voucher.
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
    /// a 400 once its `expires_at` is less than 30 minutes ahead, and so is the replay of a refund once
    /// nothing is left of the payment. Which of the two Stripe does is documented nowhere.
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
