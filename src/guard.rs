//! The guarded core: whatever moves an order goes through here, whoever asks.
//!
//! Three rules keep a charge from being paid twice. A session is created only under a [`claim::Claim`],
//! which only the holder of the charge's one live place has. An order is replaced only after Stripe has
//! said that its session can take no more money. And an order whose session may be in somebody's hands,
//! though its id was never stored, is looked for at Stripe before it is given up: by its key, then in
//! Stripe's list.
//!
//! | module | what |
//! |---|---|
//! | [`decide`](mod@decide) | the decision table: pure |
//! | [`click`](mod@click) | a person's visit, from the decision to its end |
//! | [`returned`](mod@returned) | a person who comes back from Stripe |
//! | [`events`] | what Stripe tells |
//! | [`late_payment`] | a payment that lands on a canceled order |
//! | [`refunds`] | money that goes back |
//! | [`reconcile`](mod@reconcile) | what is asked when nobody clicks and no webhook comes |
//! | [`restore`](mod@restore) | the same after the database was restored to an earlier point |
//! | [`follow_up`] | what may wait until the answer has been sent |
//! | [`session`] | where an order's session is, and how it ends |
//! | [`claim`] | the proof of holding a charge's live place |
//! | [`operator`] | what an operator does |
//! | [`explain`](mod@explain) | what a click would get, without doing it |

mod acts;
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
pub mod policy;
pub mod reconcile;
pub mod refunds;
pub mod restore;
pub mod returned;
pub mod session;
