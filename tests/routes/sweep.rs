//! The sweep: what it settles when nobody clicks and no webhook comes.

use crate::world::{MINUTE, NOW, World, link};

const ORDERS: &str = "SELECT id, status, cancel_reason FROM orders ORDER BY id";
const DAY: i64 = 24 * 60 * MINUTE;

/// Webhooks that reach nobody.
fn lose_webhooks(world: &World) {
    let mut stripe = world.stripe.borrow_mut();
    for webhook in stripe.take_webhooks(world.now_ms()) {
        stripe.webhook_answered(&webhook.event_id, false, world.now_ms());
    }
}

#[test]
fn test_sweep_settles_a_payment_whose_webhook_was_lost() {
    let (world, session) = World::clicked();
    assert!(world.stripe.borrow_mut().pay(&session, NOW).is_ok());
    lose_webhooks(&world);
    world.pass(31 * MINUTE);
    let swept = world.sweep();
    assert_eq!((swept.orders, swept.moved, swept.faults.len()), (1, 1, 0));
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
    assert_eq!(
        world.rows("SELECT cause FROM order_events ORDER BY id DESC")[0],
        "sweep"
    );
    assert_eq!(world.sweep().orders, 0);
}

#[test]
fn test_sweep_leaves_fresh_orders_and_open_sessions_alone() {
    let (world, _) = World::clicked();
    assert_eq!(world.sweep().orders, 0);
    world.pass(40 * MINUTE);
    assert_eq!(world.sweep().orders, 1);
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
    // Not before the session has expired by itself.
    assert_eq!(world.sweep().orders, 0);
    world.pass(27 * MINUTE);
    let swept = world.sweep();
    assert_eq!(swept.orders, 1);
    assert_eq!(world.rows(ORDERS), ["1|canceled|expired"]);
}

#[test]
fn test_sweep_waits_longer_for_a_bank_each_time() {
    let (world, session) = World::clicked();
    assert!(
        world
            .stripe
            .borrow_mut()
            .pay_by_debit(&session, NOW)
            .is_ok()
    );
    lose_webhooks(&world);
    let mut looks = 0;
    for _ in 0..2 * DAY / (5 * MINUTE) {
        world.pass(5 * MINUTE);
        looks += world.sweep().orders;
    }
    assert!((8..=20).contains(&looks), "{looks}");
    assert!(
        world
            .stripe
            .borrow_mut()
            .settle_debit(&session, true, world.now_ms())
            .is_ok()
    );
    lose_webhooks(&world);
    world.pass(DAY);
    world.sweep();
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_sweep_recovers_a_session_that_was_never_stored() {
    let world = World::new().with_charge();
    world.dies_after_answer.set(true);
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let session = world
        .stripe
        .borrow()
        .sessions()
        .map(|session| session.id.to_string())
        .next();
    assert!(
        world
            .stripe
            .borrow_mut()
            .pay(&session.unwrap_or_default(), NOW)
            .is_ok()
    );
    lose_webhooks(&world);
    world.pass(31 * MINUTE);
    world.sweep();
    world.sweep();
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_sweep_carries_out_events_that_no_delivery_brought() {
    let (world, session) = World::clicked();
    assert!(world.stripe.borrow_mut().pay(&session, NOW).is_ok());
    world.deliver_webhooks();
    let intent = world.rows("SELECT payment_intent_id FROM orders").remove(0);
    assert!(world.stripe.borrow_mut().refund(&intent, None, NOW).is_ok());
    lose_webhooks(&world);
    let swept = world.sweep();
    assert!(swept.events >= 1 && swept.faults.is_empty(), "{swept:?}");
    assert_eq!(
        world.rows("SELECT status, cause FROM orders"),
        ["refunded|sweep"]
    );
    assert_eq!(world.sweep().events, 0);
}

#[test]
fn test_sweep_cancels_imported_orders_without_asking() {
    let world = World::new().with_charge();
    world.execute(&format!(
        "INSERT INTO orders (id, charge_id, status, origin, amount_minor, currency, created_at)
         VALUES (26, 2, 'pending', 'import', 15000, 'usd', {NOW} - {DAY})"
    ));
    world.sweep();
    assert_eq!(world.rows(ORDERS), ["26|canceled|stale"]);
    assert!(!world.calls().iter().any(|call| call.contains("sessions")));
}

#[test]
fn test_sweep_is_bounded_and_one_that_makes_trouble_does_not_keep_the_others() {
    let world = World::new().with_charge();
    for n in 0..18 {
        let (kind, month) = (["custom", "monthly"][n / 9], n % 9 + 1);
        world.execute(&format!(
            "INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
             VALUES (100 + {n}, 6, '{kind}', '2026-0{month}', 15000, 'usd', 1, 1);
             INSERT INTO orders (charge_id, amount_minor, currency, created_at, stripe_session_id)
             VALUES (100 + {n}, 15000, 'usd', {NOW} - {DAY}, 'cs_test_{n}')"
        ));
    }
    let fault = stand_in::Fault::next(
        stand_in::Scope::Retrieve,
        stand_in::FaultKind::ErrorBefore,
        3,
    );
    world.stripe.borrow_mut().add_fault(fault);
    let swept = world.sweep();
    assert_eq!((swept.orders, swept.moved, swept.faults.len()), (15, 14, 1));
    assert_eq!(
        world.rows("SELECT count(*) FROM orders WHERE status = 'pending' AND next_check_at > 0"),
        ["1"]
    );
    assert_eq!(world.sweep().moved, 3);
    world.pass(6 * MINUTE);
    assert_eq!(world.sweep().moved, 1);
}

#[test]
fn test_sweep_places_a_payment_once_the_bank_has_answered() {
    for bank_pays in [true, false] {
        let (world, first) = World::clicked();
        world.cancel_by_hand();
        assert_eq!(world.ask(&link("demo-token-26")).status, 307);
        let second = world
            .rows("SELECT stripe_session_id FROM orders ORDER BY id DESC")
            .remove(0);
        assert!(world.stripe.borrow_mut().pay_by_debit(&second, NOW).is_ok());
        assert!(world.stripe.borrow_mut().pay(&first, NOW).is_ok());
        world.deliver_webhooks();
        assert_eq!(
            world.rows("SELECT kind FROM incidents WHERE resolved_at IS NULL"),
            ["paid_beside"]
        );
        assert!(
            world
                .stripe
                .borrow_mut()
                .settle_debit(&second, bank_pays, NOW)
                .is_ok()
        );
        world.deliver_webhooks();
        world.sweep();
        let open = world.rows("SELECT kind FROM incidents WHERE resolved_at IS NULL");
        let orders = world.rows("SELECT status FROM orders ORDER BY id");
        if bank_pays {
            assert_eq!(
                (open, orders),
                (
                    vec!["paid_twice".to_owned()],
                    vec!["canceled".to_owned(), "paid".to_owned()]
                )
            );
        } else {
            assert_eq!(
                (open, orders),
                (vec![], vec!["paid".to_owned(), "canceled".to_owned()])
            );
        }
    }
}

#[test]
fn test_sweep_refunds_what_could_not_be_refunded_at_once() {
    let world = World::configured(&[("AUTO_REFUND", "on")]).with_charge();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let first = world.newest_session();
    world.cancel_by_hand();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let second = world
        .rows("SELECT stripe_session_id FROM orders ORDER BY id DESC")
        .remove(0);
    assert!(world.stripe.borrow_mut().pay(&second, NOW).is_ok());
    world.deliver_webhooks();
    assert!(world.stripe.borrow_mut().pay(&first, NOW).is_ok());
    world.dies_after_answer.set(true);
    world.deliver_webhooks();
    assert_eq!(world.stripe.borrow().refunds().count(), 0);
    assert_eq!(world.sweep().resolved, 1);
    assert_eq!(world.stripe.borrow().refunds().count(), 1);
    assert_eq!(world.rows("SELECT resolution FROM incidents"), ["refunded"]);
    world.deliver_webhooks();
    assert_eq!(world.sweep().resolved, 0);
    assert_eq!(world.stripe.borrow().refunds().count(), 1);
}
