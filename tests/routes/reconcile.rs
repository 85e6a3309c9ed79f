//! Reconcile: what the cron brings into line when nobody clicks and no webhook comes.

use crate::world::{MINUTE, NOW, World, link, webhook};
use serde_json::json;

const ORDERS: &str = "SELECT id, status, cancel_reason FROM orders ORDER BY id";
const OPEN: &str = "SELECT kind FROM incidents WHERE resolved_at IS NULL ORDER BY id";
const DAY: i64 = 24 * 60 * MINUTE;

/// So many further charges, each with a pending order of yesterday whose session Stripe does not know.
fn many_pending(world: &World, count: usize, origin: &str) {
    for n in 0..count {
        let (kind, month) = (["custom", "monthly"][n / 9], n % 9 + 1);
        world.execute(&format!(
            "INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
             VALUES (100 + {n}, 6, '{kind}', '2026-0{month}', 15000, 'usd', 1, 1);
             INSERT INTO orders (attempt, charge_id, origin, amount_minor, currency, created_at, stripe_session_id, next_check_at)
             VALUES (lower(hex(randomblob(16))), 100 + {n}, '{origin}', 15000, 'usd', {NOW} - {DAY}, 'cs_test_{n}', {n})"
        ));
    }
}

#[test]
fn test_reconcile_heals_a_lost_webhook_in_the_next_run() {
    // At any minute of an order's life, also after the half hour at which it was looked at.
    for minute in [1, 29, 31, 50, 64] {
        let (world, session) = World::clicked();
        for _ in 0..minute / 5 {
            world.pass(5 * MINUTE);
            world.reconcile();
        }
        world.pass(minute % 5 * MINUTE);
        world.pay(&session);
        world.lose_webhooks();
        world.pass(5 * MINUTE);
        let run = world.reconcile();
        assert_eq!(run.errors, [], "{minute}");
        assert_eq!(world.rows(ORDERS), ["1|paid|-"], "{minute}");
        assert_eq!(
            world.rows("SELECT cause FROM order_events ORDER BY id DESC")[0],
            "reconcile"
        );
        // Its receipt is asked for, and then there is nothing more to do.
        world.reconcile();
        assert_eq!(world.reconcile().moved, 0, "{minute}");
    }
}

#[test]
fn test_reconcile_leaves_fresh_orders_and_open_sessions_alone() {
    let (world, _) = World::clicked();
    assert_eq!(world.reconcile().orders, 0);
    world.pass(30 * MINUTE);
    assert_eq!(world.reconcile().orders, 1);
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
    // Looked at again, less and less often, but not later than a minute after its session has ended.
    let checks = "SELECT (next_check_at - created_at) / 60000 FROM orders";
    assert_eq!(world.rows(checks), ["35"]);
    for (pass, next) in [(5, "45"), (10, "65"), (20, "66")] {
        world.pass(pass * MINUTE);
        if next == "65" {
            // The pause would end at 65, the session's last minute.
            world.reconcile();
            assert_eq!(world.rows(checks), ["65"]);
            continue;
        }
        world.reconcile();
        assert_eq!(
            world.rows(ORDERS)[0].split('|').nth(1),
            Some(if next == "66" { "canceled" } else { "pending" })
        );
    }
    assert_eq!(world.rows(ORDERS), ["1|canceled|expired"]);
}

#[test]
fn test_reconcile_waits_longer_for_a_bank_each_time() {
    let (world, session) = World::clicked();
    world.debit(&session);
    world.lose_webhooks();
    let mut looks = 0;
    for _ in 0..2 * DAY / (5 * MINUTE) {
        world.pass(5 * MINUTE);
        looks += world.reconcile().orders;
    }
    assert!((8..=20).contains(&looks), "{looks}");
    world.bank(&session, true);
    world.lose_webhooks();
    world.pass(5 * MINUTE);
    world.reconcile();
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_reconcile_recovers_a_session_that_was_never_stored() {
    let world = World::new().with_charge();
    world.dies_after_answer.set(true);
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let session = world.first_session();
    world.pay(&session);
    world.lose_webhooks();
    world.pass(5 * MINUTE);
    world.reconcile();
    assert_eq!(
        world.rows("SELECT status, stripe_session_id FROM orders"),
        [format!("paid|{session}")]
    );
}

#[test]
fn test_reconcile_finds_in_the_list_what_its_key_no_longer_brings_back() {
    let world = World::new().with_charge();
    world.dies_after_answer.set(true);
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let session = world.first_session();
    world.debit(&session);
    world.lose_webhooks();
    world.execute("INSERT INTO cursors VALUES ('events', 9000000000000, NULL, NULL, NULL, 1)");
    world.pass(2 * DAY);
    world.stripe.borrow_mut().clear_calls();
    for _ in 0..2 {
        assert_eq!(world.reconcile().errors, []);
    }
    assert_eq!(
        world.rows("SELECT status, stripe_session_id FROM orders"),
        [format!("pending|{session}")]
    );
    // A create call could have made a second session.
    assert!(
        !world
            .calls()
            .contains(&"POST /v1/checkout/sessions".to_owned())
    );
}

#[test]
fn test_reconcile_reads_events_whatever_became_of_the_endpoint() {
    // A late payment, a refund and a dispute, with no endpoint that anything could have been delivered to.
    let world = World::without_endpoint().with_charge();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let first = world.newest_session();
    world.cancel_by_hand();
    world.pay(&first);
    world.pass(5 * MINUTE);
    assert_eq!(world.reconcile().errors, []);
    assert_eq!(world.rows(ORDERS), ["1|paid|by hand"]);
    assert_eq!(world.ask(&link("demo-token-26")).status, 409);
    let intent = world.intent(1);
    world.refund(&intent, Some(4_000));
    world.pass(5 * MINUTE);
    world.reconcile();
    let refunded = "SELECT status, refunded_minor FROM orders";
    assert_eq!(world.rows(refunded), ["paid|4000"]);
    let dispute = world.dispute(&intent);
    world.pass(5 * MINUTE);
    world.reconcile();
    assert_eq!(world.rows(OPEN), ["dispute"]);
    world.close_dispute(&dispute, false);
    world.pass(5 * MINUTE);
    world.reconcile();
    assert_eq!(world.rows(OPEN), Vec::<String>::new());
    assert_eq!(world.rows("SELECT status FROM orders"), ["refunded"]);
}

#[test]
fn test_reconcile_reads_events_to_the_end_over_as_many_runs_as_it_takes() {
    let (world, session) = World::clicked();
    world.pay(&session);
    world.deliver_webhooks();
    let intent = world.intent(1);
    // Somebody else's payments on the same account, hundreds of them, after the refund.
    world.refund(&intent, None);
    world.pass(MINUTE);
    for _ in 0..150 {
        world.foreign_payment();
    }
    world.lose_webhooks();
    world.pass(5 * MINUTE);
    let mut runs = 0;
    while world.rows(ORDERS) != ["1|refunded|-"] {
        runs += 1;
        assert!(runs < 60, "{:?}", world.rows("SELECT * FROM cursors"));
        let run = world.reconcile_within(45);
        assert_eq!(run.errors, []);
        assert!(world.spent() <= 45 + 8, "{}", world.spent());
        world.pass(5 * MINUTE);
    }
    assert!(runs > 2, "{runs}");
    assert_eq!(world.rows(OPEN), Vec::<String>::new());
}

#[test]
fn test_reconcile_one_unreadable_event_spoils_nothing() {
    let (world, session) = World::clicked();
    world.pay(&session);
    world.lose_webhooks();
    world.spoil_events.set(true);
    world.pass(5 * MINUTE);
    let run = world.reconcile();
    assert_eq!(
        (run.errors, world.rows(ORDERS)),
        (vec![], vec!["1|paid|-".to_owned()])
    );
    assert_eq!(world.rows(OPEN), ["unreadable_event"]);
    world.pass(5 * MINUTE);
    assert_eq!(world.reconcile().events, 0);
}

#[test]
fn test_reconcile_cancels_imported_orders_without_asking() {
    let world = World::new().with_charge();
    world.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, origin, amount_minor, currency, created_at, next_check_at)
         VALUES (lower(hex(randomblob(16))), 26, 2, 'pending', 'import', 15000, 'usd', {NOW} - {DAY}, {NOW})"
    ));
    world.reconcile();
    assert_eq!(world.rows(ORDERS), ["26|canceled|stale"]);
    assert!(!world.calls().iter().any(|call| call.contains("sessions")));
}

#[test]
fn test_reconcile_cancels_an_imported_order_whose_session_stripe_does_not_know() {
    let world = World::new().with_charge();
    many_pending(&world, 1, "import");
    assert_eq!(world.reconcile().errors, []);
    assert_eq!(world.rows(ORDERS), ["1|canceled|expired"]);
}

#[test]
fn test_reconcile_with_the_wrong_key_cancels_nothing() {
    // A debit is at work; then the key of another account is set, which knows none of the sessions.
    let (world, session) = World::clicked();
    world.debit(&session);
    world.deliver_webhooks();
    world.pass(31 * MINUTE);
    let account = world.stripe.borrow().clone();
    world.stripe.borrow_mut().reset();
    for _ in 0..3 {
        world.pass(5 * MINUTE);
        world.reconcile();
        assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
        assert_eq!(world.ask(&link("demo-token-26")).status, 503);
    }
    assert_eq!(world.rows(OPEN), ["unknown_session"]);
    // The key is put right: nothing was lost.
    *world.stripe.borrow_mut() = account;
    assert_eq!(world.ask(&link("demo-token-26")).status, 409);
    world.bank(&session, true);
    world.deliver_webhooks();
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_reconcile_with_a_key_of_the_other_mode_does_not_even_ask() {
    let world = World::new().with_charge();
    world.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, origin, amount_minor, currency, created_at, stripe_session_id, next_check_at)
         VALUES (lower(hex(randomblob(16))), 26, 2, 'import', 15000, 'usd', {NOW} - {DAY}, 'cs_live_a1', {NOW})"
    ));
    world.reconcile();
    assert_eq!(world.ask(&link("demo-token-26")).status, 503);
    assert_eq!(world.rows(ORDERS), ["26|pending|-"]);
    assert_eq!(world.rows(OPEN), ["unknown_session"]);
    assert!(!world.calls().iter().any(|call| call.contains("ID")));
}

#[test]
fn test_reconcile_one_order_that_makes_trouble_does_not_keep_the_others() {
    let world = World::new().with_charge();
    many_pending(&world, 18, "import");
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Retrieve,
        fake_stripe::FaultKind::ErrorBefore,
        3,
    );
    world.stripe.borrow_mut().add_fault(fault);
    let run = world.reconcile();
    assert_eq!((run.orders, run.moved, run.errors.len()), (18, 17, 1));
    world.pass(5 * MINUTE);
    assert_eq!(world.reconcile().moved, 1);
}

#[test]
fn test_reconcile_keeps_to_its_budget_and_goes_on_where_it_stopped() {
    let world = World::new().with_charge();
    many_pending(&world, 18, "import");
    let mut runs = 0;
    while world.rows("SELECT 1 FROM orders WHERE status = 'pending'") != Vec::<String>::new() {
        let run = world.reconcile_within(45);
        assert_eq!(run.errors, []);
        assert!(world.spent() <= 45 + 8, "{}", world.spent());
        world.pass(5 * MINUTE);
        runs += 1;
    }
    assert!((2..=9).contains(&runs), "{runs}");
}

#[test]
fn test_reconcile_a_slow_stripe_puts_nothing_off_that_was_not_asked() {
    let world = World::new().with_charge();
    many_pending(&world, 18, "import");
    world.latency.set(2_000);
    let run = world.reconcile();
    // Each order has a time limit of its own.
    assert_eq!((run.moved, run.errors), (18, vec![]));
}

#[test]
fn test_reconcile_after_an_outage_heals_in_the_next_run() {
    let (world, session) = World::clicked();
    world.pay(&session);
    world.lose_webhooks();
    world.always(fake_stripe::Scope::Any, fake_stripe::FaultKind::DropBefore);
    for _ in 0..72 {
        world.pass(5 * MINUTE);
        assert!(!world.reconcile().errors.is_empty());
    }
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
    world.stripe.borrow_mut().clear_faults();
    world.pass(5 * MINUTE);
    assert_eq!(world.reconcile().errors, []);
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_reconcile_gives_up_a_run_when_stripe_cannot_be_reached() {
    let world = World::new().with_charge();
    many_pending(&world, 18, "guard");
    world.always(fake_stripe::Scope::Any, fake_stripe::FaultKind::DropBefore);
    let run = world.reconcile();
    assert_eq!(run.orders, 3);
    assert!(!run.is_done);
}

#[test]
fn test_reconcile_ends_the_session_of_an_amount_that_has_changed() {
    let (world, session) = World::clicked();
    world.dies_after_answer.set(true);
    world.import("player_id,player,amount\n26,Player 26,200.00\n");
    assert!(world.is_open(&session));
    world.reconcile();
    assert_eq!(world.rows(ORDERS), ["1|canceled|amount_changed"]);
    assert!(!world.is_open(&session));
}

#[test]
fn test_reconcile_ends_the_session_of_a_charge_that_was_closed() {
    let (world, session) = World::clicked();
    world.execute(&format!("UPDATE charges SET closed_at = {NOW}"));
    world.pass(31 * MINUTE);
    world.reconcile();
    assert_eq!(world.rows(ORDERS), ["1|canceled|charge_closed"]);
    assert!(!world.is_open(&session));
}

#[test]
fn test_reconcile_expires_a_session_that_stood_behind_a_saved_error() {
    let world = World::new().with_charge();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Create,
        fake_stripe::FaultKind::ErrorAfter,
        1,
    );
    world.stripe.borrow_mut().add_fault(fault);
    assert_eq!(world.ask(&link("demo-token-26")).status, 503);
    assert_eq!(world.rows(ORDERS), ["1|canceled|stripe_error"]);
    let orphan = world.first_session();
    world.reconcile();
    assert!(!world.is_open(&orphan));
    assert_eq!(
        world.rows("SELECT count(*) FROM orders WHERE next_check_at IS NOT NULL"),
        ["0"]
    );
}

#[test]
fn test_reconcile_places_a_payment_once_the_bank_has_answered() {
    for bank_pays in [true, false] {
        let (world, first) = World::clicked();
        world.cancel_by_hand();
        assert_eq!(world.ask(&link("demo-token-26")).status, 307);
        let second = world.newest_session();
        world.debit(&second);
        world.pay(&first);
        world.deliver_webhooks();
        assert_eq!(world.rows(OPEN), ["duplicate_payment"]);
        world.bank(&second, bank_pays);
        // The same delivery that tells of the debit gives the other payment its place: in between, nobody
        // could have been asked to pay again.
        world.deliver_webhooks();
        let orders = world.rows("SELECT status FROM orders ORDER BY id");
        if bank_pays {
            assert_eq!(
                (world.rows(OPEN), orders),
                (
                    vec!["duplicate_payment".to_owned()],
                    vec!["canceled".to_owned(), "paid".to_owned()]
                )
            );
        } else {
            assert_eq!(
                (world.rows(OPEN), orders),
                (vec![], vec!["paid".to_owned(), "canceled".to_owned()])
            );
        }
        assert_eq!(world.ask(&link("demo-token-26")).status, 409);
    }
}

/// A charge paid twice: order 1, canceled by hand, after order 2. Answers the first payment's session.
fn paid_twice(world: &World) -> String {
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    let first = world.newest_session();
    world.cancel_by_hand();
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    world.pay(&world.newest_session());
    world.deliver_webhooks();
    world.pay(&first);
    first
}

#[test]
fn test_reconcile_refunds_what_could_not_be_refunded_at_once() {
    let world = World::configured(&[("AUTO_REFUND", "on")]).with_charge();
    paid_twice(&world);
    world.dies_after_answer.set(true);
    world.deliver_webhooks();
    assert_eq!(world.stripe.borrow().refunds().count(), 0);
    world.pass(5 * MINUTE);
    assert_eq!(world.reconcile().errors, []);
    assert_eq!(world.stripe.borrow().refunds().count(), 1);
    assert_eq!(world.rows("SELECT resolution FROM incidents"), ["refunded"]);
    world.deliver_webhooks();
    world.pass(5 * MINUTE);
    assert_eq!(world.reconcile().reviews, 0);
    assert_eq!(world.stripe.borrow().refunds().count(), 1);
}

#[test]
fn test_reconcile_never_refunds_both_payments() {
    let world = World::configured(&[("AUTO_REFUND", "on")]).with_charge();
    paid_twice(&world);
    world.dies_after_answer.set(true);
    world.deliver_webhooks();
    // The treasurer refunds the payment that counts, and nobody has heard of it yet.
    world.refund(&world.intent(2), None);
    world.lose_webhooks();
    world.pass(5 * MINUTE);
    world.reconcile();
    assert_eq!(world.stripe.borrow().refunds().count(), 1);
    world.pass(5 * MINUTE);
    world.reconcile();
    assert_eq!(world.stripe.borrow().refunds().count(), 1);
    assert_eq!(
        world.rows("SELECT id, status FROM orders ORDER BY id"),
        ["1|paid", "2|refunded"]
    );
    assert_eq!(world.rows(OPEN), Vec::<String>::new());
}

#[test]
fn test_reconcile_a_refused_refund_blocks_nobody_else() {
    let world = World::configured(&[("AUTO_REFUND", "on")])
        .with_charge()
        .with_second_charge();
    paid_twice(&world);
    world.dies_after_answer.set(true);
    world.deliver_webhooks();
    world.dies_after_answer.set(false);
    // The duplicate is disputed before its refund goes out: Stripe refuses the refund for good.
    world.dispute(&world.intent(1));
    world.deliver_webhooks();
    // Another charge's payment waits for a bank's answer, which then comes without its webhook.
    let (first, second) = world.paid_beside_a_debit("demo-token-27");
    world.bank(&second, false);
    world.lose_webhooks();
    world.pass(5 * MINUTE);
    world.reconcile();
    let paid = format!("SELECT status FROM orders WHERE stripe_session_id = '{first}'");
    assert_eq!(world.rows(&paid), ["paid"]);
    assert_eq!(world.ask(&link("demo-token-27")).status, 409);
}

#[test]
fn test_reconcile_open_incidents_of_others_starve_nobody() {
    let world = World::new().with_charge().with_second_charge();
    // Many second payments that wait for the treasurer.
    assert_eq!(world.ask(&link("demo-token-26")).status, 307);
    world.pay(&world.newest_session());
    world.deliver_webhooks();
    for n in 0..30 {
        world.execute(&format!(
            "INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, canceled_at, cancel_reason, paid_at,
                                 stripe_session_id, payment_intent_id)
             VALUES (lower(hex(randomblob(16))), 100 + {n}, 2, 'canceled', 15000, 'usd', 1, 1, 'by hand', 1, 'cs_test_{n}', 'pi_{n}');
             INSERT INTO incidents (subject, kind, order_id, charge_id, payment_intent_id, opened_at)
             VALUES ('duplicate_payment:pi_{n}', 'duplicate_payment', 100 + {n}, 2, 'pi_{n}', 1)"
        ));
    }
    let (first, second) = world.paid_beside_a_debit("demo-token-27");
    world.bank(&second, false);
    world.lose_webhooks();
    for _ in 0..2 {
        world.pass(5 * MINUTE);
        world.reconcile_within(45);
    }
    let paid = format!("SELECT status FROM orders WHERE stripe_session_id = '{first}'");
    assert_eq!(world.rows(&paid), ["paid"]);
}

#[test]
fn test_reconcile_brings_the_receipt_when_the_worker_died_after_the_webhook() {
    let (world, session) = World::clicked();
    world.pay(&session);
    world.dies_after_answer.set(true);
    world.deliver_webhooks();
    assert_eq!(
        world.rows("SELECT status, receipt_url FROM orders"),
        ["paid|-"]
    );
    world.reconcile();
    assert_ne!(world.rows("SELECT receipt_url FROM orders"), ["-"]);
    let due = "SELECT count(*) FROM orders WHERE next_check_at IS NOT NULL";
    assert_eq!(world.rows(due), ["0"]);
}

#[test]
fn test_reconcile_foreign_events_are_nobodys() {
    let world = World::new();
    for n in 0..3 {
        let object = json!({ "id": format!("cs_test_shop{n}"), "status": "expired", "payment_status": "unpaid", "metadata": {} });
        let event = webhook(&format!("evt_{n}"), "checkout.session.expired", object);
        assert_eq!(world.deliver(&event).status, 200);
    }
    assert_eq!(world.rows(OPEN), Vec::<String>::new());
    assert_eq!(
        world.rows("SELECT DISTINCT effect FROM stripe_events"),
        ["foreign"]
    );
}
