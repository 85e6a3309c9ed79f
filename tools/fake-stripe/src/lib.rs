//! A local fake of the part of Stripe that takes payments through Checkout.
//!
//! It answers Stripe's API for Checkout Sessions, payments, refunds, disputes, events and webhook
//! endpoints, shows a payer's page, sends signed webhooks and can be told to fail in the ways that
//! payments fail. It is a tool for development and tests and is never part of the product.
//!
//! [`Stripe`] is the whole of it, pure and synchronous, with the time passed in: tests drive it
//! in-process, and two runs with the same seed are equal. The `fake-stripe` binary (feature `server`)
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
//! # Where things are
//! | module | what |
//! |---|---|
//! | `api` | one call from its request to its answer: who may, which endpoint, faults, keys |
//! | `form`, `params` | the decoding of a form, and the table of what each endpoint takes |
//! | `version` | the API's versions, and how an object looks in each |
//! | `account` | all objects of one account in one mode, and whose call sees them |
//! | `session`, `line_items`, `payments`, `events`, `webhook_endpoints` | the objects |
//! | `endpoints`, `refunds`, `self_check`, `list`, `expand` | what each endpoint does, pagination, `expand[]` |
//! | `actions` | what payers, banks and the clock do |
//! | `webhooks` | which endpoint is told of what, and when |
//! | `idempotency`, `faults` | the two parts that decide what a retry meets |
//! | `control`, `pages` | the test's API under `/_/`, and the pages for people |
//! | `server`, `deliver` | sockets; only in the binary's feature |
//!
//! # Control endpoints
//! They belong to tests, not to Stripe: nothing under `/_/` is counted as a call. Bodies are JSON or
//! forms; answers are JSON, or 303 to the index where the request was a form.
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
//! | `POST /_/settle` | `{"session", "success"?}` | a payment that clears or waits arrives, or does not |
//! | `POST /_/expire` | `{"session"}` | an open session expires now |
//! | `POST /_/refund` | `{"payment_intent" or "session", "amount"?}` | as from the dashboard |
//! | `POST /_/next_refund` | `{"status"}` | the next refund starts in that status |
//! | `POST /_/succeed_refund` | `{"refund"}` | a refund on its way arrives |
//! | `POST /_/fail_refund` | `{"refund", "reason"?}` | the bank sends a refund back |
//! | `POST /_/cancel_refund` | `{"refund"}` | a refund on its way is called off |
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
//! Most of what is played is documented, and each place names the page. Where no page says what
//! Stripe does, this does the following, and a test that passes here proves nothing of it:
//! - a failed or canceled refund lowers the charge's `amount_refunded` again; a pending one raises it;
//! - a failed refund is told by `charge.refund.updated`, `refund.updated` and `refund.failed`, a
//!   canceled one by the first two;
//! - the events list of an account with an older version has the newer types only where an endpoint
//!   was told of them;
//! - `payment_method_types` is an unknown parameter of a session since endive (`parameter_unknown`);
//! - an intent that waits for its payer has no charge yet;
//! - `charge.dispute.updated` tells of `prevented` and of appeals, and no money moves for an appeal
//!   before it is decided;
//! - an amount with digits that its currency does not have is `invalid_charge_amount`;
//! - vouchers and small deposits do not expire by the clock: a test says when they do;
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

pub use api::{Begun, Ticket};
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

/// The API version of a call that names none, and of every event, where [`Config`] says nothing else.
pub const API_VERSION: &str = Version::NEWEST.name();
