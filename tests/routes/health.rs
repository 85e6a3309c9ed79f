//! `/healthz`: it says ok only where a click would find what it needs.

use serde_json::Value;

use crate::harness::{Harness, get};

fn health(harness: &Harness) -> (u16, Value) {
    let reply = harness.ask(&get("/healthz"));
    let body = serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}"));
    (reply.status, body)
}

#[test]
fn test_health_a_missing_table_or_column_is_told() {
    for change in [
        "DROP TABLE links",
        "DROP TABLE orders",
        "ALTER TABLE links RENAME COLUMN revoked_at TO taken_back_at",
        // Which only the claim reads.
        "ALTER TABLE players RENAME COLUMN email_refused_at TO bounced_at",
    ] {
        let harness = Harness::new();
        assert_eq!(health(&harness).0, 200);
        harness.execute("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON");
        harness.execute(change);
        let (status, body) = health(&harness);
        assert_eq!((status, &body["status"]), (503, &"schema_differs".into()));
    }
}

#[test]
fn test_health_names_missing_limiters() {
    let harness = Harness::new();
    assert_eq!(health(&harness).1["limiters"], "ok");
    harness.missing.replace(vec!["ADMIN_REQUESTS"]);
    assert_eq!(health(&harness).1["limiters"], "missing: ADMIN_REQUESTS");
    let two = vec!["SUCCESS_PAGE", "UNKNOWN_TOKENS"];
    harness.missing.replace(two);
    let (status, body) = health(&harness);
    // Visitors are let through without them.
    assert_eq!((status, &body["status"]), (200, &"ok".into()));
    assert_eq!(body["limiters"], "missing: UNKNOWN_TOKENS, SUCCESS_PAGE");
}

#[test]
fn test_health_says_whether_payments_are_paused() {
    let paused = Harness::configured(&[("PAUSED", "on")]);
    assert_eq!(health(&paused).1["paused"], true);
    assert_eq!(health(&Harness::new()).1["paused"], false);
}
