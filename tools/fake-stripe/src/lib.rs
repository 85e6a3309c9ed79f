//! A local fake of the part of Stripe that takes payments through Checkout.
//!
//! It answers Stripe's API for Checkout Sessions, payments, refunds, disputes, events and webhook
//! endpoints, shows a payer's page, sends signed webhooks, and takes injected faults of the kinds that
//! occur in production. It is a tool for development and tests and is never part of the product.
//!
//! [`Stripe`] is pure and synchronous, and takes the time as an argument. Tests drive it in-process,
//! and two runs with the same seed are equal. The `fake-stripe` binary (feature `server`)
//! puts it behind a socket and delivers the webhooks.
//!
//! ```
//! use fake_stripe::{Config, Request, Stripe, encode};
//!
//! let now_ms = 1_700_000_000_000;
//! let mut stripe = Stripe::new(Config::default());
//! let request = Request::new("POST", "/v1/checkout/sessions")
//!     .with_header("Authorization", "Bearer sk_test_1")
//!     .with_header("Idempotency-Key", "order_1")
//!     .with_form(encode(&[
//!         ("mode", "payment"),
//!         ("success_url", "https://club.test/paid?session={CHECKOUT_SESSION_ID}"),
//!         ("line_items[0][price_data][currency]", "usd"),
//!         ("line_items[0][price_data][unit_amount]", "13500"),
//!         ("line_items[0][price_data][product_data][name]", "Player 25"),
//!         ("line_items[0][quantity]", "1"),
//!     ]));
//! let session = stripe.handle(&request, now_ms).json();
//! assert_eq!(session["status"], "open");
//!
//! stripe.pay(session["id"].as_str().unwrap(), now_ms).unwrap();
//! assert_eq!(stripe.take_webhooks(now_ms).len(), 3);
//! ```
//!
//! # Modules, from the bottom up
//! | module | what |
//! |---|---|
//! | `wire`, `form`, `ids`, `rows`, `money`, `version`, `object`, `random`, `signing` | what everything is made of |
//! | `error`, `refused` | the API's errors; why an action is not possible |
//! | `params`, `route` | what each endpoint takes, and which endpoint a call asks for |
//! | `session`, `line_items`, `payments`, `events`, `webhook_endpoint` | the objects |
//! | `config`, `account`, `stripe` | the state: the objects of each account, faults, the clock |
//! | `idempotency`, `faults` | what a retry meets, and the injected faults |
//! | `emit`, `refunds`, `actions` | events, and what payers, banks and the clock do |
//! | `endpoints` | what each endpoint does, with lists and `expand[]` |
//! | `call`, `admit`, `api` | one call from its request to its answer |
//! | `webhooks` | which webhooks are due, and what became of them |
//! | `control`, `pages` | the test's API under `/_/`, and the pages for people |
//! | `shared`, `deliver`, `server` | sockets; only with the feature `server` |
//!
//! # Control endpoints
//! They belong to tests, not to Stripe: nothing under `/_/` is counted as a call. Bodies are JSON or
//! forms; answers are JSON, or 303 to the index if the request was a form.
//!
//! | endpoint | body | what |
//! |---|---|---|
//! | `GET /_/` | | a page: endpoints, sessions, refunds and disputes, with buttons for what follows |
//! | `GET /_/calls` | | the calls seen under `/v1`, oldest first |
//! | `GET /_/sessions` | | all sessions, newest first |
//! | `GET /_/refunds`, `/_/disputes` | | all of them, oldest first |
//! | `GET /_/events` | | all events with their delivery, oldest first |
//! | `GET /_/endpoint` | | all webhook endpoints |
//! | `GET /_/health` | | 200 once the server answers |
//! | `POST /_/reset` | `{"seed"?, "livemode"?, "api_version"?, "account_version"?, "validates_before_key"?, "other_account_keys"?}` | forgets everything, faults and clock too; what is named changes the configuration for good |
//! | `POST /_/seed` | `{"seed"}` | restarts both seeded generators |
//! | `POST /_/clock` | `{"offset_ms"}` or `{"advance_ms"}` | moves Stripe's clock |
//! | `GET`, `POST /_/faults` | see below | reads, adds or clears faults |
//! | `POST /_/pay` | `{"session", "how"?}` | `how`: `card` (default), `debit`, `microdeposits`, `voucher`, `decline` |
//! | `POST /_/complete_action` | `{"session"}` | a payer verifies the account, or pays the voucher |
//! | `POST /_/settle` | `{"session", "success"?}` | a payment that processes or waits succeeds or fails |
//! | `POST /_/expire` | `{"session"}` | an open session expires now |
//! | `POST /_/refund` | `{"payment_intent" or "session", "amount"?}` | as from the dashboard |
//! | `POST /_/next_refund` | `{"status"}` | the next refund starts in that status |
//! | `POST /_/succeed_refund` | `{"refund"}` | a pending refund succeeds |
//! | `POST /_/fail_refund` | `{"refund", "reason"?}` | a refund fails |
//! | `POST /_/cancel_refund` | `{"refund"}` | a pending refund is canceled |
//! | `POST /_/dispute` | `{"payment_intent" or "session", "status"?, "amount"?}` | a payer disputes; `status`: `needs_response` |
//! | `POST /_/close_dispute` | `{"dispute", "won" or "status"}` | a dispute ends, or moves on to that status |
//! | `POST /_/appeal_dispute` | `{"dispute"}` | a decision is appealed |
//! | `POST /_/endpoint` | `{"enabled", "id"?}` | disables or enables a webhook endpoint, without `id` all |
//! | `POST /_/redeliver` | `{"event"}`, or `{}` for all | sends events again |
//!
//! A body of `/_/faults` may have, all at once:
//! - one fault, `{"endpoint": "create", "kind": "drop_after", "times": 1, "probability": 1,
//!   "ms": 0, "should_retry": true}`, or several under `"faults": [...]`. Only `kind` is needed:
//!   without `endpoint` every call is meant, without `times` the fault stays until cleared. The
//!   names are those of [`Scope::ALL`] and [`FaultKind::name`]; `ms` is a delay's, `code` and `param`
//!   are a `bad_request`'s;
//! - `"webhooks": {"paused": true, "extra_copies": 1, "reordered": true}`; what is not named is off;
//! - `"clear": true`, which is done first.
//!
//! # What is assumed
//! Most of what is modeled is documented, and each place names the page. Where no page says what
//! Stripe does, the fake does the following, and a test that passes here proves nothing about it:
//! - a failed or canceled refund lowers the charge's `amount_refunded` again; a pending one raises it;
//! - a failed refund emits `charge.refund.updated`, `refund.updated` and `refund.failed`, a canceled
//!   one the first two;
//! - the events list of an account with an older version has the newer types only if an endpoint
//!   received them;
//! - `payment_method_types` is an unknown parameter of a session since endive (`parameter_unknown`);
//! - an intent that waits for its payer has no charge yet;
//! - `prevented` and appeals emit `charge.dispute.updated`, and no money moves for an appeal before
//!   it is decided;
//! - an amount with digits that its currency does not have is `invalid_charge_amount`;
//! - vouchers and small deposits do not expire by the clock, only by a test's call;
//! - whether parameters or the key come first: both, see [`Config::validates_before_key`].

mod account;
mod actions;
mod admit;
mod api;
mod call;
mod config;
mod control;
mod emit;
mod endpoints;
mod error;
mod events;
mod faults;
mod form;
mod idempotency;
mod ids;
mod line_items;
mod money;
mod object;
mod pages;
mod params;
mod payments;
mod random;
mod refunds;
mod refused;
mod route;
mod rows;
mod session;
mod signing;
mod stripe;
mod version;
mod webhook_endpoint;
mod webhooks;
mod wire;

#[cfg(feature = "server")]
pub mod deliver;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
mod shared;

pub use api::{Admission, Ticket};
pub use call::Call;
pub use config::Config;
pub use events::{Delivery, Event, EventType, Webhook};
pub use faults::{Fault, FaultKind, WebhookMode};
pub use form::{Form, Malformed, encode};
pub use ids::{
    ChargeId, DisputeId, EventId, PaymentIntentId, RefundId, RequestId, SessionId,
    WebhookEndpointId,
};
pub use payments::{
    Charge, ChargeStatus, Dispute, DisputeStatus, IntentStatus, NextAction, PaymentIntent, Refund,
    RefundFailure, RefundStatus, Stage, Voucher,
};
pub use refused::Refused;
pub use route::{Endpoint, Scope};
pub use session::{Completion, PaymentStatus, Session, Status};
pub use signing::sign;
pub use stripe::Stripe;
pub use version::{UnknownVersion, Version};
pub use webhook_endpoint::WebhookEndpoint;
pub use wire::{Request, Response};

/// The API version of a call that names none, and of every event, unless [`Config`] says otherwise.
pub const API_VERSION: &str = Version::NEWEST.name();
