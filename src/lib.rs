//! checkout-guard: a Cloudflare Worker behind the payment links that a club emails to its parents.
//!
//! One GET on a link must bring a person to Stripe Checkout, must change nothing when a machine makes
//! it, and must never lead to a second payment.
//!
//! # Layers
//! Each folder imports only from those below it; `tests/layers` refuses the rest. `docs/architecture.md` follows one
//! click through them.
//!
//! | module | what |
//! |---|---|
//! | `edge` | the Worker itself, only in wasm: requests, D1, fetch, the clock, the log |
//! | [`app`] | what happens to a request, and in a run of the cron, in which order |
//! | [`desk`], [`checkout`] | what operators ask for, a slice a resource: handler, page, queries; what everybody may ask |
//! | [`http`] | requests, answers, who asks |
//! | [`pages`], [`billing`] | what people see; what is owed |
//! | [`alerts`], [`mail`] | who is told of what a person must look at, and when; emails to those who pay |
//! | [`config`] | the variables |
//! | [`guard`] | the decision table, and everything that moves an order |
//! | [`store`], [`stripe`] | the database; Stripe's API |
//! | [`ports`] | what the core asks of the world: plain async traits |
//! | [`languages`] | the words that parents read, a file a language |
//! | [`classifier`], [`domain`] | who opens a link; the words as types |
//! | [`json`], [`encode`] | what all of them need |
//!
//! # Why it holds
//! - A functional core, an async shell. The core awaits only [`ports`]; D1, `fetch`, the clock and chance are in
//!   `edge`, SQLite and the fake Stripe are in the tests, and both run the SQL of [`store`].
//! - A session is created only under a [`guard::claim::Claim`], the proof of holding a charge's one live place.
//!   Its constructor is private: code that could create a session without one does not compile.
//! - An order is replaced only after Stripe said that its session can take no more money.
//! - The Idempotency-Key is a function of the order's attempt and the parameters are a function of its row,
//!   so an order whose session was never stored finds it again by asking for it once more.
//! - `migrations/` holds the invariants in SQLite itself: one live order a charge, nothing deleted,
//!   only legal moves, an audit row for each.
//!
//! # Glossary
//! - **charge**: an amount that a player owes once. Not Stripe's Charge, which is a payment.
//! - **link**: a token that leads to a charge. The database has its hash only.
//! - **order**: one try to have a charge paid. `pending`, `paid`, `canceled` or `refunded`; the first two are live.
//! - **attempt**: an order's random name at Stripe: in the metadata and in the Idempotency-Key.
//! - **installation**: a database's random name at Stripe, drawn by its first migration.
//! - **claim**: the proof that an order holds its charge's one live place.
//! - **visit**: a request to a link, by a person or a machine.
//! - **session**: Stripe's Checkout Session, the page on which a payer pays.
//! - **reconcile**: to bring orders into line with Stripe when nobody clicks and no webhook comes.
//! - **incident**: something that a person must look at.
//! - **email**: what whoever pays is sent, in the queue or gone; a row of the table `messages`.

pub mod alerts;
pub mod app;
pub mod config;
pub mod delivery;
pub mod domain;
#[cfg(target_arch = "wasm32")]
pub mod edge;
pub mod encode;

pub mod billing;
pub mod checkout;
pub mod desk;
pub mod guard;
pub mod http;
pub mod json;
pub mod mail;

pub mod classifier;
pub mod languages;
pub mod pages;
pub mod ports;
pub mod store;
pub mod stripe;
