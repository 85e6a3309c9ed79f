//! `/healthz`: it says ok only where a click would find what it needs.

use serde_json::Value;

use crate::harness::{Calls, Harness, MINUTE, get};

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
        harness.pass(5_000);
        let (status, body) = health(&harness);
        assert_eq!((status, &body["status"]), (503, &"schema_differs".into()));
    }
}

#[test]
fn test_health_asks_the_database_at_most_once_in_five_seconds() {
    let harness = Harness::new();
    let mut asked = 0;
    for _ in 0..60 * 10 {
        assert_eq!(health(&harness).0, 200);
        asked += u32::from(harness.calls.get() != Calls::default());
        harness.pass(100);
    }
    assert_eq!(asked, 60 / 5);
    // What is wrong is remembered too.
    harness.pass(5_000);
    harness.d1_is_down.set(true);
    // For the answer, and for what is counted after it.
    for calls in [2, 0, 0] {
        let (status, body) = health(&harness);
        assert_eq!(
            (status, &body["status"]),
            (503, &"database_unreachable".into())
        );
        assert_eq!(harness.calls.get().d1, calls);
    }
    harness.d1_is_down.set(false);
    harness.pass(4_999);
    assert_eq!(health(&harness).0, 503);
    harness.pass(1);
    assert_eq!(health(&harness).0, 200);
    // Limiters and the pause are not asked of the database.
    harness.missing.replace(vec!["SERVER_REQUESTS"]);
    assert_eq!(health(&harness).1["limiters"], "missing: SERVER_REQUESTS");
    harness.pass(MINUTE);
    assert_eq!(health(&harness).0, 200);
}

#[test]
fn test_health_says_that_d1s_day_is_used_up() {
    let harness = Harness::new();
    harness.d1_is_used_up();
    let (status, body) = health(&harness);
    assert_eq!((status, &body["status"]), (503, &"database_quota".into()));
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
