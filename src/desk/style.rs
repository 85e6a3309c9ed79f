//! The desk's style sheet: a file of its own, which a browser keeps for a day.

/// Its path. Whoever changes the file raises the number, so that no browser shows an old one.
pub const PATH: &str = "/admin/desk-7.css";

/// The sheet. It fetches nothing.
pub const CSS: &str = include_str!("desk.css");
