//! `POST /admin/reconcile`: the database was restored to an earlier point, and Stripe was not.

use serde_json::json;

use crate::harness::{Harness, MINUTE, NOW, desk, get, link};

const ORDERS: &str = "SELECT id, status, origin FROM orders ORDER BY id";
const SINCE: &str = r#"{"since": "2026-11-18T11:00:00Z"}"#;

#[test]
fn test_restore_a_forgotten_payment_is_made_anew() {
    let mut harness = Harness::new().with_charge();
    let before = harness.snapshot();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let session = harness.newest_session();
    harness.pay(&session);
    harness.deliver_webhooks();
    let attempt = harness.rows("SELECT attempt FROM orders");
    harness.restore(&before);
    assert!(harness.rows(ORDERS).is_empty());
    let (status, done) = harness.reconcile_since(SINCE);
    assert_eq!((status, &done["done"]), (200, &json!(true)));
    assert_eq!(done["sessions"], 1);
    assert_eq!(harness.rows(ORDERS), ["1|paid|stripe"]);
    assert_eq!(harness.rows("SELECT attempt FROM orders"), attempt);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
}

/// The books have the day on which it was paid, and not the one of the restore.
#[test]
fn test_restore_a_forgotten_payment_was_paid_when_stripe_says() {
    let mut harness = Harness::new().with_charge();
    let before = harness.snapshot();
    harness.ask(&link("demo-token-26"));
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    let paid_at = harness.rows("SELECT paid_at FROM orders");
    harness.pass(10 * 24 * 60 * MINUTE);
    harness.restore(&before);
    assert_eq!(harness.reconcile_since(SINCE).0, 200);
    assert_eq!(harness.rows("SELECT paid_at FROM orders"), paid_at);
}

#[test]
fn test_restore_a_forgotten_open_session_is_expired() {
    let mut harness = Harness::new().with_charge();
    let before = harness.snapshot();
    harness.ask(&link("demo-token-26"));
    let forgotten = harness.newest_session();
    harness.restore(&before);
    harness.reconcile_since(SINCE);
    assert!(!harness.is_open(&forgotten) && harness.rows(ORDERS).is_empty());
    // The id comes round again, the attempt does not.
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    assert_eq!(harness.rows(ORDERS), ["1|pending|guard"]);
    let session = harness.newest_session();
    assert!(session != forgotten && harness.is_open(&session));
}

#[test]
fn test_restore_what_became_of_a_known_order_is_read_again() {
    let (mut harness, session) = Harness::clicked();
    let before = harness.snapshot();
    harness.pay(&session);
    harness.deliver_webhooks();
    harness.pass(MINUTE);
    harness.refund(&harness.intent(1), None);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|refunded|guard"]);
    harness.restore(&before);
    assert_eq!(harness.rows(ORDERS), ["1|pending|guard"]);
    assert_eq!(harness.reconcile_since(SINCE).0, 200);
    assert_eq!(harness.rows(ORDERS), ["1|refunded|guard"]);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
}

#[test]
fn test_restore_a_debit_at_work_keeps_its_place() {
    let mut harness = Harness::new().with_charge();
    let before = harness.snapshot();
    harness.ask(&link("demo-token-26"));
    let session = harness.newest_session();
    harness.debit(&session);
    harness.restore(&before);
    harness.reconcile_since(SINCE);
    assert_eq!(harness.rows(ORDERS), ["1|pending|stripe"]);
    let page = harness.ask(&link("demo-token-26"));
    assert!(
        page.status == 409 && page.body.contains("processing"),
        "{}",
        page.body
    );
    harness.bank(&session, true);
    harness.deliver_webhooks();
    assert_eq!(harness.rows(ORDERS), ["1|paid|stripe"]);
}

#[test]
fn test_restore_goes_on_with_the_cron_where_its_budget_ends() {
    let mut harness = Harness::configured(&[("RECONCILE_BUDGET", "20")])
        .with_charge()
        .with_second_charge();
    let before = harness.snapshot();
    for token in ["demo-token-26", "demo-token-27"] {
        harness.ask(&link(token));
        harness.pay(&harness.newest_session());
    }
    harness.restore(&before);
    let (status, done) = harness.reconcile_since(SINCE);
    assert_eq!((status, &done["done"]), (200, &json!(false)));
    for _ in 0..4 {
        harness.pass(5 * MINUTE);
        harness.cron_within(20);
    }
    assert_eq!(harness.rows(ORDERS), ["1|paid|stripe", "2|paid|stripe"]);
}

#[test]
fn test_restore_is_in_the_audit() {
    let harness = Harness::new();
    harness.reconcile_since(SINCE);
    let audit = harness.rows("SELECT at, operator, act, about, detail FROM audit");
    let since = r#"{"since":"2026-11-18T11:00:00Z"}"#;
    assert_eq!(audit, [format!("{NOW}|treasurer|reconcile|stripe|{since}")]);
    assert_eq!(harness.log.borrow().code, "reconciled");
}

#[test]
fn test_restore_refuses_what_it_cannot_read() {
    let harness = Harness::new();
    for (body, part) in [
        ("", "must be JSON"),
        ("since=2026-11-18", "must be JSON"),
        ("{}", "must be JSON"),
        (r#"{"since": 5}"#, "must be JSON"),
        (
            r#"{"since": "2026-11-18T11:00:00Z", "until": 5}"#,
            "must be JSON",
        ),
        (r#"{"since": "2026-11-18"}"#, "like 2026-11-20T08:00:00Z"),
        (r#"{"since": "2027-11-18T11:00:00Z"}"#, "in the future"),
    ] {
        let before = harness.all_rows();
        let (status, problem) = harness.reconcile_since(body);
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(status == 400 && detail.contains(part), "{body}: {detail}");
        assert_eq!(harness.all_rows(), before);
    }
}

#[test]
fn test_restore_is_for_the_operator_alone() {
    let harness = Harness::new();
    let before = harness.all_rows();
    let ask = get("/admin/reconcile").method("POST");
    assert_eq!(harness.ask(&ask).status, 401);
    let wrong = ask.with("authorization", "Bearer wrong");
    assert_eq!(harness.ask(&wrong).status, 401);
    assert_eq!(harness.all_rows(), before);
    assert_eq!(harness.ask(&get("/admin/reconcile")).status, 405);
}

// --- numbers come round again ---

const HEAD: &str = "player_id,player,amount,token\n";
const A: &str = "25,Player 25,150.00,token-of-player-25\n";
const B: &str = "26,Player 26,150.00,token-of-player-26\n";
const STATES: &str = "SELECT p.player_id, c.state FROM standings c JOIN players p ON p.id = c.player_id ORDER BY p.player_id";

/// Two charges are imported, the first one's payer goes to pay, and the database is restored to before the import.
fn restored_to_before_the_import(
    changes: &[(&str, &str)],
    pay: impl FnOnce(&Harness, &str),
) -> (Harness, String) {
    let mut harness = Harness::configured(changes);
    let before = harness.snapshot();
    assert_eq!(harness.import(&format!("{HEAD}{A}{B}")).status, 200);
    assert_eq!(harness.ask(&link("token-of-player-25")).status, 307);
    let session = harness.newest_session();
    pay(&harness, &session);
    harness.deliver_webhooks();
    harness.pass(10 * MINUTE);
    harness.restore(&before);
    (harness, session)
}

fn statuses(harness: &Harness) -> [u16; 2] {
    ["token-of-player-25", "token-of-player-26"].map(|token| harness.ask(&link(token)).status)
}

/// The file is sorted another way by now: the first charge is another player's.
#[test]
fn test_restore_a_payment_never_lands_on_another_player() {
    let (harness, _) = restored_to_before_the_import(&[], |harness, session| harness.pay(session));
    harness.reconcile_since(SINCE);
    assert_eq!(
        harness.rows("SELECT kind, charge_named FROM incidents"),
        [r#"unknown_charge|["25","first_payment",""]"#]
    );
    assert_eq!(harness.import(&format!("{HEAD}{B}{A}")).status, 200);
    assert_eq!(harness.rows(STATES), ["25|paid", "26|unpaid"]);
    assert_eq!(
        harness.rows("SELECT kind, resolution FROM incidents"),
        ["unknown_charge|placed"]
    );
    assert_eq!(statuses(&harness), [409, 307]);
}

/// The import comes first, as the runbook has it.
#[test]
fn test_restore_after_the_import_a_payment_finds_its_charge() {
    let (harness, _) = restored_to_before_the_import(&[], |harness, session| harness.pay(session));
    assert_eq!(harness.import(&format!("{HEAD}{B}{A}")).status, 200);
    harness.reconcile_since(SINCE);
    assert_eq!(harness.rows(STATES), ["25|paid", "26|unpaid"]);
    assert!(harness.rows("SELECT kind FROM incidents").is_empty());
}

/// Stripe delivers by itself, days after the import.
#[test]
fn test_restore_a_late_webhook_finds_the_charge_of_its_player() {
    for auto in ["off", "on"] {
        let changes = [("AUTO_REFUND", auto)];
        let (harness, debit) =
            restored_to_before_the_import(&changes, |harness, session| harness.debit(session));
        harness.reconcile_since(SINCE);
        harness.import(&format!("{HEAD}{B}{A}"));
        assert_eq!(harness.rows(STATES), ["25|processing", "26|unpaid"]);
        // 26 pays by card, then 25's bank pays.
        assert_eq!(harness.ask(&link("token-of-player-26")).status, 307);
        harness.pay(&harness.newest_session());
        harness.deliver_webhooks();
        harness.pass(3 * 24 * 60 * MINUTE);
        harness.bank(&debit, true);
        harness.deliver_webhooks();
        harness.cron();
        assert_eq!(harness.rows(STATES), ["25|paid", "26|paid"]);
        assert_eq!(harness.stripe.borrow().refunds().count(), 0);
        assert_eq!(
            harness.rows("SELECT kind FROM incidents WHERE resolved_at IS NULL"),
            Vec::<String>::new()
        );
    }
}

/// A month that was opened, paid, forgotten and opened again, with other charges in between.
#[test]
fn test_restore_a_month_opened_again_keeps_its_payments() {
    let mut harness = Harness::configured(&[("BILLING_DAY", "1")]);
    harness.import("player_id,player,amount,kind,monthly_fee\n25,Player 25,0,custom,60.00\n26,Player 26,0,custom,60.00\n");
    let before = harness.snapshot();
    harness.cron();
    let month = json!({"kind": "monthly", "period": "2026-11"});
    assert_eq!(harness.act("/checkout/players/25/sessions", &month).0, 200);
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    harness.pass(10 * MINUTE);
    harness.restore(&before);
    harness.import("player_id,player,amount,kind,period\n26,Player 26,60.00,custom,2026-11\n");
    harness.cron();
    harness.reconcile_since(SINCE);
    let paid = harness.rows("SELECT p.player_id, c.kind, c.period FROM charges c JOIN players p ON p.id = c.player_id WHERE c.state = 'paid'");
    assert_eq!(paid, ["25|monthly|2026-11"]);
}

/// Without a second POST: the import places what is known, before anybody can pay again.
#[test]
fn test_restore_import_after_reconcile_places_what_was_paid() {
    let (harness, _) = restored_to_before_the_import(&[], |harness, session| harness.pay(session));
    harness.reconcile_since(SINCE);
    assert_eq!(harness.import(&format!("{HEAD}{A}")).status, 200);
    assert_eq!(harness.ask(&link("token-of-player-25")).status, 409);
    // If the Worker dies after the import's answer, the cron does it.
    let (harness, _) = restored_to_before_the_import(&[], |harness, session| harness.pay(session));
    harness.reconcile_since(SINCE);
    harness.dies_after_answer.set(true);
    harness.import(&format!("{HEAD}{A}"));
    harness.pass(5 * MINUTE);
    harness.cron();
    assert_eq!(harness.ask(&link("token-of-player-25")).status, 409);
}

// --- asked for again and again ---

#[test]
fn test_restore_asked_for_again_goes_on_where_it_was() {
    let mut harness = Harness::configured(&[("RECONCILE_BUDGET", "45")]);
    let mut csv = HEAD.to_owned();
    for n in 100..160 {
        csv += &format!("{n},Player {n},150.00,token-of-player-{n}\n");
    }
    assert_eq!(harness.import(&csv).status, 200);
    let before = harness.snapshot();
    for n in 100..160 {
        assert_eq!(
            harness.ask(&link(&format!("token-of-player-{n}"))).status,
            307
        );
        harness.pay(&harness.newest_session());
        harness.pass(1_000);
    }
    harness.deliver_webhooks();
    harness.pass(10 * MINUTE);
    harness.restore(&before);
    for n in 0.. {
        assert!(n < 200, "repeated as the runbook says, and never done");
        let (status, answer) = harness.reconcile_since(SINCE);
        assert_eq!(status, 200);
        if answer["done"] == json!(true) {
            break;
        }
        harness.pass(1_000);
    }
    assert_eq!(
        harness.rows("SELECT COUNT(*) FROM orders WHERE status = 'paid'"),
        ["60"]
    );
}

#[test]
fn test_restore_asked_for_again_leaves_emails_alone_that_were_queued_since() {
    let harness = Harness::configured(&[("MAIL_FROM", "pay@club.example")]).with_charge();
    let queue = || {
        harness.act(
            "/admin/messages",
            &json!({"template": "link", "charges": [2]}),
        )
    };
    assert_eq!(queue().1["queued"], 1);
    harness.reconcile_since(SINCE);
    let states = "SELECT state, reason FROM messages ORDER BY id";
    assert_eq!(harness.rows(states), ["unclear|restored"]);
    let id = harness.rows("SELECT id FROM messages").remove(0);
    assert_eq!(
        harness
            .act(&format!("/admin/messages/{id}/again"), &json!({}))
            .0,
        200
    );
    harness.reconcile_since(SINCE);
    assert_eq!(harness.rows("SELECT state FROM messages"), ["queued"]);
}

/// A session that cannot be brought into line is told, and keeps nobody else from being read.
#[test]
fn test_restore_one_session_that_always_fails_does_not_stop_the_cron() {
    let mut harness = Harness::new().with_charge().with_second_charge();
    let before = harness.snapshot();
    harness.ask(&link("demo-token-26"));
    harness.pay(&harness.newest_session());
    harness.lose_webhooks();
    harness.restore(&before);
    // An old system's order of the other mode was carried over since: it holds the place, and Stripe cannot be asked.
    harness.import_at(
        "/admin/import?carry_orders=1",
        "player_id,player,amount,order_id,order_status,order_created_at,stripe_session_id\n\
         26,Player 26,150.00,900,pending,2026-11-18T10:00:00Z,cs_live_abcdefghijklmnop\n",
    );
    let (_, answer) = harness.reconcile_since(SINCE);
    assert_eq!(answer["sessions"], 0);
    let open = "SELECT kind FROM incidents WHERE resolved_at IS NULL AND kind NOT IN ('webhooks_silent', 'stale_pending') ORDER BY 1";
    assert_eq!(harness.rows(open), ["not_restored", "unknown_session"]);
    harness.pass(10 * MINUTE);
    harness.ask(&link("demo-token-27"));
    harness.pay(&harness.newest_session());
    harness.lose_webhooks();
    for _ in 0..2 {
        harness.pass(5 * MINUTE);
        harness.cron();
    }
    assert_eq!(
        harness.rows("SELECT status FROM orders WHERE charge_id = 3"),
        ["paid"]
    );
    // Once the operator gives the old page up, its payment has its place.
    harness.pass(24 * 60 * MINUTE);
    assert_eq!(
        harness
            .act("/admin/charges/2/give-up-session", &json!({}))
            .0,
        200
    );
    for _ in 0..2 {
        harness.pass(5 * MINUTE);
        harness.cron();
    }
    assert_eq!(
        harness.rows("SELECT status, origin FROM orders WHERE charge_id = 2 ORDER BY id"),
        ["canceled|import", "paid|stripe"]
    );
    assert_eq!(harness.rows(open), Vec::<String>::new());
}

/// An event before the restore was told then: nobody gets the email a second time by itself.
#[test]
fn test_restore_a_debit_that_failed_before_is_not_told_again_by_itself() {
    let mut harness = Harness::configured(&[("MAIL_FROM", "pay@club.example")]).with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let session = harness.newest_session();
    harness.debit(&session);
    harness.deliver_webhooks();
    harness.pass(MINUTE);
    let before = harness.snapshot();
    harness.pass(MINUTE);
    harness.bank(&session, false);
    harness.deliver_webhooks();
    harness.cron();
    assert_eq!(harness.mail.taken.take().len(), 1);
    harness.pass(10 * MINUTE);
    harness.restore(&before);
    harness.reconcile_since(SINCE);
    harness.pass(5 * MINUTE);
    harness.cron();
    assert_eq!(
        harness.rows("SELECT to_status, cause FROM order_events ORDER BY id DESC LIMIT 1"),
        ["canceled|restore"]
    );
    assert_eq!(harness.mail.taken.take().len(), 0);
}

// --- an account that is gone for good ---

#[test]
fn test_session_of_an_account_that_is_gone_can_be_given_up_once_its_time_is_over() {
    let (harness, _) = Harness::clicked();
    harness.stripe.borrow_mut().reset();
    let give_up = || harness.act("/admin/charges/2/give-up-session", &json!({}));
    harness.pass(31 * MINUTE);
    let (status, answer) = give_up();
    assert_eq!((status, &answer["code"]), (409, &json!("too_early")));
    harness.pass(36 * MINUTE);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    let page = harness.ask(&desk("/admin/charges/2")).body;
    assert!(page.contains("/admin/charges/2/give-up-session"), "{page}");
    let warned = harness.ask(&desk("/admin/charges/2/give-up-session")).body;
    assert!(warned.contains("this Worker never hears of it"), "{warned}");
    assert_eq!(give_up().0, 200);
    assert_eq!(
        harness.rows("SELECT status, cancel_reason FROM orders"),
        ["canceled|given_up"]
    );
    assert_eq!(
        harness.rows("SELECT act, about FROM audit"),
        ["give_up_session|charge 2"]
    );
    assert_eq!(
        harness.rows("SELECT kind, resolution FROM incidents WHERE kind = 'unknown_session'"),
        ["unknown_session|an operator gave it up"]
    );
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    // One that Stripe knows is ended as usual.
    assert_eq!(give_up().0, 200);
    assert_eq!(
        harness.rows("SELECT cancel_reason FROM orders ORDER BY id"),
        ["given_up", "operator"]
    );
}
