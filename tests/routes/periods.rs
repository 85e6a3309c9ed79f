//! `/admin/periods`: the monthly fee, by an operator and by the cron.

use checkout_guard::store::months;
use serde_json::{Value, json};

use crate::harness::{Harness, MINUTE, NOW, desk, get};

const DAY: i64 = 24 * 60 * MINUTE;

fn may() -> Value {
    json!({"period": "2026-05", "kind": "monthly", "currency": "usd", "due_on": "2026-05-15"})
}

/// A club of players with these fees in minor units and currencies.
fn club(fees: &[(i64, &str)]) -> Harness {
    billed_club(&[], fees)
}

fn billed_club(changes: &[(&str, &str)], fees: &[(i64, &str)]) -> Harness {
    let harness = Harness::configured(changes);
    for (at, (minor, currency)) in fees.iter().enumerate() {
        join(&harness, at as i64 + 1, *minor, currency);
    }
    harness
}

fn join(harness: &Harness, number: i64, minor: i64, currency: &str) {
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, monthly_fee_minor, monthly_currency, created_at, updated_at)
         VALUES ({number}, 'p{number}', 'Player {number}', {minor}, '{currency}', {NOW}, {NOW})"
    ));
}

fn charges(harness: &Harness) -> Vec<String> {
    harness.rows(
        "SELECT player_id, kind, period, amount_minor, currency, due_on, state FROM charges ORDER BY player_id, id",
    )
}

fn months(harness: &Harness) -> Vec<String> {
    harness.rows("SELECT period, kind, currency, due_on, opened_by, charged, charged_minor, left_out FROM periods")
}

#[test]
fn test_periods_charges_every_player_with_a_fee_and_lists_the_others() {
    let harness = club(&[
        (5_000, "usd"),
        (0, "usd"),
        (4_000, "eur"),
        (7_550, "usd"),
        (49, "usd"),
        (100_000_000, "usd"),
    ]);
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES (7, 'p7', 'Player 7', {NOW}, {NOW});
         INSERT INTO players (id, player_id, name, erased_at, created_at, updated_at)
         VALUES (8, 'p8', 'Erased player', {NOW}, {NOW}, {NOW});
         INSERT INTO players (id, player_id, name, monthly_fee_minor, monthly_currency, created_at, updated_at)
         VALUES (9, 'p9', 'Player 9', 5000, 'usd', {NOW}, {NOW});
         INSERT INTO charges (player_id, kind, period, amount_minor, currency, created_at, updated_at)
         VALUES (9, 'monthly', '2026-05', 6000, 'usd', {NOW}, {NOW})"
    ));
    let before = harness.all_rows();
    let (status, dry) = harness.act("/admin/periods?dry_run=1", &may());
    assert_eq!((status, harness.all_rows()), (200, before));
    let (status, opened) = harness.act("/admin/periods", &may());
    assert_eq!(status, 200);
    for (answer, dry_run) in [(&dry, true), (&opened, false)] {
        assert_eq!(answer["dry_run"], dry_run);
        assert_eq!(answer["changed"], !dry_run);
        assert_eq!(answer["total"], "125.50");
        let charged = |number: i64, amount: &str| json!({"player_id": format!("p{number}"), "player": format!("Player {number}"), "amount": amount, "currency": "usd"});
        assert_eq!(
            answer["charged"],
            json!([charged(1, "50.00"), charged(4, "75.50")])
        );
        let left_out: Vec<String> = answer["left_out"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|left| format!("{}|{}", left["player_id"], left["reason"]).replace('"', ""))
            .collect();
        assert_eq!(
            left_out,
            [
                "p2|fee_zero",
                "p3|other_currency",
                "p5|below_minimum",
                "p6|not_chargeable",
                "p7|no_fee",
                "p8|erased",
                "p9|already_charged"
            ]
        );
    }
    assert_eq!(dry["seen"], opened["seen"]);
    assert_eq!(
        charges(&harness),
        [
            "1|monthly|2026-05|5000|usd|2026-05-15|unpaid",
            "4|monthly|2026-05|7550|usd|2026-05-15|unpaid",
            "9|monthly|2026-05|6000|usd|-|unpaid"
        ]
    );
    assert_eq!(
        months(&harness),
        ["2026-05|monthly|usd|2026-05-15|treasurer|2|12550|7"]
    );
    assert_eq!(
        harness.rows("SELECT operator, act, about, detail FROM audit"),
        [
            r#"treasurer|open_period|period 2026-05 usd|{"kind":"monthly","due_on":"2026-05-15","charged":2,"amount":"125.50","left_out":7}"#
        ]
    );
    // No link is made here.
    assert_eq!(harness.rows("SELECT id FROM links"), Vec::<String>::new());
}

#[test]
fn test_periods_twice_charges_nobody_twice_and_again_only_who_is_new() {
    let harness = club(&[(5_000, "usd"), (0, "usd")]);
    assert_eq!(harness.act("/admin/periods", &may()).1["changed"], true);
    let before = harness.all_rows();
    let (status, again) = harness.act("/admin/periods", &may());
    assert_eq!((status, &again["changed"]), (200, &json!(false)));
    assert_eq!(harness.all_rows(), before);
    join(&harness, 3, 4_000, "usd");
    let later =
        json!({"period": "2026-05", "kind": "monthly", "currency": "USD", "due_on": "2026-06-01"});
    let (_, opened) = harness.act("/admin/periods", &later);
    assert_eq!(opened["charged"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        charges(&harness),
        [
            "1|monthly|2026-05|5000|usd|2026-05-15|unpaid",
            "3|monthly|2026-05|4000|usd|2026-06-01|unpaid"
        ]
    );
    // The counts add up, and the rest is of the first opening.
    assert_eq!(
        months(&harness),
        ["2026-05|monthly|usd|2026-05-15|treasurer|2|9000|2"]
    );
}

#[test]
fn test_periods_tells_an_operator_what_has_changed_since_the_preview() {
    let harness = club(&[(5_000, "usd")]);
    let (_, dry) = harness.act("/admin/periods?dry_run=1", &may());
    harness.execute("UPDATE players SET monthly_fee_minor = 5500");
    let before = harness.all_rows();
    let mut pressed = may();
    pressed["seen"] = dry["seen"].clone();
    let (status, problem) = harness.act("/admin/periods", &pressed);
    assert_eq!((status, &problem["code"]), (409, &json!("changed")));
    let form = format!(
        "period=2026-05&kind=monthly&currency=usd&due_on=2026-05-15&past_due=1&seen={}",
        dry["seen"].as_str().unwrap_or_default()
    );
    let page = harness.press("/admin/periods", &form);
    assert_eq!(page.status, 409);
    assert!(page.body.contains("Since you looked") && page.body.contains("55.00 USD"));
    assert_eq!(harness.all_rows(), before);
    // Another day, another agreement.
    let (_, dry) = harness.act("/admin/periods?dry_run=1", &may());
    pressed["seen"] = dry["seen"].clone();
    pressed["due_on"] = json!("2026-05-16");
    assert_eq!(harness.act("/admin/periods", &pressed).0, 409);
    pressed["due_on"] = json!("2026-05-15");
    assert_eq!(harness.act("/admin/periods", &pressed).0, 200);
    // The same press again, after its answer was lost.
    let (status, again) = harness.act("/admin/periods", &pressed);
    assert_eq!((status, &again["changed"]), (200, &json!(false)));
}

#[test]
fn test_periods_page_previews_and_then_opens() {
    let harness = club(&[(5_000, "usd"), (0, "usd"), (700_000, "isk")]);
    let page = harness.ask(&desk("/admin/periods"));
    assert_eq!(page.status, 200);
    for part in [
        r#"<option value="isk">ISK</option><option value="usd">USD</option>"#,
        r#"name="period" type="month""#,
        // The harness's clock: 18 November, and two weeks.
        r#"value="2026-11""#,
        r#"value="2026-12-02""#,
        "No month is open.",
        "It is not done by itself.",
    ] {
        assert!(page.body.contains(part), "{part}\n{}", page.body);
    }
    let form = "period=2026-05&kind=monthly&currency=usd&due_on=2026-12-02";
    let before = harness.all_rows();
    let preview = harness.press("/admin/periods?dry_run=1", form);
    assert_eq!((preview.status, harness.all_rows()), (200, before));
    for part in [
        "Nothing was charged so far.",
        r#"data-label="Fee">50.00 USD</td>"#,
        "the fee is 0",
        "another currency",
        "7,000.00 ISK",
        r#"name="seen" value=""#,
    ] {
        assert!(preview.body.contains(part), "{part}\n{}", preview.body);
    }
    let seen = preview.body.split(r#"name="seen" value=""#).nth(1);
    let seen = seen
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default();
    let opened = harness.press("/admin/periods", &format!("{form}&seen={seen}"));
    assert_eq!(
        (opened.status, opened.header("location")),
        (303, Some("/admin/periods"))
    );
    let list = harness.ask(&desk("/admin/periods"));
    assert!(list.body.contains("Months that were opened") && list.body.contains("by treasurer"));
    let again = harness.press("/admin/periods", &format!("{form}&seen={seen}"));
    assert_eq!(again.status, 200);
    assert!(again.body.contains("Nobody is left to charge"));
}

#[test]
fn test_periods_lists_months_with_what_is_still_to_be_paid() {
    let harness = club(&[(5_000, "usd"), (4_000, "usd"), (300, "jpy")]);
    for (period, currency) in [("2026-05", "usd"), ("2026-05", "jpy"), ("2026-06", "usd")] {
        let month = json!({"period": period, "kind": "monthly", "currency": currency, "due_on": "2026-06-15"});
        assert_eq!(harness.act("/admin/periods", &month).0, 200);
    }
    let close = json!({"reason": "moved away"});
    assert_eq!(harness.act("/admin/charges/1/close", &close).0, 200);
    let listed = harness.read("/admin/periods");
    let lines: Vec<String> = listed["periods"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|month| {
            let of = |name: &str| format!("{} {}", month[name]["count"], month[name]["amount"]);
            format!(
                "{}|{}|{}|{}|{}",
                month["period"],
                month["currency"],
                of("charged"),
                of("outstanding"),
                month["left_out"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        lines,
        [
            "2026-06|usd|2 90.00|2 90.00|1",
            "2026-05|usd|2 90.00|1 40.00|1",
            "2026-05|jpy|1 300|1 300|2"
        ]
    );
    assert_eq!(listed["next"], Value::Null);
    let rest = harness.read("/admin/periods?after=2026-05.usd");
    assert_eq!(rest["periods"].as_array().map(Vec::len), Some(1));
}

#[test]
fn test_periods_errors_name_the_member_and_change_nothing() {
    let harness = club(&[(5_000, "usd")]);
    let before = harness.all_rows();
    for (change, part) in [
        (json!({"period": null}), "period must be a month"),
        (json!({"period": "2026-13"}), "period must be a month"),
        (json!({"period": "May"}), "period must be a month"),
        (json!({"kind": null}), "kind must be monthly"),
        (json!({"kind": "custom"}), "kind must be monthly"),
        (json!({"currency": null}), "currency must be one"),
        (json!({"currency": "usx"}), "currency must be one"),
        (json!({"due_on": "2026-02-30"}), "due_on must be a day"),
        (json!({"due_on": "soon"}), "due_on must be a day"),
        (json!({"due_on": "2026-5-1"}), "due_on must be a day"),
        (json!({"amount": "5"}), "not known here: amount"),
    ] {
        let mut body = may();
        for (name, value) in change.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        for target in ["/admin/periods", "/admin/periods?dry_run=1"] {
            let (status, problem) = harness.act(target, &body);
            let detail = problem["detail"].as_str().unwrap_or_default();
            assert!(status == 400 && detail.contains(part), "{body}: {problem}");
        }
    }
    for query in ["dry_run=yes", "after=x", "after=2026-13.usd", "month=1"] {
        let target = format!("/admin/periods?{query}");
        assert_eq!(harness.act(&target, &may()).0, 400, "{query}");
    }
    assert_eq!(harness.ask(&get("/admin/periods")).status, 401);
    assert_eq!(harness.all_rows(), before);
    harness.d1_is_down.set(true);
    assert_eq!(harness.act("/admin/periods", &may()).0, 503);
}

#[test]
fn test_periods_without_a_day_for_it_are_due_by_the_configuration() {
    let harness = billed_club(&[("DUE_AFTER_DAYS", "30")], &[(5_000, "usd")]);
    let month = json!({"period": "2026-11", "kind": "monthly", "currency": "usd"});
    assert_eq!(
        harness.act("/admin/periods", &month).1["due_on"],
        "2026-12-18"
    );
}

#[test]
fn test_periods_ten_thousand_players_in_one_transaction() {
    let harness = Harness::new();
    harness.execute(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO players (id, player_id, name, monthly_fee_minor, monthly_currency, created_at, updated_at)
         SELECT i, 'p' || i, 'Player ' || i, 5000, 'usd', {NOW}, {NOW} FROM n"
    ));
    assert_eq!(harness.act("/admin/periods", &may()).0, 200);
    // One read and one transaction of six statements.
    assert_eq!((harness.calls.get().d1, harness.statements.get()), (2, 7));
    assert_eq!(
        months(&harness),
        ["2026-05|monthly|usd|2026-05-15|treasurer|10000|50000000|0"]
    );
}

#[test]
fn test_periods_the_cron_opens_the_month_once_from_the_billing_day_on() {
    // It is 18 November 2026, 07:46 in UTC.
    let billing = [("BILLING_DAY", "20")];
    let harness = billed_club(&billing, &[(5_000, "usd"), (4_000, "eur"), (0, "usd")]);
    harness.cron();
    assert_eq!(months(&harness), Vec::<String>::new());
    harness.pass(2 * DAY);
    // A currency a run.
    for opened in [1, 2, 2, 2] {
        harness.cron();
        assert_eq!(months(&harness).len(), opened);
    }
    assert_eq!(
        months(&harness),
        [
            "2026-11|monthly|eur|2026-12-04|cron|1|4000|2",
            "2026-11|monthly|usd|2026-12-04|cron|1|5000|2"
        ]
    );
    // Who joins later is charged by an operator alone.
    join(&harness, 4, 3_000, "usd");
    harness.cron();
    assert_eq!(charges(&harness).len(), 2);
    let month = json!({"period": "2026-11", "kind": "monthly", "currency": "usd"});
    assert_eq!(harness.act("/admin/periods", &month).1["total"], "30.00");
    assert_eq!(charges(&harness).len(), 3);
    // The next month on its own day, however late the run is.
    harness.pass(25 * DAY);
    harness.cron();
    assert_eq!(charges(&harness).len(), 3);
    harness.pass(10 * DAY);
    harness.cron();
    harness.cron();
    assert_eq!(charges(&harness).len(), 6);
    assert_eq!(
        harness.rows("SELECT DISTINCT operator, act FROM audit ORDER BY operator"),
        ["cron|open_period", "treasurer|open_period"]
    );
}

#[test]
fn test_periods_the_cron_goes_by_the_clubs_days() {
    // 03:00 UTC of the first of December is still November in New York.
    for (zone, expected) in [("UTC", "2026-12"), ("America/New_York", "2026-11")] {
        let billing = [("BILLING_DAY", "1"), ("CLUB_TIMEZONE", zone)];
        let harness = billed_club(&billing, &[(5_000, "usd")]);
        harness.pass(1_796_094_000_000 - NOW);
        harness.cron();
        assert_eq!(harness.rows("SELECT period FROM periods"), [expected]);
    }
}

#[test]
fn test_periods_the_cron_leaves_to_the_next_run_what_it_could_not_do() {
    let harness = billed_club(&[("BILLING_DAY", "1")], &[(5_000, "usd")]);
    harness.d1_is_down.set(true);
    assert!(harness.bill().is_err());
    harness.d1_is_down.set(false);
    assert_eq!(
        harness.bill().map(|billed| billed.map(|it| it.charged)),
        Ok(Some(1))
    );
    assert_eq!(harness.bill(), Ok(None));
    // A run that finds nothing to open reads one statement.
    assert_eq!(harness.statements.get(), 1);
}

#[test]
fn test_periods_the_cron_does_nothing_unasked_or_during_a_restore() {
    // Without a day of its own it forgets that it ever had one.
    for (changes, calls) in [
        (vec![], 1),
        (vec![("PAUSED", "on")], 0),
        (vec![("BILLING_DAY", "1"), ("PAUSED", "on")], 0),
    ] {
        let harness = billed_club(&changes, &[(5_000, "usd")]);
        let before = harness.all_rows();
        assert_eq!(harness.bill(), Ok(None));
        assert_eq!(harness.calls.get().d1, calls);
        assert_eq!(harness.all_rows(), before);
    }
}

/// 27 February 2027, 23:55 in UTC.
const FEBRUARY: i64 = 1_803_772_500_000;
const HOOK: (&str, &str) = ("ALERT_WEBHOOK_URL", "https://hooks.example/x");
const MISSED: &str = "SELECT subject, IIF(resolved_at IS NULL, 'open', resolution) FROM incidents \
                      WHERE kind = 'month_not_opened' ORDER BY id";

/// The same club with another configuration, from that moment on.
fn reconfigured(mut before: Harness, changes: &[(&str, &str)]) -> Harness {
    let mut harness = Harness::configured(changes);
    let rows = before.snapshot();
    harness.restore(&rows);
    harness.pass(before.now_ms() - harness.now_ms());
    harness
}

/// The first lines of the alerts that went out since the last look, and whether the first of them names something.
fn alerts(harness: &Harness, named: &str) -> (Vec<String>, bool) {
    let taken = harness.hook.taken.take();
    let text = |json: &str| {
        let message: Value = serde_json::from_str(json).unwrap_or_default();
        message["text"].as_str().unwrap_or_default().to_owned()
    };
    let texts: Vec<_> = taken.iter().map(|posted| text(&posted.json)).collect();
    let first = |text: &String| text.lines().next().unwrap_or_default().to_owned();
    let names = texts.first().is_some_and(|text| text.contains(named));
    (texts.iter().map(first).collect(), names)
}

/// A club with one fee whose newest run of the cron was on the day before the only one that February has for it.
fn before_the_28th_of_february() -> Harness {
    let harness = billed_club(&[("BILLING_DAY", "28"), HOOK], &[(5_000, "usd")]);
    harness.pass(FEBRUARY - NOW);
    harness.cron();
    assert_eq!(months(&harness), Vec::<String>::new());
    alerts(&harness, "");
    harness
}

#[test]
fn test_periods_a_month_that_was_missed_is_told_and_caught_up_once() {
    let harness = before_the_28th_of_february();
    harness.pass(DAY + 10 * MINUTE);
    harness.cron();
    assert_eq!(
        months(&harness),
        ["2027-02|monthly|usd|2027-03-15|cron|1|5000|0"]
    );
    assert_eq!(
        charges(&harness),
        ["1|monthly|2027-02|5000|usd|2027-03-15|unpaid"]
    );
    assert_eq!(
        harness.rows(MISSED),
        ["month_not_opened:2027-02 usd|opened"]
    );
    let title = "*Example Youth Club: A month's fees were not charged in time*";
    let over = "*Example Youth Club: over: A month's fees were not charged in time*";
    assert_eq!(
        alerts(&harness, "2027-02 in USD"),
        (vec![title.to_owned(), over.to_owned()], true)
    );
    // March has its own day, and February does not come again.
    for _ in 0..60 {
        harness.pass(12 * 60 * MINUTE);
        harness.cron();
    }
    assert_eq!(
        harness.rows("SELECT period, date(opened_at / 1000, 'unixepoch') FROM periods ORDER BY 1"),
        ["2027-02|2027-03-01", "2027-03|2027-03-28"]
    );
    assert_eq!(harness.rows(MISSED).len(), 1);
    assert_eq!(charges(&harness).len(), 2);
}

#[test]
fn test_periods_a_day_on_which_payments_were_paused_is_a_missed_one() {
    let harness = before_the_28th_of_february();
    let billing = ("BILLING_DAY", "28");
    let harness = reconfigured(harness, &[billing, HOOK, ("PAUSED", "on")]);
    for _ in 0..30 {
        harness.pass(60 * MINUTE);
        harness.cron();
    }
    assert_eq!(months(&harness), Vec::<String>::new());
    let harness = reconfigured(harness, &[billing, HOOK]);
    harness.cron();
    assert_eq!(harness.rows("SELECT period FROM periods"), ["2027-02"]);
    assert_eq!(
        harness.rows(MISSED),
        ["month_not_opened:2027-02 usd|opened"]
    );
}

#[test]
fn test_periods_a_day_that_a_restore_took_back_is_caught_up_once() {
    let mut harness = before_the_28th_of_february();
    let before = harness.snapshot();
    harness.pass(60 * MINUTE);
    harness.cron();
    assert_eq!(harness.rows("SELECT period FROM periods"), ["2027-02"]);
    harness.pass(3 * DAY);
    harness.restore(&before);
    for _ in 0..3 {
        harness.cron();
    }
    assert_eq!(
        months(&harness),
        ["2027-02|monthly|usd|2027-03-17|cron|1|5000|0"]
    );
    assert_eq!(
        harness.rows(MISSED),
        ["month_not_opened:2027-02 usd|opened"]
    );
}

#[test]
fn test_periods_whoever_sets_a_billing_day_is_not_charged_for_last_month() {
    // Fees have been known for months when the day is set, on or before that day.
    for day in ["1", "28"] {
        let harness = billed_club(&[], &[(5_000, "usd")]);
        harness.pass(FEBRUARY + DAY - NOW);
        harness.cron();
        let harness = reconfigured(harness, &[("BILLING_DAY", day)]);
        harness.pass(12 * 60 * MINUTE);
        harness.cron();
        harness.cron();
        let opened = harness.rows("SELECT period FROM periods");
        assert_eq!(opened, ["2027-03"][..usize::from(day == "1")], "{day}");
        assert_eq!(harness.rows(MISSED), Vec::<String>::new());
    }
    // It was set before, was taken back over a summer, and is set again.
    let harness = billed_club(&[("BILLING_DAY", "15")], &[(5_000, "usd")]);
    harness.cron();
    assert_eq!(harness.rows("SELECT period FROM periods"), ["2026-11"]);
    harness.pass(14 * DAY);
    harness.cron();
    let harness = reconfigured(harness, &[]);
    harness.cron();
    harness.pass(40 * DAY);
    let harness = reconfigured(harness, &[("BILLING_DAY", "15")]);
    for _ in 0..3 {
        harness.cron();
    }
    // It is 11 January.
    assert_eq!(harness.rows("SELECT period FROM periods"), ["2026-11"]);
    assert_eq!(harness.rows(MISSED), Vec::<String>::new());
}

#[test]
fn test_periods_older_months_that_were_missed_are_told_and_left_to_an_operator() {
    let harness = before_the_28th_of_february();
    // Nothing runs until the middle of May.
    harness.pass(76 * DAY);
    for _ in 0..3 {
        harness.cron();
    }
    assert_eq!(harness.rows("SELECT period FROM periods"), ["2027-04"]);
    assert_eq!(
        harness.rows(MISSED),
        [
            "month_not_opened:2027-02 usd|open",
            "month_not_opened:2027-03 usd|open",
            "month_not_opened:2027-04 usd|opened"
        ]
    );
    let month = json!({"period": "2027-03", "kind": "monthly", "currency": "usd"});
    assert_eq!(harness.act("/admin/periods", &month).1["total"], "50.00");
    let id =
        harness.rows("SELECT id FROM incidents WHERE subject = 'month_not_opened:2027-02 usd'");
    let resolve = format!("/admin/incidents/{}/resolve", id[0]);
    let note = json!({"note": "it was free"});
    assert_eq!(harness.act(&resolve, &note).0, 200);
    for _ in 0..30 {
        harness.pass(DAY);
        harness.cron();
    }
    assert_eq!(
        harness.rows(MISSED),
        [
            "month_not_opened:2027-02 usd|it was free",
            "month_not_opened:2027-03 usd|opened",
            "month_not_opened:2027-04 usd|opened"
        ]
    );
    assert_eq!(
        harness.rows("SELECT period, opened_by FROM periods ORDER BY 1"),
        ["2027-03|treasurer", "2027-04|cron", "2027-05|cron"]
    );
}

#[test]
fn test_periods_who_came_after_a_missed_month_is_not_charged_for_it() {
    let harness = before_the_28th_of_february();
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, monthly_fee_minor, monthly_currency, created_at, updated_at) VALUES
           (2, 'p2', 'Player 2', 4000, 'usd', {before}, 1), (3, 'p3', 'Player 3', 3000, 'usd', {after}, 1),
           (4, 'p4', 'Player 4', 2000, 'eur', {after}, 1)",
        // March begins five minutes and a day later.
        before = FEBRUARY + DAY + 5 * MINUTE - 1,
        after = FEBRUARY + DAY + 5 * MINUTE,
    ));
    harness.pass(2 * DAY);
    for _ in 0..3 {
        harness.cron();
    }
    // Player 3 is left out, and so is who owes in euros: there was nobody yet.
    assert_eq!(
        months(&harness),
        ["2027-02|monthly|usd|2027-03-15|cron|2|9000|2"]
    );
    assert_eq!(
        harness.rows(MISSED),
        ["month_not_opened:2027-02 usd|opened"]
    );
    harness.pass(27 * DAY);
    harness.cron();
    harness.cron();
    assert_eq!(
        harness.rows("SELECT period, currency, charged FROM periods WHERE period = '2027-03'"),
        ["2027-03|eur|1", "2027-03|usd|3"]
    );
}

#[test]
fn test_periods_of_a_month_without_fees_nothing_is_missed() {
    // The cron runs every day, and nobody has a fee until the middle of the next month.
    let harness = billed_club(&[("BILLING_DAY", "20")], &[(0, "usd")]);
    for _ in 0..25 {
        harness.cron();
        harness.pass(DAY);
    }
    // It is 13 December. A fee that is known from then on is of no month before.
    harness.execute("UPDATE players SET monthly_fee_minor = 5000");
    for _ in 0..6 {
        harness.cron();
        harness.pass(DAY);
    }
    assert_eq!(months(&harness), Vec::<String>::new());
    harness.pass(DAY);
    harness.cron();
    assert_eq!(harness.rows("SELECT period FROM periods"), ["2026-12"]);
    assert_eq!(harness.rows(MISSED), Vec::<String>::new());
}

#[test]
fn test_periods_a_missed_month_is_caught_up_a_currency_a_run_by_the_clubs_days() {
    let zone = ("CLUB_TIMEZONE", "America/New_York");
    let fees = [(5_000, "usd"), (4_000, "eur")];
    let harness = billed_club(&[("BILLING_DAY", "27"), zone], &fees);
    harness.pass(FEBRUARY - DAY - NOW);
    harness.cron();
    // On the evening of the 27th in New York the database is out of reach, and nothing runs until it is March there.
    harness.pass(DAY + 4 * 60 * MINUTE);
    harness.d1_is_down.set(true);
    harness.cron();
    harness.d1_is_down.set(false);
    harness.pass(26 * 60 * MINUTE);
    for opened in [1, 2, 2] {
        harness.cron();
        assert_eq!(months(&harness).len(), opened);
    }
    let day = "2027-03-15";
    assert_eq!(
        months(&harness),
        [
            format!("2027-02|monthly|eur|{day}|cron|1|4000|1"),
            format!("2027-02|monthly|usd|{day}|cron|1|5000|1")
        ]
    );
    assert_eq!(
        harness.rows(MISSED),
        [
            "month_not_opened:2027-02 eur|opened",
            "month_not_opened:2027-02 usd|opened"
        ]
    );
    // A run that finds nothing to do reads one statement.
    assert_eq!(harness.bill(), Ok(None));
    assert_eq!(harness.statements.get(), 1);
}

#[test]
fn test_periods_reads_by_an_index() {
    let harness = Harness::new();
    for sql in [
        months::CURRENCIES,
        months::RULE,
        months::LOOKED,
        months::OPENED,
        months::OVER,
        months::EXPECT,
        months::CHARGE,
        months::ADD,
        months::OPEN,
        months::LIST,
    ] {
        let plan = harness.plan(sql);
        let harmless = [
            "SCAN CONSTANT ROW",
            "SCAN f",
            "SCAN j VIRTUAL TABLE INDEX 1:",
        ];
        let scans: Vec<_> = plan
            .iter()
            .filter(|step| step.starts_with("SCAN ") && !harmless.contains(&step.as_str()))
            .collect();
        assert!(scans.is_empty(), "{sql}\n{plan:#?}");
    }
}

/// Charges that are due on these days, in their states.
fn due(harness: &Harness, rows: &[(&str, &str)]) {
    for (at, (due_on, state)) in rows.iter().enumerate() {
        let id = at as i64 + 1;
        join(harness, id, 0, "usd");
        let day = if due_on.is_empty() {
            "NULL".to_owned()
        } else {
            format!("'{due_on}'")
        };
        harness.execute(&format!(
            "INSERT INTO charges (player_id, kind, period, amount_minor, currency, due_on, created_at, updated_at)
             VALUES ({id}, 'custom', '', 1000, 'usd', {day}, {NOW}, {NOW})"
        ));
        match *state {
            "closed" => harness.execute(&format!("UPDATE charges SET closed_at = 1 WHERE id = {id}")),
            "unpaid" => {}
            status => harness.execute(&format!(
                "INSERT INTO orders (attempt, charge_id, status, amount_minor, currency, created_at, paid_at)
                 VALUES (lower(hex(randomblob(16))), {id}, '{status}', 1000, 'usd', 1, 1)"
            )),
        }
    }
}

fn ids(listed: &Value) -> Vec<i64> {
    let charges = listed["charges"].as_array().into_iter().flatten();
    charges.filter_map(|charge| charge["id"].as_i64()).collect()
}

#[test]
fn test_overdue_is_what_is_still_to_be_paid_after_its_day() {
    // It is 18 November 2026.
    let harness = Harness::new();
    let rows = [
        ("2026-11-17", "unpaid"),
        ("2026-11-18", "unpaid"),
        ("2026-11-01", "pending"),
        ("2026-11-01", "paid"),
        ("2026-11-01", "closed"),
        ("", "unpaid"),
        ("2025-01-01", "unpaid"),
    ];
    due(&harness, &rows);
    let listed = harness.read("/admin/charges?overdue=1");
    assert_eq!(ids(&listed), [7, 3, 1]);
    for (query, expected) in [
        ("overdue=1&state=pending", vec![3]),
        ("overdue=1&state=paid", vec![]),
        ("overdue=1&q=player+7", vec![7]),
        ("overdue=1&after=7", vec![3, 1]),
        ("overdue=&q=player+4", vec![4]),
    ] {
        // Players are found by words that the import writes.
        harness.execute(
            "INSERT OR IGNORE INTO player_words SELECT 'player', id FROM players;
             INSERT OR IGNORE INTO player_words SELECT id, id FROM players",
        );
        let listed = harness.read(&format!("/admin/charges?{query}"));
        assert_eq!(ids(&listed), expected, "{query}");
    }
    let bad = harness.ask(&desk("/admin/charges?overdue=yes"));
    assert_eq!(bad.status, 400);
    let dashboard = harness.read("/admin");
    assert_eq!(
        dashboard["overdue"],
        json!([{"amount": "30.00", "currency": "usd", "count": 3}])
    );
    assert_eq!(
        dashboard["outstanding"],
        json!([{"amount": "50.00", "currency": "usd", "count": 5}])
    );
    let mark = r#"<span class="state bad">overdue</span>"#;
    let list = harness.ask(&desk("/admin/charges"));
    assert_eq!(list.body.matches(mark).count(), 3);
    assert!(harness.ask(&desk("/admin/charges/1")).body.contains(mark));
    assert!(!harness.ask(&desk("/admin/charges/2")).body.contains(mark));
    let first = harness.ask(&desk("/admin"));
    assert!(
        first.body.contains(r#"href="/admin/charges?overdue=1""#)
            && first.body.contains("30.00 USD")
    );
}

#[test]
fn test_overdue_follows_the_clubs_day_and_every_change_of_a_charge() {
    let harness = Harness::new();
    due(
        &harness,
        &[("2026-11-18", "unpaid"), ("2026-11-18", "unpaid")],
    );
    let sum = || harness.read("/admin")["overdue"].clone();
    assert_eq!(sum(), json!([]));
    harness.pass(DAY);
    assert_eq!(
        sum(),
        json!([{"amount": "20.00", "currency": "usd", "count": 2}])
    );
    let amount = json!({"amount": "15.00"});
    assert_eq!(harness.act("/admin/charges/1/amount", &amount).0, 200);
    assert_eq!(
        sum(),
        json!([{"amount": "25.00", "currency": "usd", "count": 2}])
    );
    let cash = json!({"amount": "15.00", "method": "cash"});
    assert_eq!(
        harness.act("/admin/charges/1/offline-payment", &cash).0,
        200
    );
    assert_eq!(
        sum(),
        json!([{"amount": "10.00", "currency": "usd", "count": 1}])
    );
    assert_eq!(harness.act("/admin/orders/1/refund", &json!({})).0, 200);
    assert_eq!(
        sum(),
        json!([{"amount": "10.00", "currency": "usd", "count": 1}])
    );
    assert_eq!(harness.act("/admin/charges/1/reopen", &json!({})).0, 200);
    assert_eq!(
        sum(),
        json!([{"amount": "25.00", "currency": "usd", "count": 2}])
    );
    harness.execute("UPDATE charges SET due_on = '2026-12-24', currency = 'eur'");
    assert_eq!(sum(), json!([]));
    assert_eq!(
        harness.rows(
            "SELECT state, due_on, currency, count, minor FROM sums WHERE state <> 'collected' AND count <> 0"
        ),
        ["unpaid|2026-12-24|eur|2|2500"]
    );
    harness.execute("UPDATE charges SET closed_at = 1");
    assert_eq!(sum(), json!([]));
    assert_eq!(
        harness.rows(
            "SELECT state, due_on, currency, count, minor FROM sums WHERE state <> 'collected' AND count <> 0"
        ),
        ["closed|2026-12-24|eur|2|2500"]
    );
}

#[test]
fn test_overdue_a_list_reads_what_is_outstanding_and_no_more() {
    let harness = Harness::new();
    for sql in checkout_guard::desk::charges::queries::LIST_DUE {
        let plan = harness.plan(sql);
        assert!(
            plan.iter().any(|step| step.contains("charges_due")),
            "{plan:#?}"
        );
    }
}

/// Opens May for two players; the first one's link.
fn opened() -> (Harness, String) {
    let harness = club(&[(5_000, "usd"), (7_500, "usd")]);
    assert_eq!(harness.act("/admin/periods", &may()).0, 200);
    let (_, minted) = harness.act("/admin/charges/1/links", &json!({}));
    let url = minted["link"]["url"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let path = url
        .split_once("club.example")
        .map(|(_, path)| path.to_owned());
    (harness, path.unwrap_or_default())
}

fn take_back(harness: &Harness) -> (u16, Value) {
    let body = json!({"period": "2026-05", "currency": "usd"});
    harness.act("/admin/periods/take-back", &body)
}

#[test]
fn test_periods_a_month_is_taken_back_and_opened_anew() {
    let (harness, link) = opened();
    // Somebody is on the payment page, and another charge of the month came by import.
    assert_eq!(harness.ask(&get(&link)).status, 307);
    let session = harness.newest_session();
    harness.import("player_id,player,amount,kind,period\n9,Player 9,10.00,monthly,2026-05\n");
    let page = harness.ask(&desk(
        "/admin/periods/take-back?period=2026-05&currency=usd",
    ));
    assert!(
        page.body.contains("1 of them may be paying just now"),
        "{}",
        page.body
    );
    let (status, answer) = take_back(&harness);
    assert_eq!((status, &answer["closed"]), (200, &json!(2)), "{answer}");
    assert!(!harness.is_open(&session));
    assert_eq!(harness.ask(&get(&link)).status, 410);
    assert_eq!(
        harness
            .rows("SELECT player_id, closed_at IS NOT NULL, close_reason FROM charges ORDER BY id"),
        [
            "1|1|the month was taken back",
            "2|1|the month was taken back",
            "3|0|-"
        ]
    );
    let listed = harness.read("/admin/periods");
    assert_ne!(listed["periods"][0]["taken_back_at"], Value::Null);
    assert_eq!(listed["periods"][0]["outstanding"]["count"], 1);
    let (status, answer) = take_back(&harness);
    assert_eq!((status, &answer["code"]), (404, &json!("not_found")));
    // Opened anew with another fee and another day, it is as if it had been opened now.
    harness.act(
        "/admin/players/2/fee",
        &json!({"monthly_fee": "80.00", "currency": "usd"}),
    );
    let mut anew = may();
    anew["due_on"] = json!("2026-06-01");
    let (status, answer) = harness.act("/admin/periods", &anew);
    assert_eq!(
        (status, &answer["total"]),
        (200, &json!("130.00")),
        "{answer}"
    );
    assert_eq!(
        charges(&harness)[..2],
        [
            "1|monthly|2026-05|5000|usd|2026-06-01|closed",
            "2|monthly|2026-05|8000|usd|2026-06-01|closed"
        ]
    );
    assert_eq!(
        months(&harness),
        ["2026-05|monthly|usd|2026-06-01|treasurer|2|13000|1"]
    );
    let listed = harness.read("/admin/periods");
    assert_eq!(listed["periods"][0]["taken_back_at"], Value::Null);
    assert_eq!(
        listed["periods"][0]["outstanding"],
        json!({"count": 3, "amount": "140.00"})
    );
    // The link that was out leads to the new amount.
    assert_eq!(harness.ask(&get(&link)).status, 307);
}

#[test]
fn test_periods_a_month_of_which_something_is_paid_stays() {
    let (harness, link) = opened();
    assert_eq!(harness.ask(&get(&link)).status, 307);
    harness.pay(&harness.newest_session());
    // Before the webhook came: Stripe says that the parent was faster.
    let (status, answer) = take_back(&harness);
    assert_eq!(
        (status, &answer["code"]),
        (409, &json!("already_paid")),
        "{answer}"
    );
    assert_eq!(
        answer["paid"],
        json!([{"charge_id": 1, "player": "Player 1"}])
    );
    harness.deliver_webhooks();
    let before = harness.all_rows();
    let page = harness.press("/admin/periods/take-back", "period=2026-05&currency=usd");
    assert_eq!(page.status, 409);
    assert!(page.body.contains("cannot be taken back") && page.body.contains("Player 1"));
    assert_eq!(harness.all_rows(), before);
    assert_eq!(
        harness.rows("SELECT COUNT(*) FROM charges WHERE closed_at IS NOT NULL"),
        ["0"]
    );
}

#[test]
fn test_periods_taking_back_by_hand_closed_charges_stay_closed() {
    let (harness, _) = opened();
    harness.act("/admin/charges/2/close", &json!({"reason": "moved away"}));
    assert_eq!(take_back(&harness).1["closed"], 1);
    let (_, answer) = harness.act("/admin/periods", &may());
    assert_eq!(answer["total"], "50.00");
    assert_eq!(
        harness.rows("SELECT close_reason FROM charges WHERE id = 2"),
        ["moved away"]
    );
    // One that is reopened by hand is not taken for one that went with its month.
    assert_eq!(take_back(&harness).1["closed"], 1);
    harness.act("/admin/charges/1/reopen", &json!({}));
    let (_, answer) = harness.act("/admin/periods", &may());
    assert_eq!(answer["changed"], false, "{answer}");
}

#[test]
fn test_periods_taking_back_reads_by_an_index() {
    let harness = club(&[]);
    for sql in [
        months::take_back::PAYING,
        months::take_back::EXPECT,
        months::take_back::CLOSE,
    ] {
        let plan = harness.plan(sql).join("\n");
        assert!(
            plan.contains("charges_by_period") && !plan.contains("SCAN c"),
            "{plan}"
        );
    }
}
