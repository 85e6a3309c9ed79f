//! What is limited, and what becomes of it where a limiter cannot be asked.

use checkout_guard::domain::limit::BINDINGS;

use crate::harness::{ADMIN, Calls, FACEBOOK, Harness, IPHONE, JSON, MINUTE, get, link};

fn log_in(harness: &Harness, secret: &str) -> (u16, String) {
    let bearer = format!("Bearer {secret}");
    let reply = harness.ask(
        &get("/admin/import?dry_run=1")
            .method("POST")
            .with("authorization", &bearer)
            .with("accept", JSON),
    );
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    (reply.status, body["code"].as_str().unwrap_or("").to_owned())
}

#[test]
fn test_log_ins_in_all_are_limited_whatever_the_address() {
    let harness = Harness::new();
    harness.others_left.set(2);
    assert_eq!(log_in(&harness, "wrong").0, 401);
    // An empty file: who may send it is told that.
    assert_eq!(log_in(&harness, ADMIN).0, 422);
    assert_eq!(log_in(&harness, ADMIN), (429, "too_many_tries".to_owned()));
    // Whom the address's limit refuses does not count among all.
    harness.others_left.set(1);
    harness.tries_left.set(0);
    assert_eq!(log_in(&harness, ADMIN).0, 429);
    assert_eq!(harness.others_left.get(), 1);
}

#[test]
fn test_log_ins_are_refused_where_they_cannot_be_counted() {
    let harness = Harness::new().with_charge();
    for binding in ["ADMIN_REQUESTS", "ADMIN_LOGINS_TOTAL"] {
        harness.missing.replace(vec![binding]);
        let refused = (503, "limiter_unavailable".to_owned());
        assert_eq!(log_in(&harness, ADMIN), refused, "{binding}");
        assert_eq!(harness.log.borrow().code, "limiter_unavailable");
    }
}

#[test]
fn test_visitors_are_let_through_where_they_cannot_be_counted() {
    let (harness, session) = Harness::clicked();
    harness.missing.replace(BINDINGS.into());
    assert_eq!(harness.ask(&link("no-such-token")).status, 404);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let back = harness.ask(&get(&format!("/checkout/success?session_id={session}")));
    assert!(back.status == 200 && back.body.contains("You have not paid yet"));
}

#[test]
fn test_success_page_is_limited_by_session_before_the_database_is_asked() {
    let (harness, session) = Harness::clicked();
    let target = format!("/checkout/success?session_id={session}");
    harness.others_left.set(1);
    assert_eq!(harness.ask(&get(&target)).status, 200);
    let page = harness.ask(&get(&target));
    assert_eq!((page.status, page.header("retry-after")), (429, Some("60")));
    assert!(
        page.body.contains("please do not pay again"),
        "{}",
        page.body
    );
    assert_eq!(harness.calls.get(), Calls::default());
    let json = harness.ask(&get(&target).with("accept", JSON));
    assert!(json.body.contains("\"code\":\"too_many_tries\""));
}

#[test]
fn test_success_page_of_a_machine_touches_nothing() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    let before = harness.all_rows();
    harness.stripe.borrow_mut().clear_calls();
    harness.others_left.set(0);
    let target = format!("/checkout/success?session_id={session}");
    for (method, agent) in [("GET", FACEBOOK), ("GET", "curl/8.5.0"), ("HEAD", IPHONE)] {
        let page = harness.ask(&get(&target).method(method).by(agent));
        assert_eq!(page.status, 200, "{agent}");
        assert_eq!(
            page.header("server-timing"),
            Some("visit;desc=machine, d1;desc=0, stripe;desc=0")
        );
        assert!(page.body.contains("being confirmed") || method == "HEAD");
    }
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
    harness.others_left.set(1);
    assert!(harness.ask(&get(&target)).body.contains("We have received"));
}

#[test]
fn test_clicks_that_would_reach_stripe_are_limited_by_charge() {
    let (harness, session) = Harness::clicked();
    harness.others_left.set(0);
    // What asks nobody at Stripe is never limited.
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pass(30 * MINUTE);
    let (before, calls) = (harness.all_rows(), harness.stripe_calls());
    let page = harness.ask(&link("demo-token-26"));
    assert_eq!((page.status, page.header("retry-after")), (429, Some("10")));
    assert!(page.body.contains("No money was taken") && page.body.contains("Try again"));
    let json = harness.ask(&link("demo-token-26").with("accept", JSON));
    assert!(json.body.contains("\"code\":\"too_many_tries\""));
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, calls)
    );
    // A click counts once, however often it starts over.
    harness.others_left.set(1);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    assert!(!harness.is_open(&session));
}

#[test]
fn test_first_clicks_are_not_limited() {
    let harness = Harness::new().with_charge();
    harness.others_left.set(0);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
}
