//! The desk: pages for operators, one file a page. They work without script, from the keyboard alone, on a phone and
//! on a desktop, in light and dark.

pub mod acts;
pub mod audit;
pub mod charge;
pub mod charges;
pub mod chart;
pub mod dashboard;
pub mod explain;
pub mod health;
pub mod import;
pub mod incidents;
pub mod layout;
pub mod login;
pub mod messages;
pub mod periods;
pub mod players;
pub mod script;
pub mod style;
