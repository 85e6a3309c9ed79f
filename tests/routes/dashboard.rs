//! `GET /admin`: the desk's first page.

use checkout_guard::{
    desk::{dashboard::queries, incidents::queries as incidents},
    store::health,
};
use serde_json::{Value, json};

use crate::harness::{Harness, MINUTE, NOW, desk, get, link};

const HOUR: i64 = 60 * MINUTE;

fn dashboard(harness: &Harness) -> Value {
    harness.read("/admin")
}

fn page(harness: &Harness) -> String {
    let reply = harness.ask(&desk("/admin"));
    assert_eq!(reply.status, 200);
    reply.body.to_string()
}

#[test]
fn test_dashboard_is_for_operators_alone() {
    let harness = Harness::new();
    assert_eq!(harness.ask(&get("/admin")).status, 401);
    assert_eq!(harness.calls.get().d1, 0);
    assert_eq!(harness.ask(&desk("/admin").method("POST")).status, 405);
    assert_eq!(harness.ask(&desk("/admin/")).status, 404);
}

#[test]
fn test_dashboard_says_what_to_do_first() {
    let harness = Harness::new();
    let page = page(&harness);
    assert!(page.contains("Begin here") && page.contains(r#"href="/admin/import""#));
    assert!(
        page.contains("Nothing has been paid yet.")
            && page.contains("Nobody has opened a link yet.")
    );
    assert!(page.contains("Nothing waits for you."));
    let json = dashboard(&harness);
    assert_eq!(
        (&json["collected"], &json["outstanding"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(json["days"].as_array().map(Vec::len), Some(30));
}

#[test]
fn test_dashboard_sums_what_was_paid_and_what_is_owed() {
    let harness = Harness::new().with_charge().with_second_charge();
    harness.ask(&link("demo-token-26"));
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    let json = dashboard(&harness);
    assert_eq!(
        json["collected"],
        json!([{"amount": "150.00", "currency": "usd", "count": 1}])
    );
    assert_eq!(
        json["outstanding"],
        json!([{"amount": "165.00", "currency": "usd", "count": 1}])
    );
    assert_eq!(
        json["charges"],
        json!([
            {"state": "unpaid", "amount": "165.00", "currency": "usd", "count": 1},
            {"state": "paid", "amount": "150.00", "currency": "usd", "count": 1},
        ])
    );
    let page = page(&harness);
    assert!(!page.contains("Begin here"));
    for part in [
        r#"<p class="number money">150.00 USD</p>"#,
        r#"<p class="number money">165.00 USD</p>"#,
        r#"href="/admin/charges?state=paid""#,
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn test_dashboard_counts_by_day_of_the_clubs_zone() {
    let harness = Harness::configured(&[("CLUB_TIMEZONE", "America/New_York")]);
    let today = NOW - NOW % (24 * HOUR);
    // 03:00 UTC is still the day before in New York. All answers are clicks, whatever they were.
    for row in [
        format!("({}, 'answer:pay', 2)", today + 3 * HOUR),
        format!("({}, 'answer:already_paid', 1)", today + 3 * HOUR),
        format!("({}, 'session', 2)", today + 3 * HOUR),
        format!("({}, 'payment', 1)", today + 6 * HOUR),
        format!("({}, 'answer:pay', 9)", today - 24 * 40 * HOUR),
    ] {
        harness.execute(&format!("INSERT INTO activity VALUES {row}"));
    }
    let json = dashboard(&harness);
    assert_eq!(json["timezone"], "America/New_York");
    let days = json["days"].as_array().cloned().unwrap_or_default();
    let [before, last] = &days[28..] else {
        panic!("{days:?}")
    };
    assert_eq!(
        (&before["clicks"], &before["sessions"], &before["payments"]),
        (&json!(3), &json!(2), &json!(0))
    );
    assert_eq!((&last["clicks"], &last["payments"]), (&json!(0), &json!(1)));
    let clicks: i64 = days.iter().filter_map(|day| day["clicks"].as_i64()).sum();
    assert_eq!(clicks, 3);
    let page = page(&harness);
    assert!(
        page.contains("<svg")
            && page.contains("<details>")
            && page.contains("By day of America/New_York")
    );
    assert!(!page.contains(" style=") && !page.contains("<script>"));
}

#[test]
fn test_dashboard_shows_five_incidents_and_counts_a_hundred() {
    let harness = Harness::new();
    for number in 0..120 {
        harness.execute(&format!(
            "INSERT INTO incidents (subject, kind, opened_at) VALUES ('dispute:{number}', 'dispute', {NOW})"
        ));
    }
    harness.execute(&format!(
        "UPDATE incidents SET resolved_at = {NOW} WHERE id > 110"
    ));
    let json = dashboard(&harness);
    let incidents = &json["incidents"];
    assert_eq!(
        (&incidents["open"], &incidents["has_more"]),
        (&json!(100), &json!(true))
    );
    let newest = incidents["newest"].as_array().into_iter().flatten();
    let ids: Vec<_> = newest
        .filter_map(|incident| incident["id"].as_i64())
        .collect();
    assert_eq!(ids, [110, 109, 108, 107, 106]);
    assert!(page(&harness).contains("100 or more open"));
}

#[test]
fn test_dashboard_reads_a_bounded_number_of_rows() {
    let harness = Harness::new();
    for statement in [
        queries::ACTIVITY,
        incidents::LIST_OPEN,
        incidents::COUNT_OPEN,
        health::LAST_EVENT,
        health::LAST_RUN,
        health::DUE,
    ] {
        let plan = harness.plan(statement);
        // What was grouped or limited before, not a table.
        let scans = plan.iter().filter(|step| step.starts_with("SCAN "));
        let scans: Vec<_> = scans
            .filter(|step| !step.starts_with("SCAN (subquery"))
            .collect();
        assert!(scans.is_empty(), "{statement}\n{plan:#?}");
    }
    // A row for each state, month and day on which something is due.
    for statement in [queries::TOTALS, queries::OVERDUE] {
        let plan = harness.plan(statement);
        assert!(
            plan[0].ends_with("sums") || plan[0].contains(" sums "),
            "{plan:#?}"
        );
    }
    // The open incidents are read by an index that has no others.
    let plan = harness.plan(incidents::LIST_OPEN);
    assert!(
        plan.iter()
            .any(|step| step.contains("incidents_open_by_id")),
        "{plan:#?}"
    );
}

#[test]
fn test_dashboard_without_a_database_says_so() {
    let harness = Harness::new();
    harness.d1_is_down.set(true);
    assert_eq!(harness.ask(&desk("/admin")).status, 503);
}
