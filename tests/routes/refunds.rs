//! Money that goes back: asked for once, however often somebody presses and whatever gets lost; and money that comes back
//! after it was gone.

use fake_stripe::{DisputeStatus, FaultKind, RefundStatus, Scope};
use serde_json::{Value, json};

use crate::harness::{Harness, JSON, MINUTE, NOW, desk, link, webhook};

const DAY: i64 = 24 * 60 * MINUTE;
const ORDERS: &str = "SELECT id, status, paid_minor, refunded_minor FROM orders ORDER BY id";
const REQUESTS: &str =
    "SELECT status, amount_minor, actor FROM refunds WHERE request IS NOT NULL ORDER BY id";
const AUDIT: &str = "SELECT act, detail ->> 'amount' FROM audit WHERE act = 'refund' ORDER BY id";
const INCIDENTS: &str =
    "SELECT kind, order_id, COALESCE(resolution, 'open') FROM incidents ORDER BY id";

/// A charge of 150.00 that was paid by card.
fn paid() -> Harness {
    paid_by(&[])
}

fn paid_by(changes: &[(&str, &str)]) -> Harness {
    let harness = Harness::configured(changes).with_charge();
    pay(&harness);
    harness.pass(MINUTE);
    harness
}

/// Clicks and pays by card.
fn pay(harness: &Harness) -> String {
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let session = harness.newest_session();
    harness.pay(&session);
    harness.deliver_webhooks();
    session
}

fn refund(harness: &Harness, body: &Value) -> (u16, Value) {
    harness.act("/admin/orders/1/refund", body)
}

fn part(amount: &str, refunded: &str) -> Value {
    json!({ "amount": amount, "refunded": refunded })
}

/// The money that Stripe has sent back: how often, and how much in all.
fn at_stripe(harness: &Harness) -> (usize, i64) {
    let stripe = harness.stripe.borrow();
    let counts =
        |status: RefundStatus| !matches!(status, RefundStatus::Failed | RefundStatus::Canceled);
    let amounts: Vec<i64> = stripe
        .refunds()
        .filter(|refund| counts(refund.status))
        .map(|refund| refund.amount)
        .collect();
    (amounts.len(), amounts.iter().sum())
}

fn newest_refund(harness: &Harness) -> String {
    let stripe = harness.stripe.borrow();
    let newest = stripe.refunds().map(|refund| refund.id.to_string()).last();
    newest.unwrap_or_default()
}

fn runs(harness: &Harness, times: usize) {
    for _ in 0..times {
        harness.pass(5 * MINUTE);
        harness.cron();
    }
}

#[test]
fn test_refund_of_a_part_pressed_twice_is_made_once() {
    let harness = paid();
    let press = part("50.00", "0.00");
    assert_eq!(refund(&harness, &press).0, 200);
    let (status, answer) = refund(&harness, &press);
    assert_eq!((status, &answer["code"]), (409, &json!("changed")));
    assert_eq!(
        (&answer["refunded"], &answer["currency"]),
        (&json!("50.00"), &json!("usd"))
    );
    assert_eq!(at_stripe(&harness), (1, 5_000));
    assert_eq!(harness.rows(ORDERS), ["1|paid|15000|5000"]);
    assert_eq!(harness.rows(AUDIT), ["refund|50.00"]);
    // Whoever has looked again may ask for more.
    assert_eq!(refund(&harness, &part("50.00", "50.00")).0, 200);
    assert_eq!(at_stripe(&harness), (2, 10_000));
}

#[test]
fn test_refund_of_a_part_must_say_what_had_gone_back() {
    let harness = paid();
    for (body, named) in [
        (json!({ "amount": "50.00" }), "refunded"),
        (part("50.00", "x"), "refunded"),
        (part("50.00", "-1"), "refunded"),
        (part("0", "0"), "amount"),
        (part("1.234", "0"), "amount"),
    ] {
        let (status, answer) = refund(&harness, &body);
        assert_eq!(status, 400, "{body}");
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(named), "{body}: {detail}");
    }
    assert_eq!(at_stripe(&harness), (0, 0));
    assert_eq!(harness.rows(REQUESTS), Vec::<String>::new());
    // The form carries it by itself.
    let page = harness.ask(&desk("/admin/orders/1/refund")).body;
    assert!(page.contains(r#"name="refunded" value="0.00""#), "{page}");
}

#[test]
fn test_refund_whose_answer_is_lost_is_finished_by_the_cron() {
    for kind in [
        FaultKind::DropAfter,
        FaultKind::DropBefore,
        FaultKind::NotJson,
    ] {
        let harness = paid();
        harness.always(Scope::CreateRefund, kind);
        let (status, answer) = refund(&harness, &part("50.00", "0"));
        assert_eq!((status, &answer["code"]), (503, &json!("refund_unclear")));
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(
            !detail.contains("try again") && !detail.contains("othing was changed"),
            "{detail}"
        );
        assert_eq!(harness.rows(REQUESTS), ["requested|5000|treasurer"]);
        assert_eq!(harness.rows(AUDIT), ["refund|50.00"]);
        let page = harness.ask(&desk("/admin/charges/2")).body;
        assert!(page.contains("refund of 50.00 USD in progress"), "{page}");
        assert_eq!(
            harness.read("/admin/charges/2")["orders"][0]["refund_requested"]["amount"],
            "50.00"
        );
        // Nobody can ask for another one meanwhile.
        for again in [part("50.00", "0"), json!({})] {
            let (status, answer) = refund(&harness, &again);
            assert_eq!(
                (status, &answer["code"]),
                (409, &json!("refund_in_progress"))
            );
        }
        harness.stripe.borrow_mut().clear_faults();
        runs(&harness, 1);
        assert_eq!(at_stripe(&harness), (1, 5_000), "{kind:?}");
        assert_eq!(harness.rows(REQUESTS), ["succeeded|5000|treasurer"]);
        assert_eq!(harness.rows(ORDERS), ["1|paid|15000|5000"]);
        assert_eq!(harness.rows(AUDIT), ["refund|50.00"]);
        assert_eq!(
            refund(&harness, &part("50.00", "0")).1["code"],
            json!("changed")
        );
        // Stripe's own events about it add nothing.
        harness.deliver_webhooks();
        assert_eq!(harness.rows(ORDERS), ["1|paid|15000|5000"]);
    }
}

/// However small the budget is, and whatever a run spends on the month before it reconciles.
#[test]
fn test_refund_whose_answer_is_lost_is_finished_by_a_cron_of_any_budget() {
    for (budget, billing_day) in [(45, "1"), (45, ""), (20, "1"), (20, "")] {
        let harness = paid_by(&[("BILLING_DAY", billing_day)]);
        harness.always(Scope::CreateRefund, FaultKind::DropBefore);
        assert_eq!(refund(&harness, &part("50.00", "0")).0, 503);
        harness.stripe.borrow_mut().clear_faults();
        for _ in 0..2 {
            harness.pass(5 * MINUTE);
            harness.cron_within(budget);
        }
        assert_eq!(at_stripe(&harness), (1, 5_000), "{budget}");
        assert_eq!(harness.rows(REQUESTS), ["succeeded|5000|treasurer"]);
    }
}

#[test]
fn test_refund_in_progress_is_finished_by_whoever_comes_next() {
    let harness = paid();
    harness.always(Scope::CreateRefund, FaultKind::DropAfter);
    assert_eq!(refund(&harness, &part("50.00", "0")).0, 503);
    harness.stripe.borrow_mut().clear_faults();
    assert_eq!(refund(&harness, &part("50.00", "0")).0, 409);
    assert_eq!(harness.rows(REQUESTS), ["succeeded|5000|treasurer"]);
    assert_eq!(at_stripe(&harness), (1, 5_000));
}

/// Stripe keeps a key for a day. Afterwards its list says what became of the refund.
#[test]
fn test_refund_that_nobody_could_finish_for_a_day_is_looked_for_in_stripes_list() {
    for (kind, made) in [(FaultKind::DropAfter, true), (FaultKind::DropBefore, false)] {
        let harness = paid();
        harness.always(Scope::CreateRefund, kind);
        assert_eq!(refund(&harness, &part("50.00", "0")).0, 503);
        harness.always(Scope::Any, FaultKind::DropBefore);
        runs(&harness, 3);
        harness.lose_webhooks();
        harness.pass(26 * 60 * MINUTE);
        harness.stripe.borrow_mut().clear_faults();
        harness.stripe.borrow_mut().clear_calls();
        runs(&harness, 1);
        let calls = harness.stripe_calls();
        assert!(
            !calls
                .iter()
                .any(|call| call.starts_with("POST /v1/refunds")),
            "{calls:?}"
        );
        let (times, status) = if made {
            (1, "succeeded")
        } else {
            (0, "not_made")
        };
        assert_eq!(at_stripe(&harness).0, times);
        assert_eq!(harness.rows(REQUESTS), [format!("{status}|5000|treasurer")]);
        let told = harness.rows("SELECT kind FROM incidents WHERE kind = 'refund_failed'");
        assert_eq!(told.len(), usize::from(!made));
        // Another one can be asked for then.
        assert_eq!(refund(&harness, &json!({})).0, 200);
        assert_eq!(at_stripe(&harness).1, 15_000);
    }
}

#[test]
fn test_refund_twice_at_once_is_made_once() {
    let harness = paid();
    // The second press comes while Stripe works on the first: the request is written, and its answer is not there.
    harness.execute(
        "INSERT INTO refunds (request, payment_intent_id, amount_minor, currency, status, reason, actor, created_at, updated_at, next_try_at)
         SELECT lower(hex(randomblob(16))), payment_intent_id, 5000, 'usd', 'requested', 'refund', 'engineer', 1, 1, 9999999999999 FROM orders",
    );
    let (status, answer) = refund(&harness, &json!({}));
    assert_eq!(
        (status, &answer["code"]),
        (409, &json!("refund_in_progress"))
    );
    assert_eq!(harness.rows(AUDIT), Vec::<String>::new());
}

#[test]
fn test_refund_that_stripe_refused_can_be_asked_for_again() {
    let harness = paid();
    harness
        .stripe
        .borrow_mut()
        .add_fault(fake_stripe::Fault::next(
            Scope::Refunds,
            FaultKind::RefundRefused,
            1,
        ));
    let (status, answer) = refund(&harness, &json!({}));
    assert_eq!(
        (status, &answer["code"]),
        (409, &json!("refused_by_stripe"))
    );
    assert_eq!(harness.rows(REQUESTS), ["refused|15000|treasurer"]);
    // The balance is filled up: the refusal was saved under another key.
    harness.pass(MINUTE);
    assert_eq!(refund(&harness, &json!({})).0, 200);
    assert_eq!(at_stripe(&harness), (1, 15_000));
    let page = harness.ask(&desk("/admin/charges/2")).body;
    assert!(
        page.contains("Stripe refused a refund of 150.00 USD"),
        "{page}"
    );
}

#[test]
fn test_refund_made_in_stripes_dashboard_meanwhile_is_seen_before_another_is_made() {
    let harness = paid();
    harness.refund(&harness.intent(1), Some(10_000));
    // Its webhook is still on its way.
    let (status, answer) = refund(&harness, &part("50.00", "0"));
    assert_eq!((status, &answer["code"]), (409, &json!("changed")));
    assert_eq!(answer["refunded"], json!("100.00"));
    assert_eq!(harness.rows(ORDERS), ["1|paid|15000|10000"]);
    assert_eq!(
        refund(&harness, &part("50.01", "100.00")).1["code"],
        json!("too_much")
    );
    assert_eq!(refund(&harness, &part("50.00", "100.00")).0, 200);
    assert_eq!(harness.rows("SELECT status FROM orders"), ["refunded"]);
}

#[test]
fn test_cash_handed_back_twice_by_one_form_is_handed_back_once() {
    let harness = Harness::new().with_charge();
    harness.act(
        "/admin/charges/2/offline-payment",
        &json!({ "amount": "150.00", "method": "cash" }),
    );
    harness.pass(DAY);
    let press = part("20.00", "0");
    assert_eq!(refund(&harness, &press).0, 200);
    assert_eq!(refund(&harness, &press).1["code"], json!("changed"));
    assert_eq!(harness.rows("SELECT refunded_minor FROM orders"), ["2000"]);
    assert_eq!(
        harness.rows("SELECT order_id, amount_minor, status, actor FROM refunds"),
        ["1|2000|succeeded|treasurer"]
    );
    // The books say on which day.
    let books = harness.ask(&desk("/admin/export/payments.csv")).body;
    assert!(books.contains("2026-11-19"), "{books}");
    assert_eq!(refund(&harness, &json!({})).0, 200);
    assert_eq!(
        refund(&harness, &json!({})).1["code"],
        json!("nothing_to_refund")
    );
    assert_eq!(
        harness.rows("SELECT SUM(amount_minor) FROM refunds"),
        ["15000"]
    );
}

/// D1 has taken the request, and its answer was lost: it is not known whether anything will happen.
#[test]
fn test_refund_whose_request_may_be_written_is_unclear_and_not_unchanged() {
    let harness = paid();
    harness
        .breaks_d1_after
        .set(Some("INSERT INTO refunds (request"));
    let (status, answer) = refund(&harness, &part("50.00", "0"));
    assert_eq!((status, &answer["code"]), (503, &json!("refund_unclear")));
    harness.d1_is_down.set(false);
    assert_eq!(harness.rows(REQUESTS), ["requested|5000|treasurer"]);
    runs(&harness, 1);
    assert_eq!(at_stripe(&harness), (1, 5_000));
}

/// No page may say that nothing was changed where that is not known.
#[test]
fn test_acts_that_get_no_answer_do_not_say_that_nothing_was_changed() {
    let harness = paid();
    harness.d1_is_down.set(true);
    let reply = harness.ask(&crate::harness::Ask {
        body: b"{\"reason\": \"x\"}".to_vec(),
        ..desk("/admin/charges/2/close")
            .method("POST")
            .with("accept", JSON)
            .with("content-type", JSON)
    });
    assert_eq!(reply.status, 503);
    assert!(!reply.body.contains("othing was changed"), "{}", reply.body);
}

#[test]
fn test_refund_says_who_and_what_follows_from_stripe_says_nobody() {
    let harness = paid();
    assert_eq!(refund(&harness, &part("50.00", "0")).0, 200);
    harness.deliver_webhooks();
    harness.pass(DAY);
    harness.refund(&harness.intent(1), None);
    harness.deliver_webhooks();
    let events =
        harness.rows("SELECT from_status, to_status, cause, actor FROM order_events ORDER BY id");
    assert_eq!(
        events.last().map(String::as_str),
        Some("paid|refunded|webhook|")
    );
}

// --- money that comes back ---

/// A refunded payment comes back after the charge was reopened, while nobody has paid again: it has its place.
#[test]
fn test_payment_that_comes_back_takes_a_place_that_is_free() {
    let harness = paid();
    let refund = harness.refund(&harness.intent(1), None);
    harness.deliver_webhooks();
    harness.pass(MINUTE);
    assert_eq!(harness.act("/admin/charges/2/reopen", &json!({})).0, 200);
    assert!(
        harness
            .stripe
            .borrow_mut()
            .fail_refund(&refund, harness.now_ms())
            .is_ok()
    );
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|paid|15000|0"]);
    assert_eq!(harness.rows(INCIDENTS), ["refund_failed|1|open"]);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
}

/// The same while a click is pending: its payment page is ended, and the payment has its place.
#[test]
fn test_payment_that_comes_back_while_a_click_is_pending_takes_its_place() {
    for dies in [false, true] {
        let harness = paid();
        harness
            .stripe
            .borrow_mut()
            .set_next_refund(RefundStatus::Pending);
        assert_eq!(refund(&harness, &json!({})).0, 200);
        harness.deliver_webhooks();
        let refund = newest_refund(&harness);
        assert_eq!(harness.act("/admin/charges/2/reopen", &json!({})).0, 200);
        harness.pass(MINUTE);
        assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
        let session = harness.newest_session();
        assert!(
            harness
                .stripe
                .borrow_mut()
                .cancel_refund(&refund, harness.now_ms())
                .is_ok()
        );
        // If the Worker dies after its answer, the cron does it.
        harness.dies_after_answer.set(dies);
        harness.deliver_webhooks();
        if dies {
            assert_eq!(harness.rows(INCIDENTS), ["duplicate_payment|1|open"]);
            runs(&harness, 1);
        }
        assert!(!harness.is_open(&session));
        assert_eq!(harness.rows(ORDERS), ["1|paid|15000|0", "2|canceled|-|0"]);
        assert_eq!(harness.rows(INCIDENTS), ["duplicate_payment|1|adopted"]);
        assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
    }
}

/// The same after it was paid again: two payments are kept, and somebody is told.
#[test]
fn test_payment_that_comes_back_after_another_was_made_is_a_duplicate() {
    for auto in ["off", "on"] {
        let harness = paid_by(&[("AUTO_REFUND", auto)]);
        harness
            .stripe
            .borrow_mut()
            .set_next_refund(RefundStatus::Pending);
        assert_eq!(refund(&harness, &json!({})).0, 200);
        harness.deliver_webhooks();
        let first = newest_refund(&harness);
        assert_eq!(harness.act("/admin/charges/2/reopen", &json!({})).0, 200);
        harness.pass(MINUTE);
        pay(&harness);
        harness.pass(DAY);
        assert!(
            harness
                .stripe
                .borrow_mut()
                .cancel_refund(&first, harness.now_ms())
                .is_ok()
        );
        harness.deliver_webhooks();
        assert_eq!(
            harness.rows("SELECT kind, order_id, amount_minor FROM incidents WHERE kind = 'duplicate_payment'"),
            ["duplicate_payment|1|15000"]
        );
        runs(&harness, 5);
        const OPEN: &str =
            "SELECT id FROM incidents WHERE kind = 'duplicate_payment' AND resolved_at IS NULL";
        if auto == "off" {
            assert_eq!(
                harness.read("/admin")["collected"],
                json!([{"amount": "300.00", "currency": "usd", "count": 2}])
            );
            // The operator refunds it from the incident.
            let incident = harness.rows(OPEN).remove(0);
            let target = format!("/admin/incidents/{incident}/refund");
            assert_eq!(harness.act(&target, &json!({})).0, 200);
        }
        assert_eq!(harness.rows(OPEN), Vec::<String>::new());
        assert_eq!(
            harness.rows(ORDERS),
            ["1|refunded|15000|15000", "2|paid|15000|0"]
        );
        assert_eq!(
            harness.read("/admin")["collected"],
            json!([{"amount": "150.00", "currency": "usd", "count": 1}])
        );
    }
}

/// A dispute is lost, the charge reopened and paid again, and an appeal is won.
#[test]
fn test_dispute_won_late_after_the_charge_was_paid_again_is_told() {
    let harness = paid();
    let dispute = harness.dispute(&harness.intent(1));
    harness.deliver_webhooks();
    harness.pass(DAY);
    harness.close_dispute(&dispute, false);
    harness.deliver_webhooks();
    assert_eq!(harness.act("/admin/charges/2/reopen", &json!({})).0, 200);
    harness.pass(MINUTE);
    pay(&harness);
    harness.pass(30 * DAY);
    let mut stripe = harness.stripe.borrow_mut();
    assert!(stripe.appeal_dispute(&dispute, harness.now_ms()).is_ok());
    drop(stripe);
    harness.deliver_webhooks();
    harness.pass(DAY);
    let mut stripe = harness.stripe.borrow_mut();
    assert!(
        stripe
            .set_dispute_status(&dispute, DisputeStatus::Won, harness.now_ms())
            .is_ok()
    );
    drop(stripe);
    harness.deliver_webhooks();
    runs(&harness, 2);
    assert_eq!(
        harness.rows("SELECT kind, order_id FROM incidents WHERE resolved_at IS NULL"),
        ["duplicate_payment|1"]
    );
    assert_eq!(
        harness.read("/admin")["collected"],
        json!([{"amount": "300.00", "currency": "usd", "count": 2}])
    );
}

/// The event of the lost dispute arrives after the one of the appeal: the newer one stands.
#[test]
fn test_dispute_events_in_another_order_leave_what_happened_last() {
    for won_first in [false, true] {
        let harness = paid();
        let intent = harness.intent(1);
        let closed = |id: &str, status: &str, at: i64| {
            let object = json!({ "id": "dp_1", "object": "dispute", "payment_intent": intent, "amount": 15000, "currency": "usd", "status": status });
            let mut event: Value =
                serde_json::from_slice(&webhook(id, "charge.dispute.closed", object))
                    .unwrap_or_default();
            event["created"] = at.into();
            event.to_string().into_bytes()
        };
        let lost = closed("evt_lost", "lost", NOW / 1000 + 100);
        let won = closed("evt_won", "won", NOW / 1000 + 900);
        let order = if won_first { [won, lost] } else { [lost, won] };
        for event in order {
            assert_eq!(harness.deliver(&event).status, 200);
        }
        assert_eq!(
            harness.rows(ORDERS),
            ["1|paid|15000|0"],
            "won first: {won_first}"
        );
    }
}

/// A duplicate that was refunded, and whose refund failed, is told again.
#[test]
fn test_duplicate_whose_refund_fails_is_told_again() {
    let harness = Harness::configured(&[("AUTO_REFUND", "on")]).with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let first = harness.newest_session();
    harness.cancel_by_hand();
    pay(&harness);
    harness.pay(&first);
    harness.deliver_webhooks();
    assert_eq!(
        harness.rows(REQUESTS),
        ["succeeded|15000|AUTO_REFUND"],
        "by itself, and written down"
    );
    assert_eq!(harness.rows(AUDIT), ["refund|150.00"]);
    assert_eq!(harness.rows(INCIDENTS), ["duplicate_payment|1|refunded"]);
    let refund = newest_refund(&harness);
    assert!(
        harness
            .stripe
            .borrow_mut()
            .fail_refund(&refund, harness.now_ms())
            .is_ok()
    );
    harness.deliver_webhooks();
    runs(&harness, 3);
    assert_eq!(
        harness.rows("SELECT kind FROM incidents WHERE resolved_at IS NULL ORDER BY 1"),
        ["duplicate_payment", "refund_failed"]
    );
    // It is not refunded again by itself: the payer's bank has sent it back once.
    assert_eq!(harness.rows(REQUESTS), ["failed|15000|AUTO_REFUND"]);
}

/// A duplicate's refund whose answer is lost is one refund, and is finished.
#[test]
fn test_duplicate_whose_refund_got_no_answer_is_refunded_once() {
    let harness = Harness::configured(&[("AUTO_REFUND", "on")]).with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let first = harness.newest_session();
    harness.cancel_by_hand();
    pay(&harness);
    harness.always(Scope::CreateRefund, FaultKind::DropAfter);
    harness.pay(&first);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(REQUESTS), ["requested|15000|AUTO_REFUND"]);
    // Neither the next run nor Stripe's own event about it makes another one.
    runs(&harness, 2);
    harness.stripe.borrow_mut().clear_faults();
    runs(&harness, 2);
    assert_eq!(at_stripe(&harness), (1, 15_000));
    assert_eq!(harness.rows(REQUESTS), ["succeeded|15000|AUTO_REFUND"]);
    assert_eq!(harness.rows(INCIDENTS)[0], "duplicate_payment|1|refunded");
}

// --- what was paid in an old system ---

/// An order that was carried over as paid, with the session it was paid in.
fn carried() -> (Harness, String) {
    let harness = Harness::new();
    let session = harness.foreign_payment();
    harness.lose_webhooks();
    let csv = format!(
        "player_id,player,amount,order_id,order_status,order_created_at,stripe_session_id\n\
         26,Player 26,150.00,26,paid,2026-11-01T10:00:00Z,{session}\n"
    );
    let reply = harness.import_at("/admin/import?carry_orders=1", &csv);
    assert_eq!(reply.status, 200, "{}", reply.body);
    harness.pass(MINUTE);
    (harness, session)
}

#[test]
fn test_carried_over_payment_that_is_refunded_at_stripe_is_refunded() {
    let (harness, session) = carried();
    harness.refund(&harness.intent_of(&session), None);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["26|refunded|15000|15000"]);
    assert_eq!(harness.read("/admin")["collected"], json!([]));
}

#[test]
fn test_carried_over_payment_that_is_disputed_is_told_and_lost() {
    let (harness, session) = carried();
    let dispute = harness.dispute(&harness.intent_of(&session));
    harness.deliver_webhooks();
    assert_eq!(harness.rows(INCIDENTS), ["dispute|26|open"]);
    harness.pass(DAY);
    harness.close_dispute(&dispute, false);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["26|refunded|15000|15000"]);
}

#[test]
fn test_carried_over_payment_is_refunded_at_the_desk() {
    let (harness, session) = carried();
    let (status, answer) = harness.act("/admin/orders/26/refund", &part("50.00", "0"));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(at_stripe(&harness), (1, 5_000));
    assert_eq!(harness.intent(26), harness.intent_of(&session));
    assert_eq!(harness.rows(ORDERS), ["26|paid|15000|5000"]);
}

// --- sums, and currencies ---

#[test]
fn test_collected_counts_a_second_payment_until_it_has_gone_back() {
    let harness = Harness::new().with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let first = harness.newest_session();
    harness.cancel_by_hand();
    pay(&harness);
    harness.pay(&first);
    harness.deliver_webhooks();
    assert_eq!(
        harness.read("/admin")["collected"],
        json!([{"amount": "300.00", "currency": "usd", "count": 2}])
    );
}

#[test]
fn test_books_have_the_day_on_which_stripe_made_a_refund() {
    let harness = paid();
    harness.refund(&harness.intent(1), Some(5_000));
    harness.lose_webhooks();
    harness.pass(3 * DAY);
    runs(&harness, 2);
    assert_eq!(harness.rows(ORDERS), ["1|paid|15000|5000"]);
    let books = harness.ask(&desk("/admin/export/payments.csv")).body;
    let line = books.lines().nth(1).unwrap_or_default();
    assert!(
        line.contains("2026-11-18") && !line.contains("2026-11-21"),
        "{line}"
    );
}

#[test]
fn test_amount_in_another_currency_is_never_taken_for_the_orders() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.lose_webhooks();
    let intent = harness.intent_of(&session);
    let object = json!({ "id": session, "status": "complete", "payment_status": "paid", "payment_intent": intent,
        "amount_total": 13_800, "currency": "eur", "created": NOW / 1000 });
    assert_eq!(
        harness
            .deliver(&webhook("evt_old", "checkout.session.completed", object))
            .status,
        200
    );
    assert_eq!(
        harness.rows("SELECT status, paid_minor, currency FROM orders"),
        ["paid|15000|usd"]
    );
    assert_eq!(
        harness.rows("SELECT kind, amount_minor, currency FROM incidents"),
        ["amount_mismatch|13800|eur"]
    );
    assert_eq!(
        harness.read("/admin")["collected"],
        json!([{"amount": "150.00", "currency": "usd", "count": 1}])
    );
}

#[test]
fn test_dispute_lost_in_another_currency_takes_the_whole_payment_and_is_told() {
    let harness = paid();
    let intent = harness.intent(1);
    let object = json!({ "id": "dp_1", "object": "dispute", "payment_intent": intent, "amount": 13_800, "currency": "eur", "status": "lost" });
    harness.deliver(&webhook("evt_dp", "charge.dispute.closed", object));
    assert_eq!(harness.rows(ORDERS), ["1|refunded|15000|15000"]);
    assert_eq!(
        harness.rows("SELECT amount_minor, currency FROM refunds"),
        ["13800|eur"]
    );
    assert_eq!(
        harness
            .rows("SELECT kind, amount_minor, currency FROM incidents WHERE resolved_at IS NULL"),
        ["amount_mismatch|13800|eur"]
    );
    assert_eq!(harness.read("/admin")["collected"], json!([]));
}
