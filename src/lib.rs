//! checkout-guard: a Cloudflare Worker behind the payment links that a club emails to its parents.
//!
//! One GET on a link must bring a person to Stripe Checkout, must change nothing when a machine makes
//! it, and must never lead to a second payment.
//!
//! # The way of a request
//! ```text
//! edge ──► http::door ──► machine, prefetch, malformed: answered here, nothing touched
//!              │ Job
//!              ▼
//!          http::work ──► guard::click ──► guard::decide       pure: rows 4 to 14 of the table
//!              │              │  │
//!              │              │  └─► ports::Stripe             retrieve, expire, create(&Claim)
//!              │              └────► ports::Store              checkout, attach, commit: compare-and-set
//!              ▼
//!          Answer ──► Reply, and what may follow it
//! ```
//! Webhooks ([`guard::events`]), people who come back ([`guard::returned`]) and the cron ([`guard::reconcile`])
//! end in the same [`domain::change::Commit`], and one function of [`store`] writes it: nothing else moves an order.
//!
//! # Why it holds
//! - A functional core, an async shell. The core awaits only [`ports`]; D1, `fetch`, the clock and chance are in
//!   `edge`, SQLite and a fake Stripe are in the tests, and both run the SQL of [`store`].
//! - A session is created only under a [`guard::claim::Claim`], the proof of holding a charge's one live place.
//!   Its constructor is private: code that could create a session without one does not compile.
//! - An order is replaced only after Stripe said that its session can take no more money.
//! - The Idempotency-Key is a function of the order's attempt and the parameters are a function of its row,
//!   so an order whose session was never stored finds it again by asking for it once more.
//! - `migrations/` holds the invariants in SQLite itself: one live order a charge, nothing deleted,
//!   only legal moves, an audit row for each.
//!
//! # Where things are
//! | module | what |
//! |---|---|
//! | [`visit`] | who opens a link: pure |
//! | [`domain`] | orders, charges, money, incidents: the words, pure |
//! | [`guard`] | the decision table, and each thing that may move an order |
//! | [`ports`] | `Store`, `Stripe`, `Clock`, `Random` and the like: plain async traits |
//! | [`store`] | the database, over anything that runs a list of statements |
//! | [`stripe`] | Stripe's API over any transport: forms, answers, events, retries |
//! | [`http`], [`pages`] | routes, answers, replies |
//! | [`import`] | a CSV file becomes charges and links |
//! | [`webhook`] | who is believed at the webhook |
//! | [`token`], [`operator`], [`secret`], [`config`], [`encode`], [`json`] | what the others need |
//! | `edge` | the Worker itself; only in wasm, with `edge/entry.js` and `edge/glue.js` beside it |

pub mod config;
pub mod domain;
#[cfg(target_arch = "wasm32")]
pub mod edge;
pub mod encode;

pub mod billing;
pub mod guard;
pub mod http;
pub mod json;

pub mod classifier;
pub mod pages;
pub mod ports;
pub mod store;
pub mod stripe;
