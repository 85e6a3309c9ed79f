//! `/checkout/success`, `/checkout/cancel`, `/healthz`, and what is on no route.

use crate::world::{JSON, NOW, World, get};

#[test]
fn test_success_settles_before_the_webhook_comes() {
    let (world, session) = World::clicked();
    assert!(world.stripe.borrow_mut().pay(&session, NOW).is_ok());
    let target = format!("/checkout/success?session_id={session}");
    let page = world.ask(&get(&target));
    assert_eq!(page.status, 200);
    assert!(
        page.body
            .contains("We have received your payment of 150.00 USD"),
        "{}",
        page.body
    );
    assert_eq!(
        world.rows("SELECT status, cause FROM orders"),
        ["paid|return"]
    );
    let after = world.rows("SELECT * FROM orders");
    world.deliver_webhooks();
    assert!(world.ask(&get(&target)).body.contains("Thank you"));
    assert_eq!(world.rows("SELECT * FROM orders"), after);
}

#[test]
fn test_success_of_what_is_not_paid_says_so() {
    let (world, session) = World::clicked();
    let page = world.ask(&get(&format!("/checkout/success?session_id={session}")));
    assert!(page.status == 200 && page.body.contains("You have not paid yet"));
    assert!(
        world
            .stripe
            .borrow_mut()
            .pay_by_debit(&session, NOW)
            .is_ok()
    );
    let page = world.ask(&get(&format!("/checkout/success?session_id={session}")));
    assert!(page.body.contains("Your payment is being confirmed"));
    assert_eq!(world.rows("SELECT status FROM orders"), ["pending"]);
}

#[test]
fn test_success_of_anything_else_touches_nothing() {
    let (world, _) = World::clicked();
    let before = world.all_rows();
    world.stripe.borrow_mut().clear_calls();
    for query in [
        "",
        "?session_id=",
        "?session_id=cs_test_unknown",
        "?session_id=../../v1/x",
        "?session_id={CHECKOUT_SESSION_ID}",
    ] {
        assert_eq!(
            world.ask(&get(&format!("/checkout/success{query}"))).status,
            200,
            "{query}"
        );
    }
    world.d1_is_down.set(true);
    assert_eq!(
        world
            .ask(&get("/checkout/success?session_id=cs_test_unknown"))
            .status,
        200
    );
    assert_eq!((world.all_rows(), world.calls()), (before, vec![]));
}

#[test]
fn test_cancel_says_that_nothing_was_taken() {
    let world = World::new();
    let page = world.ask(&get("/checkout/cancel"));
    assert!(page.status == 200 && page.body.contains("No money was taken"));
    let head = world.ask(&get("/checkout/cancel").method("HEAD"));
    assert!(head.status == 200 && head.body.is_empty());
    assert_eq!(
        world.ask(&get("/checkout/cancel").method("POST")).status,
        405
    );
}

#[test]
fn test_health_names_the_schema() {
    let world = World::new();
    let reply = world.ask(&get("/healthz"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    world.execute("INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')");
    let reply = world.ask(&get("/healthz"));
    assert!(reply.status == 503 && reply.body.contains("schema_differs"));
    world.d1_is_down.set(true);
    let reply = world.ask(&get("/healthz"));
    assert!(reply.status == 503 && reply.body.contains("database_unreachable"));
}

#[test]
fn test_nothing_stands_elsewhere() {
    let world = World::new();
    for path in [
        "/",
        "/checkout",
        "/checkout/first-payment/",
        "/admin",
        "/favicon.png",
    ] {
        assert_eq!(world.ask(&get(path)).status, 404, "{path}");
        let json = world.ask(&get(path).with("accept", JSON));
        assert_eq!(
            json.header("content-type"),
            Some("application/problem+json")
        );
    }
}
