//! Emails to those who pay: what they say, and when they go out.
//!
//! [`text`] makes an email of what the database says of a charge. [`send`] sends what is queued, each at most once
//! unless the email service says that it has not taken it. [`run`] is what the cron does: it queues the reminders of
//! the rule, then sends.

pub mod run;
pub mod send;
pub mod text;
