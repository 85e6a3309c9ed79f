//! The desk's read model: what it costs, and who pays for it.

use checkout_guard::store::{Database, Statement, Value, checkout::CLAIM, fold};
use serde_json::json;

use crate::harness::{Harness, NOW, desk, link, run};

const MODEL: &str = "\
    SELECT 'state', state, 0, 0 FROM charges UNION ALL SELECT state, currency, count, minor FROM sums \
    UNION ALL SELECT 'activity', what, count, 0 FROM activity WHERE what IN ('session', 'payment')";

#[test]
fn test_fold_a_click_and_a_delivery_leave_the_model_to_the_desk() {
    let harness = Harness::new().with_charge();
    harness.read("/admin");
    let before = harness.rows(MODEL);
    harness.ask(&link("demo-token-26"));
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    assert_eq!(harness.rows(MODEL), before);
    assert!(harness.rows("SELECT * FROM changed_charges").is_empty());
    harness.read("/admin");
    assert_eq!(
        harness.rows(MODEL),
        [
            "state|paid|0|0",
            "collected|usd|1|15000",
            "paid|usd|1|15000",
            "activity|payment|1|0",
            "activity|session|1|0"
        ]
    );
}

#[test]
fn test_fold_writes_nothing_if_nothing_has_changed() {
    let harness = Harness::new().with_charge();
    harness.read("/admin");
    let before = harness.db.total_changes();
    harness.read("/admin");
    harness.read("/admin/charges");
    assert_eq!(harness.db.total_changes(), before);
}

#[test]
fn test_fold_each_run_of_the_cron_does_it() {
    let harness = Harness::new().with_charge();
    harness.ask(&link("demo-token-26"));
    harness.cron();
    assert_eq!(harness.rows("SELECT state FROM charges"), ["pending"]);
}

#[test]
fn test_fold_takes_up_ten_thousand_changes_and_says_that_more_are_to_come() {
    let harness = Harness::new();
    let count = fold::MOST + 2;
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES (1, '1', 'Player 1', 1, 1);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO charges (player_id, kind, period, amount_minor, currency, created_at, updated_at)
         SELECT 1, 'monthly', printf('%04d-%02d', 1000 + i / 12, 1 + i % 12), 100, 'usd', 1, 1 FROM n"
    ));
    let page = harness.ask(&desk("/admin")).body;
    assert!(
        page.contains("not up to date yet") && page.contains("2 changes"),
        "{page}"
    );
    assert_eq!(harness.rows("SELECT SUM(count) FROM sums"), ["10000"]);
    let charges = harness.read("/admin/charges");
    assert_eq!(charges["unfolded"], json!(0));
    assert_eq!(harness.rows("SELECT SUM(count) FROM sums"), ["10002"]);
    let page = harness.ask(&desk("/admin")).body;
    assert!(!page.contains("not up to date yet"));
}

/// The claim's condition is that the charge stands at 'unpaid', in other words.
#[test]
fn test_fold_a_claim_succeeds_where_the_charge_is_unpaid_and_nowhere_else() {
    let orders = [
        "",
        "'pending', NULL, NULL, NULL",
        "'pending', NULL, 'bank', NULL",
        "'pending', NULL, 'payer', NULL",
        "'paid', NULL, NULL, NULL",
        "'canceled', NULL, NULL, NULL",
        "'refunded', NULL, NULL, NULL",
        "'refunded', 1, NULL, NULL",
    ];
    let mut claimed = 0;
    for first in orders {
        for second in orders {
            for charge in ["closed_at = NULL", "closed_at = 1", "amount_minor = 0"] {
                let harness = Harness::new().with_charge();
                let order = |order: &str| {
                    if order.is_empty() {
                        return;
                    }
                    // Two live ones cannot be.
                    let _ = harness.db.execute_batch(&format!(
                        "INSERT INTO orders (charge_id, attempt, amount_minor, currency, created_at, paid_at, canceled_at, cancel_reason, \
                                             refunded_at, status, reopened_at, waits_for, updated_at) \
                         VALUES (2, lower(hex(randomblob(16))), 15000, 'usd', 1, 1, 1, 'by hand', 1, {order})"
                    ));
                };
                order(first);
                order(second);
                harness.execute(&format!("UPDATE charges SET {charge}"));
                let is_unpaid = harness.rows("SELECT state FROM standings") == ["unpaid"];
                let count = || harness.rows("SELECT COUNT(*) FROM orders");
                let before = count();
                let text = |text: &str| Value::Text(text.to_owned());
                let token = harness.rows("SELECT token_sha256 FROM links").remove(0);
                let claim = Statement {
                    sql: CLAIM,
                    parameters: vec![
                        text(&token),
                        text("an-attempt-of-this-test"),
                        text("Club"),
                        text("https://pay.example"),
                        Value::Integer(NOW),
                        Value::Integer(NOW),
                        Value::Integer(NOW),
                        text("click"),
                        text(r#"{"en": {"first_payment": "First payment"}}"#),
                        text("en"),
                    ],
                };
                let _ = run(harness.batch(vec![claim]));
                let is_claimed = count() != before;
                assert_eq!(is_claimed, is_unpaid, "{first} / {second} / {charge}");
                claimed += usize::from(is_claimed);
            }
        }
    }
    assert_eq!(claimed, 9);
}
