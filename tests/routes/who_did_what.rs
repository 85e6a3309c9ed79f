//! The log of what operators did, in words; whose a link is; and until when a dispute can be answered.

use serde_json::{Value, json};

use crate::harness::{Harness, JSON, NOW, desk};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn page(harness: &Harness, target: &str) -> String {
    let reply = harness.ask(&desk(target));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body.to_string()
}

/// The text of a page, without its markup.
fn text(page: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for letter in page.chars() {
        match letter {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ if !is_tag => text.push(letter),
            _ => {}
        }
    }
    text.replace("&#39;", "'").replace("&quot;", "\"")
}

#[test]
fn test_audit_says_names_and_from_and_to() {
    let harness = Harness::new().with_charge().with_second_charge();
    for (target, body) in [
        ("/admin/charges/2/amount", json!({ "amount": "120.00" })),
        (
            "/admin/charges/2/offline-payment",
            json!({ "amount": "100.00", "method": "cash", "paid_on": "2026-11-01", "rest": "waived" }),
        ),
        (
            "/admin/orders/1/refund",
            json!({ "amount": "40.00", "refunded": "0.00" }),
        ),
        (
            "/admin/charges/3/close",
            json!({ "reason": "a reason that the log does not hold" }),
        ),
        ("/admin/charges/3/reopen", json!({})),
        ("/admin/charges/3/links", json!({})),
        (
            "/admin/players/7/fee",
            json!({ "monthly_fee": "60.00", "currency": "usd" }),
        ),
    ] {
        let (status, answer) = harness.act(target, &body);
        assert_eq!(status, 200, "{target}: {answer}");
    }
    let shown = page(&harness, "/admin/audit");
    let said = text(&shown);
    for sentence in [
        "changed the amount of Player 26's first payment from 150.00 to 120.00 USD",
        "recorded an offline payment of 100.00 USD in cash for Player 26's first payment, paid on 1 Nov 2026, and waived 20.00 USD",
        "refunded 40.00 USD of Player 26's first payment",
        "closed Player 27's first payment",
        "reopened Player 27's first payment",
        "made a link to Player 27's first payment",
        "changed the monthly fee of Player 27 from none to 60.00 USD",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    assert!(shown.contains(r#"<a href="/admin/charges/2">Player 26's first payment</a>"#));
    assert!(shown.contains(r#"<a href="/admin/players/7">Player 27</a>"#));
    // As it is written stands behind a disclosure, and nowhere else.
    assert_eq!(
        shown.matches("<details>").count(),
        shown.matches("<code>").count()
    );
    assert!(
        said.contains(r#"change_amount, charge 2, {"after":{"amount":"120.00"}"#)
            || said.contains("change_amount, charge 2, {"),
        "{said}"
    );
    // The contract for programs is as it was.
    let log = harness.read("/admin/audit");
    let entry = log["entries"].as_array().and_then(|entries| entries.last());
    let entry = entry.cloned().unwrap_or_default();
    let members: Vec<_> = entry
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(members, ["about", "act", "at", "detail", "operator"]);
    assert_eq!(
        (
            &entry["act"],
            &entry["about"],
            &entry["detail"]["before"]["amount"],
            &entry["detail"]["after"]["amount"]
        ),
        (
            &json!("change_amount"),
            &json!("charge 2"),
            &json!("150.00"),
            &json!("120.00")
        )
    );
    // The timeline of a charge says the same.
    let timeline = text(&page(&harness, "/admin/charges/2"));
    for sentence in [
        "treasurer changed the amount from 150.00 to 120.00 USD.",
        "treasurer recorded an offline payment of 100.00 USD in cash, paid on 1 Nov 2026, and waived 20.00 USD.",
        "treasurer refunded 40.00 USD.",
    ] {
        assert!(timeline.contains(sentence), "{sentence}\n{timeline}");
    }
}

#[test]
fn test_audit_names_whoever_was_added_by_the_clubs_own_id() {
    let harness = Harness::new().with_charge().with_second_charge();
    // The club's own id is the number of another player's row.
    for (id, name) in [("6", "Player 106"), ("p-7", "Player 107")] {
        let player = json!({ "player_id": id, "player": name });
        let (status, answer) = harness.act("/admin/players/new", &player);
        assert_eq!(status, 200, "{answer}");
    }
    let said = text(&page(&harness, "/admin/audit"));
    for sentence in ["added the player Player 106", "added the player Player 107"] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    // A title stands as the club has written it.
    harness.execute(
        "INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
         VALUES (9, 7, 'custom', 'U12 Tournament', 2500, 'usd', 1, 1)",
    );
    let close = json!({ "reason": "rain" });
    assert_eq!(harness.act("/admin/charges/9/close", &close).0, 200);
    let said = text(&page(&harness, "/admin/audit"));
    assert!(said.contains("closed Player 27's U12 Tournament"), "{said}");
}

#[test]
fn test_audit_of_who_is_not_here_says_what_the_entry_says() {
    let harness = Harness::new().with_charge();
    harness.execute(&format!(
        "INSERT INTO audit (at, operator, act, about, detail) VALUES \
           ({NOW}, 'treasurer', 'close', 'charge 99', '{{}}'), \
           ({NOW}, 'treasurer', 'close', 'charge 2x', '{{}}'), \
           ({NOW}, 'treasurer', 'something_new', 'nobody', '{{\"a\": [1]}}'), \
           ({NOW}, 'treasurer', 'resolve_incident', 'incident 5', '{{\"kind\": \"dispute\"}}'), \
           ({NOW}, 'treasurer', 'erase_player', 'player 6', '{{}}')"
    ));
    let (status, _) = harness.act("/admin/players/6/erase", &json!({}));
    assert_eq!(status, 200);
    let said = text(&page(&harness, "/admin/audit"));
    for sentence in [
        "closed charge 99",
        "something new",
        "resolved an incident about incident 5: A payer disputes a payment",
        "erased what is personal of Erased player",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    assert!(!said.contains("Player 26"), "{said}");
}

#[test]
fn test_explain_says_whose_link_it_is() {
    let harness = Harness::new().with_charge();
    let (status, explained) = harness.act("/admin/explain", &json!({ "link": "demo-token-26" }));
    assert_eq!(
        (
            status,
            &explained["decision"],
            &explained["charge"]["id"],
            &explained["charge"]["player"],
            &explained["charge"]["kind"],
            &explained["charge"]["amount"]
        ),
        (
            200,
            &json!("pay"),
            &json!(2),
            &json!("Player 26"),
            &json!("first_payment"),
            &json!("150.00")
        )
    );
    let reply = harness.press("/admin/explain", "link=demo-token-26");
    assert_eq!(reply.status, 200);
    assert!(
        reply
            .body
            .contains(r#"<a href="/admin/charges/2">Player 26, First payment</a>, 150.00 USD"#),
        "{}",
        reply.body
    );
    assert!(!reply.body.contains("demo-token-26"));
}

/// A disputed payment, and the dispute.
fn disputed() -> (Harness, String) {
    let harness = Harness::configured(&[
        ("ALERT_WEBHOOK_URL", "https://hooks.example/T000"),
        ("CLUB_TIMEZONE", "America/New_York"),
    ])
    .with_charge();
    harness.ask(&crate::harness::link("demo-token-26"));
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    let dispute = harness.dispute(&harness.intent(1));
    harness.deliver_webhooks();
    (harness, dispute)
}

#[test]
fn test_dispute_its_deadline_is_told_wherever_the_dispute_is() {
    let (harness, dispute) = disputed();
    // Stripe counts seconds, and the fake one gives two weeks.
    let due_by = NOW / 1000 * 1000 + 14 * DAY;
    assert_eq!(
        harness.rows("SELECT kind, due_by FROM incidents"),
        [format!("dispute|{due_by}")]
    );
    let incidents = harness.read("/admin/incidents");
    let due = &incidents["incidents"][0]["due_by"];
    assert_eq!(due.as_str().map(|text| &text[..10]), Some("2026-12-02"));
    let charge = harness.read("/admin/charges/2");
    assert_eq!(
        charge["dispute"],
        json!({ "incident_id": 1, "due_by": due })
    );
    assert_eq!(
        &harness.read("/admin")["incidents"]["newest"][0]["due_by"],
        due
    );
    // On a page by the club's clocks, in an alert by UTC: a chat is anywhere.
    let shown = text(&page(&harness, "/admin/incidents"));
    assert!(shown.contains("Answer by2 Dec 2026, "), "{shown}");
    let shown = text(&page(&harness, "/admin/charges/2"));
    assert!(
        shown.contains("Disputedsee what to do, and answer it by 2 Dec 2026, "),
        "{shown}"
    );
    assert!(text(&page(&harness, "/admin")).contains(", answer by 2 Dec 2026, "));
    harness.cron();
    let posted = harness.hook.taken.borrow()[0].json.clone();
    let message: Value = serde_json::from_str(&posted).unwrap_or_default();
    let told = message["text"].as_str().unwrap_or_default();
    assert!(
        told.contains("Answer it by 2 Dec 2026, ") && told.contains(" UTC."),
        "{told}"
    );
    // Once it is over, there is nothing to answer.
    harness.close_dispute(&dispute, true);
    harness.deliver_webhooks();
    assert_eq!(harness.read("/admin/charges/2")["dispute"], Value::Null);
    harness.cron();
    let posted = harness.hook.taken.borrow()[1].json.clone();
    assert!(!posted.contains("Answer it by"), "{posted}");
}

#[test]
fn test_dispute_without_a_deadline_has_none() {
    for details in [
        json!({ "due_by": null }),
        json!({ "due_by": 0 }),
        Value::Null,
    ] {
        let harness = Harness::new().with_charge();
        harness.ask(&crate::harness::link("demo-token-26"));
        harness.pay(&harness.newest_session());
        harness.deliver_webhooks();
        let object = json!({
            "id": "dp_1", "object": "dispute", "payment_intent": harness.intent(1), "amount": 15_000, "currency": "usd",
            "status": "needs_response", "evidence_details": details,
        });
        let event = crate::harness::webhook("evt_1", "charge.dispute.created", object);
        assert_eq!(harness.deliver(&event).status, 200);
        assert_eq!(
            harness.rows("SELECT kind, due_by FROM incidents"),
            ["dispute|-"]
        );
        let charge = harness.read("/admin/charges/2");
        assert_eq!(
            charge["dispute"],
            json!({ "incident_id": 1, "due_by": null })
        );
        let shown = text(&page(&harness, "/admin/charges/2"));
        assert!(shown.contains("Disputedsee what to do") && !shown.contains("answer it by"));
        let incidents = harness.ask(&desk("/admin/incidents").with("accept", JSON));
        assert!(
            incidents.body.contains(r#""due_by":null"#),
            "{}",
            incidents.body
        );
    }
}
