//! Offline payments of less or more than is owed: nothing is recorded before an operator has said what becomes of the rest, and
//! what was said stands in the books. What went back of a payment is said on its page and to its payer.

use serde_json::{Value, json};

use crate::harness::{Harness, JSON, MINUTE, NOW, desk, link};

const TARGET: &str = "/admin/charges/2/offline-payment";
const ORDERS: &str = "\
    SELECT status, method, paid_minor, rest_minor FROM orders ORDER BY id";
const SUMS: &str = "\
    SELECT state, currency, count, minor FROM sums WHERE count <> 0 ORDER BY state";

fn page(harness: &Harness, target: &str) -> String {
    let reply = harness.ask(&desk(target));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body.to_string()
}

/// The rows of a file by one of its columns.
fn column(harness: &Harness, file: &str, name: &str) -> Vec<String> {
    let reply = harness.ask(&desk(&format!("/admin/export/{file}.csv")));
    let mut lines = reply.body.lines();
    let mut header = lines.next().unwrap_or_default().split(',');
    let place = header.position(|column| column == name);
    let place = place.unwrap_or_else(|| panic!("no column {name}"));
    lines
        .map(|line| line.split(',').nth(place).unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn test_offline_a_form_reads_amounts_as_people_write_them_and_a_program_writes_them_as_programs_do()
{
    for (amount, rest, paid, left) in [
        ("150,00 €", "", "15000", "0"),
        ("100,5", "&rest=waived&owed=150,00", "10050", "4950"),
    ] {
        let harness = Harness::new().with_charge();
        harness.execute("UPDATE charges SET currency = 'eur' WHERE id = 2");
        let form = format!("amount={amount}&method=cash{rest}");
        let pressed = harness.press(TARGET, &form);
        assert_eq!(pressed.status, 303, "{}", pressed.body);
        let order = "SELECT paid_minor, ABS(rest_minor) FROM orders";
        assert_eq!(harness.rows(order), [format!("{paid}|{left}")]);
    }
    let harness = Harness::new().with_charge();
    for (amount, why) in [
        ("1,500", "it can mean either"),
        ("150,00 €", "is in EUR, and an amount in USD is asked for"),
    ] {
        let pressed = harness.press(TARGET, &format!("amount={amount}&method=cash"));
        assert!(
            pressed.status == 400 && pressed.body.contains(why),
            "{why}: {}",
            pressed.body
        );
    }
    let (status, problem) = harness.act(TARGET, &json!({ "amount": "150,00", "method": "cash" }));
    assert_eq!((status, &problem["code"]), (400, &json!("bad_request")));
    assert_eq!(harness.rows(ORDERS), [""; 0]);
}

#[test]
fn test_offline_another_amount_than_is_owed_is_asked_about_and_changes_nothing() {
    for amount in ["100.00", "200.00"] {
        let (harness, _) = Harness::clicked();
        harness.stripe.borrow_mut().clear_calls();
        let before = harness.all_rows();
        let (status, problem) = harness.act(TARGET, &json!({ "amount": amount, "method": "cash" }));
        assert_eq!(
            (
                status,
                &problem["code"],
                &problem["amount"],
                &problem["owed"],
                &problem["currency"]
            ),
            (
                409,
                &json!("not_the_amount"),
                &json!(amount),
                &json!("150.00"),
                &json!("usd")
            )
        );
        let detail = problem["detail"].as_str().unwrap_or_default();
        let named = format!("{amount} USD was paid, and 150.00 USD is owed.");
        assert!(detail.contains(&named), "{detail}");
        // Not even the open payment page was ended.
        assert_eq!(harness.all_rows(), before);
        assert_eq!(harness.stripe_calls(), Vec::<String>::new());
    }
}

#[test]
fn test_offline_a_rest_that_does_not_fit_is_refused_and_changes_nothing() {
    let harness = Harness::new().with_charge();
    let before = harness.all_rows();
    for (body, status, code) in [
        (
            json!({ "amount": "150.00", "rest": "waived" }),
            409,
            "rest_does_not_fit",
        ),
        (
            json!({ "amount": "150.00", "rest": "kept" }),
            409,
            "rest_does_not_fit",
        ),
        (
            json!({ "amount": "200.00", "rest": "waived" }),
            409,
            "rest_does_not_fit",
        ),
        (
            json!({ "amount": "100.00", "rest": "kept" }),
            409,
            "rest_does_not_fit",
        ),
        // It was said of another amount than is owed now.
        (
            json!({ "amount": "100.00", "rest": "waived", "owed": "120.00" }),
            409,
            "not_the_amount",
        ),
        (
            json!({ "amount": "200.00", "rest": "kept", "owed": "160.00" }),
            409,
            "not_the_amount",
        ),
        (
            json!({ "amount": "100.00", "rest": "gone" }),
            400,
            "bad_request",
        ),
        (
            json!({ "amount": "100.00", "rest": "waived", "owed": "x" }),
            400,
            "bad_request",
        ),
    ] {
        let mut body = body;
        body["method"] = "cash".into();
        let (answered, problem) = harness.act(TARGET, &body);
        assert_eq!(
            (answered, problem["code"].as_str()),
            (status, Some(code)),
            "{body}: {problem}"
        );
        assert_eq!(harness.all_rows(), before, "{body}");
    }
    // What is left out or null says nothing.
    let exact = json!({ "amount": "150.00", "method": "cash", "rest": null, "owed": null });
    assert_eq!(harness.act(TARGET, &exact).0, 200);
}

#[test]
fn test_offline_a_rest_that_is_waived_stands_in_the_books() {
    let (harness, _) = Harness::clicked();
    let harness = harness.with_second_charge();
    let less = json!({ "amount": "100.00", "method": "cash", "paid_on": "2026-11-01", "rest": "waived", "owed": "150.00" });
    let (status, done) = harness.act(TARGET, &less);
    assert_eq!(
        (status, &done["charge"]["state"], &done["charge"]["amount"]),
        (200, &json!("paid"), &json!("150.00")),
        "{done}"
    );
    assert_eq!(
        harness.rows(ORDERS),
        ["canceled|checkout|-|0", "paid|offline|10000|5000"]
    );
    // Somebody has said it: there is nothing to look at.
    assert_eq!(
        harness.rows("SELECT kind FROM incidents"),
        Vec::<String>::new()
    );
    assert_eq!(
        harness
            .rows("SELECT act, detail ->> '$.after.paid', detail ->> '$.after.waived' FROM audit"),
        ["offline_payment|100.00|50.00"]
    );
    let charge = harness.read("/admin/charges/2");
    assert_eq!(
        (
            &charge["orders"][0]["paid"],
            &charge["orders"][0]["waived"],
            &charge["orders"][0]["surplus"]
        ),
        (&json!("100.00"), &json!("50.00"), &json!("0.00"))
    );
    let said = "treasurer recorded an offline payment of 100.00 USD in cash, paid on 2026-11-01, and waived 50.00 USD.";
    let mut entries = charge["timeline"].as_array().into_iter().flatten();
    assert!(entries.any(|entry| entry["text"] == said), "{charge}");
    let shown = page(&harness, "/admin/charges/2");
    for part in [
        ">paid</span>, 50.00 USD waived",
        "50.00 USD waived</span>",
        "paid on 1 Nov 2026, and waived 50.00 USD.",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert_eq!(column(&harness, "charges", "waived"), ["50.00", ""]);
    assert_eq!(column(&harness, "payments", "waived"), ["50.00"]);
    assert_eq!(column(&harness, "payments", "surplus"), ["0.00"]);
    let desk = harness.read("/admin");
    let total = |amount: &str| json!([{ "amount": amount, "currency": "usd", "count": 1 }]);
    assert_eq!(
        (
            &desk["collected"],
            &desk["waived"],
            &desk["surplus"],
            &desk["outstanding"]
        ),
        (
            &total("100.00"),
            &total("50.00"),
            &json!([]),
            &total("165.00")
        )
    );
    assert!(page(&harness, "/admin").contains("50.00 USD waived beside it (1 charge)"));
    // The parent is told what they have paid.
    let click = harness.ask(&link("demo-token-26"));
    assert!(
        click.status == 409
            && click
                .body
                .contains("We received $100.00 on November 1, 2026.")
    );
}

#[test]
fn test_offline_what_is_paid_beyond_what_is_owed_can_be_kept() {
    let harness = Harness::new().with_charge();
    let more = json!({ "amount": "200.00", "method": "transfer", "rest": "kept" });
    assert_eq!(harness.act(TARGET, &more).0, 200);
    assert_eq!(harness.rows(ORDERS), ["paid|offline|20000|-5000"]);
    assert_eq!(
        harness.rows("SELECT kind FROM incidents"),
        Vec::<String>::new()
    );
    assert_eq!(
        harness.rows("SELECT detail ->> '$.after.surplus' FROM audit"),
        ["50.00"]
    );
    let desk = harness.read("/admin");
    assert_eq!(
        (
            &desk["collected"][0]["amount"],
            &desk["surplus"][0]["amount"],
            &desk["waived"]
        ),
        (&json!("200.00"), &json!("50.00"), &json!([]))
    );
    assert!(page(&harness, "/admin").contains("50.00 USD of it more than was owed"));
    assert!(
        page(&harness, "/admin/charges/2").contains(">paid</span>, 50.00 USD more than was owed")
    );
    for file in ["charges", "payments"] {
        assert_eq!(column(&harness, file, "surplus"), ["50.00"], "{file}");
        assert_eq!(column(&harness, file, "waived"), ["0.00"], "{file}");
    }
}

#[test]
fn test_offline_a_form_asks_before_it_records_and_keeps_what_was_typed() {
    let harness = Harness::configured(&[("MAIL_FROM", "pay@club.example")]).with_charge();
    let before = harness.all_rows();
    let typed =
        "amount=100.00&method=check&paid_on=2026-11-02&note=%3Cat+the+gate%3E&no_receipt=true";
    let asked = harness.press(TARGET, typed);
    assert_eq!(asked.status, 409);
    for part in [
        "100.00 USD was paid, and 150.00 USD is owed.",
        "Record it, and waive 50.00 USD",
        r#"name="rest" value="waived""#,
        r#"<input type="hidden" name="owed" value="150.00">"#,
        // The charge's amount is wrong.
        r#"href="/admin/charges/2/amount""#,
        // What was typed stands in both forms.
        r#"<input type="hidden" name="amount" value="100.00">"#,
        r#"<input type="hidden" name="method" value="check">"#,
        r#"<input type="hidden" name="paid_on" value="2026-11-02">"#,
        r#"<input type="hidden" name="note" value="&lt;at the gate&gt;">"#,
        r#"<input type="hidden" name="no_receipt" value="true">"#,
        r#"value="100.00" inputmode="decimal""#,
        r#"value="check" required checked"#,
        r#"type="date" value="2026-11-02""#,
        r#"value="&lt;at the gate&gt;" aria-describedby="note-hint""#,
        r#"value="true" checked"#,
    ] {
        assert!(asked.body.contains(part), "{part}\n{}", asked.body);
    }
    assert_eq!(harness.all_rows(), before);
    // The amount changes before the button is pressed: it asks again, of the new rest.
    harness.execute("UPDATE charges SET amount_minor = 16000 WHERE id = 2");
    let pressed = format!("{typed}&owed=150.00&rest=waived");
    let again = harness.press(TARGET, &pressed);
    assert!(again.status == 409 && again.body.contains("Record it, and waive 60.00 USD"));
    harness.execute("UPDATE charges SET amount_minor = 8000 WHERE id = 2");
    let again = harness.press(TARGET, &pressed);
    assert!(again.status == 409 && again.body.contains("Record it, and keep 20.00 USD more"));
    harness.execute("UPDATE charges SET amount_minor = 10000 WHERE id = 2");
    let again = harness.press(TARGET, &pressed);
    assert!(again.status == 409 && again.body.contains("there is no rest any more"));
    assert!(!again.body.contains(r#"name="rest""#));
    assert_eq!(harness.rows(ORDERS), Vec::<String>::new());
    harness.execute("UPDATE charges SET amount_minor = 15000 WHERE id = 2");
    let done = harness.press(TARGET, &pressed);
    assert_eq!(
        (done.status, done.header("location")),
        (303, Some("/admin/charges/2"))
    );
    assert_eq!(
        harness.rows("SELECT paid_minor, rest_minor, offline_method, offline_note FROM orders"),
        ["10000|5000|check|<at the gate>"]
    );
    // Twice by one form is once.
    assert_eq!(harness.press(TARGET, &pressed).status, 409);
    assert_eq!(harness.rows("SELECT COUNT(*) FROM orders"), ["1"]);
}

/// Somebody changes the charge between the moment at which the act reads it and the transaction that records the payment.
#[test]
fn test_offline_an_amount_that_changes_in_that_moment_is_never_waived_in_silence() {
    for (body, change, code) in [
        (
            json!({ "amount": "150.00" }),
            "amount_minor = 16000",
            Some("not_the_amount"),
        ),
        (
            json!({ "amount": "150.00" }),
            "amount_minor = 14000",
            Some("not_the_amount"),
        ),
        (
            json!({ "amount": "100.00", "rest": "waived", "owed": "150.00" }),
            "amount_minor = 16000",
            Some("not_the_amount"),
        ),
        (
            json!({ "amount": "100.00", "rest": "waived" }),
            "amount_minor = 9000",
            Some("rest_does_not_fit"),
        ),
        (
            json!({ "amount": "100.00", "rest": "waived" }),
            "amount_minor = 10000",
            Some("rest_does_not_fit"),
        ),
        (
            json!({ "amount": "200.00", "rest": "kept" }),
            "amount_minor = 25000",
            Some("rest_does_not_fit"),
        ),
        (
            json!({ "amount": "150.00" }),
            "currency = 'eur'",
            Some("not_the_amount"),
        ),
        (
            json!({ "amount": "150.00" }),
            "closed_at = 1",
            Some("closed"),
        ),
        // Whoever waives the rest whatever it is gets just that, and the log says how much it was.
        (
            json!({ "amount": "100.00", "rest": "waived" }),
            "amount_minor = 16000",
            None,
        ),
        (
            json!({ "amount": "160.00", "rest": "kept" }),
            "amount_minor = 15500",
            None,
        ),
    ] {
        let harness = Harness::new().with_charge();
        let mut body = body;
        body["method"] = "cash".into();
        let sql = format!("UPDATE charges SET {change} WHERE id = 2");
        *harness.meanwhile.borrow_mut() = Some(("INSERT INTO expect", sql));
        let (status, answer) = harness.act(TARGET, &body);
        assert!(harness.meanwhile.borrow().is_none());
        let of = format!("{body}, {change}: {answer}");
        match code {
            Some(code) => {
                assert_eq!((status, answer["code"].as_str()), (409, Some(code)), "{of}");
                assert_eq!(harness.rows(ORDERS), Vec::<String>::new(), "{of}");
                assert_eq!(
                    harness.rows("SELECT act FROM audit"),
                    Vec::<String>::new(),
                    "{of}"
                );
            }
            None => {
                assert_eq!(status, 200, "{of}");
                assert_eq!(
                    harness.rows(
                        "SELECT o.paid_minor + o.rest_minor = c.amount_minor FROM orders o JOIN charges c ON c.id = o.charge_id"
                    ),
                    ["1"],
                    "{of}"
                );
                assert_eq!(
                    harness.rows(
                        "SELECT printf('%d.%02d', ABS(o.rest_minor) / 100, ABS(o.rest_minor) % 100) \
                           = COALESCE(a.detail ->> '$.after.waived', a.detail ->> '$.after.surplus') \
                         FROM orders o JOIN audit a"
                    ),
                    ["1"],
                    "{of}"
                );
            }
        }
    }
}

/// The same of a change of the amount: the log says what it was changed from.
#[test]
fn test_offline_what_was_before_is_what_was_before() {
    let harness = Harness::new().with_charge();
    let sql = "UPDATE charges SET amount_minor = 14000 WHERE id = 2".to_owned();
    *harness.meanwhile.borrow_mut() = Some(("INSERT INTO expect", sql));
    let (status, _) = harness.act("/admin/charges/2/amount", &json!({ "amount": "130.00" }));
    assert_eq!(status, 200);
    assert_eq!(
        harness.rows("SELECT detail ->> '$.before.amount', detail ->> '$.after.amount' FROM audit"),
        ["140.00|130.00"]
    );
}

#[test]
fn test_offline_a_rest_counts_for_as_long_as_its_payment_does() {
    let harness = Harness::new().with_charge();
    let less = json!({ "amount": "100.00", "method": "cash", "rest": "waived" });
    assert_eq!(harness.act(TARGET, &less).0, 200);
    let sums = || {
        harness.read("/admin");
        harness.rows(SUMS)
    };
    assert_eq!(
        sums(),
        [
            "collected|usd|1|10000",
            "paid|usd|1|15000",
            "waived|usd|1|5000"
        ]
    );
    let part = json!({ "amount": "40.00", "refunded": "0.00" });
    assert_eq!(harness.act("/admin/orders/1/refund", &part).0, 200);
    assert_eq!(
        sums(),
        [
            "collected|usd|1|6000",
            "paid|usd|1|15000",
            "waived|usd|1|5000"
        ]
    );
    let shown = page(&harness, "/admin/charges/2");
    assert!(shown.contains(">paid</span>, 40.00 of 100.00 USD refunded, 50.00 USD waived"));
    // All of it went back: the whole amount is refunded, and then owed again.
    assert_eq!(harness.act("/admin/orders/1/refund", &json!({})).0, 200);
    assert_eq!(sums(), ["refunded|usd|1|15000"]);
    assert_eq!(column(&harness, "payments", "waived"), ["0.00"]);
    assert_eq!(harness.act("/admin/charges/2/reopen", &json!({})).0, 200);
    assert_eq!(sums(), ["unpaid|usd|1|15000"]);
    // It can be taken again, with another rest.
    let less = json!({ "amount": "120.00", "method": "check", "rest": "waived" });
    assert_eq!(harness.act(TARGET, &less).0, 200);
    assert_eq!(
        sums(),
        [
            "collected|usd|1|12000",
            "paid|usd|1|15000",
            "waived|usd|1|3000"
        ]
    );
    assert_eq!(
        harness.rows(ORDERS),
        ["refunded|offline|10000|5000", "paid|offline|12000|3000"]
    );
}

#[test]
fn test_offline_a_rest_stays_as_it_was_recorded() {
    let harness = Harness::new().with_charge();
    let less = json!({ "amount": "100.00", "method": "cash", "rest": "waived" });
    assert_eq!(harness.act(TARGET, &less).0, 200);
    assert!(
        harness
            .db
            .execute("UPDATE orders SET rest_minor = 0", [])
            .is_err()
    );
    // Nor has a payment at Stripe one.
    let (harness, _) = Harness::clicked();
    assert!(
        harness
            .db
            .execute_batch(&format!(
                "INSERT INTO orders (charge_id, attempt, amount_minor, currency, created_at, status, canceled_at, cancel_reason, rest_minor)
                 VALUES (2, 'another-attempt-of-it', 1, 'usd', {NOW}, 'canceled', 1, 'by hand', 1)"
            ))
            .is_err()
    );
}

#[test]
fn test_offline_a_part_refund_is_told_to_the_parent_in_their_language() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    let click =
        |language: &str| harness.ask(&link("demo-token-26").with("accept-language", language));
    assert!(!click("en").body.contains("refunded"));
    let part = json!({ "amount": "40.00", "refunded": "0.00" });
    assert_eq!(harness.act("/admin/orders/1/refund", &part).0, 200);
    assert!(
        page(&harness, "/admin/charges/2").contains(">paid</span>, 40.00 of 150.00 USD refunded")
    );
    for (language, said) in [
        (
            "en",
            "We received $150.00 on November 18, 2026, of which $40.00 was refunded.",
        ),
        ("es", "se le reembolsaron"),
        ("pt", "já foram reembolsados"),
        ("fr", "vous ont été remboursés"),
        ("de", "erstattet"),
    ] {
        let reply = click(language);
        assert_eq!(reply.status, 409, "{language}");
        assert!(
            reply.body.contains(said) && reply.body.contains("40"),
            "{}",
            reply.body
        );
    }
    let problem = harness.ask(&link("demo-token-26").with("accept", JSON));
    let problem: Value = serde_json::from_str(&problem.body).unwrap_or_default();
    assert_eq!(problem["code"], "already_paid");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("of which $40.00 was refunded"), "{detail}");
    // Once all of it is back, it is refunded.
    harness.pass(MINUTE);
    assert_eq!(harness.act("/admin/orders/1/refund", &json!({})).0, 200);
    assert!(click("en").body.contains("Refunded"));
}

#[test]
fn test_offline_what_is_waived_or_kept_is_no_charge_of_a_list() {
    let harness = Harness::new().with_charge().with_second_charge();
    let less = json!({"amount": "100.00", "method": "cash", "rest": "waived"});
    assert_eq!(
        harness.act("/admin/charges/2/offline-payment", &less).0,
        200
    );
    let more = json!({"amount": "500.00", "method": "cash", "rest": "kept"});
    assert_eq!(
        harness.act("/admin/charges/3/offline-payment", &more).0,
        200
    );
    let listed = harness.read("/admin/charges");
    assert_eq!(listed["charges"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&listed["totals"]["paid"], &listed["totals"]["of"]),
        (&json!(2), &json!(2))
    );
    let overview = harness.read("/admin");
    assert_eq!(overview["progress"]["of"], 2, "{overview}");
}
