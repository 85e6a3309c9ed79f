//! `POST /admin/reconcile`: the database was restored to an earlier point, and Stripe was not.

use serde_json::json;

use crate::world::{MINUTE, NOW, World, get, link};

const ORDERS: &str = "SELECT id, status, origin FROM orders ORDER BY id";
const SINCE: &str = r#"{"since": "2026-11-18T11:00:00Z"}"#;

#[test]
fn test_restore_a_forgotten_payment_is_made_anew() {
    let mut world = World::new().with_charge();
    let before = world.snapshot();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let session = world.newest_session();
    world.pay(&session);
    world.deliver_webhooks();
    let attempt = world.rows("SELECT attempt FROM orders");
    world.restore(&before);
    assert!(world.rows(ORDERS).is_empty());
    let (status, done) = world.reconcile_since(SINCE);
    assert_eq!((status, &done["done"]), (200, &json!(true)));
    assert_eq!(done["sessions"], 1);
    assert_eq!(world.rows(ORDERS), ["1|paid|stripe"]);
    assert_eq!(world.rows("SELECT attempt FROM orders"), attempt);
    assert_eq!(world.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_restore_a_forgotten_open_session_is_expired() {
    let mut world = World::new().with_charge();
    let before = world.snapshot();
    world.ask(&link("demo-token-26"));
    let forgotten = world.newest_session();
    world.restore(&before);
    world.reconcile_since(SINCE);
    assert!(!world.is_open(&forgotten) && world.rows(ORDERS).is_empty());
    // The id comes round again, the attempt does not.
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    assert_eq!(world.rows(ORDERS), ["1|pending|guard"]);
    let session = world.newest_session();
    assert!(session != forgotten && world.is_open(&session));
}

#[test]
fn test_restore_what_became_of_a_known_order_is_read_again() {
    let (mut world, session) = World::clicked();
    let before = world.snapshot();
    world.pay(&session);
    world.deliver_webhooks();
    world.pass(MINUTE);
    world.refund(&world.intent(1), None);
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|refunded|guard"]);
    world.restore(&before);
    assert_eq!(world.rows(ORDERS), ["1|pending|guard"]);
    assert_eq!(world.reconcile_since(SINCE).0, 200);
    assert_eq!(world.rows(ORDERS), ["1|refunded|guard"]);
    assert_eq!(world.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_restore_a_debit_at_work_keeps_its_place() {
    let mut world = World::new().with_charge();
    let before = world.snapshot();
    world.ask(&link("demo-token-26"));
    let session = world.newest_session();
    world.debit(&session);
    world.restore(&before);
    world.reconcile_since(SINCE);
    assert_eq!(world.rows(ORDERS), ["1|pending|stripe"]);
    let page = world.ask(&link("demo-token-26"));
    assert!(
        page.status == 409 && page.body.contains("processing"),
        "{}",
        page.body
    );
    world.bank(&session, true);
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|paid|stripe"]);
}

#[test]
fn test_restore_goes_on_with_the_cron_where_its_budget_ends() {
    let mut world = World::configured(&[("RECONCILE_BUDGET", "20")])
        .with_charge()
        .with_second_charge();
    let before = world.snapshot();
    for token in ["demo-token-26", "demo-token-27"] {
        world.ask(&link(token));
        world.pay(&world.newest_session());
    }
    world.restore(&before);
    let (status, done) = world.reconcile_since(SINCE);
    assert_eq!((status, &done["done"]), (200, &json!(false)));
    for _ in 0..4 {
        world.pass(5 * MINUTE);
        world.reconcile_within(20);
    }
    assert_eq!(world.rows(ORDERS), ["1|paid|stripe", "2|paid|stripe"]);
}

#[test]
fn test_restore_is_in_the_audit() {
    let world = World::new();
    world.reconcile_since(SINCE);
    let audit = world.rows("SELECT at, operator, act, about, detail FROM audit");
    let since = r#"{"since":"2026-11-18T11:00:00Z"}"#;
    assert_eq!(audit, [format!("{NOW}|treasurer|reconcile|stripe|{since}")]);
    assert_eq!(world.log.borrow().code, "reconciled");
}

#[test]
fn test_restore_refuses_what_it_cannot_read() {
    let world = World::new();
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
        let before = world.all_rows();
        let (status, problem) = world.reconcile_since(body);
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(status == 400 && detail.contains(part), "{body}: {detail}");
        assert_eq!(world.all_rows(), before);
    }
}

#[test]
fn test_restore_is_for_the_operator_alone() {
    let world = World::new();
    let before = world.all_rows();
    let ask = get("/admin/reconcile").method("POST");
    assert_eq!(world.ask(&ask).status, 401);
    let wrong = ask.with("authorization", "Bearer wrong");
    assert_eq!(world.ask(&wrong).status, 401);
    assert_eq!(world.all_rows(), before);
    assert_eq!(world.ask(&get("/admin/reconcile")).status, 405);
}
