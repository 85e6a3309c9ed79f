//! The classifier of visits: whether a person or a machine opens a link.
//!
//! The classification is a pure function of one request. A request is a machine's only if it says so
//! itself, by its method, a name or a signature. A prefetch says so in a header. Everything else that
//! does not look like a person's browser is `Unsure`, which costs a person one tap on a button. So a
//! wrong verdict never keeps a person from paying.
//!
//! The checks go from what is certain to what is a hint; `classify.rs` has their order. A POST is
//! classified like a GET. Only the button sends one, so the router lets a `Machine` that posts pass as a
//! person (see `docs/visits.md`).

mod byte;
mod classify;
mod grammar;
mod list;
mod meaning;
mod names;
mod scan;
mod signals;
mod stems;
mod table;
#[cfg(test)]
mod tests;
mod verdict;
mod visit;
mod word;

pub use classify::{Preliminary, classify, classify_user_agent};
pub use verdict::{Classification, Reason, Verdict};
pub use visit::Visit;
