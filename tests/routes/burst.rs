//! Many webhooks lost at once: a page of Stripe's events brings a hundred payments into sight.

use crate::harness::{Calls, Harness, MINUTE, NOW, link};
use checkout_guard::domain::token::Token;

const PAID: &str = "SELECT count(*) FROM orders WHERE status = 'paid'";
const OPEN: &str = "SELECT kind FROM incidents WHERE resolved_at IS NULL ORDER BY kind";
/// The free plan's subrequests and queries of D1 in one run.
const FREE: u32 = 50;

/// So many players with a charge of 150.00 each, charge and player of one number, and its link `burst-token-NUMBER`.
fn with_charges(harness: &Harness, count: usize) {
    for n in 1..=count {
        let token = Token::parse(&format!("burst-token-{n}"));
        let hash = token.unwrap_or_else(|| panic!("a token")).hash();
        harness.execute(&format!(
            "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES ({n}, '{n}', 'Player {n}', {NOW}, {NOW});
             INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
             VALUES ({n}, {n}, 'first_payment', '', 15000, 'usd', {NOW}, {NOW});
             INSERT INTO links (token_sha256, charge_id, created_at) VALUES ('{}', {n}, {NOW})",
            hash.as_str()
        ));
    }
}

/// A click on a charge: its session.
fn click(harness: &Harness, charge: usize) -> String {
    let reply = harness.ask(&link(&format!("burst-token-{charge}")));
    assert_eq!(reply.status, 307, "{charge}");
    harness.newest_session()
}

/// So many payments whose webhooks are all lost.
fn burst(count: usize) -> Harness {
    let harness = Harness::new();
    with_charges(&harness, count);
    for n in 1..=count {
        let session = click(&harness, n);
        harness.pay(&session);
    }
    harness.lose_webhooks();
    harness
}

/// A further player whose charge was closed while its session is open: only who looks at the order ends that.
fn with_open_order(harness: &Harness) -> String {
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES (99, '99', 'Player 99', {NOW}, {NOW});
         INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
         VALUES (99, 99, 'first_payment', '', 15000, 'usd', {NOW}, {NOW});
         INSERT INTO links (token_sha256, charge_id, created_at) SELECT '{hash}', 99, {NOW}",
        hash = Token::parse("burst-token-99").unwrap_or_else(|| panic!("a token")).hash().as_str()
    ));
    let session = click(harness, 99);
    harness.execute("UPDATE charges SET closed_at = 1 WHERE id = 99");
    session
}

fn paid(harness: &Harness) -> usize {
    harness.rows(PAID)[0].parse().unwrap_or_default()
}

#[test]
fn test_burst_each_run_brings_a_hundred_into_sight_at_the_default_budget() {
    let harness = burst(350);
    harness.pass(MINUTE);
    for run in 1..=4 {
        harness.pass(5 * MINUTE);
        harness.cron_within(45);
        assert!(harness.spent() <= FREE, "{}", harness.spent());
        assert!(paid(&harness) >= 350.min(run * 100), "{}", paid(&harness));
    }
    assert_eq!(harness.rows(OPEN), ["webhooks_silent"]);
    // Each once, and the trail says by what.
    assert_eq!(
        harness.rows("SELECT cause, count(*), count(DISTINCT order_id) FROM order_events WHERE to_status = 'paid' GROUP BY 1"),
        ["reconcile|350|350"]
    );
    assert_eq!(
        harness.rows("SELECT effect, count(*) FROM stripe_events GROUP BY 1"),
        ["paid|350"]
    );
    assert_eq!(
        harness.rows(
            "SELECT count(*) FROM orders o JOIN stripe_events e ON e.order_id = o.id
             WHERE o.paid_minor = 15000 AND o.payment_intent_id IS NOT NULL AND o.paid_at = e.created_at"
        ),
        ["350"]
    );
}

#[test]
fn test_burst_a_page_is_one_call_to_stripe_one_query_and_one_transaction() {
    let harness = burst(100);
    harness.pass(5 * MINUTE);
    // So little that hardly anything else is done in this run.
    let run = harness.reconcile_within(20);
    assert_eq!((run.events, run.errors), (100, vec![]));
    assert_eq!(paid(&harness), 100);
    // Of D1 also: the cursors of a restore (twice) and of events, refunds that were asked for, payments that wait
    // for their place and for their charge, the cursor that is stored. And
    // one order is looked at in every run: which one is due, its receipt at Stripe, and that it is stored.
    assert_eq!(harness.calls.get(), Calls { d1: 11, stripe: 2 });
    assert_eq!(harness.spent(), 19);
}

#[test]
fn test_burst_two_payments_and_a_hundred_are_moved_by_the_same_statements() {
    let of = |count| {
        let harness = burst(count);
        harness.pass(5 * MINUTE);
        harness.reconcile_within(20);
        assert_eq!(paid(&harness), count);
        harness.spent()
    };
    assert_eq!(of(2), of(100));
    // One by itself is the usual delivery of a webhook, which needs fewer.
    assert!(of(1) < of(2));
}

#[test]
fn test_burst_no_list_waits_for_ever_at_the_smallest_budget() {
    // A page of what is plain, events that are looked at alone, and an order of which Stripe says nothing by itself.
    let harness = burst(5);
    let late = "UPDATE orders SET status = 'canceled', canceled_at = 1, cancel_reason = 'by hand', next_check_at = NULL WHERE id IN (1, 2)";
    harness.execute(late);
    harness.execute("UPDATE charges SET closed_at = 1 WHERE id = 3");
    let alone = with_open_order(&harness);
    for _ in 0..6 {
        harness.pass(6 * MINUTE);
        let run = harness.reconcile_within(10);
        assert_eq!(run.errors, []);
        assert!(harness.spent() <= FREE, "{}", harness.spent());
    }
    assert_eq!(paid(&harness), 5);
    assert!(!harness.is_open(&alone));
}

#[test]
fn test_burst_receipts_follow_within_the_budget() {
    let harness = burst(30);
    let receipts = "SELECT count(receipt_url) FROM orders";
    let mut before = -1;
    while harness.rows(receipts) != ["30"] {
        harness.pass(5 * MINUTE);
        harness.cron_within(45);
        assert!(harness.spent() <= FREE, "{}", harness.spent());
        let now: i64 = harness.rows(receipts)[0].parse().unwrap_or_default();
        assert!(now > before, "{now}");
        before = now;
    }
    assert_eq!(
        harness.rows("SELECT count(*) FROM orders WHERE next_check_at IS NOT NULL"),
        ["0"]
    );
}

#[test]
fn test_burst_who_clicks_meanwhile_is_told_the_truth() {
    let harness = burst(250);
    harness.pass(31 * MINUTE);
    harness.reconcile_within(20);
    let first = "SELECT MIN(charge_id) FROM orders WHERE status = 'pending'";
    let waits = harness.rows(first).remove(0);
    for charge in [waits.as_str(), "250"] {
        let reply = harness.ask(&link(&format!("burst-token-{charge}")));
        assert_eq!(reply.status, 409, "{charge}: {}", reply.body);
    }
    // The page that is read next has one that is paid by now.
    let before = paid(&harness);
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile().errors, []);
    assert!(before < 250 && paid(&harness) == 250);
}

/// The outcome of each charge, and what is told.
fn ends(harness: &Harness) -> Vec<String> {
    let mut ends = harness.rows(
        "SELECT charge_id, status, cancel_reason, paid_minor, refunded_minor, IIF(status = 'pending', waits_for, NULL), receipt_url IS NOT NULL
         FROM orders ORDER BY charge_id, id",
    );
    ends.extend(
        harness.rows("SELECT kind, charge_id, resolution FROM incidents WHERE kind <> 'reconcile_stalled' ORDER BY kind, charge_id"),
    );
    ends.extend(harness.rows(
        "SELECT o.charge_id, e.from_status, e.to_status FROM order_events e JOIN orders o ON o.id = e.order_id ORDER BY o.charge_id, e.id",
    ));
    ends.extend(harness.rows("SELECT state, count(*) FROM charges GROUP BY 1"));
    ends
}

/// Everything that may stand on one page of events.
fn mixed() -> Harness {
    let harness = Harness::new();
    with_charges(&harness, 14);
    // Plain payments.
    for charge in 1..=4 {
        harness.pay(&click(&harness, charge));
    }
    // Another amount is owed by the time of the payment; the charge was closed.
    for (charge, change) in [(5, "amount_minor = 16000"), (6, "closed_at = 1")] {
        let session = click(&harness, charge);
        harness.execute(&format!("UPDATE charges SET {change} WHERE id = {charge}"));
        harness.pay(&session);
    }
    // Paid on a canceled order; and twice.
    let late = click(&harness, 7);
    let twice = click(&harness, 8);
    harness.execute(&format!(
        "UPDATE orders SET status = 'canceled', canceled_at = {NOW}, cancel_reason = 'by hand', next_check_at = NULL, version = version + 1
         WHERE charge_id IN (7, 8)"
    ));
    harness.pay(&late);
    harness.pay(&twice);
    harness.pay(&click(&harness, 8));
    // Paid, and refunded: in part, and whole.
    for (charge, minor) in [(9, Some(4_000)), (10, None)] {
        let session = click(&harness, charge);
        harness.pay(&session);
        harness.refund(&harness.intent_of(&session), minor);
    }
    // Bank debits: one that is at work, one that came, one that did not. Each has two events of one order.
    for (charge, pays) in [(11, None), (12, Some(true)), (13, Some(false))] {
        let session = click(&harness, charge);
        harness.debit(&session);
        if let Some(pays) = pays {
            harness.bank(&session, pays);
        }
    }
    // Nobody paid: it expires in an hour. And what is not ours.
    click(&harness, 14);
    harness.foreign_payment();
    harness.pass(66 * MINUTE);
    harness
}

#[test]
fn test_burst_a_page_ends_as_its_webhooks_one_by_one_would() {
    let by_webhooks = mixed();
    by_webhooks.deliver_webhooks();
    let by_page = mixed();
    by_page.lose_webhooks();
    for harness in [&by_webhooks, &by_page] {
        for _ in 0..3 {
            harness.pass(5 * MINUTE);
            assert_eq!(harness.reconcile().errors, []);
        }
    }
    assert_eq!(ends(&by_page), ends(&by_webhooks));
    let effects = "SELECT type, order_id, effect FROM stripe_events ORDER BY 1, 2, 3";
    assert!(
        by_page.rows(effects).len() >= 17,
        "{:?}",
        by_page.rows(effects)
    );
    assert_eq!(
        by_page.rows(OPEN),
        ["amount_mismatch", "amount_mismatch", "duplicate_payment"]
    );
}

#[test]
fn test_burst_a_bank_debit_and_its_end_stand_on_one_page() {
    let harness = Harness::new();
    with_charges(&harness, 40);
    for charge in 1..=40 {
        let session = click(&harness, charge);
        harness.debit(&session);
        harness.bank(&session, true);
    }
    harness.lose_webhooks();
    harness.pass(5 * MINUTE);
    assert_eq!(harness.reconcile_within(45).errors, []);
    assert_eq!(paid(&harness), 40);
    assert!(harness.spent() <= 45, "{}", harness.spent());
    assert_eq!(
        harness.rows("SELECT effect, count(*) FROM stripe_events GROUP BY 1"),
        ["noted|40", "paid|40"]
    );
}

#[test]
fn test_burst_a_crash_in_between_loses_nothing() {
    // Before the page's transaction, right after it, and after its place was stored.
    for (beginning, first) in [
        ("SELECT json_object('seen'", 0),
        ("INSERT INTO stripe_events", 100),
        ("INSERT INTO cursors", 100),
    ] {
        let harness = burst(250);
        harness.pass(5 * MINUTE);
        harness.breaks_d1_after.set(Some(beginning));
        harness.reconcile();
        assert_eq!(paid(&harness), first, "{beginning}");
        harness.breaks_d1_after.set(None);
        harness.d1_is_down.set(false);
        harness.pass(5 * MINUTE);
        assert_eq!(harness.reconcile().errors, [], "{beginning}");
        assert_eq!(paid(&harness), 250, "{beginning}");
        let trail =
            "SELECT count(*), count(DISTINCT order_id) FROM order_events WHERE to_status = 'paid'";
        assert_eq!(harness.rows(trail), ["250|250"], "{beginning}");
        assert_eq!(harness.rows("SELECT count(*) FROM stripe_events"), ["250"]);
    }
}

#[test]
fn test_burst_a_webhook_that_comes_meanwhile_is_faster() {
    let harness = burst(20);
    harness.pass(5 * MINUTE);
    // Between the query and the transaction of the page, one delivery is recorded, and one order moves otherwise.
    let event = {
        let stripe = harness.stripe.borrow();
        let name = "checkout.session.completed";
        let first = stripe.events().find(|event| event.kind.name() == name);
        first.map(|event| event.id.to_string())
    };
    let event = event.unwrap_or_else(|| panic!("an event"));
    let order = "(SELECT id FROM orders WHERE charge_id = 1)";
    harness.meanwhile.replace(Some((
        "INSERT INTO expect",
        format!(
            "INSERT INTO stripe_events VALUES ('{event}', 'checkout.session.completed', {order}, 'paid', {NOW}, {NOW});
             UPDATE orders SET status = 'paid', paid_at = {NOW}, paid_minor = 15000, version = version + 1, cause = 'webhook',
                               updated_at = {NOW} WHERE id = {order};
             UPDATE orders SET version = version + 1 WHERE charge_id = 2"
        ),
    )));
    let run = harness.reconcile_within(25);
    assert_eq!((run.events, run.errors), (19, vec![]));
    assert_eq!(paid(&harness), 20);
    // One more query, and one more transaction.
    assert_eq!(harness.calls.get(), Calls { d1: 13, stripe: 2 });
    assert_eq!(
        harness.rows("SELECT cause, count(*) FROM order_events WHERE to_status = 'paid' GROUP BY 1 ORDER BY 1"),
        ["reconcile|19", "webhook|1"]
    );
}

#[test]
fn test_burst_an_amount_that_changes_meanwhile_is_told() {
    let harness = burst(20);
    harness.pass(5 * MINUTE);
    let change = "UPDATE charges SET amount_minor = 16000 WHERE id = 7";
    harness
        .meanwhile
        .replace(Some(("INSERT INTO expect", change.to_owned())));
    harness.reconcile();
    assert_eq!(paid(&harness), 20);
    assert_eq!(
        harness.rows("SELECT kind, charge_id, amount_minor, owed_minor FROM incidents"),
        ["amount_mismatch|7|15000|16000"]
    );
}

#[test]
fn test_burst_one_that_the_database_refuses_holds_up_no_page() {
    let harness = burst(20);
    harness.pass(5 * MINUTE);
    harness.execute(
        "CREATE TRIGGER refuses BEFORE UPDATE ON orders WHEN NEW.status = 'paid' AND OLD.charge_id = 20
         BEGIN SELECT RAISE(ABORT, 'refused'); END",
    );
    harness.reconcile();
    assert_eq!(paid(&harness), 19);
}

#[test]
fn test_burst_the_health_page_says_what_is_still_to_be_read() {
    let harness = burst(1_000);
    let reconcile = |harness: &Harness| {
        let health = harness.read("/admin/health");
        let checks = health["checks"].as_array().cloned().unwrap_or_default();
        let check = checks
            .into_iter()
            .find(|check| check["name"] == "reconcile");
        (health["events_to_read"].clone(), check.unwrap_or_default())
    };
    harness.pass(5 * MINUTE);
    harness.cron_within(45);
    let (read, check) = reconcile(&harness);
    assert_eq!(read["in_a_run"], 100);
    assert_eq!(check["status"], "warn");
    let detail = check["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains(
            "are still to be read, about 100 in a run: payments among them are not in sight yet."
        ),
        "{detail}"
    );
    while paid(&harness) < 1_000 {
        harness.pass(5 * MINUTE);
        harness.cron_within(45);
    }
    harness.pass(5 * MINUTE);
    harness.cron_within(1_000);
    let (read, check) = reconcile(&harness);
    assert!(read.is_null(), "{read}");
    let detail = check["detail"].as_str().unwrap_or_default();
    assert!(!detail.contains("to be read"), "{detail}");
    // A key that is not used any more was in the middle of its events: nobody waits for these.
    harness.execute(&format!(
        "INSERT INTO cursors VALUES ('events of another key', {NOW}, {NOW} + 1, NULL, NULL, {NOW} * 2)"
    ));
    assert!(reconcile(&harness).0.is_null());
}
