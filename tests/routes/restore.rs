//! `POST /admin/reconcile`: the database was restored to an earlier point, and Stripe was not.

use serde_json::json;

use crate::harness::{Harness, MINUTE, NOW, get, link};

const ORDERS: &str = "SELECT id, status, origin FROM orders ORDER BY id";
const SINCE: &str = r#"{"since": "2026-11-18T11:00:00Z"}"#;

#[test]
fn test_restore_a_forgotten_payment_is_made_anew() {
    let mut harness = Harness::new().with_charge();
    let before = harness.snapshot();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let session = harness.newest_session();
    harness.pay(&session);
    harness.deliver_webhooks();
    let attempt = harness.rows("SELECT attempt FROM orders");
    harness.restore(&before);
    assert!(harness.rows(ORDERS).is_empty());
    let (status, done) = harness.reconcile_since(SINCE);
    assert_eq!((status, &done["done"]), (200, &json!(true)));
    assert_eq!(done["sessions"], 1);
    assert_eq!(harness.rows(ORDERS), ["1|paid|stripe"]);
    assert_eq!(harness.rows("SELECT attempt FROM orders"), attempt);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_restore_a_forgotten_open_session_is_expired() {
    let mut harness = Harness::new().with_charge();
    let before = harness.snapshot();
    harness.ask(&link("demo-token-26"));
    let forgotten = harness.newest_session();
    harness.restore(&before);
    harness.reconcile_since(SINCE);
    assert!(!harness.is_open(&forgotten) && harness.rows(ORDERS).is_empty());
    // The id comes round again, the attempt does not.
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    assert_eq!(harness.rows(ORDERS), ["1|pending|guard"]);
    let session = harness.newest_session();
    assert!(session != forgotten && harness.is_open(&session));
}

#[test]
fn test_restore_what_became_of_a_known_order_is_read_again() {
    let (mut harness, session) = Harness::clicked();
    let before = harness.snapshot();
    harness.pay(&session);
    harness.deliver_webhooks();
    harness.pass(MINUTE);
    harness.refund(&harness.intent(1), None);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|refunded|guard"]);
    harness.restore(&before);
    assert_eq!(harness.rows(ORDERS), ["1|pending|guard"]);
    assert_eq!(harness.reconcile_since(SINCE).0, 200);
    assert_eq!(harness.rows(ORDERS), ["1|refunded|guard"]);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_restore_a_debit_at_work_keeps_its_place() {
    let mut harness = Harness::new().with_charge();
    let before = harness.snapshot();
    harness.ask(&link("demo-token-26"));
    let session = harness.newest_session();
    harness.debit(&session);
    harness.restore(&before);
    harness.reconcile_since(SINCE);
    assert_eq!(harness.rows(ORDERS), ["1|pending|stripe"]);
    let page = harness.ask(&link("demo-token-26"));
    assert!(
        page.status == 409 && page.body.contains("processing"),
        "{}",
        page.body
    );
    harness.bank(&session, true);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|paid|stripe"]);
}

#[test]
fn test_restore_goes_on_with_the_cron_where_its_budget_ends() {
    let mut harness = Harness::configured(&[("RECONCILE_BUDGET", "20")])
        .with_charge()
        .with_second_charge();
    let before = harness.snapshot();
    for token in ["demo-token-26", "demo-token-27"] {
        harness.ask(&link(token));
        harness.pay(&harness.newest_session());
    }
    harness.restore(&before);
    let (status, done) = harness.reconcile_since(SINCE);
    assert_eq!((status, &done["done"]), (200, &json!(false)));
    for _ in 0..4 {
        harness.pass(5 * MINUTE);
        harness.reconcile_within(20);
    }
    assert_eq!(harness.rows(ORDERS), ["1|paid|stripe", "2|paid|stripe"]);
}

#[test]
fn test_restore_is_in_the_audit() {
    let harness = Harness::new();
    harness.reconcile_since(SINCE);
    let audit = harness.rows("SELECT at, operator, act, about, detail FROM audit");
    let since = r#"{"since":"2026-11-18T11:00:00Z"}"#;
    assert_eq!(audit, [format!("{NOW}|treasurer|reconcile|stripe|{since}")]);
    assert_eq!(harness.log.borrow().code, "reconciled");
}

#[test]
fn test_restore_refuses_what_it_cannot_read() {
    let harness = Harness::new();
    for (body, part) in [
        ("", "must be JSON"),
        ("since=2026-11-18", "must be JSON"),
        ("{}", "must be JSON"),
        (r#"{"since": 5}"#, "must be JSON"),
        (
            r#"{"since": "2026-11-18T11:00:00Z", "until": 5}"#,
            "must be JSON",
        ),
        (r#"{"since": "2026-11-18"}"#, "like 2026-11-20T08:00:00Z"),
        (r#"{"since": "2027-11-18T11:00:00Z"}"#, "in the future"),
    ] {
        let before = harness.all_rows();
        let (status, problem) = harness.reconcile_since(body);
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(status == 400 && detail.contains(part), "{body}: {detail}");
        assert_eq!(harness.all_rows(), before);
    }
}

#[test]
fn test_restore_is_for_the_operator_alone() {
    let harness = Harness::new();
    let before = harness.all_rows();
    let ask = get("/admin/reconcile").method("POST");
    assert_eq!(harness.ask(&ask).status, 401);
    let wrong = ask.with("authorization", "Bearer wrong");
    assert_eq!(harness.ask(&wrong).status, 401);
    assert_eq!(harness.all_rows(), before);
    assert_eq!(harness.ask(&get("/admin/reconcile")).status, 405);
}
