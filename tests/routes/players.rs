//! `/admin/players`: who is known, what is known about one, and how it is erased.

use serde_json::{Value, json};

use crate::harness::{ADMIN, Ask, Harness, JSON, get, link};
use checkout_guard::http::response::Response;

fn ask(harness: &Harness, method: &str, target: &str, accept: &str, body: &str) -> Response {
    let admin = format!("Bearer {ADMIN}");
    let ask = get(target)
        .method(method)
        .with("authorization", &admin)
        .with("accept", accept)
        .with("content-type", JSON);
    harness.ask(&Ask {
        body: body.as_bytes().to_vec(),
        ..ask
    })
}

fn read(harness: &Harness, target: &str) -> Value {
    let reply = ask(harness, "GET", target, JSON, "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    serde_json::from_str(&reply.body).unwrap_or_default()
}

fn page(harness: &Harness, target: &str) -> Response {
    ask(harness, "GET", target, "text/html", "")
}

fn erase(harness: &Harness, id: i64) -> (u16, Value) {
    let target = format!("/admin/players/{id}/erase");
    let reply = ask(harness, "POST", &target, JSON, "");
    (
        reply.status,
        serde_json::from_str(&reply.body).unwrap_or_default(),
    )
}

/// Every text of the database that is about a person.
fn personal(harness: &Harness) -> Vec<String> {
    [
        "SELECT name FROM players UNION ALL SELECT email FROM players UNION ALL SELECT language FROM players",
        "SELECT product_name FROM orders UNION ALL SELECT customer_email FROM orders UNION ALL SELECT offline_note FROM orders",
        "SELECT close_reason FROM charges UNION ALL SELECT word FROM player_words UNION ALL SELECT resolution FROM incidents",
        "SELECT about || detail FROM audit",
    ]
    .iter()
    .flat_map(|sql| harness.rows(sql))
    .filter(|text| text != "-")
    .collect()
}

/// Player 26 with a payment, a refund, a second charge that was closed with a reason, and one that is open.
fn with_a_past() -> Harness {
    let harness = Harness::new();
    harness.import(
        "player_id,player,amount,email,language,monthly_fee,kind,period,token\n\
         26,Player 26,150.00,payer26@example.com,fr,45.00,,,demo-token-of-26\n\
         26,Player 26,45.00,payer26@example.com,fr,45.00,monthly,2026-10,\n\
         26,Player 26,45.00,payer26@example.com,fr,45.00,monthly,2026-11,second-token-of-26\n\
         27,Player 27,165.00,payer27@example.com,,,,,demo-token-of-27\n",
    );
    assert_eq!(harness.ask(&link("demo-token-of-26")).status, 307);
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    let close = ask(
        &harness,
        "POST",
        "/admin/charges/2/close",
        JSON,
        r#"{"reason": "Player 26 was ill"}"#,
    );
    assert_eq!(close.status, 200);
    harness
}

#[test]
fn test_players_are_listed_and_found() {
    let harness = with_a_past();
    let list = read(&harness, "/admin/players");
    assert_eq!(list["next"], Value::Null);
    let players = &list["players"];
    assert_eq!(
        (&players[0]["player_id"], &players[1]["player_id"]),
        (&json!("27"), &json!("26"))
    );
    let expected = json!({
        "id": 1, "player_id": "26", "player": "Player 26", "email": "payer26@example.com", "language": "fr",
        "monthly_fee": "45.00", "currency": "usd", "created_at": "2026-11-18T11:06:40Z",
        "updated_at": "2026-11-18T11:06:40Z", "erased_at": null
    });
    assert_eq!(players[1], expected);
    let found = |query: &str| {
        let list = read(&harness, &format!("/admin/players?{query}"));
        let players = list["players"].as_array().cloned().unwrap_or_default();
        players
            .iter()
            .map(|player| player["player_id"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("q=play+27"), ["27"]);
    assert_eq!(found("q=PLAYER"), ["27", "26"]);
    assert_eq!(found("q=player&after=2"), ["26"]);
    assert_eq!(found("after=1"), Vec::<String>::new());
    assert_eq!(found("q=nobody"), Vec::<String>::new());
    assert_eq!(page(&harness, "/admin/players?state=x").status, 400);
    let shown = page(&harness, "/admin/players?q=26");
    assert!(shown.body.contains("href=\"/admin/players/1\"") && !shown.body.contains("Player 27"));
    assert!(
        shown.body.contains("<label for=\"q\">")
            && shown
                .body
                .contains("<th scope=\"col\" role=\"columnheader\">")
    );
}

#[test]
fn test_players_list_goes_on_by_key() {
    let harness = Harness::new();
    let lines: String = (1..=120)
        .map(|i| format!("{i},Player {i},5.00\n"))
        .collect();
    harness.import(&format!("player_id,player,amount\n{lines}"));
    for query in ["", "q=player&"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let list = read(&harness, &format!("/admin/players?{query}{after}"));
            let players = list["players"].as_array().cloned().unwrap_or_default();
            assert!(players.len() <= 50);
            seen.extend(players.iter().filter_map(|player| player["id"].as_i64()));
            let Some(next) = list["next"].as_str() else {
                break;
            };
            after = format!("after={next}");
        }
        assert_eq!(seen, (1..=120).rev().collect::<Vec<_>>(), "{query}");
    }
}

#[test]
fn test_players_answer_to_what_do_you_know_about_me() {
    let harness = with_a_past();
    let known = read(&harness, "/admin/players/1");
    assert_eq!(known["player"]["email"], "payer26@example.com");
    assert_eq!(known["emails"], json!(["payer26@example.com"]));
    let charges = known["charges"].as_array().map(Vec::len);
    assert_eq!(charges, Some(3));
    assert_eq!(known["charges"][1]["close_reason"], "Player 26 was ill");
    assert_eq!(known["charges"][2]["state"], "paid");
    let order = &known["orders"][0];
    assert_eq!(
        (&order["status"], &order["paid"], &order["charge_id"]),
        (&json!("paid"), &json!("150.00"), &json!(1))
    );
    assert_eq!(
        order["product_name"],
        "Premier paiement, Player 26, Example Youth Club"
    );
    assert_eq!(order["customer_email"], "payer26@example.com");
    assert_eq!(known["links"].as_array().map(Vec::len), Some(3));
    assert_eq!(known["links"][2]["orders"], 1);
    assert_eq!(
        known["search_words"],
        json!(["26", "payer26@example.com", "player"])
    );
    // No token and no hash of one, and nothing of anybody else.
    let text = known.to_string();
    for secret in harness.rows("SELECT token_sha256 FROM links") {
        assert!(!text.contains(&secret));
    }
    assert!(!text.contains("token") && !text.contains("27"));
    let shown = page(&harness, "/admin/players/1");
    assert_eq!(shown.status, 200);
    for part in [
        "payer26@example.com",
        "Player 26 was ill",
        "45.00 USD",
        "/admin/players/1/erase",
    ] {
        assert!(shown.body.contains(part), "{part}");
    }
    for nobody in ["/admin/players/99", "/admin/players/x", "/admin/players/0"] {
        assert_eq!(
            ask(&harness, "GET", nobody, JSON, "").status,
            404,
            "{nobody}"
        );
    }
}

#[test]
fn test_players_erased_leave_their_money_and_nothing_personal() {
    let harness = with_a_past();
    // One more session is open: it ends first.
    assert_eq!(
        harness.ask(&link("second-token-of-26").at_pay()).status,
        307
    );
    let session = harness.newest_session();
    let money = "SELECT o.id, o.charge_id, o.attempt, o.amount_minor, o.paid_at, o.stripe_session_id, o.payment_intent_id FROM orders o ORDER BY o.id";
    let before = (
        harness.rows(money),
        harness.rows("SELECT id, amount_minor, state FROM charges WHERE id <> 3"),
    );
    assert!(
        personal(&harness)
            .iter()
            .any(|text| text.contains("payer26@example.com"))
    );
    let confirm = page(&harness, "/admin/players/1/erase");
    assert_eq!(confirm.status, 200);
    assert!(
        confirm.body.contains("A parent may be paying right now.")
            && confirm.body.contains("method=\"post\"")
    );
    assert!(harness.is_open(&session));
    let (status, erased) = erase(&harness, 1);
    assert_eq!((status, &erased["changed"]), (200, &json!(true)));
    let player = &erased["player"];
    assert_eq!(
        (
            &player["player"],
            &player["email"],
            &player["language"],
            &player["monthly_fee"],
            &player["player_id"]
        ),
        (
            &json!("Erased player"),
            &Value::Null,
            &Value::Null,
            &Value::Null,
            &json!("26")
        )
    );
    assert!(!harness.is_open(&session));
    let left = personal(&harness);
    assert!(
        !left
            .iter()
            .any(|text| text.contains("26") && !text.contains("player 1") || text.contains("ill")),
        "{left:?}"
    );
    assert!(left.iter().any(|text| text == "payer27@example.com"));
    assert_eq!(
        harness.rows("SELECT id, status, product_name, customer_email FROM orders ORDER BY id"),
        ["1|paid|Payment|-", "2|canceled|Payment|-"]
    );
    assert_eq!(
        (
            harness.rows(money),
            harness.rows("SELECT id, amount_minor, state FROM charges WHERE id <> 3")
        ),
        before
    );
    assert_eq!(
        harness.rows("SELECT operator, act, about, detail FROM audit WHERE act = 'erase_player'"),
        ["treasurer|erase_player|player 1|{}"]
    );
    // Once more changes nothing, and is no second act.
    let rows = harness.all_rows();
    let (status, again) = erase(&harness, 1);
    assert_eq!((status, &again["changed"]), (200, &json!(false)));
    assert_eq!(harness.all_rows(), rows);
    // An old file does not bring the name back.
    let reply = harness.import("player_id,player,amount\n26,Player 26,150.00\n");
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("data was erased"));
    // What was paid stays paid.
    assert_eq!(harness.ask(&link("demo-token-of-26")).status, 409);
}

impl Ask<'_> {
    fn at_pay(mut self) -> Self {
        self.target = self.target.replace("first-payment", "pay");
        self
    }
}

#[test]
fn test_players_who_pay_meanwhile_are_not_erased_yet() {
    let harness = with_a_past();
    harness.ask(&link("second-token-of-26").at_pay());
    let session = harness.newest_session();
    harness.pay(&session);
    let (status, problem) = erase(&harness, 1);
    assert_eq!((status, &problem["code"]), (409, &json!("already_paid")));
    assert_eq!(
        harness.rows("SELECT name, erased_at FROM players WHERE id = 1"),
        ["Player 26|-"]
    );
    assert_eq!(
        harness.rows("SELECT status FROM orders WHERE id = 2"),
        ["paid"]
    );
    // Now that the payment is written down, nothing stands in the way.
    assert_eq!(erase(&harness, 1).0, 200);
    assert_eq!(
        harness.rows("SELECT name FROM players WHERE id = 1"),
        ["Erased player"]
    );
    assert_eq!(
        harness.rows("SELECT status, paid_minor FROM orders WHERE id = 2"),
        ["paid|4500"]
    );
}

#[test]
fn test_players_whose_bank_is_at_work_are_not_erased_yet() {
    let harness = with_a_past();
    harness.ask(&link("second-token-of-26").at_pay());
    let session = harness.newest_session();
    harness.debit(&session);
    let (status, problem) = erase(&harness, 1);
    assert_eq!((status, &problem["code"]), (409, &json!("processing")));
    let target = "/admin/players/1/erase";
    let shown = ask(&harness, "POST", target, "text/html", "");
    assert_eq!(
        (shown.status, shown.header("content-type")),
        (409, Some("text/html; charset=utf-8"))
    );
    assert!(
        personal(&harness)
            .iter()
            .any(|text| text == "payer26@example.com")
    );
    harness.bank(&session, true);
    harness.deliver_webhooks();
    let done = ask(&harness, "POST", target, "text/html", "");
    assert_eq!(
        (done.status, done.header("location")),
        (303, Some("/admin/players/1"))
    );
    assert!(
        page(&harness, "/admin/players/1")
            .body
            .contains("was erased on 18 Nov 2026")
    );
}

#[test]
fn test_players_notes_and_resolutions_are_erased_too() {
    let harness = with_a_past();
    let body = r#"{"amount": "45.00", "method": "cash", "note": "by Player 26's aunt"}"#;
    assert_eq!(
        ask(
            &harness,
            "POST",
            "/admin/charges/3/offline-payment",
            JSON,
            body
        )
        .status,
        200
    );
    harness.execute(
        "INSERT INTO incidents (id, subject, kind, charge_id, detail, opened_at) VALUES
           (1, 'a', 'create_refused', 1, 'Stripe refuses payer26@example.com', 1), (2, 'b', 'dispute', 1, 'a dispute', 1);
         UPDATE incidents SET resolved_at = 2, resolution = 'created' WHERE id = 2",
    );
    let resolve = ask(
        &harness,
        "POST",
        "/admin/incidents/1/resolve",
        JSON,
        r#"{"note": "Player 26 called"}"#,
    );
    assert_eq!(resolve.status, 200);
    assert!(
        read(&harness, "/admin/players/1")
            .to_string()
            .contains("Player 26 called")
    );
    assert_eq!(erase(&harness, 1).0, 200);
    assert_eq!(
        harness.rows("SELECT detail, resolution FROM incidents ORDER BY id"),
        ["|resolved by an operator", "a dispute|created"]
    );
    assert_eq!(
        harness.rows("SELECT offline_method, offline_note FROM orders WHERE method = 'offline'"),
        ["cash|-"]
    );
    let left = personal(&harness).join("\n");
    assert!(
        !left.contains("aunt") && !left.contains("called") && !left.contains("payer26"),
        "{left}"
    );
}

#[test]
fn test_players_are_for_operators_alone() {
    let harness = with_a_past();
    let rows = harness.all_rows();
    for (method, target) in [
        ("GET", "/admin/players"),
        ("GET", "/admin/players/1"),
        ("POST", "/admin/players/1/erase"),
    ] {
        assert_eq!(
            harness.ask(&get(target).method(method)).status,
            401,
            "{target}"
        );
    }
    assert_eq!(
        ask(
            &harness,
            "POST",
            "/admin/players/1/erase",
            JSON,
            r#"{"really": "yes"}"#
        )
        .status,
        400
    );
    assert_eq!(
        ask(&harness, "POST", "/admin/players/99/erase", JSON, "").status,
        404
    );
    assert_eq!(
        ask(&harness, "POST", "/admin/players/1", JSON, "").status,
        405
    );
    harness.d1_is_down.set(true);
    assert_eq!(erase(&harness, 1).0, 503);
    harness.d1_is_down.set(false);
    assert_eq!(harness.all_rows(), rows);
}

const FEES: &str =
    "SELECT id, monthly_fee_minor, monthly_currency, updated_at FROM players ORDER BY id";
const NOW: i64 = crate::harness::NOW;

#[test]
fn test_players_fee_is_changed_and_no_charge_with_it() {
    let harness = with_a_past();
    let charges = harness.rows("SELECT * FROM charges ORDER BY id");
    harness.pass(1_000);
    let later = NOW + 1_000;
    let fee = "/admin/players/1/fee";
    for (body, changed, player, row) in [
        // As it is: nothing to write down.
        (
            json!({ "monthly_fee": "45" }),
            false,
            json!(["45.00", "usd"]),
            format!("1|4500|usd|{NOW}"),
        ),
        // In the currency that it had.
        (
            json!({ "monthly_fee": "60.00" }),
            true,
            json!(["60.00", "usd"]),
            format!("1|6000|usd|{later}"),
        ),
        (
            json!({ "monthly_fee": 55.5, "currency": "EUR" }),
            true,
            json!(["55.50", "eur"]),
            format!("1|5550|eur|{later}"),
        ),
        (
            json!({ "monthly_fee": "0" }),
            true,
            json!(["0.00", "eur"]),
            format!("1|0|eur|{later}"),
        ),
        (
            json!({ "monthly_fee": " ", "currency": "eur" }),
            true,
            json!([null, null]),
            format!("1|-|-|{later}"),
        ),
        (
            json!({ "monthly_fee": null }),
            false,
            json!([null, null]),
            format!("1|-|-|{later}"),
        ),
        // As an import: in dollars, if nothing else is known.
        (
            json!({ "monthly_fee": "20.00" }),
            true,
            json!(["20.00", "usd"]),
            format!("1|2000|usd|{later}"),
        ),
    ] {
        let (status, answer) = harness.act(fee, &body);
        assert_eq!(
            (status, &answer["changed"]),
            (200, &json!(changed)),
            "{body}: {answer}"
        );
        let shown = json!([
            answer["player"]["monthly_fee"],
            answer["player"]["currency"]
        ]);
        assert_eq!(shown, player, "{body}");
        assert_eq!(harness.rows(FEES)[0], row, "{body}");
    }
    let audit = harness
        .rows("SELECT operator, about, detail FROM audit WHERE act = 'change_fee' ORDER BY id");
    let of = |before: Value, after: Value| {
        format!(
            "treasurer|player 1|{}",
            json!({ "before": before, "after": after })
        )
    };
    let fee = |fee: &str, currency: &str| json!({ "monthly_fee": fee, "currency": currency });
    assert_eq!(
        audit,
        [
            of(fee("45.00", "usd"), fee("60.00", "usd")),
            of(fee("60.00", "usd"), fee("55.50", "eur")),
            of(fee("55.50", "eur"), fee("0.00", "eur")),
            of(fee("0.00", "eur"), Value::Null),
            of(Value::Null, fee("20.00", "usd")),
        ]
    );
    assert_eq!(harness.rows("SELECT * FROM charges ORDER BY id"), charges);
    // The month that is opened next charges it.
    let month = json!({ "period": "2026-12", "kind": "monthly", "currency": "usd" });
    assert_eq!(harness.act("/admin/periods", &month).1["total"], "20.00");
}

#[test]
fn test_players_fee_is_a_form_on_the_players_page() {
    let harness = with_a_past();
    for target in ["/admin/players/1", "/admin/players/1/fee"] {
        let shown = page(&harness, target);
        assert_eq!(shown.status, 200);
        for part in [
            r#"<form method="post" action="/admin/players/1/fee">"#,
            r#"<label for="monthly_fee">"#,
            r#"name="monthly_fee" type="text" inputmode="decimal" value="45.00""#,
            r#"name="currency" type="text" maxlength="3" value="USD""#,
            "What is charged already stays",
        ] {
            assert!(shown.body.contains(part), "{part}: {}", shown.body);
        }
    }
    let press = |form: &str| harness.press("/admin/players/1/fee", form);
    for form in [
        "monthly_fee=60.00&currency=USD",
        "monthly_fee=60.00&currency=USD",
    ] {
        let pressed = press(form);
        assert_eq!(
            (pressed.status, pressed.header("location")),
            (303, Some("/admin/players/1"))
        );
    }
    assert!(
        page(&harness, "/admin/players/1")
            .body
            .contains("60.00 USD")
    );
    // As people write amounts.
    assert_eq!(press("monthly_fee=62,50 €&currency=EUR").status, 303);
    assert_eq!(
        harness.rows("SELECT monthly_fee_minor FROM players WHERE id = 1"),
        ["6250"]
    );
    assert_eq!(press("monthly_fee=60&currency=USD").status, 303);
    let bad = press("monthly_fee=6,500&currency=USD");
    assert_eq!(bad.status, 400);
    assert!(
        bad.body
            .contains("monthly_fee must be like 6500.00 or 6.50: it can mean either"),
        "{}",
        bad.body
    );
    assert_eq!(press("monthly_fee=&currency=USD").status, 303);
    assert_eq!(harness.rows(FEES)[0], format!("1|-|-|{NOW}"));
    assert!(
        page(&harness, "/admin/players/1")
            .body
            .contains("none is known")
    );
    assert_eq!(
        harness.rows("SELECT COUNT(*) FROM audit WHERE act = 'change_fee'"),
        ["4"]
    );
}

#[test]
fn test_players_fee_names_what_is_wrong_and_changes_nothing() {
    let harness = with_a_past();
    assert_eq!(erase(&harness, 2).0, 200);
    let rows = harness.all_rows();
    for (body, part) in [
        (json!({}), "monthly_fee is missing"),
        (json!({ "currency": "usd" }), "monthly_fee is missing"),
        (
            json!({ "monthly_fee": "x" }),
            "monthly_fee must be like 135.00",
        ),
        (
            json!({ "monthly_fee": "-1" }),
            "monthly_fee must be like 135.00",
        ),
        (
            json!({ "monthly_fee": "0.10" }),
            "monthly_fee is less than 0.50 USD",
        ),
        (
            json!({ "monthly_fee": "1000000" }),
            "monthly_fee is more than",
        ),
        (
            json!({ "monthly_fee": "5.50", "currency": "jpy" }),
            "monthly_fee must be like 135",
        ),
        (
            json!({ "monthly_fee": "5.00", "currency": "kpw" }),
            "currency must be one that Stripe charges in",
        ),
        (
            json!({ "monthly_fee": "5.00", "currency": "dollar" }),
            "currency must be one that Stripe charges in",
        ),
        (
            json!({ "monthly_fee": "", "currency": "dollar" }),
            "currency must be one that Stripe charges in",
        ),
        (
            json!({ "monthly_fee": "5.00", "amount": "5.00" }),
            "not known here: amount",
        ),
        (json!({ "monthly_fee": ["5.00"] }), "neither a text"),
    ] {
        let (status, problem) = harness.act("/admin/players/1/fee", &body);
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(status == 400 && detail.contains(part), "{body}: {problem}");
    }
    let fee = json!({ "monthly_fee": "5.00" });
    assert_eq!(harness.act("/admin/players/99/fee", &fee).0, 404);
    let (status, problem) = harness.act("/admin/players/2/fee", &fee);
    assert_eq!((status, &problem["code"]), (409, &json!("erased")));
    assert!(
        !page(&harness, "/admin/players/2")
            .body
            .contains("/admin/players/2/fee")
    );
    assert_eq!(
        harness
            .ask(&get("/admin/players/1/fee").method("POST"))
            .status,
        401
    );
    harness.d1_is_down.set(true);
    assert_eq!(harness.act("/admin/players/1/fee", &fee).0, 503);
    harness.d1_is_down.set(false);
    assert_eq!(harness.all_rows(), rows);
}
