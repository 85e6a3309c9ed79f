//! Alerts: who is told of what a person must look at.
//!
//! Three parts. [`rules`] opens and resolves the incidents that no single click or event shows: clicks that fail,
//! webhooks that do not come, a cron that does not run. [`answers`] counts what clicks were answered, after the answer.
//! [`deliver`] sends each row of the outbox to the webhook and by email, until both have taken it. The texts are in
//! [`text`]. Every incident comes into the outbox by a trigger, whoever opens it. [`quota`] tells what the database cannot
//! take.

pub mod answers;
pub mod channels;
pub mod deliver;
pub mod quota;
pub mod rules;
pub mod run;
pub mod text;
