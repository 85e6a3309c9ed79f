//! What tells whether the database is the one that this code expects.

/// The migration that this code expects to be the newest.
pub const SCHEMA: &str = "0002_invariants.sql";

/// The newest migration that was applied, as wrangler records them.
pub const SCHEMA_VERSION: &str = "SELECT name FROM d1_migrations ORDER BY id DESC LIMIT 1";
