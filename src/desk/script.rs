//! The desk's script: a file of its own, which a browser keeps for a day. Every page works without it.

/// Its path. Whoever changes the file raises the number, so that no browser runs an old one.
pub const PATH: &str = "/admin/desk-3.js";

/// The script. It asks for nothing but what its form asks for.
pub const JS: &str = include_str!("desk.js");
