//! `/webhooks/stripe`: who is believed, what each event does, and that it does it once.

use serde_json::{Value, json};

use crate::world::{Ask, MINUTE, NOW, SECRET, World, get, link};

const ORDERS: &str = "SELECT id, status, cancel_reason FROM orders ORDER BY id";
const EVENTS: &str = "SELECT type, order_id, outcome FROM stripe_events ORDER BY type, id";
const INCIDENTS: &str = "SELECT kind, order_id, charge_id, amount_minor, currency, substr(payment_intent_id, 1, 3) FROM incidents";

/// An event as Stripe writes it, about a session of our order 1 of charge 2.
fn event(id: &str, kind: &str, changes: Value) -> Vec<u8> {
    let mut object = json!({
        "id": "cs_test_1", "object": "checkout.session", "status": "complete", "payment_status": "paid",
        "amount_total": 15000, "currency": "usd", "payment_intent": "pi_1",
        "client_reference_id": "1", "metadata": { "order_id": "1", "charge_id": "2" },
    });
    if let (Some(object), Value::Object(changes)) = (object.as_object_mut(), changes) {
        object.extend(changes);
    }
    json!({ "id": id, "object": "event", "type": kind, "data": { "object": object } })
        .to_string()
        .into_bytes()
}

#[test]
fn test_webhook_completed_pays_and_a_duplicate_does_nothing() {
    let (world, session) = World::clicked();
    world.pay(&session);
    world.stripe.borrow_mut().clear_calls();
    let statuses = world.deliver_webhooks();
    assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200));
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
    assert!(
        world
            .rows(EVENTS)
            .contains(&"checkout.session.completed|1|paid".to_owned())
    );
    let after = world.all_rows();
    assert!(world.stripe.borrow_mut().redeliver(None, world.now_ms()) > 0);
    assert!(world.deliver_webhooks().iter().all(|status| *status == 200));
    assert_eq!(world.all_rows(), after);
    assert_eq!(world.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_webhook_debit_that_settles() {
    let (world, session) = World::clicked();
    assert!(
        world
            .stripe
            .borrow_mut()
            .pay_by_debit(&session, NOW)
            .is_ok()
    );
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
    assert!(
        world
            .rows(EVENTS)
            .contains(&"checkout.session.completed|1|noted".to_owned())
    );
    world.pass(3 * 24 * 60 * MINUTE);
    assert!(
        world
            .stripe
            .borrow_mut()
            .settle_debit(&session, true, world.now_ms())
            .is_ok()
    );
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_webhook_debit_that_fails_frees_the_charge() {
    let (world, session) = World::clicked();
    assert!(
        world
            .stripe
            .borrow_mut()
            .pay_by_debit(&session, NOW)
            .is_ok()
    );
    assert!(
        world
            .stripe
            .borrow_mut()
            .settle_debit(&session, false, NOW)
            .is_ok()
    );
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|canceled|payment_failed"]);
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
}

#[test]
fn test_webhook_expired_cancels() {
    let (world, _) = World::clicked();
    world.pass(66 * MINUTE);
    world.stripe.borrow_mut().tick(world.now_ms());
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|canceled|expired"]);
    assert_eq!(
        world.rows("SELECT cause FROM order_events"),
        ["click", "webhook"]
    );
}

#[test]
fn test_webhook_in_any_order_never_moves_backwards() {
    let (world, session) = World::clicked();
    let of_session = |state: Value| {
        let mut object = json!({ "id": session });
        if let (Some(object), Value::Object(state)) = (object.as_object_mut(), state) {
            object.extend(state);
        }
        object
    };
    let unpaid = of_session(json!({ "payment_status": "unpaid" }));
    let expired = of_session(json!({ "status": "expired", "payment_status": "unpaid" }));
    world.deliver(&event(
        "evt_1",
        "checkout.session.async_payment_succeeded",
        of_session(json!({})),
    ));
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
    for (id, kind, object) in [
        ("evt_2", "checkout.session.completed", unpaid.clone()),
        ("evt_3", "checkout.session.async_payment_failed", unpaid),
        ("evt_4", "checkout.session.expired", expired),
    ] {
        assert_eq!(world.deliver(&event(id, kind, object)).status, 200);
        assert_eq!(world.rows(ORDERS), ["1|paid|-"], "{kind}");
    }
}

#[test]
fn test_webhook_finds_the_order_whose_session_was_never_stored() {
    let world = World::new().with_charge();
    world.dies_after_answer.set(true);
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let session = world
        .stripe
        .borrow()
        .sessions()
        .map(|session| session.id.to_string())
        .next();
    world.pay(&session.unwrap_or_default());
    world.deliver_webhooks();
    assert_eq!(
        world.rows("SELECT status, substr(stripe_session_id, 1, 8) FROM orders"),
        ["paid|cs_test_"]
    );
}

#[test]
fn test_webhook_late_payment_is_adopted_and_the_live_session_expired_first() {
    let (world, session) = World::clicked();
    // Canceled by hand while its session was still open, and replaced.
    world.cancel_by_hand();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    world.pay(&session);
    world.deliver_webhooks();
    assert_eq!(
        world.rows(ORDERS),
        ["1|paid|by hand", "2|canceled|paid_elsewhere"]
    );
    assert_eq!(
        world.stripe.borrow().open_sessions_by_charge(NOW).get("2"),
        None
    );
    assert_eq!(world.rows(INCIDENTS), Vec::<String>::new());
    assert_eq!(world.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_webhook_second_payment_is_an_incident_with_what_a_refund_needs() {
    let (world, first) = World::clicked();
    world.cancel_by_hand();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let second = world.newest_session();
    world.pay(&second);
    world.deliver_webhooks();
    world.pay(&first);
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|canceled|by hand", "2|paid|-"]);
    assert_eq!(world.rows(INCIDENTS), ["paid_twice|1|2|15000|usd|pi_"]);
}

#[test]
fn test_webhook_both_paid_before_either_is_heard_of() {
    let (world, first) = World::clicked();
    world.cancel_by_hand();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    world.pay(&first);
    world.pay(&world.newest_session());
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|canceled|by hand", "2|paid|-"]);
    assert_eq!(world.rows(INCIDENTS), ["paid_twice|1|2|15000|usd|pi_"]);
}

#[test]
fn test_webhook_another_amount_is_an_incident() {
    let (world, session) = World::clicked();
    world.deliver(&event(
        "evt_1",
        "checkout.session.completed",
        json!({ "id": session, "amount_total": 14000 }),
    ));
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
    assert_eq!(world.rows(INCIDENTS), ["amount_mismatch|1|2|14000|usd|pi_"]);
}

#[test]
fn test_webhook_unknown_order_is_an_incident() {
    let (world, _) = World::clicked();
    let foreign = json!({ "metadata": {}, "client_reference_id": "1" });
    assert_eq!(
        world
            .deliver(&event("evt_1", "checkout.session.completed", foreign))
            .status,
        200
    );
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
    assert_eq!(world.rows(INCIDENTS), ["unknown_order|-|-|15000|usd|pi_"]);
}

#[test]
fn test_webhook_other_types_are_counted_and_ignored() {
    let world = World::new();
    let reply = world
        .deliver(br#"{"id":"evt_9","type":"customer.created","data":{"object":{"id":"cus_1"}}}"#);
    assert_eq!(reply.status, 200);
    assert_eq!(world.rows(EVENTS), ["customer.created|-|ignored"]);
}

#[test]
fn test_webhook_who_is_not_stripe_is_refused() {
    let (world, _) = World::clicked();
    let payload = event("evt_1", "checkout.session.completed", json!({}));
    let before = world.all_rows();
    let seconds = NOW / 1000;
    let sign = |secret: &str, t: i64| stand_in::sign(secret, &payload, t);
    let send = |signature: Option<String>, body: Vec<u8>| {
        let ask = get("/webhooks/stripe").method("POST");
        let ask = signature.map_or(ask.clone(), |signature| {
            ask.with("stripe-signature", &signature)
        });
        world.ask(&Ask { body, ..ask })
    };
    for (what, signature, body) in [
        ("missing", None, payload.clone()),
        ("malformed", Some("t=1,v1=x".to_owned()), payload.clone()),
        (
            "wrong secret",
            Some(sign("whsec_other", seconds)),
            payload.clone(),
        ),
        ("old", Some(sign(SECRET, seconds - 301)), payload.clone()),
        ("future", Some(sign(SECRET, seconds + 301)), payload.clone()),
        ("other body", Some(sign(SECRET, seconds)), b"{}".to_vec()),
        (
            "too large",
            Some(sign(SECRET, seconds)),
            vec![b' '; 256 * 1024 + 1],
        ),
        (
            "no event",
            Some(stand_in::sign(SECRET, b"{}", seconds)),
            b"{}".to_vec(),
        ),
    ] {
        let reply = send(signature, body);
        assert_eq!(reply.status, 400, "{what}");
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json")
        );
        assert!(!reply.body.contains("whsec"));
    }
    assert_eq!(world.all_rows(), before);
    assert_eq!(world.ask(&get("/webhooks/stripe")).status, 405);
}

#[test]
fn test_webhook_database_fault_asks_stripe_to_deliver_again() {
    let (world, session) = World::clicked();
    world.pay(&session);
    world.d1_is_down.set(true);
    assert_eq!(
        world
            .deliver(&event(
                "evt_1",
                "checkout.session.completed",
                json!({ "id": session })
            ))
            .status,
        500
    );
    world.d1_is_down.set(false);
    assert_eq!(
        world
            .deliver(&event(
                "evt_1",
                "checkout.session.completed",
                json!({ "id": session })
            ))
            .status,
        200
    );
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
}

/// Order 1 paid in its session; what Stripe had to tell is delivered.
fn paid() -> (World, String) {
    let (world, session) = World::clicked();
    world.pay(&session);
    world.deliver_webhooks();
    let intent = world.rows("SELECT payment_intent_id FROM orders").remove(0);
    (world, intent)
}

#[test]
fn test_webhook_refunds_partial_then_whole() {
    let (world, intent) = paid();
    assert!(
        world
            .stripe
            .borrow_mut()
            .refund(&intent, Some(5_000), NOW)
            .is_ok()
    );
    world.deliver_webhooks();
    assert_eq!(
        world.rows("SELECT status, refunded_minor FROM orders"),
        ["paid|5000"]
    );
    assert_eq!(world.ask(&link("demo-token-26")).status, 409);
    assert!(world.stripe.borrow_mut().refund(&intent, None, NOW).is_ok());
    world.deliver_webhooks();
    assert_eq!(
        world.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
    let page = world.ask(&link("demo-token-26"));
    assert!(page.status == 409 && page.body.contains("Paid back"));
    // The older event again, under another id: nothing moves backwards.
    let older = format!(
        r#"{{"id":"evt_old","type":"charge.refunded","data":{{"object":{{"id":"ch_1","payment_intent":"{intent}","amount_refunded":5000}}}}}}"#
    );
    assert_eq!(world.deliver(older.as_bytes()).status, 200);
    assert_eq!(
        world.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
}

#[test]
fn test_webhook_refund_before_its_payment() {
    let (world, session) = World::clicked();
    world.pay(&session);
    let (payments, refunds) = {
        let mut stripe = world.stripe.borrow_mut();
        let payments = stripe.take_webhooks(NOW);
        let intent = stripe
            .session_intent(&session)
            .map(|intent| intent.id.to_string())
            .unwrap_or_default();
        assert!(stripe.refund(&intent, None, NOW).is_ok());
        (payments, stripe.take_webhooks(NOW))
    };
    for webhook in refunds.iter().chain(&payments) {
        assert_eq!(world.deliver(&webhook.payload).status, 200);
    }
    assert_eq!(
        world.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
    assert_eq!(
        world.rows("SELECT from_status, to_status FROM order_events ORDER BY id"),
        ["-|pending", "pending|paid", "paid|refunded"]
    );
}

#[test]
fn test_webhook_refund_that_failed_is_an_incident() {
    let (world, intent) = paid();
    let refund = world
        .stripe
        .borrow_mut()
        .refund(&intent, None, NOW)
        .map(|refund| refund.to_string());
    world.deliver_webhooks();
    assert!(
        world
            .stripe
            .borrow_mut()
            .fail_refund(&refund.unwrap_or_default(), NOW)
            .is_ok()
    );
    world.deliver_webhooks();
    assert_eq!(world.rows(INCIDENTS), ["refund_failed|1|2|15000|usd|pi_"]);
}

#[test]
fn test_webhook_disputes_open_and_close_in_any_order() {
    for reversed in [false, true] {
        let (world, intent) = paid();
        let mut stripe = world.stripe.borrow_mut();
        let dispute = stripe
            .dispute(&intent, NOW)
            .map(|dispute| dispute.to_string())
            .unwrap_or_default();
        assert!(stripe.close_dispute(&dispute, false, NOW).is_ok());
        let mut events = stripe.take_webhooks(NOW);
        drop(stripe);
        if reversed {
            events.reverse();
        }
        for event in events {
            world.deliver(&event.payload);
        }
        let incident = world.rows("SELECT kind, order_id, amount_minor, resolution FROM incidents WHERE resolved_at IS NOT NULL");
        assert_eq!(incident, ["dispute|1|15000|lost"], "reversed: {reversed}");
        assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
    }
}

/// A charge paid twice: order 1, canceled by hand, after order 2.
fn paid_twice(world: &World) {
    let first = world.newest_session();
    world.cancel_by_hand();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    world.pay(&world.newest_session());
    world.deliver_webhooks();
    world.pay(&first);
    world.deliver_webhooks();
    assert_eq!(world.rows(INCIDENTS), ["paid_twice|1|2|15000|usd|pi_"]);
}

#[test]
fn test_webhook_second_payment_is_refunded_at_once_where_that_is_wanted() {
    let world = World::configured(&[("AUTO_REFUND", "on")]).with_charge();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    paid_twice(&world);
    assert_eq!(world.stripe.borrow().refunds().count(), 1);
    world.deliver_webhooks();
    assert_eq!(world.rows("SELECT resolution FROM incidents"), ["refunded"]);
    assert_eq!(world.rows(ORDERS), ["1|canceled|by hand", "2|paid|-"]);
}

#[test]
fn test_webhook_second_payment_waits_for_the_treasurer_otherwise() {
    let world = World::new().with_charge();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    paid_twice(&world);
    assert_eq!(world.stripe.borrow().refunds().count(), 0);
    let intent = world
        .rows("SELECT payment_intent_id FROM incidents")
        .remove(0);
    assert!(world.stripe.borrow_mut().refund(&intent, None, NOW).is_ok());
    world.deliver_webhooks();
    assert_eq!(world.rows("SELECT resolution FROM incidents"), ["refunded"]);
}
