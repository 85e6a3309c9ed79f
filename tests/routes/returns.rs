//! `/checkout/success`, `/checkout/cancel`, `/healthz`, and what is on no route.

use crate::harness::{Harness, JSON, NOW, get};

#[test]
fn test_success_settles_before_the_webhook_comes() {
    let (harness, session) = Harness::clicked();
    assert!(harness.stripe.borrow_mut().pay(&session, NOW).is_ok());
    let target = format!("/checkout/success?session_id={session}");
    let page = harness.ask(&get(&target));
    assert_eq!(page.status, 200);
    assert!(
        page.body
            .contains("We have received your payment of $150.00."),
        "{}",
        page.body
    );
    assert_eq!(
        harness.rows("SELECT status, cause FROM orders"),
        ["paid|return"]
    );
    let after = harness.rows("SELECT * FROM orders");
    harness.deliver_webhooks();
    assert!(harness.ask(&get(&target)).body.contains("Thank you"));
    assert_eq!(harness.rows("SELECT * FROM orders"), after);
}

#[test]
fn test_success_of_what_is_not_paid_says_so() {
    let (harness, session) = Harness::clicked();
    let page = harness.ask(&get(&format!("/checkout/success?session_id={session}")));
    assert!(page.status == 200 && page.body.contains("You have not paid yet"));
    assert!(
        harness
            .stripe
            .borrow_mut()
            .pay_by_debit(&session, NOW)
            .is_ok()
    );
    let page = harness.ask(&get(&format!("/checkout/success?session_id={session}")));
    assert!(page.body.contains("Your payment is being confirmed"));
    assert_eq!(harness.rows("SELECT status FROM orders"), ["pending"]);
}

#[test]
fn test_success_of_anything_else_touches_nothing() {
    let (harness, _) = Harness::clicked();
    let before = harness.all_rows();
    harness.stripe.borrow_mut().clear_calls();
    for query in [
        "",
        "?session_id=",
        "?session_id=cs_test_unknown",
        "?session_id=../../v1/x",
        "?session_id={CHECKOUT_SESSION_ID}",
    ] {
        assert_eq!(
            harness
                .ask(&get(&format!("/checkout/success{query}")))
                .status,
            200,
            "{query}"
        );
    }
    harness.d1_is_down.set(true);
    assert_eq!(
        harness
            .ask(&get("/checkout/success?session_id=cs_test_unknown"))
            .status,
        200
    );
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
}

#[test]
fn test_cancel_says_that_nothing_was_taken() {
    let harness = Harness::new();
    let page = harness.ask(&get("/checkout/cancel"));
    assert!(page.status == 200 && page.body.contains("No money was taken"));
    let head = harness.ask(&get("/checkout/cancel").method("HEAD"));
    assert!(head.status == 200 && head.body.is_empty());
    assert_eq!(
        harness.ask(&get("/checkout/cancel").method("POST")).status,
        405
    );
}

#[test]
fn test_health_names_the_schema() {
    let harness = Harness::new();
    let reply = harness.ask(&get("/healthz"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    harness.execute("INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')");
    let reply = harness.ask(&get("/healthz"));
    assert!(reply.status == 503 && reply.body.contains("schema_differs"));
    harness.d1_is_down.set(true);
    let reply = harness.ask(&get("/healthz"));
    assert!(reply.status == 503 && reply.body.contains("database_unreachable"));
}

#[test]
fn test_nothing_stands_elsewhere() {
    let harness = Harness::new();
    for path in ["/", "/checkout", "/checkout/first-payment/", "/favicon.png"] {
        assert_eq!(harness.ask(&get(path)).status, 404, "{path}");
        let json = harness.ask(&get(path).with("accept", JSON));
        assert_eq!(
            json.header("content-type"),
            Some("application/problem+json")
        );
    }
}
