//! Reconcile: what the cron brings into line when nobody clicks and no webhook comes.

use crate::harness::{Harness, MINUTE, NOW, link, webhook};
use serde_json::json;

const ORDERS: &str = "SELECT id, status, cancel_reason FROM orders ORDER BY id";
const OPEN: &str = "SELECT kind FROM incidents WHERE resolved_at IS NULL ORDER BY id";
const DAY: i64 = 24 * 60 * MINUTE;

/// So many further charges, each with a pending order of yesterday whose session Stripe does not know.
fn many_pending(harness: &Harness, count: usize, origin: &str) {
    for n in 0..count {
        let (kind, month) = (["custom", "monthly"][n / 9], n % 9 + 1);
        harness.execute(&format!(
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
        let (harness, session) = Harness::clicked();
        for _ in 0..minute / 5 {
            harness.pass(5 * MINUTE);
            harness.reconcile();
        }
        harness.pass(minute % 5 * MINUTE);
        harness.pay(&session);
        harness.lose_webhooks();
        harness.pass(5 * MINUTE);
        let run = harness.reconcile();
        assert_eq!(run.errors, [], "{minute}");
        assert_eq!(harness.rows(ORDERS), ["1|paid|-"], "{minute}");
        assert_eq!(
            harness.rows("SELECT cause FROM order_events ORDER BY id DESC")[0],
            "reconcile"
        );
        // Its receipt is asked for, and then there is nothing more to do.
        harness.reconcile();
        assert_eq!(harness.reconcile().moved, 0, "{minute}");
    }
}

#[test]
fn test_reconcile_leaves_fresh_orders_and_open_sessions_alone() {
    let (harness, _) = Harness::clicked();
    assert_eq!(harness.reconcile().orders, 0);
    harness.pass(30 * MINUTE);
    assert_eq!(harness.reconcile().orders, 1);
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    // Looked at again, less and less often, but not later than a minute after its session has ended.
    let checks = "SELECT (next_check_at - created_at) / 60000 FROM orders";
    assert_eq!(harness.rows(checks), ["35"]);
    for (pass, next) in [(5, "45"), (10, "65"), (20, "66")] {
        harness.pass(pass * MINUTE);
        if next == "65" {
            // The pause would end at 65, the session's last minute.
            harness.reconcile();
            assert_eq!(harness.rows(checks), ["65"]);
            continue;
        }
        harness.reconcile();
        assert_eq!(
            harness.rows(ORDERS)[0].split('|').nth(1),
            Some(if next == "66" { "canceled" } else { "pending" })
        );
    }
    assert_eq!(harness.rows(ORDERS), ["1|canceled|expired"]);
}

#[test]
fn test_reconcile_waits_longer_for_a_bank_each_time() {
    let (harness, session) = Harness::clicked();
    harness.debit(&session);
    harness.lose_webhooks();
    let mut looks = 0;
    for _ in 0..2 * DAY / (5 * MINUTE) {
        harness.pass(5 * MINUTE);
        looks += harness.reconcile().orders;
    }
    assert!((8..=20).contains(&looks), "{looks}");
    harness.bank(&session, true);
    harness.lose_webhooks();
    harness.pass(5 * MINUTE);
    harness.reconcile();
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_reconcile_recovers_a_session_that_was_never_stored() {
    let harness = Harness::new().with_charge();
    harness.dies_after_answer.set(true);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let session = harness.first_session();
    harness.pay(&session);
    harness.lose_webhooks();
    harness.pass(5 * MINUTE);
    harness.reconcile();
    assert_eq!(
        harness.rows("SELECT status, stripe_session_id FROM orders"),
        [format!("paid|{session}")]
    );
}

#[test]
fn test_reconcile_finds_in_the_list_what_its_key_no_longer_brings_back() {
    let harness = Harness::new().with_charge();
    harness.dies_after_answer.set(true);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let session = harness.first_session();
    harness.debit(&session);
    harness.lose_webhooks();
    harness.execute("INSERT INTO cursors VALUES ('events', 9000000000000, NULL, NULL, NULL, 1)");
    harness.pass(2 * DAY);
    harness.stripe.borrow_mut().clear_calls();
    for _ in 0..2 {
        assert_eq!(harness.reconcile().errors, []);
    }
    assert_eq!(
        harness.rows("SELECT status, stripe_session_id FROM orders"),
        [format!("pending|{session}")]
    );
    // A create call could have made a second session.
    assert!(
        !harness
            .stripe_calls()
            .contains(&"POST /v1/checkout/sessions".to_owned())
    );
}

#[test]
fn test_reconcile_reads_events_whatever_became_of_the_endpoint() {
    // A late payment, a refund and a dispute, with no endpoint that anything could have been delivered to.
    let harness = Harness::without_endpoint().with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let first = harness.newest_session();
    harness.cancel_by_hand();
    harness.pay(&first);
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile().errors, []);
    assert_eq!(harness.rows(ORDERS), ["1|paid|by hand"]);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
    let intent = harness.intent(1);
    harness.refund(&intent, Some(4_000));
    harness.pass(5 * MINUTE);
    harness.reconcile();
    let refunded = "SELECT status, refunded_minor FROM orders";
    assert_eq!(harness.rows(refunded), ["paid|4000"]);
    let dispute = harness.dispute(&intent);
    harness.pass(5 * MINUTE);
    harness.reconcile();
    assert_eq!(harness.rows(OPEN), ["dispute"]);
    harness.close_dispute(&dispute, false);
    harness.pass(5 * MINUTE);
    harness.reconcile();
    assert_eq!(harness.rows(OPEN), Vec::<String>::new());
    assert_eq!(harness.rows("SELECT status FROM orders"), ["refunded"]);
}

#[test]
fn test_reconcile_reads_events_to_the_end_over_as_many_runs_as_it_takes() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    let intent = harness.intent(1);
    // Somebody else's payments on the same account, a thousand of them, after the refund.
    harness.refund(&intent, None);
    harness.pass(MINUTE);
    for _ in 0..1_000 {
        harness.foreign_payment();
    }
    harness.lose_webhooks();
    harness.pass(5 * MINUTE);
    let mut runs = 0;
    while harness.rows(ORDERS) != ["1|refunded|-"] {
        runs += 1;
        assert!(runs < 60, "{:?}", harness.rows("SELECT * FROM cursors"));
        let run = harness.reconcile_within(45);
        assert_eq!(run.errors, []);
        assert!(harness.spent() <= 45 + 8, "{}", harness.spent());
        harness.pass(5 * MINUTE);
    }
    assert!(runs > 1, "{runs}");
    assert_eq!(harness.rows(OPEN), Vec::<String>::new());
}

#[test]
fn test_reconcile_one_unreadable_event_spoils_nothing() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.lose_webhooks();
    harness.spoil_events.set(true);
    harness.pass(5 * MINUTE);
    let run = harness.reconcile();
    assert_eq!(
        (run.errors, harness.rows(ORDERS)),
        (vec![], vec!["1|paid|-".to_owned()])
    );
    assert_eq!(harness.rows(OPEN), ["unreadable_event"]);
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile().events, 0);
}

#[test]
fn test_reconcile_cancels_imported_orders_without_asking() {
    let harness = Harness::new().with_charge();
    harness.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, origin, amount_minor, currency, created_at, next_check_at)
         VALUES (lower(hex(randomblob(16))), 26, 2, 'pending', 'import', 15000, 'usd', {NOW} - {DAY}, {NOW})"
    ));
    harness.reconcile();
    assert_eq!(harness.rows(ORDERS), ["26|canceled|stale"]);
    assert!(
        !harness
            .stripe_calls()
            .iter()
            .any(|call| call.contains("sessions"))
    );
}

#[test]
fn test_reconcile_cancels_an_imported_order_whose_session_stripe_does_not_know() {
    let harness = Harness::new().with_charge();
    many_pending(&harness, 1, "import");
    assert_eq!(harness.reconcile().errors, []);
    assert_eq!(harness.rows(ORDERS), ["1|canceled|expired"]);
}

#[test]
fn test_reconcile_with_the_wrong_key_cancels_nothing() {
    // A debit is at work; then the key of another account is set, which knows none of the sessions.
    let (harness, session) = Harness::clicked();
    harness.debit(&session);
    harness.deliver_webhooks();
    harness.pass(31 * MINUTE);
    let account = harness.stripe.borrow().clone();
    harness.stripe.borrow_mut().reset();
    for _ in 0..3 {
        harness.pass(5 * MINUTE);
        harness.reconcile();
        assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
        assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    }
    assert_eq!(
        harness.rows(OPEN),
        ["unknown_session", "checkout_errors", "reconcile_stalled"]
    );
    // The key is put right: nothing was lost.
    *harness.stripe.borrow_mut() = account;
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
    harness.bank(&session, true);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_reconcile_with_the_wrong_key_keeps_an_imported_order_whose_session_was_seen() {
    for is_seen in [true, false] {
        // A session of the old system, at which somebody may still pay.
        let (old, session) = Harness::clicked();
        let mut harness = Harness::new().with_charge();
        *harness.stripe.borrow_mut() = old.stripe.borrow().clone();
        harness.execute(&format!(
            "INSERT INTO orders (attempt, id, charge_id, origin, amount_minor, currency, created_at, stripe_session_id, next_check_at)
             VALUES (lower(hex(randomblob(16))), 1, (SELECT id FROM charges), 'import', 15000, 'usd', {NOW}, '{session}', {NOW})"
        ));
        if is_seen {
            assert_eq!(harness.reconcile().errors, []);
        }
        let account = harness.stripe.borrow().clone();
        harness.stripe.borrow_mut().reset();
        harness.use_key("sk_test_of_another_account");
        harness.pass(10 * MINUTE);
        harness.reconcile();
        let status = if is_seen {
            "1|pending|-"
        } else {
            "1|canceled|expired"
        };
        assert_eq!(harness.rows(ORDERS), [status]);
        // What is paid there comes in sight in any case.
        *harness.stripe.borrow_mut() = account;
        harness.use_key("sk_test_as_before");
        harness.pay(&session);
        harness.deliver_webhooks();
        assert_eq!(harness.rows("SELECT status FROM orders"), ["paid"]);
    }
}

#[test]
fn test_reconcile_hears_afterwards_what_it_could_not_hear_with_the_wrong_key() {
    let (mut harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    harness.pass(5 * MINUTE);
    harness.reconcile();
    // A refund while the key is another account's. The webhook tells of it, but the key does not show it; and the cron reads the
    // other account's events.
    harness.refund(&harness.intent(1), None);
    let account = harness.stripe.borrow().clone();
    let told = harness.stripe.borrow_mut().take_webhooks(harness.now_ms());
    harness.stripe.borrow_mut().reset();
    harness.use_key("sk_test_of_another_account");
    for webhook in &told {
        assert_eq!(harness.deliver(&webhook.payload).status, 500);
    }
    for _ in 0..3 {
        harness.pass(40 * MINUTE);
        assert_eq!(harness.reconcile().errors, []);
    }
    assert_eq!(harness.rows("SELECT status FROM orders"), ["paid"]);
    // Then a new key of the right account.
    *harness.stripe.borrow_mut() = account;
    harness.use_key("sk_test_a_new_one");
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile().errors, []);
    assert_eq!(harness.rows("SELECT status FROM orders"), ["refunded"]);
}

#[test]
fn test_reconcile_with_a_key_of_the_other_mode_does_not_even_ask() {
    let harness = Harness::new().with_charge();
    harness.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, origin, amount_minor, currency, created_at, stripe_session_id, next_check_at)
         VALUES (lower(hex(randomblob(16))), 26, 2, 'import', 15000, 'usd', {NOW} - {DAY}, 'cs_live_a1', {NOW})"
    ));
    harness.reconcile();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    assert_eq!(harness.rows(ORDERS), ["26|pending|-"]);
    assert_eq!(harness.rows(OPEN), ["unknown_session", "checkout_errors"]);
    assert!(
        !harness
            .stripe_calls()
            .iter()
            .any(|call| call.contains("ID"))
    );
}

#[test]
fn test_reconcile_one_order_that_makes_trouble_does_not_keep_the_others() {
    let harness = Harness::new().with_charge();
    many_pending(&harness, 18, "import");
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Retrieve,
        fake_stripe::FaultKind::ErrorBefore,
        3,
    );
    harness.stripe.borrow_mut().add_fault(fault);
    let run = harness.reconcile();
    assert_eq!((run.orders, run.moved, run.errors.len()), (18, 17, 1));
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile().moved, 1);
}

#[test]
fn test_reconcile_keeps_to_its_budget_and_goes_on_where_it_stopped() {
    let harness = Harness::new().with_charge();
    many_pending(&harness, 18, "import");
    let mut runs = 0;
    while harness.rows("SELECT 1 FROM orders WHERE status = 'pending'") != Vec::<String>::new() {
        let run = harness.reconcile_within(45);
        assert_eq!(run.errors, []);
        assert!(harness.spent() <= 45 + 8, "{}", harness.spent());
        harness.pass(5 * MINUTE);
        runs += 1;
    }
    assert!((2..=9).contains(&runs), "{runs}");
}

#[test]
fn test_reconcile_a_slow_stripe_puts_nothing_off_that_was_not_asked() {
    let harness = Harness::new().with_charge();
    many_pending(&harness, 18, "import");
    harness.latency.set(2_000);
    let run = harness.reconcile();
    // Each order has a time limit of its own.
    assert_eq!((run.moved, run.errors), (18, vec![]));
}

#[test]
fn test_reconcile_after_an_outage_heals_in_the_next_run() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.lose_webhooks();
    harness.always(fake_stripe::Scope::Any, fake_stripe::FaultKind::DropBefore);
    for _ in 0..72 {
        harness.pass(5 * MINUTE);
        assert!(!harness.reconcile().errors.is_empty());
    }
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    harness.stripe.borrow_mut().clear_faults();
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile().errors, []);
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
}

#[test]
fn test_reconcile_gives_up_a_run_when_stripe_cannot_be_reached() {
    let harness = Harness::new().with_charge();
    many_pending(&harness, 18, "guard");
    harness.always(fake_stripe::Scope::Any, fake_stripe::FaultKind::DropBefore);
    let run = harness.reconcile();
    // The list of events was asked for first.
    assert_eq!(run.orders, 2);
    assert!(!run.is_done);
}

#[test]
fn test_reconcile_ends_the_session_of_an_amount_that_has_changed() {
    let (harness, session) = Harness::clicked();
    harness.dies_after_answer.set(true);
    harness.import("player_id,player,amount\n26,Player 26,200.00\n");
    assert!(harness.is_open(&session));
    harness.reconcile();
    assert_eq!(harness.rows(ORDERS), ["1|canceled|amount_changed"]);
    assert!(!harness.is_open(&session));
}

#[test]
fn test_reconcile_ends_the_session_of_a_charge_that_was_closed() {
    let (harness, session) = Harness::clicked();
    harness.execute(&format!("UPDATE charges SET closed_at = {NOW}"));
    harness.pass(31 * MINUTE);
    harness.reconcile();
    assert_eq!(harness.rows(ORDERS), ["1|canceled|charge_closed"]);
    assert!(!harness.is_open(&session));
}

#[test]
fn test_reconcile_expires_a_session_that_stood_behind_a_saved_error() {
    let harness = Harness::new().with_charge();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Create,
        fake_stripe::FaultKind::ErrorAfter,
        1,
    );
    harness.stripe.borrow_mut().add_fault(fault);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    assert_eq!(harness.rows(ORDERS), ["1|canceled|stripe_error"]);
    let orphan = harness.first_session();
    harness.reconcile();
    assert!(!harness.is_open(&orphan));
    assert_eq!(
        harness.rows("SELECT count(*) FROM orders WHERE next_check_at IS NOT NULL"),
        ["0"]
    );
}

#[test]
fn test_reconcile_places_a_payment_once_the_bank_has_answered() {
    for bank_pays in [true, false] {
        let (harness, first) = Harness::clicked();
        harness.cancel_by_hand();
        assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
        let second = harness.newest_session();
        harness.debit(&second);
        harness.pay(&first);
        harness.deliver_webhooks();
        assert_eq!(harness.rows(OPEN), ["duplicate_payment"]);
        harness.bank(&second, bank_pays);
        // The same delivery that tells of the debit gives the other payment its place: in between, nobody
        // could have been asked to pay again.
        harness.deliver_webhooks();
        let orders = harness.rows("SELECT status FROM orders ORDER BY id");
        if bank_pays {
            assert_eq!(
                (harness.rows(OPEN), orders),
                (
                    vec!["duplicate_payment".to_owned()],
                    vec!["canceled".to_owned(), "paid".to_owned()]
                )
            );
        } else {
            assert_eq!(
                (harness.rows(OPEN), orders),
                (vec![], vec!["paid".to_owned(), "canceled".to_owned()])
            );
        }
        assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
    }
}

/// A charge paid twice: order 1, canceled by hand, after order 2. Answers the first payment's session.
fn paid_twice(harness: &Harness) -> String {
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let first = harness.newest_session();
    harness.cancel_by_hand();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    harness.pay(&first);
    first
}

#[test]
fn test_reconcile_refunds_what_could_not_be_refunded_at_once() {
    let harness = Harness::configured(&[("AUTO_REFUND", "on")]).with_charge();
    paid_twice(&harness);
    harness.dies_after_answer.set(true);
    harness.deliver_webhooks();
    assert_eq!(harness.stripe.borrow().refunds().count(), 0);
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile().errors, []);
    assert_eq!(harness.stripe.borrow().refunds().count(), 1);
    assert_eq!(
        harness.rows("SELECT resolution FROM incidents"),
        ["refunded"]
    );
    harness.deliver_webhooks();
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile().reviews, 0);
    assert_eq!(harness.stripe.borrow().refunds().count(), 1);
}

#[test]
fn test_reconcile_refunds_at_any_budget_within_what_the_free_plan_allows() {
    for budget in [20, 45] {
        let harness = Harness::configured(&[("AUTO_REFUND", "on")]).with_charge();
        paid_twice(&harness);
        harness.dies_after_answer.set(true);
        harness.deliver_webhooks();
        harness.dies_after_answer.set(false);
        for _ in 0..2 {
            harness.pass(5 * MINUTE);
            harness.cron_within(budget);
            // D1 docs, "Limits": 50 queries an invocation on the free plan.
            assert!(
                harness.statements.get() <= 50,
                "{}",
                harness.statements.get()
            );
        }
        assert_eq!(harness.stripe.borrow().refunds().count(), 1, "{budget}");
        assert_eq!(
            harness.rows("SELECT resolution FROM incidents WHERE kind = 'duplicate_payment'"),
            ["refunded"]
        );
    }
}

#[test]
fn test_reconcile_never_refunds_both_payments() {
    let harness = Harness::configured(&[("AUTO_REFUND", "on")]).with_charge();
    paid_twice(&harness);
    harness.dies_after_answer.set(true);
    harness.deliver_webhooks();
    // The treasurer refunds the payment that counts, and nobody has heard of it yet.
    harness.refund(&harness.intent(2), None);
    harness.lose_webhooks();
    harness.pass(5 * MINUTE);
    harness.reconcile();
    assert_eq!(harness.stripe.borrow().refunds().count(), 1);
    harness.pass(5 * MINUTE);
    harness.reconcile();
    assert_eq!(harness.stripe.borrow().refunds().count(), 1);
    assert_eq!(
        harness.rows("SELECT id, status FROM orders ORDER BY id"),
        ["1|paid", "2|refunded"]
    );
    assert_eq!(harness.rows(OPEN), Vec::<String>::new());
}

#[test]
fn test_reconcile_a_refused_refund_blocks_nobody_else() {
    let harness = Harness::configured(&[("AUTO_REFUND", "on")])
        .with_charge()
        .with_second_charge();
    paid_twice(&harness);
    harness.dies_after_answer.set(true);
    harness.deliver_webhooks();
    harness.dies_after_answer.set(false);
    // The duplicate is disputed before its refund goes out: Stripe refuses the refund for good.
    harness.dispute(&harness.intent(1));
    harness.deliver_webhooks();
    // Another charge's payment waits for a bank's answer, which then comes without its webhook.
    let (first, second) = harness.paid_beside_a_debit("demo-token-27");
    harness.bank(&second, false);
    harness.lose_webhooks();
    harness.pass(5 * MINUTE);
    harness.reconcile();
    let paid = format!("SELECT status FROM orders WHERE stripe_session_id = '{first}'");
    assert_eq!(harness.rows(&paid), ["paid"]);
    assert_eq!(harness.ask(&link("demo-token-27")).status, 409);
}

#[test]
fn test_reconcile_open_incidents_of_others_starve_nobody() {
    let harness = Harness::new().with_charge().with_second_charge();
    // Many second payments that wait for the treasurer.
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    for n in 0..30 {
        harness.execute(&format!(
            "INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, canceled_at, cancel_reason, paid_at,
                                 stripe_session_id, payment_intent_id)
             VALUES (lower(hex(randomblob(16))), 100 + {n}, 2, 'canceled', 15000, 'usd', 1, 1, 'by hand', 1, 'cs_test_{n}', 'pi_{n}');
             INSERT INTO incidents (subject, kind, order_id, charge_id, payment_intent_id, opened_at)
             VALUES ('duplicate_payment:pi_{n}', 'duplicate_payment', 100 + {n}, 2, 'pi_{n}', 1)"
        ));
    }
    let (first, second) = harness.paid_beside_a_debit("demo-token-27");
    harness.bank(&second, false);
    harness.lose_webhooks();
    for _ in 0..2 {
        harness.pass(5 * MINUTE);
        harness.reconcile_within(45);
    }
    let paid = format!("SELECT status FROM orders WHERE stripe_session_id = '{first}'");
    assert_eq!(harness.rows(&paid), ["paid"]);
}

#[test]
fn test_reconcile_brings_the_receipt_when_the_worker_died_after_the_webhook() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.dies_after_answer.set(true);
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows("SELECT status, receipt_url FROM orders"),
        ["paid|-"]
    );
    harness.reconcile();
    assert_ne!(harness.rows("SELECT receipt_url FROM orders"), ["-"]);
    let due = "SELECT count(*) FROM orders WHERE next_check_at IS NOT NULL";
    assert_eq!(harness.rows(due), ["0"]);
}

#[test]
fn test_reconcile_foreign_events_are_nobodys() {
    let harness = Harness::new();
    for n in 0..3 {
        let object = json!({ "id": format!("cs_test_shop{n}"), "status": "expired", "payment_status": "unpaid", "metadata": {} });
        let event = webhook(&format!("evt_{n}"), "checkout.session.expired", object);
        assert_eq!(harness.deliver(&event).status, 200);
    }
    assert_eq!(harness.rows(OPEN), Vec::<String>::new());
    assert_eq!(
        harness.rows("SELECT DISTINCT effect FROM stripe_events"),
        ["foreign"]
    );
}
