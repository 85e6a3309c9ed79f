//! Who opens a link: a person or a machine.
//!
//! The classification is a pure function of one request. Only a request that says itself that it is a
//! machine (method, name, signature) or a prefetch is treated as one; everything else that does not
//! look like a person's browser is `Unsure` and costs a person one tap on a button. So a wrong verdict
//! never keeps a person from paying, and the order of the checks goes from what is certain to what is
//! a hint: method, User-Agent, prefetch headers, signature, grammar, network, headers.
//!
//! A POST is classified as a GET is: the button that sends it is for people, so the router treats a
//! `Machine` that posts as a person (see `docs/visits.md`).

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
