//! `/admin/charges/new` and `/admin/players/new`, `…/edit`: what a treasurer types instead of a file.

use checkout_guard::store::charging;
use serde_json::{Value, json};

use crate::harness::{Harness, NOW, desk, get};

const NEW: &str = "/admin/charges/new";

/// Three players, the third of them erased.
fn club() -> Harness {
    let harness = Harness::new();
    for (name, email) in [("Player 1", "one@example.com"), ("Player 2", "")] {
        let player =
            json!({"player": name, "email": email, "monthly_fee": "45.00", "currency": "eur"});
        let (status, answer) = harness.act("/admin/players/new", &player);
        assert_eq!(
            (status, &answer["changed"]),
            (200, &json!(true)),
            "{answer}"
        );
    }
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, erased_at, created_at, updated_at)
         VALUES (3, 'p3', 'Erased player', {NOW}, {NOW}, {NOW})"
    ));
    harness
}

fn tournament() -> Value {
    json!({"title": "Tournament", "amount": "25.00", "currency": "eur", "due_on": "2026-12-12", "filter": {}})
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|player| player["player"].as_str())
        .collect()
}

fn charges(harness: &Harness) -> Vec<String> {
    harness.rows(
        "SELECT player_id, kind, period, amount_minor, currency, due_on FROM charges ORDER BY id",
    )
}

#[test]
fn test_charges_new_charges_all_once_whoever_presses_twice() {
    let harness = club();
    let before = harness.all_rows();
    let (status, dry) = harness.act(&format!("{NEW}?dry_run=1"), &tournament());
    assert_eq!((status, harness.all_rows()), (200, before), "{dry}");
    assert_eq!(names(&dry["charged"]), ["Player 1", "Player 2"]);
    assert_eq!(
        (&dry["total"], &dry["changed"]),
        (&json!("50.00"), &json!(false))
    );
    let (status, done) = harness.act(NEW, &tournament());
    assert_eq!(
        (status, &done["changed"], &done["seen"]),
        (200, &json!(true), &dry["seen"])
    );
    let both = [
        "1|custom|Tournament|2500|eur|2026-12-12",
        "2|custom|Tournament|2500|eur|2026-12-12",
    ];
    assert_eq!(charges(&harness), both);
    let (status, again) = harness.act(NEW, &tournament());
    assert_eq!((status, &again["changed"]), (200, &json!(false)));
    assert_eq!(names(&again["left_out"]), ["Player 1", "Player 2"]);
    assert_eq!(charges(&harness), both);
    assert_eq!(
        harness.rows("SELECT operator, act, detail FROM audit WHERE act = 'charge_players'"),
        [
            r#"treasurer|charge_players|{"title":"Tournament","amount":"25.00","currency":"eur","due_on":"2026-12-12","charged":2,"left_out":0}"#
        ]
    );
}

#[test]
fn test_charges_new_charges_one_or_those_whom_a_search_finds() {
    let harness = club();
    let shirt =
        json!({"title": "Shirt 2026", "amount": "12", "currency": "eur", "players": [2, 3]});
    let (status, done) = harness.act(NEW, &shirt);
    assert_eq!(
        (status, names(&done["charged"])),
        (200, vec!["Player 2"]),
        "{done}"
    );
    assert_eq!(done["left_out"][0]["reason"], "erased");
    let found =
        json!({"title": "Bus", "amount": "3.50", "currency": "eur", "filter": {"q": "player 1"}});
    let (status, done) = harness.act(NEW, &found);
    assert_eq!(
        (status, names(&done["charged"])),
        (200, vec!["Player 1"]),
        "{done}"
    );
    assert_eq!(
        charges(&harness),
        ["2|custom|Shirt 2026|1200|eur|-", "1|custom|Bus|350|eur|-"]
    );
}

#[test]
fn test_charges_new_does_not_charge_others_than_were_seen() {
    let harness = club();
    let (_, dry) = harness.act(&format!("{NEW}?dry_run=1"), &tournament());
    harness.act("/admin/players/new", &json!({"player": "Player 4"}));
    let mut seen = tournament();
    seen["seen"] = dry["seen"].clone();
    let (status, answer) = harness.act(NEW, &seen);
    assert_eq!((status, &answer["code"]), (409, &json!("changed")));
    assert_eq!(charges(&harness), Vec::<String>::new());
}

#[test]
fn test_charges_new_a_parent_reads_the_title_and_pays_it() {
    let harness = club();
    harness.act(NEW, &tournament());
    let (_, minted) = harness.act("/admin/charges/1/links", &json!({}));
    let url = minted["link"]["url"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let (_, token) = url.split_once("token=").unwrap_or_default();
    assert!(url.contains("/checkout/pay?token="), "{url}");
    let click = harness.ask(&get(&format!("/checkout/pay?token={token}")));
    assert_eq!(click.status, 307, "{}", click.body);
    assert_eq!(
        harness.rows("SELECT product_name FROM orders"),
        ["Tournament, Player 1, Example Youth Club"]
    );
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    let paid = harness.ask(&get(&format!("/checkout/pay?token={token}")));
    assert_eq!(paid.status, 409);
    // An email says it, and the list finds it by it.
    let email = harness.read("/admin/messages/preview?charges=2");
    let subject = email["example"]["subject"].as_str().unwrap_or_default();
    assert!(subject.contains("Tournament"), "{email}");
    let list = harness.read("/admin/charges?kind=custom&period=Tournament&state=paid");
    assert_eq!(list["charges"].as_array().map(Vec::len), Some(1), "{list}");
}

#[test]
fn test_charges_new_page_asks_first_and_gives_back_what_was_typed() {
    let harness = club();
    let page = harness.ask(&desk("/admin/charges/new?players=1+2"));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("2 players") && page.body.contains(r#"name="players" value="1 2""#));
    let wrong = harness.press(
        "/admin/charges/new?dry_run=1",
        "title=T&amount=1,234&currency=eur&due_on=&players=1+2&q=",
    );
    assert_eq!(wrong.status, 400);
    for part in [
        r#"value="1,234""#,
        r#"aria-invalid="true""#,
        r#"id="title-error""#,
        r#"id="amount-error""#,
        "Nothing was done yet",
    ] {
        assert!(wrong.body.contains(part), "{part}\n{}", wrong.body);
    }
    let form = "title=Tournament&amount=25.00&currency=eur&due_on=2026-12-12&players=1+2&q=";
    let preview = harness.press("/admin/charges/new?dry_run=1", form);
    assert_eq!(preview.status, 200);
    assert!(
        preview.body.contains("Charge 2 players")
            && preview.body.contains("Nobody was charged so far.")
    );
    let seen = preview
        .body
        .split(r#"name="seen" value=""#)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let done = harness.press(NEW, &format!("{form}&seen={}", seen.unwrap_or_default()));
    assert_eq!(
        (done.status, done.header("location")),
        (303, Some("/admin/charges?kind=custom&period=Tournament"))
    );
    assert_eq!(charges(&harness).len(), 2);
}

#[test]
fn test_charges_new_errors_name_the_member_and_change_nothing() {
    let harness = club();
    let before = harness.all_rows();
    for (member, value, part) in [
        ("title", json!("x"), "title must have"),
        ("title", json!("www.x.example"), "title must have"),
        ("amount", json!("0"), "amount must be more than 0"),
        ("amount", json!("1.234"), "amount "),
        ("currency", json!("xxx"), "currency must be"),
        ("due_on", json!("2026-02-30"), "due_on must be"),
        ("filter", Value::Null, "Either players"),
        ("other", json!("x"), "no member \"other\""),
        ("players", json!("1"), "another type"),
    ] {
        let mut body = tournament();
        body[member] = value;
        let (status, answer) = harness.act(NEW, &body);
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(status == 400 && detail.contains(part), "{member}: {answer}");
    }
    assert_eq!(harness.all_rows(), before);
}

#[test]
fn test_players_new_and_edit_hold_to_the_rules_of_an_import() {
    let harness = club();
    let (status, answer) = harness.act(
        "/admin/players/new",
        &json!({"player": "Player 5", "email": "no address"}),
    );
    let detail = answer["detail"].as_str().unwrap_or_default();
    assert!(status == 400 && detail.starts_with("email "), "{answer}");
    let (_, added) = harness.act(
        "/admin/players/new",
        &json!({"player": "Player 5", "player_id": "5"}),
    );
    assert_eq!(added["player"]["player_id"], "5");
    let (status, answer) = harness.act(
        "/admin/players/new",
        &json!({"player": "Player 6", "player_id": "5"}),
    );
    assert_eq!((status, &answer["code"]), (409, &json!("exists")));
    // What is left out stays; what is blank is blanked.
    let (status, edited) = harness.act(
        "/admin/players/1/edit",
        &json!({"player": "Player One", "email": ""}),
    );
    assert_eq!(
        (status, &edited["changed"]),
        (200, &json!(true)),
        "{edited}"
    );
    assert_eq!(
        harness.rows(
            "SELECT name, email, monthly_fee_minor, monthly_currency FROM players WHERE id = 1"
        ),
        ["Player One|-|4500|eur"]
    );
    assert_eq!(
        harness.rows("SELECT word FROM player_words WHERE player_id = 1 AND word IN ('one', '1') ORDER BY word"),
        ["one"]
    );
    // The audit log says which fields, and nothing personal.
    assert_eq!(
        harness.rows("SELECT act, about, detail FROM audit WHERE act = 'edit_player'"),
        [r#"edit_player|player 1|{"changed":["player","email"]}"#]
    );
    let (status, answer) = harness.act("/admin/players/1/edit", &json!({"player": "Player One"}));
    assert_eq!((status, &answer["changed"]), (200, &json!(false)));
    let (status, answer) = harness.act("/admin/players/3/edit", &json!({"player": "Player 3"}));
    assert_eq!((status, &answer["code"]), (409, &json!("erased")));
}

#[test]
fn test_players_edit_does_not_undo_what_somebody_else_has_changed() {
    let harness = club();
    let page = harness.ask(&desk("/admin/players/1/edit"));
    let seen = page
        .body
        .split(r#"name="seen" value=""#)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let seen = seen.unwrap_or_default().to_owned();
    harness.act(
        "/admin/players/1/edit",
        &json!({"email": "new@example.com"}),
    );
    let form = format!(
        "player=Player+1&email=one%40example.com&language=&monthly_fee=50.00&currency=eur&seen={seen}"
    );
    let late = harness.press("/admin/players/1/edit", &form);
    assert_eq!(late.status, 409);
    assert_eq!(
        harness.rows("SELECT email, monthly_fee_minor FROM players WHERE id = 1"),
        ["new@example.com|4500"]
    );
}

#[test]
fn test_charges_new_reads_by_an_index() {
    let harness = club();
    for sql in [
        charging::CANDIDATES_OF,
        charging::CANDIDATES_BY_WORDS,
        charging::EXPECT,
        charging::CHARGE,
    ] {
        let plan = harness.plan(sql).join("\n");
        assert!(
            !plan.contains("SCAN p") && !plan.contains("SCAN c"),
            "{plan}"
        );
    }
}

#[test]
fn test_charges_new_is_for_the_players_who_are_ticked() {
    let harness = Harness::new().with_charge();
    let list = harness.ask(&desk("/admin/players"));
    for part in [
        r#"<form method="get" action="/admin/charges/new">"#,
        r#"<input type="checkbox" name="players" value="6" aria-label="Choose: Player 26, 26">"#,
        "Charge that player",
    ] {
        assert!(list.body.contains(part), "{part}: {}", list.body);
    }
    let form = harness.ask(&desk("/admin/charges/new?players=3&players=1+2"));
    assert_eq!(form.status, 200);
    assert!(
        form.body.contains(r#"name="players" value="3 1 2""#),
        "{}",
        form.body
    );
    assert!(form.body.contains("3 players"));
    assert_eq!(
        harness
            .ask(&desk("/admin/charges/new?players=3&players=x"))
            .status,
        400
    );
    let found = harness.ask(&desk("/admin/players?q=payer26"));
    assert!(
        found.body.contains("<p class=\"totals\">1 player</p>"),
        "{}",
        found.body
    );
    assert!(found.body.contains("Charge that player"), "{}", found.body);
}
