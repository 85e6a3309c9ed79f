//! The guarded core. Every change of an order goes through here, whoever asks for it.
//!
//! Three rules keep a charge from being paid twice. A session is created only under a [`claim::Claim`], the
//! proof that its order holds the charge's one live place. An order is replaced only after Stripe has said
//! that its session can take no more money. And before an order without a stored session is given up, its
//! session is looked for at Stripe, by the order's key and then in Stripe's list: somebody may be about to
//! pay in it.
//!
//! | module | what |
//! |---|---|
//! | [`decide`](mod@decide) | the decision table: pure |
//! | [`click`](mod@click) | a person's visit, from the decision to its end |
//! | [`returned`](mod@returned) | a person who comes back from Stripe |
//! | [`events`] | Stripe's events |
//! | `page` | a page of them at once |
//! | [`late_payment`] | a payment that lands on a canceled order, or comes back |
//! | [`refunds`] | money that goes back |
//! | [`refund_request`] | a refund that is asked for here |
//! | [`reconcile`](mod@reconcile) | what is checked when nobody clicks and no webhook comes |
//! | [`restore`](mod@restore) | the same after the database was restored to an earlier point |
//! | [`after`], [`follow_up`] | what may wait until the answer has been sent, and how it is done |
//! | [`session`] | finds an order's session, reads it and ends it |
//! | [`claim`] | the proof of holding a charge's live place |
//! | `make_room` | frees a charge's live place for a payment that a bank is processing |
//! | `payment` | the order that a payment pays, or the incident about it |
//! | [`operator`] | what an operator does |
//! | [`explain`](mod@explain) | what a click would get, without doing it |
//! | [`policy`] | what of the configuration the guard depends on |
//! | [`hosts`] | where a redirect may lead |
//! | [`budget`] | what a run of reconcile may use, and what it has done |

pub mod after;
pub mod budget;
pub mod claim;
pub mod click;
pub mod decide;
pub mod events;
pub mod explain;
pub mod follow_up;
pub mod hosts;
pub mod late_payment;
mod make_room;
pub mod operator;
mod page;
mod payment;
pub mod policy;
pub mod reconcile;
pub mod refund_request;
pub mod refunds;
pub mod restore;
pub mod returned;
pub mod session;
