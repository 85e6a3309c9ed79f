//! `/webhooks/stripe`: who is believed, what each event does, and that it does it once.

use serde_json::{Value, json};

use crate::harness::{Ask, Harness, MINUTE, NOW, SECRET, get, link, webhook};

const ORDERS: &str = "SELECT id, status, cancel_reason FROM orders ORDER BY id";
const EVENTS: &str = "SELECT type, order_id, effect FROM stripe_events ORDER BY type, id";
const INCIDENTS: &str = "SELECT kind, order_id, charge_id, amount_minor, currency, substr(payment_intent_id, 1, 3) FROM incidents";

/// An event as Stripe writes it, about a session that was paid.
fn event(id: &str, kind: &str, changes: Value) -> Vec<u8> {
    let mut object = json!({
        "id": "cs_test_1", "status": "complete", "payment_status": "paid",
        "amount_total": 15000, "currency": "usd", "payment_intent": "pi_1", "created": NOW / 1000,
        "client_reference_id": "1", "metadata": { "order_id": "1", "charge_id": "2" },
    });
    if let (Some(object), Value::Object(changes)) = (object.as_object_mut(), changes) {
        object.extend(changes);
    }
    webhook(id, kind, object)
}

/// The metadata of a session of ours.
fn ours(harness: &Harness, attempt: &str) -> Value {
    let installation = harness.rows("SELECT id FROM installation").remove(0);
    json!({
        "installation": installation, "attempt": attempt, "order_id": "1", "charge_id": "2",
        "player_id": "26", "kind": "first_payment",
    })
}

#[test]
fn test_webhook_completed_pays_and_a_duplicate_does_nothing() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.stripe.borrow_mut().clear_calls();
    let statuses = harness.deliver_webhooks();
    assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200));
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
    assert!(
        harness
            .rows(EVENTS)
            .contains(&"checkout.session.completed|1|paid".to_owned())
    );
    let after = harness.all_rows();
    assert!(
        harness
            .stripe
            .borrow_mut()
            .redeliver(None, harness.now_ms())
            > 0
    );
    assert!(
        harness
            .deliver_webhooks()
            .iter()
            .all(|status| *status == 200)
    );
    assert_eq!(harness.all_rows(), after);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_webhook_debit_that_settles() {
    let (harness, session) = Harness::clicked();
    assert!(
        harness
            .stripe
            .borrow_mut()
            .pay_by_debit(&session, NOW)
            .is_ok()
    );
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    assert!(
        harness
            .rows(EVENTS)
            .contains(&"checkout.session.completed|1|processing".to_owned())
    );
    harness.pass(3 * 24 * 60 * MINUTE);
    assert!(
        harness
            .stripe
            .borrow_mut()
            .resolve_async_payment(&session, true, harness.now_ms())
            .is_ok()
    );
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_webhook_debit_that_fails_frees_the_charge() {
    let (harness, session) = Harness::clicked();
    assert!(
        harness
            .stripe
            .borrow_mut()
            .pay_by_debit(&session, NOW)
            .is_ok()
    );
    assert!(
        harness
            .stripe
            .borrow_mut()
            .resolve_async_payment(&session, false, NOW)
            .is_ok()
    );
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|canceled|payment_failed"]);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
}

#[test]
fn test_webhook_expired_cancels() {
    let (harness, _) = Harness::clicked();
    harness.pass(66 * MINUTE);
    harness.stripe.borrow_mut().tick(harness.now_ms());
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|canceled|expired"]);
    assert_eq!(
        harness.rows("SELECT cause FROM order_events"),
        ["click", "webhook"]
    );
}

#[test]
fn test_webhook_in_any_order_never_moves_backwards() {
    let (harness, session) = Harness::clicked();
    let of_session = |state: Value| {
        let mut object = json!({ "id": session });
        if let (Some(object), Value::Object(state)) = (object.as_object_mut(), state) {
            object.extend(state);
        }
        object
    };
    let unpaid = of_session(json!({ "payment_status": "unpaid" }));
    let expired = of_session(json!({ "status": "expired", "payment_status": "unpaid" }));
    harness.deliver(&event(
        "evt_1",
        "checkout.session.async_payment_succeeded",
        of_session(json!({})),
    ));
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
    for (id, kind, object) in [
        ("evt_2", "checkout.session.completed", unpaid.clone()),
        ("evt_3", "checkout.session.async_payment_failed", unpaid),
        ("evt_4", "checkout.session.expired", expired),
    ] {
        assert_eq!(harness.deliver(&event(id, kind, object)).status, 200);
        assert_eq!(harness.rows(ORDERS), ["1|paid|-"], "{kind}");
    }
}

#[test]
fn test_webhook_finds_the_order_whose_session_was_never_stored() {
    let harness = Harness::new().with_charge();
    harness.dies_after_answer.set(true);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let session = harness
        .stripe
        .borrow()
        .sessions()
        .map(|session| session.id.to_string())
        .next();
    harness.pay(&session.unwrap_or_default());
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT status, substr(stripe_session_id, 1, 8) FROM orders"),
        ["paid|cs_test_"]
    );
}

#[test]
fn test_webhook_late_payment_is_adopted_and_the_live_session_expired_first() {
    let (harness, session) = Harness::clicked();
    // Canceled by hand while its session was still open, and replaced.
    harness.cancel_by_hand();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&session);
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows(ORDERS),
        ["1|paid|by hand", "2|canceled|paid_elsewhere"]
    );
    assert_eq!(
        harness
            .stripe
            .borrow()
            .open_sessions_by_charge(NOW)
            .get("2"),
        None
    );
    assert_eq!(harness.rows(INCIDENTS), Vec::<String>::new());
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_webhook_second_payment_is_an_incident_with_what_a_refund_needs() {
    let (harness, first) = Harness::clicked();
    harness.cancel_by_hand();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let second = harness.newest_session();
    harness.pay(&second);
    harness.deliver_webhooks();
    harness.pay(&first);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|canceled|by hand", "2|paid|-"]);
    assert_eq!(
        harness.rows(INCIDENTS),
        ["duplicate_payment|1|2|15000|usd|pi_"]
    );
}

#[test]
fn test_webhook_both_paid_before_either_is_heard_of() {
    let (harness, first) = Harness::clicked();
    harness.cancel_by_hand();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&first);
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|canceled|by hand", "2|paid|-"]);
    assert_eq!(
        harness.rows(INCIDENTS),
        ["duplicate_payment|1|2|15000|usd|pi_"]
    );
}

#[test]
fn test_webhook_another_amount_is_an_incident() {
    let (harness, session) = Harness::clicked();
    harness.deliver(&event(
        "evt_1",
        "checkout.session.completed",
        json!({ "id": session, "amount_total": 14000 }),
    ));
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
    assert_eq!(
        harness.rows(INCIDENTS),
        ["amount_mismatch|1|2|14000|usd|pi_"]
    );
}

#[test]
fn test_webhook_of_somebody_else_is_ignored() {
    let (harness, _) = Harness::clicked();
    for (id, metadata) in [
        ("evt_1", json!({})),
        ("evt_2", json!({ "order_id": "1", "charge_id": "2" })),
        (
            "evt_3",
            json!({ "installation": "another", "attempt": "0".repeat(32), "charge_id": "2" }),
        ),
    ] {
        let foreign = json!({ "metadata": metadata, "client_reference_id": "1" });
        let event = event(id, "checkout.session.completed", foreign);
        assert_eq!(harness.deliver(&event).status, 200);
    }
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    assert_eq!(harness.rows(INCIDENTS), Vec::<String>::new());
    assert_eq!(
        harness.rows("SELECT DISTINCT effect FROM stripe_events"),
        ["foreign"]
    );
}

#[test]
fn test_webhook_a_refund_of_somebody_elses_payment_unpays_nothing() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    let refund = |id: &str, kind: &str| {
        let object = json!({ "id": "ch_theirs", "payment_intent": "pi_theirs", "amount": 20000, "amount_refunded": 20000,
            "currency": "usd", "metadata": { "order_id": "1", "charge_id": "2" } });
        webhook(id, kind, object)
    };
    assert_eq!(
        harness.deliver(&refund("evt_1", "charge.refunded")).status,
        200
    );
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
    assert_eq!(harness.rows("SELECT refunded_minor FROM orders"), ["0"]);
}

#[test]
fn test_webhook_of_before_a_restore_makes_its_order_anew() {
    let harness = Harness::new().with_charge();
    let attempt = "a".repeat(32);
    let paid = json!({ "id": "cs_test_before", "metadata": ours(&harness, &attempt) });
    let event = event("evt_1", "checkout.session.completed", paid);
    assert_eq!(harness.deliver(&event).status, 200);
    assert_eq!(
        harness.rows("SELECT status, origin, attempt, stripe_session_id, payment_intent_id, amount_minor FROM orders"),
        [format!("paid|stripe|{attempt}|cs_test_before|pi_1|15000")]
    );
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
    // Again, under another id: nothing is made twice.
    let again = json!({ "id": "cs_test_before", "metadata": ours(&harness, &attempt) });
    let event = self::event("evt_2", "checkout.session.completed", again);
    assert_eq!(harness.deliver(&event).status, 200);
    assert_eq!(harness.rows("SELECT count(*) FROM orders"), ["1"]);
}

#[test]
fn test_webhook_for_a_charge_that_is_not_there_is_an_incident() {
    let harness = Harness::new();
    let paid = json!({ "metadata": ours(&harness, &"a".repeat(32)) });
    let event = event("evt_1", "checkout.session.completed", paid);
    assert_eq!(harness.deliver(&event).status, 200);
    assert_eq!(
        harness.rows(INCIDENTS),
        ["unknown_charge|-|-|15000|usd|pi_"]
    );
}

#[test]
fn test_webhook_of_the_other_mode_is_ignored_with_an_incident() {
    let (harness, session) = Harness::clicked();
    let event = event(
        "evt_1",
        "checkout.session.completed",
        json!({ "id": session }),
    );
    let live = String::from_utf8_lossy(&event).replace("\"livemode\":false", "\"livemode\":true");
    assert_eq!(harness.deliver(live.as_bytes()).status, 200);
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    assert_eq!(harness.rows("SELECT kind FROM incidents"), ["wrong_mode"]);
}

#[test]
fn test_webhook_that_cannot_be_read_is_taken_with_an_incident() {
    let (harness, _) = Harness::clicked();
    let thin = br#"{"id":"evt_thin","object":"v2.core.event","type":"checkout.session.completed","livemode":false}"#;
    for body in [&thin[..], b"{}", b"no JSON"] {
        assert_eq!(harness.deliver(body).status, 200);
        assert_eq!(harness.deliver(body).status, 200);
    }
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    assert_eq!(
        harness.rows("SELECT kind, count(*) FROM incidents GROUP BY kind"),
        ["unreadable_event|3"]
    );
}

#[test]
fn test_webhook_whose_session_has_no_status_has_stripe_asked() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    let unclear = json!({ "id": session, "status": null, "metadata": {} });
    let event = event("evt_1", "checkout.session.completed", unclear);
    assert_eq!(harness.deliver(&event).status, 200);
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_webhook_paid_at_is_when_it_was_paid() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.pass(3 * 24 * 60 * MINUTE);
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT paid_at FROM orders"),
        [NOW.to_string()]
    );
}

#[test]
fn test_webhook_brings_the_receipt_after_its_answer() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    assert_ne!(harness.rows("SELECT receipt_url FROM orders"), ["-"]);
    assert!(
        harness
            .ask(&link("demo-token-26"))
            .body
            .contains("Show the receipt")
    );
    let due = "SELECT count(*) FROM orders WHERE next_check_at IS NOT NULL";
    assert_eq!(harness.rows(due), ["0"]);
}

#[test]
fn test_webhook_another_amount_than_is_owed_now_is_an_incident() {
    let (harness, session) = Harness::clicked();
    harness.execute("UPDATE charges SET amount_minor = 20000");
    harness.pay(&session);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
    assert_eq!(
        harness.rows("SELECT kind, amount_minor, owed_minor FROM incidents"),
        ["amount_mismatch|15000|20000"]
    );
}

#[test]
fn test_webhook_an_imported_orders_early_refund_is_kept() {
    let harness = Harness::new().with_charge();
    let session = harness.foreign_session();
    harness.execute(&format!(
        "INSERT INTO orders (attempt, charge_id, origin, amount_minor, currency, created_at, stripe_session_id)
         VALUES (lower(hex(randomblob(16))), 2, 'import', 15000, 'usd', {NOW} - 40 * {MINUTE}, '{session}')"
    ));
    harness.pay(&session);
    let payments = harness.stripe.borrow_mut().take_webhooks(NOW);
    let intent = harness.intent_of(&session);
    harness.refund(&intent, None);
    let refunds = harness.stripe.borrow_mut().take_webhooks(NOW);
    for webhook in refunds.iter().chain(&payments) {
        assert_eq!(harness.deliver(&webhook.payload).status, 200);
    }
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
}

#[test]
fn test_webhook_other_types_are_counted_and_ignored() {
    let harness = Harness::new();
    let reply = harness
        .deliver(br#"{"id":"evt_9","object":"event","type":"customer.created","data":{"object":{"id":"cus_1"}}}"#);
    assert_eq!(reply.status, 200);
    assert_eq!(harness.rows(EVENTS), ["customer.created|-|ignored"]);
}

#[test]
fn test_webhook_who_is_not_stripe_is_refused() {
    let (harness, _) = Harness::clicked();
    let payload = event("evt_1", "checkout.session.completed", json!({}));
    let before = harness.all_rows();
    let seconds = NOW / 1000;
    let sign = |secret: &str, t: i64| fake_stripe::sign(secret, &payload, t);
    let send = |signature: Option<String>, body: Vec<u8>| {
        let ask = get("/webhooks/stripe").method("POST");
        let ask = signature.map_or(ask.clone(), |signature| {
            ask.with("stripe-signature", &signature)
        });
        harness.ask(&Ask { body, ..ask })
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
    ] {
        let reply = send(signature, body);
        assert_eq!(reply.status, 400, "{what}");
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json")
        );
        assert!(!reply.body.contains("whsec"));
    }
    assert_eq!(harness.all_rows(), before);
    assert_eq!(harness.ask(&get("/webhooks/stripe")).status, 405);
}

#[test]
fn test_webhook_database_fault_asks_stripe_to_deliver_again() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.d1_is_down.set(true);
    assert_eq!(
        harness
            .deliver(&event(
                "evt_1",
                "checkout.session.completed",
                json!({ "id": session })
            ))
            .status,
        500
    );
    harness.d1_is_down.set(false);
    assert_eq!(
        harness
            .deliver(&event(
                "evt_1",
                "checkout.session.completed",
                json!({ "id": session })
            ))
            .status,
        200
    );
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
}

/// Order 1 paid in its session; what Stripe had to tell is delivered.
fn paid() -> (Harness, String) {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    let intent = harness
        .rows("SELECT payment_intent_id FROM orders")
        .remove(0);
    (harness, intent)
}

#[test]
fn test_webhook_refunds_partial_then_whole() {
    let (harness, intent) = paid();
    assert!(
        harness
            .stripe
            .borrow_mut()
            .refund(&intent, Some(5_000), NOW)
            .is_ok()
    );
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["paid|5000"]
    );
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
    assert!(
        harness
            .stripe
            .borrow_mut()
            .refund(&intent, None, NOW)
            .is_ok()
    );
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
    let page = harness.ask(&link("demo-token-26"));
    assert!(page.status == 409 && page.body.contains("Refunded"));
    // The older event again, under another id: Stripe's list decides.
    let older = json!({ "id": "ch_1", "payment_intent": intent, "amount_refunded": 5000 });
    let older = webhook("evt_old", "charge.refunded", older);
    assert_eq!(harness.deliver(&older).status, 200);
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
}

#[test]
fn test_webhook_refund_before_its_payment() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    let (payments, refunds) = {
        let mut stripe = harness.stripe.borrow_mut();
        let payments = stripe.take_webhooks(NOW);
        let intent = stripe
            .session_intent(&session)
            .map(|intent| intent.id.to_string())
            .unwrap_or_default();
        assert!(stripe.refund(&intent, None, NOW).is_ok());
        (payments, stripe.take_webhooks(NOW))
    };
    for webhook in refunds.iter().chain(&payments) {
        assert_eq!(harness.deliver(&webhook.payload).status, 200);
    }
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
    assert_eq!(
        harness.rows("SELECT from_status, to_status FROM order_events ORDER BY id"),
        ["-|pending", "pending|paid", "paid|refunded"]
    );
}

#[test]
fn test_webhook_a_refund_that_failed_pays_again_with_an_incident() {
    let (harness, intent) = paid();
    let refund = harness.refund(&intent, None);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|refunded|-"]);
    let failed = harness.stripe.borrow_mut().fail_refund(&refund, NOW);
    assert!(failed.is_ok());
    harness.deliver_webhooks();
    assert_eq!(harness.rows(INCIDENTS), ["refund_failed|1|2|15000|usd|pi_"]);
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["paid|0"]
    );
    assert!(
        harness
            .ask(&link("demo-token-26"))
            .body
            .contains("Already paid")
    );
    assert_eq!(
        harness.rows("SELECT from_status, to_status FROM order_events ORDER BY id DESC LIMIT 2"),
        ["refunded|paid", "paid|refunded"]
    );
}

#[test]
fn test_webhook_an_older_endpoint_tells_of_a_failed_refund_in_its_own_way() {
    let (harness, intent) = paid();
    let refund = harness.refund(&intent, None);
    harness.deliver_webhooks();
    let failed = harness.stripe.borrow_mut().fail_refund(&refund, NOW);
    assert!(failed.is_ok());
    harness.stripe.borrow_mut().take_webhooks(NOW);
    let object = json!({ "id": refund, "object": "refund", "payment_intent": intent, "amount": 15000, "currency": "usd", "status": "failed" });
    let event = webhook("evt_old", "charge.refund.updated", object);
    assert_eq!(harness.deliver(&event).status, 200);
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
    assert_eq!(harness.rows(INCIDENTS), ["refund_failed|1|2|15000|usd|pi_"]);
}

#[test]
fn test_webhook_disputes_open_and_close_in_any_order() {
    for (won, status, resolution) in [(false, "refunded", "lost"), (true, "paid", "won")] {
        for reversed in [false, true] {
            let (harness, intent) = paid();
            let dispute = harness.dispute(&intent);
            harness.close_dispute(&dispute, won);
            let mut events = harness.stripe.borrow_mut().take_webhooks(NOW);
            if reversed {
                events.reverse();
            }
            for event in events {
                assert_eq!(harness.deliver(&event.payload).status, 200);
            }
            let incidents =
                harness.rows("SELECT kind, order_id, amount_minor, resolution FROM incidents");
            assert_eq!(
                incidents,
                [format!("dispute|1|15000|{resolution}")],
                "reversed: {reversed}"
            );
            assert_eq!(harness.rows("SELECT status FROM orders"), [status]);
        }
    }
}

#[test]
fn test_webhook_a_lost_dispute_says_so_to_the_parent_and_in_the_trail() {
    let (harness, intent) = paid();
    let dispute = harness.dispute(&intent);
    harness.deliver_webhooks();
    harness.close_dispute(&dispute, false);
    harness.deliver_webhooks();
    let page = harness.ask(&link("demo-token-26"));
    assert_eq!(page.status, 409);
    assert!(
        page.body.contains("Your bank took the payment back"),
        "{}",
        page.body
    );
    assert_eq!(
        harness.rows("SELECT to_status, cause FROM order_events ORDER BY id DESC LIMIT 1"),
        ["refunded|dispute_lost"]
    );
    assert_eq!(
        harness.rows("SELECT reason, amount_minor FROM refunds"),
        ["dispute_lost|15000"]
    );
}

/// A charge paid twice: order 1, canceled by hand, after order 2.
fn duplicate_payment(harness: &Harness) {
    let first = harness.newest_session();
    harness.cancel_by_hand();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    harness.pay(&first);
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows(INCIDENTS),
        ["duplicate_payment|1|2|15000|usd|pi_"]
    );
}

#[test]
fn test_webhook_second_payment_is_refunded_at_once_where_that_is_wanted() {
    let harness = Harness::configured(&[("AUTO_REFUND", "on")]).with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    duplicate_payment(&harness);
    assert_eq!(harness.stripe.borrow().refunds().count(), 1);
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT resolution FROM incidents"),
        ["refunded"]
    );
    assert_eq!(harness.rows(ORDERS), ["1|canceled|by hand", "2|paid|-"]);
}

#[test]
fn test_webhook_second_payment_waits_for_the_treasurer_otherwise() {
    let harness = Harness::new().with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    duplicate_payment(&harness);
    assert_eq!(harness.stripe.borrow().refunds().count(), 0);
    let intent = harness
        .rows("SELECT payment_intent_id FROM incidents")
        .remove(0);
    assert!(
        harness
            .stripe
            .borrow_mut()
            .refund(&intent, None, NOW)
            .is_ok()
    );
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT resolution FROM incidents"),
        ["refunded"]
    );
}

#[test]
fn test_webhook_the_refund_of_the_second_payment_leaves_the_first_alone() {
    let harness = Harness::new().with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    duplicate_payment(&harness);
    harness.refund(&harness.intent(1), Some(5_000));
    harness.deliver_webhooks();
    // Not all of it: the rest is still to go back.
    assert_eq!(harness.rows("SELECT resolution FROM incidents"), ["-"]);
    harness.refund(&harness.intent(1), None);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|canceled|by hand", "2|paid|-"]);
    assert_eq!(
        harness.rows("SELECT resolution FROM incidents"),
        ["refunded"]
    );
}

#[test]
fn test_webhook_of_two_payments_the_one_that_is_left_counts() {
    let harness = Harness::new().with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    duplicate_payment(&harness);
    // The treasurer refunds the one that counted.
    harness.refund(&harness.intent(2), None);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|paid|by hand", "2|refunded|-"]);
    assert_eq!(
        harness.rows("SELECT resolution FROM incidents"),
        ["adopted"]
    );
    assert!(
        harness
            .ask(&link("demo-token-26"))
            .body
            .contains("Already paid")
    );
}

#[test]
fn test_webhook_an_imported_duplicates_incident_ends_with_its_refund() {
    let harness = Harness::new().with_charge();
    let session = harness.foreign_session();
    harness.execute(&format!(
        "INSERT INTO orders (attempt, charge_id, status, origin, amount_minor, currency, created_at, stripe_session_id, canceled_at, cancel_reason)
         VALUES (lower(hex(randomblob(16))), 2, 'canceled', 'import', 15000, 'usd', {NOW} - 40 * {MINUTE}, '{session}', {NOW}, 'imported')"
    ));
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    harness.pay(&session);
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT kind, resolution FROM incidents"),
        ["duplicate_payment|-"]
    );
    harness.refund(&harness.intent_of(&session), None);
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT kind, resolution FROM incidents"),
        ["duplicate_payment|refunded"]
    );
}
