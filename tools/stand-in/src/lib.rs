//! A local stand-in for the part of Stripe that takes payments through Checkout.
//!
//! It answers Stripe's API for Checkout Sessions, refunds and events, shows a payer's page, sends
//! signed webhooks and can be told to fail in the ways that payments fail. It is a tool for
//! development and tests and is never part of the product.
//!
//! [`Stripe`] is the whole of it, pure and synchronous, with the time passed in: tests drive it
//! in-process, and two runs with the same seed are equal. The `stand-in` binary (feature `server`)
//! puts it behind a socket and delivers the webhooks.
//!
//! ```
//! use stand_in::{Config, Request, Stripe, encode};
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
//! | `account` | all objects of one account in one mode |
//! | `session`, `line_items`, `payments`, `events` | the objects |
//! | `endpoints`, `refunds`, `list`, `expand` | what each endpoint does, pagination, `expand[]` |
//! | `actions` | what payers, banks and the clock do |
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
//! | `GET /_/` | | a page: all sessions, with buttons for what follows |
//! | `GET /_/calls` | | the calls seen under `/v1`, oldest first |
//! | `GET /_/sessions` | | all sessions, newest first |
//! | `GET /_/events` | | all events with their delivery, oldest first |
//! | `GET /_/health` | | 200 once the server answers |
//! | `POST /_/reset` | `{"seed"?}` | forgets everything, faults and clock too |
//! | `POST /_/seed` | `{"seed"}` | restarts both seeded generators |
//! | `POST /_/clock` | `{"offset_ms"}` or `{"advance_ms"}` | moves Stripe's clock |
//! | `GET`, `POST /_/faults` | see below | reads, adds or clears faults |
//! | `POST /_/pay` | `{"session", "how"}` | `how`: `card` (default), `debit`, `decline` |
//! | `POST /_/settle` | `{"session", "success"}` | a bank debit clears or fails |
//! | `POST /_/expire` | `{"session"}` | an open session expires now |
//! | `POST /_/refund` | `{"payment_intent" or "session", "amount"?}` | as from the dashboard |
//! | `POST /_/fail_refund` | `{"refund"}` | the bank sends a refund back |
//! | `POST /_/dispute` | `{"payment_intent" or "session"}` | a payer disputes |
//! | `POST /_/close_dispute` | `{"dispute", "won"}` | a dispute ends |
//! | `POST /_/redeliver` | `{"event"}`, or `{}` for all | sends events again |
//!
//! A body of `/_/faults` may have, all at once:
//! - one fault, `{"endpoint": "create", "kind": "drop_after", "times": 1, "probability": 1,
//!   "ms": 0, "should_retry": true}`, or several under `"faults": [...]`. Only `kind` is needed:
//!   without `endpoint` every call is meant, without `times` the fault stays until cleared. The
//!   names are those of [`Scope::ALL`] and [`FaultKind::name`]; `ms` is a delay's;
//! - `"webhooks": {"paused": true, "extra_copies": 1, "reordered": true}`; what is not named is off;
//! - `"clear": true`, which is done first.

mod account;
mod actions;
mod admit;
mod api;
mod call;
mod control;
mod endpoints;
mod error;
mod events;
mod expand;
mod faults;
mod form;
mod idempotency;
mod ids;
mod line_items;
mod list;
mod money;
mod pages;
mod params;
mod payments;
mod random;
mod refunds;
mod self_check;
mod session;
mod signing;
mod stripe;
mod version;
mod webhook_endpoints;
mod webhooks;
mod wire;

#[cfg(feature = "server")]
pub mod deliver;
#[cfg(feature = "server")]
pub mod server;

pub use actions::Refused;
pub use api::{Begun, Ticket};
pub use call::{Call, Endpoint};
pub use events::{Delivery, Event, EventType, Webhook};
pub use faults::{Fault, FaultKind, Scope, WebhookMode};
pub use form::{Form, Malformed, encode};
pub use ids::{
    ChargeId, DisputeId, EventId, PaymentIntentId, RefundId, RequestId, SessionId,
    WebhookEndpointId,
};
pub use payments::{
    Charge, ChargeStatus, Dispute, DisputeStatus, IntentStatus, NextAction, PaymentIntent, Refund,
    RefundFailure, RefundStatus, Stage, Voucher,
};
pub use session::{Completion, PaymentStatus, Session, Status};
pub use signing::sign;
pub use stripe::{Config, Stripe};
pub use version::{UnknownVersion, Version};
pub use webhook_endpoints::WebhookEndpoint;
pub use wire::{Request, Response};

/// The API version of a call that names none, and of every event, where [`Config`] says nothing else.
pub const API_VERSION: &str = Version::NEWEST.name();
